"""The list of lessons, and how far the visitor is in each."""

from __future__ import annotations

import streamlit as st

from cgs_core.lessons import Lesson, broken_lessons, lessons
from cgs_core.words.lesson_words import alone_minutes
from cgs_ui.background import job_runner
from cgs_ui.lessons.answers import Answers
from cgs_ui.lessons.done import file_answers
from cgs_ui.lessons.place import Place, answers_of, open_screen, progress
from cgs_ui.lessons.screens import n_open
from cgs_ui.places import style
from cgs_ui.plain_text import plain
from cgs_ui.session.visitor import is_kept, visitor


def list_lessons() -> None:
    """Title, minutes and progress of each; of one that is done its aim; what cannot be taught, with its line."""
    st.html(style("lessons_list.css"))
    with st.container(key="lessons"):
        _list()


def _list() -> None:
    st.markdown(
        "Each lesson asks you first: you commit to a prediction, then you see what is so, computed from real runs. "
        "There are no points."
    )
    kept = progress()
    for lesson in lessons().values():
        _lesson(lesson, answers_of(lesson, kept.get(lesson.name, {})))
    for error in broken_lessons():
        st.error(f"A lesson cannot be taught. {plain(str(error))}", icon=":material/error:")
    with st.expander("Answers from a file, and progress"):
        file_answers()
        if not is_kept():
            st.warning("This browser sends no cookies: your progress lasts as long as this page is open.")
        st.button(
            "Clear my progress in all lessons", key="lesson_clear_all", icon=":material/delete:", on_click=_clear_all
        )


def _lesson(lesson: Lesson, answers: Answers) -> None:
    at = Place(lesson, 1, None)
    total = len(at.screens)
    seen = n_open(at.screens, answers, None) if answers else 0
    with st.container(border=True, key=f"lesson_card_{lesson.name}"):
        number = "" if lesson.number is None else f"{lesson.number} · "
        st.header(f"{number}{lesson.title}", anchor=False)
        if seen >= total:  # before it would answer what the lesson asks
            st.markdown(lesson.aim)
        with st.container(horizontal=True, vertical_alignment="center"):
            label = "Begin" if not answers else "Go on with" if seen < total else "Look again at"
            named = f"“{lesson.title}”" if lesson.number is None else f"lesson {lesson.number}"
            st.button(
                f"{label} {named}",
                key=f"lesson_open_{lesson.name}",
                on_click=open_screen,
                args=(at, seen if 0 < seen < total else 1),
            )
            minutes = f"{lesson.minutes:g} minutes in a class, with talk; about {alone_minutes(lesson):.0f} alone"
            st.caption(f"{minutes} · {progress_words(seen, total)}")


def progress_words(seen: int, total: int) -> str:
    """How far somebody is."""
    if seen == 0:
        return "not begun"
    return "done" if seen >= total else f"up to screen {seen} of {total}"


def _clear_all() -> None:
    job_runner().store.lesson_progress.clear(visitor())
