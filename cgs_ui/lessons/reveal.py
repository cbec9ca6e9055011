"""The reveal: the committed prediction beside what is so, what the answer means, and what other seeds give."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from cgs_core.figures.runs.answers import answer_figure, class_figure
from cgs_core.lessons import N_SEEDS, Answer, Finished, Lesson, Step, Truth, agrees, is_right, meaning
from cgs_core.words.lesson_words import apart
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.following.pulse import pulse
from cgs_ui.lessons import trainings
from cgs_ui.lessons.answers import Answered
from cgs_ui.lessons.pictures import result_picture
from cgs_ui.lessons.place import Place
from cgs_ui.lessons.question import answer_words
from cgs_ui.lessons.screens import Screen
from cgs_ui.lessons.texts import write
from cgs_ui.lessons.waiting import waiting, when_finished

_TICK_SECONDS = 0.7
_WAIT_SECONDS = 2.0  # between looks at whether the teacher has released it


def reveal(at: Place) -> None:
    """What is so; in a class, once the teacher has released it."""
    screen, step = at.screen, at.screen.step
    assert step is not None
    if at.released is not None and screen.key not in at.released:
        st.fragment(_held_back)(at, screen)
        return
    name = f"lesson_seeds_{at.name}_{screen.key}"
    if st.session_state.get(name):
        st.fragment(_with_seeds)(at, step)
    else:
        when_finished("lesson_step", at.lesson.needs(step), partial(_draw, at, step, ()))
        if at.lesson.scenarios:
            st.button(
                "Again with other seeds",
                key="lesson_seeds",
                on_click=_ask_seeds,
                args=(name,),
                icon=":material/casino:",
            )


def _ask_seeds(name: str) -> None:
    st.session_state[name] = True


def _held_back(at: Place, screen: Screen) -> None:
    """The wait for the teacher; a look at the store now and then, at nothing else."""
    answered = at.answers.get(screen.key)
    if Place(at.lesson, at.number, at.taught).n_open > at.number:
        st.rerun(scope="app")
    if answered is not None:
        st.markdown(f"You have committed: **{answer_words(screen, answered.answer)}**")
    st.info("Your teacher will show what is so. This page goes on by itself.", icon=":material/hourglass_top:")
    pulse("lesson_release", _WAIT_SECONDS)


def _with_seeds(at: Place, step: Step) -> None:
    """The same while other seeds come in: only this part of the page is run."""
    seeds = [at.lesson.with_seed(index) for index in range(1, N_SEEDS)]
    own = trainings.read(at.lesson.needs(step))
    if not own.is_complete:
        waiting(own)
    else:
        every = trainings.read([job for one in seeds for job in one.needs(step)], priority=1)
        there = [one for one in seeds if all(job in every.done for job in one.needs(step))]
        others = tuple(one.truth(step, every.finished) for one in there)
        _draw(at, step, others, own.finished)
        waiting(every)
        own = every
    if own.is_live:
        pulse("lesson_seeds", _TICK_SECONDS)


def _draw(at: Place, step: Step, others: tuple[Truth, ...], finished: Finished) -> None:
    asked, lesson = step.question, at.lesson
    assert asked is not None
    answered = at.answers.get(at.screen.key)
    truth = lesson.truth(step, finished)
    if answered is not None:
        _verdict(at.screen, answered, is_right(asked, truth, answered.answer))
    what_is_so(lesson, step, None if answered is None else answered.answer, finished, others)
    if others:
        st.markdown(spread_words(step, truth, others))
    if step.result is not None:
        with st.expander(
            f"The {'arrows' if step.result == 'arrows' else 'run'} behind it", key="lesson_behind", on_change="rerun"
        ) as behind:
            if behind.open:
                result_picture(lesson, step, finished)


def what_is_so(
    lesson: Lesson, step: Step, answer: Answer | None, finished: Finished, others: Sequence[Truth] = ()
) -> None:
    """What is so in words, what the answer means, and both in a picture; ``others``: of other seeds."""
    asked = step.question
    assert asked is not None
    truth, facts = lesson.truth(step, finished), lesson.facts(step, finished)
    with st.container(key="lesson_told"):
        write(asked.reveal, facts)
    if answer is not None and (words := meaning(asked, truth, answer)):
        write(words, facts)
    chart(answer_figure(asked, truth, answer, name=lesson.name, others=others), "lesson_reveal", captions.of_page())


def what_is_so_to_class(lesson: Lesson, step: Step, answers: Sequence[Answer], finished: Finished) -> None:
    """What is so in words, and beside what a class has said."""
    asked = step.question
    assert asked is not None
    write(asked.reveal, lesson.facts(step, finished))
    figure = class_figure(asked, answers, lesson.truth(step, finished), name=lesson.name)
    chart(figure, "class_answers", captions.of_page())


def _verdict(screen: Screen, answered: Answered, right: bool) -> None:
    """What was said, and whether it is so; no points."""
    words = f"You said: **{answer_words(screen, answered.answer)}**." + (" So it is." if right else "")
    if answered.times > 1:
        words += f" (Committed {answered.times} times; at first: {answer_words(screen, answered.first)}.)"
    st.markdown(words)


def spread_words(step: Step, truth: Truth, others: tuple[Truth, ...]) -> str:
    """How many of the other seeds say the same as the shown run."""
    assert step.question is not None
    n_same = sum(agrees(step.question, other, truth) for other in others)
    near = f"within {apart(step.question, step.question.margin)} of this run's"
    what = near if step.question.kind == "number" else "the same, and as clear"
    return f"With other data and another start it is {what}, in **{n_same} of {len(others)}** runs."
