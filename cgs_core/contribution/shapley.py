"""The Shapley value of any game given as a table of its coalitions' values, exactly.

phi_i = sum over S without i of w(|S|) (v(S + i) - v(S)), with w(s) = s! (n - 1 - s)! / n!. Here it is summed
coalition by coalition: with g(s) = w(s - 1) + w(s), phi_i = (sum over S with i of g(|S|) v(S)) - (sum over all S
of w(|S|) v(S)), which reads each value once.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import BLOCK_AGENTS, MAX_GAME_AGENTS, subset_sums
from cgs_core.typing import CoalitionValues, Contribution, FloatArray


def shapley_values(values: npt.ArrayLike) -> Contribution:
    """Shapley value of each agent in a game; time doubles with every agent, as the table itself does.

    Parameters
    ----------
    values: (2**n_agents,), finite, 1 to 28 agents: bit i of the index says whether agent i is in the coalition.

    Returns
    -------
    (n_agents,) in the unit of ``values``; sums to the value of all agents minus that of the empty coalition.

    Raises
    ------
    ValueError: the table's length is not 2**n for 1 to 28 agents, or it holds a number that is not finite.

    Examples
    --------
    A glove game: agent 1 has a left glove, agents 2 and 3 a right one each, and a pair is worth 1. The index counts in
    binary who is in: 3 is agents 1 and 2, 5 is 1 and 3, 7 is all.

    >>> from cgs_core.contribution import shapley_values
    >>> shapley_values([0, 0, 0, 1, 0, 1, 0, 1]).round(3)
    array([0.667, 0.167, 0.167])
    """
    table = checked_table(values)
    n_agents = count_agents(table)
    return shapley_values_of_blocks(n_agents, table.reshape(-1, 2 ** min(n_agents, BLOCK_AGENTS)))


def checked_table(values: npt.ArrayLike) -> CoalitionValues:
    """A game's table as float64.

    Raises
    ------
    ValueError: not one dimension of length 2**n for 1 to 28 agents, or it holds a number that is not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    n_agents = count_agents(table)
    if table.ndim != 1 or table.size != 2**n_agents or not 1 <= n_agents <= MAX_GAME_AGENTS:
        raise ValueError(f"values: one number a coalition, 2**n of 1 to {MAX_GAME_AGENTS} agents; got {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError(f"values: finite numbers; got {table[~np.isfinite(table)][0]}")
    return table


def count_agents(values: CoalitionValues) -> int:
    """How many agents play a game of that table."""
    return values.size.bit_length() - 1


def shapley_values_of_blocks(n_agents: int, blocks: Iterable[FloatArray]) -> Contribution:
    """As ``shapley_values``, from the table in order and in blocks of 2**min(n_agents, 14) values.

    Memory stays a few megabytes: values are only added up, one sum for each number of higher agents.
    """
    n_low = min(n_agents, BLOCK_AGENTS)
    n_high = n_agents - n_low
    sizes = subset_sums(np.ones(n_low)).astype(np.intp) + np.arange(n_high + 1)[:, np.newaxis]
    without_weight, with_weight = _size_weights(n_agents)
    weights = with_weight[sizes]  # (n_high + 1, 2**n_low): of a coalition with that many higher agents
    sums = np.zeros_like(weights)
    block_totals = np.empty(2**n_high)
    for high, block in enumerate(blocks):
        depth = high.bit_count()
        sums[depth] += block
        # einsum, not dot: its result does not depend on how many threads the linear algebra library uses
        block_totals[high] = np.einsum("i,i->", weights[depth], block)
    low_totals = (weights * sums).sum(axis=0)
    baseline = (without_weight[sizes] * sums).sum()
    with_agent = np.concatenate([_sums_with_bit(low_totals), _sums_with_bit(block_totals)])
    shapley: Contribution = with_agent - baseline
    return shapley


def _size_weights(n_agents: int) -> tuple[FloatArray, FloatArray]:
    """w(s) and g(s) for s = 0..n_agents, with w(n) = 0; g(0) is never read, as no agent is in an empty coalition."""
    w = [1 / (n_agents * comb(n_agents - 1, size)) for size in range(n_agents)]
    without_weight = np.array([*w, 0.0])
    return without_weight, without_weight + np.array([0.0, *w])


def _sums_with_bit(totals: FloatArray) -> FloatArray:
    """(2**n,) -> (n,): the sum of the entries whose index has bit i."""
    n_bits = totals.size.bit_length() - 1
    return np.array([totals.reshape(-1, 2, 2**bit)[:, 1].sum() for bit in range(n_bits)])
