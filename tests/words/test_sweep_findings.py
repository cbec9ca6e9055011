"""What a sweep says changed is what scipy's paired tests tell, corrected; of made tables, whose numbers are known."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.stats

from cgs_core.measures import MEASURES
from cgs_core.scenario import Scenario
from cgs_core.studies.sweeps import Row, Sweep, SweepTable
from cgs_core.words.sweep_findings import APPROXIMATION, MAIN, brief, law

TITLES = {name: MEASURES[name].title[0].lower() + MEASURES[name].title[1:] for name in MEASURES}


def made(values: dict[str, np.ndarray], grid: dict[str, list[float]] | None = None) -> SweepTable:
    """A table with these values, (*shape, n_seeds) of each measure; NaN is undefined. The others are 0.5."""
    first = next(iter(values.values()))
    sweep = Sweep(Scenario(), grid or {"altruism_degree": [0.5, 1.0, 2.0][: len(first)]}, first.shape[-1])
    rows = {}
    for point in sweep.points:
        own: dict[str, float | None] = dict.fromkeys((*MAIN, *APPROXIMATION), 0.5)
        for name, array in values.items():
            value = float(array[(*point.place, point.seed)])
            own[name] = None if np.isnan(value) else value
        rows[point] = Row(own, {})
    return SweepTable(sweep, rows)


def noisy(levels: list[float], n_seeds: int, spread: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array(levels)[:, None] + rng.normal(0, spread, (len(levels), n_seeds)) + rng.normal(0, 0.05, n_seeds)


@pytest.mark.parametrize("seed", range(20))
def test_a_change_is_called_one_where_the_corrected_paired_test_tells_the_ends_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {
        name: noisy([0.7, 0.7, 0.7 + rng.choice([0, 0.02, -0.1])], 5, 0.02, seed + k) for k, name in enumerate(MAIN)
    }
    words = law(made(values)).replace("\u00a0", " ")
    tests = {name: scipy.stats.ttest_rel(own[2], own[0]) for name, own in values.items()}
    ordered = sorted(test.pvalue for test in tests.values())
    limit = max((p for k, p in enumerate(ordered, 1) if p <= 0.05 * k / 3), default=-1.0)
    for name, test in tests.items():
        change = (values[name][2] - values[name][0]).mean()
        is_told = test.pvalue <= limit and abs(change) >= 0.005
        (part,) = re.findall(rf"{re.escape(TITLES[name])} ([^;]*?\))", words)
        assert part.startswith(("rises from" if change > 0 else "falls from") if is_told else "is not told apart: ")
        is_alone = test.pvalue < 0.05 and not is_told
        assert ("clear by itself but not among all of these" in part) == (is_alone and abs(change) >= 0.005)
        assert ("too small to count" in part) == (is_alone and abs(change) < 0.005)
        before, after = (values[name][place].mean() for place in (0, 2))
        low, high = test.confidence_interval()
        scale = 100 if MEASURES[name].is_fraction else 1
        printed = [float(text.replace("−", "-")) for text in re.findall(r"[+−]?\d+\.\d+", part)]
        expected = [scale * number for number in (before, after, change, (high - low) / 2)]
        assert printed == pytest.approx(expected, abs=0.0051 * (10 if scale == 100 else 1) * 1.01)
    assert "5 seeds, paired; ±: 95 % interval of one change by itself" in words
    assert "; 5 % false discoveries among 3 measures." in words
    short = brief(made(values)).replace("\u00a0", " ")
    for name in MAIN[:2]:
        is_told = tests[name].pvalue <= limit and abs((values[name][2] - values[name][0]).mean()) >= 0.005
        assert (f"{TITLES[name]} " in short) and (
            bool(re.search(rf"{re.escape(TITLES[name])} \S+(?: %\*\*)? →", short)) == is_told
        )


def test_one_seed_tells_no_change() -> None:
    table = made({name: np.array([[0.2], [0.5], [0.9]]) for name in MAIN})
    for words in (law(table), brief(table)):
        assert "ne seed, which tells no change from chance" in words
        assert not re.search(r"rises|falls|→ \*\*|goes", words)


def test_an_end_that_is_undefined_is_told() -> None:
    nan = np.nan
    gone = made({"fairness_score": np.array([[0.9, 0.8], [0.5, 0.5], [nan, nan]])})
    assert "fairness (Pearson r) is **0.85** at first and undefined at the end" in law(gone)
    without = made({"fairness_score": np.full((3, 2), nan)})
    assert "fairness (Pearson r) is undefined at both ends" in law(without)
    assert "fairness (Pearson r) undefined; " in brief(without)
    other_seeds = made({"fairness_score": np.array([[0.9, nan], [0.5, 0.5], [nan, 0.2]])})
    assert "fairness (Pearson r): **0.90** and **0.20**" in law(other_seeds)


def test_only_what_is_defined_counts_among_the_comparisons() -> None:
    values = {name: noisy([0.7, 0.7, 0.8], 5, 0.02) for name in MAIN}
    assert "among 3 measures" in law(made(values))
    assert "among 2 measures" in law(made(values | {"fairness_score": np.full((3, 5), np.nan)}))


def test_equal_ends_are_seldom_called_a_change() -> None:
    called = [
        "is not told apart"
        not in law(made({"mean_accuracy": noisy([0.8, 0.8, 0.8], 5, 0.02, seed)}), ["mean_accuracy"])
        for seed in range(200)
    ]
    assert np.mean(called) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize(("step", "is_told"), [(0.0, False), (0.2, True)])
def test_of_two_fields_highest_and_lowest_are_told_apart_or_said_not_to_be(step: float, is_told: bool) -> None:
    grid = {"n_agents": [3, 5], "altruism_degree": [0.5, 1.0, 2.0]}
    rng = np.random.default_rng(0)
    error = 0.1 + step * np.array([[0.0, 0.1, 0.2], [0.5, 0.6, 1.0]])[..., None] + rng.normal(0, 0.01, (2, 3, 5))
    words = law(made({"valuation_l1_error": error}, grid), APPROXIMATION[:1])
    mean = error.mean(axis=-1)
    places = [np.unravel_index(int(pick(mean)), (2, 3)) for pick in (np.argmax, np.argmin)]
    for place in places:
        number = f"{mean[place]:.2f}" if mean[place] >= 0.1 else f"{mean[place]:.3f}"
        assert f"**{number}** at ({grid['n_agents'][place[0]]}, {grid['altruism_degree'][place[1]]:g})" in words
    assert ("not told apart" not in words) == is_told
    assert words.endswith("(5 seeds, paired.)")
