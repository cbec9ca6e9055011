"""What lies on the visitor's shelf: runs, as far as they are, and what is chosen on its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cgs_core import Trace
from cgs_core.errors import DamagedError, JobError
from cgs_core.runs import ShelfEntry
from cgs_core.studies.side_by_side import NamedRun
from cgs_ui import session
from cgs_ui.background import finished_rounds, job_runner
from cgs_ui.session.visitor import visitor

_PRIORITY = 1  # after what somebody is waiting for


@dataclass(frozen=True)
class Pinned:
    """A run on the visitor's shelf, with its rounds so far."""

    entry: ShelfEntry
    trace: Trace

    @property
    def run(self) -> NamedRun:
        return NamedRun(self.entry.name, self.entry.color_index, self.trace)

    @property
    def is_missing(self) -> bool:
        """Whether rounds are missing and nobody is computing them."""
        return not self.entry.is_live and not self.trace.is_complete


def pinned_runs() -> list[Pinned]:
    """What lies on the visitor's shelf, each run as far as it is."""
    return [Pinned(entry, _trace(entry)) for entry in job_runner().shelf.entries(visitor())]


def _trace(entry: ShelfEntry) -> Trace:
    """The rounds so far; those that the session has read already are not read again."""
    if not entry.is_current:
        return Trace(entry.scenario, ())
    if entry.status == "done":
        try:
            trace = finished_rounds(entry.run_id)
        except DamagedError:  # it is computed again, and the page's next look finds it on its way
            return Trace(entry.scenario, ())
        assert isinstance(trace, Trace)
        return trace
    known = st.session_state.setdefault("shelf_traces", {})
    before: Trace = known.get(entry.run_id, Trace(entry.scenario, ()))
    view = job_runner().store.events(entry.run_id, before.n_rounds, session.owner())
    if not view.rounds:
        return before
    known[entry.run_id] = Trace(entry.scenario, (*before.rounds, *view.rounds))  # type: ignore[arg-type]
    return known[entry.run_id]


def compute_missing(pinned: Sequence[Pinned]) -> None:
    """Have the missing rounds of all runs computed; those that are coming already are still followed."""
    wanted = [[one.entry.scenario] for one in pinned if not one.trace.is_complete]
    try:
        job_runner().submit_batches(wanted, session.owner(), _PRIORITY, visitor(), is_whole=True)
    except JobError as error:
        session.tell(str(error))


def rename(run_id: str, name: str) -> None:
    """Give a run another name, or say why it cannot have it."""
    try:
        job_runner().shelf.rename(visitor(), run_id, name)
    except JobError as error:
        session.tell(f"The name was not changed. {error}")


def take_off(entry: ShelfEntry) -> None:
    """Take a run off the shelf; ``put_back`` can undo the last time."""
    job_runner().shelf.remove(visitor(), entry.run_id)
    st.session_state.taken_off = entry


def put_back() -> None:
    """Put the run that was taken off last on the shelf again."""
    entry: ShelfEntry = st.session_state.pop("taken_off")
    try:
        job_runner().shelf.put(visitor(), entry.scenario, entry.name, entry.color_index)
    except JobError as error:
        session.tell(str(error))


# -- what is chosen on the shelf's page --------------------------------------------------------------------------


def view() -> dict[str, Any]:
    """What is chosen on the page: which runs are ticked, the baseline and so on; read once a session."""
    if "shelf_view" not in st.session_state:
        st.session_state.shelf_view = job_runner().shelf.view(visitor())
    chosen: dict[str, Any] = st.session_state.shelf_view
    return chosen


def remember(name: str, value: Any) -> None:
    """Keep a choice with the shelf, so that it is there again after a restart."""
    chosen = view()
    if chosen.get(name) == value and name in chosen:
        return
    chosen[name] = value
    try:
        job_runner().shelf.set_view(visitor(), chosen)
    except JobError as error:
        session.tell(str(error))
