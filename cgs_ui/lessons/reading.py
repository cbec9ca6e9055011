"""The screens that ask nothing, or only to think: text and pictures, a change, a mistake that is common."""

from __future__ import annotations

import streamlit as st

from cgs_core.lessons import Finished, Job, Step
from cgs_ui.lessons.answers import MOST_WORDS
from cgs_ui.lessons.pictures import plain_picture, result_picture
from cgs_ui.lessons.place import Place, commit
from cgs_ui.lessons.texts import write
from cgs_ui.lessons.trainings import ask
from cgs_ui.lessons.waiting import when_finished


def read(at: Place) -> None:
    """Text, and a picture."""
    step = _step(at)

    def draw(finished: Finished) -> None:
        write(step.text, at.lesson.given(step, finished))
        plain_picture(at.lesson, step)
        result_picture(at.lesson, step, finished)

    when_finished("lesson_step", at.lesson.needs(step), draw)


def manipulate(at: Place) -> None:
    """One setting that the learner changes; that of the main run is shown at first."""
    step = _step(at)
    assert step.change is not None
    labels = [option.label for option in step.change.options]
    write(step.text, {})
    with st.container(key="lesson_change"):
        chosen = st.radio(
            step.change.label,
            range(len(labels)),
            at.lesson.first_setting(step),
            format_func=labels.__getitem__,
            horizontal=True,
            key=f"lesson_change_{at.name}_{at.number}",
        )

    def draw(finished: Finished) -> None:
        if step.told:
            with st.container(key="lesson_told"):
                write(step.told, at.lesson.facts(step, finished, chosen))
        result_picture(at.lesson, step, finished, chosen)
        if step.result != "ledger":  # which shows what the agents bring, too
            plain_picture(at.lesson, step, chosen)

    jobs: dict[Job, None] = {}
    for option in range(len(labels)):
        jobs |= dict.fromkeys(at.lesson.needs(step, option))
    ask(tuple(jobs))  # what the learner may choose next
    when_finished("lesson_step", at.lesson.needs(step, chosen), draw)


def misconception(at: Place) -> None:
    """A common mistake, and after a click what is so instead."""
    step = _step(at)
    write(step.text, {})
    plain_picture(at.lesson, step)
    _answer(at, step, "What is so instead")


def follow_up(at: Place) -> None:
    """A question to think on: words of one's own, if the learner likes, then what can be said."""
    step = _step(at)
    write(step.text, {})
    plain_picture(at.lesson, step)
    before = at.answers.get(at.screen.key)
    st.text_area(
        "Your own words, if you like: they are kept with your answers and nobody marks them.",
        value="" if before is None else str(before.answer),
        max_chars=MOST_WORDS,
        key=f"lesson_words_{at.name}_{at.number}",
        on_change=_keep_words,
        args=(at,),
    )
    _answer(at, step, "What can be said")


def _keep_words(at: Place) -> None:
    words = str(st.session_state[f"lesson_words_{at.name}_{at.number}"])[:MOST_WORDS]
    commit(at, at.screen, words)


def _answer(at: Place, step: Step, label: str) -> None:
    """What is told, and drawn, after a click."""
    name = f"lesson_told_{at.name}_{at.number}"
    if not st.session_state.get(name):
        ask(at.lesson.needs(step))
        st.button(label, key="lesson_tell", on_click=_tell, args=(name,), icon=":material/lightbulb:")
        return

    def draw(finished: Finished) -> None:
        with st.container(key="lesson_told"):
            write(step.answer, at.lesson.facts(step, finished))
        result_picture(at.lesson, step, finished)

    when_finished("lesson_step", at.lesson.needs(step), draw)


def _tell(name: str) -> None:
    st.session_state[name] = True


def _step(at: Place) -> Step:
    assert at.screen.step is not None
    return at.screen.step
