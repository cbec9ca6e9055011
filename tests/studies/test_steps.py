"""The steps from plain FedAvg to a mechanism are ordinary runs; their numbers are those of a comparison."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from cgs_core.__main__ import main
from cgs_core.federation.experiment import run, run_batch
from cgs_core.mechanisms import with_mechanism
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.steps import STEPS, steps, waterfall

WINE = Scenario(
    dataset="wine", n_agents=4, n_rounds=6, split="uniform", agents=(Agent(), Agent(), Agent(), Agent(label_noise=0.6))
)
NAMES = ("fedavg", "scaled", "weighed", "cgsv")


def test_the_stages_of_the_papers_mechanism_are_the_named_ones() -> None:
    assert steps(WINE) == [with_mechanism(WINE, name) for name in NAMES]


def test_the_steps_keep_the_scenarios_own_valuation_and_rules() -> None:
    scenario = with_mechanism(WINE.replace(importance_smoothing=0.5), "rffl")
    plain, scaled, weighed, paid = steps(scenario)
    assert (plain.upload_scaling, scaled.upload_scaling) == ("as_trained", scenario.upload_scaling)
    assert (weighed.valuation, weighed.aggregation_weight) == (scenario.valuation, scenario.aggregation_weight)
    assert weighed.reward_rule == "full" and paid == scenario
    assert {one.importance_smoothing for one in (plain, scaled, weighed, paid)} == {0.5}


def test_a_stage_that_comes_again_trains_once() -> None:
    fedavg = with_mechanism(WINE, "fedavg")
    assert steps(fedavg) == [fedavg]
    assert not waterfall([run(fedavg)]).change.any()


def test_the_numbers_are_those_of_the_comparison_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "wine.json").write_text(WINE.to_json(), encoding="utf-8")
    assert main(["compare", str(tmp_path / "wine.json"), "--mechanisms", *NAMES, "--out", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))

    result = waterfall(run_batch(steps(WINE)))
    assert result.accuracy.tolist() == [row["accuracy"][0] for row in told["mechanisms"]]
    assert result.alone.tolist() == told["standalone_accuracy"][0]
    np.testing.assert_array_equal(result.accuracy[0] + result.change.sum(axis=0), result.accuracy[-1])


def most_uneven(n_either: int) -> float:
    """Probability of the most uneven split of so many fair throws, on both sides."""
    return 2 * 0.5**n_either


def test_a_step_is_told_apart_by_the_paired_test() -> None:
    traces = run_batch(steps(WINE.replace(dataset="digits", n_samples=200)))
    result = waterfall(traces)
    level = 0.05 / ((len(STEPS) + 1) * WINE.n_agents)
    n_told = 0
    for step in range(len(STEPS)):
        for agent in range(WINE.n_agents):
            first, second = (np.unpackbits(traces[step + late].rounds[-1].right[agent]) for late in (0, 1))
            better, worse = int((first < second).sum()), int((first > second).sum())
            tail = sum(math.comb(better + worse, k) for k in range(min(better, worse) + 1))
            p_value = min(1.0, tail * most_uneven(better + worse))
            assert result.is_same[step, agent] == (p_value >= level)
            n_told += not result.is_same[step, agent]
    assert 0 < n_told < len(STEPS) * WINE.n_agents, "both verdicts are tried"


@pytest.mark.parametrize("wrong", ["too few", "of another", "unlike long", "no round"])
def test_runs_that_are_no_steps_are_refused(wrong: str) -> None:
    traces = run_batch(steps(WINE))
    given = {
        "too few": traces[1:],
        "of another": [run(WINE.replace(seed=1)), *traces[1:]],
        "unlike long": [*traces[:3], Trace(WINE, traces[3].rounds[:2])],
        "no round": [Trace(trace.scenario, ()) for trace in traces],
    }[wrong]
    with pytest.raises(ValueError, match="one a scenario of steps"):
        waterfall(given)
