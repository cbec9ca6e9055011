"""A lesson's prediction, asked in a room: which question, how far it is, and what everybody may see of it.

While it is open a student sees its own answer and the teacher how many there are; once counted the teacher, and with it
who looks at the projector, sees what the class has said; once revealed a student's view has it too, and its truth may
be shown, which ``Lesson.truth`` computes from runs and a room does not hold.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal

from cgs_core.errors import RoomError, ScenarioError
from cgs_core.lessons import Answer, Question, lessons
from cgs_core.lessons.checked import checked_answer
from cgs_core.rooms.state import TEACHER, RoomState
from cgs_core.rooms.state import Answer as Answered

Stand = Literal["open", "counted", "revealed"]
NEXT_STAND: dict[Stand, Stand | None] = {"open": "counted", "counted": "revealed", "revealed": None}
POLL = "poll"
"""The key of the teacher's row, and what those of its answers begin with."""


@dataclass(frozen=True)
class Poll:
    """A poll that is on.

    Attributes
    ----------
    lesson, step: the lesson's name, and which of its screens asks, from 0.
    question: as it is asked; until it is revealed without anything that would tell the truth.
    stand: "open", "counted", "revealed".
    n_answers: how many have answered.
    answers: all of them, sorted, so that none is known by its place; None while it is open, and of a seat until it is
        revealed.
    own: what this seat has answered; None of a teacher, and of who has not.
    """

    lesson: str
    step: int
    question: Question
    stand: Stand
    n_answers: int
    answers: tuple[Answer, ...] | None
    own: Answer | None


def question_of(lesson: str, step: int) -> Question:
    """``RoomError`` where the lesson is not here, or that screen asks nothing."""
    found = lessons().get(str(lesson))
    if found is None:
        raise RoomError(f"lesson: one of {', '.join(lessons())}; got {str(lesson)[:40]!r}")
    asking = {place: one.question for place, one in enumerate(found.steps) if one.question is not None}
    if type(step) is not int or step not in asking:
        raise RoomError(f"step: one that asks, of {', '.join(map(str, asking))}; got {str(step)[:20]!r}")
    return asking[step]


def poll_of(state: RoomState, seat: int | None = None) -> Poll | None:
    """The poll of this round of play as this seat sees it, or the teacher (None); None where there is none."""
    on = poll_on(state)
    if on is None:
        return None
    lesson, step, stand, question = on
    said = [one for one in state.answers if (one.play, one.question) == (state.play, answers_key(lesson, step))]
    answers = [(one.seat, answer) for one in said if (answer := _answer(question, one)) is not None]
    is_shown = stand == "revealed" or (stand == "counted" and seat is None)
    return Poll(
        lesson,
        step,
        question if stand == "revealed" else as_asked(question),
        stand,
        len(answers),
        tuple(sorted((answer for _, answer in answers), key=str)) if is_shown else None,
        next((answer for number, answer in answers if number == seat), None),
    )


def poll_on(state: RoomState) -> tuple[str, int, Stand, Question] | None:
    """Lesson, screen, how far it is, and the question; None too where that lesson is not here any more."""
    rows = [one.answer for one in state.answers if (one.play, one.seat, one.question) == (state.play, TEACHER, POLL)]
    told = rows[-1] if rows else None
    if not isinstance(told, dict) or told.get("stand") not in NEXT_STAND:
        return None
    try:
        return told["lesson"], told["step"], told["stand"], question_of(told["lesson"], told["step"])
    except (RoomError, KeyError):
        return None


def keep_poll(connection: sqlite3.Connection, state: RoomState, lesson: str, step: int, stand: Stand | None) -> None:
    """Write how far the poll is; None: there is none any more, and its answers stay in the room's file."""
    told = json.dumps({"lesson": lesson, "step": step, "stand": stand})
    connection.execute(
        "INSERT OR REPLACE INTO room_answers SELECT id, ?, ?, ?, ?, n_acts FROM rooms WHERE id = ?",
        (state.play, TEACHER, POLL, told, state.room_id),
    )


def answers_key(lesson: str, step: int) -> str:
    """Under which answers to it are kept."""
    return f"{POLL}:{lesson}:{step}"


def as_asked(question: Question) -> Question:
    """The question without what would tell its truth."""
    options = tuple(option.model_copy(update={"told": ""}) for option in question.options)
    hidden: dict[str, Any] = {"expected": None, "reveal": "", "wrong": "", "too_low": "", "too_high": "", "truth": ""}
    return question.model_copy(update={"options": options} | hidden)


def _answer(question: Question, one: Answered) -> Answer | None:
    """None for what the question, which may have changed, cannot have any more."""
    try:
        return checked_answer("answer", question, one.answer)
    except ScenarioError:
        return None
