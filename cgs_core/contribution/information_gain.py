"""Information gain: how much the uploads of a coalition tell that is not the same thing twice.

v(S) = 1/2 log det(I + snr K_S), with K the matrix of the cosines between uploads: what is learnt of a linear function
of directions from noisy answers along the coalition's uploads. The game is this program's own, made after the abstract
of Sim et al., ICML 2020 (arXiv:2010.12797), who value data by the information gain on model parameters and do not look
at uploads. It rewards novelty: equal uploads tell little more than one, orthogonal ones as much as each alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import BLOCK_AGENTS, MAX_GAME_AGENTS, checked_gram
from cgs_core.contribution.semivalues import semivalues_of_blocks, shapley_weights
from cgs_core.typing import CoalitionValues, Contribution, FloatArray

SIGNAL_TO_NOISE = 1.0
"""The factor of K: variance of the function over that of the noise."""


def upload_cosines(gram: npt.ArrayLike) -> FloatArray:
    """K_ij = cos(u_i, u_j) from the Gram matrix: (n_agents, n_agents), rows of zero uploads all 0.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    scaled = checked_gram(gram)
    lengths = np.sqrt(scaled.diagonal())
    products = np.outer(lengths, lengths)
    cosines = np.divide(scaled, products, out=np.zeros_like(scaled), where=products > 0)
    np.fill_diagonal(cosines, lengths > 0)
    return np.clip(cosines, -1, 1)


def information_gain(gram: npt.ArrayLike, signal_to_noise: float = SIGNAL_TO_NOISE) -> Contribution:
    """Shapley value of v(S) = 1/2 log det(I + snr K_S), in nats.

    All 2**n coalitions are visited, so the time doubles with every agent (under a tenth of a second at 20).

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite; at most 28 agents.
    signal_to_noise: at least 0.

    Returns
    -------
    (n_agents,), at least 0; sums to v(N). A zero upload is worth 0.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix of 1 to 28 agents.

    Examples
    --------
    Two agents upload the same, a third what is new.

    >>> from cgs_core.contribution import information_gain
    >>> information_gain([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).round(2)
    array([0.27, 0.27, 0.35])
    """
    matrix = _checked_matrix(gram, signal_to_noise, MAX_GAME_AGENTS)
    n_agents = len(matrix)
    return semivalues_of_blocks(n_agents, _log_determinants(matrix), shapley_weights(n_agents)) / 2


def information_gain_sampled(
    gram: npt.ArrayLike, n_permutations: int, rng: np.random.Generator, signal_to_noise: float = SIGNAL_TO_NOISE
) -> Contribution:
    """Unbiased estimate of ``information_gain`` from random orders of joining, any number of agents.

    The Cholesky factor of the matrix in an order of joining has on its diagonal what each agent adds, so an order costs
    O(n**3).

    Returns
    -------
    (n_agents,), which sums to v(N) like the exact value.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix, or no permutation is asked for.
    """
    if n_permutations < 1:
        raise ValueError(f"n_permutations: at least 1; got {n_permutations}")
    matrix = _checked_matrix(gram, signal_to_noise, None)
    orders = rng.permuted(np.tile(np.arange(len(matrix)), (n_permutations, 1)), axis=1)
    factors = np.linalg.cholesky(matrix[orders[:, :, np.newaxis], orders[:, np.newaxis, :]])
    added = np.log(np.diagonal(factors, axis1=1, axis2=2))
    mean: Contribution = np.take_along_axis(added, np.argsort(orders, axis=1), axis=1).mean(axis=0)
    return mean


def _checked_matrix(gram: npt.ArrayLike, signal_to_noise: float, max_agents: int | None) -> FloatArray:
    """I + snr K, positive definite."""
    if not 0 <= signal_to_noise < np.inf:
        raise ValueError(f"signal_to_noise: a finite number of at least 0; got {signal_to_noise}")
    scaled = checked_gram(gram, max_agents)
    return np.eye(len(scaled)) + signal_to_noise * upload_cosines(scaled)


def _log_determinants(matrix: FloatArray) -> Iterator[CoalitionValues]:
    """log det of the part of a matrix that belongs to each coalition, 2**min(n, 14) coalitions at a time, in order.

    An agent is out, or in: then its pivot is a factor, and what remains is the others' Schur complement. The higher
    agents are decided one after the other, depth first, the lower ones all together.
    """

    def of_high(remaining: FloatArray, logarithm: float) -> Iterator[CoalitionValues]:
        if len(remaining) <= BLOCK_AGENTS:
            yield _block(remaining, logarithm)
            return
        without, within, pivots = _decided(remaining[np.newaxis])
        yield from of_high(without[0], logarithm)
        yield from of_high(within[0], logarithm + float(np.log(pivots[0])))

    return of_high(matrix, 0.0)


def _block(matrix: FloatArray, logarithm: float) -> CoalitionValues:
    """(2**n,): ``logarithm`` + log det of each coalition's part; bit i of the index says whether agent i is in."""
    remaining, logarithms = matrix[np.newaxis], np.array([logarithm])
    for n_left in range(len(matrix) - 1, -1, -1):
        without, within, pivots = _decided(remaining)
        remaining = np.stack([without, within], axis=1).reshape(2 * len(pivots), n_left, n_left)
        logarithms = np.stack([logarithms, logarithms + np.log(pivots)], axis=1).ravel()
    return logarithms


def _decided(matrices: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The last agent of each (m, n, n) matrix decided: what is left without it, with it, and its pivot."""
    pivots, column, rest = matrices[:, -1, -1], matrices[:, :-1, -1], matrices[:, :-1, :-1]
    scaled = column / pivots[:, np.newaxis]
    return rest, rest - column[:, :, np.newaxis] * scaled[:, np.newaxis, :], pivots
