"""Would some agents do better on their own? The core of a game, its least core, and the strongest objection.

An agents' payoff x is in the core when x(N) = v(N) - v(empty) and no coalition is worth more than it is given. The
core may be empty; the least core (Maschler, Peleg and Shapley, Mathematics of Operations Research 1979) never is. Many
payoffs may be in it: the one given here is the shortest, the egalitarian least core, which treats equals alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import subset_sums
from cgs_core.contribution.semivalues import checked_table, count_agents
from cgs_core.typing import CoalitionValues, Contribution, FloatArray

MAX_CORE_AGENTS = 10
"""Above this the linear programme has thousands of rows."""

_TOLERANCE = 1e-9
_SLACK = 1e-10  # the set of payoffs has no inside: rounding must not empty it


@dataclass(frozen=True)
class LeastCore:
    """The payoff whose strongest objection is weakest.

    Attributes
    ----------
    epsilon: the smallest e such that some payoff gives every proper coalition at least v(S) - v(empty) - e, in the
        unit of the game; 0 for one agent, which has no proper coalition.
    payoff: (n_agents,), the shortest that reaches it (to 1e-10 of the largest worth); others may too.
    has_core: whether ``epsilon`` is at most 1e-9, that is, the core is not empty.
    """

    epsilon: float
    payoff: Contribution
    has_core: bool


def least_core(values: npt.ArrayLike) -> LeastCore:
    """The least core of a game, by a linear programme with a row for each coalition, and its shortest payoff.

    Parameters
    ----------
    values: (2**n_agents,), finite, 1 to 10 agents.

    Raises
    ------
    ValueError: not a table of a game of 1 to 10 agents.
    ImportError: scipy is not installed.
    """
    try:
        import scipy.optimize  # noqa: F401
    except ImportError:
        raise ImportError("least_core needs scipy, which the extra exact of cgs-core brings") from None

    table = checked_table(values)
    n_agents = count_agents(table)
    if n_agents > MAX_CORE_AGENTS:
        raise ValueError(f"values: the least core is for at most {MAX_CORE_AGENTS} agents; got {n_agents}")
    worth = table - table[0]
    scale = max(np.abs(worth).max(), np.finfo(np.float64).tiny)
    _, epsilon = worst_objection(table, _any_payoff(worth / scale) * scale)
    payoff = _shortest_payoff(worth / scale, epsilon / scale + _SLACK) * scale + 0.0  # not -0
    return LeastCore(epsilon=epsilon, payoff=payoff, has_core=epsilon <= _TOLERANCE)


def _any_payoff(worth: CoalitionValues) -> Contribution:
    """(n_agents,), in the least core: the linear programme's own. ``worth``: v(S) - v(empty), at most 1."""
    from scipy.optimize import linprog

    n_agents, is_member = count_agents(worth), _proper_coalitions(worth)
    solution = linprog(
        c=[0.0] * n_agents + [1.0],
        A_ub=np.hstack([-is_member, -np.ones((len(is_member), 1))]),
        b_ub=-worth[1:-1],
        A_eq=[[1.0] * n_agents + [0.0]],
        b_eq=[worth[-1]],
        bounds=[(None, None)] * n_agents + [(None if n_agents > 1 else 0.0, None)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    payoff: Contribution = solution.x[:n_agents]
    return payoff


def _shortest_payoff(worth: CoalitionValues, epsilon: float) -> Contribution:
    """(n_agents,): the shortest x with x(N) = worth of all that gives every proper coalition its worth less epsilon.

    What differs from equal shares, y, sums to 0; the shortest y is a least-distance problem, solved by non-negative
    least squares (Lawson and Hanson, Solving Least Squares Problems 1974).
    """
    from scipy.optimize import nnls

    n_agents, is_member = count_agents(worth), _proper_coalitions(worth)
    equal = worth[-1] / n_agents
    if n_agents == 1:
        return np.array([equal])
    demanded = worth[1:-1] - epsilon - is_member.sum(axis=1) * equal
    towards = np.vstack([(is_member - is_member.mean(axis=1, keepdims=True)).T, demanded])
    target = np.array([0.0] * n_agents + [1.0])
    residual = towards @ nnls(towards, target)[0] - target
    payoff: Contribution = equal - residual[:-1] / residual[-1]
    return payoff


def _proper_coalitions(worth: CoalitionValues) -> FloatArray:
    """(2**n_agents - 2, n_agents), 1.0 where the agent is in."""
    n_agents = count_agents(worth)
    return np.asarray(np.arange(1, 2**n_agents - 1)[:, np.newaxis] >> np.arange(n_agents) & 1, np.float64)


def worst_objection(values: npt.ArrayLike, payoff: npt.ArrayLike) -> tuple[tuple[int, ...], float]:
    """The proper coalition with most to gain by leaving, and how much: the largest v(S) - v(empty) - x(S).

    Parameters
    ----------
    values: (2**n_agents,), finite.
    payoff: (n_agents,), what each agent is given, in the unit of ``values``.

    Returns
    -------
    members: counted from 0, empty for one agent, which has no proper coalition.
    excess: above 0 where the payoff is outside the core; 0.0 for one agent.

    Raises
    ------
    ValueError: not a table of a game, or a payoff of another length.
    """
    table, given = checked_table(values), np.asarray(payoff, dtype=np.float64)
    n_agents = count_agents(table)
    if given.shape != (n_agents,):
        raise ValueError(f"payoff: one number an agent, {n_agents}; got shape {given.shape}")
    if n_agents == 1:
        return (), 0.0
    excess = table - table[0] - subset_sums(given)
    worst = 1 + int(np.argmax(excess[1:-1]))
    return tuple(agent for agent in range(n_agents) if worst >> agent & 1), float(excess[worst])
