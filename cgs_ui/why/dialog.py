"""The same panel in a dialog, where a page shows something else than one run's ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from cgs_core import Trace
from cgs_core.figures import agent_name
from cgs_core.words.why import why_question
from cgs_ui.session import view
from cgs_ui.why.panel import steps

Asked = TypeVar("Asked")

_OPEN = "why_dialog"  # also in cgs_ui.session.state, which closes it with the page
_WHOLE, _ONE = "All rounds", "One round"


def ask_in_dialog(asked: object) -> None:
    """Open the dialog with the steps of an agent, or of what else the page tells apart; for a callback."""
    st.session_state[_OPEN] = asked
    for key in ("why_scope", "why_round"):
        st.session_state.pop(key, None)


def asked_in_dialog() -> object | None:
    """What the dialog is open for; None where it is closed."""
    return st.session_state.get(_OPEN)


def why_dialog(trace: Trace, agent: int, round_index: int | None, words: str = "") -> None:
    """Draw the dialog; it stays until it is closed.

    Parameters
    ----------
    round_index: the round that the page shows, None where it is of all of them.
    words: what there is to say of the run, where the page shows something else.
    """
    if not 0 <= agent < trace.scenario.n_agents:
        return

    def content() -> None:
        if words:
            st.caption(words)
        scope = st.segmented_control(
            "Shown",
            (_WHOLE, _ONE),
            default=_WHOLE if round_index is None else _ONE,
            required=True,
            key="why_scope",
            label_visibility="collapsed",
        )
        index = None
        if scope == _ONE:
            first = trace.n_rounds if round_index is None else round_index + 1
            index = st.slider("Round", 1, trace.n_rounds, first, key="why_round") - 1 if trace.n_rounds > 1 else 0
        with st.container(key="why_dialog_bare" if view.is_bare() else "why_dialog_steps"):
            st.markdown(f"**{why_question(trace, agent, index)}**")
            steps(trace, agent, index, "why_dialog")

    st.dialog("Why?", width="large", on_dismiss=_close)(content)()


def why_picker(options: Sequence[Asked], words: Callable[[Asked], str]) -> None:
    """Ask by keyboard: the same as a click on the picture. ``words`` says what an option is.

    On a page that shows one picture it is seen while it has the focus.
    """
    key = f"why_picker_{st.session_state.get('n_picked_whys', 0)}"

    def picked() -> None:
        asked = st.session_state.get(key)
        if asked is not None:
            st.session_state.n_picked_whys = st.session_state.get("n_picked_whys", 0) + 1  # another one, nothing chosen
            ask_in_dialog(asked)

    with st.container(key="why_quiet" if view.is_bare() else "why_asked"):
        st.selectbox(
            "Why is an agent paid what it is?",
            options,
            None,
            key=key,
            on_change=picked,
            format_func=words,
            placeholder="Why?",
            label_visibility="collapsed",
            width=230,
        )


def why_agent(agent: int) -> str:
    """An agent as an option of ``why_picker``."""
    return f"Why? {agent_name(agent)}"


def _close() -> None:
    st.session_state.pop(_OPEN, None)
