"""The command ``compare``: mechanisms side by side on the same agents, as one table."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from itertools import chain

from cgs_core.commands.output import add_output_options, check_out
from cgs_core.commands.progress import with_progress
from cgs_core.commands.scenario_option import add_scenario_options, on_scenario
from cgs_core.places import write_whole
from cgs_core.records import Trace
from cgs_core.scenario import Scenario


def add_options(command: ArgumentParser) -> None:
    """The options of ``compare``, and what it does."""
    add_scenario_options(command)
    command.add_argument(
        "--mechanisms", nargs="+", required=True, metavar="NAME", help="names of the table of list mechanisms"
    )
    command.add_argument("--seeds", type=int, default=1, metavar="N", help="the scenario's and those that follow")
    add_output_options(command, "comparison.csv and comparison.json")
    command.set_defaults(command=on_scenario(_compare))


def _compare(options: Namespace, scenario: Scenario) -> None:
    from cgs_core.federation.experiment import iterate_batch
    from cgs_core.studies.comparison import batches, tabulated  # heavy: only for a scenario that is valid

    of_seeds = batches(scenario, options.mechanisms, options.seeds)
    check_out(options)
    rounds = chain.from_iterable(iterate_batch(batch) for batch in of_seeds)
    played = list(with_progress(rounds, len(of_seeds) * scenario.n_rounds, "round"))
    traces = []
    for seed, batch in enumerate(of_seeds):
        records = zip(*played[seed * scenario.n_rounds : (seed + 1) * scenario.n_rounds], strict=True)
        traces.append([Trace(own, rounds_of_it) for own, rounds_of_it in zip(batch, records, strict=True)])
    comparison = tabulated(traces, options.mechanisms)
    if options.out is not None:
        files = {"comparison.csv": comparison.to_csv(), "comparison.json": comparison.to_json()}
        write_whole(options.out, {name: text.encode() for name, text in files.items()})
    print(comparison.to_json() if options.json else comparison.to_text(), end="")
