"""Information gain against determinants taken one by one, and against cases worked by hand."""

from __future__ import annotations

from itertools import permutations
from math import factorial, log

import numpy as np
import pytest

from cgs_core.contribution import information_gain, information_gain_sampled, upload_cosines


def told(gram: np.ndarray, members: tuple[int, ...], snr: float) -> float:
    """1/2 log det(I + snr K_S), from the definition of a cosine."""
    matrix = np.eye(len(members))
    for i, one in enumerate(members):
        for j, other in enumerate(members):
            lengths = np.sqrt(gram[one, one] * gram[other, other])
            matrix[i, j] += snr * gram[one, other] / lengths if lengths > 0 else 0.0
    return 0.5 * log(np.linalg.det(matrix))


def by_orders(gram: np.ndarray, snr: float) -> np.ndarray:
    """Mean of what each agent adds over all orders of joining."""
    n_agents = len(gram)
    worth = np.zeros(n_agents)
    for order in permutations(range(n_agents)):
        for place, agent in enumerate(order):
            worth[agent] += told(gram, order[: place + 1], snr) - told(gram, order[:place], snr)
    return worth / factorial(n_agents)


def gram_of_draws(n_agents: int, n_params: int = 8, seed: int = 0) -> np.ndarray:
    updates = np.random.default_rng(seed).normal(size=(n_agents, n_params)) + 0.5
    return updates @ updates.T


@pytest.mark.parametrize("n_agents", [1, 2, 4, 5])
@pytest.mark.parametrize("snr", [0.3, 1.0, 20.0])
def test_it_is_the_shapley_value_of_the_log_determinants(n_agents: int, snr: float) -> None:
    gram = gram_of_draws(n_agents)
    np.testing.assert_allclose(information_gain(gram, snr), by_orders(gram, snr), atol=1e-10)


def test_many_agents_are_visited_in_blocks_of_the_same_table() -> None:
    """Above 14 agents there is more than one block: the sum is what all tell, and equal agents are worth the same."""
    gram = gram_of_draws(16, n_params=40)
    gram[0], gram[:, 0] = gram[15], gram[:, 15]
    gram[0, 0] = gram[15, 15]
    worth = information_gain(gram)
    assert worth.sum() == pytest.approx(told(gram, tuple(range(16)), 1.0), abs=1e-10)
    assert worth[0] == pytest.approx(worth[15], abs=1e-12)
    estimate = information_gain_sampled(gram, 4_000, np.random.default_rng(0))
    np.testing.assert_allclose(estimate, worth, atol=5e-3)


def test_what_is_said_twice_is_worth_less_than_what_is_new() -> None:
    same, new = 0.25 * log(3), 0.5 * log(2)
    gram = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 4.0]])
    np.testing.assert_allclose(information_gain(gram), [same, same, new], atol=1e-12)


def test_length_does_not_matter_and_a_zero_upload_tells_nothing() -> None:
    gram = gram_of_draws(4)
    scale = np.array([3.0, 0.1, 1.0, 1.0])
    np.testing.assert_allclose(information_gain(gram * np.outer(scale, scale)), information_gain(gram), atol=1e-12)
    with_idle = np.zeros((5, 5))
    with_idle[:4, :4] = gram
    np.testing.assert_allclose(information_gain(with_idle), [*information_gain(gram), 0.0], atol=1e-12)
    assert not information_gain(np.zeros((3, 3))).any()
    assert not information_gain(gram, 0.0).any()


def test_the_estimate_is_unbiased_and_shares_out_the_same_sum() -> None:
    gram = gram_of_draws(5)
    one = information_gain_sampled(gram, 1, np.random.default_rng(1))
    assert one.sum() == pytest.approx(information_gain(gram).sum(), abs=1e-12)
    many = information_gain_sampled(gram, 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(many, information_gain(gram), atol=3e-3)


def test_cosines_are_those_of_the_uploads() -> None:
    updates = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 0.0], [-3.0, 0.0]])
    half = np.sqrt(0.5)
    expected = [[1, half, 0, -1], [half, 1, 0, -half], [0, 0, 0, 0], [-1, -half, 0, 1]]
    np.testing.assert_allclose(upload_cosines(updates @ updates.T), expected, atol=1e-12)


def test_what_is_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="signal_to_noise: a finite number of at least 0"):
        information_gain(np.eye(2), -1.0)
    with pytest.raises(ValueError, match="at most 28 agents"):
        information_gain(np.eye(29))
    with pytest.raises(ValueError, match="n_permutations: at least 1"):
        information_gain_sampled(np.eye(2), 0, np.random.default_rng(0))
