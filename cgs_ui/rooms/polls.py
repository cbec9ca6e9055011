"""A lesson's question on the projector: asked, counted, shown as the class has answered, and what is so beside it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cgs_core.errors import JobError, LessonError
from cgs_core.figures.runs.answers import class_figure, number_text
from cgs_core.lessons import Finished, Lesson, Question, Step, lessons
from cgs_core.rooms import Poll, TeacherView
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.lessons import trainings
from cgs_ui.lessons.pictures import plain_picture
from cgs_ui.lessons.reveal import what_is_so_to_class
from cgs_ui.lessons.texts import write
from cgs_ui.lessons.waiting import when_finished
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import rooms
from cgs_ui.rooms.words import act

_NEXT = {"open": ("counted", "Close: show the answers"), "counted": ("revealed", "Reveal what is so")}


def asked_of(poll: Poll) -> tuple[Lesson, Step]:
    """The lesson and its screen; the question as a room tells it is ``poll.question``."""
    lesson = lessons()[poll.lesson]
    return lesson, lesson.steps[poll.step]


def head(lesson: Lesson, step: Step) -> None:
    """What it is about: agents of the lesson's have the names that the room's have."""
    st.markdown(f"### {step.title}")
    st.caption(f"About another federation, of the lesson “{plain(lesson.title)}”.")


def given(lesson: Lesson, step: Step) -> None:
    """What is told before anybody answers."""
    if step.given is None:
        write(step.text, {})
    else:
        when_finished("room_poll_given", lesson.needs(step), lambda done: write(step.text, lesson.given(step, done)))


def next_of_poll(token: str, poll: Poll) -> None:
    """The one button that goes on."""
    key = f"room_next_poll_{poll.stand}"
    if poll.stand == "revealed":
        st.button("Back to the game", type="primary", key=key, on_click=act, args=(rooms().end_poll, token))
        return
    wanted, words = _NEXT[poll.stand]
    st.button(words, type="primary", key=key, on_click=act, args=(rooms().go_on_with_poll, token, wanted))


def show_poll(token: str, view: TeacherView, poll: Poll) -> None:
    """In place of the phase's screen, which comes again when it is ended."""
    lesson, step = asked_of(poll)
    head(lesson, step)
    if poll.stand == "open":
        _open(view, lesson, step, poll)
    elif poll.stand == "counted":
        _question(poll.question.text)
        figure = class_figure(poll.question, poll.answers or (), None, name=lesson.name)
        chart(figure, "class_answers", captions.of_page())
    else:
        _question(poll.question.text)
        when_finished("room_poll_so", lesson.needs(step), partial(_revealed, lesson, step, poll))
    if poll.stand in _NEXT:
        trainings.ask(lesson.needs(step))  # so that the reveal is there at once; nothing of it is read
        st.button("End it", key="room_poll_end", on_click=act, args=(rooms().end_poll, token))


def choose_poll(token: str) -> None:
    """Below the phase's screen, closed until somebody wants it: which question the class shall be asked."""
    with st.expander(
        "Ask a lesson's question", key="room_poll_choice", on_change="rerun", icon=":material/poll:"
    ) as it:
        if not it.open:
            return
        known = lessons()
        name = st.selectbox("Lesson", known, format_func=lambda one: known[one].title, key="room_poll_lesson")
        steps = [place for place, step in enumerate(known[name].steps) if step.question is not None]
        place = st.radio(
            "Question",
            steps,
            format_func=lambda one: _text_of(known[name].steps[one]),
            key=f"room_poll_step_{name}",
        )
        st.button("Ask the class", key="room_poll_ask", on_click=act, args=(rooms().open_poll, token, name, place))


def _text_of(step: Step) -> str:
    return f"**{step.title}** · {'' if step.question is None else step.question.text}"


def _question(text: str) -> None:
    with st.container(key="room_asked"):
        st.markdown(text)


def _open(view: TeacherView, lesson: Lesson, step: Step, poll: Poll) -> None:
    given(lesson, step)
    _question(poll.question.text)
    st.markdown(_answers_words(poll.question))
    n_seats = len(view.seats)
    st.html(
        f'<div class="cgs-room-present"><p role="status"><b>{poll.n_answers}</b> of {n_seats} '
        f"{'has' if n_seats == 1 else 'have'} answered, on their phones</p></div>"
    )
    plain_picture(lesson, step)


def _answers_words(question: Question) -> str:
    """What can be answered."""
    if question.kind == "number":
        text = number_text(question)
        return f"From {text(question.low or 0.0)} to {text(question.high or 0.0)}."
    labels = " · ".join(plain(option.label) for option in question.options)
    return ("Any of: " if question.kind == "card" else "") + labels


def _revealed(lesson: Lesson, step: Step, poll: Poll, finished: Finished) -> None:
    try:
        what_is_so_to_class(lesson, step, poll.answers or (), finished)
    except (LessonError, JobError, ValueError) as error:
        st.error(plain(str(error)), icon=":material/error:")
