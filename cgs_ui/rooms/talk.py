"""What students say: the vote on the next rule, and the questions after the pay."""

from __future__ import annotations

import streamlit as st

from cgs_core.rooms import SeatView
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import seats
from cgs_ui.rooms.words import act, rule_words

MAX_ANSWER = 500


def vote(token: str, view: SeatView) -> None:
    """The vote on the next rule while it is open, and what came of it."""
    if view.vote == "closed" and view.votes is not None:
        counted = ", ".join(f"{plain(name)} {count}" for name, count in view.votes.items())
        st.info(f"The next rule is **{plain(view.rule.name)}**. Votes: {counted}.", icon=":material/how_to_vote:")
    if view.vote != "open":
        return
    names = [rule.name for rule in view.game.rules]
    key = f"room_vote_{view.play}"
    st.radio(
        "Which rule shall be next?",
        names,
        None if view.own_vote is None else names.index(view.own_vote),
        key=key,
        captions=[rule_words(rule) for rule in view.game.rules],
        on_change=lambda: act(seats().vote, token, str(st.session_state.get(key))),
    )
    if view.own_vote is not None:
        st.caption("Your vote is in; you can change it as long as the vote is open.")


def reflect(token: str, view: SeatView) -> None:
    """One closed question and the open ones; sent together, and to be changed as long as the phase lasts."""
    said, game = view.reflections, view.game
    st.markdown("### What do you say?")
    with st.form(f"room_reflect_{view.play}", border=False):
        options = list(game.options)
        given = said.get("closed")
        closed = st.radio(plain(game.closed_question), options, options.index(given) if given in options else None)
        texts = {
            f"open_{number}": st.text_area(
                plain(question), str(said.get(f"open_{number}", "")), max_chars=MAX_ANSWER, height=90
            )
            for number, question in enumerate(game.open_questions, start=1)
        }
        is_sent = st.form_submit_button("Send", type="primary", width="stretch", key="room_reflect_send")
    if is_sent:
        answers = ({} if closed is None else {"closed": closed}) | {
            key: text for key, text in texts.items() if text.strip() or key in said
        }
        act(seats().reflect_on_all, token, answers)
        said = {**said, **answers}
    if said:
        st.success("Sent, without your name. You can change it and send it again.", icon=":material/check:")
