"""Estimators: each is what its definition makes of the coalitions asked for, and costs as many as are different."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from cgs_core.contribution import shapley_values
from cgs_core.contribution.estimators import ESTIMATORS, TOLERANCE, Draws, estimates_at, models_after, svarm_sizes

N = 6
ALL = 2**N - 1
EACH = pytest.mark.parametrize("name", list(ESTIMATORS))


def members() -> np.ndarray:
    return np.arange(2**N)[:, None] >> np.arange(N) & 1


def rough(seed: int = 0) -> np.ndarray:
    """A game that saturates, with noise: as a retrained one."""
    rng = np.random.default_rng(seed)
    return 1 - np.exp(-(members() @ rng.uniform(0.2, 1, N))) + rng.normal(0, 0.05, 2**N)


def drawn(name: str, values: np.ndarray, n_draws: int, seed: int = 0) -> Draws:
    return ESTIMATORS[name].draws(values, n_draws, np.random.default_rng(seed))


def bits(coalition: int) -> list[int]:
    return [agent for agent in range(N) if coalition >> agent & 1]


# -- the definitions, in plain loops over what was asked for -----------------------------------------------------------


def of_walks(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    sums = [0.0] * N
    for row in rows:
        for before, after in pairwise([0, *row]):
            if after:  # nobody: the walk has been cut
                (agent,) = bits(after & ~before)
                sums[agent] += values[after] - values[before]
    return [own / len(rows) for own in sums]


def of_both_ways(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    return of_walks(values, [half for row in rows for half in (row[:N], row[N:])])


def of_strata(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    worth = []
    for agent in range(N):
        strata: dict[int, list[float]] = {
            0: [values[1 << agent] - values[0]],
            N - 1: [values[ALL] - values[ALL & ~(1 << agent)]],
        }
        for without, with_agent in rows:
            if with_agent == without | 1 << agent and without != with_agent:
                strata.setdefault(len(bits(without)), []).append(values[with_agent] - values[without])
        worth.append(np.mean([np.mean(own) for own in strata.values()]))
    return worth


def of_complements(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    worth = []
    for agent in range(N):
        strata: dict[int, list[float]] = {N: [values[ALL] - values[0]]}
        for one, other in rows:
            inside, outside = (one, other) if one >> agent & 1 else (other, one)
            strata.setdefault(len(bits(inside)), []).append(values[inside] - values[outside])
        worth.append(np.mean([np.mean(own) for own in strata.values()]))
    return worth


def of_halves(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    """SVARM: the mean of coalitions with an agent, size by size, less that of those without it."""
    asked = [0, ALL, *(1 << own for own in range(N)), *(ALL & ~(1 << own) for own in range(N))]
    asked += [own for (own,) in rows]
    worth = []
    for agent in range(N):
        halves: tuple[dict[int, list[float]], dict[int, list[float]]] = ({}, {})
        for coalition in asked:
            is_in = coalition >> agent & 1
            halves[1 - is_in].setdefault(len(bits(coalition)) - is_in, []).append(values[coalition])
        plus, minus = (np.mean([np.mean(own) for own in half.values()]) for half in halves)
        worth.append(plus - minus)
    return worth


def of_toggles(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    added = [
        [values[row[0] | 1 << agent] - values[row[0] & ~(1 << agent)] for agent in range(N)]
        for row in rows
        if {own ^ row[0] for own in row[1:]} == {1 << agent for agent in range(N)}
    ]
    assert len(added) == len(rows)
    return np.mean(added, axis=0).tolist()


def of_regression(values: np.ndarray, rows: list[list[int]]) -> list[float]:
    """The last agent's worth is what the others leave of the whole: then it is plain least squares."""
    total, lines, gains = values[ALL] - values[0], [], []
    for row in rows:
        for coalition in row:
            has_last = coalition >> (N - 1) & 1
            lines.append([(coalition >> agent & 1) - has_last for agent in range(N - 1)])
            gains.append(values[coalition] - values[0] - has_last * total)
    first = np.linalg.lstsq(np.array(lines, float), np.array(gains), rcond=None)[0]
    return [*first, total - first.sum()]


ORACLES: dict[str, Callable[[np.ndarray, list[list[int]]], list[float]]] = {
    "permutation": of_walks,
    "antithetic": of_both_ways,
    "truncated": of_walks,
    "stratified": of_strata,
    "owen": of_toggles,
    "complementary": of_complements,
    "svarm": of_halves,
    "kernel": of_regression,
}


@EACH
@pytest.mark.parametrize("n_draws", [9, 40])
def test_it_is_what_a_plain_loop_makes_of_what_it_asked_for(name: str, n_draws: int) -> None:
    values = rough()
    own = drawn(name, values, 60, seed=3)
    expected = ORACLES[name](values, own.asked[:n_draws].tolist())
    np.testing.assert_allclose(own.after(n_draws), expected, rtol=0, atol=1e-10)


@EACH
def test_it_comes_to_the_exact_value(name: str) -> None:
    values = rough()
    estimate = drawn(name, values, 20_000).after(20_000)
    slack = 0.012 if name == "truncated" else 0.008
    np.testing.assert_allclose(estimate, shapley_values(values), rtol=0, atol=slack)


@pytest.mark.parametrize("name", [name for name, own in ESTIMATORS.items() if own.is_unbiased])
def test_unbiased_however_few_the_draws(name: str) -> None:
    """The mean of 1500 runs of 2 draws lies within 4.5 of its own standard errors of the exact value."""
    values = np.random.default_rng(5).normal(size=2**N)
    estimates = np.array([drawn(name, values, 2, seed).after(2) for seed in range(1500)])
    spread = estimates.std(axis=0, ddof=1) / math.sqrt(len(estimates))
    assert (np.abs(estimates.mean(axis=0) - shapley_values(values)) < 4.5 * spread).all()


@pytest.mark.parametrize("name", ["permutation", "antithetic", "kernel", "truncated"])
def test_what_is_shared_out_is_the_whole(name: str) -> None:
    values = rough(1)
    slack = TOLERANCE if name == "truncated" else 1e-9
    assert drawn(name, values, 7).after(7).sum() == pytest.approx(values[-1] - values[0], abs=slack)


@pytest.mark.parametrize("name", ["permutation", "antithetic", "owen", "stratified", "kernel"])
def test_where_agents_add_up_few_draws_are_exact(name: str) -> None:
    worth = np.random.default_rng(2).uniform(0.5, 1, N)
    np.testing.assert_allclose(drawn(name, members() @ worth, 30).after(30), worth, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["stratified", "complementary", "svarm"])
def test_where_only_numbers_count_strata_are_exact(name: str) -> None:
    values = np.sqrt(members().sum(axis=1))
    np.testing.assert_allclose(drawn(name, values, 400).after(400), np.full(N, values[-1] / N), rtol=0, atol=1e-9)


def test_a_walk_is_cut_where_its_coalition_is_worth_as_much_as_all() -> None:
    values = np.minimum(members().sum(axis=1), 2) * 0.4  # two are as good as all
    own = drawn("truncated", values, 5)
    assert (own.asked[:, 2:] == 0).all() and (own.asked[:, :2] > 0).all()
    assert models_after(own, N)[-1] == len(set(own.asked[:, :2].ravel().tolist())) + 1  # and all


@EACH
def test_the_cost_is_how_many_different_coalitions_were_asked_for(name: str) -> None:
    values = rough()
    own = drawn(name, values, 25)
    costs = models_after(own, N)
    for n_draws in (0, 1, 7, 25):
        asked = {ALL, *own.first.tolist(), *own.asked[:n_draws].ravel().tolist()} - {0}
        assert costs[n_draws] == len(asked)


@EACH
def test_a_budget_is_kept_and_the_estimate_is_that_of_its_draws(name: str) -> None:
    values, budgets = rough(), [1, 14, 20, 30, 63]
    estimates, spent = estimates_at(values, ESTIMATORS[name], budgets, np.random.default_rng(4))
    again, _ = estimates_at(values, ESTIMATORS[name], budgets, np.random.default_rng(4))
    np.testing.assert_array_equal(estimates, again)
    assert (spent <= budgets).all() and (np.diff(spent) >= 0).all()
    assert np.isnan(estimates[0]).all() and np.isfinite(estimates[2:]).all()
    n_draws = 8 * 2**N // ESTIMATORS[name].k(N)
    own = drawn(name, values, n_draws, seed=4)
    costs = models_after(own, N)
    last = max(place for place, cost in enumerate(costs) if cost <= 30)
    np.testing.assert_array_equal(estimates[3], own.after(last))
    assert spent[3] == costs[last]


@pytest.mark.parametrize("n_agents", [5, 6, 7, 8, 11])
def test_svarm_draws_sizes_as_its_authors_program_does(n_agents: int) -> None:
    half, odds = n_agents // 2, {}
    if n_agents % 2 == 0:
        log, harmonic = n_agents * math.log(n_agents), sum(1 / size for size in range(1, half))
        odds = {size: (log - 1) / (2 * log * (harmonic - 1)) / size for size in range(2, half)}
        odds |= {n_agents - size: own for size, own in odds.items()} | {half: 1 / log}
    else:
        harmonic = sum(1 / size for size in range(1, half + 1))
        odds = {size: 1 / (2 * (harmonic - 1)) / size for size in range(2, half + 1)}
        odds |= {n_agents - size: own for size, own in odds.items()}
    np.testing.assert_allclose(svarm_sizes(n_agents), [odds[size] for size in range(2, n_agents - 1)])
    assert svarm_sizes(n_agents).sum() == pytest.approx(1)


@pytest.mark.parametrize("values", [np.zeros(16), np.zeros(33), np.full(64, np.nan)])
def test_other_games_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="values"):
        estimates_at(values, ESTIMATORS["permutation"], [20], np.random.default_rng(0))
