"""Semivalues against shapiq, the definition coalition by coalition, opendataval's formula, and games worked by hand."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.special import beta as beta_function
from shapiq import ExactComputer

from cgs_core.contribution import (
    banzhaf_weights,
    beta_weights,
    coalition_values,
    mean_marginals_by_size,
    semivalues,
    shapley_values,
    shapley_weights,
    voting_game,
)


def by_definition(values: np.ndarray, weight_of_size: np.ndarray) -> np.ndarray:
    """Sum over the coalitions of the others of what the agent adds, each with its own weight."""
    n_agents = values.size.bit_length() - 1
    worth = np.zeros(n_agents)
    for agent in range(n_agents):
        others = [other for other in range(n_agents) if other != agent]
        for size in range(n_agents):
            for members in combinations(others, size):
                index = sum(1 << member for member in members)
                added = values[index | 1 << agent] - values[index]
                worth[agent] += weight_of_size[size] / comb(n_agents - 1, size) * added
    return worth


@pytest.mark.parametrize("n_agents", [1, 2, 3, 5, 7])
def test_it_is_the_weighted_mean_of_what_an_agent_adds(n_agents: int) -> None:
    rng = np.random.default_rng(n_agents)
    values, weights = rng.normal(size=2**n_agents), rng.random(n_agents)
    np.testing.assert_allclose(semivalues(values, weights), by_definition(values, weights), atol=1e-12)
    np.testing.assert_allclose(semivalues(values, weights), mean_marginals_by_size(values) @ weights, atol=1e-12)


@pytest.mark.parametrize("n_agents", [2, 5, 9, 12])
def test_banzhaf_is_that_of_shapiq(n_agents: int) -> None:
    updates = np.random.default_rng(n_agents).normal(size=(n_agents, 6)) + 0.3
    values = coalition_values(updates @ updates.T)
    powers = 1 << np.arange(n_agents)
    theirs = ExactComputer(lambda inside: values[inside.astype(int) @ powers], n_players=n_agents)("BV", order=1)
    np.testing.assert_allclose(semivalues(values, banzhaf_weights(n_agents)), theirs.get_n_order_values(1), atol=1e-9)


@pytest.mark.parametrize("n_agents", [1, 2, 6, 20, 50])
@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (4, 1), (1, 16), (0.5, 3.0)])
def test_beta_weights_are_those_of_opendataval(n_agents: int, alpha: float, beta: float) -> None:
    expected = np.array(
        [
            beta_function(size + beta, n_agents - (size + 1) + alpha) / beta_function(size + 1, n_agents - size)
            for size in range(n_agents)
        ]
    )
    np.testing.assert_allclose(beta_weights(n_agents, alpha, beta), expected / expected.sum(), rtol=1e-9)


def test_weights_of_sizes_sum_to_one_and_lean_as_is_said() -> None:
    sizes = np.arange(10)
    for weights in (shapley_weights(10), banzhaf_weights(10), beta_weights(10, 4, 1), beta_weights(10, 1, 4)):
        assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert beta_weights(10, 4, 1) @ sizes < shapley_weights(10) @ sizes < beta_weights(10, 1, 4) @ sizes
    np.testing.assert_allclose(beta_weights(10, 1, 1), 0.1, rtol=1e-12)


def test_equal_weights_are_the_shapley_value_also_beyond_a_block() -> None:
    values = np.random.default_rng(0).normal(size=2**15)
    np.testing.assert_allclose(semivalues(values, beta_weights(15, 1, 1)), shapley_values(values), rtol=0, atol=1e-11)


def test_banzhaf_of_a_vote_counts_swings() -> None:
    """[4; 3, 2, 1]: the first is decisive in 3 of the 4 coalitions of the others, the second and third in 1 each."""
    values = voting_game(4, [3, 2, 1]).values
    np.testing.assert_allclose(semivalues(values, banzhaf_weights(3)), [3 / 4, 1 / 4, 1 / 4])


def test_who_adds_nothing_is_worth_nothing_and_equals_are_worth_the_same() -> None:
    values = np.random.default_rng(3).normal(size=8)
    with_idle = np.concatenate([values, values])  # a fourth agent adds nothing anywhere
    for weights in (banzhaf_weights(4), beta_weights(4, 4, 1)):
        assert semivalues(with_idle, weights)[3] == pytest.approx(0, abs=1e-12)
    gram = np.ones((5, 5)) + np.diag([0, 0, 1, 2, 3])
    worth = semivalues(coalition_values(gram), banzhaf_weights(5))
    assert worth[0] == pytest.approx(worth[1], rel=1e-12) and worth[0] != pytest.approx(worth[2])


def test_what_is_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^size_weights: 2 finite numbers"):
        semivalues(np.zeros(4), [1.0])
    with pytest.raises(ValueError, match=r"^size_weights: "):
        semivalues(np.zeros(4), [np.nan, 1.0])
    with pytest.raises(ValueError, match=r"^values: "):
        semivalues(np.zeros(3), [1.0, 1.0])
    with pytest.raises(ValueError, match="alpha, beta: numbers above 0"):
        beta_weights(3, 0, 1)
