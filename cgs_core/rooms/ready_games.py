"""The games that are ready to be played, each made for a number of agents.

Examples
--------
>>> from cgs_core.rooms import READY_GAMES
>>> game = READY_GAMES["free_riders"](30)
>>> game.title, [rule.name for rule in game.rules]
('Who free-rides?', ['FedAvg', 'CGSV'])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cgs_core.rooms.game import Game, Rule
from cgs_core.scenario import Agent, Scenario

_FEDAVG, _CGSV = Rule("FedAvg", "fedavg"), Rule("CGSV", "cgsv")
_SIZES = (25, 50, 100, 200)


def _images(n_agents: int, agents: tuple[Agent, ...] = (), n_validation: int = 0) -> Scenario:
    """Handwritten digits, of which nobody need hold another's: so many samples that each may take the largest size."""
    return Scenario(
        dataset="mnist",
        model="logistic",
        n_agents=n_agents,
        agents=agents,
        split="uniform",
        n_samples=n_agents * _SIZES[-1],
        n_rounds=10,
        n_validation=n_validation,
    )


def free_riders(n_agents: int) -> Game:
    """Noise and echo are allowed: first everybody gets everything, then each by worth."""
    return Game("Who free-rides?", _images(n_agents), (_FEDAVG, _CGSV), conducts=("honest", "free_rider", "echo"))


def cheap_or_clean(n_agents: int) -> Game:
    """Twice as many samples for the same coins, of which four in ten have a wrong label."""
    rules = (_CGSV, _FEDAVG, Rule("ShapFed", "shapfed"))
    return Game("Cheap data or clean data?", _images(n_agents), rules)


def odd_one_out(n_agents: int) -> Game:
    """The last agent alone holds the digits 5 to 9; the second rule tests models on samples that are set aside."""
    agents = (*(Agent(classes=(0, 1, 2, 3, 4)),) * (n_agents - 1), Agent(classes=(5, 6, 7, 8, 9)))
    rules = (_CGSV, Rule("samples set aside", "leave_one_out"), _FEDAVG)
    return Game("The odd one out", _images(n_agents, agents, n_validation=200), rules)


READY_GAMES: Mapping[str, Callable[[int], Game]] = {
    "free_riders": free_riders,
    "cheap_or_clean": cheap_or_clean,
    "odd_one_out": odd_one_out,
}
"""By name: makes the game of so many agents."""
