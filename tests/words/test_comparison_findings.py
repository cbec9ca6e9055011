"""The headline over several seeds names the best by its mean, and whom the seeds do not show behind it."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
import scipy.stats

from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import Scenario
from cgs_core.studies.comparison import COMPARED, Comparison
from cgs_core.words.comparison_findings import brief, headline, stars

NAMES = ("fedavg", "cgsv", "rffl", "shapfed")
TITLES = {f"**{MECHANISMS[name].title}**": place for place, name in enumerate(NAMES)}


def made(seed: int, n_seeds: int = 5) -> Comparison:
    """Measures that no run gave: each mechanism has a level of its own, or the same as all."""
    rng = np.random.default_rng(seed)
    effect = float(rng.choice([0.0, 0.01, 0.05]))
    measures = {
        name: 0.5 + effect * rng.standard_normal(4) + 0.01 * rng.standard_normal((n_seeds, 4)) for name in COMPARED
    }
    if rng.random() < 0.5:
        measures["fairness_score"][0, rng.integers(4)] = np.nan
    accuracy = np.full((n_seeds, 4, 5), 0.8)
    properties = dict.fromkeys(NAMES, ())
    return Comparison(Scenario(), NAMES, accuracy, accuracy[:, 0], accuracy, measures, properties)


def not_behind(comparison: Comparison, measure: str) -> set[int]:
    """Who is defined with every seed and clearly below nobody, by scipy's tests and a plain correction."""
    tests = {}
    for name, values in comparison.measures.items():
        if name != "download_bytes":
            whole = [place for place in range(4) if np.isfinite(values[:, place]).all()]
            for first, second in combinations(whole, 2):
                tests[name, first, second] = scipy.stats.ttest_rel(values[:, first], values[:, second])
    ordered = sorted(test.pvalue for test in tests.values())
    limit = max((p for k, p in enumerate(ordered, 1) if p <= 0.05 * k / len(ordered)), default=-1.0)
    means = comparison.measures[measure].mean(axis=0)
    behind = {
        first if means[first] < means[second] else second
        for (name, first, second), test in tests.items()
        if name == measure and test.pvalue <= limit and abs(means[first] - means[second]) >= 0.005
    }
    return set(np.flatnonzero(np.isfinite(means)).tolist()) - behind


@pytest.mark.parametrize("seed", range(30))
def test_all_are_named_that_are_not_clearly_behind_and_nobody_else(seed: int) -> None:
    comparison = made(seed)
    words = headline(comparison)
    parts = {
        "fairness_score": words.partition("; mean accuracy")[0],
        "mean_accuracy": words.partition("mean accuracy: ")[2].partition("; gain of")[0],
        "worst_gain": words.partition("gain of who gains least: ")[2],
    }
    assert words.endswith("(5 seeds, paired.)")
    for measure, text in parts.items():
        expected, values = not_behind(comparison, measure), comparison.measures[measure]
        told = [TITLES[title] for title in re.findall(r"\*\*[^*]+\*\*", text)]
        ranked = int(np.isfinite(values).all(axis=0).sum())
        if len(expected) == ranked:
            assert "be told apart with these 5 seeds" in text
            assert set(told) == (expected if measure == "fairness_score" else set())
            continue
        assert set(told) == expected and told[0] == np.nanargmax(
            np.where(np.isfinite(values).all(axis=0), values.mean(axis=0), np.nan)
        )
        for mean, margin, title in re.findall(r"; ([\d.]+) ± ([\d.]+) points above (.*?)\)", text):
            check_margin(values, told[0], TITLES[f"**{title}**"], mean, margin)
        for title, mean, margin in re.findall(r"(\*\*[^*]+\*\*) \([^;)]*; ([−+\d.]+) ± ([\d.]+) points\)", text):
            check_margin(values, TITLES[title], told[0], mean, margin)
        if measure != "fairness_score" and len(told) > 1:
            assert text.count(" ± ") == len(told) - 1


def check_margin(values: np.ndarray, first: int, second: int, mean: str, margin: str) -> None:
    low, high = scipy.stats.ttest_rel(values[:, first], values[:, second]).confidence_interval()
    printed = [float(number.replace("−", "-")) for number in (mean, margin)]
    assert printed == pytest.approx([50 * (low + high), 50 * (high - low)], abs=0.0501)


def test_stars_say_what_they_go_by() -> None:
    assert "paired differences over 5 seeds" in stars(made(0)) and "5 % false discoveries" in stars(made(0))
    assert stars(made(0, n_seeds=1)).startswith("One seed")
    assert headline(made(0, n_seeds=1)).endswith("(One seed, so no verdict.)")


def test_fairness_that_is_not_told_apart_has_its_seeds_beside_it() -> None:
    """0.985 and 0.374 are no tie: the reader is to see how wide the seeds are."""
    comparison = made(0)
    comparison.measures["fairness_score"][:, :2] = np.array(
        [[0.97, 0.9], [0.99, -0.2], [0.98, 0.4], [0.99, 0.1], [0.99, 0.7]]
    )
    words = headline(comparison)
    assert "**FedAvg** (0.984, by seed 0.970 to 0.990; worst gain" in words
    assert "**CGSV** (0.380, by seed −0.200 to 0.900; worst gain" in words
    assert " tie" not in words


def test_a_projectors_sentence_says_what_two_lines_have_room_for() -> None:
    shown = [brief(made(seed)) for seed in range(30)]
    both = [words for words in shown if "gain of who gains least" in words]
    assert 0 < len(both) < len(shown) and max(map(len, both)) <= 186
    for seed, words in enumerate(shown):
        assert words in both or headline(made(seed)).startswith(words.removesuffix("."))
