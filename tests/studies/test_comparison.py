"""The comparison's table against the runs that it is made of, by other lines than the product's."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest
import scipy.stats

from cgs_core.federation.experiment import run
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.comparison import COMPARED, Comparison, compare
from cgs_core.studies.properties import found_properties
from tests.scenario.refusals import refused

SMALL = Scenario(dataset="wine", n_agents=4, n_rounds=4, n_validation=30, data_seed=3, start_seed=8)
NAMES = ("standalone", "fedavg", "cgsv", "reconstructed_shapley")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(SMALL, NAMES, n_seeds=3)


def alone(seed: int, name: str) -> Trace:
    return run(with_mechanism(SMALL.replace(data_seed=3 + seed, start_seed=8 + seed), name))


def test_every_number_is_that_of_the_run_by_itself(comparison: Comparison) -> None:
    assert comparison.mechanisms == NAMES and comparison.n_seeds == 3
    for seed in range(3):
        for place, name in enumerate(NAMES):
            trace = alone(seed, name)
            for measure, values in comparison.measures.items():
                expected = trace.summary()[measure]
                got = values[seed, place]
                assert math.isnan(got) if expected is None else got == expected, (name, measure)
            np.testing.assert_array_equal(comparison.accuracy[seed, place], trace.rounds[-1].accuracy)
            np.testing.assert_array_equal(comparison.standalone[seed], trace.rounds[-1].standalone_accuracy)
            np.testing.assert_array_equal(comparison.worth[seed, place], trace.stack("contribution").mean(axis=0))
            assert comparison.properties[name][seed] == found_properties(trace)


def made(values: list[list[float]], measure: str = "mean_accuracy") -> Comparison:
    """A comparison with these values (n_seeds, n_mechanisms) of one measure."""
    array = np.array(values)
    names = tuple(MECHANISMS)[: array.shape[1]]
    of_agents = np.zeros((*array.shape, 4))
    return Comparison(SMALL, names, of_agents, of_agents[:, 0], of_agents, {measure: array}, dict.fromkeys(names, ()))


def test_one_seed_ranks_nobody() -> None:
    assert made([[0.8, 0.9, 0.9, 0.7]]).ranks("mean_accuracy") == (None,) * 4


def test_ranks_count_who_is_clearly_better() -> None:
    """Differences of about 10 points, of the same seeds, with a standard deviation of 0.4: t is about 50."""
    rng = np.random.default_rng(0)
    values = np.array([0.8, 0.9, 0.9, 0.7]) + rng.normal(0, 0.003, (5, 4)) + rng.normal(0, 0.1, (5, 1))
    assert made(values.tolist()).ranks("mean_accuracy") == (3, 1, 1, 4)
    assert made(values.tolist(), "gini_gap").ranks("gini_gap") == (2, 3, 3, 1)  # less is better


def test_pairs_are_scipys_paired_tests_corrected_over_all_pairs_and_measures() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0.9, 0.02, (5, 3)), rng.normal(0.5, 0.05, (5, 3))
    one[:, 2] += 0.05
    comparison = made(one.tolist())
    comparison.measures["jain_score"] = other
    tests = {
        (name, first, second): scipy.stats.ttest_rel(values[:, first], values[:, second])
        for name, values in (("mean_accuracy", one), ("jain_score", other))
        for first, second in ((0, 1), (0, 2), (1, 2))
    }
    p_values = sorted(test.pvalue for test in tests.values())
    threshold = max((p for k, p in enumerate(p_values, 1) if p <= 0.05 * k / 6), default=-1.0)
    for (name, first, second), test in tests.items():
        pair = comparison.pairs[name][first, second]
        low, high = test.confidence_interval()
        expected = (test.pvalue, low, high)
        np.testing.assert_allclose(
            (pair.p_value, pair.mean - pair.margin, pair.mean + pair.margin), expected, rtol=1e-9
        )
        assert pair.n_seeds == 5
        assert pair.verdict == (np.sign(pair.mean) if test.pvalue <= threshold and abs(pair.mean) >= 0.005 else 0)
    assert any(pair.verdict for pair in comparison.pairs["mean_accuracy"].values())


def test_the_same_small_difference_with_every_seed_is_no_difference() -> None:
    values = [[0.70, 0.704], [0.72, 0.7239], [0.74, 0.7441]]
    assert made(values).pairs["mean_accuracy"][0, 1].p_value < 0.001
    assert made(values).ranks("mean_accuracy") == (1, 1)


def test_who_is_undefined_with_a_seed_has_no_rank_and_hides_nobodys() -> None:
    nan = math.nan
    values = [[nan, nan, 0.9, 0.8], [nan, 0.99, 0.91, 0.81], [nan, 0.99, 0.9, 0.802]]
    assert made(values).ranks("mean_accuracy") == (None, None, 1, 2)


def test_training_alone_is_no_rival_in_fairness() -> None:
    values = [[1.0, 0.5, 0.4], [1.0, 0.51, 0.41], [1.0, 0.5, 0.402]]
    comparison = made(values, "fairness_score")
    assert comparison.mechanisms[0] == "standalone"
    assert comparison.ranks("fairness_score") == (None, 1, 2)


def test_csv_is_tidy_and_has_everything(comparison: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    cells = {(row["mechanism"], row["seed"], row["agent"], row["quantity"]): row["value"] for row in rows}
    assert len(cells) == len(rows)
    last = alone(1, "cgsv")
    assert float(cells["cgsv", "2", "3", "accuracy"]) == last.rounds[-1].accuracy[2]
    assert float(cells["cgsv", "2", "3", "standalone_accuracy"]) == last.rounds[-1].standalone_accuracy[2]
    assert float(cells["cgsv", "2", "", "mean_gain"]) == last.summary()["mean_gain"]
    assert cells["fedavg", "1", "", "fairness_score"] == ""
    assert int(cells["fedavg", "", "", "gini_gap_rank"]) == 1
    assert cells["standalone", "1", "", "individual_rationality"] == "True"
    n_each = 3 * (len(COMPARED) + 2 * 4 + 5) + len(COMPARED)
    assert len(rows) == len(NAMES) * n_each


def test_a_frame_has_the_same_numbers(comparison: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    frame = comparison.to_frame()
    assert [str(kind) for kind in frame.dtypes] == ["str", "Int64", "Int64", "str", "float64"]
    told = {"True": "1", "False": "0", "": "nan"}
    expected = [float(told.get(row["value"], row["value"])) for row in rows]
    np.testing.assert_array_equal(frame["value"].to_numpy(), expected)
    held = frame[(frame["mechanism"] == "standalone") & (frame["quantity"] == "individual_rationality")]
    assert held["value"].tolist() == [1.0] * 3
    assert frame[frame["quantity"] == "gini_gap_rank"]["seed"].isna().all()


def test_json_has_the_same_numbers(comparison: Comparison) -> None:
    content = json.loads(comparison.to_json())
    assert Scenario.from_json(json.dumps(content["scenario"])) == comparison.scenario
    assert [row["mechanism"] for row in content["mechanisms"]] == list(NAMES)
    shapley = content["mechanisms"][3]
    assert shapley["needs_validation"] is True and shapley["n_models_a_round"] == 2**4
    assert content["mechanisms"][2]["n_models_a_round"] == 0
    assert shapley["accuracy"] == comparison.accuracy[:, 3].tolist()
    assert content["mechanisms"][1]["measures"]["fairness_score"] == [None] * 3


def test_text_marks_the_best_and_who_needs_validation_data(comparison: Comparison) -> None:
    header, *rows, told = comparison.to_text().splitlines()
    assert told.startswith("* nobody is clearly better: paired differences over 3 seeds")
    assert len(rows) == 4 and "Fairness" in header
    assert [("needs validation data, 16 models a round" in row) for row in rows] == [False, False, False, True]
    assert rows[1].startswith("FedAvg") and " 0*" in rows[1]  # Gini


# -- properties ----------------------------------------------------------------------------------------------------


def test_efficiency_is_a_sum_of_one() -> None:
    exact, approximate, shares, accuracy = (
        found_properties(run(SMALL.replace(valuation=name)))["efficiency"]
        for name in ("cgsv_exact", "cgsv_approx", "data_size", "leave_one_out")
    )
    assert (exact.holds, approximate.holds, shares.holds, accuracy.holds) == (True, False, True, None)
    sums = run(SMALL).stack("contribution").sum(axis=1)
    assert f"{sums[np.abs(sums - 1).argmax()]:.6g}" in approximate.evidence


def test_symmetry_looks_at_copies() -> None:
    assert found_properties(run(SMALL))["symmetry"].holds is None
    trace = run(SMALL.replace(agents=(Agent(), Agent(copy_of=0))))
    first, second, *_ = trace.stack("contribution").mean(axis=0)
    found = found_properties(trace)["symmetry"]
    assert found.holds == (abs(first - second) <= 0.05 * np.abs(trace.stack("contribution").mean(axis=0)).mean())
    assert f"{first:.4g}" in found.evidence and f"{second:.4g}" in found.evidence
    blurred = SMALL.replace(agents=(Agent(), Agent(copy_of=0, feature_noise=1.0)))
    assert found_properties(run(blurred))["symmetry"].holds is None


def test_a_null_agent_is_one_that_uploads_noise() -> None:
    assert found_properties(run(SMALL))["null_agent"].holds is None
    riding = SMALL.replace(agents=(Agent(conduct="free_rider"),), n_rounds=30, hidden_units=128)
    assert found_properties(run(riding.replace(valuation="data_size")))["null_agent"].holds is False
    found = found_properties(run(riding.replace(valuation="cgsv_exact")))["null_agent"]
    assert found.evidence.startswith("Agent 1 uploads noise")


def test_monotone_pay_compares_worth_with_pay() -> None:
    assert found_properties(run(SMALL.replace(n_rounds=1)))["monotone_pay"].holds is True
    assert found_properties(run(with_mechanism(SMALL, "standalone")))["monotone_pay"].holds is None
    odd = SMALL.replace(reward_rule="sampled_sync", sync_fraction=0.01, n_rounds=1)
    trace = run(odd)
    worth, paid = trace.rounds[0].contribution, trace.rounds[0].reward_ratio
    expected = all(paid[i] >= paid[j] for i in range(4) for j in range(4) if worth[i] > worth[j])
    assert found_properties(trace)["monotone_pay"].holds is expected


def test_rationality_is_that_nobody_loses(comparison: Comparison) -> None:
    assert found_properties(alone(0, "standalone"))["individual_rationality"].holds is True
    for place, name in enumerate(NAMES):
        for seed in range(3):
            gain = comparison.accuracy[seed, place] - comparison.standalone[seed]
            assert comparison.properties[name][seed]["individual_rationality"].holds == bool((gain >= 0).all())


# -- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [(), ("cgsv", "cgsv"), ("cgsv", "no such")])
def test_other_lists_of_mechanisms_are_refused(names: tuple[str, ...]) -> None:
    error = refused(lambda: compare(SMALL, names), "mechanisms")
    assert "reconstructed_shapley" in error.allowed


def test_other_counts_and_missing_validation_samples_are_refused() -> None:
    refused(lambda: compare(SMALL, ["cgsv"], n_seeds=0), "n_seeds")
    refused(lambda: compare(SMALL.replace(data_seed=2**32 - 1), ["cgsv"], n_seeds=2), "data_seed")
    refused(lambda: compare(SMALL.replace(n_validation=0), ["cgsv", "cffl"]), "n_validation")
