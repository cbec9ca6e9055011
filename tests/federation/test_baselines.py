"""The engine against the plain loops of other authors' programs, round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.mechanisms import with_mechanism
from cgs_core.scenario import Agent, Scenario
from tests.federation.helpers import federation, rounds, small
from tests.reference import baselines
from tests.reference.baselines import BaselineRound

Loop = Callable[[Scenario, FederatedData], Iterator[BaselineRound]]
FIVE = small(n_agents=5, n_samples=110, n_rounds=14, n_validation=30)
LAYERS = FIVE.replace(mask_scope="layer")
BY_CLASS = FIVE.replace(split="classimbalance", start_seed=105)  # no two entries are tied at the edge of a cut
EVICTING = LAYERS.replace(  # no cosine is negative: RFFL's program has no floor under r, the engine has
    n_rounds=17, update_norm=0.1, importance_smoothing=0.6, agents=(Agent(), Agent(label_noise=0.5))
)

CASES: dict[str, tuple[Loop, Scenario]] = {
    "cffl": (baselines.cffl, with_mechanism(FIVE, "cffl")),
    "cffl by class": (baselines.cffl, with_mechanism(BY_CLASS, "cffl")),
    "rffl": (baselines.rffl, with_mechanism(EVICTING, "rffl")),
    "rffl, honest": (baselines.rffl, with_mechanism(LAYERS, "rffl")),
    "shapfed": (baselines.shapfed, with_mechanism(FIVE, "shapfed")),
    "iafl": (baselines.iafl, with_mechanism(FIVE.replace(reward_equality=0.1, sync_probability=0.2), "iafl")),
    "sampled_sync": (
        baselines.sampled_sync,
        with_mechanism(FIVE.replace(split="uniform", exploration_rounds=3), "sampled_sync"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_engine_is_the_authors_program(name: str) -> None:
    loop, scenario = CASES[name]
    data = federated_data(scenario)
    n_checked = 0
    for played, expected in zip(rounds(scenario, [federation(scenario)], data), loop(scenario, data), strict=True):
        exchange = played.exchanges[0]
        for actual, wanted in (
            (played.params[0], expected.params),
            (played.server_params[0], expected.server_params),
            (exchange.contribution, expected.worth),
            (exchange.importance, expected.importance),
            (exchange.reward_ratio, expected.ratio),
        ):
            np.testing.assert_allclose(actual, wanted, rtol=0, atol=1e-9 * np.abs(wanted).max(), err_msg=name)
        n_checked += 1
        n_left = (exchange.importance > 0).sum()
    assert n_checked == scenario.n_rounds >= 12
    assert (n_left < 5) == (name in ("cffl", "cffl by class", "rffl"))  # so rounds after an eviction are compared
