"""Reading a table: small games by hand, and what must agree with the Shapley value."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest

from cgs_core.contribution import (
    cgsv_approx,
    coalition_values,
    leave_one_out,
    leave_one_out_values,
    marginals_in_order,
    mean_marginals_by_size,
    shapley_values,
    singleton_values,
    subgame,
)


def _game(n_agents: int) -> np.ndarray:
    return np.random.default_rng(n_agents).normal(size=2**n_agents)


def _index(members: tuple[int, ...]) -> int:
    return sum(1 << agent for agent in members)


def test_marginals_by_hand() -> None:
    """Agents 1 and 2 alone 1 and 3, together 10, nobody 0.5."""
    values = [0.5, 1.0, 3.0, 10.0]
    assert marginals_in_order(values, [0, 1]).tolist() == [0.5, 9.0]
    assert marginals_in_order(values, [1, 0]).tolist() == [2.5, 7.0]
    assert marginals_in_order(values, [1]).tolist() == [2.5]
    assert marginals_in_order(values, []).tolist() == []


@pytest.mark.parametrize("n_agents", range(1, 6))
def test_mean_over_all_orders_is_the_shapley_value(n_agents: int) -> None:
    values = _game(n_agents)
    total = np.zeros(n_agents)
    orders = list(permutations(range(n_agents)))
    for order in orders:
        total[list(order)] += marginals_in_order(values, order)
    np.testing.assert_allclose(total / len(orders), shapley_values(values), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_agents", range(1, 6))
def test_mean_marginals_by_size_follow_the_definition(n_agents: int) -> None:
    values = _game(n_agents)
    expected = np.empty((n_agents, n_agents))
    for agent in range(n_agents):
        others = [other for other in range(n_agents) if other != agent]
        for size in range(n_agents):
            added = [values[_index((*s, agent))] - values[_index(s)] for s in combinations(others, size)]
            expected[agent, size] = np.mean(added)
    np.testing.assert_allclose(mean_marginals_by_size(values), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_agents", [1, 2, 7, 12])
def test_mean_over_the_sizes_is_the_shapley_value(n_agents: int) -> None:
    values = _game(n_agents)
    np.testing.assert_allclose(mean_marginals_by_size(values).mean(axis=1), shapley_values(values), rtol=0, atol=1e-12)


def test_subgame_keeps_the_values_and_the_order_asked_for() -> None:
    values = _game(4)
    game = subgame(values, [3, 0, 2])
    for size in range(4):
        for members in combinations(range(3), size):
            assert game[_index(members)] == values[_index(tuple([3, 0, 2][agent] for agent in members))]


def test_subgame_of_all_is_the_game() -> None:
    values = _game(5)
    np.testing.assert_array_equal(subgame(values, range(5)), values)


def test_in_a_subgame_only_those_who_stay_share() -> None:
    values = _game(5)
    stay = (1, 4)
    assert shapley_values(subgame(values, stay)).sum() == pytest.approx(values[_index(stay)] - values[0], abs=1e-12)


def test_simple_rules_by_hand() -> None:
    values = [0.5, 1.0, 3.0, 10.0]
    assert leave_one_out_values(values).tolist() == [7.0, 9.0]
    assert singleton_values(values).tolist() == [0.5, 2.5]


@pytest.mark.parametrize("n_agents", [1, 2, 6, 10])
def test_in_the_gradient_game_they_are_psi_and_leave_one_out(n_agents: int) -> None:
    updates = np.random.default_rng(n_agents).normal(size=(n_agents, 12)) + 0.2
    gram = updates @ updates.T
    values = coalition_values(gram)
    np.testing.assert_allclose(singleton_values(values), cgsv_approx(gram), rtol=0, atol=1e-12)
    np.testing.assert_allclose(leave_one_out_values(values), leave_one_out(gram), rtol=0, atol=1e-12)


def test_one_agent() -> None:
    values = [0.25, 1.0]
    for contribution in (
        shapley_values(values),
        singleton_values(values),
        leave_one_out_values(values),
        marginals_in_order(values, [0]),
        mean_marginals_by_size(values)[:, 0],
    ):
        assert contribution.tolist() == [0.75]
    assert subgame(values, [0]).tolist() == values


@pytest.mark.parametrize("reader", [mean_marginals_by_size, leave_one_out_values, singleton_values])
def test_what_is_no_table_is_refused(reader: Callable[[object], np.ndarray]) -> None:
    for values in ([], [1.0], [0.0, 1.0, 2.0], np.zeros((2, 2)), [0.0, np.nan]):
        with pytest.raises(ValueError, match=r"^values: "):
            reader(values)


@pytest.mark.parametrize(
    ("members", "message"),
    [([0, 3], "agents: numbers from 0 to 2; got 3"), ([-1], "got -1"), ([1, 1], r"each at most once; got \[1, 1\]")],
)
def test_agents_that_the_game_lacks_are_refused(members: list[int], message: str) -> None:
    for reader in (subgame, marginals_in_order):
        with pytest.raises(ValueError, match=message):
            reader(np.zeros(8), members)


def test_a_game_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="members: at least one agent"):
        subgame(np.zeros(8), [])
