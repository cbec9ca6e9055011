"""A phone's screen: the controls and the player at its foot, within reach of a thumb."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_ui.places import asset, style
from cgs_ui.session import view

_HTML = """<div class="cgs-phone"><button type="button" aria-controls="stSidebar"></button></div>"""


def foot() -> None:
    """Called once a page; on a wide screen nothing of it is seen, and a bare page has none."""
    if view.is_bare():
        return
    st.html(style("phone.css"))
    _component()(key="phone")


@cache
def _component() -> Any:
    return st.components.v2.component("cgs_phone", html=_HTML, js=asset("phone.js"), isolate_styles=False)
