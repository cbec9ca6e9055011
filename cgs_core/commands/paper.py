"""``python -m cgs_core paper``: a grid of the paper's experiments, gone on with where it stopped, or made larger."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cgs_core.commands.progress import nobody_would, with_progress
from cgs_core.engines import ENGINES, EngineName, engine_in_words, has_torch
from cgs_core.errors import CgsError
from cgs_core.places import check_writable, write_whole
from cgs_core.runs.settings import default_n_workers, default_paper_folder
from cgs_core.scenario import choices_of
from cgs_core.studies.paper import (
    BUDGET_NAMES,
    DEFAULT_ROWS,
    DEFAULT_SEEDS,
    SETTINGS,
    SPLITS,
    Case,
    Grid,
    Measures,
    paper_grid,
    rows_named,
)

_PRINTED = ("fairness_score", "max_accuracy", "mean_accuracy")
KEPT = "what is finished is kept in the folder; give the same command again to go on"


def add_options(parser: ArgumentParser) -> None:
    """What the command may be told."""
    parser.add_argument(
        "--dataset",
        nargs="+",
        choices=list(SETTINGS),
        default=["mnist"],
        metavar="NAME",
        help=f"of {', '.join(SETTINGS)}",
    )
    parser.add_argument("--agents", nargs="+", type=int, metavar="N", help="numbers of agents; else the paper's")
    parser.add_argument(
        "--split", nargs="+", choices=SPLITS, default=list(SPLITS), metavar="NAME", help=f"of {', '.join(SPLITS)}"
    )
    parser.add_argument(
        "--mechanism",
        nargs="+",
        metavar="NAME",
        default=list(DEFAULT_ROWS),
        help="names of the table in docs/method.md; cgsv is run with each of the authors' degrees of "
        "altruism, cgsv@1 with one",
    )
    parser.add_argument(
        "--seeds", type=int, default=DEFAULT_SEEDS, metavar="N", help="how many seeds each run is made with"
    )
    parser.add_argument(
        "--budget",
        choices=BUDGET_NAMES,
        default="reduced",
        help="reduced: minutes on two processors; paper: the authors' rounds, samples and network",
    )
    parser.add_argument("--rounds", type=int, metavar="R", help="instead of the budget's")
    parser.add_argument("--samples", type=int, metavar="S", help="samples an agent, instead of the budget's")
    parser.add_argument("--model", choices=list(choices_of("model")), metavar="NAME", help="instead of the budget's")
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="numpy",
        help="what trains: numpy; or torch, which is quicker for the paper's nets (docs/method.md, Two engines)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the results go (made if need be), and are gone on with; else a folder beside the store of runs, "
        "which the app's page Paper reads",
    )
    parser.set_defaults(command=run_paper, when_stopped=KEPT)


def grids(options: Namespace) -> list[Grid]:
    """A grid a data set; raises ``ScenarioError`` as ``Grid`` does."""
    wanted = {"n_rounds": options.rounds, "samples_per_agent": options.samples, "model": options.model}
    changes = {name: value for name, value in wanted.items() if value is not None}
    return [
        replace(
            whole := paper_grid(dataset, options.budget, options.seeds),
            n_agents=tuple(options.agents or whole.n_agents),
            splits=tuple(options.split),
            rows=rows_named(options.mechanism),
            budget=replace(whole.budget, **changes),
        )
        for dataset in dict.fromkeys(options.dataset)
    ]


def run_paper(options: Namespace) -> None:
    """The folder's file is gone on with: what is in it is not run again, and what is asked for is added."""
    if options.engine == "torch" and not has_torch():
        raise CgsError("engine: torch needs the package 'torch', which is not installed here")
    of_datasets, engine = grids(options), engine_in_words(options.engine)
    from cgs_core.studies.paper_results import kept_results  # heavy: only for a grid that is valid
    from cgs_core.studies.paper_tables import table_of

    folder = options.out or default_paper_folder()
    check_writable(folder)
    results = kept_results(folder, engine)
    _compute(folder, [batch for grid in of_datasets for batch in grid.batches], results, options.engine)
    tables = [table_of(results, grid.cases) for grid in of_datasets]
    text = "\n".join(table.to_text(quantity) for table in tables for quantity in _PRINTED)
    scenarios = {case.scenario.scenario_id: case.scenario.model_dump(mode="json") for case in results}
    files = {"scenarios.json": json.dumps(scenarios, indent=1, allow_nan=False) + "\n", "paper.txt": text}
    write_whole(folder, {name: content.encode() for name, content in files.items()})
    print(text, end="")


def _compute(
    folder: Path, batches: Iterable[Sequence[Case]], results: dict[Case, Measures], engine: EngineName
) -> None:
    """Compute what has no result yet; the folder's file is written anew with each batch that is done."""
    from cgs_core.studies.paper_results import keep_results
    from cgs_core.studies.paper_runs import computed

    missing = [[case for case in batch if case not in results] for batch in batches]
    left = [batch for batch in missing if batch]
    n_left, n_workers = sum(map(len, left)), default_n_workers()
    if left and not n_workers:
        raise nobody_would(f"compute the {n_left} runs", folder)

    def done() -> Iterator[Case]:
        for found in computed(left, n_workers, engine):
            results.update(found)
            keep_results(folder, results, engine_in_words(engine))
            yield from found

    if left:
        deque(with_progress(done(), n_left, "run"), maxlen=0)
