"""What the scenario on screen was made from: a story, or what a link or a file held. To it a change is undone."""

from __future__ import annotations

import streamlit as st

from cgs_core import Scenario
from cgs_core.studies.presets import PRESETS, Preset


def start() -> Scenario | None:
    """The scenario that was opened last; None until one has been."""
    opened: Scenario | None = st.session_state.get("start")
    return opened


def start_from(scenario: Scenario, story: str | None = None) -> None:
    """Remember what was opened: the story of this name if there is one, or that which the scenario is, in any draw."""
    preset = PRESETS.get(story or "") or story_like(scenario)
    st.session_state.start = scenario if preset is None else preset.scenario


def story() -> Preset | None:
    """The story that the scenario on screen was made from."""
    return next((preset for preset in PRESETS.values() if preset.scenario == start()), None)


def story_like(scenario: Scenario) -> Preset | None:
    """The story whose scenario this is but for the seeds, that is other draws of the same."""
    seeds = {"data_seed": scenario.data_seed, "start_seed": scenario.start_seed}
    return next((preset for preset in PRESETS.values() if preset.scenario.replace(**seeds) == scenario), None)
