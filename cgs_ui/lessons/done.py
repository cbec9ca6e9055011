"""The last screen: what was answered, to take away or to clear; the next lesson; and answers of a link or a file."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core.errors import ScenarioError
from cgs_core.lessons import Lesson, lessons
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.controls.link_to_copy import link_to_copy
from cgs_ui.lessons.answers import Answered, Answers, as_fields, from_file, from_link, to_file, to_link
from cgs_ui.lessons.place import ANSWERS_PARAMETER, Place, go, open_screen
from cgs_ui.lessons.question import answer_words
from cgs_ui.lessons.screens import Screen, screens_of
from cgs_ui.plain_text import plain
from cgs_ui.session.addresses import address
from cgs_ui.session.visitor import visitor


def done(at: Place) -> None:
    """What was answered, without points, and where to go on."""
    st.markdown(f"What this lesson shows: **{at.lesson.aim}**")
    st.markdown("What you have answered, on your way:")
    answers_table(at.lesson, at.answers)
    following = _next_lesson(at.lesson)
    if at.taught is None:
        if following is not None:
            st.button(
                f"Next lesson: {following.title}",
                type="primary",
                key="lesson_next_lesson",
                on_click=open_screen,
                args=(Place(following, 1, None), 1),
            )
        else:
            st.markdown("This was the last lesson. The Playground and the other pages are yours to try things out.")
    with st.expander("Take your answers away, or clear them"):
        st.download_button(
            "Download as a file",
            lambda: to_file(at.lesson, at.answers),
            f"answers-{at.lesson.name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        link = address("lessons", {ANSWERS_PARAMETER: to_link(at.lesson, at.answers)})
        link_to_copy("Link to your answers", link, "lesson_answers_link")
        st.button("Clear my answers to this lesson", icon=":material/delete:", on_click=clear, args=(at,))


def clear(at: Place) -> None:
    """Forget what the visitor has answered here, and begin anew."""
    job_runner().store.lesson_progress.clear(visitor(), at.name)
    for name in [name for name in st.session_state if str(name).startswith(f"lesson_told_{at.name}_")]:
        del st.session_state[name]
    go(at.lesson.name)


def answers_table(lesson: Lesson, answers: Answers) -> None:
    """Every question with what was answered; nothing of what is right."""
    for screen in screens_of(lesson):
        if screen.kind != "reveal" and (answered := answers.get(screen.key)) is not None:
            words = plain(answer_words(screen, answered.answer))
            if answered.times > 1 and screen.kind == "predict":
                words += f" (at first: {plain(answer_words(screen, answered.first))})"
            st.markdown(f"{_asked(screen)}  \n**{words}**")


def _asked(screen: Screen) -> str:
    if screen.check is not None:
        return f"{'After' if screen.is_after else 'Before'}: {screen.check.text}"
    assert screen.step is not None
    return screen.step.title if screen.step.question is None else screen.step.question.text


def _next_lesson(lesson: Lesson) -> Lesson | None:
    names = list(lessons())
    place = names.index(lesson.name) + 1 if lesson.name in names else len(names)
    return lessons()[names[place]] if place < len(names) else None


# -- answers that came by a link or a file -----------------------------------------------------------------------


def link_answers() -> bool:
    """Show the answers that the address holds, if it does."""
    text = st.query_params.get(ANSWERS_PARAMETER)
    if text is None:
        return False
    _show(lambda: from_link(text, lessons()))
    return True


def file_answers() -> None:
    """A place for a file of answers, and what is in it."""
    file = st.file_uploader("A file of answers", "json", key="lesson_answers_file", max_upload_size=1)
    if file is not None:
        _show(lambda: from_file(file.getvalue(), lessons()))


def _show(read: Callable[[], tuple[Lesson, dict[str, Answered]]]) -> None:
    try:
        lesson, answers = read()
    except ScenarioError as error:
        st.error(f"These answers cannot be read. {plain(str(error))}", icon=":material/error:")
        return
    st.header(f"Answers to “{lesson.title}”", anchor=False)
    answers_table(lesson, answers)
    with st.container(horizontal=True):
        st.button("Go on with these answers as mine", key="lesson_take", on_click=_take, args=(lesson, answers))
        st.button("All lessons", key="lesson_all", on_click=go, args=(None,))


def _take(lesson: Lesson, answers: dict[str, Answered]) -> None:
    job_runner().store.lesson_progress.keep(visitor(), lesson.name, as_fields(answers))
    session.note(f"These are now your answers to “{lesson.title}”.")
    go(lesson.name, Place(lesson, 1, None).n_open)
