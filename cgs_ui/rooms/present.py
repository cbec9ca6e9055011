"""Who is here, as a dot an agent: nobody's name, and nobody's move."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core.rooms import SeatStatus, TeacherView


def present(view: TeacherView, done: str, is_done: Callable[[SeatStatus], bool]) -> None:
    """Counts and dots. ``done``: what those have done of whom ``is_done`` says so, for instance "has chosen"."""
    n_seats, n_here = len(view.seats), sum(seat.is_here for seat in view.seats)
    n_done = sum(map(is_done, view.seats))
    words = f"<b>{n_done}</b> of {n_seats} {'have' if n_seats != 1 else 'has'} {done.split(maxsplit=1)[1]}"
    if done == "has joined":
        words = f"<b>{n_seats}</b> {'student has' if n_seats == 1 else 'students have'} joined"
    gone = f" · {n_seats - n_here} not looking now" if n_here < n_seats else ""
    bots = f" · {view.n_bots} bot{'' if view.n_bots == 1 else 's'}" if view.n_bots else ""
    dots = "".join(f'<i class="{_look(view, agent, is_done)}"></i>' for agent in range(view.game.n_agents))
    st.html(
        f'<div class="cgs-room-present"><p role="status">{words}{gone}{bots}</p>'
        f'<div aria-hidden="true">{dots}</div></div>'
    )


def _look(view: TeacherView, agent: int, is_done: Callable[[SeatStatus], bool]) -> str:
    own = [seat for seat in view.seats if seat.agent == agent]
    if not own:
        return "bot"
    state = "done" if any(map(is_done, own)) else "open"
    return state if any(seat.is_here for seat in own) else f"{state} gone"
