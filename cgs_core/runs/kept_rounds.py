"""The rounds of stored runs: kept with a digest, read against it, dropped where they are damaged."""

from __future__ import annotations

import hashlib
import sqlite3

from cgs_core.errors import RecordError
from cgs_core.records.frozen import FrozenRecord

DAMAGED = "What was stored of this run was damaged: it was dropped and is computed again."
_COLUMNS = "round_index, CAST(payload AS BLOB), CAST(digest AS BLOB)"  # damage may have changed what a value is


def digest_of(run_id: str, round_index: int, payload: bytes) -> bytes:
    """16 bytes of the payload and its place, so that another run's round in this place is found out too."""
    return hashlib.blake2b(f"{run_id}:{round_index}:".encode() + payload, digest_size=16).digest()


def keep(
    connection: sqlite3.Connection, run_id: str, round_index: int, payload: bytes, record: type[FrozenRecord]
) -> bool:
    """Write a round unless it is there, or in place of a damaged one; False where another one is.

    Of the same round with and without a derived field the one with it stays.
    """
    key = (run_id, round_index)
    query = f"SELECT {_COLUMNS} FROM rounds WHERE run_id = ? AND round_index = ?"
    found = connection.execute(query, key).fetchone()
    if found is not None and found[1] == payload:
        return True
    if found is not None and (found[2] is None or found[2] == digest_of(*key, found[1])):
        if not _agree(found[1], payload, record):
            return False
        if len(found[1]) > len(payload):
            return True
    connection.execute(
        "INSERT OR REPLACE INTO rounds (run_id, round_index, payload, digest) VALUES (?, ?, ?, ?)",
        (*key, payload, digest_of(*key, payload)),
    )
    before = 0 if found is None else len(found[1])
    connection.execute("UPDATE runs SET bytes = bytes + ? WHERE id = ?", (len(payload) - before, run_id))
    return True


def _agree(stored: bytes, payload: bytes, record: type[FrozenRecord]) -> bool:
    try:
        return record.from_bytes(stored).agrees_with(record.from_bytes(payload))
    except RecordError:
        return False


def drop(connection: sqlite3.Connection, run_id: str) -> None:
    """Forget what was computed."""
    connection.execute("DELETE FROM rounds WHERE run_id = ?", (run_id,))
    connection.execute("UPDATE runs SET bytes = LENGTH(scenario) WHERE id = ?", (run_id,))


def read(
    connection: sqlite3.Connection, run_id: str, record: type[FrozenRecord], since: int = 0
) -> tuple[FrozenRecord, ...]:
    """The rounds from an index on, in order; of an unfinished run those before the first that is still to come.

    Raises
    ------
    RecordError: one is damaged, or a finished run lacks one.
    """
    query = f"SELECT {_COLUMNS} FROM rounds WHERE run_id = ? AND round_index >= ? ORDER BY round_index"
    rounds: list[FrozenRecord] = []
    for round_index, payload, digest in connection.execute(query, (run_id, since)):
        if round_index != since + len(rounds):
            break
        if digest is not None and digest != digest_of(run_id, round_index, payload):
            raise RecordError(f"round {round_index + 1} is not what was written")
        rounds.append(record.from_bytes(payload))
        if rounds[-1].round_index != round_index:
            raise RecordError(f"round {round_index + 1} is another one")
    status, n_rounds = connection.execute("SELECT status, n_rounds FROM runs WHERE id = ?", (run_id,)).fetchone()
    if status == "done" and since + len(rounds) < n_rounds:
        raise RecordError(f"round {since + len(rounds) + 1} of {n_rounds} is missing")
    return tuple(rounds)


def begin_again(connection: sqlite3.Connection, run_id: str) -> None:
    """Drop a run's rounds; one that was wanted goes to the end of the queue, and whoever has it writes no more."""
    drop(connection, run_id)
    connection.execute(
        "UPDATE runs SET status = 'queued', ticket = (SELECT MAX(ticket) + 1 FROM runs), error = ?, worker = NULL,"
        " lease = NULL, started = NULL, finished = NULL, batch = NULL"
        " WHERE id = ? AND status IN ('queued', 'running', 'done')",
        (DAMAGED, run_id),
    )
