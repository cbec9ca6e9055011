"""``python -m cgs_core leaderboard --steady``: how steady each valuation is, gone on with where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cgs_core.commands.output import table
from cgs_core.commands.progress import nobody_would, with_progress
from cgs_core.errors import ScenarioError
from cgs_core.runs.settings import default_dask_scheduler, default_n_workers
from cgs_core.studies.leaderboard.cases import Case


def run_steady(folder: Path, cases: Sequence[Case], methods: Sequence[str], n_seeds: int) -> None:
    """Compute what the folder's file lacks of these, keep it, and print the table with what comes with the program."""
    from cgs_core.mechanisms import VALUATIONS  # heavy: only for what is valid
    from cgs_core.studies.leaderboard.runs import SteadyTask, steady
    from cgs_core.studies.leaderboard.steady import STEADY_CASES
    from cgs_core.studies.leaderboard.steady_board import (
        SteadyBoard,
        committed_steady,
        read_steady,
        with_found,
        write_steady,
    )
    from cgs_core.words.steady_findings import steady_table, two_names

    looked_at = [case for case in cases if case in STEADY_CASES]
    valuations = tuple(name for name in methods if name in VALUATIONS)
    if not looked_at or not valuations:
        known = ", ".join(case.name for case in STEADY_CASES)
        raise ScenarioError("steady", f"is looked at in the cases {known}, of valuations", "others")
    lines = read_steady(folder)
    tasks = [
        SteadyTask(case.name, seed, missing)
        for seed in range(n_seeds)
        for case in looked_at
        if (missing := tuple(name for name in valuations if (case.name, seed, name) not in lines))
    ]
    n_workers, scheduler = default_n_workers(), default_dask_scheduler()
    if tasks and not n_workers and scheduler is None:
        raise nobody_would(f"compute the {len(tasks)}", folder)
    refused: dict[str, str] = {}
    for found in with_progress(steady(tasks, n_workers, scheduler), len(tasks), "case") if tasks else ():
        lines = with_found(lines, found)
        write_steady(folder, lines)
        refused.update(found.refused)
    board = SteadyBoard({**committed_steady(), **lines}, looked_at)
    print(f"{table(*steady_table(board))}{' '.join(two_names(board))}")
    for method, why in refused.items():
        print(f"{method} cannot take it: {why}")
