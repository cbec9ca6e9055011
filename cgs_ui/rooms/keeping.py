"""What a teacher keeps or ends: the game as a file, the room closed, the room deleted."""

from __future__ import annotations

import streamlit as st

from cgs_core.rooms import TeacherView
from cgs_ui.controls.link_to_copy import link_to_copy
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import TEACHER_PAGE, TEACHER_PARAMETER, rooms, student_link
from cgs_ui.rooms.words import act
from cgs_ui.session.addresses import address, run_link

_FILE = "cgs-room.json"


def keeping(token: str, view: TeacherView) -> None:
    """Below everything, closed until somebody wants it."""
    with st.expander("The room", key="room_keeping", on_change="rerun", icon=":material/settings:") as opened:
        if not opened.open:
            return
        if view.code is not None:
            link_to_copy("For your students", student_link(view.code), "room_student_link")
        if st.toggle("Show the key", key="room_key", help="An address that opens this room as its teacher anywhere."):
            link_to_copy("Yours alone: it opens this room as its teacher", _own_link(token), "room_teacher_link")
        _runs(view)
        has_names = (
            st.checkbox("With nicknames", key="room_with_names") if any(s.nickname for s in view.seats) else False
        )
        with st.container(horizontal=True):
            if view.paid:
                st.download_button(
                    "The whole game as a file",
                    lambda: rooms().file(token, has_names),
                    _FILE,
                    "application/json",
                    icon=":material/download:",
                    key="room_file",
                    on_click="ignore",
                )
            if view.phase != "closed":
                st.button("Close the room", key="room_close", on_click=act, args=(rooms().close, token))
            is_sure = st.checkbox("I want to delete it", key="room_sure")
            st.button(
                "Delete the room",
                key="room_delete",
                icon=":material/delete:",
                disabled=not is_sure,
                on_click=act,
                args=(rooms().delete, token),
            )
        st.caption(
            "From the file `python -m cgs_core room replay FILE` computes the same numbers. Closed, the room can be "
            "looked at; deleted, nothing of it is left. This browser has the room again by itself, on another one the "
            "key opens it: whoever knows that is the teacher."
        )


def _runs(view: TeacherView) -> None:
    """What was played as ordinary runs, with all that the Playground can do with one."""
    links = [f"[{play.play + 1}, {plain(play.rule.name)}]({run_link(play.run_id)})" for play in view.paid]
    if links:
        st.markdown(f"In the Playground, to export, report or keep: round of play {' · '.join(links)}")


def _own_link(token: str) -> str:
    return address(TEACHER_PAGE, {TEACHER_PARAMETER: token})
