"""``python -m cgs_core paper``: a grid of the paper's experiments, run in the background, resumed where it stopped."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from cgs_core.commands.progress import with_progress
from cgs_core.commands.sweep import KEPT
from cgs_core.places import check_writable, write_whole
from cgs_core.records import Trace
from cgs_core.scenario import choices_of
from cgs_core.studies.paper import (
    BUDGET_NAMES,
    DEFAULT_ROWS,
    SETTINGS,
    SPLITS,
    Case,
    Grid,
    Measures,
    measures_of,
    paper_grid,
    rows_named,
)

_DEADLINE_SECONDS = 30 * 86_400.0  # of one batch: the paper's own budget is a matter of hours
_PRINTED = ("fairness_score", "max_accuracy", "mean_accuracy")
_MAX_BYTES = 8_000_000_000  # so that a long grid does not push its own first runs out of the store


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
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="how many seeds each run is made with")
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
        "--out", type=Path, required=True, metavar="FOLDER", help="where the tables go (made if need be)"
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
    """Runs come from the store where it has them, and go there; the files are written anew with what is asked for."""
    of_datasets = grids(options)
    from cgs_core.runs import JobRunner, finished_runs
    from cgs_core.studies.paper_tables import PaperTable  # heavy: only for a grid that is valid

    check_writable(options.out)
    cases = {case.scenario.scenario_id: case for grid in of_datasets for case in grid.cases}
    batches = [[case.scenario for case in batch] for grid in of_datasets for batch in grid.batches]
    results: dict[Case, Measures] = {}
    with JobRunner(max_queued=len(cases) + 1, deadline_seconds=_DEADLINE_SECONDS, max_bytes=_MAX_BYTES) as runner:
        done = finished_runs(runner, batches, f"paper-{secrets.token_hex(8)}", priority=1)
        for run_id in with_progress(done, len(cases), "run"):
            trace = runner.store.load(run_id)
            assert isinstance(trace, Trace)
            results[cases[run_id]] = measures_of(trace)
    tables = [PaperTable({case: results[case] for case in grid.cases}) for grid in of_datasets]
    text = "\n".join(table.to_text(quantity) for table in tables for quantity in _PRINTED)
    scenarios = {run_id: case.scenario.model_dump(mode="json") for run_id, case in cases.items()}
    files = {
        "scenarios.json": json.dumps(scenarios, indent=1, allow_nan=False) + "\n",
        "paper.csv": PaperTable(results).to_csv(),
        "paper.txt": text,
    }
    write_whole(options.out, {name: content.encode() for name, content in files.items()})
    print(text, end="")
