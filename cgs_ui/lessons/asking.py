"""The screens that ask: questions before and after, and predictions.

Before an answer is committed nothing of a result is read, computed or sent, but for what a step tells on purpose: the
numbers of its text.
"""

from __future__ import annotations

import streamlit as st

from cgs_core.errors import JobError, ScenarioError
from cgs_core.lessons import Finished, Question
from cgs_ui.lessons import question
from cgs_ui.lessons.answers import SKIPPED
from cgs_ui.lessons.pictures import plain_picture
from cgs_ui.lessons.place import Place, commit, open_screen
from cgs_ui.lessons.screens import Screen
from cgs_ui.lessons.texts import write
from cgs_ui.lessons.trainings import ask
from cgs_ui.lessons.waiting import when_finished
from cgs_ui.plain_text import plain


def check(at: Place) -> None:
    """A question of before or after; what is right is told after the lesson alone."""
    screen, asked = at.screen, at.screen.check
    assert asked is not None
    answered = at.answers.get(screen.key)
    if answered is None:
        _ask(at, "That is my answer", can_skip=True)
        return
    st.markdown(asked.text)
    st.markdown(f"You said: **{question.answer_words(screen, answered.answer)}**")
    if not screen.is_after:
        st.caption("You are asked the same again at the end; until then it stays open what is right.")
        return
    right = f"**{question.answer_words(screen, asked.right)}**. {asked.why}"
    if answered.answer == asked.right:
        st.success(f"Yes: {right}", icon=":material/check:")
    else:
        st.info(f"It is: {right}", icon=":material/lightbulb:")


def predict(at: Place) -> None:
    """A prediction: asked, or as it was committed. What the agents bring is below, where it hides no question."""
    screen, step = at.screen, at.screen.step
    assert step is not None and step.question is not None
    jobs = at.lesson.needs(step)
    if step.given is None:
        ask(jobs)  # so that the reveal is there at once; nothing of it is read
        write(step.text, {})
    else:

        def draw(finished: Finished) -> None:
            write(step.text, at.lesson.given(step, finished))

        when_finished("lesson_given", jobs, draw)
    _prediction(at, screen, step.question)
    plain_picture(at.lesson, step)


def _prediction(at: Place, screen: Screen, asked: Question) -> None:
    answered = at.answers.get(screen.key)
    is_again = answered is not None and st.session_state.get("lesson_again") == _asked(at, screen)
    if answered is None or is_again:
        if answered is not None:
            st.caption(f"So far you have committed: {question.answer_words(screen, answered.answer)}.")
        _ask(at, "Commit my prediction")
        return
    st.markdown(asked.text)
    st.markdown(f"You have committed: **{question.answer_words(screen, answered.answer)}**")
    if at.released is None or screen.key not in at.released:
        st.button(
            "Predict again",
            icon=":material/replay:",
            key="lesson_predict_again",
            on_click=_again,
            args=(at, screen),
            help="It is noted that you predicted again; your first prediction stays on record.",
        )


def _ask(at: Place, label: str, can_skip: bool = False) -> None:
    screen = at.screen
    question.ask(screen, _asked(at, screen))
    if words := st.session_state.pop("lesson_told", None):
        st.warning(plain(words), icon=":material/touch_app:")
    with st.container(horizontal=True, key="lesson_commits"):
        st.button(label, type="primary", key="lesson_commit", on_click=_commit, args=(at, screen))
        if can_skip:
            st.button("I do not know", key="lesson_skip", on_click=_commit, args=(at, screen, True))


def _asked(at: Place, screen: Screen) -> str:
    """The name of this asking: another one when it is asked again."""
    before = at.answers.get(screen.key)
    return f"lesson_{at.name}_{screen.key}_{0 if before is None else before.times}"


def _again(at: Place, screen: Screen) -> None:
    st.session_state.lesson_again = _asked(at, screen)


def _commit(at: Place, screen: Screen, is_skipped: bool = False) -> None:
    """A callback: keep the answer, and go on where the next screen is another one."""
    try:
        commit(at, screen, SKIPPED if is_skipped else question.given(screen, _asked(at, screen)))
    except ScenarioError as error:
        st.session_state.lesson_told = error.allowed
    except JobError as error:
        st.session_state.lesson_told = str(error)
    else:
        if not screen.is_after:
            open_screen(at, at.number + 1)
