"""How far visitors are in lessons: what each has answered, until the visitor clears it or stays away for long.

A visitor is an unguessable token that its browser keeps; only its hash is stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from cgs_core.runs.database import Database
from cgs_core.runs.kept_json import kept_json

_FORGET_SECONDS = 400 * 86_400.0  # a visitor whose browser has forgotten its token does not come back
_MOST_CHARACTERS = 20_000


class LessonProgress:
    """The answers of visitors, lesson by lesson. All methods may be called from any thread and any process.

    Parameters
    ----------
    clock: seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def of(self, visitor: str) -> dict[str, dict[str, Any]]:
        """What the visitor has answered: by lesson, as ``keep`` was given it last."""
        with self._database.read() as connection:
            query = "SELECT lesson, answers FROM lesson_progress WHERE visitor = ?"
            rows = connection.execute(query, (_hashed(visitor),)).fetchall()
        kept = {lesson: kept_json(answers, dict, "what a visitor has answered in a lesson") for lesson, answers in rows}
        return {lesson: answers for lesson, answers in kept.items() if answers is not None}

    def keep(self, visitor: str, lesson: str, answers: Mapping[str, Any]) -> None:
        """Keep what the visitor has answered in one lesson, as JSON; ``ValueError`` beyond 20,000 characters of it."""
        text, now = json.dumps(dict(answers)), self._clock()
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(f"answers: at most {_MOST_CHARACTERS} characters of JSON; got {len(text)}")
        with self._database.write() as connection:
            connection.execute("DELETE FROM lesson_progress WHERE seen < ?", (now - _FORGET_SECONDS,))
            row = (_hashed(visitor), lesson, text, now)
            connection.execute("INSERT OR REPLACE INTO lesson_progress VALUES (?, ?, ?, ?)", row)

    def clear(self, visitor: str, lesson: str | None = None) -> None:
        """Forget what the visitor has answered: in one lesson, or in all."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM lesson_progress WHERE visitor = ? AND lesson = IFNULL(?, lesson)",
                (_hashed(visitor), lesson),
            )


def _hashed(visitor: str) -> str:
    return hashlib.sha256(f"lessons:{visitor}".encode()).hexdigest()
