"""Sampling: unbiased, and with standard errors that say how far off it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cgs_core.contribution import (
    SamplingPath,
    ValueFunction,
    cgsv_exact,
    cgsv_sampled,
    coalition_values,
    glove_game,
    gram_game,
    mean_marginals_by_size,
    permutation_path,
    shapley_values,
    stratified_marginals,
    stratified_path,
    table_game,
)

Sampler = Callable[..., SamplingPath]
_SAMPLERS = pytest.mark.parametrize("sampler", [permutation_path, stratified_path])


def _gram(n_agents: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    updates = rng.normal(size=(n_agents, 30)) * rng.uniform(0.1, 2, size=(n_agents, 1)) + 0.3
    return updates @ updates.T


def _members(n_agents: int) -> np.ndarray:
    return (np.arange(2**n_agents)[:, np.newaxis] >> np.arange(n_agents) & 1).astype(bool)


def _ends(sampler: Sampler, values: np.ndarray, n_samples: int, n_runs: int) -> tuple[np.ndarray, np.ndarray]:
    """(n_runs, n_agents) estimates and standard errors of independent runs."""
    n_agents, rng = values.size.bit_length() - 1, np.random.default_rng(7)
    paths = [sampler(table_game(values), n_agents, n_samples, rng, n_points=2) for _ in range(n_runs)]
    return np.array([path.estimate[-1] for path in paths]), np.array([path.standard_error[-1] for path in paths])


@pytest.mark.parametrize("n_agents", [1, 2, 7])
def test_games_as_functions_are_the_tables(n_agents: int) -> None:
    gram = _gram(n_agents)
    values = coalition_values(gram)
    np.testing.assert_allclose(gram_game(gram)(_members(n_agents)), values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(table_game(values)(_members(n_agents)), values)


def test_many_agents_are_sampled_as_if_each_coalition_were_asked_for() -> None:
    gram = _gram(70)
    gram[3], gram[:, 3] = 0, 0  # who sent nothing
    game = gram_game(gram)
    asked = permutation_path(lambda is_member: game(is_member), 70, 20, np.random.default_rng(2))
    walked = permutation_path(game, 70, 20, np.random.default_rng(2))
    np.testing.assert_allclose(walked.estimate, asked.estimate, rtol=0, atol=1e-14)
    np.testing.assert_allclose(walked.standard_error, asked.standard_error, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(walked.evaluations, asked.evaluations)


@_SAMPLERS
def test_unbiased(sampler: Sampler) -> None:
    """The mean of 3000 runs of 3 samples lies within 4.5 of its own standard errors of the exact value."""
    values = np.random.default_rng(5).normal(size=2**5)
    estimates, _ = _ends(sampler, values, n_samples=3, n_runs=3000)
    spread = estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))
    assert (np.abs(estimates.mean(axis=0) - shapley_values(values)) < 4.5 * spread).all()


@_SAMPLERS
@pytest.mark.parametrize("n_samples", [2, 30])
def test_squared_standard_error_is_the_variance_of_repeated_estimates(sampler: Sampler, n_samples: int) -> None:
    values = np.random.default_rng(6).normal(size=2**5)
    estimates, standard_errors = _ends(sampler, values, n_samples, n_runs=2500)
    claimed = np.sqrt((standard_errors**2).mean(axis=0))
    # each side is itself good to about 2 % over 2500 runs
    np.testing.assert_allclose(claimed, estimates.std(axis=0, ddof=1), rtol=0.08)


@_SAMPLERS
def test_one_standard_error_covers_about_68_percent(sampler: Sampler) -> None:
    values = coalition_values(_gram(6, seed=4))
    estimates, standard_errors = _ends(sampler, values, n_samples=40, n_runs=800)
    is_covered = np.abs(estimates - shapley_values(values)) <= standard_errors
    # 800 runs: 0.683 +- 0.017 for each agent, four of those either way
    assert ((is_covered.mean(axis=0) > 0.61) & (is_covered.mean(axis=0) < 0.75)).all()


@_SAMPLERS
def test_evaluations_are_what_the_game_was_asked(sampler: Sampler) -> None:
    asked = 0
    inner = table_game(np.random.default_rng(1).normal(size=2**5))

    def game(is_member: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += len(is_member)
        return inner(is_member)

    path = sampler(game, 5, 77, np.random.default_rng(0))
    assert path.evaluations[-1] == asked
    assert (np.diff(path.evaluations) > 0).all()


@_SAMPLERS
def test_path_converges(sampler: Sampler) -> None:
    gram = _gram(8)
    path = sampler(gram_game(gram), 8, 2000, np.random.default_rng(3), n_points=25)
    n_points = len(path.evaluations)
    assert 20 <= n_points <= 25
    assert path.estimate.shape == path.standard_error.shape == (n_points, 8)
    error = np.abs(path.estimate - cgsv_exact(gram))
    assert (error[-1] <= 4.5 * path.standard_error[-1]).all()
    # a hundred times the samples, a tenth of the error
    early = int(np.searchsorted(path.evaluations, path.evaluations[-1] / 100))
    ratio = path.standard_error[early] / path.standard_error[-1]
    assert 7 < np.exp(np.log(ratio).mean()) < 14  # about 10; the early error of one agent is itself a rough estimate


@_SAMPLERS
def test_points_are_one_growing_sample(sampler: Sampler) -> None:
    """Fewer points of the same draws: the last is the same, whatever lay between."""
    game = gram_game(_gram(6))
    many = sampler(game, 6, 2, np.random.default_rng(2), n_points=40)
    assert len(many.evaluations) == 1
    two = sampler(game, 6, 300, np.random.default_rng(2), n_points=2)
    np.testing.assert_allclose(two.estimate[0], many.estimate[0], rtol=0, atol=1e-15)
    whole = sampler(game, 6, 300, np.random.default_rng(2), n_points=40)
    np.testing.assert_allclose(whole.estimate[-1], two.estimate[-1], rtol=0, atol=1e-12)


@_SAMPLERS
def test_draws_in_pieces(sampler: Sampler, monkeypatch: pytest.MonkeyPatch) -> None:
    game = gram_game(_gram(6))
    whole = sampler(game, 6, 100, np.random.default_rng(2))
    monkeypatch.setattr("cgs_core.contribution.sampling._MAX_MEMBERSHIPS", 6**3)
    pieces = sampler(game, 6, 100, np.random.default_rng(2))
    np.testing.assert_allclose(pieces.estimate, whole.estimate, rtol=0, atol=1e-12)
    np.testing.assert_allclose(pieces.standard_error, whole.standard_error, rtol=0, atol=1e-12)


def test_permutations_end_where_cgsv_sampled_does_and_are_efficient() -> None:
    gram = _gram(9)
    path = permutation_path(gram_game(gram), 9, 120, np.random.default_rng(8))
    estimate, standard_error = cgsv_sampled(gram, 120, np.random.default_rng(8))
    np.testing.assert_allclose(path.estimate[-1], estimate, rtol=0, atol=1e-12)
    np.testing.assert_allclose(path.standard_error[-1], standard_error, rtol=0, atol=1e-12)
    np.testing.assert_allclose(path.estimate.sum(axis=1), 1, rtol=0, atol=1e-9)


def test_standard_error_of_permutations_is_the_textbook_one() -> None:
    """Two gloves to one: Agent 1 adds 1 unless it comes first, so the error follows from the estimate alone."""
    path = permutation_path(table_game(glove_game(1, 2).values), 3, 50, np.random.default_rng(0), n_points=2)
    share = path.estimate[-1, 0]
    assert path.standard_error[-1, 0] == pytest.approx(np.sqrt(share * (1 - share) / 49), abs=1e-12)


def test_little_spread_about_a_large_mean_is_seen() -> None:
    values = 1e6 * np.array([0.0, 1, 1, 2, 1, 2, 2, 3]) + np.random.default_rng(0).normal(size=8) * 1e-3
    estimates, standard_errors = _ends(permutation_path, values, n_samples=20, n_runs=300)
    claimed = np.sqrt((standard_errors**2).mean(axis=0))
    np.testing.assert_allclose(claimed, estimates.std(axis=0, ddof=1), rtol=0.25)


@_SAMPLERS
@pytest.mark.parametrize("n_agents", [1, 2])
def test_one_and_two_agents(sampler: Sampler, n_agents: int) -> None:
    values = np.array([0.5, 1.0, 3.0, 10.0])[: 2**n_agents]
    path = sampler(table_game(values), n_agents, 400, np.random.default_rng(0))
    error = np.abs(path.estimate[-1] - shapley_values(values))
    assert (error <= 4.5 * path.standard_error[-1] + 1e-12).all()
    assert np.isfinite(path.standard_error).all()
    if n_agents == 1 or sampler is stratified_path:  # nothing is left to chance
        np.testing.assert_allclose(error, 0, atol=1e-12)
        np.testing.assert_allclose(path.standard_error, 0, atol=1e-12)


@_SAMPLERS
@pytest.mark.parametrize("gram", [np.zeros((4, 4)), np.array([[1.0, -1.0], [-1.0, 1.0]])])
def test_zero_aggregate(sampler: Sampler, gram: np.ndarray) -> None:
    path = sampler(gram_game(gram), len(gram), 10, np.random.default_rng(0))
    assert not path.estimate.any() and not path.standard_error.any()


@_SAMPLERS
def test_fifty_agents(sampler: Sampler) -> None:
    game: ValueFunction = gram_game(_gram(50))
    path = sampler(game, 50, 4, np.random.default_rng(0))
    assert path.estimate.shape[1] == 50
    assert (path.standard_error[-1] > 0).all()
    assert path.estimate[-1].sum() == pytest.approx(1, abs=0.1)


@_SAMPLERS
def test_what_cannot_be_sampled_is_refused(sampler: Sampler) -> None:
    game, rng = table_game([0.0, 1.0]), np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"n_(permutations|rounds): at least 2.*got 1"):
        sampler(game, 1, 1, rng)
    with pytest.raises(ValueError, match=r"n_agents: at least 1; got 0"):
        sampler(game, 0, 5, rng)
    with pytest.raises(ValueError, match=r"n_points: at least 2; got 1"):
        sampler(game, 1, 5, rng, n_points=1)


@pytest.mark.parametrize("n_agents", [1, 2, 3, 5])
def test_drawn_marginals_are_on_average_those_of_all_coalitions(n_agents: int) -> None:
    values = np.random.default_rng(8).normal(size=2**n_agents)
    exact, rng = mean_marginals_by_size(values), np.random.default_rng(9)
    drawn = stratified_marginals(table_game(values), n_agents, 20_000, rng)
    np.testing.assert_allclose(drawn, exact, atol=0.05)
    np.testing.assert_allclose(drawn[:, [0, -1]], exact[:, [0, -1]], atol=1e-12)  # which leave nothing to chance


def test_one_draw_a_size_asks_for_as_many_values_as_is_said() -> None:
    asked: list[int] = []
    game = gram_game(_gram(6))

    def counted(members: np.ndarray) -> np.ndarray:
        asked.append(len(members))
        return game(members)

    marginals = stratified_marginals(counted, 6, 1, np.random.default_rng(0))
    assert marginals.shape == (6, 6) and sum(asked) == 2 + 2 * 6 + 2 * 6 * 4
    with pytest.raises(ValueError, match="n_agents, n_rounds: at least 1 each"):
        stratified_marginals(game, 6, 0, np.random.default_rng(0))
