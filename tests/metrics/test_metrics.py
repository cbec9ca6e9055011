"""Measures of a run by hand, against numpy, and where they are undefined."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cgs_core.metrics import gini, jain, pearson, same_models, summarise


def _run(**changes: object) -> dict[str, Any]:
    """Two rounds of three agents that all gain, and whose valuation drives the run near the exact one."""
    arguments: dict[str, Any] = {
        "accuracy": [0.6, 0.8, 0.9],
        "standalone_accuracy": [0.5, 0.6, 0.8],
        "server_accuracy": 0.95,
        "fedavg_accuracy": 0.93,
        "contribution": [[0.4, 0.8, 0.4], [0.2, 0.8, 0.6]],
        "contribution_exact": [[0.25, 0.5, 0.25], [0.15, 0.45, 0.4]],
        "reward_ratio": [[0.5, 1.0, 0.6], [0.3, 1.0, 0.8]],
        "download_bytes": np.array([[100, 200, 120], [60, 200, 160]]),
    }
    return summarise(**(arguments | changes))


def test_summary_by_hand() -> None:
    summary = _run()
    expected = {
        "rationality_score": 1.0,
        "mean_gain": 0.4 / 3,
        "worst_gain": 0.1,
        "max_accuracy": 0.9,
        "mean_accuracy": 2.3 / 3,
        "min_accuracy": 0.6,
        "server_accuracy": 0.95,
        "fedavg_accuracy": 0.93,
        "gini_gap": 2 * (0.2 + 0.1 + 0.3) / (2 * 3 * 2.3),
        "jain_score": 2.3**2 / (3 * (0.36 + 0.64 + 0.81)),
        # gains (0.1, 0.2, 0.1) over mean contributions (0.3, 0.8, 0.5): (1/3, 1/4, 1/5)
        "proportionality_score": (1 / 3 + 1 / 4 + 1 / 5) ** 2 / (3 * (1 / 9 + 1 / 16 + 1 / 25)),
        "mean_reward_ratio": 0.7,
        "download_bytes": 140.0,
        # round 0 is exact once normalised; round 1 is (0.125, 0.5, 0.375) against (0.15, 0.45, 0.4)
        "valuation_l1_error": 0.1 / 2,
        "valuation_pearson_score": (1 + np.corrcoef([0.2, 0.8, 0.6], [0.15, 0.45, 0.4])[0, 1]) / 2,
        "fairness_score": np.corrcoef([0.5, 0.6, 0.8], [0.6, 0.8, 0.9])[0, 1],
        "contribution_fairness_score": np.corrcoef([0.3, 0.8, 0.5], [0.6, 0.8, 0.9])[0, 1],
    }
    assert summary.pop("undefined") == {}
    assert summary == pytest.approx(expected, abs=1e-12)


def test_summary_is_plain_json() -> None:
    summary = _run(accuracy=np.float32([0.5, 0.5, 0.5]), contribution_exact=None)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_rationality_counts_agents_that_do_not_lose() -> None:
    summary = _run(accuracy=[0.5, 0.55, 0.7])
    assert summary["rationality_score"] == pytest.approx(1 / 3)
    assert summary["worst_gain"] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"accuracy": [0.9, 0.9005, 0.9]}, "fairness_score", "the agents' final accuracies differ by less than 0.001"),
        (
            {"standalone_accuracy": [0.5, 0.5, 0.5]},
            "fairness_score",
            "the agents' standalone accuracies differ by less than 0.001",
        ),
        (
            {"contribution": np.full((2, 3), 1 / 3)},
            "contribution_fairness_score",
            "the agents' mean contributions differ by less than 0.001",
        ),
        (
            {"contribution": np.full((2, 3), 1 / 3)},
            "valuation_pearson_score",
            "the agents' contributions differ by less than 0.001",
        ),
        (
            {"contribution_exact": np.full((2, 3), 1 / 3)},
            "valuation_pearson_score",
            "the agents' exact CGSVs differ by less than 0.001",
        ),
        (
            {"contribution_exact": None},
            "valuation_l1_error",
            "the exact CGSV is computed for at most 24 agents",
        ),
        (
            {"contribution": [[0.2, -0.2, 0.0]] * 2},
            "valuation_l1_error",
            "the agents' worth adds up to less than 0.001 in every round",
        ),
        (
            {"contribution": [[0.4, 0.8, -0.1]] * 2},
            "proportionality_score",
            "an agent's mean contribution is not positive",
        ),
        (
            {"accuracy": [0.6, 0.8, 0.79]},
            "proportionality_score",
            "an agent ends below its standalone accuracy",
        ),
        (
            {"accuracy": [0.5, 0.6, 0.8]},
            "proportionality_score",
            "no agent gains over its standalone accuracy",
        ),
    ],
)
def test_what_is_undefined_is_none_and_says_why(changes: dict[str, object], name: str, reason: str) -> None:
    summary = _run(**changes)
    assert summary[name] is None
    assert summary["undefined"][name] == reason


def test_single_agent_has_no_correlations() -> None:
    one = [[1.0], [1.0]]
    summary = summarise(
        accuracy=[0.8],
        standalone_accuracy=[0.8],
        server_accuracy=0.8,
        fedavg_accuracy=0.8,
        contribution=one,
        contribution_exact=one,
        reward_ratio=one,
        download_bytes=one,
    )
    names = {"fairness_score", "contribution_fairness_score", "valuation_pearson_score"}
    assert {name: summary["undefined"][name] for name in names} == dict.fromkeys(
        names, "a correlation needs at least two agents"
    )
    assert summary["valuation_l1_error"] == 0
    assert summary["rationality_score"] == summary["jain_score"] == 1


def test_rounds_without_a_valuation_are_left_out() -> None:
    """An aggregate of zero makes every contribution 0: that round says nothing of the valuation."""
    both = [[0.2, 0.3, 0.5], [0.0, 0.0, 0.0]]
    summary = _run(contribution=both, contribution_exact=both)
    assert summary["valuation_l1_error"] == 0
    assert summary["valuation_pearson_score"] == pytest.approx(1)


def test_proportional_gains_score_one() -> None:
    contribution = np.array([[0.1, 0.2, 0.1]])
    summary = _run(
        contribution=contribution, contribution_exact=None, reward_ratio=contribution, download_bytes=contribution
    )
    assert summary["proportionality_score"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accuracy": [0.5, 0.6]}, "standalone_accuracy: shape"),
        ({"accuracy": [0.5, 0.6, math.nan]}, "accuracy: finite numbers; got nan"),
        ({"accuracy": [0.5, 0.6, -0.1]}, "accuracy: numbers of at least 0; got -0.1"),
        ({"contribution": [0.1, 0.2, 0.3]}, "contribution: an array of 2 axes"),
        ({"contribution_exact": np.ones((1, 3))}, "contribution_exact: shape"),
        ({"reward_ratio": np.ones((2, 4))}, "reward_ratio: shape"),
        ({"download_bytes": np.ones((3, 3))}, "download_bytes: shape"),
        ({"contribution": np.ones((0, 3))}, "contribution: an array of 2 axes that is not empty"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _run(**changes)


@pytest.mark.parametrize("n_numbers", [2, 3, 10, 50])
def test_pearson_agrees_with_numpy(n_numbers: int) -> None:
    x, y = np.random.default_rng(n_numbers).uniform(size=(2, n_numbers))
    assert pearson(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)


@pytest.mark.parametrize(("y", "expected"), [([2.0, 4.0, 6.0], 1.0), ([0.3, 0.2, 0.1], -1.0), ([1.0, 0.0, 1.0], 0.0)])
def test_pearson_by_hand(y: list[float], expected: float) -> None:
    assert pearson([0.1, 0.2, 0.3], y) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("spread", [0.0, 0.0009])
def test_pearson_of_nearly_constant_numbers_is_undefined(spread: float) -> None:
    flat, steep = [0.5, 0.5 + spread, 0.5], [0.1, 0.5, 0.9]
    assert pearson(flat, steep) is pearson(steep, flat) is None
    assert pearson([0.5, 0.5011, 0.5], steep) is not None


def test_pearson_takes_at_least_two_numbers_of_each() -> None:
    assert pearson([0.5], [0.7]) is None
    with pytest.raises(ValueError, match="y: as many numbers as x, 2; got 3"):
        pearson([0.1, 0.2], [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("values", "gini_index", "jain_index"),
    [
        ([0.7, 0.7, 0.7], 0.0, 1.0),
        ([0.0, 0.0], 0.0, 1.0),
        ([0.4], 0.0, 1.0),
        ([0.0, 0.0, 0.0, 1.0], 0.75, 0.25),
        ([1.0, 3.0], 0.25, 0.8),
    ],
)
def test_equality_by_hand(values: list[float], gini_index: float, jain_index: float) -> None:
    assert gini(values) == pytest.approx(gini_index, abs=1e-15)
    assert jain(values) == pytest.approx(jain_index, abs=1e-15)


@pytest.mark.parametrize("measure", [gini, jain])
def test_equality_takes_numbers_of_at_least_zero(measure: Any) -> None:
    for values in ([], [-0.1, 0.5], [math.nan], [[0.1, 0.2]]):
        with pytest.raises(ValueError, match=r"^values: "):
            measure(values)


def test_what_correlates_with_models_that_are_the_same_is_undefined() -> None:
    for changes, names in (
        ({"same_final": True}, {"fairness_score", "contribution_fairness_score"}),
        ({"same_alone": True}, {"fairness_score"}),
        ({"is_honest": False}, {"fairness_score"}),
    ):
        summary = _run(**changes)
        reasons = ("within the test's error", "not honest")
        undefined = {name for name, why in summary["undefined"].items() if any(reason in why for reason in reasons)}
        assert undefined == names and all(summary[name] is None for name in names)


@pytest.mark.parametrize(
    ("first_only", "second_only", "p"),
    [(0, 0, 1.0), (5, 0, 2 * 0.5**5), (1, 9, 2 * 11 / 2**10), (4, 4, 1.0), (3, 12, 2 * (1 + 15 + 105 + 455) / 2**15)],
)
def test_mcnemars_test_by_hand(first_only: int, second_only: int, p: float) -> None:
    right = np.ones((2, 40), np.bool_)
    right[1, :first_only] = False
    right[0, first_only : first_only + second_only] = False
    right[:, -2:] = False  # what both get wrong tells nothing
    for level in (p * 0.999, p * 1.001):
        if level < 1:
            assert same_models(right, level).tolist() == [[True, p >= level], [p >= level, True]]


def test_mcnemars_test_against_scipys() -> None:
    rng = np.random.default_rng(0)
    for n_test in (36, 360, 4000):
        right = rng.random((8, n_test)) < rng.uniform(0.5, 0.99, (8, 1))
        same = same_models(right, 0.01)
        for one in range(8):
            for other in range(8):
                first_only, second_only = (right[one] & ~right[other]).sum(), (right[other] & ~right[one]).sum()
                n = int(first_only + second_only)
                p = stats.binomtest(int(first_only), n).pvalue if n else 1.0
                assert same[one, other] == (p >= 0.01)
