"""The retrained game against training the coalitions one after the other: ``python -m benchmarks.retrained_game``.

Two rivals: the plain PyTorch loop of ``benchmarks.dense`` (agent after agent, coalition after coalition; its local
training alone, to its advantage), and this package's engine called once a coalition. The digits and the default
MLP; two rounds. With 8 agents the plain loop trains a sample of the coalitions, and its time is scaled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.dense import plain_train
from benchmarks.timing import cpu_seconds, one_thread
from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.federation import Federation, iterate_federations, model_of
from cgs_core.federation.retrained_game import iterate_retrained_game
from cgs_core.mechanisms import FEDAVG
from cgs_core.randomness import Stream, random_stream

_N_ROUNDS = 2
_SAMPLES = {5: 31, 8: 15}  # agents: how many coalitions the plain loop trains
_REPETITIONS = 3


def lines() -> list[str]:
    """Run the comparisons; the lines of a report."""
    with one_thread():
        return [_compared(n_agents, n_sampled) for n_agents, n_sampled in _SAMPLES.items()]


def _compared(n_agents: int, n_sampled: int) -> str:
    scenario = Scenario(n_agents=n_agents, n_rounds=_N_ROUNDS)
    coalitions = [number >> np.arange(n_agents) & 1 == 1 for number in range(1, 2**n_agents)]
    chosen = [coalitions[i] for i in np.random.default_rng(0).permutation(len(coalitions))[:n_sampled]]
    ours, plain, one_by_one = cpu_seconds(
        (
            lambda: list(iterate_retrained_game(scenario)),
            lambda: _plain_game(scenario, chosen),
            lambda: _one_by_one(scenario, coalitions),
        ),
        _REPETITIONS,
    )
    plain *= sum(members.sum() for members in coalitions) / sum(members.sum() for members in chosen)
    scaled = "" if n_sampled == len(coalitions) else f" (scaled from {n_sampled} coalitions)"
    return (
        f"retrained game of {n_agents} agents, {_N_ROUNDS} rounds: {ours:.2f} s, plain loop {plain:.1f} s{scaled}: "
        f"{plain / ours:.1f} times as fast; the same engine coalition by coalition {one_by_one:.2f} s: "
        f"{one_by_one / ours:.1f} times as fast"
    )


def _plain_game(scenario: Scenario, coalitions: Sequence[np.ndarray]) -> None:
    """Every member's local training in every round of every coalition."""
    data = federated_data(scenario)
    start = model_of(scenario).initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS))
    rng = np.random.default_rng(0)
    for members in coalitions:
        for _ in range(scenario.n_rounds):
            for agent in np.nonzero(members)[0]:
                shard = data.shards[agent]
                orders = [rng.permutation(shard.n_samples) for _ in range(scenario.local_epochs)]
                size = scenario.batch_size
                batches = [order[first : first + size] for order in orders for first in range(0, len(order), size)]
                plain_train(start, shard.features.astype(np.float32), shard.labels.copy(), batches)


def _one_by_one(scenario: Scenario, coalitions: Sequence[np.ndarray]) -> None:
    data, model = federated_data(scenario), model_of(scenario)
    features = data.dataset.test_features.astype(np.float32)
    for members in coalitions:
        own = Federation.of(scenario, FEDAVG, members)
        for played in iterate_federations(scenario, data, model, [own]):
            model.evaluate(played.server_params, features, data.dataset.test_labels)


if __name__ == "__main__":
    print("\n".join(lines()))
