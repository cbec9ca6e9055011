"""The command ``sweep``: one or two fields varied over several seeds, computed in the background and kept."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from cgs_core.commands.output import add_output_options, check_out, json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.commands.scenario_option import add_scenario_options, on_scenario
from cgs_core.errors import DamagedError
from cgs_core.places import write_whole
from cgs_core.records import Trace
from cgs_core.scenario import Scenario

if TYPE_CHECKING:
    from cgs_core.runs import JobRunner
    from cgs_core.studies.sweeps import Point, Sweep, SweepTable

_PRINTED = ("fairness_score", "mean_accuracy", "min_accuracy", "mean_gain")
KEPT = "what is finished is kept in the store of runs; give the same command again to go on"


def add_options(command: ArgumentParser) -> None:
    """The options of ``sweep``, and what it does."""
    add_scenario_options(command)
    command.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="FIELD=V1,V2,...",
        help="a field and its values, such as altruism_degree=0.5,1,inf or agent5.label_noise=0,0.5; "
        "give it twice for two fields",
    )
    command.add_argument("--seeds", type=int, default=1, metavar="N", help="how many seeds each value is run with")
    add_output_options(command, "scenario.json and sweep.csv")
    command.set_defaults(command=on_scenario(_sweep), when_stopped=KEPT)


def _sweep(options: Namespace, scenario: Scenario) -> None:
    """Points come from the store of runs where it has them, and go there: a sweep that was cut off goes on."""
    from cgs_core.studies.sweeps import Sweep, SweepTable, parsed_grid
    from cgs_core.words.sweep_findings import law

    sweep = Sweep(scenario, parsed_grid(options.vary), options.seeds)
    check_out(options)
    results = SweepTable(sweep, _rows(sweep))
    if options.out is not None:
        files = {"scenario.json": scenario.to_json() + "\n", "sweep.csv": results.to_csv()}
        write_whole(options.out, {name: text.encode() for name, text in files.items()})
    if options.json:
        print(json_text(_content(results)), end="")
        return
    if options.out is None:
        print(_means(results) + law(results).replace("**", ""))
    print(
        f"{len(results.rows)} points of {', '.join(sweep.fields)}, {options.seeds} seeds"
        + ("" if options.out is None else f"; written to {options.out}")
    )


def _rows(sweep: Sweep) -> dict[Point, Any]:
    from cgs_core.runs import JobRunner, finished_runs
    from cgs_core.studies.sweeps import MAX_POINTS, row_of

    points = {point.scenario.scenario_id: point for point in sweep.points}
    batches = [[point.scenario for point in batch] for batch in sweep.batches()]
    rows = {}
    with JobRunner(max_waiting=MAX_POINTS) as runner:
        done = finished_runs(runner, batches, f"sweep-{secrets.token_hex(8)}", priority=1)
        for run_id in with_progress(done, len(points), "point"):
            rows[points[run_id]] = row_of(_trace(runner, run_id, points[run_id].scenario))
    return rows


def _trace(runner: JobRunner, run_id: str, scenario: Scenario) -> Trace:
    """A finished run; one that was damaged is told, and waited for once more."""
    from cgs_core.runs import finished_runs

    try:
        trace = runner.store.load(run_id)
    except DamagedError as error:
        print(error, file=sys.stderr)
        list(finished_runs(runner, [[scenario]], f"sweep-{secrets.token_hex(8)}"))
        trace = runner.store.load(run_id)
    assert isinstance(trace, Trace)
    return trace


def _means(results: SweepTable) -> str:
    """A line for each point of the grid: measures as means over the seeds for which they are defined."""
    import numpy as np

    means = {name: results.mean(name) for name in _PRINTED}
    rows = []
    for place in np.ndindex(*results.sweep.shape):
        values = [own[index] for own, index in zip(results.sweep.grid.values(), place, strict=True)]
        measured = [float(mean[place]) if np.isfinite(mean[place]) else None for mean in means.values()]
        rows.append((*map(str, values), *measured))
    return table((*results.sweep.fields, *(name.replace("_", " ") for name in _PRINTED)), rows)


def _content(results: SweepTable) -> dict[str, Any]:
    """The scenario, and every point in the order of the grid: its fields, its measures, its agents' last round."""
    sweep = results.sweep
    points = [
        {
            "values": {
                name: values[index] for (name, values), index in zip(sweep.grid.items(), point.place, strict=True)
            },
            "seed": point.seed + 1,
            "scenario_id": point.scenario.scenario_id,
            "measures": row.measures,
            "agents": {name: array.tolist() for name, array in row.final.items()},
        }
        for point, row in sorted(results.rows.items(), key=lambda item: (item[0].place, item[0].seed))
    ]
    return {"scenario": sweep.scenario.model_dump(mode="json"), "n_seeds": sweep.n_seeds, "points": points}
