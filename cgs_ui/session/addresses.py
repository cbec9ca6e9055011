"""Links to what is on screen, to a run and to a scenario."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_ui import session
from cgs_ui.background import job_runner


def page_link() -> str:
    """The address of what is on screen, whole in itself: any server with this app can open it."""
    return address(st.session_state.get("page", ""), session.link_parameters())


def run_link(scenario_id: str, page: str = "playground") -> str:
    """The short address of a run that this server's store has."""
    return address(page, {session.RUN_PARAMETER: scenario_id})


def scenario_link(scenario: Scenario) -> str:
    """The address of a scenario in the Playground, whole in itself."""
    return address("playground", {session.LINK_PARAMETER: scenario.to_link()})


def short_link() -> str | None:
    """The short address of what is on screen; None where its run is not in the store."""
    scenario = session.scenario()
    try:
        job_runner().store.scenario_of(scenario.scenario_id)
    except JobError:
        return None
    parameters = session.link_parameters()
    parameters.pop(session.LINK_PARAMETER, None)
    return address(st.session_state.page, {session.RUN_PARAMETER: scenario.scenario_id} | parameters)


def address(page: str, parameters: dict[str, str]) -> str:
    """The address of a page of this server, with these parameters."""
    shown = st.session_state.get("page", "")
    root = (st.context.url or "").rstrip("/").removesuffix(shown).rstrip("/")
    return f"{root}/{page}" + (f"?{urlencode(parameters, safe=',')}" if parameters else "")
