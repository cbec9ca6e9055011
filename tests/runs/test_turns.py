"""Whose turn it is: fair turns between visitors, whatever the order of events, and how much one of them may ask for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgs_core.errors import JobError
from cgs_core.runs import JobRunner, RunStore
from cgs_core.runs.settings import DEFAULT_MAX_WAITING, default_deadline_seconds, default_max_waiting
from cgs_core.runs.views import Claim
from cgs_core.scenario import Scenario
from tests.runs.helpers import Clock


def scenarios(first: int, number: int) -> list[Scenario]:
    return [Scenario(start_seed=seed, n_rounds=2) for seed in range(first, first + number)]


def batches(first: int, number: int) -> list[list[Scenario]]:
    return [[scenario] for scenario in scenarios(first, number)]


def claimed(store: RunStore, worker: str = "w") -> str:
    (claim,) = store.claim(worker)
    return claim.run_id


# -- turns -----------------------------------------------------------------------------------------------------


def test_tabs_of_one_visitor_do_not_take_all_workers_while_another_waits(store: RunStore) -> None:
    tabs = [store.submit(scenario, f"tab {n}", visitor="one") for n, scenario in enumerate(scenarios(0, 3))]
    other = store.submit(Scenario(n_rounds=3), "session", visitor="other")
    assert [store.events(run_id).queue_position for run_id in (*tabs, other)] == [1, 3, 4, 2]
    assert [claimed(store) for _ in range(4)] == [tabs[0], other, tabs[1], tabs[2]]
    assert [store.events(run_id).status for run_id in tabs] == ["running"] * 3, "no tab ends another's run"


def test_what_is_looked_at_goes_before_full_sweeps_and_is_never_refused(store: RunStore) -> None:
    for number in range(4):
        sweep = batches(1000 * number, DEFAULT_MAX_WAITING)
        store.submit_batches(sweep, f"session {number}", 1, f"student {number}")
    run_id = store.submit(Scenario(start_seed=77), "fifth", visitor="fifth")
    own = store.submit(Scenario(start_seed=78), "a second tab", visitor="student 0")
    assert [store.events(one).queue_position for one in (run_id, own)] == [1, 2]
    assert [claimed(store) for _ in range(2)] == [run_id, own]


def test_two_sweeps_take_turns(store: RunStore) -> None:
    (first, second) = ([ids for (ids,) in store.submit_batches(batches(1000 * n, 3), str(n), 1)] for n in range(2))
    order = []
    for _ in range(6):
        (claim,) = store.claim("w")
        order.append(claim.run_id)
        store.finish(claim)
    assert order == [first[0], second[0], first[1], second[1], first[2], second[2]]


def test_who_comes_back_for_one_run_after_the_other_does_not_pass_who_waits(store: RunStore) -> None:
    for seed in range(3):
        store.submit(Scenario(start_seed=seed), "eager")
        (claim,) = store.claim("w")
        if seed == 0:
            waiting = store.submit_batches(batches(100, 2), "patient")
        store.finish(claim)
        if seed == 1:
            assert claim.run_id == waiting[0][0]


def test_a_run_that_others_wait_for_too_goes_as_early_as_any_of_them_lets_it(store: RunStore) -> None:
    shared = Scenario(start_seed=55)
    store.submit_batches([*batches(0, 2), [shared]], "busy")
    claimed(store)
    store.submit(Scenario(start_seed=56), "second")
    store.submit(shared, "third")
    assert store.events(shared.scenario_id).queue_position == 1
    assert claimed(store) == shared.scenario_id


def test_the_turns_of_who_is_gone_are_forgotten(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.runs.turns._REMEMBERED_TURNS", 5)
    for seed in range(20):
        store.submit(Scenario(start_seed=seed), f"session {seed}")
        (claim,) = store.claim("w")
        store.finish(claim)
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM turns").fetchone()[0] <= 6


# -- any order of events ---------------------------------------------------------------------------------------

VISITORS = ("anna", "ben", "cleo")
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.sampled_from(VISITORS), st.integers(0, 1)),  # in this tab
        st.tuples(st.just("sweep"), st.sampled_from(VISITORS), st.integers(1, 4)),  # so many batches
        st.tuples(st.just("leave"), st.sampled_from(VISITORS), st.just(0)),
        *[st.tuples(st.just("claim"), st.just(""), st.just(0))] * 3,
        st.tuples(st.just("finish"), st.just(""), st.integers(0, 3)),
    ),
    min_size=20,
    max_size=40,
)


@dataclass
class Known:
    """What a test knows of visitors who all ask for different runs."""

    asked: dict[str, tuple[str, int]] = field(default_factory=dict)  # run id -> visitor, priority
    running: list[Claim] = field(default_factory=list)
    followed: dict[str, list[str]] = field(default_factory=dict)  # by tab: what it has not left
    passed_over: dict[tuple[str, str], int] = field(default_factory=dict)  # (waits, was served) -> how often since

    def ask(self, tab: str, visitor: str, priority: int, run_ids: list[str]) -> None:
        """A tab asks for these, and leaves what it asked for before."""
        self.followed[tab] = run_ids
        self.asked |= dict.fromkeys(run_ids, (visitor, priority))

    def waits(self, store: RunStore) -> dict[tuple[str, int], int]:
        """(visitor, priority) -> how many of its runs wait."""
        found: dict[tuple[str, int], int] = {}
        for run_id, status in store.progress(list(self.asked), "nobody").items():
            if status == "queued":
                found[self.asked[run_id]] = found.get(self.asked[run_id], 0) + 1
        return found

    def n_running(self, visitor: str) -> int:
        """What was left ends with its round, and counts no more."""
        wanted = {run_id for run_ids in self.followed.values() for run_id in run_ids}
        return sum(self.asked[claim.run_id][0] == visitor and claim.run_id in wanted for claim in self.running)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_nobody_is_passed_over_twice(tmp_path: Path, events: list[tuple[str, str, int]]) -> None:
    """In any order of events what is looked at goes first, who has less running goes before who has more, and of two
    who have as much nobody is served twice while the other waits."""
    (tmp_path / "runs.sqlite").unlink(missing_ok=True)
    with closing(RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1", clock=Clock())) as store:
        known = Known()
        begin = [("sweep", visitor, 3) for visitor in VISITORS]
        for number, (what, visitor, value) in enumerate([*begin, *events]):
            if what == "look":
                scenario, tab = Scenario(start_seed=1000 * number, n_rounds=2), f"{visitor} {value}"
                known.ask(tab, visitor, 0, [store.submit(scenario, tab, visitor=visitor)])
            elif what == "sweep":
                asked = store.submit_batches(batches(1000 * number, value), f"{visitor} s", 1, visitor)
                known.ask(f"{visitor} s", visitor, 1, [run_id for (run_id,) in asked])
            elif what == "leave":
                store.leave(f"{visitor} s")
                known.ask(f"{visitor} s", visitor, 1, [])
            elif what == "finish" and known.running:
                store.finish(known.running.pop(value % len(known.running)))
            elif what == "claim":
                claim_fairly(store, known)


def claim_fairly(store: RunStore, known: Known) -> None:
    waits = known.waits(store)
    claims = store.claim("w")
    assert bool(claims) == bool(waits), "a worker is idle while something waits"
    if not claims:
        return
    served, priority = known.asked[claims[0].run_id]
    assert priority == min(one for _, one in waits)
    others = {visitor for visitor, one in waits if one == priority} - {served}
    assert known.n_running(served) <= min((known.n_running(visitor) for visitor in others), default=99)
    for visitor in others:
        if known.n_running(visitor) == known.n_running(served):
            passed = known.passed_over[visitor, served] = known.passed_over.get((visitor, served), 0) + 1
            assert passed <= 1, f"{served} was served twice while {visitor} waited with as many running"
    for pair in [pair for pair in known.passed_over if pair[0] == served or pair[0] not in others]:
        del known.passed_over[pair]
    known.running.extend(claims)


# -- how much one may ask for ----------------------------------------------------------------------------------


def test_a_visitor_who_asks_for_more_than_may_wait_is_told_what_is_so(store: RunStore) -> None:
    store.submit_batches(batches(0, 2), "tab 1", 1, "one", max_waiting=3)
    with pytest.raises(
        JobError, match=r"^2 batches of runs are asked for while 2 of yours wait already; .* have 3 wai"
    ):
        store.submit_batches(batches(10, 2), "tab 2", 1, "one", max_waiting=3)
    assert store.progress([batches(10, 1)[0][0].scenario_id], "tab 2") == {}, "a refused request leaves nothing behind"
    store.submit_batches(batches(10, 3), "tab", 1, "other", max_waiting=3)
    store.submit_batches(batches(20, 3), "tab 1", 1, "one", max_waiting=3)  # which leaves those before
    store.submit_batches([scenarios(30, 8)], "tab 3", 1, "third", max_waiting=1)  # computed side by side: one turn
    store.submit(Scenario(start_seed=99), "tab 4", visitor="one")


def test_following_what_is_there_already_is_never_too_much(store: RunStore) -> None:
    asked = batches(0, 3)
    store.submit_batches(asked, "first", 1)
    assert store.submit_batches(asked, "second", 1, max_waiting=1) == [[one.scenario_id] for (one,) in asked]


def test_all_visitors_together_cannot_fill_the_file(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.runs.turns.MOST_WAITING", 4)
    for number in range(2):
        store.submit_batches(batches(10 * number, 2), str(number), 1)
    with pytest.raises(JobError, match="wait in 4 batches, which is as many as this server keeps"):
        store.submit_batches(batches(90, 1), "late", 1)
    store.submit(Scenario(), "late")


def test_the_environment_sets_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (default_deadline_seconds(), default_max_waiting()) == (1200.0, 400)
    monkeypatch.setenv("CGS_MAX_RUN_MINUTES", "3")
    monkeypatch.setenv("CGS_MAX_WAITING", "2")
    with JobRunner(tmp_path / "runs.sqlite", 0) as runner:
        assert runner.deadline_seconds == 180.0
        with pytest.raises(JobError, match="may have 2 waiting"):
            runner.submit_batches(batches(0, 3), "a")
    for name, bad, words in (
        ("CGS_MAX_RUN_MINUTES", "0", "from 1 to 10080; got '0'"),
        ("CGS_MAX_RUN_MINUTES", "two", "from 1 to 10080; got 'two'"),
        ("CGS_MAX_WAITING", "20001", "from 1 to 20000; got '20001'"),
        ("CGS_MAX_WAITING", "²", "from 1 to 20000; got '²'"),
    ):
        monkeypatch.setenv(name, bad)
        with pytest.raises(JobError, match=f"{name}: must be a whole number {words}"):
            JobRunner(tmp_path / "runs.sqlite", 0)
        monkeypatch.delenv(name)
