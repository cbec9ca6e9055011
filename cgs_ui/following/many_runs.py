"""Many runs on a page: asked for by themselves, followed while they come in, drawn as far as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from cgs_core import Scenario
from cgs_core.durations import left_in_words, time_in_words
from cgs_core.errors import DamagedError, JobError
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.following.host_limit import beyond_words, is_beyond
from cgs_ui.following.pulse import pulse
from cgs_ui.plain_text import plain
from cgs_ui.session.visitor import visitor

Read = Callable[[str], Any]  # a finished run's id -> what is kept of it
Draw = Callable[["ManyRuns"], None]

_TICK_SECONDS = 0.7
_PRIORITY = 1  # after what somebody is waiting for: runs and games
_ASK_FIRST_SECONDS = 300.0  # what is thought to take longer is begun when the reader says so
_READ_A_TICK = 60  # finished runs read from the store at once; more would keep the reader waiting


@dataclass
class ManyRuns:
    """Where a session's runs of one question are."""

    batches: Sequence[Sequence[Scenario]]
    waiting: dict[str, Scenario]
    priority: int
    is_whole: bool = False  # all measures are read, also what is else derived when somebody looks
    results: dict[str, Any] = field(default_factory=dict)  # what is kept so far, by run id
    failed: dict[str, str] = field(default_factory=dict)  # run id -> why; the other runs go on
    is_stopped: bool = False
    error: str = ""
    n_stored: int = 0  # of them were there already
    since: float = field(default_factory=time.monotonic)  # when the others were asked for
    expected: float | None = None  # seconds that these are thought to take; None: nothing like them was measured
    longest: float = 0.0  # seconds that the longest of them is thought to take, beside those of its batch

    @property
    def is_live(self) -> bool:
        """Whether more is coming."""
        return bool(self.waiting) and not self.is_stopped and not self.error


def show_many(
    name: str,
    batches: Sequence[Sequence[Scenario]],
    read: Read,
    draw: Draw,
    priority: int = _PRIORITY,
    *,
    is_asked_for: bool = False,
    is_whole: bool = False,
) -> None:
    """Have batches of runs computed and draw what there is. Only this part of the page is redrawn meanwhile.

    ``name`` names the place on the page; a larger ``priority`` comes later. ``is_asked_for``: the reader knows what
    they cost, and has said that they are to be made. ``is_whole``: ``read`` wants all measures of every run.
    """
    waiting = {scenario.scenario_id: scenario for batch in batches for scenario in batch}
    runs = _follow(name, ManyRuns(batches, waiting, priority, is_whole), read, is_asked_for)
    st.fragment(_live)(name, runs, read, draw)


def _live(name: str, runs: ManyRuns, read: Read, draw: Draw) -> None:
    _update(runs, read)
    with st.container():  # with something in it or nothing: what is below keeps its place
        _status(name, runs)
    draw(runs)
    if runs.is_live:
        pulse(name, _TICK_SECONDS)


def _follow(name: str, runs: ManyRuns, read: Read, is_asked_for: bool) -> ManyRuns:
    """This place's runs, asked for if they are new."""
    before: ManyRuns | None = st.session_state.get(f"runs_{name}")
    if before is not None and before.batches == runs.batches:
        return before
    st.session_state[f"runs_{name}"] = runs
    _weigh(runs)
    is_dear = not is_asked_for and runs.expected is not None and runs.expected > _ASK_FIRST_SECONDS
    if is_dear or is_beyond(runs.longest):
        runs.is_stopped = True
    else:
        _ask(runs)
    _update(runs, read)
    return runs


def _weigh(runs: ManyRuns) -> None:
    """What is there already, and how long the rest will take."""
    try:
        status = job_runner().store.progress(list(runs.waiting), session.owner())
        left = [scenario for run_id, scenario in runs.waiting.items() if status.get(run_id) != "done"]
        runs.n_stored = len(runs.waiting) - len(left)
        runs.expected = job_runner().expected_seconds(left) if left else 0.0
        wanted = {scenario.scenario_id for scenario in left}
        batches = [[one for one in batch if one.scenario_id in wanted] for batch in runs.batches]
        runs.longest = job_runner().longest_seconds([batch for batch in batches if batch])
    except JobError as error:
        runs.error = str(error)


def _ask(runs: ManyRuns) -> None:
    """Have what is not there computed; what is in the store is answered at once."""
    asked = [[scenario for scenario in batch if scenario.scenario_id in runs.waiting] for batch in runs.batches]
    left = [batch for batch in asked if batch]
    try:
        job_runner().submit_batches(left, session.owner(), runs.priority, visitor(), runs.is_whole)
    except JobError as error:
        runs.error = str(error)


def _update(runs: ManyRuns, read: Read) -> None:
    """Read what is done; runs that another page of this session has left are asked for again."""
    if not runs.is_live:
        return
    try:
        status = job_runner().store.progress(list(runs.waiting), session.owner())
        for run_id in [run_id for run_id in runs.waiting if status.get(run_id) == "done"][:_READ_A_TICK]:
            with suppress(DamagedError):  # it is computed again, and waited for as before
                runs.results[run_id] = read(run_id)
                del runs.waiting[run_id]
        for run_id in [run_id for run_id in runs.waiting if status.get(run_id) == "failed"]:
            runs.failed[run_id] = job_runner().store.events(run_id).error or "A run failed."
            del runs.waiting[run_id]
        if any(status.get(run_id, "cancelled") == "cancelled" for run_id in runs.waiting):
            _ask(runs)
    except JobError as error:
        runs.error = str(error)


def _status(name: str, runs: ManyRuns) -> None:
    """One line while runs come in, or what went wrong; nothing when all are there."""
    if not runs.waiting and not runs.failed:
        return
    done, total = len(runs.results), len(runs.results) + len(runs.waiting) + len(runs.failed)
    words, button = st.columns([5, 1], vertical_alignment="center")
    if runs.is_live:
        new = (max(0, done - runs.n_stored), total - runs.n_stored)
        left = left_in_words(*new, time.monotonic() - runs.since, runs.expected)
        words.progress(done / total, text=f"{done} of {total} runs{left and f', {left}'}.")
        button.button("Stop", on_click=_stop, args=(runs,), width="stretch", key=f"stop_{name}")
        return
    if runs.is_stopped and not done and (runs.expected is not None or is_beyond(runs.longest)):
        cost = f", about {time_in_words(runs.expected)} on this server" if runs.expected is not None else ""
        limit = f" {beyond_words('The longest of them', runs.longest)}" if is_beyond(runs.longest) else ""
        words.info(f"{total} runs{cost}. Nothing is computed yet.{limit}", icon=":material/hourglass_top:")
        button.button("Start", on_click=_go_on, args=(runs,), width="stretch", key=f"go_on_{name}", type="primary")
        return
    if runs.is_stopped:
        words.info(f"Stopped after {done} of {total} runs.", icon=":material/stop_circle:")
    else:
        why = dict.fromkeys([*([runs.error] if runs.error else []), *runs.failed.values()])
        words.error(f"Not all runs were made ({done} of {total}). {plain(' '.join(why))}", icon=":material/error:")
    button.button("Go on", on_click=_go_on, args=(runs,), width="stretch", key=f"go_on_{name}")


def _stop(runs: ManyRuns) -> None:
    runs.is_stopped = True
    job_runner().store.leave(session.owner())


def _go_on(runs: ManyRuns) -> None:
    runs.is_stopped, runs.error = False, ""
    every = {scenario.scenario_id: scenario for batch in runs.batches for scenario in batch}
    runs.waiting |= {run_id: every[run_id] for run_id in runs.failed}
    runs.failed.clear()
    runs.n_stored, runs.since = len(runs.results), time.monotonic()
    _ask(runs)
