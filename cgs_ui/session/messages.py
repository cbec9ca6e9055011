"""What is said on top of the page: a problem, or what followed from a change."""

from __future__ import annotations

import streamlit as st

from cgs_ui.plain_text import unlinked


def tell(problem: str) -> None:
    """Show a problem on top of the page, until the next change."""
    _say("error", problem)


def note(words: str) -> None:
    """Show what else followed from a change on top of the page, until the next one; after what was just said."""
    if has_new_message():
        kind, before = st.session_state.message
        _say(kind, f"{before} {words}")
    else:
        _say("info", words)


def has_new_message() -> bool:
    """Whether something was said that the page has not shown yet."""
    return bool(st.session_state.get("is_message_new", False))


def show_message() -> None:
    """Show what was said last, if anything."""
    st.session_state.is_message_new = False
    with st.container():  # there with nothing in it too: what is below keeps its place
        if message := st.session_state.get("message"):
            kind, words = message
            words = unlinked(words).replace("](", "]\\(")  # a forged value makes no link or picture of its own
            if kind == "error":
                st.error(words, icon=":material/error:")
            else:
                st.info(words, icon=":material/info:")


def _say(kind: str, words: str) -> None:
    st.session_state.message = (kind, words)
    st.session_state.is_message_new = True
