"""The server's one job runner, what finished runs it has already read, and its one Chromium."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.runs import JobRunner, Rounds
from cgs_core.runs.jobs import NO_WORKERS

_LOOK_SECONDS = 0.05
_BUSY = "the server was drawing somebody else's. Ask again in a minute."
_drawing = threading.Lock()
_took: deque[float] = deque(maxlen=1)


@lru_cache(maxsize=1)
def job_runner() -> JobRunner:
    """The runner of this server process, started on first use."""
    return JobRunner(has_express=True)


@st.cache_resource(max_entries=64, show_spinner=False)
def finished_rounds(run_id: str) -> Rounds:
    """A finished run, read from the store once for all sessions; it is read-only. ``JobError`` if unknown."""
    rounds = job_runner().store.load(run_id)
    if not rounds.is_complete:
        raise JobError(f"run {run_id} is not finished")
    return rounds


def finish(scenario: Scenario, seconds: float) -> bool:
    """Have a scenario run; wait for its end at most so long, where anybody computes; is it done? Not for a page."""
    runner, owner = job_runner(), "start-up"
    run_id = runner.submit(scenario, owner)
    deadline = time.monotonic() + (0 if runner.state == NO_WORKERS else seconds)
    while not (view := runner.store.events(run_id, scenario.n_rounds, owner)).is_finished:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return view.status == "done"


def one_at_a_time(make: Callable[..., bytes]) -> bytes:
    """A ZIP with its pictures, or without them while somebody else's are drawn: a Chromium takes memory and time."""
    if not _drawing.acquire(blocking=False):
        return make(no_pictures=_BUSY)
    began = time.monotonic()
    try:
        return make()
    finally:
        _took.append(time.monotonic() - began)
        _drawing.release()


def seconds_of_the_last() -> float | None:
    """How long the last ZIP with pictures took on this server; None while there was none."""
    return _took[-1] if _took else None
