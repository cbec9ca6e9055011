"""The steps that change a run's state, each inside a transaction that the store has opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any, Literal

from cgs_core.errors import JobError
from cgs_core.scenario import Scenario

RunStatus = Literal["queued", "running", "done", "failed", "cancelled"]

MAX_ATTEMPTS = 3
UNFINISHED = "('queued', 'running')"
GROUP = "COALESCE(batch, id)"  # runs that one worker computes together


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
    connection: sqlite3.Connection, scenario: Scenario, run_id: str, kind: str, fingerprint: str, now: float
) -> None:
    """Store a run without rounds, which nobody has asked for yet; nothing happens if it is there."""
    text = scenario.to_json()
    connection.execute(
        "INSERT OR IGNORE INTO runs (id, kind, scenario, fingerprint, n_rounds, status, ticket, bytes, created,"
        " last_used) VALUES (?, ?, ?, ?, ?, 'cancelled', 0, ?, ?, ?)",
        (run_id, kind, text, fingerprint, scenario.n_rounds, len(text), now, now),
    )


def queue(
    connection: sqlite3.Connection, run_id: str, fingerprint: str, max_queued: int, priority: int, batch: str | None
) -> None:
    """Put a run at the end of the queue, with its attempts forgotten; ``JobError`` when the queue is full."""
    others = f"SELECT COUNT(DISTINCT {GROUP}) FROM runs WHERE status = 'queued' AND batch IS NOT ?"
    if one(connection, others, batch or "") >= max_queued:
        raise JobError(f"{max_queued} runs are waiting already: try again in a few minutes.")
    connection.execute(
        "UPDATE runs SET status = 'queued', ticket = (SELECT MAX(ticket) + 1 FROM runs), fingerprint = ?, attempt = 0,"
        " worker = NULL, lease = NULL, error = NULL, started = NULL, finished = NULL, priority = ?, batch = ?"
        " WHERE id = ?",
        (fingerprint, priority, batch, run_id),
    )


def follow(connection: sqlite3.Connection, run_id: str, owner: str, now: float, priority: int) -> None:
    """Add a follower to an unfinished run, or see it again; a run that was to be cancelled is not any more."""
    connection.execute(
        "UPDATE runs SET last_used = ?, cancel = NULL, priority = MIN(priority, ?) WHERE id = ?",
        (now, priority, run_id),
    )
    connection.execute(
        f"INSERT INTO followers SELECT id, ?, ? FROM runs WHERE id = ? AND status IN {UNFINISHED}"
        " ON CONFLICT DO UPDATE SET seen = excluded.seen",
        (owner, now, run_id),
    )


def finish(
    connection: sqlite3.Connection, run_id: str, status: RunStatus, now: float, error: str | None = None
) -> None:
    """End a run; nobody follows it any more, and whoever was running it may write no more."""
    connection.execute(
        "UPDATE runs SET status = ?, error = ?, finished = ?, lease = NULL WHERE id = ?", (status, error, now, run_id)
    )
    connection.execute("DELETE FROM followers WHERE run_id = ?", (run_id,))


def leave(connection: sqlite3.Connection, run_id: str, owner: str, now: float) -> None:
    """Take a follower away; without the last one a waiting run is cancelled and a running one is asked to stop."""
    left = connection.execute("DELETE FROM followers WHERE run_id = ? AND owner = ?", (run_id, owner)).rowcount
    if not left or one(connection, "SELECT COUNT(*) FROM followers WHERE run_id = ?", run_id):
        return
    if stored(connection, run_id, "status") == ("queued",):
        finish(connection, run_id, "cancelled", now)
    else:
        connection.execute("UPDATE runs SET cancel = ? WHERE id = ?", (now, run_id))


def leave_others(connection: sqlite3.Connection, owner: str, kept: Collection[str], now: float) -> None:
    """Take a follower away from all runs but these."""
    followed = connection.execute("SELECT run_id FROM followers WHERE owner = ?", (owner,)).fetchall()
    for run_id in {run_id for (run_id,) in followed}.difference(kept):
        leave(connection, run_id, owner, now)


def end_overdue(
    connection: sqlite3.Connection, workers: Collection[str], now: float, grace_seconds: float, deadline_seconds: float
) -> list[str]:
    """End these workers' runs that were cancelled, or started, too long ago; the names of who held them."""
    stopped = []
    running = "SELECT id, worker, cancel, started FROM runs WHERE status = 'running'"
    for run_id, worker, cancel, started in connection.execute(running).fetchall():
        if worker in workers and cancel is not None and cancel <= now - grace_seconds:
            finish(connection, run_id, "cancelled", now)
        elif worker in workers and started <= now - deadline_seconds:
            error = f"The run was stopped: it took longer than {deadline_seconds / 60:g} minutes."
            finish(connection, run_id, "failed", now, error)
        else:
            continue
        stopped.append(worker)
    return stopped


def release(connection: sqlite3.Connection, worker: str, died: bool) -> None:
    """Let others have a gone worker's run; the end of one that did not die is no attempt."""
    if died:
        connection.execute("UPDATE runs SET lease = 0 WHERE worker = ? AND status = 'running'", (worker,))
        return
    connection.execute(
        "UPDATE runs SET lease = 0, attempt = attempt - 1, status = IIF(cancel IS NULL, 'queued', status)"
        " WHERE worker = ? AND status = 'running'",
        (worker,),
    )


def settle_abandoned(connection: sqlite3.Connection, now: float) -> None:
    """Runs whose lease has ended and that nobody should take up: cancelled meanwhile, or tried often enough."""
    abandoned = "SELECT id, cancel, attempt FROM runs WHERE status = 'running' AND lease < ?"
    for run_id, cancel, attempt in connection.execute(abandoned, (now,)).fetchall():
        if cancel is not None:
            finish(connection, run_id, "cancelled", now)
        elif attempt >= MAX_ATTEMPTS:
            finish(connection, run_id, "failed", now, "The run was given up: the worker died three times.")


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
