"""Reading a game that is given as a table: marginal contributions, and simple rules that are not the Shapley value.

A table holds one number a coalition, (2**n_agents,): bit i of the index says whether agent i is in. The gradient game
and the retrained game are both read this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import subset_sums
from cgs_core.contribution.semivalues import checked_table, count_agents
from cgs_core.typing import CoalitionValues, Contribution, FloatArray


def subgame(values: npt.ArrayLike, members: Sequence[int]) -> CoalitionValues:
    """The game among some of the agents, the others having left.

    Parameters
    ----------
    values: (2**n_agents,), finite.
    members: agents that stay, at least one, each named once; agent k of the result is ``members[k]``.

    Returns
    -------
    (2**n_members,): the same coalitions' values, the empty one's included.

    Raises
    ------
    ValueError: not a table of a game, no member, an agent that the game lacks, or one named twice.
    """
    table = checked_table(values)
    if len(members) == 0:
        raise ValueError("members: at least one agent; got none")
    kept: CoalitionValues = table[_coalitions_among(table, members)]
    return kept


def marginals_in_order(values: npt.ArrayLike, order: Sequence[int]) -> FloatArray:
    """What each agent adds to the value of those who joined before it.

    Parameters
    ----------
    values: (2**n_agents,), finite.
    order: agents in the order of joining, each at most once; it may stop before all have joined.

    Returns
    -------
    (n_joined,): entry k belongs to agent ``order[k]``; the sum is the value of all who joined minus the empty one's.

    Raises
    ------
    ValueError: not a table of a game, an agent that the game lacks, or one named twice.
    """
    table = checked_table(values)
    _check_members(table, order)
    joined = np.concatenate([[0], np.cumsum(np.left_shift(1, np.asarray(order, dtype=np.intp)))]).astype(np.intp)
    return np.diff(table[joined])


def mean_marginals_by_size(values: npt.ArrayLike) -> FloatArray:
    """Mean of what an agent adds to the coalitions of each size that it is not in.

    Parameters
    ----------
    values: (2**n_agents,), finite.

    Returns
    -------
    (n_agents, n_agents): [i, s] is the mean of v(S + i) - v(S) over the coalitions S of s other agents. The mean of
    a row is the agent's Shapley value.

    Raises
    ------
    ValueError: not a table of a game.
    """
    table = checked_table(values)
    n_agents = count_agents(table)
    sizes = subset_sums(np.ones(n_agents - 1)).astype(np.intp)
    counts = [comb(n_agents - 1, size) for size in range(n_agents)]
    totals = [np.bincount(sizes, weights=marginals(table, agent), minlength=n_agents) for agent in range(n_agents)]
    return np.array(totals) / counts


def leave_one_out_values(values: npt.ArrayLike) -> Contribution:
    """v(N) - v(N without i), what all lose when one agent leaves: (n_agents,), in the unit of ``values``.

    Raises
    ------
    ValueError: not a table of a game.
    """
    table = checked_table(values)
    lost: Contribution = table[-1] - table[table.size - 1 - _single_coalitions(table)]
    return lost


def singleton_values(values: npt.ArrayLike) -> Contribution:
    """v({i}) - v(empty), what an agent is worth alone: (n_agents,); in the gradient game this is psi.

    Raises
    ------
    ValueError: not a table of a game.
    """
    table = checked_table(values)
    alone: Contribution = table[_single_coalitions(table)] - table[0]
    return alone


def marginals(table: CoalitionValues, agent: int) -> FloatArray:
    """(2**(n - 1),): what an agent adds to each coalition of the others, in the order of the table."""
    pairs = table.reshape(-1, 2, 2**agent)
    return (pairs[:, 1] - pairs[:, 0]).ravel()


def _single_coalitions(table: CoalitionValues) -> npt.NDArray[np.intp]:
    return np.left_shift(1, np.arange(count_agents(table), dtype=np.intp))


def _coalitions_among(table: CoalitionValues, members: Sequence[int]) -> npt.NDArray[np.intp]:
    _check_members(table, members)
    return subset_sums(np.array([float(2**agent) for agent in members])).astype(np.intp)


def _check_members(table: CoalitionValues, members: Sequence[int]) -> None:
    n_agents = count_agents(table)
    unknown = [agent for agent in members if not 0 <= agent < n_agents]
    if unknown:
        raise ValueError(f"agents: numbers from 0 to {n_agents - 1}; got {unknown[0]}")
    if len(set(members)) < len(members):
        raise ValueError(f"agents: each at most once; got {list(members)}")
