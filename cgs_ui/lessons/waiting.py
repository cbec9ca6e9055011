"""A part of a screen that needs trainings: drawn when they are there, one calm line until then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cgs_core.lessons import Finished, Job
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
        words = "Training …" if n_jobs == 1 else f"Training: {n_done} of {n_jobs} …"
        st.progress(n_done / n_jobs, text=words)
