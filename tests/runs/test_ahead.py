"""What is computed before anybody asks: kept, given way with, not computed twice, switched off."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cgs_core.errors import JobError
from cgs_core.runs import JobRunner
from cgs_core.runs.ahead import Ahead
from cgs_core.runs.settings import is_ahead_wanted
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import FAILING_SEED, GATES, set_gate
from tests.runs.helpers import eventually

FAKE_WORKER = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
FIRST, SECOND, VISITORS = (Scenario(n_rounds=3, start_seed=seed) for seed in (1, 2, 3))
BROKEN = Scenario(n_rounds=3, start_seed=FAILING_SEED)
FAR_BEYOND = 60.0


@contextmanager
def going_ahead(tmp_path: Path, *wanted: Scenario) -> Iterator[tuple[JobRunner, Ahead]]:
    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=FAKE_WORKER) as runner:
        ahead = Ahead(runner, lambda: (("run", [scenario]) for scenario in wanted))
        ahead.start()
        try:
            yield runner, ahead
        finally:
            ahead.close()


def rows(tmp_path: Path) -> dict[str, tuple[str, int, int]]:
    """By id: status, whether it is pinned, how often it was begun."""
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        found = connection.execute("SELECT id, status, pinned, attempt FROM runs").fetchall()
    return {run_id: (status, pinned, attempt) for run_id, status, pinned, attempt in found}


def test_all_is_computed_and_kept_but_what_fails_and_once_only(tmp_path: Path) -> None:
    for _ in range(2):
        with going_ahead(tmp_path, FIRST, BROKEN, SECOND) as (_, ahead):
            assert ahead.join(FAR_BEYOND)
        now = rows(tmp_path)
        assert now[FIRST.scenario_id] == now[SECOND.scenario_id] == ("done", 1, 1)
        assert now[BROKEN.scenario_id][:2] == ("failed", 0)


def test_it_gives_way_to_who_waits_and_goes_on_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gates = tmp_path / "gates"
    gates.mkdir()
    monkeypatch.setenv(GATES, str(gates))
    set_gate(gates, FIRST, 1)
    set_gate(gates, VISITORS, 0)
    with going_ahead(tmp_path, FIRST, SECOND) as (runner, ahead):
        eventually(lambda: rows(tmp_path).get(FIRST.scenario_id, "")[:1] == ("running",), "the first one's start")
        runner.submit(VISITORS, "visitor")
        set_gate(gates, FIRST, 2)  # it hears after its round that nobody wants it any more
        eventually(lambda: rows(tmp_path)[VISITORS.scenario_id][0] == "running", "the visitor's start")
        assert rows(tmp_path)[FIRST.scenario_id][0] == "cancelled" and SECOND.scenario_id not in rows(tmp_path)
        set_gate(gates, FIRST, 3)
        set_gate(gates, VISITORS, 3)
        assert ahead.join(FAR_BEYOND)
    assert {status for status, _, _ in rows(tmp_path).values()} == {"done"}


def test_it_keeps_no_more_than_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.runs.ahead.MOST_BYTES", 1000)
    with going_ahead(tmp_path, FIRST, SECOND) as (_, ahead):
        assert ahead.join(FAR_BEYOND)
    assert rows(tmp_path) == {FIRST.scenario_id: ("done", 0, 1)}


def test_the_environment_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, wanted in {"": True, "1": True, "0": False}.items():
        monkeypatch.setenv("CGS_AHEAD", text)
        assert is_ahead_wanted() == wanted
    monkeypatch.setenv("CGS_AHEAD", "no")
    with pytest.raises(JobError, match="CGS_AHEAD: must be 0 or 1; got 'no'"):
        is_ahead_wanted()
