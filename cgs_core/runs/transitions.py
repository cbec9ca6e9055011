"""The steps that change a run's state, each inside a transaction that the store has opened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from cgs_core.errors import JobError
from cgs_core.scenario import Scenario

RunStatus = Literal["queued", "running", "done", "failed", "cancelled"]

LEASE_SECONDS = 5.0
MAX_DEATHS = 3
UNFINISHED = "('queued', 'running')"
GROUP = "COALESCE(batch, id)"  # runs that one worker computes together
WHOLE = "-whole"  # what a batch's name ends in whose rounds are to hold all that is else derived when somebody looks

# A lease that ends later than one can is of before the machine was started: it counts for nothing.
LAPSED = f"(status = 'running' AND (lease IS NULL OR lease NOT BETWEEN :now AND :now + {LEASE_SECONDS}))"
FREE = f"(status = 'queued' OR {LAPSED})"


@dataclass(frozen=True)
class Now:
    """A moment, by two clocks.

    Parameters
    ----------
    ticks: seconds of the clock that only waits (``time.monotonic``), by which leases, followers and limits go. All
        processes of a machine have the same one; nobody can set it; it stands still while the machine sleeps (but on
        Windows), and begins anew when the machine starts.
    day: seconds since the epoch, for what people read and for the order in which runs were used.
    """

    ticks: float
    day: float


def one(connection: sqlite3.Connection, query: str, *values: object) -> int:
    """The single whole number that a query gives; 0 for NULL."""
    return int(connection.execute(query, values).fetchone()[0] or 0)


def stored(connection: sqlite3.Connection, run_id: str, columns: str) -> tuple[Any, ...]:
    """Columns of a stored run; ``JobError`` when there is none."""
    row: tuple[Any, ...] | None = connection.execute(f"SELECT {columns} FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise JobError(f"No run {run_id!r} is stored: it was never submitted, or was forgotten to make room.")
    return row


def add(
    connection: sqlite3.Connection, scenario: Scenario, run_id: str, kind: str, fingerprint: str, day: float
) -> None:
    """Store a run without rounds, which nobody has asked for yet; nothing happens if it is there."""
    text = scenario.to_json()
    connection.execute(
        "INSERT OR IGNORE INTO runs (id, kind, scenario, fingerprint, n_rounds, status, ticket, bytes, created,"
        " last_used) VALUES (?, ?, ?, ?, ?, 'cancelled', 0, ?, ?, ?)",
        (run_id, kind, text, fingerprint, scenario.n_rounds, len(text), day, day),
    )


@dataclass(frozen=True)
class Line:
    """Where a run waits: with which priority, in which batch, and whether the express worker may take it."""

    priority: int = 0
    batch: str | None = None
    is_express: bool = False


def queue(connection: sqlite3.Connection, run_id: str, fingerprint: str, line: Line) -> None:
    """Put a run at the end of the queue, its workers' deaths forgotten."""
    connection.execute(
        "UPDATE runs SET status = 'queued', ticket = (SELECT MAX(ticket) + 1 FROM runs), fingerprint = ?, deaths = 0,"
        " worker = NULL, lease = NULL, error = NULL, started = NULL, finished = NULL, priority = ?, batch = ?,"
        " express = ? WHERE id = ?",
        (fingerprint, line.priority, line.batch, line.is_express, run_id),
    )


def hasten(connection: sqlite3.Connection, run_id: str, line: Line) -> None:
    """Let a run that waits with a later priority go with this one, and not with the batch that it was asked for in."""
    connection.execute(
        "UPDATE runs SET priority = ?, batch = ?, express = ? WHERE id = ? AND status = 'queued' AND priority > ?",
        (line.priority, line.batch, line.is_express, run_id, line.priority),
    )


def demote(connection: sqlite3.Connection, worker: str, now: Now, seconds: float) -> bool:
    """Send what the express worker has computed for so long back to the others' line, if anything waits for it there.

    Says whether it was so: then the worker must be killed. What is sent back keeps its place and its rounds.
    """
    if not one(connection, "SELECT EXISTS (SELECT 1 FROM runs WHERE status = 'queued' AND priority <= 0 AND express)"):
        return False
    found = connection.execute(
        "UPDATE runs SET status = 'queued', express = 0, lease = NULL, started = NULL, began = NULL"
        " WHERE status = 'running' AND worker = ? AND began <= ? RETURNING id",
        (worker, now.ticks - seconds),
    ).fetchall()
    return bool(found)


def follow(connection: sqlite3.Connection, run_id: str, owner: str, visitor: str, now: Now) -> None:
    """Add a follower to an unfinished run, or see it again; a run that was to be cancelled is not any more."""
    connection.execute("UPDATE runs SET last_used = ?, cancel = NULL WHERE id = ?", (now.day, run_id))
    connection.execute(
        "INSERT INTO followers (run_id, owner, visitor, seen)"
        f" SELECT id, ?, ?, ? FROM runs WHERE id = ? AND status IN {UNFINISHED}"
        " ON CONFLICT DO UPDATE SET seen = excluded.seen, visitor = excluded.visitor",
        (owner, visitor, now.ticks, run_id),
    )


def finish(connection: sqlite3.Connection, run_id: str, status: RunStatus, now: Now, error: str | None = None) -> None:
    """End a run; nobody follows it any more, and whoever was running it may write no more."""
    connection.execute(
        "UPDATE runs SET status = ?, error = ?, finished = ?, lease = NULL,"
        " seconds = IIF(? = 'done', MAX(0, ? - began), seconds) WHERE id = ?",
        (status, error, now.day, status, now.ticks, run_id),
    )
    connection.execute("DELETE FROM followers WHERE run_id = ?", (run_id,))


def leave(connection: sqlite3.Connection, run_id: str, owner: str, now: Now) -> None:
    """Take a follower away; without the last one a waiting run is cancelled and a running one is asked to stop."""
    left = connection.execute("DELETE FROM followers WHERE run_id = ? AND owner = ?", (run_id, owner)).rowcount
    if not left or one(connection, "SELECT COUNT(*) FROM followers WHERE run_id = ?", run_id):
        return
    if stored(connection, run_id, "status") == ("queued",):
        finish(connection, run_id, "cancelled", now)
    else:
        connection.execute("UPDATE runs SET cancel = ? WHERE id = ?", (now.ticks, run_id))


def leave_others(connection: sqlite3.Connection, owner: str, kept: Collection[str], now: Now) -> None:
    """Take a follower away from all runs but these."""
    followed = connection.execute("SELECT run_id FROM followers WHERE owner = ?", (owner,)).fetchall()
    for run_id in {run_id for (run_id,) in followed}.difference(kept):
        leave(connection, run_id, owner, now)


def end_overdue(
    connection: sqlite3.Connection, workers: Collection[str], now: Now, grace_seconds: float, deadline_seconds: float
) -> list[str]:
    """End these workers' runs that were cancelled, or started, too long ago; the names of who held them."""
    stopped = []
    running = "SELECT id, worker, cancel, began FROM runs WHERE status = 'running'"
    for run_id, worker, cancel, began in connection.execute(running).fetchall():
        if worker in workers and cancel is not None and cancel <= now.ticks - grace_seconds:
            finish(connection, run_id, "cancelled", now)
        elif worker in workers and began <= now.ticks - deadline_seconds:
            error = f"The run was stopped: it took longer than {deadline_seconds / 60:g} minutes."
            finish(connection, run_id, "failed", now, error)
        else:
            continue
        stopped.append(worker)
    return stopped


def release(connection: sqlite3.Connection, worker: str, died: bool, now: Now) -> None:
    """Let others have a gone worker's run; ``died``: its process has ended by itself, which few runs may see often."""
    if died:
        held = connection.execute("SELECT id FROM runs WHERE worker = ? AND status = 'running'", (worker,)).fetchall()
        for (run_id,) in held:
            _count_death(connection, run_id, now)
        return
    connection.execute(
        "UPDATE runs SET lease = NULL, status = IIF(cancel IS NULL, 'queued', status)"
        " WHERE worker = ? AND status = 'running'",
        (worker,),
    )


def keep_leases(connection: sqlite3.Connection, workers: Collection[str], now: Now) -> None:
    """Renew the leases of workers that are alive for certain, however slow they are, where they have not done so."""
    connection.execute(
        "UPDATE runs SET lease = :now + :whole WHERE status = 'running'"
        " AND worker IN (SELECT value FROM json_each(:workers))"
        " AND IFNULL(lease NOT BETWEEN :now + :whole / 2 AND :now + :whole, TRUE)",
        {"now": now.ticks, "whole": LEASE_SECONDS, "workers": json.dumps(list(workers))},
    )


def settle_abandoned(connection: sqlite3.Connection, now: Now) -> None:
    """Runs whose lease has ended: those cancelled meanwhile are ended, the others are free.

    That is no death of a worker: it may be slow, or have gone with its server, neither of which is the run's fault.
    """
    abandoned = connection.execute(f"SELECT id, cancel, lease FROM runs WHERE {LAPSED}", {"now": now.ticks})
    for run_id, cancel, lease in abandoned.fetchall():
        if cancel is not None:
            finish(connection, run_id, "cancelled", now)
        elif lease is not None:
            connection.execute("UPDATE runs SET lease = NULL WHERE id = ?", (run_id,))


def _count_death(connection: sqlite3.Connection, run_id: str, now: Now) -> None:
    """Free a run whose worker has died under it; after too many the run is given up."""
    connection.execute("UPDATE runs SET deaths = deaths + 1, lease = NULL WHERE id = ?", (run_id,))
    if one(connection, "SELECT IIF(cancel IS NULL, deaths, 0) FROM runs WHERE id = ?", run_id) >= MAX_DEATHS:
        finish(connection, run_id, "failed", now, "The run was given up: its worker died three times.")


def forgive(connection: sqlite3.Connection, now: Now, gap: float) -> None:
    """Let ``gap`` seconds count for nothing: nobody could do anything, as the machine or the server stood still."""
    values = {"now": now.ticks, "gap": gap}
    connection.execute("UPDATE followers SET seen = MIN(:now, seen + :gap)", values)
    connection.execute(
        f"UPDATE runs SET lease = MIN(:now + {LEASE_SECONDS}, lease + :gap), cancel = MIN(:now, cancel + :gap),"
        " began = MIN(:now, began + :gap) WHERE status = 'running'",
        values,
    )


def see_all(connection: sqlite3.Connection, now: Now) -> None:
    """Let all followers look now: nobody could while there was no server, and who comes back comes within a while."""
    connection.execute("UPDATE followers SET seen = ?", (now.ticks,))


def leave_unseen(connection: sqlite3.Connection, now: Now, seconds: float) -> None:
    """Take the followers away who have not looked for so long."""
    gone = connection.execute("SELECT run_id, owner FROM followers WHERE seen < ?", (now.ticks - seconds,))
    for run_id, owner in gone.fetchall():
        leave(connection, run_id, owner, now)


def make_room(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Forget finished runs, the least recently used first, until the rest fits.

    Never the latest one, a pinned one, or one that lies on a shelf.
    """
    excess = one(connection, "SELECT SUM(bytes) FROM runs") - max_bytes
    if excess <= 0:
        return
    finished = connection.execute(
        f"SELECT id, bytes FROM runs WHERE NOT pinned AND status NOT IN {UNFINISHED}"
        " AND id NOT IN (SELECT run_id FROM shelf)"
        " AND last_used < (SELECT MAX(last_used) FROM runs) ORDER BY last_used"
    ).fetchall()
    for run_id, size in finished:
        if excess <= 0:
            break
        connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        excess -= size
