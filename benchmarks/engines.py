"""The two engines and their devices side by side: ``python -m benchmarks.engines``, a few seconds on a processor.

One round of five agents in the three federations of every run, trained and evaluated, each engine from the same start.
By the clock on the wall, since a GPU computes beside the processor; on a machine that does nothing else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.federation.model import Model
from cgs_core.federation.models import model_of, second_model
from cgs_core.federation.rounds import Federation, iterate_federations
from cgs_core.mechanisms import FEDAVG, STANDALONE

_REPETITIONS = 3
_SCENARIOS = (
    Scenario(model="mlp"),
    Scenario(dataset="sentences", model="text_cnn"),
    Scenario(model="cnn"),
)
_LARGE = Scenario(dataset="mnist", model="paper_mnist")  # minutes on a processor: where there is a GPU


def lines() -> list[str]:
    """Run the measurements; the lines of a report."""
    scenarios = (*_SCENARIOS, _LARGE) if torch.cuda.is_available() else _SCENARIOS
    with one_thread():
        return [_line(scenario.replace(n_agents=5, n_samples=500, n_rounds=1)) for scenario in scenarios]


def _line(scenario: Scenario) -> str:
    contestants = [partial(_round, scenario, model_of(scenario))]
    for device in _devices():
        with _on(device):
            contestants.append(partial(_round, scenario, second_model(scenario)))
    ours, *others = cpu_seconds(contestants, _REPETITIONS, time.perf_counter)
    told = ", ".join(
        f"on {device} {own / ours:.2f} times as long" for device, own in zip(_devices(), others, strict=True)
    )
    return f"a round, {scenario.model} on {scenario.dataset}: NumPy {1000 * ours:.0f} ms; torch {told}"


def _round(scenario: Scenario, model: Model) -> None:
    """All that a run does in its first round; the models of all federations are evaluated, as there."""
    data = federated_data(scenario)
    everybody = np.ones(scenario.n_agents, np.bool_)
    federations = [
        Federation(scenario, everybody),
        *(Federation.of(scenario, mechanism, everybody) for mechanism in (STANDALONE, FEDAVG)),
    ]
    for played in iterate_federations(scenario, data, model, federations):
        models = played.params.reshape(-1, model.n_params)
        model.evaluate(models, data.dataset.test_features.astype(np.float32), data.dataset.test_labels)


def _devices() -> tuple[str, ...]:
    return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)


@contextmanager
def _on(device: str) -> Iterator[None]:
    """Torch's nets that are made meanwhile compute there."""
    before = os.environ.get("CGS_DEVICE")
    os.environ["CGS_DEVICE"] = device
    try:
        yield
    finally:
        if before is None:
            del os.environ["CGS_DEVICE"]
        else:
            os.environ["CGS_DEVICE"] = before


if __name__ == "__main__":
    for one in lines():
        print(one, flush=True)
