"""A clock that only tests move, and waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from math import ceil

from cgs_core.runs import RunStore

_LONGEST_STEP_SECONDS = 4.0  # between two looks of a supervisor that does not stand still


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def supervise(store: RunStore, clock: Clock, seconds: float, alive: Collection[str] = ()) -> None:
    """Let seconds pass in steps between which a supervisor looks."""
    for _ in range(ceil(seconds / _LONGEST_STEP_SECONDS)):
        clock.advance(_LONGEST_STEP_SECONDS)
        store.expire(alive)


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; fail after a time far beyond what it can take."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)
