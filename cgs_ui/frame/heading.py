"""A page's heading: the question that it asks, and beside it what can be done with what is on screen."""

from __future__ import annotations

import streamlit as st

from cgs_ui import session
from cgs_ui.controls.pin import pin_button
from cgs_ui.frame.pages import AppPage
from cgs_ui.frame.share import share
from cgs_ui.frame.take_away import PAGES as TAKEN_AWAY
from cgs_ui.frame.take_away import take_away
from cgs_ui.session import view

_NOT_SHARED = (
    "",
    "shelf",
    "your-federation",
    "glossary",
    "lessons",
    "class-room",
    "join",
)  # with nothing of their own, the visitor's, or links of their own
_NOT_PROJECTED = ("shelf",)  # which has a button of its own, where there is something to project


def heading(page: AppPage) -> None:
    """The question, and the buttons; a bare page shows neither."""
    with view.aside("heading"), st.container(horizontal=True, vertical_alignment="center", key="heading_row"):
        st.title(page.question, anchor=False)
        with st.container(
            horizontal=True, vertical_alignment="center", key="heading_actions", gap="xsmall", width="content"
        ):
            _actions(st.session_state.page)


def _actions(address: str) -> None:
    if address == "playground":  # other pages have it at what they pin
        pin_button(session.scenario(), "playground", look="tertiary")
    if address in view.PAGES and address not in _NOT_PROJECTED:
        st.button(
            "Projector",
            icon=":material/cast_for_education:",
            key="show_projected",
            on_click=session.set_projected,
            args=(True,),
            type="tertiary",
            help="Show it to a class: one picture in large text; a button leads back.",
        )
    if address not in _NOT_SHARED:
        share()
    if address in TAKEN_AWAY:
        take_away()
