"""A store that an earlier program has written, with what classes have in it, is read by this one.

``stores/version_6.db`` is such a file: a finished run on a shelf, one that waits, answers, a class. ``version_7.db`` is
the same after a program of store version 7 has opened it.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.rooms import READY_GAMES, Rooms
from cgs_core.runs.schema import STORE_VERSION
from cgs_core.runs.store import RunStore

WRITTEN = 1_796_016_112.0  # a class is forgotten after 60 days
FINISHED = Scenario(dataset="wine", n_agents=3, n_rounds=3)
WAITING = FINISHED.replace(n_rounds=4)
CLASS = "SpgbjnR9OAJn"


@pytest.mark.parametrize("version", [6, 7])
def test_everything_in_a_store_of_an_earlier_version_is_there(tmp_path: Path, version: int) -> None:
    kept = Path(__file__).parent / "stores" / f"version_{version}.db"
    old_file = Path(shutil.copy(kept, tmp_path / "runs.sqlite"))
    store = RunStore(old_file, clock=lambda: WRITTEN + 60)
    view = store.events("0723fabfad59")
    assert (view.status, len(view.rounds)) == ("done", 3)
    assert store.scenario_of("0723fabfad59") == FINISHED
    assert [entry.name for entry in store.shelf().entries("visitor")] == ["the three"]
    assert store.lesson_progress.of("visitor") == {"first": {"q": 1}}
    assert store.classes.answers(CLASS, "q") == [(2,)]
    assert [claim.scenario for claim in store.claim("a worker")] == [WAITING]
    code, teacher = Rooms(store).open(READY_GAMES["free_riders"](3))
    assert Rooms(store).teacher(teacher).code == code
    store.close()
    with sqlite3.connect(old_file) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (STORE_VERSION,)
    connection.close()
