"""The store's file on the disk: made for its owner only, refused in words, moved aside where it is damaged."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from cgs_core.errors import StoreError
from cgs_core.places import data_folder

BESIDE = ("", "-wal", "-shm")  # what SQLite keeps beside a file
_OWNER_ONLY_FILE, _OWNER_ONLY_FOLDER = 0o600, 0o700
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WHY = {  # SQLite's primary result code -> in words
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_LOCKED: "another program has locked it",
    sqlite3.SQLITE_READONLY: "it may not be written to",
    sqlite3.SQLITE_PERM: "it may not be written to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written to",
} | dict.fromkeys(_DAMAGED, "it is damaged")


def prepare(path: Path) -> None:
    """Make the file and its folders where they are missing, readable by their owner only; ``StoreError`` if need be.

    A folder that is there already is somebody's: its rights are left, unless it is this program's own.
    """
    try:
        for folder in reversed([folder for folder in path.parents if not folder.exists()]):
            folder.mkdir(mode=_OWNER_ONLY_FOLDER, exist_ok=True)
        if path.parent == data_folder().resolve():
            path.parent.chmod(_OWNER_ONLY_FOLDER)
        if path.is_dir():
            raise refusal(path, "it is a folder, and a file is wanted")
        with suppress(FileExistsError):  # one that is there is not opened here: closing it would end SQLite's locks
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY_FILE))
    except OSError as error:
        raise refusal(path, "its file or folder cannot be made", error) from None
    for ending in BESIDE:  # files that SQLite makes later have the rights of the first
        with suppress(OSError):  # not there, or another's, whose it is to say
            path.with_name(path.name + ending).chmod(_OWNER_ONLY_FILE)


def refusal(path: Path, why: str, cause: Exception | None = None) -> StoreError:
    """That the file cannot be used and why; the path and the cause are for the operator alone."""
    details = "" if cause is None else f" ({cause})"
    return StoreError(
        f"The server's store of runs cannot be used: {why}.",
        f"The store of runs, {path}, cannot be used: {why}{details}.",
    )


def refusal_of(path: Path, error: sqlite3.Error) -> StoreError:
    """What SQLite's error says, in words."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return refusal(path, _WHY.get(code, "something went wrong with it"), error)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is damaged."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def lacks_a_table(error: sqlite3.Error) -> bool:
    """Whether an error says that there is nothing in the file, or something else."""
    return "no such table" in str(error)


def damage(path: Path) -> str:
    """What is wrong with the file's structure, in SQLite's words; "" when it is sound. Reads all of it.

    Raises
    ------
    sqlite3.Error: it cannot be read for another reason.
    """
    with closing(sqlite3.connect(path, timeout=5.0)) as connection:
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            return str(error)
    return "" if found == "ok" else str(found).replace("\n", " ")


def move_aside(path: Path, why: str = "damaged") -> Path:
    """Give the file, and what SQLite keeps beside it, a name with a word and a date; returns that."""
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    aside = path.with_name(f"{path.name}.{why}-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{why}-{stamp}-{number}")
    for ending in reversed(BESIDE):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def salvage(damaged: Path, fresh: sqlite3.Connection) -> int:
    """Copy what can still be read of a damaged store into a new one; returns the number of rows.

    What is damaged within a row is found out later, when it is read.
    """
    n_rows = 0
    with closing(sqlite3.connect(damaged, isolation_level=None)) as source:
        source.text_factory = lambda text: text.decode(errors="replace")
        for (table,) in fresh.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall():
            wanted = [row[1] for row in fresh.execute(f"PRAGMA table_info({table})")]
            for order in ("ASC", "DESC"):  # from both ends, up to what cannot be read
                with suppress(sqlite3.Error):
                    there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
                    columns = ", ".join(column for column in wanted if column in there)
                    places = ", ".join("?" for column in wanted if column in there)
                    for row in source.execute(f"SELECT {columns} FROM {table} ORDER BY rowid {order}"):
                        with suppress(sqlite3.IntegrityError):  # what it belongs to is gone
                            copy = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"
                            n_rows += fresh.execute(copy, row).rowcount
    return n_rows
