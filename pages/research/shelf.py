"""Shelf: the runs that the visitor has pinned, side by side."""

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.runs import MAX_SHELF_RUNS
from cgs_ui import session
from cgs_ui.following.exact import exact_is_there
from cgs_ui.session import view
from cgs_ui.session.visitor import is_kept
from cgs_ui.shelf import contents, views
from cgs_ui.shelf.contents import Pinned, compute_missing, pinned_runs

_TICK_SECONDS = 0.7


def draw(was_live: bool) -> None:
    if session.has_new_message():
        st.rerun(scope="app")
    pinned = pinned_runs()
    if pinned:
        draw_runs(pinned)
    else:
        st.info(
            "Nothing is pinned. Open the Playground, the Coalition game, Mechanisms or Trade-offs and press "
            "**Pin** at a run: it then lies here, with its settings, its results and its curves.",
            icon=":material/push_pin:",
        )
    with view.aside("taken_off"):
        views.taken_off()
    if was_live != is_live(pinned):
        st.rerun(scope="app")  # drops the timer, or starts it


def draw_runs(pinned: list[Pinned]) -> None:
    with view.aside("runs"):
        chosen = controls(pinned)
    if not chosen:
        st.info("Tick a run to see its settings and results.", icon=":material/info:")
    elif view.is_bare():
        views.charts(chosen)
    else:
        exact_is_there(*(one.trace for one in chosen))
        views.tables(chosen)
        charts(chosen)


def controls(pinned: list[Pinned]) -> list[Pinned]:
    st.caption(f"{len(pinned)} of at most {MAX_SHELF_RUNS} runs. Tick those to compare, up to eight.")
    chosen = views.runs_list(pinned)
    with st.container(horizontal=True):
        views.download(pinned)
        if n_missing := sum(one.is_missing for one in pinned):
            words = "Compute the unfinished run" if n_missing == 1 else f"Compute {n_missing} unfinished runs"
            st.button(words, icon=":material/play_arrow:", on_click=compute_missing, args=(pinned,))
    return chosen


def charts(chosen: list[Pinned]) -> None:
    has_charts = st.toggle(
        "Charts", bool(contents.view().get("charts")), key="shelf_charts", help="Draw the ticked runs over each other."
    )
    contents.remember("charts", has_charts)
    if has_charts:
        views.charts(chosen)
        st.button(
            "Show on a projector",
            icon=":material/cast_for_education:",
            key="show_projected",
            on_click=session.set_projected,
            args=(True,),
        )


def is_live(pinned: list[Pinned]) -> bool:
    return any(one.entry.is_live for one in pinned)


session.show_message()
if not is_kept():
    st.warning(
        "This browser sends no cookies, so the shelf lasts as long as this page is open.", icon=":material/warning:"
    )
try:
    live = is_live(pinned_runs())
    st.fragment(draw, run_every=_TICK_SECONDS if live else None)(live)
except JobError as error:
    st.error(str(error), icon=":material/error:")
