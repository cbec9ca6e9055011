"""The beat of a part of the page that is drawn again while something is coming.

Streamlit's own timer of a fragment stops only when the whole page is run again. This one is an element of the fragment:
it beats while it is drawn, and a fragment that does not draw it any more has come to its end.
"""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import Any

import streamlit as st

from cgs_ui import session
from cgs_ui.served import component_script, nothing, unseen_component

_FORGET_SECONDS = 10.0
_SECONDS_EACH = 0.1  # of the server, for an answer and what it leads to
_beating: dict[str, float] = {}
_lock = threading.Lock()


@cache
def _component() -> Any:
    return unseen_component("cgs_pulse", component_script("pulse.js"))


def pulse(key: str, seconds: float) -> None:
    """Run this fragment again after so many seconds."""
    with _lock:
        _beating[session.owner()] = time.monotonic()
    number = st.session_state[f"beats_{key}"] = st.session_state.get(f"beats_{key}", 0) + 1
    _component()(data={"number": number, "after_ms": round(1000 * seconds)}, key=f"pulse_{key}", on_beat_change=nothing)


def longest_pause(alone: float) -> float:
    """Seconds between two beats where nothing is known to come sooner: more than for one ``alone`` in a large class,
    whose beats must leave the server time for everybody's changes."""
    since = time.monotonic() - _FORGET_SECONDS
    with _lock:
        for owner in [owner for owner, beat in _beating.items() if beat < since]:
            del _beating[owner]
        return max(alone, _SECONDS_EACH * len(_beating))
