"""What importing the core costs beside the packages that it needs: ``python -m benchmarks.imports``, in seconds.

Each import is a Python process of its own, in turns; what is compared is the median processor time inside it.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

_REPETITIONS = 9
_PROGRAM = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    names = ("numpy, pydantic", "cgs_core")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(_REPETITIONS):
        for name in names:
            command = [sys.executable, "-c", _PROGRAM.format(name)]
            seconds[name].append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    needed, core = (median(seconds[name]) for name in names)
    return [f"import cgs_core: {core:.2f} s, {core / needed:.1f} times import numpy, pydantic ({needed:.2f} s)"]


if __name__ == "__main__":
    print("\n".join(lines()))
