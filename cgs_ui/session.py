"""What one visitor's session remembers: the scenario on screen, its link, and the last problem.

The scenario is the only truth. Controls show it and change it through ``change``; the link in the address bar
follows it. A change that is not valid leaves everything as it was and says why.
"""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from cgs_core import Scenario, ScenarioError
from cgs_core.presets import PRESETS

LINK_PARAMETER = "s"
ROUND_PARAMETER = "round"
PRESET_PARAMETER = "preset"


def owner() -> str:
    """This session's unguessable token: its background jobs belong to it."""
    return st.session_state.setdefault("owner", secrets.token_urlsafe(16))


def scenario() -> Scenario:
    """The scenario on screen; a session's first one comes from the link, else it is the default."""
    if "scenario" not in st.session_state:
        st.session_state.scenario = _scenario_of_link()
    return st.session_state.scenario


def set_scenario(new: Scenario) -> None:
    """Put a scenario on screen; what was said of the change before is gone."""
    before = scenario()
    st.session_state.pop("message", None)
    st.session_state.is_message_new = False
    if new != before:
        st.session_state.scenario = new
        st.session_state.pop("round_index", None)  # read again from the link, within the new number of rounds


def change(**fields: Any) -> None:
    """Change fields of the scenario on screen; an invalid change is told and not made."""
    try:
        set_scenario(scenario().replace(**fields))
    except ScenarioError as error:
        tell(f"Nothing was changed. {error}")


def tell(problem: str) -> None:
    """Show a problem on top of the page, until the next change."""
    _say("error", problem)


def note(words: str) -> None:
    """Show what else followed from a change on top of the page, until the next one."""
    _say("info", words)


def has_new_message() -> bool:
    """Whether something was said that the page has not shown yet."""
    return bool(st.session_state.get("is_message_new", False))


def show_message() -> None:
    """Show what was said last, if anything."""
    st.session_state.is_message_new = False
    if message := st.session_state.get("message"):
        kind, words = message
        if kind == "error":
            st.error(words, icon=":material/error:")
        else:
            st.info(words, icon=":material/info:")


def ask_own(field: str, values: str) -> None:
    """Have the page Trade-offs ask what happens when this field takes these values."""
    st.session_state.asked = {"question": "own", "own_field": field, "own_values": values}


def round_index() -> int | None:
    """The round that the reader stopped at, None for the last one."""
    if "round_index" not in st.session_state:
        st.session_state.round_index = _round_of_link()
    return st.session_state.round_index


def set_round_index(new: int | None) -> None:
    """Remember the round that the reader stopped at, in the link too."""
    st.session_state.round_index = new
    update_link()


def update_link() -> None:
    """Make the address bar say what is on screen (nothing for the default)."""
    wanted = {}
    if scenario() != Scenario():
        wanted[LINK_PARAMETER] = scenario().to_link()
    if (index := round_index()) is not None:
        wanted[ROUND_PARAMETER] = str(index + 1)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _say(kind: str, words: str) -> None:
    st.session_state.message = (kind, words)
    st.session_state.is_message_new = True


def _scenario_of_link() -> Scenario:
    try:
        if name := st.query_params.get(PRESET_PARAMETER):
            if name not in PRESETS:
                raise ScenarioError("preset", f"must be one of {', '.join(PRESETS)}", name)
            return PRESETS[name].scenario
        if text := st.query_params.get(LINK_PARAMETER):
            return Scenario.from_link(text)
    except ScenarioError as error:
        tell(f"This link cannot be opened. {error}. The default scenario is shown instead.")
    return Scenario()


def _round_of_link() -> int | None:
    text = st.query_params.get(ROUND_PARAMETER, "")
    return min(int(text), scenario().n_rounds) - 1 if text.isdecimal() and len(text) < 10 and int(text) > 0 else None
