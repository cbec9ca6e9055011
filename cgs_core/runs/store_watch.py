"""A store's file that is removed, replaced or damaged while somebody has it open: noticed, and what can be done.

Who has a file open keeps it, whatever becomes of its name: so what was removed can be written again, whole. SQLite
keeps the latest changes in a file beside it (``-wal``), which must not be taken for another file's.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

FileIdentity = tuple[int, int]  # device and number: another name, the same file

NOBODYS: FileIdentity = (-1, -1)
_NEW = ".new"


def identity_of(path: Path) -> FileIdentity | None:
    """Which file is at a path; None for none. A microsecond or two."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def log_beside(path: Path) -> Path:
    """Where SQLite keeps the latest changes of a file."""
    return path.with_name(path.name + "-wal")


def let_go(path: Path, old: sqlite3.Connection | None, log: FileIdentity | None) -> None:
    """Take the changes that lie beside ``path`` away from there, if they are those of the file that was open.

    They are written into that file first, wherever it is now.

    Parameters
    ----------
    path: where another file is now, or none.
    old: a connection to the file that was there.
    log: what lay beside it.
    """
    if old is not None:
        with suppress(sqlite3.Error):
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if log is not None and identity_of(log_beside(path)) == log:
        for ending in ("-shm", "-wal"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def bring_back(old: sqlite3.Connection, path: Path) -> None:
    """Write the file that a connection has open to ``path``, where it was removed; all of it, or nothing."""
    new = path.with_name(path.name + _NEW)
    try:
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(new)) as copy:
            old.backup(copy)
        new.replace(path)
    finally:
        for ending in ("", "-wal", "-shm"):
            new.with_name(new.name + ending).unlink(missing_ok=True)
