"""What makes data worse: wrong labels and blurred features. More noise adds to the same pattern."""

from __future__ import annotations

import numpy as np

from cgs_core.typing import FloatArray, IntArray


def flip_labels(labels: IntArray, n_classes: int, fraction: float, rng: np.random.Generator) -> IntArray:
    """A copy of ``labels`` (n_samples,) with round(fraction * n_samples) of them changed to another class.

    Which samples change, and to what, is drawn before ``fraction`` is looked at: a higher fraction keeps the
    flips of a lower one and adds more.
    """
    order = rng.permutation(len(labels))
    shift = rng.integers(1, n_classes, len(labels))
    flipped = labels.copy()
    chosen = order[: round(fraction * len(labels))]
    flipped[chosen] = (labels[chosen] + shift[chosen]) % n_classes
    return flipped


def blur_features(features: FloatArray, std: float, rng: np.random.Generator) -> FloatArray:
    """``features`` (n_samples, n_features) float32 plus Gaussian noise of that standard deviation, not clipped.

    The noise is drawn with deviation 1 and then scaled: ``std`` changes its size and not its pattern.
    """
    return features + np.float32(std) * rng.standard_normal(features.shape, dtype=np.float32)
