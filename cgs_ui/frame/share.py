"""The dialog "Share": links to what is on screen, to copy, and as a QR code for a projector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

import segno
import streamlit as st

from cgs_core.scenario import field_facts
from cgs_ui import session
from cgs_ui.controls.own_data import link_note
from cgs_ui.places import asset
from cgs_ui.session import view
from cgs_ui.session.addresses import address, page_link, short_link
from cgs_ui.session.teacher_link import COMPARED, OTHER_PAGES, RIGHTS, Lesson, token_of

_MOST_QR_CHARACTERS = 2_900  # of the largest code there is
_MOST_QR_VERSION = 19  # 93 modules a side; more are too small to be read from a projector
_QR_WIDTH = 460  # pixels: with the lines around it, as much as is on a screen of 1024x768 or 1280x720
_OTHER_RIGHTS = {COMPARED: "What is compared", OTHER_PAGES: "Go to other pages"}
_EMBED_SIZE = (960, 540)
_KINDS = {"page": "What is on screen", "lesson": "A lesson on it"}
_HTML = """
<div class="cgs-link">
  <label><span class="name"></span><input type="text" readonly /></label>
  <button type="button">Copy</button>
  <span class="told" role="status"></span>
</div>
"""
_CSS = """
.cgs-link { display: flex; flex-wrap: wrap; align-items: end; gap: 0.4rem; font-family: var(--st-font);
  color: var(--st-text-color); }
.cgs-link label { flex: 1; display: flex; flex-direction: column; gap: 0.2rem; min-width: 10rem; font-size: 0.875rem; }
.cgs-link input { font: inherit; padding: 0.35rem 0.5rem; color: var(--st-text-color);
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
.cgs-link button { font: inherit; padding: 0.35rem 0.8rem; cursor: pointer; color: var(--st-text-color);
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
.cgs-link button:hover, .cgs-link button:focus-visible, .cgs-link input:focus-visible {
  outline: 2px solid var(--st-primary-color); }
.cgs-link .told { flex-basis: 100%; min-height: 1.2em; font-size: 0.875rem; }
"""


@st.fragment
def share() -> None:
    """The button "Share"; its dialog stays open while a run on the page goes on, and closes with the page."""
    if st.button(
        "Share",
        icon=":material/share:",
        key="share",
        type="tertiary",
        help="Links to what is on screen, to copy and as a QR code.",
    ):
        st.session_state.is_sharing = True
    if st.session_state.get("is_sharing"):  # until it is closed, or another page is opened (session.enter)
        st.dialog("Share", width="large", on_dismiss=_close)(_give)()


def _close() -> None:
    st.session_state.is_sharing = False


def _give() -> None:
    """Left the links to copy, right the code of the first: nothing of it is below the edge of a projector's screen."""
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        kind = "page" if session.lesson() is not None else _kind()
        links = _page_links() if kind == "page" else _teacher_link()
        if kind == "page":
            _other_views()
        _note_local(links[0])
    with right.container(width=_QR_WIDTH):  # on a phone less
        _code(links)


def _kind() -> str:
    kind: str = st.segmented_control(
        "To share",
        _KINDS,
        format_func=_KINDS.__getitem__,
        key="share_kind",
        default="page",
        required=True,
        label_visibility="collapsed",
    )
    return kind


def _page_links() -> list[str]:
    """The link of what is on screen and, where there is one, its short form."""
    whole, short = page_link(), short_link()
    missing = link_note(session.scenario())
    name = "Link that works everywhere" if missing is None else "Link without the data"
    _link_to_copy(name if session.lesson() is None else "Link to this lesson, for this server", whole, "link_whole")
    if missing is not None:
        st.info(missing, icon=":material/database_off:")
    if short is None or len(short) >= len(whole):
        return [whole]
    _link_to_copy("Short link, for this server", short, "link_short")
    return [whole, short]


def _other_views() -> None:
    """The page's picture for another page."""
    if st.session_state.page in view.PAGES:
        _link_to_copy("To embed: the picture alone, for another page's HTML", embed_code(), "link_embed")


def embed_code() -> str:
    """The HTML of a frame that shows the page's picture with its player inside another page."""
    source = page_link()
    source += ("&" if "?" in source else "?") + "embed=true"
    width, height = _EMBED_SIZE
    title = "Fair rewards: who contributes, who is paid"
    return f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{title}"></iframe>'


def _teacher_link() -> list[str]:
    """The link of a lesson: ticked is what its readers may change."""
    titles = {name: _OTHER_RIGHTS.get(name) or field_facts(name).title for name in RIGHTS}
    allowed = st.multiselect(
        "May be changed", titles, format_func=titles.__getitem__, key="allowed", placeholder="Nothing"
    )
    shown = session.link_parameters()
    shown.pop(session.LINK_PARAMETER, None)
    page = st.session_state.page
    token = token_of(Lesson(session.scenario(), page, frozenset(allowed), shown))
    link = address(page, {session.LESSON_PARAMETER: token})
    _link_to_copy("Teacher link, for this server", link, "link_lesson")
    st.caption(
        "Who opens it sees what is on screen, and can change only what you choose here. What is compared: the "
        "mechanisms, the question of a sweep, the seeds. Rounds and tabs stay free."
    )
    return [link]


def _note_local(link: str) -> None:
    if urlsplit(link).hostname in ("localhost", "127.0.0.1"):
        st.caption("This address is that of this machine alone. Open the app by its name in the network to share it.")


def _code(links: Sequence[str]) -> None:
    """The QR code of the first link; of the last, short one, where that of the first is too fine for a room."""
    codes = [segno.make(link, error="l", micro=False) for link in links if len(link) <= _MOST_QR_CHARACTERS]
    code = next((code for code in codes if int(code.version) <= _MOST_QR_VERSION), codes[-1] if codes else None)
    if code is None:
        st.info("This link is too long for a QR code: copy it.", icon=":material/qr_code:")
        return
    words = "For a projector: the link as a QR code."
    if int(code.version) > _MOST_QR_VERSION:
        words = "A long link makes a fine code: the camera has to be near it."
    elif code is not codes[0]:
        words = "For a projector: the short link. The whole one is too long for a code that a room can read."
    drawing = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    st.image(drawing, width="stretch", caption=words, alt="QR code of the link")


def _link_to_copy(name: str, url: str, key: str) -> None:
    _component()(data={"name": name, "url": url}, key=key)


@cache
def _component() -> Any:
    js = asset("share.js")
    # In the page's own document: a dialog keeps the focus inside, and passes over what is in a shadow root.
    return st.components.v2.component("cgs_link", html=_HTML, css=_CSS, js=js, isolate_styles=False)
