"""Windows and macOS: what differs there, played on this machine; ``make check`` types the code as on them.

The forge's CI (.github/workflows/ci.yml) starts the app on both.
"""

from __future__ import annotations

import ast
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from cgs_core.export import chromium
from cgs_core.runs import worker

PLACES = re.compile(r"/(proc|dev|sys|etc|usr|tmp|var|home|Applications|Library|Users)\b|[A-Z]:\\\\")
TYPED = {  # what is said of one system alone, and why that is well
    "cgs_core/export/chromium.py": [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    ],  # tried, not relied on
    "cgs_ui/frame/health.py": ["/proc/self/fd", "/proc/self/status"],  # a number that is left out elsewhere
}


def texts(file: Path) -> Iterator[str]:
    """The strings in a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_place_of_one_system_is_relied_on(root: Path) -> None:
    files = [
        root / "app.py",
        *(file for name in ("cgs_core", "cgs_ui", "pages") for file in (root / name).rglob("*.py")),
    ]
    found = {
        file.relative_to(root).as_posix(): places
        for file in files
        if (places := [text for text in texts(file) if PLACES.match(text)])
    }
    assert found == TYPED


@pytest.mark.parametrize(
    ("system", "machine", "is_there"),
    [("win32", "AMD64", True), ("linux", "x86_64", True), ("darwin", "arm64", True), ("darwin", "x86_64", False)],
)
def test_torch_is_asked_for_where_it_is_built(root: Path, system: str, machine: str, is_there: bool) -> None:
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (torch,) = [Requirement(line.partition("#")[0]) for line in lines if line.startswith("torch")]
    assert torch.marker and torch.marker.evaluate({"sys_platform": system, "platform_machine": machine}) == is_there


def test_on_windows_a_process_is_killed_with_what_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr(subprocess, "run", lambda command, **options: asked.append(command))
        chromium.kill(process)
        monkeypatch.undo()
        assert process.wait() != 0
    assert asked == [["taskkill", "/F", "/T", "/PID", str(process.pid)]]


@pytest.fixture
def windows_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Standard input is a pipe as Windows has them, which are looked into; gives the end that is written to."""
    ours, theirs = os.pipe()

    def peek(handle: int) -> tuple[int, int]:
        if not select.select([handle], [], [], 0)[0]:
            return 0, 0
        hung_up = select.poll()
        hung_up.register(handle, select.POLLIN)
        if not hung_up.poll(0)[0][1] & select.POLLIN:
            raise BrokenPipeError
        return 1, 0

    with os.fdopen(ours, encoding="utf-8") as file:
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.setattr(worker, "_winapi", SimpleNamespace(PeekNamedPipe=peek), raising=False)
        monkeypatch.setattr(worker, "msvcrt", SimpleNamespace(get_osfhandle=int), raising=False)
        yield theirs
        monkeypatch.undo()


def test_on_windows_a_worker_hears_its_server_and_that_it_is_gone(windows_pipe: int) -> None:
    os.write(windows_pipe, b"\n")
    assert worker._hears()
    os.close(windows_pipe)
    assert not worker._hears()


def test_on_windows_a_worker_waits_without_reading(windows_pipe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        os.write(windows_pipe, b"\n" if len(pauses) == 3 else b"")

    monkeypatch.setattr(time, "sleep", pause)
    assert worker._hears()
    assert len(pauses) == 3
    os.close(windows_pipe)


def test_on_windows_a_worker_that_was_started_by_hand_reads_its_terminal(
    windows_pipe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pipe(handle: int) -> tuple[int, int]:
        raise OSError

    monkeypatch.setattr(worker, "_winapi", SimpleNamespace(PeekNamedPipe=no_pipe))
    os.write(windows_pipe, b"\n")
    assert worker._hears()
    os.close(windows_pipe)
    assert not worker._hears()
