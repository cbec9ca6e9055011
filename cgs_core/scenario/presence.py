"""Who is there in which round of a scenario: who has joined and not left, who is drawn, and whose update has come.

It is a function of the scenario alone, so nothing of it is kept in a run's rounds (docs/method.md, "Who is there").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario.scenario import Scenario
from cgs_core.typing import BoolArray


@dataclass(frozen=True)
class Presence:
    """T rounds, N agents; arrays are read-only.

    Attributes
    ----------
    is_member: (T, N) bool, who has joined and not left.
    is_drawn: (T, N) bool, which of the members the round's draw takes; all of them where there is no draw.
    delay: (N,) how many rounds each agent's update is on its way.
    """

    is_member: BoolArray
    is_drawn: BoolArray
    delay: npt.NDArray[np.int64]

    @property
    def is_present(self) -> BoolArray:
        """(T, N) bool, whose update comes in a round: a drawn member that was one when it learnt this."""
        came = self.is_drawn.copy()
        for agent in np.flatnonzero(self.delay):
            late = int(self.delay[agent])
            was_member = np.concatenate([np.zeros(late, np.bool_), self.is_member[:, agent]])[: len(came)]
            came[:, agent] &= was_member
        return came


@lru_cache(maxsize=64)
def presence_of(scenario: Scenario) -> Presence:
    """Who is there in each round of a scenario, by its settings and its ``start_seed``."""
    agents, rounds = scenario.full_agents, np.arange(1, scenario.n_rounds + 1)[:, np.newaxis]
    first = np.array([agent.joins for agent in agents])
    last = np.array([scenario.n_rounds if agent.leaves is None else agent.leaves for agent in agents])
    is_member = (first <= rounds) & (rounds <= last)
    drawn = np.stack([_drawn(scenario, members, index) for index, members in enumerate(is_member)])
    presence = Presence(is_member, drawn, np.array([agent.delay for agent in agents]))
    for array in vars(presence).values():
        array.setflags(write=False)
    return presence


def _drawn(scenario: Scenario, members: BoolArray, round_index: int) -> BoolArray:
    """(N,): the first of the members in a random order of all agents; at least one, and of a part rounded down."""
    if scenario.participation == 1:
        return members
    order = random_stream(scenario.start_seed, Stream.PRESENT_AGENTS, round_index).permutation(len(members))
    count = max(1, int(round(scenario.participation * members.sum(), 9)))
    is_drawn = np.zeros(len(members), np.bool_)
    is_drawn[order[members[order]][:count]] = True
    return is_drawn


def rounds_in_words(is_there: Sequence[bool] | BoolArray) -> str:
    """Rounds, counted from 1, as people write them: "rounds 26 to 50", "round 3", "24 of 50 rounds", "no round"."""
    rounds = np.flatnonzero(is_there) + 1
    if not len(rounds):
        return "no round"
    if len(rounds) == 1:
        return f"round {rounds[0]}"
    if len(rounds) == rounds[-1] - rounds[0] + 1:
        return f"rounds {rounds[0]} to {rounds[-1]}"
    return f"{len(rounds)} of {len(is_there)} rounds"
