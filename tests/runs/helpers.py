"""A clock that only tests move, and waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; fail after a time far beyond what it can take."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)
