"""What a client does: it trains on its own samples, and says how good its own model is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flwr.app import Context
from scenario import NET, SCENARIO, layers, vector

from cgs_core.data import federated_data
from cgs_core.flower import client_app
from cgs_core.randomness import Stream, random_stream

Model = dict[str, np.ndarray]


def train(model: Model, config: Mapping[str, Any], context: Context) -> tuple[Model, float, dict[str, float]]:
    """Local epochs, on the batches that ``cgs_core.run`` would draw for this agent in this round."""
    if config["told"]:
        print(f"My last update did not count: {config['told']}")
    agent, round_index = int(context.node_config["agent"]), int(config["server-round"]) - 1
    own = federated_data(SCENARIO).shards[agent]  # here you would read what lies on this machine
    stream = random_stream(SCENARIO.start_seed, Stream.BATCH_ORDER, agent, round_index)
    batches = []
    for _ in range(SCENARIO.local_epochs):
        order = stream.permutation(own.n_samples)
        batches += [order[first : first + SCENARIO.batch_size] for first in range(0, len(order), SCENARIO.batch_size)]
    rate = SCENARIO.learning_rate * SCENARIO.learning_rate_decay**round_index
    trained = NET.train(vector(model)[None], own.features.astype(np.float32), own.labels, [batches], rate)[0]
    return layers(trained), own.n_samples, {"agent": agent}


def evaluate(model: Model, config: Mapping[str, Any], context: Context) -> dict[str, float]:
    """The share of the test set that the agent's own model gets right."""
    test = federated_data(SCENARIO).dataset
    predicted = NET.predict(vector(model)[None], test.test_features.astype(np.float32))[0]
    return {"agent": int(context.node_config["agent"]), "accuracy": float((predicted == test.test_labels).mean())}


app = client_app(train, evaluate)
