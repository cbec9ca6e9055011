"""The traps of the method that belong to training: each is a mistake that a quick program makes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from cgs_core.data import federated_data
from cgs_core.federation import model_of
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.experiment import iterate
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.mechanisms import FEDAVG, MECHANISMS, STANDALONE, with_mechanism
from cgs_core.records import RoundRecord
from cgs_core.scenario import Agent, Scenario
from tests.federation.helpers import federation, rounds, small
from tests.reference.plain_loop import initial_params, plain_rounds


def trainer(scenario: Scenario, dtype: type = np.float64) -> LocalTrainer:
    return LocalTrainer(scenario, federated_data(scenario), model_of(scenario, dtype), dtype)


def starts(scenario: Scenario, n_federations: int = 1) -> np.ndarray:
    """Another start for every agent: (n_federations, n_agents, n_params)."""
    n_params = model_of(scenario).n_params
    return np.random.default_rng(0).standard_normal((n_federations, scenario.n_agents, n_params))


def test_trap_round_0_aggregates_by_data_size_and_later_ones_by_importance() -> None:
    """r starts at 0: taken as the weight, nothing would ever be aggregated."""
    scenario = small(n_rounds=2)
    data = federated_data(scenario)
    sizes = np.array([shard.n_samples for shard in data.shards])
    assert len(set(sizes.tolist())) == 3
    first, second = plain_rounds(scenario, data, "chosen")
    start = initial_params(scenario)
    servers, importances = [], []
    for played in rounds(scenario):
        servers.append(played.server_params[0].copy())
        importances.append(played.exchanges[0].importance)
    by_size = (sizes / sizes.sum()) @ first.updates
    by_importance = importances[0] @ second.updates
    assert np.abs(by_size).max() > 0.01
    np.testing.assert_allclose(servers[0] - start, by_size, atol=1e-12)
    np.testing.assert_allclose(servers[1] - servers[0], by_importance, atol=1e-12)


def test_trap_one_norm_for_the_whole_update() -> None:
    """Every entry of the change is scaled by the same number, whatever tensor it is in."""
    scenario = small(update_norm=0.7, local_epochs=1, batch_size=1024)
    start = starts(scenario)[0]
    updates = trainer(scenario).updates(start[None], np.ones((1, 3), np.bool_), 0)[0][0]
    model = model_of(scenario, np.float64)
    for shard, own, update in zip(federated_data(scenario).shards, start, updates, strict=True):
        whole = [np.arange(shard.n_samples)]
        features = shard.features.astype(np.float64)
        change = model.train(own[None], features, shard.labels, [whole], scenario.learning_rate)[0] - own
        assert np.linalg.norm(update) == pytest.approx(0.7, rel=1e-5)
        np.testing.assert_allclose(update, 0.7 * change / np.linalg.norm(change), atol=1e-5)


def test_trap_an_update_is_relative_to_the_agents_own_start() -> None:
    scenario = small()
    start = starts(scenario)
    everybody = np.ones((1, 3), np.bool_)
    updates = trainer(scenario).updates(start, everybody, 0)[0]
    moved = start.copy()
    moved[0, 1] += 0.5
    others = trainer(scenario).updates(moved, everybody, 0)[0]
    np.testing.assert_array_equal(others[0, [0, 2]], updates[0, [0, 2]])
    assert np.abs(others[0, 1] - updates[0, 1]).max() > 1e-3
    np.testing.assert_allclose(
        np.linalg.norm(others, axis=2), scenario.update_norm, rtol=1e-6
    )  # not of the way from w_0


def test_trap_the_reward_is_added_to_the_agents_own_start() -> None:
    """Not to the server's model, and not on top of the agent's own update."""
    scenario = small(altruism_degree=0.1)
    before = np.tile(initial_params(scenario), (3, 1))
    expected = plain_rounds(scenario, federated_data(scenario), "chosen")
    for played, plain in zip(rounds(scenario), expected, strict=True):
        np.testing.assert_allclose(played.params[0] - before, plain.rewards, atol=1e-9)
        before = played.params[0].copy()
    assert np.ptp(before, axis=0).max() > 0.01  # the agents did part


def test_trap_updates_that_vanish_leave_everything_finite() -> None:
    """In float32 a learning rate that halves every round stops changing the weights: every update is then zero."""
    scenario = small(learning_rate=1e-4, learning_rate_decay=0.5, n_rounds=60)
    records = list(iterate(scenario))
    last = records[-1]
    assert (last.gram == 0).all()
    assert last.contribution.tolist() == [0, 0, 0]
    assert last.reward_length.tolist() == [0, 0, 0]
    for record in records:
        _assert_sound(record)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_trap_training_that_overflows_has_nothing_to_upload(dtype: type) -> None:
    """Steps that are far too long take some agents out of the range of numbers, and not the others."""
    scenario = small(
        split="uniform", n_samples=300, dataset="breast_cancer", batch_size=1, learning_rate=10.0, local_epochs=9
    )
    scenario = scenario.replace(agents=(Agent(), Agent(shard_size=1), Agent(feature_noise=10.0)))
    updates = trainer(scenario, dtype).updates(starts(scenario).astype(dtype), np.ones((1, 3), np.bool_), 0)[0][0]
    assert np.isfinite(updates).all()
    assert not updates[2].any()
    assert np.linalg.norm(updates[1]) == pytest.approx(scenario.update_norm, rel=1e-5)
    for record in iterate(scenario, dtype):
        _assert_sound(record)


EXTREMES = {
    "two_agents": small(n_agents=2),
    "one_sample_each": small(n_samples=3, split="uniform"),
    "one_sample": small(agents=(Agent(shard_size=1),)),
    "one_class_each": small(agents=tuple(Agent(classes=(label,)) for label in range(3))),
    "one_class_for_all": small(agents=(Agent(classes=(0,)),) * 3),
    "all_equal": small(split="uniform", agents=(Agent(), Agent(copy_of=0), Agent(copy_of=0)), batch_size=100),
    "opposed": small(
        n_agents=2, agents=(Agent(), Agent(copy_of=0, conduct="sign_flipper")), batch_size=100, local_epochs=1
    ),
    "only_free_riders": small(agents=(Agent(conduct="free_rider"),) * 3),
    "only_sign_flippers": small(agents=(Agent(conduct="sign_flipper"),) * 3),
    "all_labels_wrong": small(agents=(Agent(label_noise=1.0),) * 3),
    "many_agents": small(n_agents=50, n_samples=142),
    "steep": small(learning_rate=10.0, update_norm=10.0),
    "whole_shard_batches": small(batch_size=1024),
}


@pytest.mark.parametrize("valuation", ["cgsv_approx", "cgsv_exact"])
@pytest.mark.parametrize("mask_scope", ["global", "layer"])
@pytest.mark.parametrize("name", EXTREMES)
def test_trap_extremes_stay_finite(name: str, mask_scope: str, valuation: str) -> None:
    scenario = EXTREMES[name]
    if scenario.n_agents > 24:
        valuation = "cgsv_approx"
    for record in iterate(scenario.replace(mask_scope=mask_scope, valuation=valuation)):
        _assert_sound(record)


def _assert_sound(record: RoundRecord) -> None:
    for name, value in vars(record).items():
        assert np.isfinite(value).all(), name
    assert record.importance.sum() == pytest.approx(1, abs=1e-12)
    assert record.importance.min() > 0
    assert record.reward_ratio.max() == 1
    assert record.reward_ratio.min() > 0
    assert 0 <= record.reward_length.min() <= record.reward_length.max() <= 1
    assert 0 <= record.accuracy.min() <= record.accuracy.max() <= 1


@pytest.mark.parametrize("name", [name for name in MECHANISMS if name != "rffl"])  # which pays on top of the own step
def test_trap_a_federation_of_one_agent(name: str) -> None:
    """Whatever the mechanism, the agent gets its own update back, whole, as long as the mechanism sends it."""
    scenario, mechanism = small(n_validation=20), MECHANISMS[name]
    alone = federation(scenario, [False, True, False], mechanism)
    as_long = {"upload_scaling": alone.scenario.upload_scaling}
    standalone = federation(with_mechanism(scenario, "standalone").replace(**as_long))
    for played in rounds(scenario, [alone, standalone]):
        np.testing.assert_allclose(played.params[0, 1], played.params[1, 1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(played.server_params[0], played.params[0, 1], rtol=0, atol=1e-12)
        assert played.exchanges[0].importance.tolist() == [0, 1, 0]
        gets = 0 if name in ("standalone", "rho_shapley") else 1  # who keeps its own model gets nothing on top
        assert played.exchanges[0].reward_ratio.tolist() == [0, gets, 0]


def test_trap_a_shard_smaller_than_a_batch_takes_its_step() -> None:
    """One step on the mean over the samples that there are."""
    scenario = small(agents=(Agent(shard_size=5),), batch_size=1024, local_epochs=1)
    start = starts(scenario)
    update = trainer(scenario).updates(start, np.ones((1, 3), np.bool_), 0)[0][0, 0]
    shard = federated_data(scenario).shards[0]
    assert shard.n_samples == 5
    flat = torch.tensor(start[0, 0], requires_grad=True)
    weight_1, bias_1, weight_2, bias_2 = torch.split(flat, [13 * 6, 6, 6 * 3, 3])
    hidden = torch.relu(torch.tensor(shard.features, dtype=torch.float64) @ weight_1.reshape(13, 6) + bias_1)
    loss = functional.cross_entropy(hidden @ weight_2.reshape(6, 3) + bias_2, torch.tensor(shard.labels))
    (gradient,) = torch.autograd.grad(loss, [flat])
    expected = -gradient.numpy()
    np.testing.assert_allclose(update / scenario.update_norm, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize("n_test", [1, 255, 256, 257, 600])
def test_trap_the_mean_loss_is_over_samples(n_test: int) -> None:
    """Passes are of unequal length: a mean over them would weigh the last one too much."""
    rng = np.random.default_rng(n_test)
    net = DenseNet(4, 5, 3, np.float64)
    params = 3 * np.stack([net.initial_params(rng) for _ in range(2)])
    features, labels = rng.standard_normal((n_test, 4)), rng.integers(0, 3, n_test)
    features[-1] *= 50  # a last sample that costs much
    evaluation = net.evaluate(params, features, labels)
    for loss, flat in zip(evaluation.loss, params, strict=True):
        hidden = np.maximum(features @ flat[:20].reshape(4, 5) + flat[20:25], 0)
        outputs = hidden @ flat[25:40].reshape(5, 3) + flat[40:]
        own = [
            np.log(np.exp(row - row.max()).sum()) - (row - row.max())[label]
            for row, label in zip(outputs, labels, strict=True)
        ]
        assert loss == pytest.approx(np.mean(own), rel=1e-12)


def test_trap_the_learning_rate_decays_once_a_round() -> None:
    scenario = small(learning_rate_decay=0.5, local_epochs=1, batch_size=1024)
    net = _Recorder()
    local = LocalTrainer(scenario, federated_data(scenario), net, np.float64)  # type: ignore[arg-type]
    for round_index in range(3):
        local.updates(starts(scenario), np.ones((1, 3), np.bool_), round_index)
    assert net.learning_rates == [0.1, 0.05, 0.025]


class _Recorder:
    """Stands in for a model and notes the learning rates that it is given."""

    def __init__(self) -> None:
        self.learning_rates: list[float] = []

    def train(
        self, params: np.ndarray, features: object, labels: object, batches: object, learning_rate: float
    ) -> np.ndarray:
        self.learning_rates.append(learning_rate)
        return params + 1.0


def test_fedavg_gives_everybody_the_server_model() -> None:
    scenario = small(agents=(Agent(), Agent(conduct="free_rider")))
    for played in rounds(scenario, [federation(scenario, mechanism=FEDAVG)]):
        np.testing.assert_allclose(played.params[0], np.tile(played.server_params[0], (3, 1)), atol=1e-12)


def test_conduct_changes_what_is_sent_and_not_what_is_learnt_alone() -> None:
    """A free rider and a sign flipper train honestly by themselves: their standalone models are as without conduct."""
    honest, crooked = small(), small(agents=(Agent(conduct="free_rider"), Agent(conduct="sign_flipper")))
    alone = [federation(honest, mechanism=STANDALONE)]
    for one, other in zip(rounds(honest, alone), rounds(crooked, alone), strict=True):
        np.testing.assert_array_equal(one.params, other.params)


def test_a_free_riders_noise_is_as_long_as_an_update_and_new_every_round() -> None:
    scenario = small(agents=(Agent(conduct="free_rider"),), update_norm=0.4)
    local = trainer(scenario)
    updates = np.ones((2, 3, 120))
    first, second = (local.uploads(updates, index, ("to_norm",) * 2, {}) for index in (0, 1))
    assert np.linalg.norm(first[0, 0]) == pytest.approx(0.4)
    np.testing.assert_array_equal(first[0, 0], first[1, 0])  # the same in every federation
    assert np.abs(first[0, 0] - second[0, 0]).max() > 1e-3
    np.testing.assert_array_equal(first[:, 1:], updates[:, 1:])
    np.testing.assert_array_equal(updates, np.ones((2, 3, 120)))
