"""Label noise and feature noise: exact amounts, and the same pattern at every strength."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgs_core.data.corruption import blur_features, flip_labels


@settings(deadline=None)
@given(
    n_classes=st.integers(2, 10),
    n_samples=st.integers(1, 80),
    fractions=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 10_000),
)
def test_exactly_the_fraction_is_flipped_and_more_noise_only_adds_flips(n_classes, n_samples, fractions, seed):
    labels = np.random.default_rng(seed).integers(0, n_classes, n_samples)
    less, more = (flip_labels(labels, n_classes, f, np.random.default_rng(seed)) for f in sorted(fractions))
    for fraction, flipped in zip(sorted(fractions), (less, more), strict=True):
        assert (flipped != labels).sum() == round(fraction * n_samples)
        assert flipped.min() >= 0 and flipped.max() < n_classes
    was_flipped = less != labels
    np.testing.assert_array_equal(more[was_flipped], less[was_flipped])


def test_a_flipped_label_is_any_other_class_equally_often():
    flipped = flip_labels(np.full(9000, 4), 10, 1.0, np.random.default_rng(0))
    counts = np.bincount(flipped, minlength=10)
    assert counts[4] == 0
    assert np.abs(np.delete(counts, 4) - 1000).max() < 150  # five standard deviations


def test_the_given_labels_stay_as_they_are():
    labels = np.arange(10)
    flip_labels(labels, 10, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(labels, np.arange(10))


def test_feature_noise_has_the_size_asked_for_and_one_pattern():
    features = np.zeros((500, 40), dtype=np.float32)
    small, large = (blur_features(features, std, np.random.default_rng(0)) for std in (0.5, 2.0))
    assert small.dtype == np.float32
    assert small.std() == pytest.approx(0.5, rel=0.02)
    np.testing.assert_allclose(large, 4 * small, rtol=1e-6)
