"""Exact Shapley values of tables: classic games in closed form, an independent library, the definition itself."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from shapiq import ExactComputer

from cgs_core.contribution import coalition_values, shapley_values


def _table(n_agents: int, worth: Callable[[set[int]], float]) -> np.ndarray:
    return np.array([worth({agent for agent in range(n_agents) if index >> agent & 1}) for index in range(2**n_agents)])


def _mean_marginals(values: np.ndarray) -> np.ndarray:
    """The definition: the mean over all orders of joining of what each agent adds."""
    n_agents = values.size.bit_length() - 1
    orders = list(permutations(range(n_agents)))
    total = np.zeros(n_agents)
    for order in orders:
        joined = 0
        for agent in order:
            total[agent] += values[joined | 1 << agent] - values[joined]
            joined |= 1 << agent
    return total / len(orders)


def _by_shapiq(values: np.ndarray) -> np.ndarray:
    n_agents = values.size.bit_length() - 1

    def game(coalitions: np.ndarray) -> np.ndarray:
        return values[coalitions.astype(int) @ (1 << np.arange(n_agents))]

    return ExactComputer(game, n_players=n_agents)("SV", order=1).get_n_order_values(1)


@pytest.mark.parametrize("n_agents", range(1, 7))
def test_mean_of_marginals_over_all_orders(n_agents: int) -> None:
    values = np.random.default_rng(n_agents).normal(size=2**n_agents)
    np.testing.assert_allclose(shapley_values(values), _mean_marginals(values), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_agents", range(2, 13))
def test_same_as_shapiq(n_agents: int) -> None:
    rng = np.random.default_rng(100 + n_agents)
    updates = rng.normal(size=(n_agents, 6)) + 0.3
    for values in (coalition_values(updates @ updates.T), np.append(0.0, rng.normal(size=2**n_agents - 1))):
        np.testing.assert_allclose(shapley_values(values), _by_shapiq(values), rtol=0, atol=1e-9)


def test_glove_game() -> None:
    """One left glove, two right gloves: the scarce one is worth 2/3."""
    values = _table(3, lambda coalition: float(0 in coalition and len(coalition) > 1))
    np.testing.assert_allclose(shapley_values(values), [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


def test_airport_game() -> None:
    """Littlechild and Owen 1973: each stretch of the runway is shared by those who need it."""
    costs = np.array([8.0, 11.0, 13.0, 18.0])
    values = _table(4, lambda coalition: max((costs[agent] for agent in coalition), default=0.0))
    expected = np.cumsum(np.diff(costs, prepend=0) / [4, 3, 2, 1])
    np.testing.assert_allclose(shapley_values(values), expected, atol=1e-13)


@pytest.mark.parametrize("carrier", [{0}, {1, 3}, {0, 2, 15}, {13, 14, 15}])
def test_unanimity_game(carrier: set[int]) -> None:
    """The carrier's agents share 1 equally, also where it spans the low and the high agents of a block."""
    index = np.arange(2**16)
    mask = sum(1 << agent for agent in carrier)
    expected = [1 / len(carrier) if agent in carrier else 0.0 for agent in range(16)]
    np.testing.assert_allclose(shapley_values((index & mask == mask).astype(float)), expected, atol=1e-13)


def test_weighted_voting_game() -> None:
    """[51; 50, 49, 1]: three very different weights, but the smallest is pivotal as often as the middle one."""
    weights = [50, 49, 1]
    values = _table(3, lambda coalition: float(sum(weights[agent] for agent in coalition) >= 51))
    np.testing.assert_allclose(shapley_values(values), [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


def test_security_council() -> None:
    """Five members with a veto, ten without, nine votes needed: 421/2145 and 4/2145 each."""
    index = np.arange(2**15)
    votes = sum(index >> agent & 1 for agent in range(15))
    values = ((index & 31 == 31) & (votes >= 9)).astype(float)
    np.testing.assert_allclose(shapley_values(values), [421 / 2145] * 5 + [4 / 2145] * 10, atol=1e-13)


def test_value_of_the_empty_coalition_is_not_shared_out() -> None:
    np.testing.assert_allclose(shapley_values([5.0, 6.0, 7.0, 10.0]), [2.0, 3.0], atol=1e-14)


def test_efficiency_at_twenty_agents() -> None:
    values = np.random.default_rng(20).normal(size=2**20)
    assert shapley_values(values).sum() == pytest.approx(values[-1] - values[0], abs=1e-9)


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 1.0, 2.0], np.zeros((2, 2)), [0.0, np.nan], [0.0, np.inf]])
def test_what_is_no_table_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"^values: "):
        shapley_values(values)  # type: ignore[arg-type]
