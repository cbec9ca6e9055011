"""Pay from recorded uploads: with everybody there it is what the run paid."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.mechanisms import MECHANISMS, is_replayable, replayed_reward_ratio, with_mechanism


def test_with_all_agents_it_is_what_the_run_paid():
    scenario = Scenario(n_rounds=6)
    trace = run(scenario)
    replayed = replayed_reward_ratio(
        trace.gram, scenario.valuation, scenario.importance_smoothing, scenario.altruism_degree
    )
    np.testing.assert_allclose(replayed, trace.stack("reward_ratio"), rtol=1e-9)


def test_with_some_agents_the_best_of_them_is_paid_in_full():
    scenario = Scenario(n_rounds=4)
    grams = run(scenario).gram[:, :2, :2]
    replayed = replayed_reward_ratio(grams, "cgsv_approx", 0.95, 1.0)
    assert replayed.shape == (4, 2)
    np.testing.assert_allclose(replayed.max(axis=1), 1)


def test_other_valuations_need_more_than_the_gram_matrix():
    with pytest.raises(ValueError, match=r"^valuation: cgsv_approx, cgsv_exact,.*got 'data_size'"):
        replayed_reward_ratio(np.eye(3)[None], "data_size", 0.95, 1.0)


@pytest.mark.parametrize("name", [*MECHANISMS])
def test_what_can_be_replayed_is_what_is_told(name: str):
    scenario = with_mechanism(Scenario(n_rounds=4, n_validation=50), name)
    replayable = {"cgsv", "cgsv_exact", "banzhaf", "beta_shapley", "least_core", "others_cosine", "fedce"}
    assert is_replayable(scenario) == (name in replayable | {"information_gain"})
    if is_replayable(scenario):
        trace = run(scenario)
        replayed = replayed_reward_ratio(trace.gram, scenario.valuation, 0.95, 1.0)
        np.testing.assert_allclose(replayed, trace.stack("reward_ratio"), rtol=1e-9)
