"""The mask of the paper's reward (its section 4.2), and how many bytes a masked reward takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.typing import Params, RewardRatio

VALUE_BYTES = 4  # a float32
_ENTRY_BYTES = 8  # a float32 and its int32 position


def sparsify(aggregate: Params, ratio: RewardRatio, layer_sizes: Sequence[int] | None = None) -> Params:
    """Each agent's reward: the aggregate with only its largest-magnitude entries kept.

    Parameters
    ----------
    aggregate: (n_params,).
    ratio: (n_agents,) in [0, 1].
    layer_sizes: None keeps floor(n_params * ratio) entries of the whole vector (the paper); lengths of the
        parameter tensors keep ceil(length * ratio) of each (the authors' code).

    Returns
    -------
    (n_agents, n_params); exactly so many entries survive, ties go to the earlier entry; ratio 1 keeps all.

    Raises
    ------
    ValueError: a ratio is not from 0 to 1, or the lengths of the tensors are not those of the aggregate.

    Examples
    --------
    >>> import numpy as np
    >>> from cgs_core.federation import sparsify
    >>> sparsify(np.array([0.1, -3.0, 2.0, 0.5]), np.array([1.0, 0.5, 0.25]))
    array([[ 0.1, -3. ,  2. ,  0.5],
           [ 0. , -3. ,  2. ,  0. ],
           [ 0. , -3. ,  0. ,  0. ]])
    """
    sizes, kept = _kept(len(aggregate), np.asarray(ratio, np.float64), layer_sizes)
    rewards = np.empty((len(kept), len(aggregate)), aggregate.dtype)
    first = 0
    for layer, size in enumerate(sizes):
        part = aggregate[first : first + size]
        rank = np.empty(size, np.intp)  # sorted once: an agent's mask is a threshold on it
        rank[np.argsort(-np.abs(part), kind="stable")] = np.arange(size)
        rewards[:, first : first + size] = np.where(rank < kept[:, layer, None], part, 0)
        first += size
    return rewards


def download_bytes(n_params: int, ratio: RewardRatio, layer_sizes: Sequence[int] | None = None) -> np.ndarray:
    """(n_agents,) bytes of a float32 reward: the kept entries with their positions, or all entries if shorter."""
    _, kept = _kept(n_params, np.asarray(ratio, np.float64), layer_sizes)
    return np.minimum(kept.sum(axis=1) * _ENTRY_BYTES, n_params * VALUE_BYTES)


def _kept(n_params: int, ratio: np.ndarray, layer_sizes: Sequence[int] | None) -> tuple[Sequence[int], np.ndarray]:
    """Lengths of the parts and how many entries of each survive, (n_agents, n_parts)."""
    if ratio.ndim != 1 or not np.all((ratio >= 0) & (ratio <= 1)):
        raise ValueError(f"ratio: must be numbers from 0 to 1, one an agent; got {ratio}")
    if layer_sizes is None:
        return [n_params], np.floor(n_params * ratio).astype(np.int64)[:, None]
    if sum(layer_sizes) != n_params:
        raise ValueError(f"layer_sizes: must sum to the {n_params} parameters; got {sum(layer_sizes)}")
    return layer_sizes, np.ceil(np.asarray(layer_sizes) * ratio[:, None]).astype(np.int64)
