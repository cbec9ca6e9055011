"""The button "Check this run": its rounds once more by the other engine, in the background."""

from __future__ import annotations

import streamlit as st

from cgs_core import Trace
from cgs_core.records.engine_check import EngineCheck, why_no_check
from cgs_core.words.check_words import check_words
from cgs_ui import session
from cgs_ui.following.one_run import show_run


def check_this_run(trace: Trace, is_live: bool) -> None:
    """The button under a run that is whole; once it was pressed, how the check stands, or why there is none."""
    scenario = trace.scenario
    if is_live or scenario != session.scenario():
        return
    is_asked = st.session_state.get("checked_run") == scenario.scenario_id
    if is_asked and (why := why_no_check(scenario)):
        st.info(why, icon=":material/info:")
    elif is_asked:
        show_run(session.scenario, _draw, "check", "engine_check")
    else:
        st.button(
            "Check this run",
            on_click=_begin,
            args=(scenario.scenario_id,),
            icon=":material/verified:",
            key="check_this_run",
            help="Every round is computed once more by torch, which others wrote, and compared with what you see.",
        )


def _begin(scenario_id: str) -> None:
    st.session_state.checked_run = scenario_id
    st.session_state.pop("last_trace_check", None)  # of a run that was checked before


def _draw(check: EngineCheck, is_live: bool) -> None:
    if is_live:
        return
    if check.agrees:
        st.success(check_words(check), icon=":material/verified:")
    else:
        st.warning(check_words(check), icon=":material/warning:")
