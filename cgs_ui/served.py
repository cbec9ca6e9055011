"""The files of ours that browsers fetch: each under an address with its hash, to be kept for ever."""

from __future__ import annotations

import gzip
import json
from functools import cache
from hashlib import sha256
from typing import Any

import streamlit as st

from cgs_core.words.glossary import definitions
from cgs_ui.places import ASSETS

FOLDER = "cgs"
PLOTLY = "vendor/plotly-cartesian.min.js"
DEFINITIONS = "the glossary's definitions"  # made, and not an asset
FILES = {
    "plotly-cartesian.min.js": (PLOTLY,),
    "chart.js": ("unpacked.js", "plotly_lists.js", "chart.js"),
    "player.js": ("player.js",),
    "sentence.js": ("unpacked.js", "sentence.js"),
    "tips.js": ("tips.js",),
    "cards.js": ("cards.js",),
    "hands.js": ("hands.js",),
    "why.js": ("why.js",),
    "why_follow.js": ("leaving.js", "why_follow.js"),
    "save.js": ("save.js",),  # a chart's menu, which no chart needs to be drawn
    "pulse.js": ("leaving.js", "pulse.js"),
    "room_bell.js": ("leaving.js", "room_bell.js"),
    "lesson_head.js": ("lesson_head.js",),
    "lesson_question.js": ("lesson_question.js",),
    "terms.js": (DEFINITIONS, "heads.js", "terms.js"),
}
"""By their names in addresses: of which assets they are made, one after the other. All are JavaScript."""


@cache
def content(name: str) -> bytes:
    """A file as it is."""
    return b"".join(map(_part, FILES[name]))


def _part(name: str) -> bytes:
    if name == DEFINITIONS:
        return f"const DEFINITIONS = {json.dumps(definitions(), ensure_ascii=False)};\n".encode()
    return (ASSETS / name).read_bytes()


@cache
def zipped(name: str) -> bytes:
    """The same by gzip, once: Streamlit would do it for every visitor, on the event loop."""
    return gzip.compress(content(name), 9, mtime=0)


@cache
def version(name: str) -> str:
    """Twelve digits that change with the file."""
    return sha256(content(name)).hexdigest()[:12]


def address(name: str) -> str:
    """Where a page finds it, relative to the app's own address."""
    return f"{FOLDER}/{name}?{version(name)}"


def component_script(name: str) -> str:
    """A component's script that fetches the file: a component's own text is sent with every element that it draws.

    Again after a while where network or server was gone just then: else the component would stay broken, and a
    phone in a class room would hear of nothing more. Browsers may remember what failed, by the address with its #.

    Where two drawings follow each other closely Streamlit ends the first call of the component when the second is on
    its way. Both have the same element and what is kept of it, so a call ends with its element alone.
    """
    return f"""const url = new URL({address(name)!r}, document.baseURI).href;
const after = (n) => new Promise((done) => setTimeout(done, 1000 * Math.min(n, 10)));
let file;
for (let n = 0; !file; n += 1) file = await import(n ? `${{url}}#${{n}}` : url).catch(() => after(n + 1));
export default (component) => {{
  const end = file.default(component);
  return end && (() => {{ if (!component.parentElement.isConnected) end(); }});
}};
"""


def unseen_component(name: str, script: str) -> Any:
    """A component that is heard and not seen: its element, of the class ``name`` with hyphens, takes no room."""
    css_class = name.replace("_", "-")
    return st.components.v2.component(
        name,
        html=f'<span class="{css_class}"></span>',
        css=f"[data-testid=stElementContainer]:has(.{css_class}) {{\n  display: none;\n}}\n",
        js=script,
        isolate_styles=False,
    )  # the style is of an element around it, which is the document's


def nothing() -> None:
    """For a component's states and triggers, which are kept and heard only where they have a callback."""
