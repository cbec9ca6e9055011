"""A game of any scenario: what a teacher has on screen, played by a class."""

from __future__ import annotations

from cgs_core.mechanisms import MECHANISMS
from cgs_core.mechanisms.table import ROW_FIELDS
from cgs_core.rooms.game import Game, Rule, dealt
from cgs_core.scenario import Scenario

_PARTS = (8, 4, 2, 1)  # of the largest size
_LEAST_SAMPLES, _MOST_SAMPLES = 2, 200
_USUAL = ("fedavg", "cgsv")


def own_game(scenario: Scenario, n_agents: int, bots: tuple[str, ...] = ("honest",)) -> Game:
    """The game of so many agents under the scenario's own mechanism, where that has a name, and under FedAvg and CGSV.

    The largest move is an equal share of all samples, at most 200. ``ScenarioError`` where so many agents do not go
    with the rest of the scenario.
    """
    most = min(scenario.n_pool // n_agents, _MOST_SAMPLES)
    sizes = tuple(sorted({max(_LEAST_SAMPLES, most // part) for part in _PARTS}))
    own = {field: getattr(scenario, field) for field in ROW_FIELDS}
    names = [name for name, row in MECHANISMS.items() if row.fields == own][:1]
    played = tuple(dict.fromkeys((*names, *_USUAL)))
    return Game(
        "The Playground's scenario",
        dealt(scenario.replace(n_samples=None), n_agents),
        tuple(Rule(MECHANISMS[name].title[:40], name) for name in played),
        sizes=sizes,
        coins=max(2 * sizes[0], sizes[-1]),
        conducts=("honest", "free_rider", "echo"),
        bots=bots,
    )
