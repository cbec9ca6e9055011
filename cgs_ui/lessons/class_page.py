"""The teacher's page of a class: how many have predicted and what, the release, and what the class has learned."""

from __future__ import annotations

import streamlit as st

from cgs_core.errors import JobError, ScenarioError
from cgs_core.figures.runs.answers import class_figure
from cgs_core.lessons import Answer, Lesson, LessonError, lessons
from cgs_ui.background import job_runner
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.controls.link_to_copy import QR_WIDTH, link_to_copy, qr_code
from cgs_ui.following.pulse import pulse
from cgs_ui.lessons import trainings
from cgs_ui.lessons.answers import checked_answer
from cgs_ui.lessons.learned import learned
from cgs_ui.lessons.place import CONTROL_PARAMETER
from cgs_ui.lessons.reveal import what_is_so_to_class
from cgs_ui.lessons.screens import Screen, screens_of
from cgs_ui.lessons.teaching import class_links
from cgs_ui.lessons.waiting import waiting
from cgs_ui.places import style
from cgs_ui.plain_text import plain
from cgs_ui.session import teacher_link
from cgs_ui.session.teacher_link import KeyFileError, controlled_lesson_of

_LOOK_SECONDS = 1.5
_LINKS, _LEARNED = "Links", "What was learned"


def class_page() -> bool:
    """Show the class that the address is the teacher's link of; says whether it is one."""
    token = st.query_params.get(CONTROL_PARAMETER)
    if token is None:
        return False
    try:
        taught = controlled_lesson_of(token)
    except (ScenarioError, KeyFileError) as error:
        st.error(f"This teacher's link cannot be opened. {plain(str(error))}", icon=":material/error:")
        return True
    lesson = lessons().get(taught.course)
    st.html(style("lesson.css"))
    with st.container(key="lesson"):
        if lesson is None:
            st.error(f"There is no lesson named “{plain(taught.course)}” here.", icon=":material/error:")
        elif not job_runner().store.classes.is_open(taught.class_id):
            st.info("This class is closed: what it answered is deleted.", icon=":material/info:")
        else:
            _class(taught, lesson)
    return True


def _class(taught: teacher_link.Lesson, lesson: Lesson) -> None:
    st.header(f"Your class: {lesson.title}", anchor=False)
    predictions = {f"Prediction {number}": one for number, one in enumerate(_predictions(lesson), start=1)}
    parts = [*predictions, *([_LEARNED] if taught.is_measured else []), _LINKS]
    part = st.segmented_control(
        "Part", parts, default=parts[0], required=True, key="class_part", label_visibility="collapsed"
    )
    if part == _LINKS:
        _links(taught)
    elif part == _LEARNED:
        st.fragment(learned)(taught.class_id, lesson)
    else:
        st.fragment(_prediction)(taught.class_id, lesson, predictions[part or parts[0]])


def _predictions(lesson: Lesson) -> list[Screen]:
    return [screen for screen in screens_of(lesson) if screen.kind == "predict"]


def _links(taught: teacher_link.Lesson) -> None:
    student, _ = class_links(taught)
    with st.container(width=QR_WIDTH):
        qr_code([student])
    link_to_copy("For your students", student, "class_student_link")
    st.button(
        "Close the class and delete what it answered",
        icon=":material/delete:",
        key="class_close",
        on_click=job_runner().store.classes.close,
        args=(taught.class_id,),
    )


def _prediction(class_id: str, lesson: Lesson, screen: Screen) -> None:
    """One prediction: counted while the class predicts, and with what is so once it is released."""
    assert screen.step is not None and screen.step.question is not None
    classes = job_runner().store.classes
    answers = [checked_answer(screen, answer) for (answer,) in classes.answers(class_id, screen.key)]
    is_released = screen.key in classes.released(class_id)
    st.markdown(screen.step.question.text)
    st.markdown(f"**{len(answers)}** {'has' if len(answers) == 1 else 'have'} predicted.")
    if is_released:
        _released(lesson, screen, answers)
        return
    trainings.ask(lesson.needs(screen.step))
    if st.toggle(
        "Show what they predict", key=f"class_shown_{screen.key}", help="They see it too, if it is projected."
    ):
        chart(class_figure(screen.step.question, answers, None, name=lesson.name), "class_answers", captions.of_page())
    st.button(
        "Release: show the class what is so",
        type="primary",
        icon=":material/visibility:",
        key="class_release",
        on_click=classes.release,
        args=(class_id, screen.key),
    )
    pulse("class", _LOOK_SECONDS)


def _released(lesson: Lesson, screen: Screen, answers: list[Answer]) -> None:
    step = screen.step
    assert step is not None and step.question is not None
    found = trainings.read(lesson.needs(step))
    waiting(found)
    if found.is_live:
        pulse("class", _LOOK_SECONDS)
    if not found.is_complete:
        return
    try:
        what_is_so_to_class(lesson, step, answers, found.finished)
    except (LessonError, JobError, ValueError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.caption("Released: the class sees it, and no prediction is counted any more.")
