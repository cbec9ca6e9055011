"""Makes ``fake_engine`` importable, and the store with a clock that only tests move."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cgs_core.runs import RunStore

sys.path.insert(0, str(Path(__file__).parent))


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1", clock=clock)
    yield store
    store.close()


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; fail after a time far beyond what it can take."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)
