"""The cosine gradient Shapley value (CGSV) of a round: exact, approximate, sampled; and leave-one-out beside it.

All are functions of the (n_agents, n_agents) Gram matrix of the weighted updates a_i u_i, see ``coalitions``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import MAX_GAME_AGENTS, aggregate_squared, checked_gram, coalition_blocks, cosines
from cgs_core.contribution.shapley import shapley_values_of_blocks
from cgs_core.typing import Contribution, FloatArray, Gram

_MAX_GATHERED = 2**20  # Gram entries gathered at a time while sampling, 8 MB


def cgsv_exact(gram: npt.ArrayLike) -> Contribution:
    """phi, the exact CGSV: the Shapley value of v(S) = cos(u_S, u_N).

    All 2**n coalitions are visited, so the time doubles with every agent (about two tenths of a second at 24, some
    seconds at 28); memory stays under 16 MB, since no table of the game is made.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite; at most 28 agents.

    Returns
    -------
    (n_agents,), sums to 1, or all 0 when the aggregate is zero.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix of 1 to 28 agents.
    """
    scaled = checked_gram(gram, max_agents=MAX_GAME_AGENTS)
    return shapley_values_of_blocks(len(scaled), coalition_blocks(scaled))


def cgsv_approx(gram: npt.ArrayLike) -> Contribution:
    """psi_i = cos(u_i, u_N), the paper's approximation of the CGSV: (n_agents,) in [-1, 1].

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    scaled = checked_gram(gram)
    diagonal = scaled.diagonal()
    return cosines(scaled.sum(axis=1), diagonal, diagonal, aggregate_squared(scaled))


def cgsv_sampled(gram: npt.ArrayLike, n_permutations: int, rng: np.random.Generator) -> tuple[Contribution, FloatArray]:
    """Unbiased estimate of the CGSV: mean marginal value over random orders of joining; O(n_permutations n**2).

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite; any number of agents.
    n_permutations: orders drawn, at least 2.
    rng: what draws them.

    Returns
    -------
    estimate (n_agents,), which sums to v(N) like the exact value; and its standard error (n_agents,), the sample
    standard deviation over the orders divided by sqrt(n_permutations).

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix, or fewer than 2 permutations.
    """
    scaled = checked_gram(gram)
    if n_permutations < 2:
        raise ValueError(f"n_permutations: at least 2, since one order has no spread; got {n_permutations}")
    n_agents = len(scaled)
    orders = rng.permuted(np.tile(np.arange(n_agents), (n_permutations, 1)), axis=1)
    marginals = np.empty((n_permutations, n_agents))
    step = max(1, _MAX_GATHERED // n_agents**2)
    for start in range(0, n_permutations, step):
        chunk = slice(start, start + step)
        np.put_along_axis(marginals[chunk], orders[chunk], _marginals_in_order(scaled, orders[chunk]), axis=1)
    return marginals.mean(axis=0), marginals.std(axis=0, ddof=1) / np.sqrt(n_permutations)


def leave_one_out(gram: npt.ArrayLike) -> Contribution:
    """v(N) - v(N without i), what the cosine loses when one agent leaves: (n_agents,) in [0, 2].

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    scaled = checked_gram(gram)
    n_agents = len(scaled)
    is_member = np.vstack([np.ones(n_agents), 1 - np.eye(n_agents)])  # all agents, then all but agent i
    squared = np.einsum("si,ij,sj->s", is_member, scaled, is_member, optimize=True)
    inner, trace = is_member @ scaled.sum(axis=1), is_member @ scaled.diagonal()
    values = cosines(inner, squared, trace, aggregate_squared(scaled))
    lost: Contribution = values[0] - values[1:]
    return lost


def _marginals_in_order(gram: Gram, orders: npt.NDArray[np.intp]) -> FloatArray:
    """(n_orders, n_agents): what the k-th agent to join adds to the value of those before it."""
    diagonal = gram.diagonal()[orders]
    joined = np.tril(gram[orders[:, :, np.newaxis], orders[:, np.newaxis, :]]).sum(axis=2)
    squared = np.cumsum(2 * joined - diagonal, axis=1)
    inner, trace = np.cumsum(gram.sum(axis=1)[orders], axis=1), np.cumsum(diagonal, axis=1)
    values = cosines(inner, squared, trace, aggregate_squared(gram))
    return np.diff(values, axis=1, prepend=0.0)
