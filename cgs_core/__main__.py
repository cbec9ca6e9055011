"""The command line, ``python -m cgs_core``: run, sweep, compare, export, paper, datasets; ``--help`` says the rest."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from cgs_core.commands.export import add_options as add_export_options
from cgs_core.commands.paper import add_options as add_paper_options
from cgs_core.commands.progress import with_progress
from cgs_core.data.own.given import add_own_data_options, on_given_data
from cgs_core.errors import CgsError
from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, or 2 with one line on standard error for bad input."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (CgsError, OSError, UnicodeDecodeError) as error:
        print("error:", *_sentence(error).splitlines(), file=sys.stderr)  # a field's name may hold line breaks
        return 2
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return "the scenario must be text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cgs_core", description="Fair rewards in collaborative machine learning."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a scenario and write its trace")
    run.add_argument("scenario", metavar="SCENARIO.json", help="a scenario file, or - for standard input")
    run.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the four files go (made if need be)"
    )
    add_own_data_options(run)
    run.set_defaults(command=_on_its_data(_run))
    sweep = commands.add_parser("sweep", help="vary one or two fields of a scenario over several seeds")
    sweep.add_argument("scenario", metavar="SCENARIO.json", help="a scenario file, or - for standard input")
    sweep.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="FIELD=V1,V2,...",
        help="a field and its values, such as altruism_degree=0.5,1,inf or agent5.label_noise=0,0.5; "
        "give it twice for two fields",
    )
    sweep.add_argument("--seeds", type=int, default=1, metavar="N", help="how many seeds each value is run with")
    sweep.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where scenario.json and sweep.csv go (made if need be)",
    )
    add_own_data_options(sweep)
    sweep.set_defaults(command=_on_its_data(_sweep))
    compare = commands.add_parser("compare", help="run mechanisms side by side and write their table")
    compare.add_argument("scenario", metavar="SCENARIO.json", help="a scenario file, or - for standard input")
    compare.add_argument(
        "--mechanisms", nargs="+", required=True, metavar="NAME", help="names of the table in docs/method.md"
    )
    compare.add_argument("--seeds", type=int, default=1, metavar="N", help="the scenario's and those that follow")
    compare.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the two files go (made if need be)"
    )
    add_own_data_options(compare)
    compare.set_defaults(command=_on_its_data(_compare))
    add_export_options(commands.add_parser("export", help="write a run's figures, report, program, or all of it"))
    add_paper_options(commands.add_parser("paper", help="run a grid of the paper's experiments and write its tables"))
    datasets = commands.add_parser("datasets", help="list the data sets")
    datasets.set_defaults(command=_datasets)
    return parser


def _on_its_data(command: Callable[[argparse.Namespace, Scenario], None]) -> Callable[[argparse.Namespace], None]:
    """The command, given the scenario of its options, whose own data are there meanwhile."""

    def with_data(options: argparse.Namespace) -> None:
        with on_given_data(options, _scenario(options)) as scenario:
            command(options, scenario)

    return with_data


def _scenario(options: argparse.Namespace) -> Scenario:
    given = sys.stdin.buffer.read() if options.scenario == "-" else Path(options.scenario).read_bytes()
    return Scenario.from_json(given.decode("utf-8"))


def _run(options: argparse.Namespace, scenario: Scenario) -> None:
    options.out.mkdir(parents=True, exist_ok=True)  # a folder that cannot be made is told before the training
    from cgs_core.federation.experiment import iterate  # heavy: only for a scenario that is valid

    rounds = iterate(scenario)
    trace = Trace(scenario, tuple(with_progress(rounds, scenario.n_rounds, "round")))
    trace.save(options.out)
    last = trace.rounds[-1]
    print(
        f"{scenario.scenario_id}: {trace.n_rounds} rounds, {scenario.n_agents} agents, accuracy alone "
        f"{last.standalone_accuracy.mean():.3f}, rewarded {last.accuracy.mean():.3f} (means); "
        f"written to {options.out}"
    )


def _sweep(options: argparse.Namespace, scenario: Scenario) -> None:
    """Points come from the store of runs where it has them, and go there: a sweep that was cut off goes on."""
    from cgs_core.runs import JobRunner, finished_runs
    from cgs_core.studies.sweeps import MAX_POINTS, Sweep, SweepTable, parsed_grid, row_of

    sweep = Sweep(scenario, parsed_grid(options.vary), options.seeds)
    options.out.mkdir(parents=True, exist_ok=True)
    points = {point.scenario.scenario_id: point for point in sweep.points}
    batches = [[point.scenario for point in batch] for batch in sweep.batches()]
    rows = {}
    with JobRunner(max_queued=MAX_POINTS) as runner:
        done = finished_runs(runner, batches, f"sweep-{secrets.token_hex(8)}", priority=1)
        for run_id in with_progress(done, len(points), "point"):
            trace = runner.store.load(run_id)
            assert isinstance(trace, Trace)
            rows[points[run_id]] = row_of(trace)
    (options.out / "scenario.json").write_text(scenario.to_json() + "\n", encoding="utf-8")
    (options.out / "sweep.csv").write_text(SweepTable(sweep, rows).to_csv(), encoding="utf-8", newline="")
    print(f"{len(rows)} points of {', '.join(sweep.fields)}, {options.seeds} seeds; written to {options.out}")


def _compare(options: argparse.Namespace, scenario: Scenario) -> None:
    from cgs_core.federation.experiment import iterate_batch
    from cgs_core.studies.comparison import batches, tabulated  # heavy: only for a scenario that is valid

    of_seeds = batches(scenario, options.mechanisms, options.seeds)
    options.out.mkdir(parents=True, exist_ok=True)
    rounds = chain.from_iterable(iterate_batch(batch) for batch in of_seeds)
    played = list(with_progress(rounds, len(of_seeds) * scenario.n_rounds, "round"))
    traces = []
    for seed, batch in enumerate(of_seeds):
        records = zip(*played[seed * scenario.n_rounds : (seed + 1) * scenario.n_rounds], strict=True)
        traces.append([Trace(own, rounds_of_it) for own, rounds_of_it in zip(batch, records, strict=True)])
    comparison = tabulated(traces, options.mechanisms)
    (options.out / "comparison.csv").write_text(comparison.to_csv(), encoding="utf-8", newline="")
    (options.out / "comparison.json").write_text(comparison.to_json(), encoding="utf-8")
    print(comparison.to_text(), end="")


def _datasets(options: argparse.Namespace) -> None:
    for info in DATASETS.values():
        sizes = f"{info.n_train:6} training + {info.n_test:5} test samples  {info.n_classes:2} classes"
        print(f"{info.name:14} {sizes}  {info.about}")


if __name__ == "__main__":
    sys.exit(main())
