"""What must hold for the contributions of any updates and games: the axioms of the Shapley value, and bounds."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cgs_core.contribution import (
    cgsv_approx,
    cgsv_exact,
    cgsv_sampled,
    check_axioms,
    coalition_values,
    gram_game,
    least_core,
    leave_one_out,
    leave_one_out_values,
    marginals_in_order,
    mean_marginals_by_size,
    plane_view,
    shapley_values,
    singleton_values,
    stratified_path,
    subgame,
    worst_objection,
)

_N_PARAMS = 4
_FEW = settings(max_examples=60, deadline=None, derandomize=True)


def _updates(min_agents: int = 1) -> st.SearchStrategy[np.ndarray]:
    """(n_agents, 4) whole numbers, so that updates often are zero, equal, opposite, or add up to nothing."""
    return st.integers(min_agents, 7).flatmap(
        lambda n_agents: arrays(np.float64, (n_agents, _N_PARAMS), elements=st.integers(-3, 3).map(float))
    )


def _games() -> st.SearchStrategy[np.ndarray]:
    return st.integers(1, 6).flatmap(lambda n_agents: arrays(np.float64, 2**n_agents, elements=st.floats(-100, 100)))


@_FEW
@given(_games())
def test_efficiency_of_any_game(values: np.ndarray) -> None:
    np.testing.assert_allclose(shapley_values(values).sum(), values[-1] - values[0], rtol=0, atol=1e-9)


@_FEW
@given(_games(), st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_linearity(values: np.ndarray, seed: int, factor: float) -> None:
    other = np.random.default_rng(seed).normal(size=values.size)
    expected = shapley_values(values) + factor * shapley_values(other)
    np.testing.assert_allclose(shapley_values(values + factor * other), expected, rtol=0, atol=1e-9)


@_FEW
@given(_updates())
def test_efficiency_and_bounds_of_the_cgsv(updates: np.ndarray) -> None:
    gram = updates @ updates.T
    total = 1.0 if updates.sum(axis=0).any() else 0.0
    assert abs(cgsv_exact(gram).sum() - total) < 1e-9
    assert np.abs(coalition_values(gram)).max() <= 1
    assert np.abs(cgsv_approx(gram)).max() <= 1
    assert leave_one_out(gram).min() >= -1e-12


@_FEW
@given(_updates(min_agents=2))
def test_equal_agents_get_the_same(updates: np.ndarray) -> None:
    updates[-1] = updates[0]
    for valuation in (cgsv_exact, cgsv_approx, leave_one_out):
        contribution = valuation(updates @ updates.T)
        assert abs(contribution[-1] - contribution[0]) < 1e-12


@_FEW
@given(_updates(min_agents=2), st.integers(0, 6))
def test_agent_with_a_zero_update_is_a_null_agent(updates: np.ndarray, agent: int) -> None:
    agent %= len(updates)
    updates[agent] = 0
    others = np.delete(updates, agent, axis=0)
    for valuation in (cgsv_exact, cgsv_approx, leave_one_out):
        contribution = valuation(updates @ updates.T)
        assert abs(contribution[agent]) < 1e-12
        np.testing.assert_allclose(np.delete(contribution, agent), valuation(others @ others.T), rtol=0, atol=1e-12)


@_FEW
@given(_updates(), st.randoms(use_true_random=False))
def test_renaming_the_agents_renames_the_contributions(updates: np.ndarray, random: Random) -> None:
    order = list(range(len(updates)))
    random.shuffle(order)
    renamed = updates[order]
    for valuation in (cgsv_exact, cgsv_approx, leave_one_out):
        expected = valuation(updates @ updates.T)[order]
        np.testing.assert_allclose(valuation(renamed @ renamed.T), expected, rtol=0, atol=1e-12)


@_FEW
@given(_updates(), st.floats(1e-6, 1e6))
def test_scaling_all_updates_changes_nothing(updates: np.ndarray, scale: float) -> None:
    gram = updates @ updates.T
    for valuation in (cgsv_exact, cgsv_approx, leave_one_out):
        np.testing.assert_allclose(valuation(gram * scale), valuation(gram), rtol=0, atol=1e-9)


@_FEW
@given(_updates(), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_sampled_cgsv_is_efficient_and_finite(updates: np.ndarray, n_permutations: int, seed: int) -> None:
    gram = updates @ updates.T
    estimate, standard_error = cgsv_sampled(gram, n_permutations, np.random.default_rng(seed))
    assert abs(estimate.sum() - cgsv_exact(gram).sum()) < 1e-9
    assert np.isfinite(standard_error).all()
    assert standard_error.min() >= 0


@_FEW
@given(_games(), st.randoms(use_true_random=False))
def test_marginals_of_any_order_add_up(values: np.ndarray, random: Random) -> None:
    order = list(range(values.size.bit_length() - 1))
    random.shuffle(order)
    np.testing.assert_allclose(marginals_in_order(values, order).sum(), values[-1] - values[0], rtol=0, atol=1e-9)


@_FEW
@given(_games())
def test_mean_marginals_by_size_average_to_the_shapley_value(values: np.ndarray) -> None:
    by_size = mean_marginals_by_size(values)
    np.testing.assert_allclose(by_size.mean(axis=1), shapley_values(values), rtol=0, atol=1e-9)
    np.testing.assert_allclose(by_size[:, 0], singleton_values(values), rtol=0, atol=1e-9)
    np.testing.assert_allclose(by_size[:, -1], leave_one_out_values(values), rtol=0, atol=1e-9)


@_FEW
@given(_updates(), st.integers(0, 2**32 - 1))
def test_who_leaves_takes_nothing_along(updates: np.ndarray, seed: int) -> None:
    """The game among those who stay, read from the table, is the table's own for coalitions of theirs."""
    rng = np.random.default_rng(seed)
    stay = rng.permutation(len(updates))[: rng.integers(1, len(updates) + 1)].tolist()
    values = coalition_values(updates @ updates.T)
    game = subgame(values, stay)
    np.testing.assert_array_equal(subgame(game, range(len(stay))), game)
    np.testing.assert_array_equal(singleton_values(game), singleton_values(values)[stay])


@_FEW
@given(_updates(), st.integers(0, 2**32 - 1))
def test_shapley_breaks_no_axiom_of_any_gradient_game(updates: np.ndarray, seed: int) -> None:
    values = coalition_values(updates @ updates.T)
    other = np.random.default_rng(seed).normal(size=values.size)
    assert "broken" not in [check.verdict for check in check_axioms(values, other, shapley_values)]


@_FEW
@given(_games())
def test_no_payoff_meets_less_objection_than_the_least_core(values: np.ndarray) -> None:
    result = least_core(values)
    assert abs(result.payoff.sum() - (values[-1] - values[0])) < 1e-6
    _, of_shapley = worst_objection(values, shapley_values(values))
    assert result.epsilon <= of_shapley + 1e-6


@_FEW
@given(_updates())
def test_plane_never_invents_length(updates: np.ndarray) -> None:
    view = plane_view(updates @ updates.T)
    assert np.isfinite(view.arrows).all()
    assert (np.hypot(*view.arrows.T) <= np.linalg.norm(updates, axis=1) + 1e-7).all()
    assert view.kept.min() >= 0 and view.kept.max() <= 1 and 0 <= view.kept_of_aggregate <= 1
    np.testing.assert_allclose(view.arrows.sum(axis=0), view.aggregate, rtol=0, atol=1e-7)


@_FEW
@given(_updates(), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_stratified_samples_are_finite_and_exact_for_two(updates: np.ndarray, n_rounds: int, seed: int) -> None:
    gram = updates @ updates.T
    path = stratified_path(gram_game(gram), len(gram), n_rounds, np.random.default_rng(seed), n_points=5)
    assert np.isfinite(path.estimate).all() and np.isfinite(path.standard_error).all()
    if len(gram) <= 2:
        np.testing.assert_allclose(path.estimate[-1], cgsv_exact(gram), rtol=0, atol=1e-9)
