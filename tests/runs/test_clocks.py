"""Clocks that jump: the time of day may be set, a machine may sleep or start anew; runs that are looked at go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgs_core.errors import StoreError
from cgs_core.runs import RunStore, transitions
from cgs_core.runs.store import FOLLOWER_SECONDS
from cgs_core.runs.transitions import LEASE_SECONDS
from cgs_core.runs.views import Claim
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import Clock, supervise

_SCENARIO = Scenario(start_seed=1, n_rounds=500)
_RUN = _SCENARIO.scenario_id
_TICK, _RENEW, _PAGE_LOOKS = 0.25, 1.5, 0.7
_GRACE, _DEADLINE = 3.0, 1200.0


@dataclass
class Machine:
    """A store with a supervisor, a worker and a page that looks, on clocks of its own."""

    store: RunStore
    day: Clock
    ticks: Clock
    server: str = "server"
    claim: Claim | None = None
    n_rounds: int = 0
    before: dict[str, float] = field(default_factory=dict)

    def _is_due(self, what: str, every: float) -> bool:
        if self.ticks.now - self.before.get(what, -every) < every:
            return False
        self.before[what] = self.ticks.now
        return True

    def supervise(self) -> None:
        alive = {f"{self.server}/worker"}
        assert self.store.stop_overdue(alive, _GRACE, _DEADLINE) == []
        self.store.expire(alive)

    def work(self) -> None:
        """What the worker does in a moment: take a run, or renew its lease and write a round."""
        if self.claim is None:
            self.claim = next(iter(self.store.claim(f"{self.server}/worker")), None)
        elif self._is_due("renewal", _RENEW):
            payload = fake_record(_SCENARIO, self.n_rounds).to_bytes()
            assert self.store.record(self.n_rounds, {self.claim: payload}) == {self.claim: "go_on"}
            self.n_rounds += 1

    def pass_seconds(self, seconds: float) -> None:
        """Both clocks go on, and everybody does its part; the page is a tab in the background."""
        for _ in range(round(seconds / _TICK)):
            self.day.advance(_TICK)
            self.ticks.advance(_TICK)
            self.supervise()
            self.work()
            if self._is_due("look", 60.0):
                self.store.events(_RUN, self.n_rounds, "page")
            if self.claim is not None and self._is_due("other worker", 1.0):
                assert not self.store.claim(f"{self.server}/idle"), "the run has a worker"

    @property
    def status(self) -> str:
        return self.store.events(_RUN, self.n_rounds).status


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    day, ticks = Clock(), Clock()
    ticks.now = 500.0
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1", clock=day, ticks=ticks)
    yield Machine(store, day, ticks)
    store.close()


@pytest.mark.parametrize("minutes", [2, 20, -60, 60 * 24 * 365])
def test_the_time_of_day_may_jump(machine: Machine, minutes: float) -> None:
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.day.advance(minutes * 60)
    machine.pass_seconds(20)
    assert machine.status == "running"


@pytest.mark.parametrize("minutes", [2, 20, 600])
@pytest.mark.parametrize("first", ["supervise", "work"])
def test_a_machine_whose_waiting_clock_goes_on_in_its_sleep_fails_and_cancels_nothing(
    machine: Machine, minutes: float, first: str
) -> None:
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.day.advance(minutes * 60)
    machine.ticks.advance(minutes * 60)
    getattr(machine, first)()
    machine.pass_seconds(20)
    assert machine.status == "running"


def test_one_that_was_cancelled_before_the_sleep_has_its_grace(machine: Machine) -> None:
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.store.cancel(_RUN, "page")
    machine.ticks.advance(1200)
    machine.supervise()
    assert machine.claim is not None
    assert machine.store.record(machine.n_rounds, {machine.claim: fake_record(_SCENARIO, machine.n_rounds).to_bytes()})
    assert machine.status == "cancelled"


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_after_a_crash_with_the_day_set_back_the_run_is_taken_up_when_a_lease_has_ended(
    machine: Machine, jump: float
) -> None:
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.day.advance(jump)
    assert not machine.store.claim("next/worker")
    machine.ticks.advance(LEASE_SECONDS + 0.1)
    (claim,) = machine.store.claim("next/worker")
    assert claim.run_id == _RUN


@pytest.mark.parametrize("uptime", [1.0, 400.0, 503.0, 10_000.0])
def test_after_the_machine_was_started_anew_the_run_goes_on_within_a_lease(machine: Machine, uptime: float) -> None:
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.ticks.now = uptime
    again = _next_server(machine)
    again.store.expire()
    machine.ticks.advance(LEASE_SECONDS + 0.1)
    (claim,) = again.store.claim("next/worker")
    assert claim.run_id == _RUN
    again.store.close()


@pytest.mark.parametrize("minutes", [3, 60, 600])
@pytest.mark.parametrize("status", ["queued", "running"])
def test_while_a_server_is_away_nobody_can_look_so_nothing_is_cancelled(
    machine: Machine, status: str, minutes: float
) -> None:
    machine.store.submit(_SCENARIO, "page")
    if status == "running":
        machine.pass_seconds(3)
    machine.ticks.advance(minutes * 60)
    again = _next_server(machine)
    again.supervise()
    again.pass_seconds(LEASE_SECONDS + 1)
    assert again.status == "running"
    supervise(again.store, again.ticks, FOLLOWER_SECONDS + 8, {"next/worker"})  # the page has not come back
    assert again.claim is not None
    assert again.store.record(again.n_rounds, {again.claim: fake_record(_SCENARIO, again.n_rounds).to_bytes()})
    assert again.status == "cancelled"
    again.store.close()


def test_what_a_look_in_vain_had_to_forgive_is_forgiven_by_the_next(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store was locked when the supervisor woke up."""
    machine.store.submit(_SCENARIO, "page")
    machine.pass_seconds(3)
    machine.ticks.advance(1200)
    with monkeypatch.context() as patch:
        patch.setattr(transitions, "leave_unseen", _refuse)
        with pytest.raises(StoreError):
            machine.store.expire()
    machine.supervise()
    machine.pass_seconds(20)
    assert machine.status == "running"


def _refuse(*_: object) -> None:
    raise sqlite3.OperationalError("database is locked")


def _next_server(machine: Machine) -> Machine:
    """The next one, on the same file and by the same clocks."""
    store = RunStore(machine.store.path, fingerprint=lambda _: "1", clock=machine.day, ticks=machine.ticks)
    return Machine(store, machine.day, machine.ticks, "next")


def test_what_nobody_looks_at_is_cancelled_all_the_same(machine: Machine) -> None:
    machine.store.submit(_SCENARIO, "gone")
    machine.day.advance(-7200)
    supervise(machine.store, machine.ticks, FOLLOWER_SECONDS + 8)
    assert machine.status == "cancelled"


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0.25, 5)),
        st.tuples(st.just("day"), st.floats(-1e6, 1e6)),
        st.tuples(st.just("sleep"), st.floats(5.01, 1e5)),
        st.tuples(st.just("kill"), st.just(0.0)),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=_EVENTS)
def test_a_run_that_is_looked_at_goes_on_whatever_the_clocks_do(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, float]]
) -> None:
    day, ticks = Clock(), Clock()
    path = tmp_path_factory.mktemp("clocks") / "runs.sqlite"
    store = RunStore(path, fingerprint=lambda _: "1", clock=day, ticks=ticks)
    store.submit(_SCENARIO, "page")
    machine, n_servers = Machine(store, day, ticks), 1
    machine.pass_seconds(1)
    for event, value in events:
        if event == "pass":
            machine.pass_seconds(value)
        elif event == "day":
            day.advance(value)
        elif event == "sleep":
            ticks.advance(value)
            machine.supervise()
        else:  # the server and its worker; the next ones come at once
            n_servers += 1
            machine = Machine(store, day, ticks, f"server {n_servers}")
            machine.pass_seconds(LEASE_SECONDS + 1)
        assert machine.status == "running"
    store.close()
