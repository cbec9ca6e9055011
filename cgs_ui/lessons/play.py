"""A lesson, screen by screen: its head, what is on the screen, and the way on and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.lessons import LessonError
from cgs_ui.lessons.asking import check, predict
from cgs_ui.lessons.done import done
from cgs_ui.lessons.place import Place, go, open_screen
from cgs_ui.lessons.reading import follow_up, manipulate, misconception, read
from cgs_ui.lessons.reveal import reveal
from cgs_ui.lessons.screens import WORDS, ScreenKind
from cgs_ui.lessons.teaching import for_teachers
from cgs_ui.places import style
from cgs_ui.plain_text import plain
from cgs_ui.served import component_script

_BODIES: dict[ScreenKind, Callable[[Place], None]] = {
    "check": check,
    "read": read,
    "predict": predict,
    "reveal": reveal,
    "manipulate": manipulate,
    "misconception": misconception,
    "follow_up": follow_up,
    "done": done,
}
_HEAD = """<div class="cgs-lesson-head"><div class="dots" aria-hidden="true"></div>
<p class="where"></p><h2 tabindex="-1"></h2></div>"""


@cache
def _head_component() -> Any:
    return st.components.v2.component(
        "cgs_lesson_head", html=_HEAD, js=component_script("lesson_head.js"), isolate_styles=False
    )  # the focus is the document's


def play(at: Place) -> None:
    """The screen that the address names, or what is to be done before."""
    st.html(style("lesson.css"))
    with st.container(key="lesson"):
        _head(at)
        if at.number > at.n_open:
            _closed(at)
        else:
            try:
                _BODIES[at.screen.kind](at)
            except (LessonError, JobError, ValueError) as error:
                st.error(plain(str(error)), icon=":material/error:")
        _steps(at)
        if at.number == 1 and at.taught is None:
            for_teachers(at.lesson)


def _head(at: Place) -> None:
    total = len(at.screens)
    data = {
        "title": at.screen.title,
        "words": f"{at.lesson.title} · screen {at.number} of {total}: {WORDS[at.screen.kind].lower()}",
        "number": at.number,
        "total": total,
        "visit": st.session_state.get("lesson_visit", 0),
    }
    _head_component()(data=data, key="lesson_head")
    if at.taught is not None and at.number == 1:
        words = "Your class takes this lesson. Your predictions are counted on this server, without your name"
        if at.taught.is_measured:
            words += ", and so is what you answer before and after, to see what the class has learned"
        st.info(f"{words}.", icon=":material/groups:")


def _closed(at: Place) -> None:
    """The screen comes after a question that is not answered, or after what the teacher holds back."""
    st.info("This screen comes later: another one is waiting for you first.", icon=":material/lock_clock:")
    st.button("Go there", type="primary", key="lesson_go_there", on_click=open_screen, args=(at, at.n_open))


def _steps(at: Place) -> None:
    """Back and Next, in one place on every screen."""
    with st.container(horizontal=True, key="lesson_steps"):
        if at.number > 1:
            before = (at, at.number - 1)
            st.button("Back", icon=":material/arrow_back:", key="lesson_back", on_click=open_screen, args=before)
        elif at.taught is None:
            st.button("All lessons", icon=":material/list:", key="lesson_list", on_click=go, args=(None,))
        if at.number < at.n_open:
            st.button(
                "Next",
                icon=":material/arrow_forward:",
                icon_position="right",
                type="primary",
                key="lesson_next",
                on_click=open_screen,
                args=(at, at.number + 1),
            )
