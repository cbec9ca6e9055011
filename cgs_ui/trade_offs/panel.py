"""A sweep on the page: its runs followed, its table drawn as far as it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core import Trace
from cgs_core.studies.sweeps import Row, Sweep, SweepTable, row_of
from cgs_ui.background import job_runner
from cgs_ui.following.many_runs import ManyRuns, show_many


@st.cache_resource(max_entries=20_000, show_spinner=False)
def finished_row(run_id: str) -> Row:
    """What a sweep keeps of a finished run, read from the store once for all sessions."""
    trace = job_runner().store.load(run_id)
    assert isinstance(trace, Trace)
    return row_of(trace)


def show_sweep(sweep: Sweep, draw: Callable[[SweepTable, bool], None]) -> None:
    """Follow a sweep; ``draw(table, is_live)`` draws what there is of it."""
    points = {point.scenario.scenario_id: point for point in sweep.points}

    def draw_table(runs: ManyRuns) -> None:
        table = SweepTable(sweep, {points[run_id]: row for run_id, row in runs.results.items()})
        draw(table.of_whole_seeds(), runs.is_live)

    batches = [[point.scenario for point in batch] for batch in sweep.batches()]
    show_many("sweep", batches, finished_row, draw_table, is_whole=True)
