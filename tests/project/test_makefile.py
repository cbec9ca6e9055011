"""What make does on machines that this one is not: programs that only note that they were called play their parts."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PYTHON = """#!/bin/sh
case "$*" in
    "-m tools.find_browser") [ -e browser ] || { echo "no Chromium found" >&2; exit 1; } ;;
    "-m playwright install chromium") echo playwright >> calls; [ -e offline ] || : > browser ;;
esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $1" >> calls
case "$*" in install*) [ -e offline ] || : > browser ;; esac
[ ! -e offline ]
"""
SUDO = """#!/bin/sh
echo "sudo $*" >> calls
[ ! -e locked ] && shift && "$@"
"""


class Machine:
    """A folder with the project's Makefile, whose PATH has only the programs that a test puts there."""

    def __init__(self, makefile: Path, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()
        shutil.copy(makefile, folder)
        for name in ("requirements.txt", "requirements-dev.txt"):
            (folder / name).touch()
        self.add_program("env", '#!/bin/sh\n"$@"\n')

    def add_program(self, name: str, text: str) -> None:
        file = self.programs / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def install(self) -> None:
        """A finished virtual environment, so that make has nothing to install but a browser."""
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        self.add_program("python", PYTHON)
        shutil.move(self.programs / "python", self.folder / ".venv" / "bin" / "python")
        for name in (".run-time-installed", ".development-installed"):
            (self.folder / ".venv" / name).touch()

    def set_user(self, user_id: int) -> None:
        self.add_program("id", f"#!/bin/sh\necho {user_id}\n")

    def mark(self, name: str) -> None:
        (self.folder / name).touch()

    def make(self, target: str) -> subprocess.CompletedProcess[str]:
        make = shutil.which("make")
        assert make
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        environment["PATH"] = str(self.programs)
        return subprocess.run([make, target], cwd=self.folder, env=environment, capture_output=True, text=True)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Machine:
    return Machine(root / "Makefile", tmp_path)


def test_without_python_make_says_what_is_needed(machine: Machine) -> None:
    done = machine.make("run")
    assert done.returncode == 2
    assert "Python 3.11 or later is needed" in done.stderr
    assert not (machine.folder / ".venv").exists()


def test_an_older_python_is_not_taken(machine: Machine) -> None:
    machine.add_program("python3", "#!/bin/sh\nexit 1\n")
    assert "Python 3.11 or later is needed" in machine.make("check").stderr


def test_a_browser_that_is_there_is_taken(machine: Machine) -> None:
    machine.install()
    machine.set_user(0)
    machine.add_program("apt-get", APT_GET)
    machine.mark("browser")
    assert machine.make("browser").returncode == 0
    assert machine.calls == []


def test_root_gets_the_browser_from_apt(machine: Machine) -> None:
    machine.install()
    machine.set_user(0)
    machine.add_program("apt-get", APT_GET)
    assert machine.make("browser").returncode == 0
    assert machine.calls == ["apt-get update", "apt-get install"]


def test_a_user_who_may_gets_the_browser_from_apt(machine: Machine) -> None:
    machine.install()
    machine.set_user(1000)
    machine.add_program("apt-get", APT_GET)
    machine.add_program("sudo", SUDO)
    machine.add_program("true", "#!/bin/sh\n")
    assert machine.make("browser").returncode == 0
    assert [call for call in machine.calls if call.startswith("apt-get")] == ["apt-get update", "apt-get install"]


@pytest.mark.parametrize("has_sudo", [False, True])
def test_another_user_gets_the_browser_from_playwright(machine: Machine, has_sudo: bool) -> None:
    machine.install()
    machine.set_user(1000)
    machine.add_program("apt-get", APT_GET)
    if has_sudo:
        machine.add_program("sudo", SUDO)
        machine.mark("locked")
    assert machine.make("browser").returncode == 0
    assert [call for call in machine.calls if not call.startswith("sudo")] == ["playwright"]


@pytest.mark.parametrize("target", ["browser", "test"])
def test_where_no_browser_can_be_had_make_fails_with_a_sentence(machine: Machine, target: str) -> None:
    machine.install()
    machine.set_user(0)
    machine.add_program("apt-get", APT_GET)
    machine.mark("offline")
    done = machine.make(target)
    assert done.returncode == 2
    assert "no Chromium found" in done.stderr
    assert machine.calls == ["apt-get update", "playwright"]


def test_help_lists_every_target(machine: Machine) -> None:
    for name in ("sed", "printf"):
        found = shutil.which(name)
        assert found
        (machine.programs / name).symlink_to(found)
    done = machine.make("help")
    assert done.returncode == 0
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == [
        "help",
        "run",
        "test",
        "flower",
        "quick",
        "check",
        "format",
        "bench",
        "reference",
        "browser",
        "container-check",
        "compose-check",
        "clean",
    ]
