"""At which round the page's player rests: heard by the panel alone, so that the rest of the page is not drawn anew."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cgs_ui.served import component_script, nothing, unseen_component

_ALL = -1


@cache
def _component() -> Any:
    return unseen_component("cgs_why_follow", component_script("why_follow.js"))


def shown_round(place: str, first: int | None, n_asked: int) -> int | None:
    """The round that the player rests at, None for all of them; ``first`` until it has moved.

    The browser is told how often somebody has asked (``n_asked``): when it is once more, the panel, a container
    of the key ``place``, is brought into view.
    """
    now, key = _ALL if first is None else first, f"follow_{place}"
    known = getattr(st.session_state.get(key), "round", now)  # what is shown if the browser says nothing
    result = _component()(
        data={"round": known, "asked": n_asked, "panel": place},
        key=key,
        default={"round": now},
        on_round_change=nothing,
    )
    heard = result.round
    if type(heard) is not int or heard < _ALL or heard > 10_000:  # a browser may say anything
        heard = now
    return None if heard == _ALL else heard
