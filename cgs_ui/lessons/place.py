"""Where the visitor is: lesson and screen, which the address alone says, so that Back and Forward agree with them.

In a class the teacher's link says which lesson, and whose answers these are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from cgs_core.lessons import Answer, Lesson, lessons
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.lessons.answers import Answered, Answers, as_fields, checked
from cgs_ui.lessons.screens import Screen, n_open, screens_of
from cgs_ui.session import teacher_link
from cgs_ui.session.visitor import visitor

COURSE_PARAMETER = "course"
STEP_PARAMETER = "step"
ANSWERS_PARAMETER = "answers"
CONTROL_PARAMETER = "class"


@dataclass(frozen=True)
class Place:
    """A visitor in a lesson, at a screen that may still be closed to it."""

    lesson: Lesson
    number: int  # of the screen, from 1
    taught: teacher_link.Lesson | None  # the class; None: the visitor is alone

    @cached_property
    def screens(self) -> tuple[Screen, ...]:
        return screens_of(self.lesson)

    @property
    def screen(self) -> Screen:
        return self.screens[self.number - 1]

    @property
    def name(self) -> str:
        """Under which progress is kept: a class begins anew for everybody."""
        return self.lesson.name if self.taught is None else f"{self.lesson.name}@{self.taught.class_id}"

    @cached_property
    def answers(self) -> Answers:
        """What the visitor has answered."""
        return answers_of(self.lesson, progress().get(self.name, {}))

    @cached_property
    def released(self) -> frozenset[str] | None:
        """The keys of what the teacher has released; None outside of a class."""
        return None if self.taught is None else job_runner().store.classes.released(self.taught.class_id)

    @property
    def n_open(self) -> int:
        """How many screens may be seen."""
        return n_open(self.screens, self.answers, self.released)


def taught() -> teacher_link.Lesson | None:
    """The class whose link this session was opened by."""
    kept = session.lesson()
    return kept if kept is not None and kept.course else None


def place() -> Place | None:
    """Where the visitor is; None: at the list of lessons."""
    of_class, known = taught(), lessons()
    name = st.query_params.get(COURSE_PARAMETER) if of_class is None else of_class.course
    if name not in known:
        if name:
            session.tell(f"There is no lesson named “{name[:60]}” here.")
        return None
    lesson = known[name]
    text = st.query_params.get(STEP_PARAMETER, "1")
    number = int(text) if text.isdecimal() and len(text) < 4 else 1
    return Place(lesson, min(max(number, 1), len(screens_of(lesson))), of_class)


def go(course: str | None, number: int = 1) -> None:
    """Open a screen of a lesson, or the list (None): one entry of the browser's history."""
    wanted = {} if course is None else {COURSE_PARAMETER: course, STEP_PARAMETER: str(number)}
    if (of_class := taught()) is not None:
        wanted = {session.LESSON_PARAMETER: st.session_state.lesson_token}
        wanted |= {STEP_PARAMETER: str(number)} if course == of_class.course else {}
    st.query_params.from_dict(wanted)


def progress() -> dict[str, dict[str, Any]]:
    """What the visitor has answered in all lessons, by name, as it is kept: one look at the store."""
    return job_runner().store.lesson_progress.of(visitor())


def answers_of(lesson: Lesson, kept: Mapping[str, Any]) -> dict[str, Answered]:
    """What the visitor has answered in a lesson; of one that was changed since, what it still asks."""
    asked = {screen.key for screen in screens_of(lesson)}
    found: dict[str, Answered] = {}
    for key, value in kept.items():
        try:
            found |= checked(lesson, {key: value}) if key in asked else {}
        except ValueError:  # an option that is no more
            continue
    return found


def commit(at: Place, screen: Screen, answer: Answer) -> None:
    """Keep an answer, in the class too where it counts; one that was given before is given again.

    ``JobError`` where the class has no room for one more: then nothing is kept.
    """
    before = at.answers.get(screen.key)
    new = Answered(answer, answer) if before is None else before.again(answer)
    store = job_runner().store
    if at.taught is not None and counts(at.taught, screen):
        store.classes.answer(at.taught.class_id, visitor(), screen.key, answer)
    store.lesson_progress.keep(visitor(), at.name, as_fields({**at.answers, screen.key: new}))


def counts(of_class: teacher_link.Lesson, screen: Screen) -> bool:
    """Whether a class counts the answers to a screen: predictions; what is asked before and after if it measures."""
    return screen.kind == "predict" or (screen.kind == "check" and of_class.is_measured)


def open_screen(at: Place, number: int) -> None:
    """A callback: another screen of the lesson, whose title then has the focus."""
    st.session_state.lesson_visit = st.session_state.get("lesson_visit", 0) + 1
    go(at.lesson.name, number)
