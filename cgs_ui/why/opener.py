"""What asks for an agent's steps in the ledger: a button at the end of each row, on a phone in each card, and a click
on the row itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_core.figures.style import Figure, agent_name
from cgs_ui.places import asset
from cgs_ui.served import component_script
from cgs_ui.session import view
from cgs_ui.why.panel import ask

ROOM = 56
"""Pixels at a ledger's right that the buttons take."""
_KEY = "why_opener"


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_why", html="<div></div>", css=asset("why.css"), js=component_script("why.js"), isolate_styles=False
    )  # it lies over a chart, which is the document's


def with_room(figure: Figure) -> Figure:
    """A ledger's figure with room for the buttons at its right."""
    layout = figure["layout"]
    return figure | {"layout": layout | {"margin": layout["margin"] | {"r": ROOM}}}


def opener(chart_key: str, n_agents: int) -> None:
    """Put the buttons over the ledger which is the chart of this key."""

    def asked() -> None:
        agent = st.session_state[_KEY].get("asked")
        if type(agent) is int and 0 <= agent < n_agents:  # a browser may say anything
            ask(agent)

    names = [agent_name(agent) for agent in range(n_agents)]
    data = {"chart": chart_key, "names": names, "room": ROOM, "is_bare": view.is_bare()}
    _component()(data=data, key=_KEY, on_asked_change=asked)
