"""Whose turn it is: visitors who wait are served fairly, however many runs each of them has asked for.

Of what waits with one priority, that of the visitor goes first for whom the fewest workers compute; among those, that
of the visitor whose last turn is the longest ago; and of one visitor what was asked for first. A run that several
visitors wait for goes as early as any one of them lets it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass

from cgs_core.errors import JobError
from cgs_core.runs.settings import MOST_WAITING
from cgs_core.runs.transitions import FREE, GROUP, LAPSED

_REMEMBERED_TURNS = 100  # of visitors who follow nothing now: who was served before these goes first


def hashed(visitor: str) -> str:
    """What the queue knows a visitor by; nobody's shelf can be found with it."""
    return hashlib.sha256(f"turns:{visitor}".encode()).hexdigest()


@dataclass(frozen=True, order=True)
class _Place:
    """Where a group stands in the queue: smaller goes first."""

    n_before: int  # groups of the visitor that are computed now, or come before this one
    last_turn: int
    ticket: int


def free_for(is_express: bool) -> str:
    """What a worker may claim: all that is free; the express worker what somebody looks at now and is short."""
    return f"({FREE} AND priority <= 0 AND express)" if is_express else FREE


def next_group(connection: sqlite3.Connection, now: float, is_express: bool = False) -> str | None:
    """What is to be claimed next; None when nothing is free. ``now`` here and below: ``Now.ticks``."""
    free = free_for(is_express)
    best = f"SELECT MIN(priority) FROM runs WHERE {free}"
    priority = connection.execute(best, {"now": now}).fetchone()[0]
    if priority is None:
        return None
    waiting = connection.execute(
        "SELECT IFNULL(visitor, ''), MIN(ticket) FROM runs LEFT JOIN followers ON run_id = id"
        f" WHERE {free} AND priority = :priority GROUP BY 1",
        {"now": now, "priority": priority},
    ).fetchall()
    busy, last = _n_running(connection, now), _last_turns(connection)
    place = min(_Place(busy.get(visitor, 0), last.get(visitor, 0), ticket) for visitor, ticket in waiting)
    (group,) = connection.execute(
        f"SELECT {GROUP} FROM runs WHERE {free} AND priority = :priority AND ticket = :ticket",
        {"now": now, "priority": priority, "ticket": place.ticket},
    ).fetchone()
    return str(group)


def take_turn(connection: sqlite3.Connection, group: str) -> None:
    """Remember that those who wait for this group have been served now."""
    connection.execute(
        "INSERT OR REPLACE INTO turns SELECT DISTINCT visitor, (SELECT IFNULL(MAX(turn), 0) + 1 FROM turns)"
        f" FROM followers JOIN runs ON id = run_id WHERE {GROUP} = ?",
        (group,),
    )
    connection.execute(
        "DELETE FROM turns WHERE turn <= (SELECT MAX(turn) FROM turns) - ?"
        " AND visitor NOT IN (SELECT visitor FROM followers)",
        (_REMEMBERED_TURNS,),
    )


def n_waiting(connection: sqlite3.Connection, visitor: str | None = None) -> int:
    """How many groups wait, of all visitors or of one."""
    query = f"SELECT COUNT(DISTINCT {GROUP}) FROM runs WHERE status = 'queued'"
    if visitor is None:
        return int(connection.execute(query).fetchone()[0])
    query += " AND id IN (SELECT run_id FROM followers WHERE visitor = ?)"
    return int(connection.execute(query, (visitor,)).fetchone()[0])


def check_waiting(connection: sqlite3.Connection, visitor: str, waited: int, max_waiting: int) -> None:
    """``JobError`` when the visitor's groups, of which ``waited`` were there before, or those of all are too many."""
    waits = n_waiting(connection, visitor)
    if waits > max_waiting:
        raise JobError(
            f"{waits - waited} batches of runs are asked for while {waited} of yours wait already; on this server one "
            f"visitor may have {max_waiting} waiting. Ask for fewer, or wait until some are done."
        )
    if n_waiting(connection) > MOST_WAITING:
        raise JobError(
            f"All visitors' runs wait in {MOST_WAITING:,} batches, which is as many as this server keeps: try again "
            "in a few minutes."
        )


def position(connection: sqlite3.Connection, run_id: str, now: float, has_express: bool = False) -> int:
    """A waiting run's place in the queue, from 1 on, if nothing is added to it; in the line of the express worker,
    where there is one, for what it may take."""
    query = f"SELECT {GROUP}, priority, express FROM runs WHERE id = ?"
    group, priority, express = connection.execute(query, (run_id,)).fetchone()
    sooner = connection.execute(
        f"SELECT COUNT(DISTINCT {GROUP}) FROM runs WHERE status = 'queued' AND priority < ? AND {GROUP} <> ?",
        (priority, group),
    ).fetchone()[0]
    places = _places(connection, priority, now, only_express=has_express and priority <= 0 and bool(express))
    own = places.pop(group)
    return int(sooner) + sum(place < own for place in places.values()) + 1


def _places(connection: sqlite3.Connection, priority: int, now: float, only_express: bool = False) -> dict[str, _Place]:
    """By group: its best place among those that wait with this priority, of all visitors that wait for it."""
    busy, last = _n_running(connection, now), _last_turns(connection)
    rows = connection.execute(
        f"SELECT IFNULL(visitor, ''), {GROUP}, MIN(ticket) AS first FROM runs LEFT JOIN followers ON run_id = id"
        " WHERE status = 'queued' AND priority = ? AND express >= ? GROUP BY 1, 2 ORDER BY first",
        (priority, only_express),
    ).fetchall()
    places: dict[str, _Place] = {}
    for visitor, group, ticket in rows:
        place = _Place(busy.get(visitor, 0), last.get(visitor, 0), ticket)
        busy[visitor] = place.n_before + 1
        places[group] = min(place, places.get(group, place))
    return places


def _n_running(connection: sqlite3.Connection, now: float) -> dict[str, int]:
    """By visitor: how many workers compute for it."""
    query = (
        f"SELECT visitor, COUNT(DISTINCT {GROUP}) FROM runs JOIN followers ON run_id = id"
        f" WHERE status = 'running' AND NOT {LAPSED} GROUP BY visitor"
    )
    return dict(connection.execute(query, {"now": now}).fetchall())


def _last_turns(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT visitor, turn FROM turns").fetchall())
