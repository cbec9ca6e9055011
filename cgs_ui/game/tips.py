"""The tips of the sandbox's arrows: handles over a chart that are dragged, touched or moved by keys.

The handles lie in the browser, over the figure of a chart (``cgs_ui/assets/tips.js``). The server hears of one that has
been let go, as a length and an angle, and sets the sliders of that arrow to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st

from cgs_core.figures.style import agent_look
from cgs_ui.places import asset
from cgs_ui.served import component_script

MOST_LENGTH, LENGTH_STEP = 2.0, 0.1
MOST_ANGLE, ANGLE_STEP = 180, 5  # degrees, either way from +x

Arrow = tuple[float, int]
"""A length in [0, ``MOST_LENGTH``], and an angle in degrees, counter-clockwise from +x."""

_HTML = """<div class="cgs-tips-words" role="status"></div>"""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_tips", html=_HTML, css=asset("tips.css"), js=component_script("tips.js"), isolate_styles=False
    )  # it lies over a chart, which is the document's


def length_key(agent: int) -> str:
    """Of the slider of an arrow's length, which is in the link too."""
    return f"length_{agent + 1}"


def angle_key(agent: int) -> str:
    """Of the slider of an arrow's angle."""
    return f"angle_{agent + 1}"


def tips(chart_key: str, arrows: Sequence[Arrow]) -> None:
    """Handles on the tips of the arrows of a chart, in the same container as the chart; letting go sets the sliders."""
    looks = [agent_look(agent) for agent in range(len(arrows))]
    data = {
        "chart": chart_key,
        "tips": [
            {"name": look.name, "color": look.color, "length": length, "angle": angle}
            for look, (length, angle) in zip(looks, arrows, strict=True)
        ],
        "length": {"most": MOST_LENGTH, "step": LENGTH_STEP},
        "angle": {"most": MOST_ANGLE, "step": ANGLE_STEP},
    }
    key = f"tips_{chart_key}"

    def moved() -> None:
        if (tip := read_tip(st.session_state[key].get("moved"), len(arrows))) is not None:
            agent, (length, angle) = tip
            st.session_state[length_key(agent)], st.session_state[angle_key(agent)] = length, angle

    _component()(data=data, key=key, on_moved_change=moved)


def read_tip(told: object, n_agents: int) -> tuple[int, Arrow] | None:
    """What a browser says of a tip: whose it is, its length and its angle; None of anything else."""
    if not isinstance(told, Mapping):
        return None
    agent, length, angle = (told.get(name) for name in ("agent", "length", "angle"))
    if not _is_within(agent, 0, n_agents - 1) or not isinstance(agent, int):
        return None
    if not _is_within(length, 0, MOST_LENGTH) or not _is_within(angle, -MOST_ANGLE, MOST_ANGLE):
        return None
    return agent, (round(float(length), 1), round(angle))  # type: ignore[arg-type]


def _is_within(value: object, low: float, high: float) -> bool:
    """Whether it is a number in [low, high]: no truth value, and not what is no number."""
    return type(value) in (int, float) and low <= value <= high  # type: ignore[operator]
