"""Values of agents that train one model, and rebuild the coalitions' from its uploads: how far are they from the truth?

They estimate another game than the retrained one. MR and OR are those of Song, Tong and Wei (IEEE Big Data 2019), GTG
is Liu et al. (ACM TIST 2022), as in the program of one of its authors (distributed_learning_simulator). TMR is as the
program liuzelei13/GTG-Shapley has it, beside GTG.
"""

from __future__ import annotations

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.studies.estimators.games import Rebuilt
from cgs_core.typing import CoalitionValues, Contribution, FloatArray

TITLES = {
    "equal": "Equal shares",
    "once": "Rebuilt once (OR)",
    "by_gain": "Rebuilt in rounds that gain (TMR)",
    "by_round": "Rebuilt each round (MR)",
    "gtg": "GTG",
}
"""By name, from those that evaluate the fewest models."""

ROUND_TOLERANCE = WALK_TOLERANCE = 0.001
"""Of GTG: a round counts for nothing where accuracy changes by no more; a walk is cut where it is as near to all."""

ROUND_GAIN = 0.01
"""Of TMR: a round counts for nothing where accuracy changes by no more."""

_FEWEST_ORDERS, _MOST_PART, _LAST, _CRITERION = 30, 0.8, 10, 0.05


def equal(rebuilt: Rebuilt) -> tuple[Contribution, int]:
    """What all have learnt together, shared out equally."""
    n_agents = _n_agents(rebuilt.over_all)
    return np.full(n_agents, (rebuilt.by_round[-1, -1] - rebuilt.by_round[0, 0]) / n_agents), 0


def once(rebuilt: Rebuilt) -> tuple[Contribution, int]:
    """OR: the Shapley value of the game over all rounds; and how many models were rebuilt, but nobody's."""
    return shapley_values(rebuilt.over_all), len(rebuilt.over_all) - 1


def by_round(rebuilt: Rebuilt) -> tuple[Contribution, int]:
    """MR: the Shapley values of all rounds' games, summed; and how many models were rebuilt."""
    games = rebuilt.by_round
    return np.sum([shapley_values(game) for game in games], axis=0), games.size - len(games)


def by_gain(rebuilt: Rebuilt) -> tuple[Contribution, int]:
    """TMR: MR without rounds in which all together change accuracy by 0.01 at most, of which one model is rebuilt."""
    games = rebuilt.by_round
    counts = np.abs(games[:, -1] - games[:, 0]) > ROUND_GAIN
    worth = np.sum([shapley_values(game) for game in games[counts]] or [np.zeros(_n_agents(games[0]))], axis=0)
    return worth, int(counts.sum()) * (games.shape[1] - 1) + int((~counts).sum())


def gtg(rebuilt: Rebuilt, rng: np.random.Generator) -> tuple[Contribution, int]:
    """GTG: MR, with rounds and walks cut short, and orders in which each agent is first in turn."""
    parts = [_gtg_of_round(game, rng) for game in rebuilt.by_round]
    return np.sum([worth for worth, _ in parts], axis=0), sum(count for _, count in parts)


def _gtg_of_round(game: CoalitionValues, rng: np.random.Generator) -> tuple[Contribution, int]:
    n_agents = _n_agents(game)
    if abs(game[-1] - game[0]) <= ROUND_TOLERANCE:
        return np.zeros(n_agents), 1
    marginals: list[FloatArray] = []
    asked = {len(game) - 1}
    most = max(_FEWEST_ORDERS, _MOST_PART * len(game))
    while len(marginals) < most and not _is_steady(marginals):
        for agent in range(n_agents):
            others = np.delete(np.arange(n_agents), agent)
            marginals.append(_walk(game, [agent, *rng.permutation(others).tolist()], asked))
    return _scaled_to(float(game[-1] - game[0]), np.mean(marginals, axis=0)), len(asked)


def _walk(game: CoalitionValues, order: list[int], asked: set[int]) -> FloatArray:
    """What each agent adds as it joins; nothing once a coalition is worth as much as all."""
    added, reached, inside = np.zeros(len(order)), game[0], 0
    for agent in order:
        inside |= 1 << agent
        if abs(game[-1] - reached) < WALK_TOLERANCE:
            break
        asked.add(inside)
        added[agent], reached = game[inside] - reached, game[inside]
    return added


def _is_steady(marginals: list[FloatArray]) -> bool:
    """Whether the last ten running means are within 5 % of the last one, after more than thirty orders."""
    if len(marginals) <= max(_FEWEST_ORDERS, len(marginals[0]) if marginals else 0):
        return False
    means = (np.cumsum(marginals, axis=0) / np.arange(1, len(marginals) + 1)[:, None])[-_LAST:]
    return bool((np.abs(means - means[-1]) / (np.abs(means[-1]) + 1e-12)).mean(axis=1).max() <= _CRITERION)


def _scaled_to(gain: float, worth: Contribution) -> Contribution:
    """Worths whose positive ones sum to what the round gained; of a round that lost, the negative ones."""
    total = float(worth[worth >= 0].sum() if gain >= 0 else worth[worth < 0].sum())
    if np.isclose(total, 0, rtol=0, atol=1e-9):
        total = 1e-9 if gain >= 0 else -1e-9
    return np.asarray(gain * worth / total)


def _n_agents(game: FloatArray) -> int:
    return len(game).bit_length() - 1
