"""Lengths of updates, and updates made as long as the update norm."""

from __future__ import annotations

import numpy as np

from cgs_core.typing import Params

NORM_FLOOR = 1e-7  # the authors' code; a zero update stays zero


def lengths_of(vectors: Params) -> np.ndarray:
    """(n, 1): one norm over each whole vector (n, n_params), summed in float64."""
    squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
    return np.sqrt(squares)[:, None].astype(vectors.dtype)


def as_long_as(update_norm: float, vectors: Params) -> Params:
    """Gamma v / (|v| + 1e-7) of each vector (n, n_params)."""
    scaled: Params = update_norm / (lengths_of(vectors) + NORM_FLOOR) * vectors
    return scaled
