"""Terms that explain themselves: one small script on every page, for its texts and for links to other pages in them."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_ui import session
from cgs_ui.frame.pages import AppPage, addresses, page_at
from cgs_ui.places import style
from cgs_ui.served import component_script, nothing
from cgs_ui.session import view
from cgs_ui.session.teacher_link import OTHER_PAGES


def explain_terms(page: AppPage) -> None:
    """Called once a page, before it; follows a link to another page that was clicked in a text. None on a bare page."""
    if view.is_bare():
        return
    st.html(style("terms.css"))
    data = {
        "pages": addresses(),
        "can_open": not session.is_locked(OTHER_PAGES),
        "shown": st.query_params.get("term") if page.address == "glossary" else None,
    }
    opened = _component()(data=data, key="terms", on_opened_change=nothing).opened
    if isinstance(opened, dict) and opened.get("page") in addresses():
        term = opened.get("term")
        st.switch_page(
            page_at(str(opened["page"])).path, query_params={"term": term} if isinstance(term, str) else None
        )


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_terms", html="<div></div>", js=component_script("terms.js"), isolate_styles=False
    )
