"""A page that is opened from the navigation is one step of the browser's history, with its whole address."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_ui.places import asset

_CSS = """
[data-testid=stElementContainer]:has(.cgs-history) {
  display: none;
}
"""


def one_step_a_page() -> None:
    """Called once a page; nothing of it is seen."""
    _component()(key="history")


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_history",
        html='<span class="cgs-history"></span>',
        css=_CSS,
        js=asset("history.js"),
        isolate_styles=False,
    )
