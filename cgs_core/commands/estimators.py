"""``python -m cgs_core estimators``: how many models an estimator must have trained to come near the truth."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from cgs_core.commands.output import table
from cgs_core.commands.progress import nobody_would, with_progress
from cgs_core.errors import ScenarioError
from cgs_core.places import check_writable
from cgs_core.runs.settings import default_n_workers

if TYPE_CHECKING:
    from cgs_core.studies.estimators.results import Study
    from cgs_core.studies.estimators.runs import Task

KEPT = "games that are trained are kept in the folder; give the same command again to go on"
_DEFAULT_SEEDS = 10


def add_options(parser: ArgumentParser) -> None:
    """What the command may be told."""
    parser.add_argument(
        "--seeds", type=int, default=_DEFAULT_SEEDS, metavar="N", help="how many seeds each game is trained with"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where the results go (made if need be), and are gone on with",
    )
    parser.set_defaults(command=run_estimators, when_stopped=KEPT)


def run_estimators(options: Namespace) -> None:
    """Games whose numbers are in the folder are not trained again; all estimates are drawn anew from the games."""
    if options.seeds < 1:
        raise ScenarioError("seeds", "must be at least 1", options.seeds)
    from cgs_core.studies.estimators.games import GAME_CASES  # heavy: only for what is valid
    from cgs_core.studies.estimators.rebuilt import TITLES
    from cgs_core.studies.estimators.results import kept_study
    from cgs_core.studies.estimators.runs import Task
    from cgs_core.studies.estimators.told import Told
    from cgs_core.words.estimator_findings import estimator_rows, heads

    check_writable(options.out)
    kept = kept_study(options.out)
    asked = [Task(case, seed) for seed in range(options.seeds) for case in GAME_CASES]
    left = [task for task in asked if set(TITLES) - set(kept.rebuilt.get((task.case, task.seed), ()))]
    _compute(options.out, left, kept)
    told = Told(kept_study(options.out))
    print(table(heads(told), estimator_rows(told)), end="")


def _compute(folder: Path, left: list[Task], kept: Study) -> None:
    """Train what is missing, one by one into the folder, and draw all estimates at the end."""
    from cgs_core.studies.estimators.results import write_study
    from cgs_core.studies.estimators.runs import computed

    n_workers = default_n_workers()
    if left and not n_workers:
        raise nobody_would(f"train the {len(left)} games", folder)
    games, rebuilt, seconds = dict(kept.games), dict(kept.rebuilt), 0.0
    try:
        for found in with_progress(computed(left, n_workers), len(left), "game") if left else ():
            key = found.game.case, found.game.seed
            games[key], rebuilt[key] = found.game, found.rebuilt
            seconds += found.seconds
    finally:  # also when it is stopped
        if games:
            write_study(folder, games.values(), rebuilt, seconds)
