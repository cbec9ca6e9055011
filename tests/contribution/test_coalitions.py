"""Coalition values against the definition, computed from the update vectors themselves."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import coalition_values, coalitions


def _values_by_definition(updates: np.ndarray) -> np.ndarray:
    """v(S) = cos(u_S, u_N) one coalition at a time, from the (n_agents, n_params) weighted updates."""
    n_agents = len(updates)
    aggregate = updates.sum(axis=0)
    values = np.zeros(2**n_agents)
    for index in range(1, 2**n_agents):
        summed = updates[[agent for agent in range(n_agents) if index >> agent & 1]].sum(axis=0)
        values[index] = summed @ aggregate / (np.linalg.norm(summed) * np.linalg.norm(aggregate))
    return values


@pytest.mark.parametrize("n_agents", [1, 2, 3, 7, 15, 16])
def test_values_follow_the_definition(n_agents: int) -> None:
    rng = np.random.default_rng(n_agents)
    updates = rng.normal(size=(n_agents, 9)) * rng.uniform(0.01, 3, size=(n_agents, 1)) + 0.2
    expected = _values_by_definition(updates)
    np.testing.assert_allclose(coalition_values(updates @ updates.T), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_agents", range(1, 11))
def test_few_agents_have_the_same_values_by_both_routes_to_the_bit(
    n_agents: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(n_agents)
    updates = rng.normal(size=(n_agents, 9)) * rng.uniform(0.01, 3, size=(n_agents, 1))
    grams = [own @ own.T for own in (updates, updates + 0.2, np.round(updates), updates - updates.mean(axis=0))]
    found = []
    for few in (0, n_agents):  # agent by agent, and all at once
        monkeypatch.setattr(coalitions, "_FEW_AGENTS", few)
        found.append(b"".join(coalition_values(gram).tobytes() for gram in grams))
    assert found[0] == found[1]


def test_sums_that_are_made_ahead_are_those_that_numpy_makes_to_the_bit() -> None:
    gram = np.random.default_rng(3).normal(size=(11, 11)) / 3
    for agent, sums in enumerate(coalitions._sums_with_later(gram)):
        later = range(agent + 1, 11)
        for subset, found in enumerate(sums):
            assert found == gram[agent, [j for j in later if subset >> (j - agent - 1) & 1]].sum()


def test_bit_i_of_the_index_is_agent_i() -> None:
    gram = np.diag([1.0, 4.0, 16.0])
    lengths = np.sqrt([0, 1, 4, 5, 16, 17, 20, 21])
    np.testing.assert_allclose(coalition_values(gram), lengths / np.sqrt(21), atol=1e-15)


def test_cosine_does_not_see_the_scale() -> None:
    gram = np.array([[2.0, 0.5], [0.5, 1.0]])
    expected = coalition_values(gram)
    for scale in (1e-300, 1e-12, 1e12, 1e300):
        np.testing.assert_allclose(coalition_values(gram * scale), expected, atol=1e-15)


@pytest.mark.parametrize(("n_others", "n_trials"), [(1, 200), (14, 40)])
def test_updates_that_cancel_are_worth_zero_and_never_leave_the_range(n_others: int, n_trials: int) -> None:
    """Trap 7: the last two agents are opposite, so |u_S|^2 of the two is rounding of either sign."""
    rng = np.random.default_rng(3)
    for _ in range(n_trials):
        updates = rng.normal(size=(n_others + 2, 50)) * rng.uniform(0.01, 100)
        updates[-1] = -updates[-2]
        gram = updates @ updates.T
        gram[-1, -2] = gram[-2, -1] = gram[-2, -1] * (1 + rng.choice([-1, 0, 1]) * 4e-16)
        values = coalition_values(gram)
        assert values[0b11 << n_others] == 0
        assert np.abs(values).max() <= 1


def test_small_update_beside_a_large_one_is_not_taken_for_zero() -> None:
    values = coalition_values(np.diag([1e-20, 1.0]))
    np.testing.assert_allclose(values, [0, 1e-10, 1, 1], atol=1e-15)
    assert values[1] > 0


@pytest.mark.parametrize("gram", [np.zeros((3, 3)), np.array([[1.0, -1.0], [-1.0, 1.0]])])
def test_zero_aggregate_makes_every_value_zero(gram: np.ndarray) -> None:
    assert not coalition_values(gram).any()


@pytest.mark.parametrize(
    ("gram", "message"),
    [
        (np.ones(4), r"gram: a square matrix.*\(4,\)"),
        (np.ones((2, 3)), r"gram: a square matrix.*\(2, 3\)"),
        (np.ones((0, 0)), r"gram: a square matrix.*\(0, 0\)"),
        (np.diag([1.0, np.nan]), "gram: finite numbers; got nan"),
        (np.diag([1.0, np.inf]), "gram: finite numbers; got inf"),
        (np.diag([1.0, -0.5]), "gram: squared lengths.*-0.5"),
        (np.array([[1.0, 0.2], [0.1, 1.0]]), "gram: a symmetric matrix.*0.1"),
        (np.eye(29), "gram: at most 28 agents.*29"),
    ],
)
def test_what_is_no_gram_matrix_is_refused(gram: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        coalition_values(gram)


def test_asymmetry_of_rounding_is_accepted() -> None:
    gram = np.array([[1.0, 0.5], [0.5 + 1e-8, 1.0]])
    np.testing.assert_allclose(coalition_values(gram), coalition_values(gram.T), rtol=0, atol=0)
