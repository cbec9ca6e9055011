"""The packages of docs/how-to/plug-ins.md and own-model.md, and a broken one, built and installed as by a stranger."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
_NEW_FILE = re.compile(r"^```\w+\n# new file: my-\w+/(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BROKEN = """
import numpy as np
from cgs_core.mechanisms import RewardRule, Valuation
from cgs_core.scenario import Choice

def raises(given):
    raise RuntimeError("out of order")

def late(given):  # passes the trial, and fails in a run
    return np.full(given.n_agents, 1.0 if given.round_index == 0 else np.nan)

RAISES = Valuation(Choice("Raises", "Raises.", unit="share"), raises)
NAN = Valuation(Choice("Not a number", "Gives NaN.", unit="share"), lambda given: np.full(given.n_agents, np.nan))
SHAPE = Valuation(Choice("Wrong shape", "One too many.", unit="share"), lambda given: np.ones(given.n_agents + 1))
LATE = Valuation(Choice("Late", "Fails in round 2.", unit="share"), late)
NOTHING = 7
"""
_ENTRIES = ("RAISES", "NAN", "SHAPE", "LATE", "NOTHING", "ABSENT")
GOOD, LATE, NET = "my-worth:projection", "my-faults:late", "my-net:normed"


def document_package(document: str = "plug-ins.md") -> dict[str, str]:
    """The files of a document's package, by their names."""
    return dict(_NEW_FILE.findall((HOW_TO / document).read_text(encoding="utf-8")))


def broken_package() -> dict[str, str]:
    """A package whose rows raise, give NaN or the wrong shape, fail later, or are none."""
    toml = document_package()["pyproject.toml"].replace("my-worth", "my-faults").replace("my_worth", "my_faults")
    entries = "".join(f'{name.lower()} = "my_faults:{name}"\n' for name in _ENTRIES)
    return {"pyproject.toml": re.sub(r"^projection = .*\n", entries, toml, flags=re.MULTILINE), "my_faults.py": _BROKEN}


def install(files: dict[str, str], folder: Path, site: Path) -> None:
    """Build a package and install it into ``site``, with no network."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(site), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def install_both(folder: Path) -> Path:
    """A folder to put on the path of Python, with the first document's package and the broken one in it."""
    site = folder / "site"
    install(document_package(), folder / "my-worth", site)
    install(broken_package(), folder / "my-faults", site)
    return site


def install_net(folder: Path) -> Path:
    """Such a folder with the torch model's package in it."""
    install(document_package("own-model.md"), folder / "my-net", folder / "site")
    return folder / "site"
