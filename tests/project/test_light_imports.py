"""What a person who only imports the core does not have to wait for."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "plotly", "streamlit", "sklearn", "scipy", "pandas")


@pytest.mark.parametrize(
    "module", ["cgs_core", "cgs_core.contribution", "cgs_core.reward", "cgs_core.runs", "cgs_core.__main__"]
)
def test_importing_the_core_loads_no_heavy_library(root: Path, module: str) -> None:
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
