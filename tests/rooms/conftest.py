"""A store with rooms, whose clock only tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cgs_core.rooms import Rooms, Seats
from cgs_core.runs import RunStore
from tests.rooms.rooms import made_store
from tests.runs.helpers import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[RunStore]:
    store = made_store(tmp_path, clock)
    yield store
    store.close()


@pytest.fixture
def root(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath


@pytest.fixture
def rooms(store: RunStore) -> Rooms:
    return Rooms(store)


@pytest.fixture
def seats(store: RunStore) -> Seats:
    return Seats(store)
