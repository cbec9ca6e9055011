"""Eight hours of a class in a store, by a clock that the test moves: what is kept levels off."""

from __future__ import annotations

import random
import sqlite3

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.runs import RunStore
from tests.runs.helpers import Clock

_STEP_SECONDS, _HOUR_SECONDS, _HOURS = 90, 3600, 8
_SEATS, _ROUNDS, _ROUND_BYTES, _MOST_BYTES = 6, 3, 2_000, 150_000
_LEAVES, _VANISHES = 0.1, 0.1  # at a step: closes the page, or its laptop


class Day:
    """Visitors at their seats, one worker, and what the store has of them."""

    def __init__(self, store: RunStore, clock: Clock) -> None:
        self.store, self.clock, self.chance = store, clock, random.Random(0)
        self.sitting: dict[str, str] = {}  # visitor -> the run that is on the screen
        self.n_came = 0

    def step(self) -> None:
        """Some time: who has gone is followed by somebody new, half ask for another run, and runs are computed."""
        for owner in [owner for owner in self.sitting if self.chance.random() < _LEAVES]:
            self.store.leave(owner)
            del self.sitting[owner]
        for owner in [owner for owner in self.sitting if self.chance.random() < _VANISHES]:
            del self.sitting[owner]  # and never says so
        while len(self.sitting) < _SEATS:
            self.n_came += 1
            self.sitting[f"visitor {self.n_came}"] = ""
        for owner, run_id in list(self.sitting.items()):
            if not run_id or self.chance.random() < 0.5:
                wanted = Scenario(n_rounds=_ROUNDS, data_seed=self.chance.randrange(100_000))
                self.sitting[owner] = self.store.submit(wanted, owner)
            else:
                try:
                    self.store.progress([run_id], owner)
                except JobError:  # it has made room
                    self.sitting[owner] = ""
        for _ in range(_SEATS):
            self.work()
        self.clock.advance(_STEP_SECONDS)
        self.store.expire(max_bytes=_MOST_BYTES)

    def work(self) -> None:
        """One run, as a worker would; at times the worker dies in it."""
        for claim in self.store.claim("worker"):
            for round_index in range(_ROUNDS):
                same_again = random.Random(f"{claim.run_id}:{round_index}").randbytes(_ROUND_BYTES)
                self.store.record(round_index, {claim: same_again})
                if self.chance.random() < 0.01:
                    self.store.release("worker", died=True)
                    return
            self.store.finish(claim)

    def rows(self) -> dict[str, int]:
        """What the file holds."""
        with sqlite3.connect(self.store.path) as file:
            tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counted = {name: file.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
            counted["pages"] = file.execute("PRAGMA page_count").fetchone()[0]
            counted["bytes"] = file.execute("SELECT SUM(bytes) FROM runs").fetchone()[0]
        return counted


def test_eight_hours_leave_no_more_than_two(store: RunStore, clock: Clock) -> None:
    day, hours = Day(store, clock), []
    for _ in range(_HOURS):
        most: dict[str, int] = {}
        for _ in range(_HOUR_SECONDS // _STEP_SECONDS):
            day.step()
            most = {name: max(count, most.get(name, 0)) for name, count in day.rows().items()}
        hours.append(most)
    assert day.n_came > 200 and hours[-1]["runs"] > _MOST_BYTES // (_ROUNDS * _ROUND_BYTES) // 2
    assert all(hour["bytes"] <= _MOST_BYTES + 2 * _SEATS * _ROUNDS * _ROUND_BYTES for hour in hours)
    for name, count in hours[-1].items():
        assert count <= 1.1 * hours[1][name] + 5, f"{name}: {hours[1][name]} after two hours, {count} after eight"
