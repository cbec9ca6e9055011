"""A sweep on the page: asked for by itself, followed while its points come in, drawn as far as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from cgs_core import Trace
from cgs_core.errors import JobError
from cgs_core.sweeps import Point, Row, Sweep, SweepTable, row_of
from cgs_ui import session
from cgs_ui.background import job_runner

_TICK_SECONDS = 0.7
_ROWS_A_TICK = 60  # read from the store; more would keep the reader waiting
_PRIORITY = 1  # after what somebody is waiting for: runs and games

Draw = Callable[[SweepTable, bool], None]  # (the table so far, whether more is coming)


@dataclass
class Following:
    """Where the session's sweep is."""

    sweep: Sweep
    waiting: dict[str, Point]  # run id -> its point, where no row is there yet
    rows: dict[Point, Row] = field(default_factory=dict)
    is_stopped: bool = False
    error: str = ""

    @property
    def is_live(self) -> bool:
        return bool(self.waiting) and not self.is_stopped and not self.error


@st.cache_resource(max_entries=20_000, show_spinner=False)
def finished_row(run_id: str) -> Row:
    """What a sweep keeps of a finished run, read from the store once for all sessions."""
    trace = job_runner().load(run_id)
    assert isinstance(trace, Trace)
    return row_of(trace)


def show_sweep(sweep: Sweep, draw: Draw) -> None:
    """Follow a sweep; ``draw`` draws what there is of it. Only this part of the page is redrawn meanwhile."""
    following = _follow(sweep)
    st.fragment(_live, run_every=_TICK_SECONDS if following.is_live else None)(following, draw, following.is_live)


def _live(following: Following, draw: Draw, was_live: bool) -> None:
    _update(following)
    _status(following)
    draw(SweepTable(following.sweep, following.rows).of_whole_seeds(), following.is_live)
    if was_live != following.is_live:
        st.rerun(scope="app")  # drops the timer; "Go on" starts it


def _follow(sweep: Sweep) -> Following:
    """The session's sweep, asked for if it is new."""
    before: Following | None = st.session_state.get("sweep")
    if before is not None and before.sweep == sweep:
        return before
    following = Following(sweep, {point.scenario.scenario_id: point for point in sweep.points})
    st.session_state.sweep = following
    _ask(following)
    _update(following)
    return following


def _ask(following: Following) -> None:
    """Have the points that are not there computed; points of this sweep in the store are answered at once."""
    batches = following.sweep.batches(following.waiting.values())
    try:
        job_runner().submit_batches(
            [[point.scenario for point in batch] for batch in batches], session.owner(), _PRIORITY
        )
    except JobError as error:
        following.error = str(error)


def _update(following: Following) -> None:
    """Read the rows of the points that are done."""
    if not following.is_live:
        return
    try:
        status = job_runner().progress(list(following.waiting), session.owner())
        done = [run_id for run_id in following.waiting if status.get(run_id) == "done"]
        for run_id in done[:_ROWS_A_TICK]:
            following.rows[following.waiting[run_id]] = finished_row(run_id)
            del following.waiting[run_id]
        lost = [run_id for run_id in following.waiting if status.get(run_id) not in ("queued", "running", "done")]
        if lost:
            following.error = job_runner().events(lost[0]).error or "Some of its runs were cancelled."
    except JobError as error:
        following.error = str(error)


def _status(following: Following) -> None:
    """One line while points come in, or what went wrong; nothing when all are there."""
    if not following.waiting:
        return
    done, total = len(following.rows), len(following.sweep.points)
    words, button = st.columns([5, 1], vertical_alignment="center")
    if following.is_live:
        words.progress(done / total, text=f"{done} of {total} runs.")
        button.button("Stop", on_click=_stop, args=(following,), width="stretch", key="stop_sweep")
        return
    if following.is_stopped:
        words.info(f"Stopped after {done} of {total} runs.", icon=":material/stop_circle:")
    else:
        words.error(f"The sweep did not finish. {following.error}", icon=":material/error:")
    button.button("Go on", on_click=_go_on, args=(following,), width="stretch", key="go_on_sweep")


def _stop(following: Following) -> None:
    following.is_stopped = True
    job_runner().leave(session.owner())


def _go_on(following: Following) -> None:
    following.is_stopped, following.error = False, ""
    _ask(following)
