"""The paper's experiments on the page: which grid, what of it is there, and having the rest run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.durations import time_in_words
from cgs_core.errors import DataError, JobError
from cgs_core.mechanisms import MECHANISMS
from cgs_core.runs.settings import default_paper_folder
from cgs_core.scenario import DatasetName
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.paper import (
    BUDGET_NAMES,
    DEFAULT_ROWS,
    DEFAULT_SEEDS,
    SETTINGS,
    Case,
    Cell,
    Grid,
    Measures,
    measures_of,
    mechanism_of,
    paper_grid,
    rows_named,
)
from cgs_core.studies.paper_results import committed_results, kept_results
from cgs_core.studies.paper_tables import PaperTable, budget_words, table_of
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.following.many_runs import ManyRuns, show_many
from cgs_ui.paper.views import cell_words
from cgs_ui.session import choices

_SEEDS = (DEFAULT_SEEDS, 5)
_PRIORITY = 2  # after what anybody else waits for
_SIDE_BY_SIDE = {"reduced": 8, "paper": 1}  # runs that keep a worker at a time
_BUDGETS = {"reduced": "Reduced (minutes)", "paper": "The authors' (days)"}
_USUAL = tuple(dict.fromkeys(mechanism_of(row).name for row in DEFAULT_ROWS))


@lru_cache(maxsize=32)
def _grid(dataset: DatasetName, budget: str, n_seeds: int, mechanisms: tuple[str, ...]) -> Grid:
    whole = paper_grid(dataset, budget, n_seeds)
    return Grid(dataset, whole.n_agents, whole.splits, rows_named(mechanisms), n_seeds, whole.budget)


def chosen() -> tuple[Grid, str] | None:
    """The controls: whose grid, and the name of its budget; None without a mechanism."""
    first, second, third, fourth = st.columns([4, 4, 2, 3], vertical_alignment="bottom")
    datasets = list(SETTINGS)
    place = datasets.index(choices.one("paper_dataset", "mnist", datasets))
    dataset = first.selectbox(
        "Data set", datasets, place, key="paper_dataset", format_func=lambda name: DATASETS[name].title
    )
    place = BUDGET_NAMES.index(choices.one("paper_budget", BUDGET_NAMES[0], BUDGET_NAMES))
    budget = second.selectbox(
        "Budget",
        BUDGET_NAMES,
        place,
        key="paper_budget",
        format_func=_BUDGETS.__getitem__,
        help="How many rounds and samples each run has, and which network.",
    )
    place = _SEEDS.index(choices.one("paper_seeds", _SEEDS[0], _SEEDS))
    n_seeds = third.selectbox(
        "Seeds", _SEEDS, place, key="paper_seeds", help="How often each run is made; what is missing can be run."
    )
    menu = fourth.popover("Mechanisms", width="stretch")
    rows = choices.several("paper_mechanisms", _USUAL, list(MECHANISMS))
    names = menu.multiselect(
        "Rows of the tables",
        list(MECHANISMS),
        rows,
        key="paper_mechanisms",
        format_func=lambda name: MECHANISMS[name].title,
    )
    if not names:
        return None
    return _grid(dataset, budget, n_seeds, tuple(name for name in MECHANISMS if name in names)), budget


@st.cache_resource(max_entries=20_000, show_spinner=False)
def finished_measures(run_id: str) -> Measures:
    """What the tables keep of a finished run, read from the store once for all sessions."""
    trace = job_runner().store.load(run_id)
    assert isinstance(trace, Trace)
    return measures_of(trace)


@lru_cache(maxsize=1)
def _computed(folder: Path, changed: int) -> Mapping[Case, Measures]:
    """What ``python -m cgs_core paper`` has kept; none that another version of the program has computed."""
    with suppress(DataError):
        return kept_results(folder)
    return {}


def _there() -> Mapping[Case, Measures]:
    """The runs that come with the program, and those that the command line has made on this machine."""
    folder = default_paper_folder()
    with suppress(OSError):
        return {**committed_results(), **_computed(folder, (folder / "paper.csv").stat().st_mtime_ns)}
    return committed_results()


def _stored(grid: Grid) -> dict[Case, Measures]:
    """The runs of the grid that are there without the store, and those that the store has."""
    there = _there()
    found = {case: there[case] for case in grid.cases if case in there}
    left = {case.scenario.scenario_id: case for case in grid.cases if case not in found}
    status = job_runner().store.progress(list(left), session.owner()) if left else {}
    for run_id in [run_id for run_id, how in status.items() if how == "done"]:
        with suppress(JobError):  # of another version of the program: to be run again
            found[left[run_id]] = finished_measures(run_id)
    return found


def show_paper(grid: Grid, budget: str, draw: Callable[[PaperTable, bool], None]) -> None:
    """``draw(table, is_live)`` draws what there is of a grid; under it the rest can be asked for."""
    found = _stored(grid)
    asked: tuple[Grid, Cell | None] | None = st.session_state.get("paper_asked")
    if asked is None or asked[0] != grid:
        draw(table_of(found, grid.cases), False)
    else:
        cases = {case.scenario.scenario_id: case for case in grid.cases}

        def draw_more(runs: ManyRuns) -> None:
            more = {cases[run_id]: own for run_id, own in runs.results.items()}
            draw(table_of(found | more, grid.cases), runs.is_live)

        batches = _batches(grid, asked[1], _SIDE_BY_SIDE[budget])
        show_many("paper", batches, finished_measures, draw_more, _PRIORITY, is_asked_for=True)
    _offer(grid, budget, found)


def _batches(grid: Grid, cell: Cell | None, most: int) -> list[list[Scenario]]:
    """What is not there without the store, of one cell or of all: whatever the store has by now, so that they stay."""
    there = _there()
    batches = []
    for batch in grid.batches:
        left = [case.scenario for case in batch if case not in there and cell in (None, case.cell)]
        batches += [left[start : start + most] for start in range(0, len(left), most)]
    return batches


def _offer(grid: Grid, budget: str, found: Mapping[Case, Measures]) -> None:
    """What is missing, and a button that has it run."""
    missing: dict[Cell, int] = {}
    for case in grid.cases:
        if case not in found:
            missing[case.cell] = missing.get(case.cell, 0) + 1
    n_missing = sum(missing.values())
    if not n_missing:
        st.caption(f"All {len(grid.cases)} runs of this grid are there.")
        return
    st.subheader("Run the rest")
    st.markdown(f"{n_missing} of {len(grid.cases)} runs have not been made: {budget_words(grid.budget)}.")
    if budget == "paper":
        st.info(
            "At this budget one run takes a processor an hour or more, and this server ends a run after "
            f"{job_runner().deadline_seconds / 60:g} minutes. `python -m cgs_core paper --budget paper` has no such "
            "limit, and what it has computed shows here.",
            icon=":material/schedule:",
        )
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    cell = left.selectbox(
        "What to run",
        [None, *missing],
        key=f"paper_cell_{len(missing)}",
        format_func=lambda own: _cell_words(own, missing, n_missing),
    )
    right.button(
        "Run",
        on_click=_run,
        args=(grid, cell),
        width="stretch",
        key="paper_run",
        help="In the background, after what anybody else waits for.",
    )
    asked = [case.scenario for case in grid.cases if case not in found and cell in (None, case.cell)]
    st.caption(_cost_words(asked))


def _cost_words(scenarios: Sequence[Scenario]) -> str:
    """How many runs there are to make, and how long that takes where like ones have been measured."""
    n_runs = _runs_words(len(scenarios))
    try:
        seconds = job_runner().expected_seconds(scenarios)
    except JobError:
        seconds = None
    if seconds is None:
        return f"{n_runs}; how long they take on this server is not known before the first."
    return f"{n_runs}, about {time_in_words(seconds)} on this server."


def _cell_words(cell: Cell | None, missing: Mapping[Cell, int], n_missing: int) -> str:
    if cell is None:
        return f"All that is missing ({_runs_words(n_missing)})"
    return f"{cell_words(cell)} ({_runs_words(missing[cell])})"


def _runs_words(n_runs: int) -> str:
    return f"{n_runs} run{'s' * (n_runs != 1)}"


def _run(grid: Grid, cell: Cell | None) -> None:
    st.session_state.paper_asked = (grid, cell)
