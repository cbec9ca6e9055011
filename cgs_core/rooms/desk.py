"""Where a teacher or a student does something in a room: one transaction, all of it or nothing.

What has returned is on the disk. A teacher's token and a seat's token are all that anybody needs, and every method
takes one: which room, and which seat, follows from it. A text that is none raises ``RoomError``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from cgs_core.rooms import state as stored
from cgs_core.rooms.state import RoomState
from cgs_core.runs import RunStore
from cgs_core.runs.transitions import Now


class Desk:
    """Transactions on the rooms of a store."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    @contextmanager
    def _write(self) -> Iterator[tuple[sqlite3.Connection, Now]]:
        """A transaction, and its moment. Rooms that have ended by themselves are closed, so that their codes are free;
        what the clock says of before the machine was started is now."""
        with self._store.database.write() as connection:
            now = self._store.now()
            over = "UPDATE rooms SET phase = 'closed', code = NULL WHERE phase <> 'closed' AND moved_on < ?"
            connection.execute(over, (now.ticks - stored.OPEN_SECONDS,))
            for table, column in (("rooms", "moved_on"), ("room_seats", "seen")):
                connection.execute(f"UPDATE {table} SET {column} = :now WHERE {column} > :now", {"now": now.ticks})
            yield connection, now

    def _look(self, state: RoomState, now: Now) -> None:
        """After a look: what it found to be over, or of before the machine was started, is written; and a run is not
        left while anybody of the room waits for it."""
        if (state.phase == "closed" and state.code is not None) or state.moved_on > now.ticks:
            with self._write():
                pass
        if state.phase == "training" and state.begun is not None:
            self._store.progress([state.begun.run_id], owner_of(state))

    @contextmanager
    def _teachers(self, token: str) -> Iterator[tuple[sqlite3.Connection, RoomState]]:
        """A transaction in which the teacher does something in the room, which lasts so much longer."""
        with self._write() as (connection, now):
            state = stored.of_teacher(connection, token, now)
            if state.phase != "closed":
                connection.execute("UPDATE rooms SET moved_on = ? WHERE id = ?", (now.ticks, state.room_id))
            yield connection, state

    @contextmanager
    def _seats(self, token: str) -> Iterator[tuple[sqlite3.Connection, RoomState, int]]:
        """A transaction in which a student does something, and the number of the seat."""
        with self._write() as (connection, now):
            state, seat = stored.of_seat(connection, token, now)
            yield connection, state, seat.number


def owner_of(state: RoomState) -> str:
    """Who follows the run of a room, for all who are in it."""
    return f"room:{state.room_id}"
