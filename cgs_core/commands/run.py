"""The command ``run``: a scenario trained to its last round, as a table, four files, or JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from cgs_core.commands.output import add_output_options, check_out, json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.commands.scenario_option import add_scenario_options, on_scenario
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario import Scenario
from cgs_core.words.findings import presence_note, zero_note
from cgs_core.words.owner_findings import owner_note


def add_options(command: ArgumentParser) -> None:
    """The options of ``run``, and what it does."""
    add_scenario_options(command)
    add_output_options(command, "the four files of the trace")
    command.set_defaults(command=on_scenario(_run))


def trained(scenario: Scenario) -> Trace:
    """The trace of a scenario, trained here with a bar of its rounds."""
    from cgs_core.federation.experiment import iterate  # heavy: only for a scenario that is valid

    return Trace(scenario, tuple(with_progress(iterate(scenario), scenario.n_rounds, "round")))


def _run(options: Namespace, scenario: Scenario) -> None:
    check_out(options)
    trace = trained(scenario)
    if options.out is not None:
        trace.save(options.out)
    if options.json:
        print(json_text(_content(trace)), end="")
        return
    if options.out is None:
        print(_agents(trace), end="")
    last = trace.rounds[-1]
    print(
        f"{scenario.scenario_id}: {trace.n_rounds} rounds, {scenario.n_agents} agents, accuracy alone "
        f"{last.standalone_accuracy.mean():.3f}, rewarded {last.accuracy.mean():.3f} (means)"
        + ("" if options.out is None else f"; written to {options.out}")
    )
    for note in (owner_note(trace), presence_note(trace), zero_note(trace)):
        if note:
            print(note)


def _agents(trace: Trace) -> str:
    """A line for each agent: what it brought, its pay, and its model alone and rewarded."""
    last = trace.rounds[-1]
    columns = {
        "contribution": Period(trace).worth,
        "reward ratio": last.reward_ratio,
        "accuracy alone": last.standalone_accuracy,
        "rewarded": last.accuracy,
    }
    rows = [
        (number, *values) for number, values in enumerate(zip(*(c.tolist() for c in columns.values()), strict=True), 1)
    ]
    return table(("agent", *columns), rows)


def _content(trace: Trace) -> dict[str, Any]:
    """The scenario, the measures, and each round's quantities of ``trace.csv``: an agent an entry, or one number.

    ``zero_updates``: in how many rounds each agent uploaded nothing.
    """
    rounds: list[dict[str, Any]] = [{"round": number} for number in range(1, trace.n_rounds + 1)]
    for number, agent, quantity, value in trace.tidy_rows():
        if agent == "":
            rounds[number - 1][quantity] = value
        else:
            rounds[number - 1].setdefault(quantity, []).append(value)
    return {
        "scenario": trace.scenario.model_dump(mode="json"),
        "summary": trace.summary(),
        "zero_updates": trace.zero_updates().sum(axis=0).tolist(),
        "rounds": rounds,
    }
