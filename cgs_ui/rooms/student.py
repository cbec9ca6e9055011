"""A student's phone: whatever the address says, the seat is in the store, and the screen follows the room."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core.errors import RoomError
from cgs_core.figures.style import agent_look
from cgs_core.rooms import Phase, SeatView
from cgs_ui.places import style
from cgs_ui.plain_text import plain
from cgs_ui.rooms import answering, choosing, paid, talk
from cgs_ui.rooms.place import CODE_PARAMETER, SEAT_PARAMETER, listen, seats, sign_of
from cgs_ui.rooms.words import act, move_words, rule_words, show_told
from cgs_ui.session.visitor import visitor

Screen = Callable[[str, SeatView], None]


def student_page() -> None:
    """Take the seat that the address names, or ask for the room's letters."""
    st.html(style("room.css") + _ground())
    with st.container(key="room_phone"):
        code = st.query_params.get(CODE_PARAMETER)
        if SEAT_PARAMETER not in st.query_params and code:
            _join(code)
        if (token := st.query_params.get(SEAT_PARAMETER)) is None:
            _ask_for_code()
        else:
            st.fragment(_live)(token)


def _ground() -> str:
    """The page's own colour, which Streamlit tells style sheets inside components alone; what is fixed lies on it."""
    light, dark = (st.get_option(f"theme.{scheme}.backgroundColor") for scheme in ("light", "dark"))
    return f"<style>:root {{ --cgs-ground: light-dark({light}, {dark}); }}</style>" if light and dark else ""


def _join(code: str) -> None:
    try:
        token = seats().join(code, visitor())
    except RoomError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.query_params.from_dict({SEAT_PARAMETER: token})


def _ask_for_code() -> None:
    with st.form("room_join", border=False):
        code = st.text_input("The six letters on the screen", max_chars=12, key="room_code", autocomplete="off")
        if st.form_submit_button("Join", type="primary", width="stretch"):
            st.query_params.from_dict({CODE_PARAMETER: code} if code.strip() else {})
            st.rerun()


def _live(token: str) -> None:
    try:
        sign, view = sign_of(token), seats().seat(token)
    except RoomError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.button("Join a room", on_click=st.query_params.clear, key="room_again")
        return
    listen(token, sign)
    show_told()
    _head(view)
    if view.poll is not None and view.phase != "closed":
        answering.answer_poll(token, view, view.poll)
    _SCREENS[view.phase](token, view)
    if view.phase != "closed":
        _mine(token, view)


def _head(view: SeatView) -> None:
    look = agent_look(view.agent)
    st.html(
        f'<div class="cgs-room-me"><span style="background: {look.color}"></span><b>You are {look.name}</b> '
        f"of {view.game.n_agents} · round of play {view.play + 1}</div>"
    )


def _lobby(token: str, view: SeatView) -> None:
    st.markdown(f"### {plain(view.game.title)}")
    st.markdown(
        f"You have a place. In each round of play you have **{view.game.coins} coins** for data, your class trains one "
        "model together, and each of you is paid a part of it."
    )
    _wait("Wait here: it begins when your teacher says so.")
    talk.vote(token, view)


def _training(token: str, view: SeatView) -> None:
    st.markdown("### It is trained now")
    counts = view.move or view.last_move
    if counts is None:
        st.markdown("You have not chosen: you play honestly, with as much clean data as the coins are for.")
    else:
        kept = "" if view.move else " (your last move, since you made no other)"
        st.markdown(f"You bring {move_words(view.game, counts)}{kept}.")
    _wait("What you were worth, and what you get, comes here.")


def _pay(token: str, view: SeatView) -> None:
    paid.pay(view)
    talk.vote(token, view)


def _reflect(token: str, view: SeatView) -> None:
    talk.reflect(token, view)
    talk.vote(token, view)
    with st.expander("What you got", key="room_got", on_change="rerun") as got:
        if got.open:
            paid.pay(view)


def _closed(token: str, view: SeatView) -> None:
    st.info("The room is closed. Thank you for playing.", icon=":material/door_front:")
    if view.paid:
        paid.pay(view)


def _choose(token: str, view: SeatView) -> None:
    st.caption(f"The rule is **{plain(view.rule.name)}**. {rule_words(view.rule)}")
    choosing.choose(token, view)


def _wait(words: str) -> None:
    st.html(f'<p class="cgs-room-wait" role="status">{words}</p>')


def _mine(token: str, view: SeatView) -> None:
    """What is the student's own to set: a name, or to leave."""
    with st.expander("Your place", key="room_mine", on_change="rerun") as mine:
        if not mine.open:
            return
        if view.is_shared:
            st.caption("Somebody else plays this agent too. Of both of you the later move counts.")
        st.text_input(
            "A nickname, if you like",
            view.nickname,
            max_chars=24,
            key="room_nickname",
            on_change=lambda: act(seats().rename, token, st.session_state.get("room_nickname", "")),
        )
        st.caption("Come back by this page's address: the place is still yours.")
        st.button("Leave the room", key="room_leave", on_click=act, args=(seats().leave, token))


_SCREENS: dict[Phase, Screen] = {
    "lobby": _lobby,
    "choose": _choose,
    "training": _training,
    "pay": _pay,
    "reflect": _reflect,
    "closed": _closed,
}
