"""Games of the textbooks, with Shapley values known in closed form: to try things on, and to check the computer by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from cgs_core.contribution.coalitions import subset_sums
from cgs_core.typing import CoalitionValues, Contribution


@dataclass(frozen=True)
class ClassicGame:
    """A small game with its known answer.

    Attributes
    ----------
    name: short and unique, lower case.
    title: as a menu shows it.
    story: one plain sentence; agents are numbered from 1.
    values: (2**n_agents,), the empty coalition worth 0.
    shapley: (n_agents,), from a formula of the game's own, never from ``values``.
    """

    name: str
    title: str
    story: str
    values: CoalitionValues
    shapley: Contribution


def glove_game(n_left: int, n_right: int) -> ClassicGame:
    """A pair of gloves is worth 1, a single glove nothing; left gloves come first.

    Shapley value of an owner on the scarcer side (m of them against n): 1/2 + (n - m) / (2m) sum over k = 1..m of
    m! n! / ((m - k)! (n + k)!), after Shapley and Shubik, "Pure competition, coalitional power, and fair division",
    International Economic Review 1969; the other side shares the rest equally.

    Raises
    ------
    ValueError: no glove on a side.
    """
    if min(n_left, n_right) < 1:
        raise ValueError(f"n_left, n_right: at least one glove on each side; got {n_left} and {n_right}")
    left_owners, right_owners = range(n_left), range(n_left, n_left + n_right)
    scarce, plenty = sorted([n_left, n_right])
    terms = [
        factorial(scarce) * factorial(plenty) / (factorial(scarce - k) * factorial(plenty + k))
        for k in range(1, scarce + 1)
    ]
    of_scarce = 0.5 + (plenty - scarce) / (2 * scarce) * sum(terms)
    of_plenty = (scarce - scarce * of_scarce) / plenty
    of_left, of_right = (of_scarce, of_plenty) if n_left <= n_right else (of_plenty, of_scarce)
    return ClassicGame(
        name=f"glove_{n_left}_{n_right}",
        title=f"Gloves: {n_left} left, {n_right} right",
        story=f"A pair of gloves is worth 1 and a single glove nothing: {_agents(left_owners, 'owns', 'each own')} a "
        f"left one, {_agents(right_owners, 'owns', 'each own')} a right one.",
        values=np.minimum(_counts_among(n_left + n_right, left_owners), _counts_among(n_left + n_right, right_owners)),
        shapley=np.array([of_left] * n_left + [of_right] * n_right),
    )


def airport_game(costs: Sequence[float]) -> ClassicGame:
    """What agents save when they share one runway, which costs as much as the longest that one of them needs.

    Each stretch of it is shared equally by those who need it (Littlechild and Owen, Management Science 1973), so that
    an agent saves what its own would have cost, less those shares. The game of savings, not of costs, since here more
    is better in every game.

    Parameters
    ----------
    costs: (n_agents,), at least 0: what the runway of each alone would cost, in any order.

    Raises
    ------
    ValueError: no agent, or a negative cost.
    """
    alone = np.asarray(costs, dtype=np.float64)
    if alone.ndim != 1 or not alone.size or alone.min() < 0:
        raise ValueError(f"costs: at least one number, none below 0; got {list(costs)}")
    shared = np.zeros(1)
    for cost in alone:
        shared = np.concatenate([shared, np.maximum(shared, cost)])
    ranked = np.argsort(alone)
    shares = np.empty(len(alone))
    shares[ranked] = np.cumsum(np.diff(alone[ranked], prepend=0.0) / np.arange(len(alone), 0, -1))
    return ClassicGame(
        name=f"airport_{'_'.join(f'{cost:g}' for cost in alone)}",
        title=f"Airport: what {len(alone)} save by sharing a runway",
        story="Runways of their own would cost the agents "
        f"{', '.join(f'{cost:g}' for cost in alone)}; those who share one save all but the cost of the longest.",
        values=subset_sums(alone) - shared,
        shapley=alone - shares,
    )


def voting_game(quota: int, weights: Sequence[int]) -> ClassicGame:
    """A coalition wins, and is worth 1, when its votes reach the quota.

    The Shapley value is an agent's chance of casting the vote that wins when votes are cast in random order (Shapley
    and Shubik, American Political Science Review 1954), counted here by size and votes of those before (Mann and
    Shapley, RAND memorandum RM-3158, 1962).

    Parameters
    ----------
    quota: 1 to the sum of the weights.
    weights: (n_agents,), at least 0: votes.

    Raises
    ------
    ValueError: a quota that nobody or everybody meets, or a negative weight.
    """
    if not len(weights) or min(weights) < 0:
        raise ValueError(f"weights: at least one number, none below 0; got {list(weights)}")
    if not 1 <= quota <= sum(weights):
        raise ValueError(f"quota: 1 to {sum(weights)}, the sum of the weights; got {quota}")
    return ClassicGame(
        name=f"voting_{quota}_{'_'.join(map(str, weights))}",
        title=f"Voting: {quota} of {sum(weights)} votes win",
        story=f"A coalition is worth 1 when it has {quota} votes or more; the agents have "
        f"{', '.join(map(str, weights))} votes.",
        values=(subset_sums(np.array(weights, dtype=np.float64)) >= quota).astype(np.float64),
        shapley=np.array([_chance_of_winning_vote(quota, weights, agent) for agent in range(len(weights))]),
    )


def unanimity_game(n_agents: int, carrier: tuple[int, ...]) -> ClassicGame:
    """A coalition is worth 1 when the whole carrier is in; the carrier's agents share it equally.

    Parameters
    ----------
    n_agents: at least 1.
    carrier: the agents that are needed, at least one, counted from 0.

    Raises
    ------
    ValueError: an empty carrier, or an agent that the game lacks.
    """
    if not carrier or not set(carrier) <= set(range(n_agents)):
        raise ValueError(f"carrier: at least one agent from 0 to {n_agents - 1}; got {carrier}")
    needed = sorted(set(carrier))
    shapley = np.zeros(n_agents)
    shapley[needed] = 1 / len(needed)
    return ClassicGame(
        name=f"unanimity_{n_agents}_{'_'.join(str(agent + 1) for agent in needed)}",
        title=f"Unanimity: {len(needed)} of {n_agents} are needed",
        story=f"A coalition is worth 1 when {_agents(needed, 'is', 'are')} in it, and nothing otherwise.",
        values=(_counts_among(n_agents, needed) == len(needed)).astype(np.float64),
        shapley=shapley,
    )


def _counts_among(n_agents: int, some: Sequence[int]) -> CoalitionValues:
    """(2**n_agents,): how many of some agents are in each coalition."""
    return subset_sums(np.isin(np.arange(n_agents), list(some)).astype(np.float64)).astype(np.float64)


def _chance_of_winning_vote(quota: int, weights: Sequence[int], agent: int) -> float:
    n_agents = len(weights)
    ways = np.zeros((n_agents, sum(weights) + 1))  # [size, votes] of coalitions of the others
    ways[0, 0] = 1
    for weight in [*weights[:agent], *weights[agent + 1 :]]:
        ways[1:, weight:] += ways[:-1, : ways.shape[1] - weight]
    wins = ways[:, max(quota - weights[agent], 0) : quota].sum(axis=1)
    orders = [factorial(size) * factorial(n_agents - 1 - size) for size in range(n_agents)]
    return float(wins @ orders / factorial(n_agents))


def _agents(agents: Sequence[int], one: str, many: str) -> str:
    numbers = [str(agent + 1) for agent in agents]
    if len(numbers) == 1:
        return f"Agent {numbers[0]} {one}"
    return f"Agents {', '.join(numbers[:-1])} and {numbers[-1]} {many}"


CLASSIC_GAMES: dict[str, ClassicGame] = {
    game.name: game
    for game in (
        glove_game(1, 2),
        glove_game(2, 3),
        airport_game([8, 11, 13, 18]),
        voting_game(51, [50, 49, 1]),
        voting_game(3, [1, 1, 1, 1, 1]),
        unanimity_game(4, (0, 2)),
    )
}
"""A menu of three to five agents each, by name."""
