"""The frame: page settings and navigation. Run by the launcher app.py for every session."""

import streamlit as st

from cgs_ui import session
from cgs_ui.frame.share import share
from cgs_ui.frame.take_away import PAGES as TAKEN_AWAY
from cgs_ui.frame.take_away import take_away
from cgs_ui.places import ASSETS, PAGES
from cgs_ui.session import view
from cgs_ui.session.teacher_link import OTHER_PAGES

st.set_page_config(page_title="Fair rewards: who contributes, who is paid", page_icon="⚖️", layout="wide")
st.html(  # a projector's 1024 pixels are too few for wide margins; on a phone a wide table scrolls by itself
    "<style>@media (min-width: 40rem) and (max-width: 75rem) {"
    " [data-testid=stMainBlockContainer] { padding-inline: 2rem; } }"
    " [data-testid=stMarkdownContainer] table { display: block; max-width: 100%; overflow-x: auto; }</style>"
)
st.html(f"<style>{(ASSETS / 'access.css').read_text(encoding='utf-8')}</style>")
st.logo(ASSETS / "logo.svg", size="large")
page = st.navigation(
    {
        "Learn": [st.Page(PAGES / "learn" / "home.py", title="Home", icon=":material/balance:", default=True)],
        "Lab": [
            st.Page(
                PAGES / "lab" / "playground.py", title="Playground", icon=":material/groups:", url_path="playground"
            ),
            st.Page(
                PAGES / "lab" / "coalition_game.py",
                title="Coalition game",
                icon=":material/account_tree:",
                url_path="coalition-game",
            ),
            st.Page(
                PAGES / "lab" / "mechanisms.py", title="Mechanisms", icon=":material/compare:", url_path="mechanisms"
            ),
            st.Page(PAGES / "lab" / "trade_offs.py", title="Trade-offs", icon=":material/tune:", url_path="trade-offs"),
        ],
        "Research": [
            st.Page(PAGES / "research" / "paper.py", title="Paper", icon=":material/article:", url_path="paper"),
            st.Page(PAGES / "research" / "shelf.py", title="Shelf", icon=":material/shelves:", url_path="shelf"),
        ],
    },
    position="hidden" if session.is_locked(OTHER_PAGES) else "sidebar",
)
if (only := session.only_page()) not in (None, page.url_path):
    st.switch_page(next(PAGES.glob(f"*/{str(only).replace('-', '_')}.py")))
session.enter(page.url_path)
if page.url_path not in ("", "shelf"):  # the home page has nothing of its own to share; a shelf is its visitor's
    left, *right = st.sidebar.columns(2 if page.url_path in TAKEN_AWAY else 1, gap="xsmall")
    with left:
        share()
    for place in right:
        with place:
            take_away()
view.dress()
page.run()
