"""For who teaches a lesson: the class's two links, and what they hold."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cgs_core import Scenario
from cgs_core.lessons import Finished, Lesson
from cgs_core.words.lesson_words import alone_words
from cgs_ui.background import job_runner, one_at_a_time
from cgs_ui.controls.link_to_copy import QR_WIDTH, link_to_copy, qr_code
from cgs_ui.lessons.place import CONTROL_PARAMETER
from cgs_ui.lessons.waiting import when_finished
from cgs_ui.session import LESSON_PARAMETER, teacher_link
from cgs_ui.session.addresses import address
from cgs_ui.session.teacher_link import OTHER_PAGES, KeyFileError, control_token_of, token_of

PAGE = "lessons"


def for_teachers(lesson: Lesson) -> None:
    """The teacher's part of a lesson, closed at first."""
    with st.expander("For teachers", icon=":material/school:"):
        _plan(lesson)
        _pack(lesson)
        _class(lesson)


def _plan(lesson: Lesson) -> None:
    st.markdown(f"**What it shows**: {lesson.aim}")
    st.markdown(f"**In a class**, {lesson.minutes:g} minutes:")
    st.markdown("\n".join(f"- {item.minutes:g} min: {item.what}" for item in lesson.plan))
    st.caption(alone_words(lesson))


def _pack(lesson: Lesson) -> None:
    """The pack, once what it is made of has been trained, for which the teacher asks."""
    st.markdown(
        "**The pack**: your page with the answer and its spread over ten seeds, a hand-out, a slide for each "
        "prediction, the two questions; HTML, PDF and SVG."
    )
    name = f"pack_of_{lesson.name}"
    if not st.session_state.get(name):
        st.button(
            "Prepare the pack", key="pack_prepare", icon=":material/inventory_2:", on_click=_prepare, args=(name,)
        )
        return
    from cgs_core.export.lesson_pack import folder_name, jobs_of_pack, lesson_zip  # loads what a page need not

    def draw(finished: Finished) -> None:
        st.download_button(
            "Download the pack (ZIP)",
            partial(one_at_a_time, partial(lesson_zip, lesson, finished)),
            f"cgs-lesson-{folder_name(lesson)}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            key="pack_download",
            help="It is made when you press: with pictures and PDF about ten seconds.",
        )

    when_finished("lesson_pack", jobs_of_pack(lesson), draw, priority=1)


def _prepare(name: str) -> None:
    st.session_state[name] = True


def _class(lesson: Lesson) -> None:
    """A new class, and its links; they are made by a click, since a class is stored."""
    st.markdown(
        "**Take it with a class.** Students open a link and predict by themselves; nobody sees what is so until you "
        "release it. You see how many have predicted, and what, without names."
    )
    has_pages = st.toggle("Students may go to other pages", key="class_pages", help="Where results can be seen.")
    is_measured = st.toggle(
        "Count what is answered before and after",
        key="class_measured",
        help="Then your page shows what the class has learned. Students are told. It stays on this server.",
    )
    st.button("Make the class's links", key="class_make", on_click=_make, args=(lesson, has_pages, is_measured))
    made: teacher_link.Lesson | None = st.session_state.get("class_made")
    if made is not None and made.course == lesson.name:
        try:
            student, teacher = class_links(made)
        except KeyFileError as error:
            st.error(f"There are no links now: {error}.", icon=":material/key_off:")
            return
        link_to_copy("For your students", student, "class_student_link")
        link_to_copy("For you alone: follow the class and release", teacher, "class_teacher_link")
        with st.container(width=QR_WIDTH):
            qr_code([student])


def _make(lesson: Lesson, has_pages: bool, is_measured: bool) -> None:
    class_id = job_runner().store.classes.open(lesson.name)
    allowed = frozenset({OTHER_PAGES} if has_pages else ())
    st.session_state.class_made = teacher_link.Lesson(
        Scenario(), PAGE, allowed, course=lesson.name, class_id=class_id, is_measured=is_measured
    )


def class_links(made: teacher_link.Lesson) -> tuple[str, str]:
    """The students' address, and the teacher's."""
    student = address(PAGE, {LESSON_PARAMETER: token_of(made)})
    return student, address(PAGE, {CONTROL_PARAMETER: control_token_of(made)})
