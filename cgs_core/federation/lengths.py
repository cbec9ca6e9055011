"""Lengths of updates, and updates made as long as the update norm, or as the upload scaling says."""

from __future__ import annotations

import numpy as np

from cgs_core.scenario import UploadScaling
from cgs_core.typing import FloatArray, Params

NORM_FLOOR = 1e-7  # the authors' code; a zero update stays zero

DIVERGED = 1e6
"""An update as trained that is longer would lead the model out of the range of numbers in a few rounds."""

ENTRY_LIMIT = 0.01
"""The largest magnitude of an entry under the upload scaling ``clipped_entries`` (CFFL's program)."""


def lengths_of(vectors: Params) -> np.ndarray:
    """(n, 1): one norm over each whole vector (n, n_params), summed in float64."""
    squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
    return np.sqrt(squares)[:, None].astype(vectors.dtype)


def as_long_as(update_norm: float, vectors: Params) -> Params:
    """Gamma v / (|v| + 1e-7) of each vector (n, n_params)."""
    return brought_to(update_norm, vectors, lengths_of(vectors))[0]


def brought_to(update_norm: float, vectors: Params, lengths: np.ndarray) -> tuple[Params, FloatArray]:
    """Gamma v / (|v| + 1e-7) of vectors (n, n_params) and their lengths (n, 1), and what each times makes it v (n,)."""
    scaled: Params = update_norm / (lengths + NORM_FLOOR) * vectors
    return scaled, (lengths[:, 0] + NORM_FLOOR) / update_norm


def rescale(scaling: UploadScaling, update_norm: float, scale: FloatArray, *vectors: Params) -> FloatArray:
    """Make vectors of length Gamma (n, n_params), in place, as long as an upload scaling says.

    Parameters
    ----------
    scale: (n,) what an update of length Gamma times makes it as long as it was trained. As trained, one that was
        longer than ``DIVERGED`` becomes zero.

    Returns
    -------
    (n,): the same of the vectors as they are now.
    """
    if scaling == "to_norm":
        return scale
    has_diverged = (scale * update_norm > DIVERGED) & (scaling == "as_trained")
    factor = np.where(has_diverged, 0, np.minimum(scale, 1) if scaling == "at_most_norm" else scale)
    for sent in vectors:
        sent *= factor[:, None].astype(sent.dtype)
        if scaling == "clipped_entries":
            np.clip(sent, -ENTRY_LIMIT, ENTRY_LIMIT, out=sent)
    return np.divide(scale, factor, out=np.ones_like(factor), where=factor > 0)
