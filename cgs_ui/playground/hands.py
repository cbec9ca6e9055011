"""Handles in the ledger: an agent's size, noise and conduct, changed in place, as by the table of agents.

What a handle reports is checked like a link: a browser may send anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from cgs_core import Scenario, ScenarioError, Trace
from cgs_core.data import FederatedData, federated_data
from cgs_core.figures.style import agent_name
from cgs_core.scenario import choice_of, choices_of
from cgs_ui import session
from cgs_ui.places import asset
from cgs_ui.served import component_script

MOVABLE = ("shard_size", "label_noise", "feature_noise", "conduct")
"""The fields of an agent that have a handle."""
_USUAL_BLUR = 5.0  # at the end of the handle's way, unless an agent has more
_KEY = "hands_of_ledger"


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_hands", html="<div></div>", css=asset("hands.css"), js=component_script("hands.js"), isolate_styles=False
    )  # it lies over a chart, which is the document's


def hands(trace: Trace, chart_key: str) -> None:
    """Put handles over the ledger of this run, which is the chart of this key; none where a lesson locks the agents.

    The run may be the one before a change: the handles are those of the scenario on screen, of as many agents.
    """
    scenario = session.scenario()
    before = trace.scenario
    if session.is_locked("agents") or (scenario.n_agents, scenario.dataset) != (before.n_agents, before.dataset):
        return
    data = {
        "chart": chart_key,
        "agents": handles(scenario, federated_data(scenario)),
        "conducts": [[name, choice.title, choice.sentence] for name, choice in choices_of("conduct").items()],
        "n_moved": st.session_state.get("n_moved", 0),  # a refused move is taken back on the screen too
    }
    _component()(data=data, key=_KEY, on_moved_change=_moved)


def handles(scenario: Scenario, data: FederatedData) -> list[dict[str, Any]]:
    """What can be moved of every agent, and how far; "size" is None of a copy and a shell, whose size is another's."""
    found = []
    for index, agent in enumerate(scenario.full_agents):
        has_size = agent.copy_of is None and agent.shell_of is None
        n_samples = data.shards[index].n_samples // agent.repeats
        found.append(
            {
                "index": index,
                "name": agent_name(index),
                "repeats": agent.repeats,
                "conduct": agent.conduct,
                "conduct_title": choice_of("conduct", agent.conduct).title,
                "size": _size(n_samples, scenario.info.n_train) if has_size else None,
                "noise": _noise(scenario, index),
            }
        )
    return found


def _size(n_samples: int, most: int) -> dict[str, Any]:
    way = {"field": "shard_size", "title": "samples", "value": n_samples, "min": 1, "max": most, "step": 1}
    return way | {"before": "", "after": " samples", "factor": 1, "decimals": 0}


def _noise(scenario: Scenario, agent_index: int) -> dict[str, Any]:
    agent = scenario.full_agents[agent_index]
    if _noise_field(scenario, agent_index) == "label_noise":
        way = {"field": "label_noise", "title": "wrong labels", "value": agent.label_noise, "max": 1, "step": 0.01}
        words = {"before": "", "after": " % wrong", "factor": 100, "decimals": 0}
    else:
        most = _USUAL_BLUR if agent.feature_noise <= _USUAL_BLUR else 10.0
        way = {"field": "feature_noise", "title": "blur", "value": agent.feature_noise, "max": most, "step": 0.1}
        words = {"before": "blur ", "after": "", "factor": 1, "decimals": 1}
    return way | {"min": 0} | words


def _noise_field(scenario: Scenario, agent_index: int) -> str:
    """Which noise the handle moves: the agent's own kind, else that of most agents, else wrong labels."""
    if scenario.info.kind == "text":
        return "label_noise"
    own = scenario.full_agents[agent_index]
    if own.label_noise or own.feature_noise:
        return "label_noise" if own.label_noise else "feature_noise"
    n_wrong, n_blurred = (sum(getattr(one, name) > 0 for one in scenario.agents) for name in MOVABLE[1:3])
    return "feature_noise" if n_blurred > n_wrong else "label_noise"


def _moved() -> None:
    st.session_state.n_moved = st.session_state.get("n_moved", 0) + 1
    moved = st.session_state[_KEY].get("moved")
    if moved is None:
        return
    try:
        session.set_scenario(moved_scenario(session.scenario(), moved))
    except ScenarioError as error:
        session.tell(f"Nothing was changed. {error}")


def moved_scenario(scenario: Scenario, moved: Any) -> Scenario:
    """The scenario after a handle's report: ``{"agent": index, "field": one of MOVABLE, "value": ...}``.

    Raises
    ------
    ScenarioError: it is none, or the value is not one that the field, the data and the other agents allow.
    """
    if not isinstance(moved, Mapping) or moved.get("field") not in MOVABLE:
        raise ScenarioError("agents", f"a handle moves one of {', '.join(MOVABLE)}", moved)
    index, field, value = moved.get("agent"), moved["field"], moved.get("value")
    if type(index) is not int or not 0 <= index < scenario.n_agents:
        raise ScenarioError("agents", f"must be from 0 to {scenario.n_agents - 1}, the agents' numbers", index)
    agents = [agent.model_dump() for agent in scenario.full_agents]
    agents[index] |= {field: value}
    return scenario.replace(agents=tuple(agents))
