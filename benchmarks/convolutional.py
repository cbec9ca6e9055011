"""Convolutional nets against a plain PyTorch loop: ``python -m benchmarks.convolutional``, under three minutes.

The plain loop is an ``nn.Module`` (convolution, tanh, max-pooling, twice; linear), autograd and a hand-written
SGD step, one agent after the other; it evaluates model after model in batches of 32 without gradients. Torch's
quickest form that was found is the same with channels last and pooling before the activation; grouped convolutions
over models took longer, and so did ``vmap``, tried with the small net. All run on one thread, in turns; what is
compared is the median processor time. Images are random, of MNIST's size: 5 agents of 600, batch 32, 3 local epochs;
2,000 test images. The paper's nets, which take longer, train one agent of 600 for one local epoch and evaluate one
model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.model import Batches

_N_AGENTS, _SHARD_SIZE, _N_TEST, _BATCH_SIZE, _LOCAL_EPOCHS = 5, 600, 2000, 32, 3
_SIDE, _N_CLASSES, _LEARNING_RATE = 28, 10, 0.1
_REPETITIONS = 5


def _block(images: torch.Tensor, layer: nn.Module, activation: Callable[..., torch.Tensor]) -> torch.Tensor:
    """Convolution, activation, pooling; with channels last, pooling first: of rising activations that is the same."""
    values = layer(images)
    if values.is_contiguous():
        return functional.max_pool2d(activation(values), 2)
    return activation(functional.max_pool2d(values, 2))


class _PlainNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 5)
        self.second = nn.Conv2d(8, 16, 5)
        self.last = nn.Linear(256, _N_CLASSES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for layer in (self.first, self.second):
            images = _block(images, layer, torch.tanh)
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
            images = _block(images, convolution, self.activation)
        values = images.flatten(1)
        for layer in self.dense[:-1]:
            values = self.activation(layer(values))
        logits: torch.Tensor = self.dense[-1](values)
        return logits


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    with one_thread():
        contests = _contests() | _papers_contests()
        return [_compared(name, contestants) for name, contestants in contests.items()]


_Contests = dict[str, tuple[Callable[[], object], ...]]
"""By name: ours, the plain loop, and its quickest form."""


def _contests() -> _Contests:
    rng = np.random.default_rng(0)
    features = rng.random((_N_AGENTS * _SHARD_SIZE, _SIDE * _SIDE), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    test_features = rng.random((_N_TEST, _SIDE * _SIDE), np.float32)
    test_labels = rng.integers(0, _N_CLASSES, _N_TEST)
    batches = [_batches(rng, agent * _SHARD_SIZE) for agent in range(_N_AGENTS)]
    net = ConvolutionalNet((_SIDE, _SIDE), _N_CLASSES)
    params = np.stack([net.initial_params(rng) for _ in range(_N_AGENTS)])
    forms = ([_PlainNet() for _ in range(_N_AGENTS)], [_quick(_PlainNet()) for _ in range(_N_AGENTS)])

    def train(nets: Sequence[nn.Module]) -> object:
        return [_plain_train(own, features, labels, rows) for own, rows in zip(nets, batches, strict=True)]

    def evaluate(nets: Sequence[nn.Module]) -> object:
        return [_plain_evaluate(own, test_features, test_labels) for own in nets]

    return {
        "training": (
            lambda: net.train(params, features, labels, batches, _LEARNING_RATE),
            *(partial(train, nets) for nets in forms),
        ),
        "evaluation": (
            lambda: net.evaluate(params, test_features, test_labels),
            *(partial(evaluate, nets) for nets in forms),
        ),
    }


def _papers_contests() -> _Contests:
    rng = np.random.default_rng(0)
    features = rng.random((_N_TEST, _SIDE * _SIDE), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    batches = [_batches(rng, 0)[: _SHARD_SIZE // _BATCH_SIZE + 1]]
    contests: _Contests = {}
    for model in ("paper_mnist", "paper_cifar"):
        net = ConvolutionalNet((_SIDE, _SIDE), _N_CLASSES, np.float32, ARCHITECTURES[model])
        forms = (_PapersNet(model), _quick(_PapersNet(model)))
        params = net.initial_params(rng)[None]
        contests[f"{model} training"] = (
            partial(net.train, params, features, labels, batches, _LEARNING_RATE),
            *(partial(_plain_train, own, features, labels, batches[0]) for own in forms),
        )
        contests[f"{model} evaluation"] = (
            partial(net.evaluate, params, features, labels),
            *(partial(_plain_evaluate, own, features, labels) for own in forms),
        )
    return contests


def _quick(net: nn.Module) -> nn.Module:
    """With channels last; what goes through it then is so, too."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


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


def _compared(name: str, contestants: Sequence[Callable[[], object]]) -> str:
    ours, plain, quick = cpu_seconds(contestants, _REPETITIONS)
    return (
        f"convolutional {name}: {ours:.2f} s, plain loop {plain:.2f} s: {plain / ours:.1f} times as fast; torch's "
        f"quickest form {quick:.2f} s: {quick / ours:.1f} times"
    )


if __name__ == "__main__":
    print("\n".join(lines()))
