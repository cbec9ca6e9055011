"""Which rule the next round of play has: the teacher says so, or the class votes."""

from __future__ import annotations

import streamlit as st

from cgs_core.rooms import TeacherView
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import rooms
from cgs_ui.rooms.words import act, rule_words


def next_rule(token: str, view: TeacherView) -> None:
    """The control, or the vote that is open."""
    if view.vote == "open":
        st.markdown(f"### Which rule shall be next? **{view.n_votes}** of {len(view.seats)} have voted.")
        st.button("Close the vote", key="room_close_vote", on_click=act, args=(rooms().close_vote, token))
        return
    if view.vote == "closed" and view.votes is not None:
        counted = ", ".join(f"{plain(name)} {count}" for name, count in view.votes.items())
        st.info(f"The class has voted: {counted}. Next is **{plain(view.rule.name)}**.", icon=":material/how_to_vote:")
    names = [rule.name for rule in view.game.rules]
    key = f"room_rule_{view.play}_{view.rule.name}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="room_rule"):
        st.segmented_control(
            "The rule" if view.phase == "lobby" else "The next rule",
            names,
            default=view.rule.name,
            required=True,
            key=key,
            on_change=lambda: act(rooms().set_rule, token, str(st.session_state.get(key))),
        )
        st.button("Let the class vote", key="room_open_vote", on_click=act, args=(rooms().open_vote, token))
    st.caption(rule_words(view.rule))
