"""What a person who only imports the core does not have to wait for."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import cgs_core

HEAVY = ("torch", "plotly", "streamlit", "sklearn", "scipy", "pandas")


@pytest.mark.parametrize(
    "module", ["cgs_core", "cgs_core.contribution", "cgs_core.reward", "cgs_core.runs", "cgs_core.__main__"]
)
def test_importing_the_core_loads_no_heavy_library(root: Path, module: str) -> None:
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_listed() -> None:
    assert set(cgs_core.__all__) <= set(dir(cgs_core))
    assert all(getattr(cgs_core, name) is not None for name in cgs_core.__all__)


def test_what_trains_is_loaded_when_it_is_first_asked_for(root: Path) -> None:
    loaded = (
        "[room for room in ('numpy', 'federation', 'data', 'studies') if {room, f'cgs_core.{room}'} & {*sys.modules}]"
    )
    program = f"import sys, cgs_core; print({loaded}); cgs_core.run; print({loaded})"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "['numpy', 'federation', 'data']"], done.stderr


def test_a_run_that_does_not_ask_for_torch_does_not_load_it(root: Path) -> None:
    program = (
        "import sys; from cgs_core import Scenario, run\n"
        "run(Scenario(dataset='wine', n_agents=3, n_rounds=1)); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_without_flower_its_room_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flwr", None)  # not installed
    with pytest.raises(ImportError, match=r"cgs_core\.flower needs Flower"):
        importlib.import_module("cgs_core.flower")


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(AttributeError, match="'cgs_core' has no attribute 'runn'"):
        _ = cgs_core.runn
