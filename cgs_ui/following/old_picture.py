"""The picture of the run before a change, while another trains: grey, and it says whose it is."""

from __future__ import annotations

import streamlit as st

from cgs_core import Scenario
from cgs_core.scenario import field_facts
from cgs_ui.places import style

STILL_SHOWN = "Still shown, in grey: the run before the change of"


def mark_old_picture(shown: Scenario, wanted: Scenario) -> None:
    """Say whose picture stands below, and have the browser draw the rest of this place's charts in grey.

    To be called in a container whose key begins with ``old_picture_``, by which the style finds it.
    """
    st.html(style("old_picture.css"))
    st.caption(f"{STILL_SHOWN} {changed_words(shown, wanted)}.")


def changed_words(before: Scenario, now: Scenario) -> str:
    """The titles of the fields in which two scenarios differ, for instance "agents, altruism"."""
    changed = [name for name in Scenario.model_fields if getattr(before, name) != getattr(now, name)]
    return ", ".join(field_facts(name).title.lower() for name in changed) or "nothing"
