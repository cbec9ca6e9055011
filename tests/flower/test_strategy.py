"""The strategy with clients in this process: who dies, is late, comes later or lies is told and harms nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Error, Message, MetricRecord, RecordDict
from flwr.serverapp.strategy import Result

from cgs_core import Scenario, ScenarioError
from cgs_core.federation import Server, ServerRound
from cgs_core.flower import CgsvStrategy, client_app
from cgs_core.mechanisms import with_mechanism
from tests.flower.grid import Client, LocalGrid, client_of

START = {"weight": np.zeros((20, 3), np.float32), "bias": np.ones(3, np.float32)}
NODES = (11, 22, 33)
N_ROUNDS = 4
RULES = Scenario(altruism_degree=0.5)


def update(node: int, round_index: int) -> dict[str, np.ndarray]:
    """What the agent of a node learns in a round."""
    rng = np.random.default_rng([node, round_index])
    return {name: (rng.standard_normal(layer.shape) + 0.2).astype(np.float32) for name, layer in START.items()}


def train(model: dict, config: Mapping[str, Any], context: Context) -> tuple[dict, float, dict]:
    step = update(context.node_id, config["server-round"] - 1)
    return {name: model[name] + step[name] for name in model}, context.node_id, {"length": 1.5}


def evaluate(model: dict, config: Mapping[str, Any], context: Context) -> dict[str, float]:
    return {"weight": float(model["weight"].sum()), "node": context.node_id}


def honest(node: int) -> Client:
    return client_of(client_app(train, evaluate), node)


def played(clients: dict[int, Client], n_rounds: int = N_ROUNDS, **options: Any) -> tuple[LocalGrid, Result, list]:
    """The grid, Flower's result, and what the server said of each round."""
    told: list[ServerRound] = []
    usual: dict[str, Any] = {"rules": RULES, "n_agents": 3, "reported": ("weight", "length"), "on_round": told.append}
    grid = LocalGrid(clients)
    strategy = CgsvStrategy(**(usual | options))
    result = strategy.start(grid, ArrayRecord({name: Array(layer) for name, layer in START.items()}), n_rounds)
    return grid, result, told


def config_of(message: Message) -> ConfigRecord:
    return message.content["config"]


def with_arrays(message: Message, layers: dict[str, Any], **metrics: float) -> Message:
    record = ArrayRecord({name: Array(layer) for name, layer in layers.items()})
    content = RecordDict({"arrays": record, "metrics": MetricRecord({"num-examples": 33, **metrics})})
    return Message(content, reply_to=message)


def in_round(server_round: int, honest_client: Client, otherwise: Callable[[Message], Message | None]) -> Client:
    """Honest, but when it is asked to train in this round."""

    def client(message: Message) -> Message | None:
        is_then = config_of(message)["server-round"] == server_round and message.metadata.message_type == "train"
        return otherwise(message) if is_then else honest_client(message)

    return client


def test_the_numbers_are_the_servers_and_each_client_gets_its_own_reward() -> None:
    grid, result, told = played({node: honest(node) for node in NODES})
    server, models = Server(3, RULES, start=START), [dict(START) for _ in NODES]
    for round_index, done in enumerate(told):
        expected = server.round([update(node, round_index) for node in NODES], NODES)
        metrics = result.train_metrics_clientapp[round_index + 1]
        np.testing.assert_allclose(metrics["contribution"], expected.contribution, atol=1e-6)
        np.testing.assert_allclose(metrics["importance"], expected.importance, atol=1e-6)
        np.testing.assert_allclose(metrics["reward-ratio"], expected.reward_ratio, atol=1e-6)
        assert metrics["download-bytes"] == expected.download_bytes.tolist() and metrics["length"] == [1.5] * 3
        for own, reward, other in zip(models, done.rewards, expected.rewards, strict=True):
            for name in START:
                np.testing.assert_allclose(reward[name], other[name], atol=1e-6)
                own[name] = own[name] + reward[name]
    (closing,) = [letters for letters in grid.sent if letters[11].metadata.message_type == "evaluate"]
    for place, node in enumerate(NODES):
        parts = closing[node].content["reward"]
        sent = sum(part.numpy().nbytes for part in parts.values())
        assert sent == told[-1].download_bytes[place]
    assert len({len(closing[node].content["reward"]["values"].data) for node in NODES}) > 1
    ends = result.evaluate_metrics_clientapp[N_ROUNDS]["weight"]
    np.testing.assert_allclose(ends, [model["weight"].sum() for model in models], rtol=1e-5)
    for name, layer in server.server_model.items():
        np.testing.assert_allclose(result.arrays[name].numpy(), layer, atol=1e-5)


def test_fedavg_pays_everybody_the_same() -> None:
    _, result, told = played({node: honest(node) for node in NODES}, rules=with_mechanism(RULES, "fedavg"))
    assert [done.reward_ratio.tolist() for done in told] == [[1, 1, 1]] * N_ROUNDS
    ends = result.evaluate_metrics_clientapp[N_ROUNDS]["weight"]
    assert ends == pytest.approx([float(result.arrays["weight"].numpy().sum())] * 3, rel=1e-5)


NOT_A_NUMBER = {name: layer * np.nan for name, layer in START.items()}
BAD: dict[str, tuple[Callable[[Message], Message | None], str]] = {
    "too late": (lambda message: None, "no answer came in time"),
    "NaN": (lambda message: with_arrays(message, NOT_A_NUMBER), "update: finite numbers; got nan"),
    "another shape": (
        lambda message: with_arrays(message, START | {"bias": np.ones(4, np.float32)}),
        "update: must be layers by name: bias (3,), weight (20, 3); got layers by name: bias (4,)",
    ),
    "no update": (lambda message: Message(RecordDict(), reply_to=message), "update: must have at least one number"),
    "counters": (
        lambda message: with_arrays(message, {"bias": np.ones(3, int)}),
        "update: layer 'bias' must have floating-point",
    ),
    "no samples": (lambda message: with_arrays(message, START, **{"num-examples": 0}), "n_samples: a number above 0"),
    "bytes": (
        lambda message: Message(
            RecordDict({"arrays": ArrayRecord({"bias": Array("float32", (3,), "numpy.ndarray", b"x" * 90)})}),
            reply_to=message,
        ),
        "update: layer 'bias' cannot be read as an array",
    ),
    "pickled": (
        lambda message: Message(
            RecordDict({"arrays": ArrayRecord({"bias": Array("object", (1,), "pickle", b"c")})}), reply_to=message
        ),
        "update: layer 'bias' cannot be read as an array",
    ),
    "a failing app": (
        lambda message: Message(Error(2, "Traceback\nZeroDivisionError: division by zero\n"), reply_to=message),
        "the client's app failed: ZeroDivisionError: division by zero",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_who_is_late_or_sends_what_cannot_be_used_is_told_and_harms_nobody(
    bad: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("flwr"), "propagate", True)
    otherwise, why = BAD[bad]
    clients = {node: honest(node) for node in NODES}
    grid, _, told = played(clients | {33: in_round(2, clients[33], otherwise)})
    assert f"agent 2 (node 33): {why}" in caplog.text
    assert why in config_of(grid.sent[2][33])["told"] and config_of(grid.sent[2][11])["told"] == ""
    assert config_of(grid.sent[3][33])["told"] == ""
    server = Server(3, RULES, start=START)
    for round_index, done in enumerate(told):
        updates: list[Any] = [update(node, round_index) for node in NODES]
        if round_index == 1:
            updates[2] = None
        expected = server.round(updates, NODES)
        np.testing.assert_allclose(done.importance, expected.importance, atol=1e-6)
        np.testing.assert_allclose(done.contribution, expected.contribution, atol=1e-6)
        assert list(done.refused) == ([2] if round_index == 1 else [])


def test_who_dies_is_absent_and_who_comes_back_as_somebody_else_joins() -> None:
    clients = {node: honest(node) for node in NODES}
    grid = LocalGrid(clients)

    def goes_on(done: ServerRound) -> None:
        if done.round_index == 0:
            del clients[33]
        if done.round_index == 1:
            clients[44] = honest(44)

    told: list[ServerRound] = []
    strategy = CgsvStrategy(RULES, n_agents=3, on_round=lambda done: (told.append(done), goes_on(done))[0])
    strategy.start(grid, ArrayRecord({name: Array(layer) for name, layer in START.items()}), N_ROUNDS)
    assert [done.is_present.tolist() for done in told] == [
        [True, True, True],
        [True, True, False],
        [True, True, False, True],
        [True, True, False, True],
    ]
    assert strategy.node_ids == (11, 22, 33, 44) and strategy.server.round_index == N_ROUNDS
    assert "arrays" in grid.sent[2][44].content and "arrays" not in grid.sent[2][11].content


def test_an_app_that_does_not_keep_to_the_model_says_so() -> None:
    def shorter(model: dict, config: Mapping[str, Any], context: Context) -> tuple[dict, float, dict]:
        return {"bias": model["bias"]} if config["server-round"] == 1 else model | {"bias": np.ones(2)}, 1, {}

    _, _, told = played({node: honest(node) for node in NODES[:2]} | {33: client_of(client_app(shorter), 33)})
    assert "train: must give the layers ['bias', 'weight']; got ['bias']" in told[0].refused[2]
    assert "train: layer 'bias' must have the shape (3,); got (2,)" in told[1].refused[2]


def test_a_client_that_lost_its_model_is_sent_the_start_again() -> None:
    clients = {node: honest(node) for node in NODES}
    grid, result, told = played(clients | {33: in_round(2, clients[33], honest(33))})
    assert told[1].refused == {2: "it has no model: the one to start from is on its way"}
    assert "arrays" in grid.sent[2][33].content and told[2].refused == {}
    assert len(result.evaluate_metrics_clientapp[N_ROUNDS]["weight"]) == 3


def test_a_node_for_whom_there_is_no_place_is_not_asked() -> None:
    grid, _, told = played({node: honest(node) for node in (*NODES, 44)}, max_agents=3)
    assert {node for letters in grid.sent for node in letters} == set(NODES) and told[-1].refused == {}


def test_a_round_waits_until_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clients: dict[int, Client] = {}
    to_come = iter(NODES)
    monkeypatch.setattr("cgs_core.flower.strategy.sleep", lambda _: clients.update({(n := next(to_come)): honest(n)}))
    _, _, told = played(clients, n_agents=2)
    assert told[0].is_present.tolist() == [True, True] and next(to_come) == 33


def test_clients_can_be_asked_after_each_round() -> None:
    _, result, _ = played({node: honest(node) for node in NODES}, is_evaluated_every_round=True)
    assert list(result.evaluate_metrics_clientapp) == [1, 2, 3, 4]


def test_rules_that_cannot_be_followed_stop_it_before_anybody_trains() -> None:
    with pytest.raises(ScenarioError, match=r"needs starts of Server\.round"):
        played({}, rules=with_mechanism(RULES, "iafl"))
