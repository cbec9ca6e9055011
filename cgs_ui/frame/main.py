"""The frame: page settings, navigation and heading. Run by the launcher app.py for every session."""

import streamlit as st

from cgs_core.errors import StoreError
from cgs_ui import session
from cgs_ui.frame import connection, history, phone
from cgs_ui.frame.heading import heading
from cgs_ui.frame.pages import HOME, SECTIONS, page_at
from cgs_ui.frame.terms import explain_terms
from cgs_ui.places import ASSETS, style
from cgs_ui.session import forged, view
from cgs_ui.session.teacher_link import OTHER_PAGES

forged.install()
st.set_page_config(page_icon="⚖️", layout="wide")  # first: a page's own icon would be fetched from another host
st.html(style("frame.css", "access.css"))
st.logo(ASSETS / "logo.svg", size="large")
page = st.navigation(
    {
        section: [
            st.Page(
                one.path,
                title=one.title,
                icon=f":material/{one.icon}:",
                url_path=None if one is HOME else one.address,
                default=one is HOME,
            )
            for one in pages
        ]
        for section, pages in SECTIONS.items()
    },
    position="hidden" if session.is_locked(OTHER_PAGES) else "top",
)
if (only := session.only_page()) not in (None, page.url_path):
    st.switch_page(page_at(str(only)).path)
shown = page_at(page.url_path)
st.set_page_config(page_title=f"{shown.title} · Fair rewards")
session.enter(page.url_path)
view.dress()
history.one_step_a_page()
connection.whole_page_when_back()
phone.foot()
explain_terms(shown)
heading(shown)
try:
    page.run()
except StoreError as error:  # the store has told the operator more
    st.error(str(error), icon=":material/error:")
