"""One SQLite file that several processes and threads share: opening, transactions, errors in words."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cgs_core.runs import store_file, store_watch
from cgs_core.runs.schema import STORE_VERSION, create_tables

_log = logging.getLogger(__name__)
BUSY_SECONDS = 15.0
_TELL_AGAIN_SECONDS = 600.0
_LOOK_AGAIN_SECONDS = 60.0  # for damage, which reads the whole file


class Database:
    """The file at ``path`` (made with its folders), on a local disk. Safe to call from many threads.

    Every failure of SQLite, a damaged file and a file of a newer version raise ``StoreError``; so does a file that is
    removed or replaced while it is in use, unless ``is_server``.

    Parameters
    ----------
    is_server: whether a damaged file is moved aside and a new one begun with what can be read of it, a removed one is
        written again, and one that was put in its place is taken up. ``recovered`` then says so in a sentence for the
        operator; it is "" where nothing was wrong.
    """

    def __init__(self, path: Path, is_server: bool = False) -> None:
        self.path = path
        self.recovered = ""
        self._idle: list[sqlite3.Connection] = []
        self._told: dict[str, float] = {}
        self._is_open = False  # until then whoever opens it tells, and it is nobody else's
        self._lock = threading.RLock()
        self._is_server = is_server
        self._file = store_watch.NOBODYS
        self._log_beside: store_watch.FileIdentity | None = None
        self._looked = -_LOOK_AGAIN_SECONDS  # for damage, in vain
        self._begin()

    def _begin(self) -> None:
        """Take up the file that is there, or a new one."""
        store_file.prepare(self.path)
        self._is_open = False
        try:
            if found := self._damage(self._is_server):
                self._begin_anew(found)
            else:
                with self.write() as connection:
                    create_tables(connection)
            self._file = store_watch.identity_of(self.path) or store_watch.NOBODYS
        finally:
            self._is_open = True

    def _renew(self) -> None:
        """Another file than before is at the path, or none: nothing of the old one is mixed with it."""
        is_gone = store_watch.identity_of(self.path) is None
        what = "removed" if is_gone else "replaced"
        if not self._is_server:
            raise store_file.refusal(self.path, f"its file was {what} while it was in use")
        old, self._idle, self.recovered, self._file = self._idle, [], "", store_watch.NOBODYS
        try:
            store_watch.let_go(self.path, old[-1] if old else None, self._log_beside)
            if is_gone and old:
                store_watch.bring_back(old[-1], self.path)
        except (OSError, sqlite3.Error) as error:
            raise store_file.refusal(self.path, f"its file was {what} while it was in use", error) from error
        finally:
            _closed(old)
        self._begin()
        done = "the one that is there now was taken up"
        if is_gone:
            done = "it was written there again, whole" if old else "a new one was begun"
        self._tell(f"The store of runs, {self.path}, was {what} while the server ran: {done}. {self.recovered}".strip())

    def _mended(self, of: store_watch.FileIdentity, is_emptied: bool) -> bool:
        """Whether the file that SQLite finds something wrong with was damaged, and has been begun anew by whomever."""
        with self._lock:
            if not self._is_server or not self._is_open or self._file != of:
                return self._file != of
            if time.monotonic() - self._looked < _LOOK_AGAIN_SECONDS:
                return False
            old, self._idle, self.recovered = self._idle, [], ""
            _closed(old)
            self._begin()
            if is_emptied and not self.recovered:
                self.recovered = f"The store of runs, {self.path}, was emptied while the server ran: it is begun anew."
            if not self.recovered:
                self._looked = time.monotonic()
                return False
            self._tell(self.recovered)
            return True

    def _tell(self, recovered: str) -> None:
        self.recovered = recovered
        _log.warning("%s", recovered)

    def _damage(self, is_server: bool) -> str:
        """What is wrong with the file, where a server is to see to it; ``StoreError`` if it cannot be used at all."""
        try:
            self._check_is_ours()
            return store_file.damage(self.path) if is_server else ""
        except sqlite3.Error as error:
            if is_server and store_file.is_damage(error):
                return str(error)
            raise store_file.refusal_of(self.path, error) from error

    def _begin_anew(self, found: str) -> None:
        """Move the damaged file aside, and begin one with what can be read of it."""
        try:
            aside = store_file.move_aside(self.path)
        except OSError as error:
            raise store_file.refusal(self.path, "it is damaged and cannot be moved aside", error) from error
        store_file.prepare(self.path)
        with self.write() as connection:
            create_tables(connection)
            n_rows = store_file.salvage(aside, connection)
        self.recovered = (
            f"The store of runs, {self.path}, was damaged ({found}). It was moved to {aside}, and a new one was "
            f"begun with the {n_rows} rows that could be read."
        )

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file; writers are not kept waiting."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when the block ends; one writer at a time."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        file = self._file
        try:
            with self._lock:
                if self._is_open and store_watch.identity_of(self.path) != self._file:
                    self._renew()
                file = self._file
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._open()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()  # rolls back
                raise
        except sqlite3.Error as error:
            refusal = store_file.refusal_of(self.path, error)
            is_emptied = store_file.lacks_a_table(error)
            if self._is_open and (is_emptied or store_file.is_damage(error)) and self._mended(file, is_emptied):
                raise store_file.refusal(self.path, "it was damaged, and has been begun anew: ask again") from error
            told = self._told.get(refusal.for_operator, -_TELL_AGAIN_SECONDS)
            if self._is_open and time.monotonic() - told >= _TELL_AGAIN_SECONDS:
                self._told[refusal.for_operator] = time.monotonic()
                _log.warning("%s", refusal.for_operator)
            raise refusal from error
        with self._lock:
            if file == self._file:
                self._idle.append(connection)
            else:
                _closed([connection])

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.text_factory = lambda text: text.decode(errors="replace")  # damaged text is read, and then refused
        try:
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._log_beside = store_watch.identity_of(store_watch.log_beside(self.path))
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_is_ours(self) -> None:
        """``StoreError`` for a file of a newer version or of something else, which is not touched."""
        with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            is_empty = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
        if version > STORE_VERSION:
            why = f"a newer version of this program wrote it (store version {version}, this one reads {STORE_VERSION})"
            raise store_file.refusal(self.path, why)
        if not version and not is_empty:
            raise store_file.refusal(self.path, "it is a database of something else")


def _closed(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        with suppress(sqlite3.Error):
            connection.close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """The very first switch needs the file for itself, and SQLite does not wait for that: try again while busy."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        time.sleep(0.02)
