"""The CGSV, exact, approximate and sampled, and leave-one-out."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from shapiq import ExactComputer

from cgs_core.contribution import (
    banzhaf_weights,
    cgsv_approx,
    cgsv_exact,
    cgsv_sampled,
    coalition_values,
    cosine_semivalue,
    gram_game,
    leave_one_out,
    others_cosine,
    semivalues,
    shapley_values,
    stratified_path,
)


def _gram(n_agents: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(n_agents, 30)) * rng.uniform(0.1, 2, size=(n_agents, 1)) + 0.3
    return updates @ updates.T


@pytest.mark.parametrize("n_agents", [1, 2, 5, 13, 14, 15, 17])
def test_exact_is_the_shapley_value_of_the_coalition_values(n_agents: int) -> None:
    gram = _gram(n_agents)
    np.testing.assert_allclose(cgsv_exact(gram), shapley_values(coalition_values(gram)), rtol=0, atol=1e-13)


@pytest.mark.parametrize("n_agents", [1, 5, 16])
def test_a_semivalue_of_the_cosine_is_that_of_its_table(n_agents: int) -> None:
    gram, weights = _gram(n_agents), banzhaf_weights(n_agents)
    expected = semivalues(coalition_values(gram), weights)
    np.testing.assert_allclose(cosine_semivalue(gram, weights), expected, rtol=0, atol=1e-13)


def test_exact_by_hand_for_orthogonal_updates() -> None:
    """Lengths 3 and 4: v = 3/5, 4/5 and 1, so phi = (3/5 + 1/5)/2 and (4/5 + 2/5)/2."""
    np.testing.assert_allclose(cgsv_exact(np.diag([9.0, 16.0])), [0.4, 0.6], atol=1e-15)
    np.testing.assert_allclose(cgsv_approx(np.diag([9.0, 16.0])), [0.6, 0.8], atol=1e-15)


@pytest.mark.parametrize("n_agents", range(2, 13))
def test_exact_is_what_shapiq_makes_of_the_updates_themselves(n_agents: int) -> None:
    rng = np.random.default_rng(200 + n_agents)
    updates = rng.normal(size=(n_agents, 30)) * rng.uniform(0.1, 2, size=(n_agents, 1)) + 0.1
    aggregate = updates.sum(axis=0)

    def game(coalitions: np.ndarray) -> np.ndarray:
        summed = coalitions.astype(float) @ updates
        lengths = np.linalg.norm(summed, axis=1) * np.linalg.norm(aggregate)
        return np.divide(summed @ aggregate, lengths, out=np.zeros(len(summed)), where=lengths > 0)

    expected = ExactComputer(game, n_players=n_agents)("SV", order=1).get_n_order_values(1)
    np.testing.assert_allclose(cgsv_exact(updates @ updates.T), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n_agents", [1, 2, 8, 20])
def test_efficiency(n_agents: int) -> None:
    assert cgsv_exact(_gram(n_agents)).sum() == pytest.approx(1, abs=1e-9)


def test_efficiency_holds_when_updates_nearly_cancel() -> None:
    rng = np.random.default_rng(5)
    updates = rng.normal(size=(9, 40))
    updates[1] = -updates[0] + 1e-5 * rng.normal(size=40)
    assert cgsv_exact(updates @ updates.T).sum() == pytest.approx(1, abs=1e-9)


def test_memory_at_24_agents_is_under_64_mb() -> None:
    gram = _gram(24)
    tracemalloc.start()
    try:
        phi = cgsv_exact(gram)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 64e6
    assert phi.sum() == pytest.approx(1, abs=1e-9)


def test_single_agent_is_worth_everything() -> None:
    gram = np.array([[0.25]])
    estimate, standard_error = cgsv_sampled(gram, 3, np.random.default_rng(0))
    for contribution in (cgsv_exact(gram), cgsv_approx(gram), leave_one_out(gram), estimate):
        assert contribution.tolist() == [1.0]
    assert standard_error.tolist() == [0.0]


@pytest.mark.parametrize("gram", [np.zeros((1, 1)), np.zeros((4, 4)), np.array([[1.0, -1.0], [-1.0, 1.0]])])
def test_zero_aggregate_is_worth_nothing(gram: np.ndarray) -> None:
    estimate, standard_error = cgsv_sampled(gram, 4, np.random.default_rng(0))
    for contribution in (cgsv_exact(gram), cgsv_approx(gram), leave_one_out(gram), estimate, standard_error):
        assert contribution.tolist() == [0.0] * len(gram)


def test_opposite_update_is_worth_less_than_nothing() -> None:
    """Trap 2's cause: u = (1, -1/2) along one line gives v = 1, -1, 1 and phi = (3/2, -1/2)."""
    gram = np.array([[1.0, -0.5], [-0.5, 0.25]])
    np.testing.assert_allclose(cgsv_exact(gram), [1.5, -0.5], atol=1e-15)
    np.testing.assert_allclose(cgsv_approx(gram), [1.0, -1.0], atol=1e-15)
    np.testing.assert_allclose(leave_one_out(gram), [2.0, 0.0], atol=1e-15)


def test_two_opposite_updates_beside_a_third() -> None:
    """a, -a and b of length 1, a at right angles to b = u_N: v(b) = v(N) = 1, v(a b) = 1 / sqrt(2), and v(a -a) = 0."""
    gram = np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    of_opposites = (1 - np.sqrt(0.5)) / 6
    np.testing.assert_allclose(cgsv_exact(gram), [of_opposites, of_opposites, 1 - 2 * of_opposites], atol=1e-15)
    np.testing.assert_allclose(cgsv_approx(gram), [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(leave_one_out(gram), [1 - np.sqrt(0.5), 1 - np.sqrt(0.5), 1], atol=1e-15)


@pytest.mark.parametrize("n_agents", [2, 5, 16])
def test_a_zero_update_is_worth_nothing_by_every_estimate(n_agents: int) -> None:
    gram = _gram(n_agents)
    gram[1, :] = gram[:, 1] = 0
    estimate, standard_error = cgsv_sampled(gram, 20, np.random.default_rng(0))
    stratified = stratified_path(gram_game(gram), n_agents, 20, np.random.default_rng(0))
    contributions = (cgsv_exact(gram), cgsv_approx(gram), leave_one_out(gram), estimate, stratified.estimate[-1])
    for contribution in contributions:
        assert np.isfinite(contribution).all()
        assert contribution[1] == pytest.approx(0, abs=1e-12)
    for spread in (standard_error, stratified.standard_error[-1]):
        assert np.isfinite(spread).all() and spread[1] == pytest.approx(0, abs=1e-12)


def test_equal_agents_are_worth_the_same() -> None:
    np.testing.assert_allclose(cgsv_exact(np.ones((6, 6))), np.full(6, 1 / 6), atol=1e-15)
    np.testing.assert_allclose(cgsv_approx(np.ones((6, 6))), np.ones(6), atol=1e-15)


def test_agent_unlike_the_others_is_worth_little() -> None:
    """Four identical agents and one with an update of its own: agreement with the consensus is what counts."""
    gram = np.zeros((5, 5))
    gram[:4, :4] = 1
    gram[4, 4] = 1
    phi = cgsv_exact(gram)
    assert phi[4] < 0.06 < 0.2 < phi[0]
    np.testing.assert_allclose(phi[:4], phi[0], atol=1e-14)


def test_approx_is_the_cosine_of_each_update_to_the_aggregate() -> None:
    updates = np.random.default_rng(8).normal(size=(40, 25)) + 0.1
    aggregate = updates.sum(axis=0)
    expected = updates @ aggregate / np.linalg.norm(updates, axis=1) / np.linalg.norm(aggregate)
    np.testing.assert_allclose(cgsv_approx(updates @ updates.T), expected, atol=1e-13)


@pytest.mark.parametrize("n_agents", [1, 2, 6, 12])
def test_leave_one_out_reads_the_table_of_the_game(n_agents: int) -> None:
    gram = _gram(n_agents)
    values = coalition_values(gram)
    expected = [values[-1] - values[(2**n_agents - 1) ^ (1 << agent)] for agent in range(n_agents)]
    np.testing.assert_allclose(leave_one_out(gram), expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(6))
def test_sampled_agrees_with_exact_within_its_standard_error(seed: int) -> None:
    gram = _gram(4 + 2 * seed, seed)
    estimate, standard_error = cgsv_sampled(gram, 600, np.random.default_rng(seed))
    assert (np.abs(estimate - cgsv_exact(gram)) <= 4.5 * standard_error).all()
    assert estimate.sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("n_permutations", [2, 40])
def test_standard_error_is_the_spread_of_repeated_estimates(n_permutations: int) -> None:
    gram = _gram(7, seed=11)
    rng = np.random.default_rng(1)
    runs = [cgsv_sampled(gram, n_permutations, rng) for _ in range(2500)]
    spread = np.std([estimate for estimate, _ in runs], axis=0, ddof=1)
    claimed = np.sqrt(np.mean([standard_error**2 for _, standard_error in runs], axis=0))
    # each side of the comparison is itself good to about 2 % over 2500 runs
    np.testing.assert_allclose(claimed, spread, rtol=0.08)


def test_sampled_takes_fifty_agents() -> None:
    estimate, standard_error = cgsv_sampled(_gram(50), 50, np.random.default_rng(0))
    assert estimate.shape == standard_error.shape == (50,)
    assert (standard_error > 0).all()


@pytest.mark.parametrize("n_permutations", [-1, 0, 1])
def test_one_permutation_has_no_standard_error(n_permutations: int) -> None:
    with pytest.raises(ValueError, match=rf"n_permutations: at least 2.*got {n_permutations}"):
        cgsv_sampled(np.eye(3), n_permutations, np.random.default_rng(0))


def test_too_many_agents_are_refused_only_where_all_coalitions_are_visited() -> None:
    with pytest.raises(ValueError, match=r"gram: at most 28 agents.*got 29"):
        cgsv_exact(np.eye(29))
    assert cgsv_approx(np.eye(29)).shape == leave_one_out(np.eye(29)).shape == (29,)


@pytest.mark.parametrize("valuation", [cgsv_exact, cgsv_approx, leave_one_out])
def test_what_is_no_gram_matrix_is_refused(valuation: Callable[[np.ndarray], np.ndarray]) -> None:
    for gram in (np.ones((2, 3)), np.diag([1.0, np.nan]), np.array([[1.0, 0.0], [0.5, 1.0]])):
        with pytest.raises(ValueError, match=r"^gram: "):
            valuation(gram)


@pytest.mark.parametrize("n_agents", [2, 5, 30])
def test_others_cosine_is_that_of_the_updates_themselves(n_agents: int) -> None:
    updates = np.random.default_rng(n_agents).normal(size=(n_agents, 40)) + 0.1
    expected = []
    for agent in range(n_agents):
        others = np.delete(updates, agent, axis=0).sum(axis=0)
        expected.append(updates[agent] @ others / np.linalg.norm(updates[agent]) / np.linalg.norm(others))
    np.testing.assert_allclose(others_cosine(updates @ updates.T), expected, atol=1e-12)


def test_nobody_is_like_others_that_are_not_there_or_cancel() -> None:
    updates = np.array([[1.0, 0.0], [1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]])
    values = others_cosine(updates @ updates.T)
    assert values[0] == values[3] == 0 and values[1] != 0
    assert others_cosine([[2.0]]).tolist() == [0.0]
