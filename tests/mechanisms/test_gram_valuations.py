"""Valuations of the Gram matrix, each against plain loops over the uploads themselves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb, gamma, log

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.mechanisms import VALUATIONS
from cgs_core.mechanisms.gram_valuations import foolsgold_weights
from tests.mechanisms.rounds import a_round, drawn


def value(name: str, uploads: np.ndarray, weight: np.ndarray | None = None, **changes: object) -> np.ndarray:
    return VALUATIONS[name].of(a_round(uploads, weight, **changes))


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    return float(x @ y / lengths) if lengths > 0 else 0.0


def semivalue(uploads: np.ndarray, weight: np.ndarray, of_size: list[float]) -> np.ndarray:
    """What an agent adds to cos(u_S, u_N), coalition by coalition; ``of_size``: what a coalition of s others weighs."""
    n, weighted = len(uploads), weight[:, None] * uploads
    whole = weighted.sum(axis=0)
    worth = np.zeros(n)
    for agent in range(n):
        for size in range(n):
            for members in combinations([other for other in range(n) if other != agent], size):
                before = weighted[list(members)].sum(axis=0)
                worth[agent] += of_size[size] * (cosine(before + weighted[agent], whole) - cosine(before, whole))
    return worth


def test_others_cosine_leaves_ones_own_upload_out() -> None:
    uploads, weight = drawn(5)
    expected = [
        cosine(uploads[agent], sum(weight[other] * uploads[other] for other in range(5) if other != agent))
        for agent in range(5)
    ]
    np.testing.assert_allclose(value("others_cosine", uploads, weight), expected, atol=1e-12)


def test_banzhaf_weighs_all_coalitions_alike() -> None:
    uploads, weight = drawn(5, seed=1)
    np.testing.assert_allclose(value("banzhaf", uploads, weight), semivalue(uploads, weight, [1 / 16] * 5), atol=1e-12)


def test_beta_weighs_small_coalitions_more() -> None:
    def beta(x: float, y: float) -> float:
        return gamma(x) * gamma(y) / gamma(x + y)

    uploads, weight = drawn(5, seed=2)
    of_size = [beta(size + 1, 4 - size + 4) / beta(4, 1) for size in range(5)]
    assert sum(comb(4, size) * one for size, one in enumerate(of_size)) == pytest.approx(1)
    np.testing.assert_allclose(value("beta_shapley", uploads, weight), semivalue(uploads, weight, of_size), atol=1e-12)


def test_least_core_is_stable_and_treats_equals_alike() -> None:
    uploads, weight = drawn(5, seed=3)
    uploads[4], weight[4] = uploads[0], weight[0]
    given = a_round(uploads, weight / weight.sum())
    payoff, weighted = VALUATIONS["least_core"].of(given), given.weight[:, None] * uploads
    assert payoff.sum() == pytest.approx(1) and payoff[0] == pytest.approx(payoff[4], abs=1e-8)
    whole = weighted.sum(axis=0)

    def worst(shared: np.ndarray) -> float:
        return max(
            cosine(weighted[list(members)].sum(axis=0), whole) - shared[list(members)].sum()
            for size in range(1, 5)
            for members in combinations(range(5), size)
        )

    rng = np.random.default_rng(0)
    for _ in range(100):
        move = rng.standard_normal(5) * 0.05
        assert worst(payoff + move - move.mean()) >= worst(payoff) - 1e-9


def test_information_gain_prefers_what_is_new() -> None:
    uploads = np.eye(4, 12)
    uploads[1] = uploads[0]
    worth = value("information_gain", uploads)
    np.testing.assert_allclose(worth, [log(3) / 4, log(3) / 4, log(2) / 2, log(2) / 2], atol=1e-12)


def test_fedce_is_a_mean_over_the_rounds() -> None:
    """Three rounds by the definition: 1 - the others' cosine, averaged; each round is given what the last one said."""
    before, distances = np.zeros(4), []
    for round_index in range(3):
        uploads, weight = drawn(4, seed=round_index)
        distances.append(
            [
                1 - cosine(uploads[i], sum(weight[j] * uploads[j] for j in range(4) if j != i))  # the program's minus
                for i in range(4)
            ]
        )
        before = value("fedce", uploads, weight, round_index=round_index, contribution_before=before)
        np.testing.assert_allclose(before, np.mean(distances, axis=0), atol=1e-12)


def test_stratified_cgsv_is_on_average_the_cgsv() -> None:
    uploads, weight = drawn(5, seed=4)
    exact = value("cgsv_exact", uploads, weight)
    once = value("stratified_cgsv", uploads, weight)
    mean = np.zeros(5)
    for round_index in range(1500):
        mean = value("stratified_cgsv", uploads, weight, round_index=round_index, contribution_before=mean)
    assert np.abs(once - exact).max() > 1e-3
    np.testing.assert_allclose(mean, exact, atol=5e-3)


@pytest.mark.parametrize("name", ["banzhaf", "beta_shapley", "information_gain"])
def test_above_24_agents_it_is_an_estimate(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads, weight = drawn(10, seed=5)
    exact = value(name, uploads, weight)
    monkeypatch.setattr("cgs_core.mechanisms.gram_valuations.MAX_EXACT_AGENTS", 9)
    estimate = value(name, uploads, weight)
    assert estimate.tolist() != exact.tolist()
    assert np.abs(estimate - exact).max() < 0.03 * np.abs(exact).max() + 0.003
    other_round = value(name, uploads, weight, round_index=1)
    assert other_round.tolist() != estimate.tolist()


def test_fifty_agents_are_valued_in_every_way_that_is_for_so_many() -> None:
    uploads, weight = drawn(50, seed=6)
    for name in (
        "others_cosine",
        "fedce",
        "banzhaf",
        "beta_shapley",
        "information_gain",
        "stratified_cgsv",
        "foolsgold",
    ):
        assert np.isfinite(value(name, uploads, weight)).all(), name


# -- FoolsGold -----------------------------------------------------------------------------------------------------


def weights_of_the_program(sums: np.ndarray) -> np.ndarray:
    """Agent by agent and pair by pair, in the order of DistributedML/FoolsGold, deep-fg."""
    n = len(sums)
    alike = [[0.0 if i == j else cosine(sums[i], sums[j]) for j in range(n)] for i in range(n)]
    largest = [max(row) for row in alike]
    for i in range(n):
        for j in range(n):
            if i != j and largest[i] < largest[j]:
                alike[i][j] *= largest[i] / largest[j]
    weights = [min(max(1 - max(row), 0), 1) for row in alike]
    most = max(weights)
    final = []
    for weight in weights:
        scaled = weight / most
        scaled = 0.99 if scaled == 1 else scaled
        score = log(scaled / (1 - scaled)) + 0.5 if scaled > 0 else -1.0
        final.append(min(max(score, 0.0), 1.0))
    return np.array(final)


@pytest.mark.parametrize("n_agents", [2, 3, 6, 12])
@pytest.mark.parametrize("agreement", [0.0, 0.5, 2.0])
def test_foolsgold_is_its_authors_programs(n_agents: int, agreement: float) -> None:
    sums, weight = drawn(n_agents, seed=n_agents, agreement=agreement)
    uploads = np.random.default_rng(0).standard_normal(sums.shape)  # which do not count
    worth = value("foolsgold", uploads, weight, upload_sum=sums)
    np.testing.assert_allclose(worth, weights_of_the_program(sums), atol=1e-9)


def test_foolsgold_finds_those_who_say_the_same() -> None:
    sums = drawn(5, seed=7)[0]
    sums[3] = sums[4] + 0.01 * sums[0]
    worth = value("foolsgold", sums)
    assert worth[3] == worth[4] == 0 and (worth[:3] > 0.9).all()
    assert not value("foolsgold", np.ones((3, 12))).any()  # all the same: nobody is told from the others
    assert foolsgold_weights(np.ones((1, 1))).tolist() == [1.0]


def test_foolsgold_remembers_all_uploads_of_a_run() -> None:
    scenario = Scenario(n_rounds=3, valuation="foolsgold", n_agents=4)
    first = run(scenario.replace(n_rounds=1)).stack("contribution")
    trace = run(scenario)
    assert trace.stack("contribution")[0].tolist() == first[0].tolist()
    gram = trace.gram[0] / np.outer(*[np.sqrt(trace.gram[0].diagonal())] * 2)
    np.testing.assert_allclose(first[0], foolsgold_weights(gram), atol=1e-6)


def test_zero_uploads_are_worth_nothing_to_the_cosine_and_leave_all_finite() -> None:
    uploads, weight = drawn(5, seed=8)
    uploads[2] = 0
    for name in ("others_cosine", "banzhaf", "beta_shapley", "information_gain"):
        worth = value(name, uploads, weight)
        assert worth[2] == pytest.approx(0, abs=1e-12), name
    given = a_round(np.zeros((5, 12)))
    for row in VALUATIONS.values():
        assert np.isfinite(row.of(replace(given))).all()
