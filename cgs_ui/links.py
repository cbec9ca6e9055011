"""Links to what is on screen, and the popover that gives them away: to copy, and as a QR code for a projector."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.scenario import field_facts
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.lesson import OTHER_PAGES, RIGHTS, Lesson, token_of
from cgs_ui.own_data import link_note

_ASSETS = Path(__file__).parent / "assets"
_MOST_QR_VERSION = 15  # 77 modules a side; more are too small to be read from a projector
_QR_WIDTH = 380
_HTML = """
<div class="link">
  <label><span class="name"></span><input type="text" readonly /></label>
  <button type="button">Copy</button>
  <span class="told" role="status"></span>
</div>
"""
_CSS = """
.link { display: flex; flex-wrap: wrap; align-items: end; gap: 0.4rem; font-family: var(--st-font);
  color: var(--st-text-color); }
.link label { flex: 1; display: flex; flex-direction: column; gap: 0.2rem; min-width: 10rem; font-size: 0.875rem; }
.link input { font: inherit; padding: 0.35rem 0.5rem; color: var(--st-text-color);
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
.link button { font: inherit; padding: 0.35rem 0.8rem; cursor: pointer; color: var(--st-text-color);
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
.link button:hover, .link button:focus-visible, .link input:focus-visible {
  outline: 2px solid var(--st-primary-color); }
.link .told { flex-basis: 100%; min-height: 1.2em; font-size: 0.875rem; }
"""


def page_link() -> str:
    """The address of what is on screen, whole in itself: any server with this app can open it."""
    return _address(st.session_state.get("page", ""), session.link_parameters())


def run_link(scenario_id: str, page: str = "playground") -> str:
    """The short address of a run that this server's store has."""
    return _address(page, {session.RUN_PARAMETER: scenario_id})


def _short_link() -> str | None:
    """The short address of what is on screen; None where its run is not in the store."""
    scenario = session.scenario()
    try:
        job_runner().scenario_of(scenario.scenario_id)
    except JobError:
        return None
    parameters = session.link_parameters()
    parameters.pop(session.LINK_PARAMETER, None)
    return _address(st.session_state.page, {session.RUN_PARAMETER: scenario.scenario_id} | parameters)


def _address(page: str, parameters: dict[str, str]) -> str:
    shown = st.session_state.get("page", "")
    root = (st.context.url or "").rstrip("/").removesuffix(shown).rstrip("/")
    return f"{root}/{page}" + (f"?{urlencode(parameters)}" if parameters else "")


# -- the popover -----------------------------------------------------------------------------------------------


@st.fragment
def share() -> None:
    """The popover "Share", made when it is opened, so that its links say what is on screen then."""
    popover = st.popover("Share", icon=":material/share:", width="stretch", key="share", on_change="rerun")
    if popover.open:
        with popover:
            _links()


def _links() -> None:
    whole, short = page_link(), _short_link()
    if (missing := link_note(session.scenario())) is not None:
        st.info(missing, icon=":material/database_off:")
    _link_to_copy("Link that works everywhere" if missing is None else "Link without the data", whole, "link_whole")
    if short is not None and session.scenario() != Scenario():
        _link_to_copy("Short link, for this server", short, "link_short")
    if session.lesson() is None:
        _teacher_link()
    code = segno.make(whole, error="l", micro=False)
    if int(code.version) > _MOST_QR_VERSION and short is not None:
        st.caption("The whole link is too long for a code that a room can read: this is the short one.")
        code = segno.make(short, error="l", micro=False)
    drawing = code.svg_inline(scale=8, border=4, dark="#000", light="#fff")
    st.image(drawing, width=_QR_WIDTH, caption="For a projector: the link as a QR code.")
    if urlsplit(whole).hostname in ("localhost", "127.0.0.1"):
        st.caption("This address is that of this machine alone. Open the app by its name in the network to share it.")


def _teacher_link() -> None:
    """The link of a lesson: ticked is what its readers may change."""
    titles = {name: "Go to other pages" if name == OTHER_PAGES else field_facts(name).title for name in RIGHTS}
    with st.expander("Teacher link"):
        st.caption("A link to what is on screen, of which people who open it can change only what you choose here. "
                   "Rounds, tabs and what is compared stay free.")  # fmt: skip
        allowed = st.multiselect("May be changed", titles, format_func=titles.__getitem__, key="allowed",
                                 placeholder="Nothing")  # fmt: skip
        shown = session.link_parameters()
        shown.pop(session.LINK_PARAMETER, None)
        page = st.session_state.page
        token = token_of(Lesson(session.scenario(), page, frozenset(allowed), shown))
        _link_to_copy("Teacher link, for this server", _address(page, {session.LESSON_PARAMETER: token}), "link_lesson")


def _link_to_copy(name: str, url: str, key: str) -> None:
    _component()(data={"name": name, "url": url}, key=key)


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_link", html=_HTML, css=_CSS, js=(_ASSETS / "share.js").read_text(encoding="utf-8")
    )
