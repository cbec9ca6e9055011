"""Classes: a teacher's lesson, what its students have answered, without names, and what the teacher has released.

Whoever knows a class's id may answer in it and read what is counted; the id is random, and the links that hold it are
signed by the server (``cgs_ui.session.teacher_link``). A student is a hash of the class and of its browser's token, so
that nobody is known again in another class.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any

from cgs_core.errors import JobError
from cgs_core.runs.database import Database
from cgs_core.runs.kept_json import kept_json

MOST_STUDENTS = 500
_FORGET_SECONDS = 60 * 86_400.0
_MOST_CHARACTERS = 2_000


class Classes:
    """The classes in a store's file. All methods may be called from any thread and any process.

    An unknown class, for instance one that was forgotten after 60 days, has answered nothing and released nothing.

    Parameters
    ----------
    clock: seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def open(self, lesson: str) -> str:
        """A new class on this lesson; returns its id. Classes of more than 60 days ago are forgotten."""
        class_id, now = secrets.token_urlsafe(9), self._clock()
        with self._database.write() as connection:
            connection.execute("DELETE FROM classes WHERE created < ?", (now - _FORGET_SECONDS,))
            connection.execute("INSERT INTO classes (id, lesson, created) VALUES (?, ?, ?)", (class_id, lesson, now))
        return class_id

    def is_open(self, class_id: str) -> bool:
        """Whether there is such a class (still)."""
        with self._database.read() as connection:
            return connection.execute("SELECT 1 FROM classes WHERE id = ?", (class_id,)).fetchone() is not None

    def answer(self, class_id: str, visitor: str, question: str, answer: Any) -> bool:
        """Keep a student's answer, in place of its former one; says whether it counts.

        It does not once the question is released, nor in a class that there is not. ``JobError`` for a student more
        than a class can have, ``ValueError`` for an answer of more than 2,000 characters of JSON.
        """
        student, text = _hashed(class_id, visitor), json.dumps(answer)
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(f"answer: at most {_MOST_CHARACTERS} characters of JSON; got {len(text)}")
        with self._database.write() as connection:
            if (released := _released(connection, class_id)) is None or question in released:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO class_answers VALUES (?, ?, ?, ?)", (class_id, student, question, text)
            )
            count = "SELECT COUNT(DISTINCT student) FROM class_answers WHERE class_id = ?"
            if connection.execute(count, (class_id,)).fetchone()[0] > MOST_STUDENTS:
                raise JobError(f"This class is full: it has {MOST_STUDENTS} students.")
        return True

    def answers(self, class_id: str, *questions: str) -> list[tuple[Any, ...]]:
        """The answers to these questions of each student who has answered all of them; the students in no order of
        theirs."""
        with self._database.read() as connection:
            query = "SELECT student, question, answer FROM class_answers WHERE class_id = ? ORDER BY student"
            rows = connection.execute(query, (class_id,)).fetchall()
        students: dict[str, dict[str, Any]] = {}
        for student, question, answer in rows:
            if (told := kept_json(answer, object, "an answer in a class")) is not None:
                students.setdefault(student, {})[question] = told
        return [
            tuple(own[question] for question in questions)
            for own in students.values()
            if all(question in own for question in questions)
        ]

    def n_students(self, class_id: str) -> int:
        """How many have answered anything."""
        with self._database.read() as connection:
            query = "SELECT COUNT(DISTINCT student) FROM class_answers WHERE class_id = ?"
            return int(connection.execute(query, (class_id,)).fetchone()[0])

    def release(self, class_id: str, question: str) -> None:
        """Let the students see the answer to a question, from now on."""
        with self._database.write() as connection:
            released = _released(connection, class_id)
            if released is not None and question not in released:
                now = json.dumps([*released, question])
                connection.execute("UPDATE classes SET released = ? WHERE id = ?", (now, class_id))

    def released(self, class_id: str) -> frozenset[str]:
        """The questions whose answers may be seen."""
        with self._database.read() as connection:
            return frozenset(_released(connection, class_id) or ())

    def forget(self, visitor: str) -> None:
        """Delete what a visitor has answered, in all classes."""
        with self._database.write() as connection:
            ids = connection.execute("SELECT id FROM classes").fetchall()
            students = [(_hashed(class_id, visitor),) for (class_id,) in ids]
            connection.executemany("DELETE FROM class_answers WHERE student = ?", students)

    def close(self, class_id: str) -> None:
        """Forget the class with all its answers."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM classes WHERE id = ?", (class_id,))


def _released(connection: sqlite3.Connection, class_id: str) -> list[str] | None:
    """None where there is no such class."""
    row = connection.execute("SELECT released FROM classes WHERE id = ?", (class_id,)).fetchone()
    return None if row is None else kept_json(row[0], list, "what a class may see") or []


def _hashed(class_id: str, visitor: str) -> str:
    return hashlib.sha256(f"class:{class_id}:{visitor}".encode()).hexdigest()
