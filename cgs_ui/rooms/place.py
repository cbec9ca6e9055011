"""The server's rooms and seats, who stands where by the address, and the bell that has a screen drawn again."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import streamlit as st

from cgs_core.errors import RoomError
from cgs_core.rooms import Bell, Rooms, Seats, teacher_token
from cgs_ui.background import job_runner
from cgs_ui.served import component_script, nothing, unseen_component
from cgs_ui.session.addresses import address
from cgs_ui.session.visitor import is_kept, visitor

BELL_PATH = "/cgs/room"
TEACHER_PARAMETER, OWN_PARAMETER, SEAT_PARAMETER, CODE_PARAMETER = "room", "own", "seat", "code"
TEACHER_PAGE, STUDENT_PAGE = "class-room", "join"


@lru_cache(maxsize=1)
def rooms() -> Rooms:
    """The rooms of this server's store, for teachers: one for all, which counts what each visitor has open."""
    return Rooms(job_runner().store, job_runner().submit)


@lru_cache(maxsize=1)
def seats() -> Seats:
    """The seats in them: one for all, which counts wrong codes."""
    return Seats(job_runner().store)


@lru_cache(maxsize=1)
def bell() -> Bell:
    """What tells that a room has changed."""
    return Bell(job_runner().store)


def teachers_token() -> str | None:
    """The teacher's token that the address has, or that this browser has for the room that the address names."""
    if (token := st.query_params.get(TEACHER_PARAMETER)) is not None:
        return token
    room_id = st.query_params.get(OWN_PARAMETER)
    return None if room_id is None else teacher_token(room_id, visitor())


def teachers_parameters(token: str) -> dict[str, str]:
    """What the address has of a teacher's room: in the browser that has opened it only which room, as a class reads it
    on the projector; in any other one the token itself."""
    try:
        room_id, _ = bell().room_of(token)
    except RoomError:
        return {TEACHER_PARAMETER: token}
    is_own = is_kept() and token == teacher_token(room_id, visitor())
    return {OWN_PARAMETER: room_id} if is_own else {TEACHER_PARAMETER: token}


def student_link(code: str) -> str:
    """What students open: the address that is on the projector."""
    return address(STUDENT_PAGE, {CODE_PARAMETER: code})


def listen(token: str, sign: str) -> None:
    """Have this fragment run again as soon as the room's sign is another one than that which was read before it."""
    number = st.session_state.bells = st.session_state.get("bells", 0) + 1
    data = {"number": number, "token": token, "sign": sign, "path": BELL_PATH.lstrip("/")}
    _component()(data=data, key="room_bell", on_beat_change=nothing)


def sign_of(token: str) -> str:
    """The sign now, to be read before what is drawn; ``RoomError`` for a text that opens nothing."""
    room_id, is_teacher = bell().room_of(token)
    sign = bell().sign(room_id)
    return "" if sign is None else sign.teachers if is_teacher else sign.students


@cache
def _component() -> Any:
    return unseen_component("cgs_room_bell", component_script("room_bell.js"))
