"""A batch of federations: each comes out as if it trained by itself."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.federation import Federation, FederationsRound
from cgs_core.mechanisms import CGSV, CGSV_EXACT, FEDAVG, STANDALONE
from cgs_core.scenario import Agent, Scenario
from tests.federation.helpers import federation, rounds, small

SCENARIOS = {
    "mlp": small(altruism_degree=2.0, agents=(Agent(), Agent(conduct="free_rider"))),
    "logistic": small(model="logistic"),
    "shards_within_a_batch": small(batch_size=32, n_samples=50),
    "layer_scope": small(mask_scope="layer", altruism_degree=0.1),
    "convolutional": small(dataset="digits", model="cnn", n_rounds=2),
    "digits": small(dataset="digits", n_samples=300, hidden_units=32, batch_size=32, n_rounds=2),
}


def coalitions(n_agents: int) -> list[list[bool]]:
    """All but the empty one; bit i of the number says whether agent i is in."""
    return [[bool(number >> agent & 1) for agent in range(n_agents)] for number in range(1, 2**n_agents)]


def played(scenario: Scenario, federations: list[Federation], dtype: type = np.float32) -> list[FederationsRound]:
    """All rounds, with copies of the arrays that go on being used."""
    return [
        FederationsRound(one.round_index, one.exchanges, one.params.copy(), one.server_params.copy())
        for one in rounds(scenario, federations, dtype=dtype)
    ]


def assert_same_bytes(batch: list[FederationsRound], index: int, alone: list[FederationsRound]) -> None:
    for one, other in zip(batch, alone, strict=True):
        assert one.params[index].tobytes() == other.params[0].tobytes()
        assert one.server_params[index].tobytes() == other.server_params[0].tobytes()
        for name, value in vars(one.exchanges[index]).items():
            assert value.tobytes() == vars(other.exchanges[0])[name].tobytes(), name


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_federation_trains_alone_as_beside_others(name: str) -> None:
    scenario = SCENARIOS[name]
    federations = [
        federation(scenario, mechanism=CGSV),
        federation(scenario, mechanism=STANDALONE),
        federation(scenario, mechanism=FEDAVG),
        federation(scenario, mechanism=CGSV_EXACT),
    ]
    batch = played(scenario, federations)
    for index, own in enumerate(federations):
        assert_same_bytes(batch, index, played(scenario, [own]))
    assert (batch[-1].server_params[0] != batch[-1].server_params[2]).any()


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_coalitions_side_by_side_train_as_each_one_alone(name: str) -> None:
    """The game of retrained coalitions is one call."""
    scenario = SCENARIOS[name]
    federations = [federation(scenario, members, FEDAVG) for members in coalitions(scenario.n_agents)]
    batch = played(scenario, federations)
    for index, own in enumerate(federations):
        assert_same_bytes(batch, index, played(scenario, [own]))


def test_who_is_no_member_takes_no_part() -> None:
    scenario = small()
    first, *later = played(scenario, [federation(scenario, [True, False, True])], np.float64)
    start = first.params[0, 1]
    for one in [first, *later]:
        np.testing.assert_array_equal(one.params[0, 1], start)
        exchange = one.exchanges[0]
        for value in vars(exchange).values():
            assert not np.any(value[1])
        assert not exchange.gram[:, 1].any()
        assert exchange.importance.sum() == pytest.approx(1)
        assert exchange.contribution[[0, 2]].min() > 0


def test_a_coalition_trains_on_the_mini_batches_of_the_whole() -> None:
    scenario = small(n_agents=3, split="uniform", n_samples=30)
    coalition = played(scenario, [federation(scenario, [True, True, False])], np.float64)
    everybody = played(scenario, [federation(scenario)], np.float64)
    first = coalition[0].exchanges[0].gram[:2, :2]
    whole = everybody[0].exchanges[0].gram[:2, :2]
    np.testing.assert_allclose(first, whole * (3 / 2) ** 2, rtol=1e-12)  # equal shards: weight 1/2 instead of 1/3


def test_different_settings_side_by_side() -> None:
    """A sweep over the altruism degree is one call too."""
    scenario = small(n_rounds=8)
    degrees = (0.1, 2.0, float("inf"))
    federations = [federation(scenario.replace(altruism_degree=degree)) for degree in degrees]
    batch = played(scenario, federations)
    for index, degree in enumerate(degrees):
        alone = scenario.replace(altruism_degree=degree)
        assert_same_bytes(batch, index, played(alone, [federation(alone)]))
    ratios = [batch[-1].exchanges[index].reward_ratio.min() for index in range(3)]
    assert ratios == sorted(ratios) and ratios[0] < ratios[2] == 1
