"""What grows, and what must not: ``python -m benchmarks.scale``, about a minute.

A round at the most agents of which the exact CGSV is computed, against one of an agent more; a training step of a model
among few and among thousands; memory after few rounds and after many, where nobody keeps them.
"""

from __future__ import annotations

import tracemalloc
from collections import deque
from functools import partial

import numpy as np

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core import Scenario
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.experiment import iterate
from cgs_core.scenario import MAX_EXACT_AGENTS

_REPETITIONS = 3
_MODEL_COUNTS = (10, 100, 1000, 10_000)
_MODEL_STEPS = 20_000  # of each measurement, or 20 of each model
_N_FEATURES, _HIDDEN, _N_CLASSES, _SHARD_SIZE, _BATCH_SIZE = 64, 32, 10, 320, 32
_ROUND_COUNTS = (20, 200)


def lines() -> list[str]:
    """Run the measurements; the lines of a report."""
    with one_thread():
        return [_no_cliff(), _flat_steps(), _flat_memory()]


def _no_cliff() -> str:
    """Nobody looks at the exact values: rounds are trained, and made ready for the store."""
    scenarios = [Scenario(n_agents=n_agents, n_rounds=3) for n_agents in (MAX_EXACT_AGENTS, MAX_EXACT_AGENTS + 1)]
    most, more = cpu_seconds([partial(_stored, own) for own in scenarios], _REPETITIONS)
    (looked,) = cpu_seconds((lambda: [one.contribution_exact for one in iterate(scenarios[0])],), 1)
    return (
        f"a round of {MAX_EXACT_AGENTS} agents: {1000 * most / 3:.1f} ms, {most / more:.2f} times one of "
        f"{MAX_EXACT_AGENTS + 1}; where the exact CGSV is looked at {1000 * looked / 3:.0f} ms"
    )


def _trained(scenario: Scenario) -> None:
    deque(iterate(scenario), 0)


def _stored(scenario: Scenario) -> None:
    for record in iterate(scenario):
        record.to_bytes()


def _flat_steps() -> str:
    seconds = [_step_seconds(n_models) for n_models in _MODEL_COUNTS]
    told = ", ".join(f"{1e6 * own:.2f} of {n:,}" for own, n in zip(seconds, _MODEL_COUNTS, strict=True))
    ratio = max(seconds) / min(seconds)
    return f"dense training, microseconds a step and model, by models at once: {told} (worst to best {ratio:.2f})"


def _step_seconds(n_models: int) -> float:
    """Of one model; five models share their mini-batches, as those of federations do."""
    rng = np.random.default_rng(0)
    features = rng.random((_SHARD_SIZE, _N_FEATURES), np.float32)
    labels = rng.integers(0, _N_CLASSES, _SHARD_SIZE)
    n_steps = max(20, _MODEL_STEPS // n_models)
    net = DenseNet(_N_FEATURES, _HIDDEN, _N_CLASSES)
    params = np.tile(net.initial_params(rng), (n_models, 1))
    batches = [[rng.permutation(_SHARD_SIZE)[:_BATCH_SIZE] for _ in range(n_steps)] for _ in range(n_models // 5)] * 5
    (seconds,) = cpu_seconds((lambda: net.train(params, features, labels, batches, 0.1),), _REPETITIONS)
    return seconds / (n_steps * n_models)


def _flat_memory() -> str:
    few, many = (_peak_bytes(n_rounds) for n_rounds in _ROUND_COUNTS)
    return (
        f"memory at its peak: {few / 1e6:.2f} MB over {_ROUND_COUNTS[0]} rounds, {many / 1e6:.2f} MB over "
        f"{_ROUND_COUNTS[1]}: {many / few:.2f} times"
    )


def _peak_bytes(n_rounds: int) -> int:
    """Of a run whose rounds nobody keeps, beyond what stood before it."""
    _trained(Scenario(n_rounds=2))  # what is loaded once
    tracemalloc.start()
    try:
        _trained(Scenario(n_rounds=n_rounds))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    print("\n".join(lines()))
