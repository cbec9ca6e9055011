"""A part of a screen that needs trainings: drawn when they are there, one calm line until then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st

from cgs_core.durations import left_in_words
from cgs_core.lessons import Finished, Job
from cgs_ui.background import job_runner
from cgs_ui.following.pulse import pulse
from cgs_ui.lessons import trainings
from cgs_ui.plain_text import plain

Draw = Callable[[Finished], None]

_TICK_SECONDS = 0.5


def when_finished(name: str, jobs: Sequence[Job], draw: Draw, priority: int = 0) -> None:
    """Draw what needs these jobs as soon as they are done; only this part of the page is run meanwhile.

    ``name`` names the place on the page; runs of a larger ``priority`` come later. Without jobs it is drawn at once.
    """
    if jobs:
        st.fragment(_live)(name, jobs, draw, priority)
    else:
        draw({})


def _live(name: str, jobs: Sequence[Job], draw: Draw, priority: int) -> None:
    found = trainings.read(jobs, priority)
    if found.is_complete:
        draw(found.finished)
        return
    waiting(found)
    if found.is_live:
        pulse(name, _TICK_SECONDS)


def waiting(found: trainings.Trainings) -> None:
    """What is not there yet, or why it will not come; nothing where all is there."""
    if found.error:
        st.error(plain(found.error), icon=":material/error:")
    elif not found.is_complete:
        n_done, n_jobs = len(found.done), len(found.jobs)
        words = "Training" if n_jobs == 1 else f"Training: {n_done} of {n_jobs}"
        left = _left(found)
        st.progress(n_done / n_jobs, text=f"{words}, {left}." if left else f"{words} …")


def _left(found: trainings.Trainings) -> str:
    """How long these still take, by their own pace, and before one is done by the pace of like ones on this server."""
    n_done, begun = len(found.done), st.session_state.setdefault("lesson_waits", {})
    since, n_before = begun.setdefault(found.jobs, (time.monotonic(), n_done))
    expected = _expected_seconds(found) if n_done == n_before else None
    return left_in_words(n_done - n_before, len(found.jobs) - n_before, time.monotonic() - since, expected)


def _expected_seconds(found: trainings.Trainings) -> float | None:
    missing = [job for job in found.jobs if job not in found.done]
    parts = [
        job_runner().expected_seconds([job.scenario for job in missing if job.kind == kind], kind)
        for kind in dict.fromkeys(job.kind for job in missing)
    ]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
