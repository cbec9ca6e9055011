"""Importance and reward ratio by hand, and the traps of the method."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cgs_core.reward import (
    MIN_IMPORTANCE,
    effective_memory,
    mean_importance,
    reward_ratio,
    shares,
    sinh_importance,
    update_importance,
)


def test_first_round_is_the_contribution_normalised() -> None:
    """r starts at 0, so that smoothing has nothing to keep."""
    importance = update_importance(np.zeros(3), [0.5, 0.25, 0.25], 0.95)
    np.testing.assert_allclose(importance, [0.5, 0.25, 0.25], atol=1e-15)


def test_update_by_hand() -> None:
    """0.5 (0.6, 0.4) + 0.5 (1, 0.2) = (0.8, 0.3), over 1.1."""
    np.testing.assert_allclose(update_importance([0.6, 0.4], [1.0, 0.2], 0.5), [8 / 11, 3 / 11], atol=1e-15)


def test_floor_comes_before_normalising() -> None:
    """Trap 2: a negative contribution leaves 0.001 of a sum of 0.401, not 0.001 of 1."""
    importance = update_importance([0.0, 0.0], [0.8, -1.0], 0.5)
    np.testing.assert_allclose(importance, [0.4 / 0.401, MIN_IMPORTANCE / 0.401], atol=1e-15)


def test_all_contributions_negative_or_zero_leave_equal_shares() -> None:
    np.testing.assert_allclose(update_importance(np.zeros(4), [-1.0, -0.2, 0.0, -0.5], 0.9), np.full(4, 0.25))


@pytest.mark.parametrize(("smoothing", "expected"), [(1.0, [0.75, 0.25]), (0.0, [0.2, 0.8])])
def test_ends_of_the_smoothing(smoothing: float, expected: list[float]) -> None:
    np.testing.assert_allclose(update_importance([0.75, 0.25], [0.2, 0.8], smoothing), expected, atol=1e-15)


def test_arguments_are_left_as_they_were() -> None:
    importance, contribution = np.array([0.5, 0.5]), np.array([1.0, -1.0])
    update_importance(importance, contribution, 0.5)
    reward_ratio(importance, 2.0)
    assert importance.tolist() == [0.5, 0.5]
    assert contribution.tolist() == [1.0, -1.0]


def test_ratio_by_hand() -> None:
    expected = [math.tanh(0.4) / math.tanh(1.2), math.tanh(0.4) / math.tanh(1.2), 1.0]
    np.testing.assert_allclose(reward_ratio([0.2, 0.2, 0.6], 2.0), expected, atol=1e-15)


def test_largest_ratio_is_exactly_one() -> None:
    rng = np.random.default_rng(0)
    for n_agents in range(1, 60):
        assert reward_ratio(rng.dirichlet(np.ones(n_agents)), rng.uniform(0.1, 300)).max() == 1.0


@pytest.mark.parametrize("importance", [[1.0], [0.2, 0.8], [0.0, 1.0]])
def test_infinite_altruism_gives_everything_to_all(importance: list[float]) -> None:
    assert reward_ratio(importance, math.inf).tolist() == [1.0] * len(importance)


def test_altruism_of_the_authors_hardly_moves_the_ratio() -> None:
    """Trap 12: with r_min/r_max = 1/3, beta in 0.5..2 stays near 1/3, and saturation needs far more with N = 20."""
    for n_agents, saturating in ((5, 20), (20, 100)):
        importance = np.linspace(1, 3, n_agents) / np.linspace(1, 3, n_agents).sum()
        for altruism_degree in (0.5, 2.0):
            assert reward_ratio(importance, altruism_degree).min() == pytest.approx(1 / 3, abs=0.05)
        assert reward_ratio(importance, saturating / 10).min() < 0.5
        assert reward_ratio(importance, saturating).min() > 0.95


@pytest.mark.parametrize(("n_agents", "expected"), [(5, 0.79), (10, 0.66), (50, 0.28)])
def test_smoothing_is_not_the_memory(n_agents: int, expected: float) -> None:
    """Trap 11: at alpha = 0.95 and psi = 1 the old importance weighs less the more agents there are."""
    assert effective_memory(np.ones(n_agents), 0.95) == pytest.approx(expected, abs=0.005)


def test_memory_is_the_weight_of_the_old_importance() -> None:
    rng = np.random.default_rng(4)
    importance, contribution = rng.dirichlet(np.ones(8)), rng.uniform(0.2, 1, size=8)
    memory = effective_memory(contribution, 0.7)
    mixed = memory * importance + (1 - memory) * contribution / contribution.sum()
    np.testing.assert_allclose(update_importance(importance, contribution, 0.7), mixed, atol=1e-15)


@pytest.mark.parametrize(
    ("contribution", "smoothing", "expected"),
    [
        ([0.5, 0.5], 0.0, 0.0),
        ([0.5, 0.5], 1.0, 1.0),
        ([0.0, 0.0], 0.5, 1.0),
        ([0.1, -0.9], 0.5, 1.0),
        ([-1.0], 0.0, 0.0),
    ],
)
def test_ends_of_the_memory(contribution: list[float], smoothing: float, expected: float) -> None:
    assert effective_memory(contribution, smoothing) == expected


@pytest.mark.parametrize("smoothing", [-0.1, 1.1, math.nan, math.inf])
def test_smoothing_out_of_range_is_refused(smoothing: float) -> None:
    with pytest.raises(ValueError, match="importance_smoothing: a number from 0 to 1; got"):
        update_importance([0.5, 0.5], [0.5, 0.5], smoothing)
    with pytest.raises(ValueError, match="importance_smoothing: a number from 0 to 1; got"):
        effective_memory([0.5, 0.5], smoothing)


@pytest.mark.parametrize("altruism_degree", [0.0, -1.0, -math.inf, math.nan])
def test_altruism_out_of_range_is_refused(altruism_degree: float) -> None:
    with pytest.raises(ValueError, match="altruism_degree: a number above 0, or infinity; got"):
        reward_ratio([0.5, 0.5], altruism_degree)


@pytest.mark.parametrize("importance", [[], [[0.5, 0.5]], [-0.1, 1.1], [math.nan, 1.0], [math.inf, 0.0], 0.5])
def test_what_is_no_importance_is_refused(importance: object) -> None:
    with pytest.raises(ValueError, match=r"^importance: "):
        update_importance(importance, [0.5, 0.5], 0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^importance: "):
        reward_ratio(importance, 1.0)  # type: ignore[arg-type]


def test_importance_of_zeros_has_no_ratio() -> None:
    with pytest.raises(ValueError, match="importance: positive for at least one agent"):
        reward_ratio([0.0, 0.0], 1.0)


@pytest.mark.parametrize("contribution", [[0.5], [0.5, math.nan], [[0.5, 0.5]]])
def test_what_is_no_contribution_is_refused(contribution: object) -> None:
    with pytest.raises(ValueError, match=r"^contribution: "):
        update_importance([0.5, 0.5], contribution, 0.5)  # type: ignore[arg-type]


def test_shares_leave_out_what_is_worth_less_than_nothing() -> None:
    np.testing.assert_allclose(shares([0.3, -0.2, 0.1]), [0.75, 0, 0.25])
    np.testing.assert_allclose(shares([-0.3, 0.0]), [0.5, 0.5])
    with pytest.raises(ValueError, match="contribution"):
        shares([math.nan])


def test_importance_of_cffl_by_hand() -> None:
    """Shares 0.25 and 0.75: of 0.8 r + 0.2 s = (0.53, 0.47) the sinh of five times as much is fed back."""
    stretched = np.array([math.sinh(2.65), math.sinh(2.35)])
    np.testing.assert_allclose(sinh_importance([0.6, 0.4], [2.0, 6.0]), stretched / stretched.sum(), atol=1e-15)


def test_importance_of_cffl_drives_agents_apart() -> None:
    importance = np.zeros(5)
    for _ in range(60):
        importance = sinh_importance(importance, [0.9, 0.9, 0.9, 0.9, 0.91], factor=7)
    assert importance[4] > 0.99  # one in a hundred is enough for the whole
    with pytest.raises(ValueError, match="factor"):
        sinh_importance([0.5, 0.5], [1, 1], 0)


def test_mean_importance_is_the_mean_of_the_shares() -> None:
    importance = np.zeros(2)
    for index, contribution in enumerate(([1.0, 3.0], [2.0, 2.0], [-1.0, 5.0])):
        importance = mean_importance(importance, contribution, index)
    np.testing.assert_allclose(importance, [(0.25 + 0.5 + 0) / 3, (0.75 + 0.5 + 1) / 3])
    with pytest.raises(ValueError, match="n_before"):
        mean_importance([0.5, 0.5], [1, 1], -1)
