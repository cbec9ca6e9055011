"""A store whose clock only tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cgs_core.runs import RunStore
from tests.runs.helpers import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1", clock=clock, ticks=clock)
    yield store
    store.close()
