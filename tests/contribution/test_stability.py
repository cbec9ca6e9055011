"""The core and the least core against games whose answers are known."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.optimize import minimize

from cgs_core.contribution import (
    airport_game,
    coalition_values,
    glove_game,
    least_core,
    shapley_values,
    unanimity_game,
    voting_game,
    worst_objection,
)


def _excesses(values: np.ndarray, payoff: np.ndarray) -> dict[tuple[int, ...], float]:
    """v(S) - v(empty) - x(S) of every proper coalition, one at a time."""
    n_agents = len(payoff)
    excesses = {}
    for index in range(1, 2**n_agents - 1):
        members = tuple(agent for agent in range(n_agents) if index >> agent & 1)
        excesses[members] = float(values[index] - values[0] - payoff[list(members)].sum())
    return excesses


def test_scarce_glove_takes_all() -> None:
    """The core of one left and two right gloves is the single point (1, 0, 0)."""
    result = least_core(glove_game(1, 2).values)
    assert result.epsilon == pytest.approx(0, abs=1e-9) and result.has_core
    np.testing.assert_allclose(result.payoff, [1, 0, 0], atol=1e-9)


@pytest.mark.parametrize(("n_agents", "quota"), [(3, 2), (5, 3), (7, 4)])
def test_majority_has_an_empty_core(n_agents: int, quota: int) -> None:
    """Equal shares are least bad, and leave a smallest majority short by 1 - quota / n."""
    result = least_core(voting_game(quota, [1] * n_agents).values)
    assert result.epsilon == pytest.approx(1 - quota / n_agents, abs=1e-9)
    assert not result.has_core
    np.testing.assert_allclose(result.payoff, 1 / n_agents, atol=1e-9)


@pytest.mark.parametrize("n_agents", [2, 4, 6])
def test_where_all_are_needed_everybody_has_slack(n_agents: int) -> None:
    """A single agent is worth nothing and given 1 / n, so epsilon is -1 / n."""
    result = least_core(unanimity_game(n_agents, tuple(range(n_agents))).values)
    assert result.epsilon == pytest.approx(-1 / n_agents, abs=1e-9) and result.has_core


def test_veto_takes_all() -> None:
    result = least_core(voting_game(51, [50, 49, 1]).values)
    assert result.has_core
    np.testing.assert_allclose(result.payoff, [1, 0, 0], atol=1e-9)


def test_convex_game_has_its_shapley_value_in_the_core() -> None:
    game = airport_game([8, 11, 13, 18])
    _, excess = worst_objection(game.values, game.shapley)
    assert excess <= 1e-9
    assert least_core(game.values).epsilon <= excess


@pytest.mark.parametrize("n_agents", [2, 3, 5, 10])
def test_no_payoff_does_better(n_agents: int) -> None:
    """Against the definition, and against nearby payoffs of the same sum."""
    rng = np.random.default_rng(n_agents)
    values = rng.normal(size=2**n_agents)
    result = least_core(values)
    assert result.payoff.sum() == pytest.approx(values[-1] - values[0], abs=1e-9)
    assert max(_excesses(values, result.payoff).values()) == pytest.approx(result.epsilon, abs=1e-9)
    for _ in range(200):
        move = rng.normal(size=n_agents) * rng.choice([1e-3, 0.1, 1])
        _, excess = worst_objection(values, result.payoff + move - move.mean())
        assert excess >= result.epsilon - 1e-9


@pytest.mark.parametrize("n_agents", [3, 5, 7])
def test_of_all_payoffs_in_the_least_core_it_is_the_shortest(n_agents: int) -> None:
    """Against a general solver that starts elsewhere."""
    rng = np.random.default_rng(n_agents)
    for values in (np.append(0.0, rng.integers(0, 3, 2**n_agents - 1).astype(float)), rng.normal(size=2**n_agents)):
        result = least_core(values)
        inside = (np.arange(1, 2**n_agents - 1)[:, None] >> np.arange(n_agents) & 1).astype(float)
        demanded, whole = values[1:-1] - values[0] - result.epsilon - 1e-9, values[-1] - values[0]
        solved = minimize(
            lambda payoff: payoff @ payoff,
            np.full(n_agents, whole / n_agents),
            jac=lambda payoff: 2 * payoff,
            constraints=[
                {"type": "eq", "fun": lambda payoff, whole=whole: payoff.sum() - whole},
                {"type": "ineq", "fun": lambda payoff, demanded=demanded, inside=inside: inside @ payoff - demanded},
            ],
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 500},
        )
        np.testing.assert_allclose(result.payoff, solved.x, atol=1e-5)


def test_agents_that_are_alike_are_given_the_same() -> None:
    """A vertex of the linear programme would favour whoever comes first."""
    updates = np.random.default_rng(2).normal(size=(8, 6)) + 0.5
    updates[5] = updates[1]
    payoff = least_core(coalition_values(updates @ updates.T)).payoff
    assert payoff[1] == pytest.approx(payoff[5], abs=1e-9)


def test_value_of_the_empty_coalition_is_not_shared_out() -> None:
    values = glove_game(1, 2).values
    shifted, plain = least_core(values + 5), least_core(values)
    assert shifted.epsilon == pytest.approx(plain.epsilon, abs=1e-9)
    np.testing.assert_allclose(shifted.payoff, plain.payoff, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_unit_of_the_game_does_not_matter(scale: float) -> None:
    result = least_core(voting_game(2, [1, 1, 1]).values * scale)
    assert result.epsilon == pytest.approx(scale / 3, rel=1e-9)


def test_equal_updates_object_to_every_payoff() -> None:
    """Each is worth as much alone as all together: the gradient game of n equal updates needs epsilon 1 - 1 / n."""
    result = least_core(coalition_values(np.ones((4, 4))))
    assert result.epsilon == pytest.approx(1 - 1 / 4, abs=1e-9) and not result.has_core


@pytest.mark.parametrize("n_agents", [1, 2, 4])
def test_worthless_game(n_agents: int) -> None:
    result = least_core(np.zeros(2**n_agents))
    assert result.epsilon == pytest.approx(0, abs=1e-9) and result.has_core
    np.testing.assert_allclose(result.payoff, 0, atol=1e-9)


def test_one_agent() -> None:
    result = least_core([0.25, 1.0])
    assert (result.epsilon, result.payoff.tolist(), result.has_core) == (0.0, [0.75], True)
    assert worst_objection([0.25, 1.0], [0.75]) == ((), 0.0)


def test_worst_objection_names_the_coalition() -> None:
    """Two against three pairs of gloves, paid by Shapley: a matched pair gets 39/60 + 14/60 of its 1."""
    game = glove_game(2, 3)
    members, excess = worst_objection(game.values, game.shapley)
    expected = _excesses(game.values, game.shapley)
    assert excess == pytest.approx(max(expected.values()), abs=1e-12)
    assert expected[members] == pytest.approx(excess, abs=1e-12)
    assert members == (0, 1, 2, 3) and excess == pytest.approx(2 - 2 * 53 / 60, abs=1e-12)


@pytest.mark.parametrize("n_agents", [2, 5])
def test_worst_objection_to_any_payoff(n_agents: int) -> None:
    values = np.random.default_rng(n_agents).normal(size=2**n_agents)
    payoff = shapley_values(values)
    members, excess = worst_objection(values, payoff)
    expected = _excesses(values, payoff)
    assert expected[members] == pytest.approx(max(expected.values()), abs=1e-12)
    assert excess == pytest.approx(expected[members], abs=1e-12)


def test_what_is_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 10 agents; got 11"):
        least_core(np.zeros(2**11))
    with pytest.raises(ValueError, match=r"^values: "):
        least_core(np.zeros(3))
    with pytest.raises(ValueError, match=r"payoff: one number an agent, 2; got shape \(3,\)"):
        worst_objection(np.zeros(4), np.zeros(3))


def test_without_scipy_the_extra_that_brings_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match="the extra exact of cgs-core"):
        least_core([0, 1])
