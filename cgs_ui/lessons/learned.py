"""What a class has learned: the questions of before and after, of the students who have answered both."""

from __future__ import annotations

import streamlit as st

from cgs_core.figures.style import percent, points
from cgs_core.lessons import Lesson
from cgs_core.studies.gains import FEWEST_STUDENTS, Gain, gain_of_all, gain_of_question
from cgs_ui.background import job_runner
from cgs_ui.following.pulse import pulse
from cgs_ui.lessons.screens import key_of_check

_LOOK_SECONDS = 3.0


def learned(class_id: str, lesson: Lesson) -> None:
    """A table of both questions and of both together; of few students nothing is said."""
    pairs = paired(class_id, lesson)
    pulse("class_learned", _LOOK_SECONDS)
    if len(pairs) < FEWEST_STUDENTS:
        st.info(
            f"{len(pairs)} of the class have answered all questions of before and after. It is shown from "
            f"{FEWEST_STUDENTS} on, so that nobody's answer can be guessed.",
            icon=":material/hourglass_top:",
        )
        return
    before, after = ([pair[when] for pair in pairs] for when in (0, 1))
    rows = [
        (check.text, gain_of_question([one[number] for one in before], [one[number] for one in after]))
        for number, check in enumerate(lesson.checks)
    ]
    rows.append(("**Together**", gain_of_all(before, after)))
    head = "| | Right before | Right after | Gain in points, 95 % interval |\n|---|---|---|---|\n"
    st.markdown(head + "\n".join(f"| {text.replace('|', ' ')} | {_cells(gain)} |" for text, gain in rows))
    st.caption(
        f"{len(pairs)} students who answered before and after, each compared with itself; “I do not know” counts as "
        "not right. Intervals: of one question Newcombe's for paired shares (1998), together Student's t of the "
        "students' gains with two made-up students added, who gained and lost everything. There is no class without "
        "the lesson to compare with: some of a gain may come from being asked twice."
    )


def _cells(gain: Gain) -> str:
    interval = f"{points(gain.low, 0)} to {points(gain.high, 0)}"
    return f"{percent(gain.before)} | {percent(gain.after)} | **{points(gain.gain, 0)}** ({interval})"


def paired(class_id: str, lesson: Lesson) -> list[tuple[list[bool], list[bool]]]:
    """Of each student who has answered all: which were right before, and which after."""
    numbers = range(len(lesson.checks))
    keys = [key_of_check(number, is_after) for is_after in (False, True) for number in numbers]
    right = [check.right for check in lesson.checks] * 2
    rows = job_runner().store.classes.answers(class_id, *keys)
    both = [[answer == wanted for answer, wanted in zip(row, right, strict=True)] for row in rows]
    return [(row[: len(numbers)], row[len(numbers) :]) for row in both]
