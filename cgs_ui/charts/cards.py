"""The ledger as cards on a narrow screen: drawn in the browser from the chart's own figure; nothing is sent twice."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_ui.places import asset
from cgs_ui.served import component_script

_HTML = """<div class="cgs-cards" role="region" aria-label="The ledger, an agent a card"></div>"""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_cards", html=_HTML, css=asset("cards.css"), js=component_script("cards.js"), isolate_styles=False
    )  # it hides a chart, which is the document's


def cards(chart_key: str) -> None:
    """Show a ledger's chart, which has this key, as cards where the screen is narrower than 640 pixels."""
    _component()(data={"chart": chart_key}, key=f"cards_{chart_key}")
