"""What an operator does with a store: look through it, back it up, put a copy in its place, list and forget."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cgs_core.errors import CgsError, RecordError
from cgs_core.runs import kept_rounds, store_file
from cgs_core.runs.database import BUSY_SECONDS, Database
from cgs_core.runs.kinds import KINDS, job_id
from cgs_core.runs.schema import STORE_VERSION
from cgs_core.scenario import Scenario

_DAY = 86_400.0
_VISITOR_TABLES = ("shelf", "lesson_progress")


@dataclass(frozen=True)
class StoredRun:
    """One line of the list. ``n_rounds`` are stored; ``used`` is when it was used last, in seconds since the epoch."""

    run_id: str
    status: str
    n_rounds: int
    n_bytes: int
    used: float
    is_kept: int  # 1: pinned, or on somebody's shelf


class Care:
    """What is in a store, and what is to be in it no longer. All methods may be called while a server uses it.

    Parameters
    ----------
    clock: seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def runs(self) -> list[StoredRun]:
        """All runs, the latest used first."""
        query = (
            "SELECT id, status, (SELECT COUNT(*) FROM rounds WHERE run_id = id), bytes, last_used,"
            " pinned OR id IN (SELECT run_id FROM shelf) FROM runs ORDER BY last_used DESC, id"
        )
        with self._database.read() as connection:
            return [StoredRun(*row) for row in connection.execute(query)]

    def old_runs(self, days: float) -> list[StoredRun]:
        """Finished runs that nobody has used for so long, but for those that are kept."""
        limit = self._clock() - days * _DAY
        return [
            run
            for run in self.runs()
            if run.used < limit and not run.is_kept and run.status not in ("queued", "running")
        ]

    def forget_runs(self, run_ids: Sequence[str]) -> int:
        """Delete runs with their rounds, on shelves too; returns how many there were."""
        with self._database.write() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.executemany("DELETE FROM shelf WHERE run_id = ?", [(run_id,) for run_id in run_ids])
            return connection.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in run_ids]).rowcount

    def n_old_visitors(self, days: float) -> int:
        """How many visitors have a shelf or answers and have not been seen for so long."""
        with self._database.read() as connection:
            return len(self._old_visitors(connection, days))

    def forget_old_visitors(self, days: float) -> int:
        """Delete what these visitors have left on shelves and in lessons; returns how many there were."""
        with self._database.write() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            old = self._old_visitors(connection, days)
            for table in (*_VISITOR_TABLES, "shelf_view"):
                connection.executemany(f"DELETE FROM {table} WHERE visitor = ?", [(visitor,) for visitor in old])
        return len(old)

    def _old_visitors(self, connection: sqlite3.Connection, days: float) -> set[str]:
        """Hashes, another one in each table."""
        limit, found = self._clock() - days * _DAY, set()
        for table in _VISITOR_TABLES:
            query = f"SELECT visitor FROM {table} GROUP BY visitor HAVING MAX(seen) < ?"
            found |= {visitor for (visitor,) in connection.execute(query, (limit,))}
        return found


def problems(path: Path) -> list[str]:
    """What is wrong in a store's file, a sentence each: its structure, its references, each run's scenario and rounds.

    Nothing is changed; a server may be using it. ``StoreError`` when it is no store of this version.
    """
    with _opened(path) as connection:
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != STORE_VERSION:
                why = f"it has store version {version}, and this program checks version {STORE_VERSION}"
                raise store_file.refusal(path, why)
            connection.execute("BEGIN")
            found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(20)") if line != "ok"]
            for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check"):
                found.append(f"row {rowid} of {table} belongs to nothing in {parent}")
            for run_id, kind, text in connection.execute("SELECT id, kind, scenario FROM runs").fetchall():
                found += _problems_of_run(connection, run_id, kind, text)
        except sqlite3.Error as error:
            if not store_file.is_damage(error):
                raise store_file.refusal_of(path, error) from error
            return [str(error)]
    return found


def _problems_of_run(connection: sqlite3.Connection, run_id: str, kind: str, text: str) -> list[str]:
    if kind not in KINDS:
        return [f"run {run_id}: there is no kind {kind!r}"]
    found = []
    try:
        if job_id(Scenario.from_json(text), kind) != run_id:
            found.append(f"run {run_id}: its scenario is not the one that was stored")
    except CgsError as error:
        found.append(f"run {run_id}: its scenario cannot be read ({error})")
    try:
        kept_rounds.read(connection, run_id, KINDS[kind].record)
    except RecordError as error:
        found.append(f"run {run_id}: {error}")
    return found


def back_up(path: Path, target: Path) -> None:
    """Copy a store into a new file, while a server may be using it.

    Raises
    ------
    FileExistsError: there is such a file.
    StoreError: one of them cannot be used.
    """
    if target.exists():
        raise FileExistsError(17, "there is such a file already", str(target))
    with _opened(path) as source:
        _copy(source, path, target)


def restore(path: Path, backup: Path) -> Path | None:
    """Put a copy in the place of a store; returns where the one before lies now, None if there was none.

    Raises
    ------
    StoreError: a server is using the store, or the copy is damaged or of a newer version.
    """
    with _opened(backup) as source:
        if found := store_file.damage(backup):
            raise store_file.refusal(backup, f"it is damaged ({found})")
        (version,) = source.execute("PRAGMA user_version").fetchone()
        if not 0 < version <= STORE_VERSION:
            raise store_file.refusal(backup, f"it is no store of this or an earlier version ({version})")
        aside = None
        if path.exists():
            _check_unused(path)
            aside = store_file.move_aside(path, "before")
        _copy(source, backup, path)
    return aside


def _opened(path: Path) -> closing[sqlite3.Connection]:
    if not path.is_file():
        raise store_file.refusal(path, "there is no such file")
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.text_factory = lambda text: text.decode(errors="replace")
    return closing(connection)


def _copy(source: sqlite3.Connection, path: Path, target: Path) -> None:
    """As a whole or not at all, readable by its owner only."""
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        store_file.prepare(draft)
        with closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
        draft.replace(target)
    except sqlite3.Error as error:
        raise store_file.refusal_of(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _check_unused(path: Path) -> None:
    """``StoreError`` while any other process has the file open; one that is damaged is taken as it is."""
    with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if not store_file.is_damage(error):
                raise store_file.refusal(path, "a server is using it: stop the server first", error) from error
