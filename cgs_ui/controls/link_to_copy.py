"""A link to be copied, and the QR code of a link for a projector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import segno
import streamlit as st

from cgs_ui.places import asset

QR_WIDTH = 460
"""Pixels: with the lines around it, as much as is on a screen of 1024x768 or 1280x720."""

_MOST_QR_CHARACTERS = 2_900  # of the largest code there is
_MOST_QR_VERSION = 19  # 93 modules a side; more are too small to be read from a projector
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


def qr_code(links: Sequence[str]) -> None:
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


def link_to_copy(name: str, url: str, key: str) -> None:
    """A link in a field, and a button that copies it."""
    _component()(data={"name": name, "url": url}, key=key)


@cache
def _component() -> Any:
    js = asset("share.js")
    # In the page's own document: a dialog keeps the focus inside, and passes over what is in a shadow root.
    return st.components.v2.component("cgs_link", html=_HTML, css=_CSS, js=js, isolate_styles=False)
