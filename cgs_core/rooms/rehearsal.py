"""A ready game played by bots alone, once by each of its rules: what a teacher may expect, and what guides tell.

The table of ``rehearsed.csv`` is made, byte for byte on one kind of machine, by::

    python -m cgs_core room rehearse --agents 6 30 --csv > cgs_core/rooms/rehearsed.csv
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np

from cgs_core.records import Trace
from cgs_core.rooms.game import Game
from cgs_core.rooms.playing import results_of
from cgs_core.rooms.ready_games import READY_GAMES
from cgs_core.scenario import Scenario

REHEARSED = Path(__file__).with_name("rehearsed.csv")
_DECIMALS = 6

BOTS_OF: Mapping[str, tuple[str, ...]] = {
    "free_riders": ("honest", "honest", "honest", "free_rider", "echo", "miser"),
    "cheap_or_clean": ("honest", "bulk_buyer", "miser"),
    "odd_one_out": ("honest",),
}
"""Who plays a ready game when it is rehearsed: agent i the i-th of them, and again from the first."""


@dataclass(frozen=True)
class Strategy:
    """What came of a strategy by a rule: means over the ``n_bots`` bots that played it.

    ``is_odd``: they were dealt other classes than the first agent. ``pay`` and accuracies are in [0, 1], ``payoff`` in
    points, ``worth`` in the rule's unit.
    """

    game: str
    n_agents: int
    rule: str
    bot: str
    is_odd: bool
    n_bots: int
    coins: float
    worth: float
    pay: float
    accuracy_alone: float
    accuracy: float
    payoff: float


def rehearsed_game(name: str, n_agents: int) -> Game:
    """The ready game of so many agents, played by the bots that rehearse it."""
    return replace(READY_GAMES[name](n_agents), bots=BOTS_OF[name])


def rehearse(name: str, n_agents: int, train: Callable[[Scenario], Trace]) -> list[Strategy]:
    """Each rule once, with the bots' moves; a row for each rule and strategy."""
    game = rehearsed_game(name, n_agents)
    moves = tuple(game.bot_move(agent) for agent in range(n_agents))
    dealt = [agent.classes for agent in game.scenario.full_agents]
    kinds = [(game.bots[agent % len(game.bots)], dealt[agent] != dealt[0]) for agent in range(n_agents)]
    found = []
    for rule in game.rules:
        results = results_of(train(game.played(moves, rule)), n_agents)
        for kind in dict.fromkeys(kinds):
            own = [agent for agent in range(n_agents) if kinds[agent] == kind]
            found.append(
                Strategy(
                    name,
                    n_agents,
                    rule.name,
                    *kind,
                    len(own),
                    coins=_mean(game.cost(moves[agent]) for agent in own),
                    worth=_mean(results[agent].worth for agent in own),
                    pay=_mean(results[agent].pay for agent in own),
                    accuracy_alone=_mean(results[agent].accuracy_alone for agent in own),
                    accuracy=_mean(results[agent].accuracy for agent in own),
                    payoff=_mean(game.payoff(moves[agent], results[agent].accuracy) for agent in own),
                )
            )
    return found


def csv_of(rows: Iterable[Strategy]) -> str:
    """As ``REHEARSED`` keeps them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Strategy)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) | {"is_odd": int(row.is_odd)} for row in rows)
    return text.getvalue()


@cache
def rehearsed() -> tuple[Strategy, ...]:
    """What was measured when the guides were made."""
    with REHEARSED.open(encoding="utf-8", newline="") as file:
        return tuple(_strategy(row) for row in csv.DictReader(file))


def _strategy(row: dict[str, str]) -> Strategy:
    numbers = {name: float(row[name]) for name in ("coins", "worth", "pay", "accuracy_alone", "accuracy", "payoff")}
    is_odd = row["is_odd"] == "1"
    return Strategy(row["game"], int(row["n_agents"]), row["rule"], row["bot"], is_odd, int(row["n_bots"]), **numbers)


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), _DECIMALS)
