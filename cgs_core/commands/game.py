"""The command ``game``: what every coalition of a run's agents is worth, and each agent's Shapley value."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.commands.output import add_output_options, check_out, json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.commands.run import trained
from cgs_core.commands.scenario_option import add_scenario_options, on_scenario
from cgs_core.contribution import coalition_values, leave_one_out_values, shapley_values, singleton_values
from cgs_core.errors import ScenarioError
from cgs_core.places import write_whole
from cgs_core.records.game import RetrainedGame, coalition_name
from cgs_core.scenario import Scenario
from cgs_core.tidy import csv_text
from cgs_core.typing import CoalitionValues

MAX_AGENTS = 16
"""Above this a table of 2**N coalitions is too long for a file; ``cgs_core.contribution`` goes to 28 agents."""

_MAX_PRINTED_AGENTS = 5  # of whom every coalition is printed: 32 lines


def add_options(command: ArgumentParser) -> None:
    """The options of ``game``, and what it does."""
    add_scenario_options(command)
    command.add_argument(
        "--retrained",
        action="store_true",
        help="train every coalition: it is worth its model's accuracy. Else it is worth the cosine of its "
        "summed update to the shared update",
    )
    command.add_argument(
        "--round",
        type=int,
        metavar="R",
        help="the round to look at, from 1; else the mean over the rounds, with --retrained the last round",
    )
    add_output_options(command, "game.json, coalitions.csv, shapley.csv and scenario.json")
    command.set_defaults(command=on_scenario(_game))


@dataclass(frozen=True)
class _Game:
    """A game of a scenario's agents, in or over its rounds."""

    scenario: Scenario
    is_retrained: bool
    round_number: int | None  # from 1; None: the mean over all rounds
    values: CoalitionValues  # (2**n_agents,): bit i of the index says whether agent i is in

    @property
    def coalitions(self) -> list[tuple[str, float]]:
        """Each coalition by its agents' numbers ("1+3"; "" is nobody), and its value; small ones first."""
        order = sorted(range(len(self.values)), key=lambda coalition: (coalition.bit_count(), coalition))
        everybody = range(self.scenario.n_agents)
        return [(coalition_name(coalition, everybody), float(self.values[coalition])) for coalition in order]

    @property
    def of_agents(self) -> dict[str, list[float]]:
        """What an agent is worth: alone, to all the others, and on average over all orders of joining."""
        return {
            "alone": singleton_values(self.values).tolist(),
            "leave_one_out": leave_one_out_values(self.values).tolist(),
            "shapley": shapley_values(self.values).tolist(),
        }

    @property
    def title(self) -> str:
        """What is played, in words."""
        when = "mean over the rounds" if self.round_number is None else f"round {self.round_number}"
        worth = "accuracy of its own training" if self.is_retrained else "cosine to the shared update"
        return f"a coalition is worth the {worth}; {when}"


def _game(options: Namespace, scenario: Scenario) -> None:
    if scenario.n_agents > MAX_AGENTS:
        raise ScenarioError("n_agents", f"at most {MAX_AGENTS} for a table of all coalitions", scenario.n_agents)
    if options.round is not None and not 1 <= options.round <= scenario.n_rounds:
        raise ScenarioError("round", f"must be from 1 to the scenario's {scenario.n_rounds} rounds", options.round)
    check_out(options)
    play = _retrained if options.retrained else _gradient
    game = play(scenario, options.round)
    if options.out is not None:
        write_whole(options.out, {name: text.encode() for name, text in _files(game).items()})
    print(json_text(_content(game)) if options.json else _text(game, options.out), end="")


def _gradient(scenario: Scenario, round_number: int | None) -> _Game:
    rounds = scenario.n_rounds if round_number is None else round_number  # later ones change nothing
    grams = trained(scenario.replace(n_rounds=rounds)).gram
    shown = grams if round_number is None else grams[-1:]
    values = np.mean([coalition_values(gram) for gram in shown], axis=0)
    return _Game(scenario, False, round_number, values)


def _retrained(scenario: Scenario, round_number: int | None) -> _Game:
    from cgs_core.federation.retrained_game import iterate_retrained_game  # heavy: only for a scenario that is valid

    rounds = scenario.n_rounds if round_number is None else round_number
    records = iterate_retrained_game(scenario.replace(n_rounds=rounds))
    game = RetrainedGame(scenario, tuple(with_progress(records, rounds, "round")))
    return _Game(scenario, True, rounds, game.values())


def _text(game: _Game, out: object) -> str:
    """The agents' table; before it every coalition, of so many agents as can be read."""
    of_agents = game.of_agents
    rows = [(number, *values) for number, values in enumerate(zip(*of_agents.values(), strict=True), 1)]
    rows.append(("all", *(None,) * (len(of_agents) - 1), sum(of_agents["shapley"])))
    parts = [f"{game.scenario.scenario_id}: {game.title}\n"]
    if game.scenario.n_agents <= _MAX_PRINTED_AGENTS:
        named = [(name or "nobody", value) for name, value in game.coalitions]
        parts.append(table(("coalition", "value"), named))
    parts.append(table(("agent", "alone", "leave one out", "Shapley value"), rows))
    if out is not None:
        parts.append(f"written to {out}\n")
    return "\n".join(parts)


def _content(game: _Game) -> dict[str, Any]:
    return {
        "scenario": game.scenario.model_dump(mode="json"),
        "game": "retrained" if game.is_retrained else "gradient",
        "round": game.round_number,
        "agents": game.of_agents,
        "coalitions": [{"agents": name, "value": value} for name, value in game.coalitions],
    }


def _files(game: _Game) -> dict[str, str]:
    of_agents = game.of_agents
    agents = [(number, *values) for number, values in enumerate(zip(*of_agents.values(), strict=True), 1)]
    return {
        "scenario.json": game.scenario.to_json() + "\n",
        "game.json": json_text(_content(game)),
        "coalitions.csv": csv_text(("coalition", "value"), game.coalitions),
        "shapley.csv": csv_text(("agent", *of_agents), agents),
    }
