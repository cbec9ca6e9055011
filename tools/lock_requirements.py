"""Write ``requirements.lock``: what a server runs on and all that this needs, with hashes, for every system.

``python -m tools.lock_requirements``, after a change of ``requirements.txt``; it needs uv (``pip install uv``) and a
network. The container installs it by ``pip install --require-hashes``. It is without torch, which is larger than all
the rest together; a host whose people train models of their own adds it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
HEADER = "# Made from requirements.txt, without torch, by: python -m tools.lock_requirements\n"
LEFT_OUT = "torch"
_OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")


def main() -> None:
    """Ask uv, which reads the registry as pip does."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        sys.exit("uv is needed: python -m pip install uv")
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = "\n".join(line for line in lines if not line.startswith(LEFT_OUT))
    command = [uv, "pip", "compile", "-", *_OPTIONS, "--no-emit-index-url", "--no-emit-find-links"]
    made = subprocess.run(command, cwd=ROOT, input=wanted, capture_output=True, text=True, check=True).stdout
    LOCK.write_text(HEADER + made, encoding="utf-8")


if __name__ == "__main__":
    main()
