"""Pay from recorded uploads: with everybody there it is what the run paid."""

from __future__ import annotations

import numpy as np

from cgs_core import Scenario, run
from cgs_core.mechanisms import replayed_reward_ratio


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
