"""What the retrained game will cost, said before it is asked for."""

from __future__ import annotations

import streamlit as st

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.federation.retrained_game import max_retrained_agents
from cgs_core.runs import job_id
from cgs_core.words import game_findings
from cgs_ui.background import finished_rounds, job_runner


def cost_of_retraining(scenario: Scenario) -> None:
    """A line, unless the game is there already or is not offered."""
    if scenario.n_agents > max_retrained_agents(scenario):
        return
    try:
        finished_rounds(job_id(scenario, "retrained_game"))
    except JobError:
        runner = job_runner()
        seconds = runner.expected_seconds([scenario], "retrained_game")
        of_a_run = runner.expected_seconds([scenario]) if seconds is None else None
        st.caption(game_findings.retraining_offer(scenario.n_agents, seconds, of_a_run))
