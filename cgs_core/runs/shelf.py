"""The shelves: which runs a visitor keeps, and under which names. A run that lies on a shelf is not forgotten.

A visitor is an unguessable token that its browser keeps. Only its hash is stored, so that who reads the file cannot
open anybody's shelf with it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cgs_core.errors import CgsError, JobError
from cgs_core.runs import transitions
from cgs_core.runs.database import Database
from cgs_core.runs.kept_json import kept_json
from cgs_core.runs.kinds import job_id
from cgs_core.runs.transitions import RunStatus
from cgs_core.scenario import Scenario
from cgs_core.studies.side_by_side import MAX_NAME_LENGTH

MAX_SHELF_RUNS = 24
_FORGET_SECONDS = 400 * 86_400.0  # a visitor whose browser has forgotten its token does not come back
_SEEN_REFRESH_SECONDS = 86_400.0
_MOST_VIEW_CHARACTERS = 10_000


@dataclass(frozen=True)
class ShelfEntry:
    """A run on a shelf. ``color_index`` is its own on this shelf for as long as it lies there."""

    run_id: str
    name: str
    color_index: int
    scenario: Scenario
    status: RunStatus
    is_current: bool  # else its rounds are of an older version of the program or of other data

    @property
    def is_live(self) -> bool:
        """Whether rounds are still coming."""
        return self.status in ("queued", "running")


def checked_name(name: str) -> str:
    """A name with single spaces and none around it; ``JobError`` unless it is 1 to 60 characters that can be seen."""
    plain = " ".join(name.split())
    if not 0 < len(plain) <= MAX_NAME_LENGTH or not plain.isprintable():
        raise JobError(f"A name has 1 to {MAX_NAME_LENGTH} characters that can be seen; got {plain[:80]!r}.")
    return plain


class Shelf:
    """The shelves in a store's file. All methods may be called from any thread and any process.

    Parameters
    ----------
    fingerprint: what a stored run must agree with to be current, of its scenario.
    clock: seconds since the epoch.
    max_bytes: that the runs of all shelves may hold.
    """

    def __init__(
        self, database: Database, fingerprint: Callable[[Scenario], str], clock: Callable[[], float], max_bytes: int
    ) -> None:
        self._database = database
        self._fingerprint = fingerprint
        self._clock = clock
        self._max_bytes = max_bytes

    def entries(self, visitor: str) -> tuple[ShelfEntry, ...]:
        """A visitor's runs, in the order in which they were pinned; without those that cannot be read any more."""
        owner, now = _hashed(visitor), self._clock()
        with self._database.read() as connection:
            query = (
                "SELECT run_id, name, color_index, scenario, status, fingerprint, seen"
                " FROM shelf JOIN runs ON runs.id = run_id WHERE visitor = ? ORDER BY position"
            )
            rows = connection.execute(query, (owner,)).fetchall()
        if any(now - seen > _SEEN_REFRESH_SECONDS for *_, seen in rows):
            with self._database.write() as connection:
                connection.execute("UPDATE shelf SET seen = ? WHERE visitor = ?", (now, owner))
        return tuple(entry for *columns, _ in rows if (entry := self._entry(*columns)) is not None)

    def _entry(
        self, run_id: str, name: str, color_index: int, text: str, status: RunStatus, fingerprint: str
    ) -> ShelfEntry | None:
        try:
            scenario = Scenario.from_json(text)
            is_current = fingerprint == self._fingerprint(scenario)
        except CgsError:  # of a field or data that are no more
            return None
        return ShelfEntry(run_id, name, color_index, scenario, status, is_current)

    def has(self, visitor: str, run_id: str) -> bool:
        """Whether a run lies on the visitor's shelf."""
        with self._database.read() as connection:
            return _named(connection, _hashed(visitor), "run_id", run_id) is not None

    def put(
        self, visitor: str, scenario: Scenario, name: str, color_index: int | None = None, spared: int | None = None
    ) -> None:
        """Pin the run of a scenario; one that lies there already stays as it is.

        A name that the shelf has already gets a number. A run that is not stored (any more) is stored without rounds.
        It has the colour ``color_index`` if that is free, else the first that is free and, if there are others, not
        ``spared``: that of a run that was taken off and may be put back.
        ``JobError`` for a name that is none, a full shelf, and when the runs of all shelves would hold ``max_bytes``.
        """
        owner, run_id, now = _hashed(visitor), job_id(scenario), self._clock()
        name = checked_name(name)
        with self._database.write() as connection:
            if _named(connection, owner, "run_id", run_id):
                return
            connection.execute("DELETE FROM shelf WHERE seen < ?", (now - _FORGET_SECONDS,))
            connection.execute("DELETE FROM shelf_view WHERE visitor NOT IN (SELECT visitor FROM shelf)")
            taken = dict(connection.execute("SELECT color_index, name FROM shelf WHERE visitor = ?", (owner,)))
            if len(taken) >= MAX_SHELF_RUNS:
                raise JobError(f"The shelf is full: {MAX_SHELF_RUNS} runs. Take one off first.")
            transitions.add(connection, scenario, run_id, "run", self._fingerprint(scenario), now)
            connection.execute(
                "INSERT INTO shelf SELECT ?, ?, ?, ?, IFNULL(MAX(position), 0) + 1, ? FROM shelf WHERE visitor = ?",
                (owner, run_id, _numbered(name, set(taken.values())), _color(taken, color_index, spared), now, owner),
            )
            kept = "SELECT SUM(bytes) FROM runs WHERE id IN (SELECT run_id FROM shelf)"
            if transitions.one(connection, kept) > self._max_bytes:
                raise JobError("The shelves of this server are full: take a run off first.")

    def rename(self, visitor: str, run_id: str, name: str) -> None:
        """Give a run another name; ``JobError`` for one that is none, or that another run of the shelf has."""
        owner, name = _hashed(visitor), checked_name(name)
        with self._database.write() as connection:
            if _named(connection, owner, "name", name) not in (None, run_id):
                raise JobError(f"Another run on the shelf is called {name!r}.")
            connection.execute("UPDATE shelf SET name = ? WHERE visitor = ? AND run_id = ?", (name, owner, run_id))

    def remove(self, visitor: str, run_id: str) -> None:
        """Take a run off; the store may then forget it. Nothing happens if it does not lie there."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM shelf WHERE visitor = ? AND run_id = ?", (_hashed(visitor), run_id))

    def clear(self, visitor: str) -> None:
        """Take all runs off, and forget what was chosen."""
        with self._database.write() as connection:
            for table in ("shelf", "shelf_view"):
                connection.execute(f"DELETE FROM {table} WHERE visitor = ?", (_hashed(visitor),))

    def view(self, visitor: str) -> dict[str, Any]:
        """What the visitor has chosen on the shelf's page, as ``set_view`` was given it last; empty at first."""
        with self._database.read() as connection:
            row = connection.execute("SELECT view FROM shelf_view WHERE visitor = ?", (_hashed(visitor),)).fetchone()
        return {} if row is None else kept_json(row[0], dict, "what a visitor has chosen on the shelf's page") or {}

    def set_view(self, visitor: str, view: Mapping[str, Any]) -> None:
        """Keep what the visitor has chosen, as JSON, for as long as there is a run on the shelf."""
        owner, text = _hashed(visitor), json.dumps(view)
        if len(text) > _MOST_VIEW_CHARACTERS:
            raise ValueError(f"view: at most {_MOST_VIEW_CHARACTERS} characters of JSON; got {len(text)}")
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO shelf_view VALUES (?, ?)", (owner, text))


def _color(taken: Collection[int], wanted: int | None, spared: int | None) -> int:
    free = set(range(MAX_SHELF_RUNS)) - set(taken)
    return wanted if wanted in free else min(free - {spared} or free)


def _hashed(visitor: str) -> str:
    return hashlib.sha256(f"shelf:{visitor}".encode()).hexdigest()


def _named(connection: sqlite3.Connection, owner: str, column: str, value: str) -> str | None:
    """The id of the run on a shelf whose column has this value."""
    query = f"SELECT run_id FROM shelf WHERE visitor = ? AND {column} = ?"
    row = connection.execute(query, (owner, value)).fetchone()
    return None if row is None else str(row[0])


def _numbered(name: str, taken: set[str]) -> str:
    """The name, with the first number behind it that makes it the shelf's only one."""
    number, unique = 1, name
    while unique in taken:
        number += 1
        ending = f" ({number})"
        unique = name[: MAX_NAME_LENGTH - len(ending)].rstrip() + ending
    return unique
