"""The command ``check``: a scenario's rounds computed once more by the other engine, and how far the two are apart."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from cgs_core.commands.output import json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.commands.scenario_option import add_scenario_options, on_scenario
from cgs_core.errors import CgsError, ScenarioError
from cgs_core.records.engine_check import EngineCheck, why_no_check
from cgs_core.scenario import Scenario
from cgs_core.words.check_words import check_words

_SHOWN = {"params": "parameters", "worth": "worth", "pay": "pay", "shown_worth": "worth, run", "shown_pay": "pay, run"}


def add_options(command: ArgumentParser) -> None:
    """The options of ``check``, and what it does."""
    add_scenario_options(command)
    command.add_argument(
        "--round", type=int, metavar="R", help="say it of this round alone, from 1; those after it are not computed"
    )
    command.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")
    command.set_defaults(command=on_scenario(_check))


def _check(options: Namespace, scenario: Scenario) -> None:
    """Raises ``CgsError`` where the engines do not agree, so that the status tells a program."""
    if options.round is not None and not 1 <= options.round <= scenario.n_rounds:
        raise ScenarioError("round", f"must be from 1 to the scenario's {scenario.n_rounds} rounds", options.round)
    if why := why_no_check(scenario):
        raise CgsError(why)
    from cgs_core.federation.engine_check import iterate_check  # heavy: only for a scenario that can be checked

    n_rounds = options.round or scenario.n_rounds
    records = tuple(with_progress(iterate_check(scenario.replace(n_rounds=n_rounds)), n_rounds, "round"))
    check = EngineCheck(scenario, records[-1:] if options.round else records)
    words = check_words(check)
    rows = [(record.round_index + 1, *(getattr(record, name) for name in _SHOWN)) for record in check.rounds]
    if options.json:
        rounds = [dict(zip(("round", *_SHOWN), row, strict=True)) for row in rows]
        content = {"scenario": scenario.model_dump(mode="json"), "engine": check.worst.engine, "agrees": check.agrees}
        print(json_text(content | {"words": words, "rounds": rounds}), end="")
    else:
        print(
            table(("round", *_SHOWN.values()), [(row[0], *(f"{value:.1e}" for value in row[1:])) for row in rows]),
            end="",
        )
        print(f"{scenario.scenario_id}: {words}")
    if not check.agrees:
        raise CgsError("the engines do not agree")
