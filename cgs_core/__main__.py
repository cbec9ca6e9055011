"""The command line: ``python -m cgs_core run SCENARIO.json --out FOLDER`` and ``python -m cgs_core datasets``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cgs_core.catalogue import DATASETS
from cgs_core.errors import CgsError
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import Scenario
from cgs_core.version import __version__

_BAR_WIDTH = 30


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
    run.set_defaults(command=_run)
    datasets = commands.add_parser("datasets", help="list the data sets")
    datasets.set_defaults(command=_datasets)
    return parser


def _run(options: argparse.Namespace) -> None:
    given = sys.stdin.buffer.read() if options.scenario == "-" else Path(options.scenario).read_bytes()
    scenario = Scenario.from_json(given.decode("utf-8"))
    options.out.mkdir(parents=True, exist_ok=True)  # a folder that cannot be made is told before the training
    from cgs_core.experiment import iterate  # heavy: only for a scenario that is valid

    rounds = iterate(scenario)
    trace = Trace(scenario, tuple(_with_progress(rounds, scenario.n_rounds)))
    trace.save(options.out)
    last = trace.rounds[-1]
    print(f"{scenario.scenario_id}: {trace.n_rounds} rounds, {scenario.n_agents} agents, accuracy alone "
          f"{last.standalone_accuracy.mean():.3f}, rewarded {last.accuracy.mean():.3f} (means); "
          f"written to {options.out}")  # fmt: skip


def _with_progress(rounds: Iterable[RoundRecord], n_rounds: int) -> Iterator[RoundRecord]:
    """The same rounds, with a bar on standard error if that is a terminal."""
    is_terminal = sys.stderr.isatty()
    for record in rounds:
        if is_terminal:
            done = record.round_index + 1
            bar = "#" * (_BAR_WIDTH * done // n_rounds)
            print(f"\r[{bar:<{_BAR_WIDTH}}] round {done} of {n_rounds}", end="", file=sys.stderr, flush=True)
        yield record
    if is_terminal:
        print(file=sys.stderr)


def _datasets(options: argparse.Namespace) -> None:
    for info in DATASETS.values():
        sizes = f"{info.n_train:6} training + {info.n_test:5} test samples  {info.n_classes:2} classes"
        print(f"{info.name:14} {sizes}  {info.about}")


if __name__ == "__main__":
    sys.exit(main())
