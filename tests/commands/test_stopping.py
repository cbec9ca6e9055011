"""How a command ends that cannot, or is not to, go on: a sentence, a status, no traceback, no process left."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from cgs_core.__main__ import main
from cgs_core.scenario import Scenario
from tests.runs.helpers import eventually

ROOT = Path(__file__).resolve().parents[2]
LONG = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=500, local_epochs=20)
SWEEP = ["--vary", "altruism_degree=0.5,1,2,5", "--seeds", "10", "--out", "out"]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    Path("long.json").write_text(LONG.to_json(), encoding="utf-8")


def hears_ctrl_c() -> None:
    """In the new process: of a suite that a shell runs in the background it would inherit not to hear it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cgs_core", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )


def has_rounds(store: Path) -> bool:
    if not store.exists():
        return False
    with closing(sqlite3.connect(store)) as connection:
        try:
            return bool(connection.execute("SELECT COUNT(*) FROM rounds").fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return False


def test_ctrl_c_ends_a_sweep_with_a_sentence_on_how_to_go_on_and_its_workers_end(tmp_path: Path) -> None:
    with started("sweep", "long.json", *SWEEP) as process:
        eventually(lambda: has_rounds(tmp_path / "runs.sqlite"), "a first round")
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == ("stopped: what is finished is kept in the store of runs; give the same command again to go on\n")
    eventually(lambda: not any(worker.is_running() for worker in workers), "the workers' end")
    assert not Path("out").exists()


def test_ctrl_c_ends_a_run_with_a_sentence_and_nothing_is_written() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cgs_core", "run", "long.json", "--out", "out"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True, preexec_fn=hears_ctrl_c
    ) as process:
        os.close(theirs)
        shown = b""
        while b"round 1 of 500" not in shown:
            shown += os.read(ours, 4096)
        os.killpg(process.pid, signal.SIGINT)
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the terminal is closed at the other end
                break
    os.close(ours)
    assert process.returncode == 130
    _, _, after_the_bar = shown.decode().replace("\r\n", "\n").partition("\n")
    assert after_the_bar == "stopped: nothing was written; give the same command again to start anew\n"
    assert sorted(path.name for path in Path().iterdir()) == ["long.json"]


def test_without_workers_a_sweep_says_so_instead_of_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_WORKERS", "0")
    assert main(["sweep", "long.json", *SWEEP]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert told.err.startswith("error: CGS_WORKERS: is 0, so nothing would compute the 40 runs that are not stored")
    assert "CGS_DASK_SCHEDULER" in told.err
    assert not Path("out").exists()


def test_without_workers_the_papers_grid_says_so_instead_of_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_WORKERS", "0")
    grid = ["--agents", "5", "--split", "uniform", "--mechanism", "fedavg", "--seeds", "1", "--out", "out"]
    assert main(["paper", *grid]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("error: CGS_WORKERS: is 0") and told.err.count("\n") == 1
    assert not Path("out").exists()
