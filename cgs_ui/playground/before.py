"""The run before a change: its ghost in the ledger, until it is put away. It is the session's, and in no link."""

from __future__ import annotations

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.figures.agents.ledger_ghost import is_comparable
from cgs_ui import session
from cgs_ui.following.old_picture import changed_words

HINT = (
    "Pull the end of a bar, the knob under it, or open a name: an agent is changed in the picture. "
    "Click a row to see why."
)


def before_change(trace: Trace) -> Trace | None:
    """The last whole run that was on screen before this one; None where there is none of as many agents and these data.

    To be asked once for each run that is drawn.
    """
    now: Trace | None = st.session_state.get("ledger_now")
    if now is not None and now.scenario != trace.scenario:
        st.session_state.ledger_before = now
    if trace.is_complete:
        st.session_state.ledger_now = trace
    before: Trace | None = st.session_state.get("ledger_before")
    if before is None or before.scenario == trace.scenario or not is_comparable(before, trace):
        return None
    return None if st.session_state.get("ghost_put_away") == trace.scenario else before


def before_words(trace: Trace, before: Trace | None) -> None:
    """What the grey outlines are, with a way to put them away; else what a hand can do in the ledger."""
    if before is not None:
        st.caption(f"Grey outlines: before the change of {changed_words(before.scenario, trace.scenario)}.")
        st.button("Put away", on_click=_put_away, args=(trace.scenario,), type="tertiary", key="put_ghost_away")
    elif not session.is_locked("agents"):
        with st.container(key="hint_of_hands"):
            st.caption(HINT)


def _put_away(scenario: Scenario) -> None:
    st.session_state.ghost_put_away = scenario
