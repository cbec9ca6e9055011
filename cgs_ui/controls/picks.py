"""Which of many agents' lines are in colour: a choice of the page, in its link."""

from __future__ import annotations

import streamlit as st

from cgs_core.figures.many_agents import MANY, usual_picks
from cgs_core.figures.style import agent_name
from cgs_ui.session import choices

KEY = "picked"


def kept_picks(n_agents: int) -> list[int]:
    """Who is in colour, as the link or the control says."""
    return choices.several(KEY, usual_picks(n_agents), range(n_agents), lambda agent: str(agent + 1))


def picked_agents(n_agents: int) -> list[int] | None:
    """The same with its control; None where agents are few, and all are in colour."""
    if n_agents < MANY:
        return None
    return st.multiselect(
        "In colour", range(n_agents), kept_picks(n_agents), format_func=agent_name, key=KEY, placeholder="Nobody"
    )
