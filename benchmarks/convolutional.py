"""Convolutional nets against a plain PyTorch loop: ``python -m benchmarks.convolutional``, under three minutes.

The plain loop is an ``nn.Module`` (convolution, tanh, max-pooling, twice; linear), autograd and a hand-written
SGD step, one agent after the other; it evaluates model after model in batches of 32 without gradients. Both
sides run on one thread, in turns; what is compared is the median processor time. Images are random, of
MNIST's size: 5 agents of 600, batch 32, 3 local epochs; 2,000 test images. The paper's nets, which take longer, train
one agent of 600 for one local epoch and evaluate one model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import median

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn import functional

from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.model import Batches

_N_AGENTS, _SHARD_SIZE, _N_TEST, _BATCH_SIZE, _LOCAL_EPOCHS = 5, 600, 2000, 32, 3
_SIDE, _N_CLASSES, _LEARNING_RATE = 28, 10, 0.1
_REPETITIONS = 5


class _PlainNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 5)
        self.second = nn.Conv2d(8, 16, 5)
        self.last = nn.Linear(256, _N_CLASSES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for layer in (self.first, self.second):
            images = functional.max_pool2d(torch.tanh(layer(images)), 2)
        logits: torch.Tensor = self.last(images.flatten(1))
        return logits


class _PapersNet(nn.Module):
    """The authors' CNN_Net or CNN_Cifar10, for grey images of MNIST's size in a frame of zeros."""

    def __init__(self, model: str) -> None:
        super().__init__()
        is_mnist = model == "paper_mnist"
        self.activation = torch.tanh if is_mnist else torch.relu
        self.first, self.second = (
            (nn.Conv2d(1, 64, 3), nn.Conv2d(64, 16, 7)) if is_mnist else (nn.Conv2d(1, 16, 5), nn.Conv2d(16, 32, 5))
        )
        widths = (256, 200, _N_CLASSES) if is_mnist else (800, 120, 84, _N_CLASSES)
        self.dense = nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(widths))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        images = functional.pad(images, (2, 2, 2, 2))
        for convolution in (self.first, self.second):
            images = functional.max_pool2d(self.activation(convolution(images)), 2)
        values = images.flatten(1)
        for layer in self.dense[:-1]:
            values = self.activation(layer(values))
        logits: torch.Tensor = self.dense[-1](values)
        return logits


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            contests = _contests() | _papers_contests()
            return [_compared(name, ours, plain) for name, (ours, plain) in contests.items()]
    finally:
        torch.set_num_threads(n_threads)


def _contests() -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    rng = np.random.default_rng(0)
    features = rng.random((_N_AGENTS * _SHARD_SIZE, _SIDE * _SIDE), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    test_features = rng.random((_N_TEST, _SIDE * _SIDE), np.float32)
    test_labels = rng.integers(0, _N_CLASSES, _N_TEST)
    batches = [_batches(rng, agent * _SHARD_SIZE) for agent in range(_N_AGENTS)]
    net = ConvolutionalNet((_SIDE, _SIDE), _N_CLASSES)
    params = np.stack([net.initial_params(rng) for _ in range(_N_AGENTS)])
    plain_nets = [_PlainNet() for _ in range(_N_AGENTS)]
    return {
        "training": (
            lambda: net.train(params, features, labels, batches, _LEARNING_RATE),
            lambda: [_plain_train(own, features, labels, rows) for own, rows in zip(plain_nets, batches, strict=True)],
        ),
        "evaluation": (
            lambda: net.evaluate(params, test_features, test_labels),
            lambda: [_plain_evaluate(own, test_features, test_labels) for own in plain_nets],
        ),
    }


def _papers_contests() -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    rng = np.random.default_rng(0)
    features = rng.random((_N_TEST, _SIDE * _SIDE), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    batches = [_batches(rng, 0)[: _SHARD_SIZE // _BATCH_SIZE + 1]]
    contests: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {}
    for model in ("paper_mnist", "paper_cifar"):
        net, plain = ConvolutionalNet((_SIDE, _SIDE), _N_CLASSES, np.float32, ARCHITECTURES[model]), _PapersNet(model)
        params = net.initial_params(rng)[None]
        contests[f"{model} training"] = (
            partial(net.train, params, features, labels, batches, _LEARNING_RATE),
            partial(_plain_train, plain, features, labels, batches[0]),
        )
        contests[f"{model} evaluation"] = (
            partial(net.evaluate, params, features, labels),
            partial(_plain_evaluate, plain, features, labels),
        )
    return contests


def _batches(rng: np.random.Generator, first_row: int) -> Batches:
    orders = [first_row + rng.permutation(_SHARD_SIZE) for _ in range(_LOCAL_EPOCHS)]
    return [order[start : start + _BATCH_SIZE] for order in orders for start in range(0, _SHARD_SIZE, _BATCH_SIZE)]


def _plain_train(net: nn.Module, features: np.ndarray, labels: np.ndarray, batches: Batches) -> nn.Module:
    images, targets = torch.from_numpy(features).reshape(-1, 1, _SIDE, _SIDE), torch.from_numpy(labels)
    for batch in batches:
        rows = torch.from_numpy(batch)
        net.zero_grad()
        loss = functional.cross_entropy(net(images[rows]), targets[rows])
        loss.backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(_LEARNING_RATE * parameter.grad)
    return net


def _plain_evaluate(net: nn.Module, features: np.ndarray, labels: np.ndarray) -> tuple[float, list[torch.Tensor]]:
    images, targets = torch.from_numpy(features).reshape(-1, 1, _SIDE, _SIDE), torch.from_numpy(labels)
    loss, predicted = 0.0, []
    with torch.no_grad():
        for own, wanted in zip(torch.split(images, _BATCH_SIZE), torch.split(targets, _BATCH_SIZE), strict=True):
            logits = net(own)
            loss += functional.cross_entropy(logits, wanted, reduction="sum").item()
            predicted.append(logits.argmax(1))
    return loss / len(features), predicted


def _compared(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> str:
    seconds: tuple[list[float], list[float]] = ([], [])
    for repetition in range(_REPETITIONS + 1):
        for spent, contestant in zip(seconds, (ours, plain), strict=True):
            start = time.process_time()
            contestant()
            if repetition:  # the first one warms up
                spent.append(time.process_time() - start)
    fast, slow = (median(spent) for spent in seconds)
    return f"convolutional {name}: {fast:.2f} s, plain loop {slow:.2f} s: {slow / fast:.1f} times as fast"


if __name__ == "__main__":
    print("\n".join(lines()))
