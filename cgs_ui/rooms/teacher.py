"""The teacher's page, which the class looks at: one phase at a time, and one button that goes on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cgs_core.errors import RoomError
from cgs_core.rooms import NEXT, Phase, TeacherView
from cgs_ui.controls.link_to_copy import qr_code
from cgs_ui.places import style
from cgs_ui.plain_text import plain
from cgs_ui.rooms import keeping, polls, projector, rules, training, what_if
from cgs_ui.rooms.opening import open_room
from cgs_ui.rooms.place import (
    STUDENT_PAGE,
    TEACHER_PARAMETER,
    listen,
    rooms,
    sign_of,
    student_link,
    teachers_parameters,
    teachers_token,
)
from cgs_ui.rooms.present import present
from cgs_ui.rooms.words import act, code_words, rule_words, show_told
from cgs_ui.session.addresses import address

Screen = Callable[[str, TeacherView], None]
_STEPS = {"lobby": "Join", "choose": "Choose", "training": "Train", "pay": "Pay", "reflect": "Talk"}
_NEXT_WORDS: dict[Phase, str] = {
    "lobby": "Begin: let them choose",
    "choose": "Train on what they have chosen",
    "training": "Show the pay",
    "pay": "Talk about it",
    "reflect": "Play again",
}


def teacher_page() -> None:
    """The room that the address opens, or where one is made."""
    st.html(style("room.css"))
    token = teachers_token()
    with st.container(key="room_screen"):
        if token is None:
            open_room()
            return
        if TEACHER_PARAMETER in st.query_params and TEACHER_PARAMETER not in (kept := teachers_parameters(token)):
            st.query_params.from_dict(kept)  # a class may read the address
        st.fragment(_live)(token)


def _live(token: str) -> None:
    try:
        sign, view = sign_of(token), rooms().teacher(token)
    except RoomError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.button("Make a room", on_click=st.query_params.clear, key="room_again")
        return
    listen(token, sign)
    with st.container(key="room_live"):
        _head(token, view)
        show_told()
        if view.poll is not None and view.phase != "closed":
            polls.show_poll(token, view, view.poll)
        else:
            _SCREENS[view.phase](token, view)
            if view.phase != "closed":
                polls.choose_poll(token)
    keeping.keeping(token, view)


def _head(token: str, view: TeacherView) -> None:
    """What is played, where it stands, and the one button that goes on."""
    steps = "".join(
        f"<li class=cgs-room-step{' aria-current=step' if phase == view.phase else ''}>{name}</li>"
        for phase, name in _STEPS.items()
    )
    with st.container(horizontal=True, vertical_alignment="center", key="room_head"):
        st.html(
            f'<div class="cgs-room-head"><span><b>{escape(view.game.title)}</b> · round of play {view.play + 1}</span>'
            f'<ol class="cgs-room-steps">{steps}</ol></div>'
        )
        wanted = NEXT[view.phase]
        if view.poll is not None and view.phase != "closed":
            polls.next_of_poll(token, view.poll)
        elif wanted is not None and view.phase != "training":  # its button comes with the end of the training
            st.button(
                _NEXT_WORDS[view.phase],
                type="primary",
                key=f"room_next_{view.phase}",
                on_click=act,
                args=(rooms().advance, token, wanted),
            )


def _lobby(token: str, view: TeacherView) -> None:
    left, right = st.columns([1, 1.15], gap="large")
    code = view.code or ""
    with left.container(key="room_large_code"):
        qr_code([student_link(code)])
    with right:
        where = address(STUDENT_PAGE, {}).partition("://")[2]
        st.html(
            f'<p class="cgs-room-where">or open <b>{escape(where)}</b> and type</p>'
            f'<p class="cgs-room-code" aria-label="The room\'s code: {" ".join(code)}">{code_words(code)}</p>'
        )
        present(view, "has joined", lambda seat: True)
        rules.next_rule(token, view)


def _choose(token: str, view: TeacherView) -> None:
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        st.markdown(f"### The rule is {plain(view.rule.name)}")
        st.markdown(rule_words(view.rule))
        st.markdown(f"Each has **{view.game.coins} coins** for data. Nobody sees what another chooses before the pay.")
        present(view, "has chosen", lambda seat: seat.has_moved)
        st.caption("Nobody is waited for: who has not chosen keeps the last move, or plays honestly.")
    with right:
        _join_late(view)


def _join_late(view: TeacherView) -> None:
    code = view.code or ""
    st.caption(f"Late? Scan, or type **{code_words(code)}**.")
    with st.container(key="room_small_code"):
        qr_code([student_link(code)])


def _closed(token: str, view: TeacherView) -> None:
    st.info("The room is closed. Its file and what was paid are still here.", icon=":material/door_front:")
    if view.paid:
        projector.pay(token, view)


def _pay(token: str, view: TeacherView) -> None:
    projector.pay(token, view)
    what_if.what_if(token, view)
    rules.next_rule(token, view)


def _reflect(token: str, view: TeacherView) -> None:
    projector.reflections(view)
    rules.next_rule(token, view)


_SCREENS: dict[Phase, Screen] = {
    "lobby": _lobby,
    "choose": _choose,
    "training": training.train,
    "pay": _pay,
    "reflect": _reflect,
    "closed": _closed,
}
