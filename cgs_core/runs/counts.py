"""How much is in a store, in numbers: for whoever looks after a server."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import get_args

from cgs_core.runs import transitions
from cgs_core.runs.transitions import RunStatus


@dataclass(frozen=True)
class Counts:
    """How a store stands.

    n_runs: by status. n_waiting: places in the queue, of which a batch takes one. n_busy: workers that have a run.
    n_rounds_written: ever; less by those that were both the newest and forgotten.
    """

    n_runs: dict[RunStatus, int]
    n_waiting: int
    n_busy: int
    n_rounds_written: int


def counts(connection: sqlite3.Connection) -> Counts:
    """Read from the index of the runs; the rounds are not gone through: each is numbered one above the last."""
    found = dict(connection.execute("SELECT status, COUNT(*) FROM runs GROUP BY status").fetchall())
    waiting = f"SELECT COUNT(DISTINCT {transitions.GROUP}) FROM runs WHERE status = 'queued'"
    return Counts(
        n_runs={status: found.get(status, 0) for status in get_args(RunStatus)},
        n_waiting=transitions.one(connection, waiting),
        n_busy=transitions.one(connection, "SELECT COUNT(DISTINCT worker) FROM runs WHERE status = 'running'"),
        n_rounds_written=transitions.one(connection, "SELECT MAX(rowid) FROM rounds"),
    )
