"""Mechanisms in whole runs: what a limit case trains is, round by round, what the other mechanism trains."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.federation import Federation, Model, model_of
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.mechanisms import MECHANISMS, STANDALONE, with_mechanism
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Agent, Scenario
from cgs_core.scenario.catalogue import DATASETS
from tests.federation.helpers import federation, rounds, small

INFINITY = float("inf")


def the_start(scenario: Scenario) -> np.ndarray:
    """(n_params,) the model that all start from."""
    return model_of(scenario, np.float64).initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS))


def fedavg_as(scenario: Scenario, name: str = "cgsv") -> Federation:
    """FedAvg whose uploads are as long as those of another mechanism."""
    return federation(with_mechanism(scenario, "fedavg").replace(upload_scaling=MECHANISMS[name].upload_scaling))


def last_params(scenario: Scenario, own: Federation) -> np.ndarray:
    """(n_agents, n_params) after the last round."""
    for played in rounds(scenario, [own]):
        params = played.params[0]
    return params


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("q_ffl", {"loss_exponent": 0.0}),
        ("sampled_sync", {"sync_fraction": 1.0, "exploration_rounds": 1}),
        ("sampled_sync", {"exploration_rounds": 6}),
        ("iafl", {"sync_probability": 1.0, "split": "uniform"}),
    ],
)
def test_in_the_limit_it_is_fedavg(name: str, limit: dict[str, object]) -> None:
    scenario = small(**limit)
    limited = last_params(scenario, federation(with_mechanism(scenario, name)))
    fedavg = last_params(scenario, fedavg_as(scenario, name))
    np.testing.assert_allclose(limited, fedavg, atol=1e-12)
    elsewhere = small(loss_exponent=3.0, exploration_rounds=2, sync_probability=0.1)
    fedavg = last_params(elsewhere, fedavg_as(elsewhere, name))
    assert np.abs(last_params(elsewhere, federation(with_mechanism(elsewhere, name))) - fedavg).max() > 1e-3


def test_sharing_everything_among_equal_shards_is_fedavg() -> None:
    scenario = small(split="uniform", reward_equality=1.0, sync_probability=0.0)
    limited = last_params(scenario, federation(with_mechanism(scenario, "iafl")))
    np.testing.assert_allclose(limited, last_params(scenario, fedavg_as(scenario, "iafl")), atol=1e-12)


def test_paying_everybody_everything_by_data_is_fedavg() -> None:
    scenario = small(altruism_degree=INFINITY, aggregation_weight="data_size")
    limited = last_params(scenario, federation(scenario))
    np.testing.assert_array_equal(limited, last_params(scenario, fedavg_as(scenario)))


def test_alone_is_local_training_by_itself() -> None:
    scenario = small()
    trainer = LocalTrainer(scenario, federated_data(scenario), model_of(scenario, np.float64), np.float64)
    *_, last = rounds(scenario, [federation(scenario, mechanism=STANDALONE)])
    everybody = np.ones((1, 3), np.bool_)
    params = np.tile(the_start(scenario), (1, 3, 1))
    for round_index in range(scenario.n_rounds):
        updates, scale = trainer.updates(params, everybody, round_index)
        params = params + scale[..., None] * updates
    np.testing.assert_array_equal(last.params, params)


@pytest.mark.parametrize("exponent", [0.5, 2.0])
def test_weights_of_q_ffl_are_shares_of_the_data_times_a_power_of_the_loss(exponent: float) -> None:
    """The aggregate of round 0, from the losses of the start on each shard by the plain definition."""
    scenario = small(loss_exponent=exponent, model="logistic")
    data, net = federated_data(scenario), model_of(scenario, np.float64)
    trainer = LocalTrainer(scenario, data, net, np.float64)
    own = [federation(with_mechanism(scenario, "q_ffl"))]
    first = next(rounds(scenario, own))
    flat = the_start(scenario)
    weight, bias = flat[: 13 * 3].reshape(13, 3), flat[13 * 3 :]
    powers = []
    for shard in data.shards:
        logits = shard.features.astype(np.float64) @ weight + bias
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(chances[np.arange(shard.n_samples), shard.labels]).mean()
        powers.append(shard.n_samples * loss**exponent)
    shares = np.array(powers) / sum(powers)
    updates, scale = trainer.updates(np.tile(flat, (1, 3, 1)), np.ones((1, 3), np.bool_), 0)
    np.testing.assert_allclose(first.server_params[0] - flat, shares @ (scale[0][:, None] * updates[0]), atol=1e-12)


def test_who_is_evicted_trains_by_itself() -> None:
    scenario = with_mechanism(
        small(
            n_agents=4, n_rounds=14, split="uniform", importance_smoothing=0.5, agents=(Agent(conduct="sign_flipper"),)
        ),
        "rffl",
    )
    played = [(one.exchanges[0], one.params[0].copy()) for one in rounds(scenario, [federation(scenario)])]
    assert all(exchange.importance[0] > 0 for exchange, _ in played[:10])
    evicting, _ = played[10]
    assert evicting.importance[0] == evicting.reward_ratio[0] == evicting.download_bytes[0] == 0
    trainer = LocalTrainer(scenario, federated_data(scenario), model_of(scenario, np.float64), np.float64)
    everybody = np.ones((1, 4), np.bool_)
    for index in range(10, 14):
        (exchange, params), before = played[index], played[index - 1][1]
        learnt = trainer.learn(before[None].copy(), everybody, index, [scenario.upload_scaling], {})
        np.testing.assert_allclose(params[0], before[0] + learnt.updates[0, 0], atol=1e-12)
        assert exchange.importance[0] == 0 and exchange.importance.sum() == pytest.approx(1)
    for exchange, _ in played[11:]:
        assert not exchange.gram[0].any() and exchange.contribution[0] == 0


def test_uploads_are_as_long_as_the_scaling_says() -> None:
    scenario = small()
    data, net = federated_data(scenario), model_of(scenario, np.float64)
    trainer = LocalTrainer(scenario.replace(update_norm=0.4), data, net, np.float64)
    scalings = ("as_trained", "to_norm", "at_most_norm", "clipped_entries")
    starts, everybody = np.tile(the_start(scenario), (4, 3, 1)), np.ones((4, 3), np.bool_)
    learnt = trainer.learn(starts, everybody, 0, scalings, {})
    trained, to_norm, at_most, clipped = learnt.updates
    lengths = np.linalg.norm(trained, axis=1)
    assert lengths.min() < 0.4 < lengths.max()  # so both sides of the limit are there
    np.testing.assert_allclose(np.linalg.norm(to_norm, axis=1), 0.4, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(at_most, axis=1), np.minimum(lengths, 0.4), atol=1e-6)
    np.testing.assert_allclose(clipped, trained.clip(-0.01, 0.01), atol=1e-12)
    np.testing.assert_allclose(learnt.scale[:3, :, None] * learnt.updates[:3], [trained] * 3, atol=1e-12)


def right(data: FederatedData, net: Model, params: np.ndarray) -> float:
    """Part of the samples set aside that a model gets right."""
    return float((net.predict(params[None], data.validation.features)[0] == data.validation.labels).mean())


def expected_value(name: str, facts: dict[str, np.ndarray], data: FederatedData, net: Model) -> np.ndarray:
    """One round's values from what the agents sent, by the definitions."""
    sent, weight, start, server = facts["sent"], facts["weight"], facts["start"], facts["server"]
    if name == "validation_accuracy":
        own = np.array([right(data, net, start[agent] + sent[agent]) for agent in range(3)])
        return own / own.sum()
    if name == "leave_one_out":
        whole = right(data, net, server + weight @ sent)
        without = []
        for agent in range(3):
            others = [other for other in range(3) if other != agent]
            without.append(right(data, net, server + weight[others] @ sent[others] / weight[others].sum()))
        return whole - np.array(without)
    if name == "norm_weighted":
        weighted = weight[:, None] * facts["change"]
        whole = weighted.sum(axis=0)
        return weighted @ whole / np.linalg.norm(whole)
    last = sent[:, 6 * 13 + 6 :].reshape(3, 7, 3)  # of the net with 6 hidden units: (agent, input and bias, class)
    whole = np.einsum("a,aic->ic", weight, last)
    cosines = [
        [
            last[agent, :, c] @ whole[:, c] / np.linalg.norm(last[agent, :, c]) / np.linalg.norm(whole[:, c])
            for c in range(3)
        ]
        for agent in range(3)
    ]
    fresh = np.mean(cosines, axis=1)
    return 0.9 * facts["before"] + 0.1 * fresh if facts["before"].any() else fresh


@pytest.mark.parametrize("name", ["validation_accuracy", "leave_one_out", "norm_weighted", "classwise_cosine"])
def test_a_run_values_what_was_sent(name: str) -> None:
    """Uploads, weights, starts and the server's model of two rounds reach the valuation as they were."""
    scenario = small(
        valuation=name, n_validation=40, agents=(Agent(), Agent(conduct="sign_flipper")), altruism_degree=0.1
    )
    data, net = federated_data(scenario), model_of(scenario, np.float64)
    trainer = LocalTrainer(scenario, data, net, np.float64)
    sizes = np.array([shard.n_samples for shard in data.shards])
    start, server, weight = np.tile(the_start(scenario), (3, 1)), the_start(scenario), sizes / sizes.sum()
    before = np.zeros(3)
    for played in rounds(scenario, [federation(scenario)]):
        index = played.round_index
        updates, scale = trainer.updates(start[None], np.ones((1, 3), np.bool_), index)
        sent = trainer.uploads(updates, index, ("to_norm",), {})[0]
        facts = {"sent": sent, "weight": weight, "start": start, "server": server, "before": before}
        expected = before = expected_value(name, facts | {"change": scale[0][:, None] * sent}, data, net)
        np.testing.assert_allclose(played.exchanges[0].contribution, expected, atol=1e-9)
        server = server + weight @ sent
        np.testing.assert_allclose(played.server_params[0], server, atol=1e-12)
        start, server = played.params[0].copy(), played.server_params[0].copy()
        weight = played.exchanges[0].importance


def test_the_scale_of_an_update_takes_it_back_to_what_was_trained() -> None:
    scenario = small()
    data, net = federated_data(scenario), model_of(scenario, np.float64)
    trainer = LocalTrainer(scenario, data, net, np.float64)
    updates, scale = trainer.updates(np.tile(the_start(scenario), (1, 3, 1)), np.array([[True, True, False]]), 0)
    assert scale[0, 2] == 0 and not updates[0, 2].any()
    longer = small(update_norm=2.0)
    again, other = LocalTrainer(longer, data, net, np.float64).updates(
        np.tile(the_start(scenario), (1, 3, 1)), np.array([[True, True, False]]), 0
    )
    np.testing.assert_allclose(updates[0, :2] * scale[0, :2, None], again[0, :2] * other[0, :2, None], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(updates[0, :2], axis=1), 0.25, rtol=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "mlp", "cnn", "paper_mnist", "paper_cifar"])
def test_class_rows_are_the_last_layers_weights(kind: str) -> None:
    """Moving one class's row moves that class's logit alone: with a large row, the class is always predicted."""
    dataset = "mnist" if kind.startswith("paper") else "digits"
    net = model_of(small(dataset=dataset, model=kind), np.float64)
    params = np.zeros((1, net.n_params))
    rows = net.class_rows(params)
    assert rows.shape[:2] == (1, 10)
    marked = np.arange(net.n_params, dtype=np.float64)[None]
    places = net.class_rows(marked)[0].astype(int)
    assert len(set(places.ravel().tolist())) == places.size
    np.testing.assert_array_equal(places[:, -1], np.arange(net.n_params - 10, net.n_params))  # the biases
    features = np.random.default_rng(0).uniform(0, 1, (5, DATASETS[dataset].n_features))
    params = np.random.default_rng(1).uniform(0.01, 0.1, (1, net.n_params))
    if kind != "cnn":
        params[0, places[3]] = 50.0
        assert net.predict(params, features).tolist() == [[3] * 5]


def test_a_mechanism_is_the_fields_of_its_row() -> None:
    scenario = small(n_validation=20, altruism_degree=3.0)
    for name, row in MECHANISMS.items():
        chosen = with_mechanism(scenario, name)
        assert {field: getattr(chosen, field) for field in row.fields} == row.fields
        assert chosen.altruism_degree == 3.0 and chosen.n_validation == 20
    assert with_mechanism(Scenario(), "cgsv") == Scenario()
