"""The button that pins a run to the visitor's shelf, on every page that shows one."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.runs import ShelfEntry
from cgs_core.studies.side_by_side import default_name
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.places import SHELF
from cgs_ui.session.teacher_link import OTHER_PAGES
from cgs_ui.session.visitor import visitor


def pin_button(
    scenario: Scenario, key: str, label: str = "Pin", look: Literal["secondary", "tertiary"] = "secondary"
) -> None:
    """A button that puts the scenario's run on the shelf; once it is there, a link to the shelf."""
    try:
        is_there = job_runner().shelf.has(visitor(), scenario.scenario_id)
    except JobError:  # the page itself says so
        return
    if is_there:
        is_closed = session.is_locked(OTHER_PAGES)
        st.page_link(
            SHELF,
            label="Pinned" if label == "Pin" else label,
            icon=":material/bookmark_added:",
            help="It is on your shelf" + ("." if is_closed else ": open the shelf."),
            disabled=is_closed,
        )
    else:
        st.button(
            label,
            icon=":material/push_pin:",
            key=f"pin_{key}",
            on_click=_pin,
            args=(scenario,),
            type=look,
            help="Put this run on your shelf, to compare it with others.",
        )


def _pin(scenario: Scenario) -> None:
    off: ShelfEntry | None = st.session_state.get("taken_off")
    try:
        job_runner().shelf.put(
            visitor(), scenario, default_name(scenario), spared=None if off is None else off.color_index
        )
    except JobError as error:
        st.toast(str(error), icon=":material/error:", duration="long")
