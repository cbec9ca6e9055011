"""``python -m cgs_core leaderboard``: named cases with a truth, computed for methods, gone on with where it stopped."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cgs_core.commands.leaderboard_steady import run_steady
from cgs_core.commands.output import table
from cgs_core.commands.progress import nobody_would, with_progress
from cgs_core.errors import ScenarioError
from cgs_core.places import check_writable
from cgs_core.runs.settings import default_dask_scheduler, default_leaderboard_folder, default_n_workers
from cgs_core.studies.leaderboard.cases import CASES, DEFAULT_SEEDS, SETTINGS, cases_named

if TYPE_CHECKING:
    from cgs_core.studies.leaderboard.lines import Played

KEPT = "what is finished is kept in the folder; give the same command again to go on"


def add_options(parser: ArgumentParser) -> None:
    """What the command may be told."""
    parser.add_argument(
        "--case",
        nargs="+",
        metavar="NAME",
        default=list(SETTINGS),
        help=f"names of cases, or data sets with all of theirs: {', '.join(SETTINGS)}; else all {len(CASES)}",
    )
    parser.add_argument(
        "--method",
        nargs="+",
        metavar="NAME",
        help="valuations (paid by the paper's rules) or mechanisms, of other packages too; else all that come with it",
    )
    parser.add_argument(
        "--seeds", type=int, default=DEFAULT_SEEDS, metavar="N", help="how many seeds each case is computed with"
    )
    parser.add_argument("--list", action="store_true", help="list the cases, and compute nothing")
    parser.add_argument(
        "--steady",
        action="store_true",
        help="compute, in place of the scores, how steady each valuation is: over starts, over data, under two names",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the results go (made if need be), and are gone on with; else a folder beside the store of runs, "
        "which the app's page Leaderboard reads",
    )
    parser.set_defaults(command=run_leaderboard, when_stopped=KEPT)


def run_leaderboard(options: Namespace) -> None:
    """What is in the folder is not computed again; the table printed has the results that come with the program too."""
    cases = cases_named(dict.fromkeys(options.case))
    if options.list:
        rows = [(case.name, f"{case.title} ({case.scenario.n_agents} agents)") for case in cases]
        print(table(("name", "what it is"), rows), end="")
        return
    if options.seeds < 1:
        raise ScenarioError("seeds", "must be at least 1", options.seeds)
    from cgs_core.mechanisms import VALUATIONS
    from cgs_core.studies.leaderboard.board import Board  # heavy: only for what is valid
    from cgs_core.studies.leaderboard.methods import default_methods, methods_named
    from cgs_core.studies.leaderboard.results import (
        committed_results,
        kept_parts,
        results_of,
        write_tables,
    )
    from cgs_core.studies.leaderboard.runs import costs_csv
    from cgs_core.words.leaderboard_findings import board_table, under_table

    methods = methods_named(options.method) if options.method else default_methods()
    folder = options.out or default_leaderboard_folder()
    check_writable(folder)
    if options.steady:
        run_steady(folder, cases, methods, options.seeds)
        return
    parts = kept_parts(folder)
    asked = [(case.name, seed) for seed in range(options.seeds) for case in cases]
    seconds = _compute(folder, asked, methods, parts)
    valued = [name for name in VALUATIONS if any(name in part.lines for part in parts.values())]
    write_tables(folder, parts.values(), seconds, costs_csv(valued))
    own = results_of(part for key, part in parts.items() if key in set(asked))
    board = Board(committed_results().among(own.truth).with_more(own), cases)
    print(f"{table(*board_table(board))}{under_table(board)}" if board.methods else "Nothing has been computed.")
    refused = {(name, method): why for (name, _), part in parts.items() for method, why in part.refused.items()}
    for (name, method), why in refused.items():
        print(f"{method} cannot take {name}: {why}")


def _compute(
    folder: Path, asked: Sequence[tuple[str, int]], methods: Sequence[str], parts: dict[tuple[str, int], Played]
) -> float:
    """Compute what has no result yet, a file for each case and seed when it is done; the processor time in seconds."""
    from cgs_core.studies.leaderboard.methods import meant_for
    from cgs_core.studies.leaderboard.results import keep_part
    from cgs_core.studies.leaderboard.runs import Task, computed

    left = []
    for key in asked:
        own = meant_for(CASES[key[0]].scenario, methods)
        missing = tuple(name for name in own if not _has(parts, key, name))
        if missing:
            left.append(Task(*key, missing))
    n_workers, scheduler = default_n_workers(), default_dask_scheduler()
    if left and not n_workers and scheduler is None:
        raise nobody_would(f"compute the {len(left)}", folder)
    total = 0.0
    for played, seconds in with_progress(computed(left, n_workers, scheduler), len(left), "case") if left else ():
        key = played.case.name, played.seed
        parts[key] = parts[key].with_more(played) if key in parts else played
        keep_part(folder, parts[key])
        total += seconds
    return total


def _has(parts: dict[tuple[str, int], Played], key: tuple[str, int], method: str) -> bool:
    return key in parts and (method in parts[key].lines or method in parts[key].refused)
