"""Semivalues: means of what an agent adds, in which coalitions of different sizes may count differently.

A semivalue (Dubey, Neyman and Weber, Mathematics of Operations Research 1981) is sum over s of p(s) m_i(s), with m_i(s)
the mean of v(S + i) - v(S) over the coalitions S of s other agents, and p(s) the weight of that size; p sums to 1. The
Shapley value weighs all sizes alike. Here it is summed coalition by coalition: with w(s) = p(s) / C(n - 1, s) and
g(s) = w(s - 1) + w(s), it is (sum over S with i of g(|S|) v(S)) - (sum over all S of w(|S|) v(S)), which reads each
value once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import comb, exp, lgamma

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import BLOCK_AGENTS, MAX_GAME_AGENTS, subset_sums
from cgs_core.typing import CoalitionValues, Contribution, FloatArray


def semivalues(values: npt.ArrayLike, size_weights: npt.ArrayLike) -> Contribution:
    """Semivalue of each agent in a game; time doubles with every agent, as the table itself does.

    Parameters
    ----------
    values: (2**n_agents,), finite, 1 to 28 agents: bit i of the index says whether agent i is in the coalition.
    size_weights: (n_agents,), finite: what coalitions of 0, 1, ... n - 1 other agents weigh together, for instance
        ``banzhaf_weights(n_agents)``.

    Returns
    -------
    (n_agents,) in the unit of ``values``.

    Raises
    ------
    ValueError: not a table of a game, or not one finite weight a size.

    Examples
    --------
    A glove game: agent 1 has a left glove, agents 2 and 3 a right one each, and a pair is worth 1.

    >>> from cgs_core.contribution import banzhaf_weights, semivalues
    >>> semivalues([0, 0, 0, 1, 0, 1, 0, 1], banzhaf_weights(3))
    array([0.75, 0.25, 0.25])
    """
    table = checked_table(values)
    n_agents, weights = count_agents(table), np.asarray(size_weights, dtype=np.float64)
    if weights.shape != (n_agents,) or not np.isfinite(weights).all():
        raise ValueError(f"size_weights: {n_agents} finite numbers, one a size; got shape {weights.shape}")
    return semivalues_of_blocks(n_agents, table.reshape(-1, 2 ** min(n_agents, BLOCK_AGENTS)), weights)


def shapley_weights(n_agents: int) -> FloatArray:
    """(n_agents,): every size weighs 1/n."""
    return np.full(n_agents, 1 / n_agents)


def banzhaf_weights(n_agents: int) -> FloatArray:
    """(n_agents,): every coalition of the others weighs 2**-(n - 1), so sizes weigh as many as they have.

    Source: Wang and Jia, arXiv:2205.15466 (Data Banzhaf); Banzhaf's index of power.
    """
    return np.array([comb(n_agents - 1, size) for size in range(n_agents)]) * 0.5 ** (n_agents - 1)


def beta_weights(n_agents: int, alpha: float, beta: float) -> FloatArray:
    """(n_agents,), sums to 1: C(n - 1, s) B(s + beta, n - 1 - s + alpha) / B(alpha, beta), a beta-binomial in s.

    Source: Beta Shapley (Kwon and Zou, AISTATS 2022) as in the program opendataval. A large ``alpha`` favours small
    coalitions, a large ``beta`` large ones; 1 and 1 is the Shapley value.

    Raises
    ------
    ValueError: alpha or beta is not above 0.
    """
    if not (alpha > 0 and beta > 0):
        raise ValueError(f"alpha, beta: numbers above 0; got {alpha}, {beta}")
    others = n_agents - 1

    def log_beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    base = log_beta(alpha, beta)
    return np.array(
        [comb(others, size) * exp(log_beta(size + beta, others - size + alpha) - base) for size in range(n_agents)]
    )


def semivalues_of_blocks(n_agents: int, blocks: Iterable[FloatArray], size_weights: FloatArray) -> Contribution:
    """As ``semivalues``, from the table in order and in blocks of 2**min(n_agents, 14) values.

    Memory stays a few megabytes: values are only added up, one sum for each number of higher agents.
    """
    n_high = max(n_agents - BLOCK_AGENTS, 0)
    without_weight, weights = _tables(n_agents, tuple(size_weights.tolist()))
    sums = np.zeros_like(weights)
    block_totals = np.empty(2**n_high)
    for high, block in enumerate(blocks):
        depth = high.bit_count()
        sums[depth] += block
        # einsum, not dot: its result does not depend on how many threads the linear algebra library uses
        block_totals[high] = np.einsum("i,i->", weights[depth], block)
    low_totals = (weights * sums).sum(axis=0)
    baseline = (without_weight * sums).sum()
    with_agent = np.concatenate([_sums_with_bit(low_totals), _sums_with_bit(block_totals)])
    shares: Contribution = with_agent - baseline
    return shares


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


@lru_cache(maxsize=2)  # the rounds of a run ask for the same ones; 4 MB each at most
def _tables(n_agents: int, size_weights: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """(n_high + 1, 2**n_low) each: w and g of a coalition of so many higher agents and these lower ones."""
    n_low = min(n_agents, BLOCK_AGENTS)
    sizes = subset_sums(np.ones(n_low)).astype(np.intp)
    w = [weight / comb(n_agents - 1, size) for size, weight in enumerate(size_weights)]
    without_weight = np.array([*w, 0.0])  # w(n) = 0
    with_weight = without_weight + np.array([0.0, *w])  # g(0) is never read, as no agent is in an empty coalition
    at = sizes + np.arange(n_agents - n_low + 1)[:, np.newaxis]
    return without_weight[at], with_weight[at]


def _sums_with_bit(totals: FloatArray) -> FloatArray:
    """(2**n,) -> (n,): the sum of the entries whose index has bit i."""
    n_bits = totals.size.bit_length() - 1
    return np.array([totals.reshape(-1, 2, 2**bit)[:, 1].sum() for bit in range(n_bits)])
