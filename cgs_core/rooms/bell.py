"""What tells a screen that its room has changed: a sign of each open room, all of them by one look at the store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cgs_core.errors import RoomError
from cgs_core.rooms.tokens import hashed
from cgs_core.runs import RunStore

_SIGNS = """SELECT id, phase || moved_on, n_acts || coalesce(
        (SELECT group_concat(seat || coalesce(token, '') || nickname) FROM room_seats WHERE room_id = rooms.id), '')
    FROM rooms"""
_SIGN_LENGTH = 12


@dataclass(frozen=True)
class Sign:
    """Short texts, each another one as soon as something has changed: for a room's students whenever its teacher does
    something, for its teacher whenever anybody does. Nothing of what has changed can be read from them."""

    students: str
    teachers: str


class Bell:
    """Signs of the rooms of a store; methods may be called from any thread."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def room_of(self, token: str) -> tuple[str, bool]:
        """Which room a token opens, and whether it is its teacher's; ``RoomError`` for a text that is no token."""
        teachers = "SELECT id FROM rooms WHERE teacher = ?"
        students = "SELECT room_id FROM room_seats WHERE token = ?"
        with self._store.database.read() as connection:
            for kind, query in (("teacher", teachers), ("seat", students)):
                if (row := connection.execute(query, (hashed(kind, token),)).fetchone()) is not None:
                    return row[0], kind == "teacher"
        raise RoomError("This opens neither a room nor a seat.")

    def sign(self, room_id: str) -> Sign | None:
        """Of one room; None where there is none (any more)."""
        with self._store.database.read() as connection:
            row = connection.execute(f"{_SIGNS} WHERE id = ?", (room_id,)).fetchone()
        return None if row is None else _signs_of(*row)

    def signs(self) -> dict[str, Sign]:
        """Of all rooms, by their ids."""
        with self._store.database.read() as connection:
            rows = connection.execute(_SIGNS).fetchall()
        return {row[0]: _signs_of(*row) for row in rows}


def _signs_of(room_id: str, by_teacher: str, by_anybody: str) -> Sign:
    return Sign(_sign(room_id, by_teacher), _sign(room_id, by_teacher + by_anybody))


def _sign(room_id: str, text: str) -> str:
    return hashlib.sha256(f"{room_id}:{text}".encode()).hexdigest()[:_SIGN_LENGTH]
