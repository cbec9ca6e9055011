"""The verdicts of a table against scipy, against a definition by brute force, and on tables of equals."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.studies.statistics import (
    LEVEL,
    all_pairs,
    discoveries,
    n_above,
    paired_differences,
    smallest_effect,
    student_p_value,
    student_quantile,
    verdicts,
)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 8, 9, 19, 30, 199])
def test_students_t_is_scipys(degrees: int) -> None:
    t = np.concatenate([np.linspace(-12, 12, 241), [0.0, 1e-9, 40.0, np.inf]])
    np.testing.assert_allclose(
        student_p_value(t, degrees), 2 * scipy.stats.t.sf(np.abs(t), degrees), rtol=1e-9, atol=1e-14
    )
    for level in (0.2, 0.05, 0.001):
        np.testing.assert_allclose(student_quantile(degrees, level), scipy.stats.t.isf(level / 2, degrees), rtol=1e-9)


def test_differences_are_scipys_paired_test_over_the_seeds_that_define_both() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.9, 0.02, (30, 6)), rng.normal(0.89, 0.02, (30, 6))
    first[:10, 2], second[:5, 4] = np.nan, np.nan
    found = paired_differences(first - second)
    for place in range(30):
        ours, theirs = (side[place][np.isfinite(first[place] - second[place])] for side in (first, second))
        expected = scipy.stats.ttest_rel(ours, theirs)
        low, high = expected.confidence_interval(0.95)
        mean, margin = found.mean[place], found.margin[place]
        np.testing.assert_allclose(
            (found.p_value[place], mean - margin, mean + margin), (expected.pvalue, low, high), rtol=1e-9
        )
        assert found.n_seeds[place] == len(ours)


def test_fewer_than_two_seeds_tell_nothing_and_equal_differences_everything() -> None:
    found = paired_differences(
        [[0.1, np.nan, np.nan], [np.nan] * 3, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0], [-0.1, -0.1, np.nan]]
    )
    assert found.n_seeds.tolist() == [1, 0, 3, 3, 2]
    np.testing.assert_array_equal(found.p_value, [np.nan, np.nan, 0.0, 1.0, 0.0])
    np.testing.assert_array_equal(found.margin, [np.nan, np.nan, 0.0, 0.0, 0.0])
    assert verdicts(found).tolist() == [0, 0, 1, 0, -1]


def test_discoveries_of_a_hand_made_table() -> None:
    """Of 8 comparisons the thresholds are 0.00625, 0.0125, 0.01875, 0.025, ...: 0.024 is the last below its own."""
    p_values = [0.9, 0.001, 0.02, 0.024, 0.5, 0.019, 0.04, 0.06]
    assert discoveries(p_values).tolist() == [False, True, True, True, False, True, False, False]
    assert not discoveries([0.02, 0.04, 0.9]).any()  # of three: 0.0167, 0.0333
    assert discoveries([0.04, np.nan, np.nan]).tolist() == [True, False, False]  # alone in its table
    assert discoveries([]).tolist() == []


@given(st.lists(st.floats(0, 1), max_size=8), st.sampled_from([0.05, 0.2, 0.5]))
def test_discoveries_are_benjamini_and_hochbergs_definition(p_values: list[float], rate: float) -> None:
    ordered = sorted(p_values)
    largest = max((k for k in range(1, len(ordered) + 1) if ordered[k - 1] <= rate * k / len(ordered)), default=0)
    found = discoveries(p_values, rate)
    assert sorted(np.array(p_values)[found].tolist()) == ordered[:largest]


def test_a_mean_below_half_a_point_is_no_effect() -> None:
    clear = paired_differences([[0.0049, 0.00491, 0.00489], [0.0051, 0.00511, 0.00512]])
    assert (clear.p_value < 0.001).all()
    assert verdicts(clear).tolist() == [0, 1] and verdicts(clear, 0.0).tolist() == [1, 1]
    assert smallest_effect("mean_accuracy") == smallest_effect("fairness_score") == 0.005
    assert smallest_effect("download_bytes") == 0.0


@pytest.mark.parametrize("n_seeds", [2, 5, 10])
def test_tables_of_equals_have_a_false_verdict_in_about_one_of_twenty_at_most(n_seeds: int) -> None:
    """With nothing to find, any verdict is false: the rate of false discoveries is that of tables with one."""
    rng = np.random.default_rng(n_seeds)
    n_tables, n_rows = 400, 8
    tables = rng.normal(0.9, 0.03, (n_tables, n_rows, n_seeds)) + rng.normal(0, 0.05, (n_tables, 1, n_seeds))
    false = [verdicts(paired_differences(all_pairs(table))).any() for table in tables]
    assert np.mean(false) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_tables)


def test_of_the_verdicts_on_tables_with_known_differences_one_in_twenty_is_false_at_most() -> None:
    rng = np.random.default_rng(1)
    true = np.array([0.90, 0.90, 0.90, 0.90, 0.93, 0.96])
    actual = np.sign(all_pairs(true[:, None])[:, 0])
    shares, n_found = [], 0
    for _ in range(300):
        table = true[:, None] + rng.normal(0, 0.02, (6, 10)) + rng.normal(0, 0.05, 10)
        outcome = verdicts(paired_differences(all_pairs(table)))
        shares.append((outcome != actual)[outcome != 0].mean() if outcome.any() else 0.0)
        n_found += int((outcome == actual)[actual != 0].sum())
    assert np.mean(shares) <= LEVEL
    assert n_found > 0.8 * 300 * np.count_nonzero(actual)  # and what there is, is found


def test_two_standard_errors_called_many_more_equals_different() -> None:
    """What this replaces: with five seeds, the mean beyond two standard errors, each pair by itself."""
    rng = np.random.default_rng(2)
    changes = rng.normal(0, 0.02, (20_000, 5))
    error = changes.std(axis=1, ddof=1) / np.sqrt(5)
    assert 0.10 < np.mean(np.abs(changes.mean(axis=1)) > 2 * error) < 0.13
    assert np.mean(paired_differences(changes).p_value < 0.05) < 0.055


def test_rows_are_counted_that_are_clearly_above() -> None:
    rng = np.random.default_rng(3)
    table = np.array([0.5, 0.9, 0.7, 0.9])[:, None] + rng.normal(0, 0.001, (4, 5))
    outcome = verdicts(paired_differences(all_pairs(table)))
    assert n_above(outcome, 4).tolist() == [3, 0, 2, 0]
    assert n_above(np.zeros(6, np.int64), 4).tolist() == [0, 0, 0, 0]
