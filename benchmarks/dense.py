"""The dense net against plain PyTorch loops, and the time of a whole run: ``python -m benchmarks.dense``.

The plain loop trains one agent after the other with autograd, in its quickest form: functions instead of modules,
``torch.autograd.grad`` and a step by hand. It evaluates one model after the other on the whole test set. The authors'
program (``benchmarks.convolutional`` says where it is) takes samples one by one from a ``DataLoader``, with modules and
``optim.SGD``. Samples are random, of the digits' size: an MLP 64-32-10 (2,410 parameters), 600 samples an agent, batch
32, 3 local epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from benchmarks.convolutional import train_as_they_do
from benchmarks.timing import cpu_seconds, kernels, one_thread
from cgs_core import Scenario, run
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.model import Batches, Evaluation

_N_FEATURES, _HIDDEN, _N_CLASSES = 64, 32, 10
_SHARD_SIZE, _N_TEST, _BATCH_SIZE, _LOCAL_EPOCHS, _LEARNING_RATE = 600, 360, 32, 3, 0.1
_AGENT_COUNTS = (5, 10, 20)
_N_FEDERATIONS = 3  # of one run, trained in one call on the same mini-batches: the mechanism, standalone, FedAvg
_REPETITIONS = 7


def lines() -> list[str]:
    """Run the comparisons; the lines of a report."""
    with one_thread():
        contests = [_contest(_AGENT_COUNTS[0], 1), *(_contest(n_agents) for n_agents in _AGENT_COUNTS)]
        return [kernels(), *(line for contest in contests for line in contest), _whole_run()]


def _contest(n_agents: int, n_federations: int = _N_FEDERATIONS) -> list[str]:
    rng = np.random.default_rng(0)
    features = rng.random((n_agents * _SHARD_SIZE, _N_FEATURES), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    test_features, test_labels = features[:_N_TEST], labels[:_N_TEST]
    batches = [_batches(rng, agent * _SHARD_SIZE) for agent in range(n_agents)] * n_federations
    net = DenseNet(_N_FEATURES, _HIDDEN, _N_CLASSES)
    params = np.stack([net.initial_params(rng) for _ in batches])
    images, targets = torch.from_numpy(features), torch.from_numpy(labels)
    shards = [TensorDataset(images[rows], targets[rows]) for rows in _shards(n_agents)] * n_federations
    loaders = [DataLoader(shard, batch_size=_BATCH_SIZE, sampler=RandomSampler(shard)) for shard in shards]
    what = f"{n_agents} agents in {n_federations} federation{'s' * (n_federations > 1)}"
    return [
        _compared(
            f"training of {what}",
            lambda: net.train(params, features, labels, batches, _LEARNING_RATE),
            lambda: [plain_train(own, features, labels, rows) for own, rows in zip(params, batches, strict=True)],
        ),
        _compared(
            f"training of {what}",
            lambda: net.train(params, features, labels, batches, _LEARNING_RATE),
            lambda: [train_as_they_do(_their_net(), loader, _LOCAL_EPOCHS) for loader in loaders],
            "the authors' program",
        ),
        _compared(
            f"evaluation of {what}",
            lambda: net.evaluate(params, test_features, test_labels),
            lambda: [_plain_evaluate(own, test_features, test_labels) for own in params],
        ),
        _compared(
            f"evaluation of {what}",
            lambda: net.evaluate(params, test_features, test_labels),
            lambda: [net.evaluate(own[None], test_features, test_labels) for own in params],
            "the same net model by model",
        ),
    ]


def _batches(rng: np.random.Generator, first_row: int) -> Batches:
    orders = [first_row + rng.permutation(_SHARD_SIZE) for _ in range(_LOCAL_EPOCHS)]
    return [order[start : start + _BATCH_SIZE] for order in orders for start in range(0, _SHARD_SIZE, _BATCH_SIZE)]


def _shards(n_agents: int) -> list[slice]:
    return [slice(agent * _SHARD_SIZE, (agent + 1) * _SHARD_SIZE) for agent in range(n_agents)]


def _their_net() -> nn.Module:
    return nn.Sequential(nn.Linear(_N_FEATURES, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _N_CLASSES), nn.LogSoftmax(1))


def _tensors(flat: np.ndarray) -> list[torch.Tensor]:
    shapes = ((_N_FEATURES, _HIDDEN), (_HIDDEN,), (_HIDDEN, _N_CLASSES), (_N_CLASSES,))
    parts = torch.split(torch.tensor(flat), [int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape).clone() for part, shape in zip(parts, shapes, strict=True)]


def _logits(tensors: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    weight_1, bias_1, weight_2, bias_2 = tensors
    return torch.relu(inputs @ weight_1 + bias_1) @ weight_2 + bias_2


def plain_train(flat: np.ndarray, features: np.ndarray, labels: np.ndarray, batches: Batches) -> list[torch.Tensor]:
    """One agent's local training from ``flat``: the tensors of its model."""
    inputs, targets = torch.from_numpy(features), torch.from_numpy(labels)
    tensors = [tensor.requires_grad_() for tensor in _tensors(flat)]
    for batch in batches:
        rows = torch.from_numpy(batch)
        loss = functional.cross_entropy(_logits(tensors, inputs[rows]), targets[rows])
        gradients = torch.autograd.grad(loss, tensors)
        with torch.no_grad():
            for tensor, gradient in zip(tensors, gradients, strict=True):
                tensor -= _LEARNING_RATE * gradient
    return tensors


def _plain_evaluate(flat: np.ndarray, features: np.ndarray, labels: np.ndarray) -> tuple[float, torch.Tensor]:
    with torch.no_grad():
        logits = _logits(_tensors(flat), torch.from_numpy(features))
        return functional.cross_entropy(logits, torch.from_numpy(labels)).item(), logits.argmax(dim=1)


def _compared(
    name: str, ours: Callable[[], object], other: Callable[[], object], other_name: str = "plain loop"
) -> str:
    fast, slow = cpu_seconds((ours, other), _REPETITIONS)
    return f"dense {name}: {1000 * fast:.1f} ms, {other_name} {1000 * slow:.1f} ms: {slow / fast:.1f} times as fast"


def _whole_run() -> str:
    """The default scenario in a warm process, and the part of it that is not evaluation."""
    whole, without = cpu_seconds((lambda: run(Scenario()), _run_without_evaluation), n_repetitions=5)
    return f"default scenario: {whole:.2f} s, of which evaluation {max(whole - without, 0) / whole:.0%}"


def _run_without_evaluation() -> None:
    def guessed(net: DenseNet, params: np.ndarray, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        return Evaluation(np.zeros((len(params), len(features)), np.uint8), np.zeros(len(params)))

    with patch.object(DenseNet, "evaluate", guessed):
        run(Scenario())


if __name__ == "__main__":
    print("\n".join(lines()))
