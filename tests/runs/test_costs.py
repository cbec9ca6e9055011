"""What jobs will cost: the pace of like ones, of one worker or several."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.runs import JobRunner, RunStore
from cgs_core.runs.costs import expected, work
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import Clock

SHORT, LONG = Scenario(n_rounds=10), Scenario(n_rounds=40)


def computed(store: RunStore, clock: Clock, *scenarios: Scenario, seconds: float) -> None:
    """Have a batch computed, which takes so long."""
    store.submit_batches([scenarios], "owner")
    claims = store.claim("worker")
    assert len(claims) == len(scenarios)
    for claim in claims:
        store.record(0, {claim: fake_record(claim.scenario, 0).to_bytes()})
    clock.advance(seconds)
    for claim in claims:
        store.finish(claim)


def test_time_goes_by_rounds_epochs_and_samples() -> None:
    assert work(LONG) == pytest.approx(4 * work(SHORT))
    assert work(LONG) < work(LONG.replace(local_epochs=6)) < 2 * work(LONG), "models are tested once a round"
    assert work(SHORT, "retrained_game") == pytest.approx(2**SHORT.n_agents / 6 * work(SHORT))


def test_an_end_takes_less_than_a_run_and_is_told_by_the_pace_of_runs(store: RunStore, clock: Clock) -> None:
    part = work(SHORT, "ending") / work(SHORT)
    assert part < 1 / 2
    assert store.costs.seconds([SHORT], "ending") is None
    computed(store, clock, SHORT, seconds=4.0)
    assert store.costs.seconds([LONG], "ending") == pytest.approx(4.0 * work(LONG, "ending") / work(SHORT))


def test_like_jobs_pace_is_their_median() -> None:
    measured = [(SHORT, 1.0), (SHORT, 3.0), (LONG, 400.0)]
    assert expected([LONG, SHORT], measured) == pytest.approx(3.0 * 5)


def test_the_store_measures_and_a_batch_shares_its_time(store: RunStore, clock: Clock) -> None:
    assert store.costs.seconds([SHORT]) is None
    computed(store, clock, SHORT, SHORT.replace(altruism_degree=2.0), seconds=4.0)
    assert store.costs.seconds([LONG]) == pytest.approx(8.0)
    assert store.costs.seconds([LONG, SHORT]) == pytest.approx(10.0)
    assert store.costs.seconds([LONG, Scenario(dataset="wine")]) is None
    assert store.costs.seconds([SHORT], "retrained_game") is None


def test_a_damaged_run_is_no_measure_and_harms_none(store: RunStore, clock: Clock) -> None:
    other = SHORT.replace(altruism_degree=2.0)
    for scenario in (SHORT, other):
        computed(store, clock, scenario, seconds=4.0)
    with closing(sqlite3.connect(store.path)) as connection, connection:
        assert connection.execute("UPDATE runs SET scenario = '{' WHERE id = ?", (other.scenario_id,)).rowcount
    assert store.costs.seconds([SHORT]) == pytest.approx(4.0)


def test_several_workers_share_several_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JobRunner(tmp_path / "runs.sqlite", 0) as runner:
        monkeypatch.setattr(type(runner.store.costs), "seconds", lambda *_: 12.0)
        assert runner.expected_seconds([SHORT]) == 12.0
        monkeypatch.setattr(runner, "_workers", [object()] * 4)
        assert runner.expected_seconds([SHORT, LONG]) == 6.0
        monkeypatch.setattr(runner, "_workers", [])
