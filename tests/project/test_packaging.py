"""The wheel: small, typed, without the screen; installed, it works from any folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from cgs_core.studies.presets import PRESETS
from cgs_core.version import __version__
from tests.project.test_files import project_files

MAX_WHEEL_BYTES = 12_000_000  # of which the data sets are 9, and the committed results one
EXTRAS = {"app", "torch", "flower", "dask", "exact"}


@pytest.fixture(scope="module")
def wheel(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the project's files: what an earlier build left behind cannot get in."""
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for file in project_files(pytestconfig.rootpath):
        place = copy / file.relative_to(pytestconfig.rootpath)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy))
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, and behind it the packages of the tests' own environment."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    pip("--python", str(python), "install", "--no-deps", str(wheel))
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site_packages = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    Path(site_packages, "tests_own.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def called(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["CGS_STORE"] = str(folder / "runs.sqlite")
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_is_small_and_has_the_core_and_nothing_else(wheel: Path, root: Path) -> None:
    assert wheel.stat().st_size < MAX_WHEEL_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {file.relative_to(root).as_posix() for file in project_files(root)}
    assert names == {name for name in expected if name.startswith("cgs_core/")}
    assert "cgs_core/py.typed" in names and "cgs_core/data/bundled/digits.npz" in names


def test_the_metadata_name_the_core_with_ranges_and_the_rest_as_extras(wheel: Path) -> None:
    told = metadata(wheel)
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("cgs-core", __version__, ">=3.11")
    required = [line.partition(";") for line in told.get_all("Requires-Dist", [])]
    ranges = {name.strip(): extra.strip() for name, _, extra in required}
    assert {re.split(r"[<>=\[]", name)[0] for name, extra in ranges.items() if not extra} == {
        "numpy",
        "pydantic",
        "threadpoolctl",
    }
    assert all(">=" in name and "<" in name and "==" not in name for name in ranges)
    assert set(told.get_all("Provides-Extra", [])) == EXTRAS


def test_the_readmes_program_prints_the_same_from_another_folder(python: Path, root: Path, tmp_path: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    match = re.search(r"^```python\n(.*?)^```\n.*?^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert match
    program, output = match.groups()
    done = called([python, "-c", program + "import cgs_core; print(cgs_core.__file__)"], tmp_path)
    assert done.returncode == 0, done.stderr
    *printed, place = done.stdout.splitlines(keepends=True)
    assert "".join(printed) == output
    assert Path(place).is_relative_to(python.parents[1])


def test_the_installed_command_works_as_the_module_does(python: Path, tmp_path: Path) -> None:
    command = python.with_name("cgs")
    listed = called([command, "list", "presets", "--json"], tmp_path)
    assert [row["name"] for row in json.loads(listed.stdout)] == list(PRESETS)
    taught = called([command, "lessons", "list", "--json"], tmp_path)
    assert [lesson["number"] for lesson in json.loads(taught.stdout)["lessons"]] == list(range(9))
    sweep = ["sweep", "--preset", "copycat", "--set", "dataset=wine", "--set", "n_rounds=1", "--vary"]
    done = called([command, *sweep, "altruism_degree=1,2", "--json"], tmp_path)  # in worker processes
    assert done.returncode == 0, done.stderr
    assert done.stdout == called([python, "-m", "cgs_core", *sweep, "altruism_degree=1,2", "--json"], tmp_path).stdout
    assert len(json.loads(done.stdout)["points"]) == 2


def test_the_usage_names_the_program_as_it_was_called(python: Path, tmp_path: Path) -> None:
    for command, name in (([python.with_name("cgs")], "cgs"), ([python, "-m", "cgs_core"], "python -m cgs_core")):
        for verb in ([], ["run"]):
            done = called([*command, *verb, "--help"], tmp_path)
            assert done.stdout.startswith(" ".join([f"usage: {name}", *verb]) + " "), done.stderr
    failed = called([python.with_name("cgs"), "run", "missing.json"], tmp_path)
    assert (failed.returncode, failed.stderr) == (2, "error: missing.json: No such file or directory\n")


def test_a_type_checker_sees_the_types_of_the_installed_package(python: Path, tmp_path: Path) -> None:
    program = "from cgs_core import Scenario, run\n\nshares: str = run(Scenario()).stack('importance')\n"
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    options = ["--python-executable", str(python), "--cache-dir", str(tmp_path / "cache")]
    done = called([sys.executable, "-m", "mypy", *options, "program.py"], tmp_path)
    (error, last) = done.stdout.splitlines()
    assert error.startswith("program.py:3: error: Incompatible types in assignment")
    assert "ndarray" in error and '"str"' in error and last.startswith("Found 1 error in 1 file")
