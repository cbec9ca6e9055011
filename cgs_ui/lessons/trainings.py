"""What a lesson has trained: asked for early, read late. Asking tells nothing of what comes out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.lessons import Finished, Job
from cgs_core.records import Trace
from cgs_core.records.game import RetrainedGame
from cgs_core.runs import Rounds, job_id
from cgs_ui import session
from cgs_ui.background import finished_rounds, job_runner
from cgs_ui.session.visitor import visitor

MOST_AT_ONCE = 40
"""Jobs of one place on a page that wait at a time: a pack of 160 leaves room in the queue for everybody else."""
_SEEN_SECONDS = 20.0


@dataclass
class Trainings:
    """Jobs of which some are there; ``error`` says in a sentence why the others will not come."""

    jobs: tuple[Job, ...]
    done: dict[Job, Rounds] = field(default_factory=dict)
    error: str = ""

    @property
    def is_complete(self) -> bool:
        return len(self.done) == len(self.jobs)

    @property
    def is_live(self) -> bool:
        """Whether more is coming."""
        return not self.is_complete and not self.error

    @property
    def finished(self) -> Finished:
        return {job: rounds for job, rounds in self.done.items() if isinstance(rounds, Trace | RetrainedGame)}


def ask(jobs: Sequence[Job], priority: int = 0) -> str:
    """Have these trained, each followed by a name of its own; returns why it cannot be done, or "".

    Once a session: what was asked for is not asked for again. ``priority``: runs of a larger one come later.
    """
    asked: set[str] = st.session_state.setdefault("lesson_jobs", set())
    try:
        for job in jobs:
            run_id = job_id(job.scenario, job.kind)
            if run_id not in asked:
                if job.kind == "run":
                    job_runner().submit_batches([[job.scenario]], _owner(run_id), priority, visitor())
                else:
                    job_runner().submit(job.scenario, _owner(run_id), job.kind, visitor())
                asked.add(run_id)
    except JobError as error:
        return str(error)
    return ""


def read(jobs: Sequence[Job], priority: int = 0) -> Trainings:
    """What of these is there; what is not is asked for, ``MOST_AT_ONCE`` at a time."""
    found = Trainings(tuple(dict.fromkeys(jobs)))
    ids = {job_id(job.scenario, job.kind): job for job in found.jobs}
    try:
        status = job_runner().store.progress(list(ids), session.owner())
        missing = [ids[run_id] for run_id in ids if status.get(run_id, "cancelled") == "cancelled"]
        live = [run_id for run_id in ids if status.get(run_id) in ("queued", "running")]
        _forget(missing)
        found.error = ask(missing[: max(0, MOST_AT_ONCE - len(live))], priority)
        _still_wanted(live)
        for run_id, job in ids.items():
            if status.get(run_id) == "done":
                found.done |= _read(run_id, job)
            elif status.get(run_id) == "failed":
                found.error = job_runner().store.events(run_id).error or "A run failed."
    except JobError as error:
        found.error = str(error)
    return found


def _read(run_id: str, job: Job) -> dict[Job, Rounds]:
    """A finished job; nothing of one that an older version of the program made, which is asked for anew."""
    try:
        return {job: finished_rounds(run_id)}
    except JobError:
        _forget([job])
        ask([job])
        return {}


def _still_wanted(run_ids: Sequence[str]) -> None:
    """Say of what is waited for that it is, now and then: what nobody looks at is cancelled."""
    last: float = st.session_state.get("lesson_jobs_seen", -_SEEN_SECONDS)
    if time.monotonic() - last < _SEEN_SECONDS:
        return
    st.session_state.lesson_jobs_seen = time.monotonic()
    for run_id in run_ids:
        job_runner().store.progress([run_id], _owner(run_id))


def _forget(jobs: Sequence[Job]) -> None:
    asked: set[str] = st.session_state.setdefault("lesson_jobs", set())
    asked -= {job_id(job.scenario, job.kind) for job in jobs}


def _owner(run_id: str) -> str:
    """Who follows one job: a session follows but one unfinished job at a time under one name."""
    return f"{session.owner()}:{run_id}"
