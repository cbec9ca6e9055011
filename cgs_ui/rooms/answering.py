"""A lesson's question on a phone: its own controls, "your answer is in", and after the reveal what is so beside it.

Until the teacher reveals it nothing is sent that would tell what is so, or what others have answered.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from cgs_core.errors import JobError, LessonError, ScenarioError
from cgs_core.lessons import Finished, Lesson, Step
from cgs_core.rooms import Poll, SeatView
from cgs_ui.lessons.question import ask_question, said, words_of_answer
from cgs_ui.lessons.reveal import what_is_so
from cgs_ui.lessons.waiting import when_finished
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import seats
from cgs_ui.rooms.polls import asked_of, given, head
from cgs_ui.rooms.words import act, tell

_AGAIN = "room_poll_again"


def answer_poll(token: str, view: SeatView, poll: Poll) -> None:
    """Above what the phase shows, which stays: nobody need answer to go on playing."""
    lesson, step = asked_of(poll)
    with st.container(key="room_poll", border=True):
        head(lesson, step)
        if poll.stand == "open":
            _open(token, view, lesson, step, poll)
        else:
            _said(poll)
        if poll.stand == "counted":
            st.caption("Look at the screen in front. What is so comes here when your teacher shows it.")
        elif poll.stand == "revealed":
            when_finished("room_poll_so", lesson.needs(step), partial(_revealed, lesson, step, poll))


def _open(token: str, view: SeatView, lesson: Lesson, step: Step, poll: Poll) -> None:
    name = f"room_poll_{view.play}_{poll.lesson}_{poll.step}"
    if poll.own is not None and st.session_state.get(_AGAIN) != name:
        st.success(f"Your answer is in: **{_words(poll)}**", icon=":material/check:")
        st.button("Change my answer", key="room_poll_change", on_click=_again, args=(name,))
        return
    given(lesson, step)
    ask_question(poll.question, name)
    st.button(
        "Send my answer",
        type="primary",
        width="stretch",
        key="room_poll_send",
        on_click=_send,
        args=(token, poll, name),
    )


def _again(name: str) -> None:
    st.session_state[_AGAIN] = name


def _send(token: str, poll: Poll, name: str) -> None:
    """A callback: what the controls say is the answer."""
    try:
        value = said(poll.question, name)
    except ScenarioError as error:
        tell(error.allowed)
        return
    st.session_state.pop(_AGAIN, None)
    act(seats().answer_poll, token, value)


def _said(poll: Poll) -> None:
    st.markdown(poll.question.text)
    st.markdown("You have not answered." if poll.own is None else f"You said: **{_words(poll)}**")


def _words(poll: Poll) -> str:
    return "" if poll.own is None else plain(words_of_answer(poll.question, poll.own))


def _revealed(lesson: Lesson, step: Step, poll: Poll, finished: Finished) -> None:
    try:
        what_is_so(lesson, step, poll.own, finished)
    except (LessonError, JobError, ValueError) as error:
        st.error(plain(str(error)), icon=":material/error:")
