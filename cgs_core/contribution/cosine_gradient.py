"""The cosine gradient Shapley value (CGSV) of a round: exact, approximate, sampled; and leave-one-out beside it.

All are functions of the (n_agents, n_agents) Gram matrix of the weighted updates a_i u_i, see ``coalitions``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import MAX_GAME_AGENTS, aggregate_squared, checked_gram, coalition_blocks, cosines
from cgs_core.contribution.sampling import gram_game, permutation_path
from cgs_core.contribution.semivalues import semivalues_of_blocks, shapley_weights
from cgs_core.typing import Contribution, FloatArray


def cgsv_exact(gram: npt.ArrayLike) -> Contribution:
    """phi, the exact CGSV: the Shapley value of v(S) = cos(u_S, u_N).

    All 2**n coalitions are visited, so the time doubles with every agent (about a tenth of a second at 24, one to
    two seconds at 28); memory stays under 16 MB, since no table of the game is made.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite; at most 28 agents.

    Returns
    -------
    (n_agents,), sums to 1, or all 0 when the aggregate is zero.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix of 1 to 28 agents.

    Examples
    --------
    Three uploads at right angles, the first twice as long as the others.

    >>> from cgs_core.contribution import cgsv_exact
    >>> cgsv_exact([[4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).round(2)
    array([0.58, 0.21, 0.21])
    """
    return cosine_semivalue(gram, shapley_weights(len(np.asarray(gram))))


def cosine_semivalue(gram: npt.ArrayLike, size_weights: FloatArray) -> Contribution:
    """A semivalue of v(S) = cos(u_S, u_N), at the cost of ``cgsv_exact``, which is the one of equal weights.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite; at most 28 agents.
    size_weights: (n_agents,), finite: what coalitions of 0, 1, ... n - 1 other agents weigh together.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix of 1 to 28 agents.

    Examples
    --------
    Equal weights of sizes, and of coalitions.

    >>> import numpy as np
    >>> from cgs_core.contribution import banzhaf_weights, cosine_semivalue, shapley_weights
    >>> gram = np.diag([4.0, 1.0, 1.0])
    >>> cosine_semivalue(gram, shapley_weights(3)).round(2), cosine_semivalue(gram, banzhaf_weights(3)).round(2)
    (array([0.58, 0.21, 0.21]), array([0.56, 0.19, 0.19]))
    """
    scaled = checked_gram(gram, max_agents=MAX_GAME_AGENTS)
    return semivalues_of_blocks(len(scaled), coalition_blocks(scaled), size_weights)


def cgsv_approx(gram: npt.ArrayLike) -> Contribution:
    """psi_i = cos(u_i, u_N), the paper's approximation of the CGSV.

    O(n_agents**2), any number of agents. It is on another scale than the exact value: it does not sum to 1.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite: M_ij = a_i a_j <u_i, u_j>.

    Returns
    -------
    (n_agents,) in [-1, 1], all 0 when the aggregate is zero.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.

    Examples
    --------
    >>> from cgs_core.contribution import cgsv_approx
    >>> cgsv_approx([[4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).round(2)
    array([0.82, 0.41, 0.41])
    """
    scaled = checked_gram(gram)
    diagonal = scaled.diagonal()
    return cosines(scaled.sum(axis=1), diagonal, diagonal, aggregate_squared(scaled))


def others_cosine(gram: npt.ArrayLike) -> Contribution:
    """cos(u_i, u_N - a_i u_i), the cosine of an upload to the sum of the others': no upload is measured by itself.

    O(n_agents**3), any number of agents.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite: M_ij = a_i a_j <u_i, u_j>.

    Returns
    -------
    (n_agents,) in [-1, 1]; 0 where the upload or the others' sum is zero (see ``cosines``), and for a single agent.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.

    Examples
    --------
    >>> from cgs_core.contribution import others_cosine
    >>> others_cosine([[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).round(2)
    array([0.71, 0.89, 0.  ])
    """
    scaled = checked_gram(gram)
    others = 1.0 - np.eye(len(scaled))
    squared = np.einsum("ij,ij->i", others @ scaled, others)
    trace, own = others @ scaled.diagonal(), scaled.diagonal()
    inner = (scaled * others).sum(axis=1)
    values = [cosines(inner[i : i + 1], squared[i : i + 1], trace[i : i + 1], own[i])[0] for i in range(len(scaled))]
    return np.array(values)


def cgsv_sampled(gram: npt.ArrayLike, n_permutations: int, rng: np.random.Generator) -> tuple[Contribution, FloatArray]:
    """Unbiased estimate of the CGSV: the last point of ``permutation_path``; above 64 agents O(n_permutations n**2).

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

    Examples
    --------
    >>> import numpy as np
    >>> from cgs_core.contribution import cgsv_exact, cgsv_sampled
    >>> gram = [[4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    >>> estimate, standard_error = cgsv_sampled(gram, 1000, np.random.default_rng(0))
    >>> bool((abs(estimate - cgsv_exact(gram)) < 3 * standard_error).all())
    True
    """
    path = permutation_path(gram_game(gram), len(np.asarray(gram)), n_permutations, rng, n_points=2)
    return path.estimate[-1], path.standard_error[-1]


def leave_one_out(gram: npt.ArrayLike) -> Contribution:
    """v(N) - v(N without i), what the cosine loses when one agent leaves: (n_agents,) in [0, 2].

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    game = gram_game(gram)
    is_left_out = np.eye(len(np.asarray(gram)), dtype=bool)
    values = game(~np.vstack([np.zeros_like(is_left_out[:1]), is_left_out]))
    lost: Contribution = values[0] - values[1:]
    return lost
