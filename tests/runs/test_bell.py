"""Who rests is woken by what is asked for, and need not look all the time."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import pytest

from cgs_core.runs import JobRunner, RunStore, worker
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import iterate
from tests.runs.helpers import eventually

_FOR_EVER = 3600.0
_SLEEPY_WORKER = f"""
from cgs_core.runs import worker
from tests.runs.fake_engine import iterate
worker._SHORTEST_PAUSE_SECONDS = worker._LONGEST_PAUSE_SECONDS = {_FOR_EVER}
worker.main(iterate=worker.each_by_itself(iterate))
"""


def _is_done(store: RunStore, run_id: str) -> bool:
    return store.events(run_id).status == "done"


def test_a_worker_that_rests_for_ever_takes_what_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=(sys.executable, "-c", _SLEEPY_WORKER)) as runner:
        eventually(lambda: runner.n_ready, "a worker")
        for seed in range(3):
            run_id = runner.submit(Scenario(n_rounds=2, start_seed=seed), "a")
            eventually(lambda run_id=run_id: _is_done(runner.store, run_id), "a run")
        ((batched,),) = runner.submit_batches([[Scenario(n_rounds=2, start_seed=9)]], "a")
        eventually(lambda: _is_done(runner.store, batched), "a batch")


def test_a_worker_that_stands_still_holds_nobody_up(tmp_path: Path) -> None:
    """The bell's pipe has an end; whoever asks does not wait for room in it."""
    with JobRunner(tmp_path / "runs.sqlite", 1) as runner:
        eventually(lambda: runner.n_ready, "a worker")
        (process,) = [one.process for one in runner._workers]
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(100_000):  # more bytes than a pipe holds
                runner._ring()
        finally:
            process.send_signal(signal.SIGCONT)
        run_id = runner.submit(Scenario(dataset="wine", n_rounds=1, n_samples=60, n_agents=3), "a")
        eventually(lambda: _is_done(runner.store, run_id), "a run")


def test_what_another_process_asks_for_is_found_by_looking(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    engine = worker.each_by_itself(iterate)
    threading.Thread(target=worker.serve, args=(store, "w", lambda _: engine), daemon=True).start()
    other = RunStore(store.path, fingerprint=lambda _: "1")
    run_id = other.submit(Scenario(n_rounds=2), "a")
    eventually(lambda: _is_done(other, run_id), "a run")
