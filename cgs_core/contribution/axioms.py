"""Shapley's axioms checked on one game: does a rule keep each of them here, and if not, which agents show it?

The four axioms of Shapley (1953) fix his value; monotonicity follows from them. A check on one game can refute a
rule, never prove it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.games import marginals, singleton_values
from cgs_core.contribution.semivalues import checked_table, count_agents
from cgs_core.typing import CoalitionValues, Contribution, FloatArray

Verdict = Literal["holds", "broken", "nothing to check"]

Rule = Callable[[CoalitionValues], Contribution]
"""(2**n_agents,) values -> (n_agents,) what each agent is given."""


@dataclass(frozen=True)
class AxiomCheck:
    """What became of one axiom.

    Attributes
    ----------
    axiom: "efficiency", "symmetry", "null agent", "linearity" or "monotonicity".
    verdict: "nothing to check" where no agents of this game meet the axiom's condition.
    agents: the worst violation's, counted from 0: none for efficiency, one for null agent and linearity, a pair for
        symmetry and monotonicity (the first being worth at least as much to everybody); empty unless broken.
    numbers: the two that should agree (monotonicity: the first should be at least the second); empty unless broken.
        Efficiency: the sum given, and v(N) - v(empty). Symmetry and monotonicity: what the pair is given. Null agent:
        what it is given, and 0. Linearity: what the agent is given in the sum of the games, and in both together.
    """

    axiom: str
    verdict: Verdict
    agents: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()


def check_axioms(
    values: npt.ArrayLike, other_values: npt.ArrayLike, rule: Rule, tolerance: float = 1e-9
) -> tuple[AxiomCheck, ...]:
    """Efficiency, symmetry, null agent, linearity and monotonicity of a rule on a game, in that order.

    Parameters
    ----------
    values: (2**n_agents,), finite.
    other_values: (2**n_agents,), a second game of the same agents: linearity adds it to the first.
    rule: what is checked.
    tolerance: numbers count as equal when they differ by at most this, in the unit of ``values``.

    Raises
    ------
    ValueError: not tables of games, or of different numbers of agents.
    """
    table, other = checked_table(values), checked_table(other_values)
    if len(table) != len(other):
        raise ValueError(f"other_values: a game of the same agents, {len(table)} values; got {len(other)}")
    given = rule(table)
    advantage = _least_advantage(table)
    is_at_least = advantage >= -tolerance
    return (
        _equal("efficiency", [()], [given.sum()], [table[-1] - table[0]], tolerance),
        _symmetry(given, is_at_least & is_at_least.T, tolerance),
        _null_agent(given, table, tolerance),
        _equal("linearity", _each(given), rule(table + other), given + rule(other), tolerance),
        _monotonicity(given, is_at_least & ~is_at_least.T, tolerance),
    )


def individually_irrational(values: npt.ArrayLike, payoff: npt.ArrayLike, tolerance: float = 1e-9) -> list[int]:
    """Agents, counted from 0, that are given less than they are worth alone: payoff_i < v({i}) - v(empty).

    Parameters
    ----------
    values: (2**n_agents,), finite.
    payoff: (n_agents,), in the unit of ``values``.
    tolerance: a shortfall up to this does not count.

    Raises
    ------
    ValueError: not a table of a game.
    """
    shortfall = singleton_values(values) - np.asarray(payoff, dtype=np.float64)
    return [int(agent) for agent in np.flatnonzero(shortfall > tolerance)]


def _equal(
    axiom: str, agents: list[tuple[int, ...]], left: npt.ArrayLike, right: npt.ArrayLike, tolerance: float
) -> AxiomCheck:
    """The check of numbers that should be equal, one entry of ``agents`` for each."""
    first, second = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    return _judge(axiom, agents, first, second, np.abs(first - second), tolerance)


def _judge(
    axiom: str, agents: list[tuple[int, ...]], left: FloatArray, right: FloatArray, gap: FloatArray, tolerance: float
) -> AxiomCheck:
    if not agents:
        return AxiomCheck(axiom, "nothing to check")
    worst = int(np.argmax(gap))
    if gap[worst] <= tolerance:
        return AxiomCheck(axiom, "holds")
    return AxiomCheck(axiom, "broken", agents[worst], (float(left[worst]), float(right[worst])))


def _symmetry(given: Contribution, is_alike: npt.NDArray[np.bool_], tolerance: float) -> AxiomCheck:
    pairs = [(i, j) for i, j in combinations(range(len(given)), 2) if is_alike[i, j]]
    return _equal("symmetry", list(pairs), [given[i] for i, _ in pairs], [given[j] for _, j in pairs], tolerance)


def _null_agent(given: Contribution, table: CoalitionValues, tolerance: float) -> AxiomCheck:
    agents = [(i,) for i in range(len(given)) if np.abs(marginals(table, i)).max() <= tolerance]
    return _equal("null agent", list(agents), [given[i] for (i,) in agents], np.zeros(len(agents)), tolerance)


def _monotonicity(given: Contribution, is_better: npt.NDArray[np.bool_], tolerance: float) -> AxiomCheck:
    better, worse = np.nonzero(is_better)
    pairs = [(int(i), int(j)) for i, j in zip(better, worse, strict=True)]
    gap = given[worse] - given[better]
    return _judge("monotonicity", list(pairs), given[better], given[worse], gap, tolerance)


def _each(given: Contribution) -> list[tuple[int, ...]]:
    return [(agent,) for agent in range(len(given))]


def _least_advantage(table: CoalitionValues) -> FloatArray:
    """(n_agents, n_agents): [i, j] is the least of v(S + i) - v(S + j) over all S without both."""
    n_agents = count_agents(table)
    least = np.zeros((n_agents, n_agents))
    for i, j in combinations(range(n_agents), 2):
        by_both = table.reshape(-1, 2, 2 ** (j - i - 1), 2, 2**i)
        advantage = by_both[:, 0, :, 1] - by_both[:, 1, :, 0]
        least[i, j], least[j, i] = advantage.min(), -advantage.max()
    return least
