"""What every coalition is worth: the cosine of its summed update to the aggregate, from the Gram matrix alone.

The paper (Xu et al., NeurIPS 2021) values a coalition S at v(S) = cos(u_S, u_N), u_S the sum of its
agents' weighted updates. With M_ij = a_i a_j <u_i, u_j>, <u_S, u_N> is the sum of M's rows in S, and |u_S|^2 the
sum of M over S x S, so nothing here grows with the number of model parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cgs_core.typing import CoalitionValues, FloatArray, Gram

MAX_GAME_AGENTS = 28
"""Above this, 2**n coalitions take seconds to minutes; ``cgsv_sampled`` has no such limit."""

BLOCK_AGENTS = 14
"""Coalitions are visited in blocks of 2**14 (128 kB of float64), which stay in the processor's cache."""

_FEW_AGENTS = 9
"""To here the overhead of NumPy's calls is more than their work."""

_ZERO_TOLERANCE = 1e-12
_SYMMETRY_TOLERANCE = 1e-6


def gram_of(updates: npt.ArrayLike, weights: npt.ArrayLike) -> Gram:
    """The Gram matrix of uploads, M_ij = a_i a_j <u_i, u_j>: all that contributions are computed from.

    O(n_agents**2 n_params) time; float64, whatever the uploads are.

    Parameters
    ----------
    updates: (n_agents, n_params), finite: what each agent uploaded, u_i, one flat vector an agent.
    weights: (n_agents,), finite and at least 0: what an upload weighs in the aggregate u_N = sum a_i u_i, for
        instance shares of the data. Cosines do not see their scale.

    Returns
    -------
    (n_agents, n_agents), symmetric: inner products of the weighted updates a_i u_i.

    Raises
    ------
    ValueError: an argument is of another shape, or holds a number that is not allowed.

    Examples
    --------
    Two agents agree and the third points elsewhere; the contributions add up to 1.

    >>> import numpy as np
    >>> from cgs_core.contribution import cgsv_approx, cgsv_exact, gram_of
    >>> updates = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> gram = gram_of(updates, [0.4, 0.4, 0.2])
    >>> gram.round(2)
    array([[0.16, 0.16, 0.  ],
           [0.16, 0.16, 0.  ],
           [0.  , 0.  , 0.04]])
    >>> cgsv_approx(gram).round(2)
    array([0.97, 0.97, 0.24])
    >>> cgsv_exact(gram).round(2), round(float(cgsv_exact(gram).sum()), 2)
    (array([0.45, 0.45, 0.09]), 1.0)
    """
    vectors, scale = np.asarray(updates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if vectors.ndim != 2 or not vectors.size:
        raise ValueError(f"updates: one flat vector an agent, (n_agents, n_params); got shape {vectors.shape}")
    if scale.shape != (len(vectors),):
        raise ValueError(f"weights: one number an agent, {len(vectors)} as in updates; got shape {scale.shape}")
    for name, array in (("updates", vectors), ("weights", scale)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: finite numbers; got {array[~np.isfinite(array)][0]}")
    if scale.min() < 0:
        raise ValueError(f"weights: numbers of at least 0; got {scale.min()}")
    weighted = scale[:, np.newaxis] * vectors
    gram: Gram = weighted @ weighted.T
    return gram


def coalition_values(gram: npt.ArrayLike) -> CoalitionValues:
    """v(S) = cos(u_S, u_N) of all coalitions; time and memory double with every agent (n = 24: 128 MB).

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite: M_ij = a_i a_j <u_i, u_j>; at most 28 agents.

    Returns
    -------
    (2**n_agents,) in [-1, 1]: bit i of the index says whether agent i is in; the empty coalition is worth 0, and
    so is one whose updates cancel (see ``cosines``).

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix of 1 to 28 agents.

    Examples
    --------
    Two agents at right angles: nobody, the first, the second, both.

    >>> from cgs_core.contribution import coalition_values
    >>> coalition_values([[1.0, 0.0], [0.0, 1.0]]).round(2)
    array([0.  , 0.71, 0.71, 1.  ])
    """
    scaled = checked_gram(gram, max_agents=MAX_GAME_AGENTS)
    values = np.empty((2 ** max(len(scaled) - BLOCK_AGENTS, 0), 2 ** min(len(scaled), BLOCK_AGENTS)))
    for high, block in enumerate(coalition_blocks(scaled)):
        values[high] = block
    return values.ravel()


def coalition_blocks(gram: Gram) -> Iterator[CoalitionValues]:
    """The table of ``coalition_values`` piece by piece, 2**min(n_agents, 14) values at a time, in order.

    Block h holds the coalitions whose higher agents are the bits of h; the next one may overwrite it. They are visited
    depth first: |u_S|^2 of block h comes from that of h without its lowest bit, one agent less.

    Parameters
    ----------
    gram: (n_agents, n_agents) as ``checked_gram`` returns it.
    """
    n_low = min(len(gram), BLOCK_AGENTS)
    n_high = len(gram) - n_low
    rows, diagonal, total = gram.sum(axis=1), gram.diagonal(), aggregate_squared(gram)
    low = _sums(gram[:n_low, :n_low], rows[:n_low])
    if not n_high:
        yield cosines(low.inner, low.squared, low.trace, total)
        return
    high_inner, high_trace = subset_sums(rows[n_low:]).tolist(), subset_sums(diagonal[n_low:])
    growth = [gram[j, j] + 2 * subset_sums(gram[j, :n_low]) for j in range(n_low, len(gram))]
    squared = np.empty((n_high + 1, 2**n_low))
    squared[0] = low.squared
    inner, values = np.empty((2, 2**n_low))
    surely_not_zero = 2 * _ZERO_TOLERANCE * diagonal.sum()  # twice what ``cosines`` asks: no rounding matters
    between = _sums_with_later(gram[n_low:, n_low:])
    for high in range(2**n_high):
        depth = high.bit_count()
        if high:
            lowest = (high & -high).bit_length() - 1
            np.add(squared[depth - 1], growth[lowest], out=squared[depth])
            squared[depth] += 2 * between[lowest][high >> lowest + 1]
        np.add(low.inner, high_inner[high], out=inner)
        if total > 0 and np.minimum.reduce(squared[depth]) > surely_not_zero:
            yield _ratios(inner, squared[depth], total, out=values)
        else:
            yield cosines(inner, squared[depth], low.trace + high_trace[high], total)


def _sums_with_later(gram: Gram) -> list[list[float]]:
    """[i][s]: the sum of row i over those of the agents after i that are bits of s, for (n, n) of few agents."""
    n_agents = len(gram)
    rows = [subset_sums(gram[i, i + 1 :]) for i in range(n_agents)]
    for i, row in enumerate(rows):  # numpy adds eight or more numbers in an order of its own
        for subset in range(len(row)):
            if subset.bit_count() >= 8:
                row[subset] = gram[i, [j for j in range(i + 1, n_agents) if subset >> j - i - 1 & 1]].sum()
    return [row.tolist() for row in rows]


def aggregate_squared(gram: Gram) -> float:
    """|u_N|^2, or 0 when it is at most 1e-12 of the sum of the agents' squared lengths (see ``cosines``)."""
    total = float(gram.sum())
    return total if total > _ZERO_TOLERANCE * gram.trace() else 0.0


def cosines(inner: FloatArray, squared: FloatArray, trace: FloatArray, total: float) -> CoalitionValues:
    """cos(u_S, u_N) of coalitions given by their sums, in [-1, 1].

    A vector counts as zero, and its cosine as 0, when its squared length is at most 1e-12 of the sum of its
    agents' squared lengths: that much is rounding left over from updates that cancel, and may even be negative.

    Parameters
    ----------
    inner: (n_coalitions,) <u_S, u_N>.
    squared: (n_coalitions,) |u_S|^2.
    trace: (n_coalitions,) sum over S of M_ii.
    total: |u_N|^2 as ``aggregate_squared`` returns it.
    """
    if total == 0:
        return np.zeros(inner.shape)
    is_zero = squared <= _ZERO_TOLERANCE * trace
    if is_zero.any():
        inner, squared = np.where(is_zero, 0.0, inner), np.where(is_zero, 1.0, squared)
    return _ratios(inner, squared, total, out=np.empty(inner.shape))


def _ratios(inner: FloatArray, squared: FloatArray, total: float, out: npt.NDArray[np.float64]) -> CoalitionValues:
    """inner / sqrt(squared total), in [-1, 1], of coalitions that are not zero; ``out`` is where they go."""
    np.multiply(squared, total, out=out)
    np.sqrt(out, out=out)
    np.divide(inner, out, out=out)
    return np.clip(out, -1.0, 1.0, out=out)


def subset_sums(values: FloatArray) -> FloatArray:
    """Sum of every subset of (n,) numbers: (2**n,), bit i of the index says whether number i is in."""
    sums = np.zeros(2 ** len(values))
    for i, value in enumerate(values):
        np.add(sums[: 2**i], value, out=sums[2**i : 2 ** (i + 1)])
    return sums


def checked_gram(gram: npt.ArrayLike, max_agents: int | None = None) -> Gram:
    """A float64 copy, exactly symmetric and scaled to a largest entry of 1 (cosines do not see the scale).

    Raises
    ------
    ValueError: not square, empty, not finite, asymmetric by more than 1e-6 of the largest entry, a negative
        squared length on the diagonal, or more than ``max_agents`` agents.
    """
    array = np.asarray(gram, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
        raise ValueError(f"gram: a square matrix, one row an agent; got shape {array.shape}")
    if max_agents is not None and len(array) > max_agents:
        raise ValueError(
            f"gram: at most {max_agents} agents, as each one doubles the number of coalitions "
            f"(cgsv_sampled takes more); got {len(array)}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"gram: finite numbers; got {array[~np.isfinite(array)][0]}")
    if array.diagonal().min() < 0:
        raise ValueError(f"gram: squared lengths of at least 0 on the diagonal; got {array.diagonal().min()}")
    largest = np.abs(array).max()
    if largest > 0:
        array = array / largest
    asymmetry = np.abs(array - array.T).max()
    if asymmetry > _SYMMETRY_TOLERANCE:
        raise ValueError(f"gram: a symmetric matrix; got one whose mirrored entries differ by {asymmetry * largest}")
    return (array + array.T) / 2


@dataclass(frozen=True)
class _Sums:
    """What ``cosines`` asks of every coalition of n agents, (2**n,) each."""

    inner: FloatArray
    squared: FloatArray
    trace: FloatArray


def _sums(gram: Gram, rows: FloatArray) -> _Sums:
    """Of all coalitions of a few agents: (n, n) their part of the Gram matrix, (n,) their rows' sums of the whole."""
    route = _sums_by_membership if len(gram) <= _FEW_AGENTS else _sums_by_doubling
    return route(gram, rows)


def _sums_by_doubling(gram: Gram, rows: FloatArray) -> _Sums:
    """Agent by agent: the coalitions with it are those without it, and what it adds."""
    squared = np.zeros(2 ** len(gram))
    for i in range(len(gram)):
        without = squared[: 2**i]
        squared[2**i : 2 ** (i + 1)] = without + (gram[i, i] + 2 * subset_sums(gram[i, :i]))
    return _Sums(subset_sums(rows), squared, subset_sums(gram.diagonal()))


def _sums_by_membership(gram: Gram, rows: FloatArray) -> _Sums:
    """All at once, a quarter of the calls: the same numbers are added in the same order, so the bits are the same."""
    is_member, earlier = _memberships(len(gram))
    trace = np.add.reduce(gram.diagonal()[:, np.newaxis] * is_member, axis=0)
    with_earlier = np.add.reduce((gram * earlier)[:, :, np.newaxis] * is_member, axis=1)
    added = (gram.diagonal()[:, np.newaxis] + 2 * with_earlier) * is_member
    return _Sums(
        inner=np.add.reduce(rows[:, np.newaxis] * is_member, axis=0), squared=np.add.reduce(added, axis=0), trace=trace
    )


@cache
def _memberships(n_agents: int) -> tuple[FloatArray, FloatArray]:
    """(n, 2**n) 1.0 where agent i is in coalition S; (n, n) 1.0 where j < i."""
    is_member = (np.arange(2**n_agents) >> np.arange(n_agents)[:, np.newaxis] & 1).astype(np.float64)
    return is_member, np.tri(n_agents, k=-1)
