"""The Gram matrix of a person's own uploads: the engine's, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact, gram_of
from cgs_core.data import federated_data
from cgs_core.federation.experiment import iterate
from cgs_core.scenario import Agent, Scenario
from tests.reference.plain_loop import plain_rounds

SMALL = Scenario(
    dataset="wine", model="logistic", n_agents=3, n_rounds=3, agents=(Agent(shard_size=20), Agent(conduct="free_rider"))
)


def test_it_is_the_gram_matrix_of_the_engine() -> None:
    data = federated_data(SMALL)
    weights = np.array([shard.n_samples for shard in data.shards]) / sum(shard.n_samples for shard in data.shards)
    rounds = zip(iterate(SMALL, np.float64), plain_rounds(SMALL, data, "chosen", np.float64), strict=True)
    for record, plain in rounds:
        np.testing.assert_allclose(gram_of(plain.uploads, weights), record.gram, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(cgsv_exact(gram_of(plain.uploads, weights)), record.contribution_exact, rtol=1e-6)
        weights = record.importance  # of the next round


def test_it_is_computed_in_double_precision() -> None:
    updates = np.random.default_rng(1).normal(size=(4, 50)).astype(np.float32)
    exact = np.array([[sum(float(a) * float(b) for a, b in zip(u, v, strict=True)) for v in updates] for u in updates])
    gram = gram_of(updates, np.ones(4))
    assert gram.dtype == np.float64 and np.array_equal(gram, gram.T)
    np.testing.assert_allclose(gram, exact, rtol=1e-13, atol=1e-13)


def test_the_scale_of_the_weights_does_not_matter_to_cosines_and_a_weight_of_zero_is_worth_nothing() -> None:
    updates, weights = np.random.default_rng(2).normal(size=(3, 9)), np.array([1.0, 2.0, 0.0])
    np.testing.assert_allclose(
        cgsv_exact(gram_of(updates, weights)), cgsv_exact(gram_of(updates, 7 * weights)), atol=1e-12
    )
    assert cgsv_approx(gram_of(updates, weights))[2] == 0


@pytest.mark.parametrize(
    ("updates", "weights", "words"),
    [
        ([1.0, 2.0], [1.0, 1.0], r"updates: one flat vector an agent, \(n_agents, n_params\); got shape \(2,\)"),
        (np.zeros((0, 3)), [], "updates: one flat vector an agent"),
        (np.ones((2, 3)), [1.0], r"weights: one number an agent, 2 as in updates; got shape \(1,\)"),
        (np.ones((2, 3)), [[1.0, 1.0]], "weights: one number an agent"),
        ([[1.0, np.nan], [0.0, 1.0]], [1.0, 1.0], "updates: finite numbers; got nan"),
        (np.ones((2, 3)), [1.0, np.inf], "weights: finite numbers; got inf"),
        (np.ones((2, 3)), [1.0, -0.5], r"weights: numbers of at least 0; got -0\.5"),
    ],
)
def test_what_is_no_uploads_is_told(updates: object, weights: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gram_of(updates, weights)
