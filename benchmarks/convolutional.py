"""Nets for pictures, by both engines, against the authors' program: ``python -m benchmarks.convolutional``, a minute.

The authors' program (github.com/XinyiYS/
Gradient-Driven-Rewards-to-Guarantee-Fairness-in-Collaborative-Machine-Learning, ``train_model`` and ``evaluate`` of
utils/utils.py) takes samples one by one from a ``DataLoader``, in batches of 32
(MNIST) or 128 (CIFAR-10), and of 100 where it evaluates; ``nn.Module``, autograd, ``optim.SGD``; activation, then
pooling. All run on one thread, in turns; what is compared is the median processor time. Images are random, of MNIST's
size: one agent of 600, one local epoch; one model on 2,000 test images.

The peak is that of the quickest of the products and convolutions that are tried, in single precision. What a net needs
is counted: multiplications and additions of its layers, forwards, for the weights, and for the inputs of all but the
first. A loop that reaches a third of the peak cannot be beaten three times.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

from benchmarks.timing import cpu_seconds, kernels, one_thread
from cgs_core import Scenario
from cgs_core.federation.convolutional import ConvolutionalNet
from cgs_core.federation.models import model_of, second_model

_SHARD_SIZE, _N_TEST, _TEST_BATCH_SIZE, _SIDE, _N_CLASSES, _LEARNING_RATE = 600, 2000, 100, 28, 10, 0.1
_BATCH_SIZES = {"cnn": 32, "paper_mnist": 32, "paper_cifar": 128}
_REPETITIONS = 5


class _AuthorsNet(nn.Module):
    """Their CNN_Net or CNN_Cifar10 for grey images of MNIST's size, or our small net written as they write theirs."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self.frame = 0 if model == "cnn" else 2
        self.activation = torch.relu if model == "paper_cifar" else torch.tanh
        first, second, kernel_1, kernel_2, widths = {
            "cnn": (8, 16, 5, 5, (256, _N_CLASSES)),
            "paper_mnist": (64, 16, 3, 7, (256, 200, _N_CLASSES)),
            "paper_cifar": (16, 32, 5, 5, (800, 120, 84, _N_CLASSES)),
        }[model]
        self.first, self.second = nn.Conv2d(1, first, kernel_1), nn.Conv2d(first, second, kernel_2)
        self.dense = nn.Sequential(*(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(widths)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        values = images
        for convolution in (self.first, self.second):
            values = functional.max_pool2d(self.activation(convolution(values)), 2)
        values = values.flatten(1)
        *hidden, last = self.dense
        for layer in hidden:
            values = self.activation(layer(values))
        return functional.log_softmax(last(values), dim=1)

    def operations(self, is_training: bool) -> float:
        """Multiplications and additions a sample."""
        first_side = _SIDE + 2 * self.frame - self.first.kernel_size[0] + 1
        second_side = first_side // 2 - self.second.kernel_size[0] + 1
        second_side -= second_side % 2  # pooling leaves the last ones
        first, second = first_side**2 * self.first.weight.numel(), second_side**2 * self.second.weight.numel()
        dense = sum(parameter.numel() for parameter in self.dense.parameters() if parameter.ndim > 1)
        return 2.0 * (2 * first + 3 * second + 3 * dense if is_training else first + second + dense)


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    with one_thread():
        peak = _peak()
        return [
            f"the processor's peak: {peak / 1e9:.0f} billion operations a second; {kernels()}",
            *(line for model in _BATCH_SIZES for line in _contests(model, peak)),
        ]


def _contests(model: str, peak: float) -> list[str]:
    rng = np.random.default_rng(0)
    features = rng.random((_N_TEST, _SIDE * _SIDE), np.float32)
    labels = rng.integers(0, _N_CLASSES, len(features))
    theirs, scenario, size = _AuthorsNet(model), Scenario(dataset="mnist", model=model), _BATCH_SIZES[model]
    engines = (model_of(scenario), second_model(scenario))
    assert isinstance(engines[0], ConvolutionalNet)
    params = engines[0].initial_params(rng)[None]
    order = rng.permutation(_SHARD_SIZE)
    batches = [[order[first : first + size] for first in range(0, _SHARD_SIZE, size)]]
    images = functional.pad(torch.from_numpy(features).reshape(-1, 1, _SIDE, _SIDE), (theirs.frame,) * 4)
    samples = TensorDataset(images, torch.from_numpy(labels))
    train_loader = DataLoader(samples, batch_size=size, sampler=SubsetRandomSampler(range(_SHARD_SIZE)))
    test_loader = DataLoader(samples, batch_size=_TEST_BATCH_SIZE)
    by_numpy, by_torch = engines
    return [
        _compared(
            f"{model} training",
            lambda: by_numpy.train(params, features, labels, batches, _LEARNING_RATE),
            lambda: by_torch.train(params, features, labels, batches, _LEARNING_RATE),
            lambda: train_as_they_do(theirs, train_loader),
            theirs.operations(is_training=True) * _SHARD_SIZE / peak,
        ),
        _compared(
            f"{model} evaluation",
            lambda: by_numpy.evaluate(params, features, labels),
            lambda: by_torch.evaluate(params, features, labels),
            lambda: _evaluate_as_they_do(theirs, test_loader),
            theirs.operations(is_training=False) * _N_TEST / peak,
        ),
    ]


def train_as_they_do(net: nn.Module, loader: DataLoader[tuple[torch.Tensor, ...]], n_epochs: int = 1) -> nn.Module:
    """One agent's local training in the authors' program; the net gives logarithms of probabilities."""
    optimizer = optim.SGD(net.parameters(), lr=_LEARNING_RATE)
    net.train()
    for _ in range(n_epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            functional.nll_loss(net(inputs), targets).backward()
            optimizer.step()
    return net


def _evaluate_as_they_do(net: nn.Module, loader: DataLoader[tuple[torch.Tensor, ...]]) -> tuple[float, float]:
    net.eval()
    loss, correct = torch.zeros(()), torch.zeros(())
    with torch.no_grad():
        for images, targets in loader:
            outputs = net(images)
            loss += functional.nll_loss(outputs, targets)
            correct += (torch.max(outputs, 1)[1] == targets).sum()
    return float(loss) / _N_TEST, float(correct) / _N_TEST


def _compared(
    name: str,
    by_numpy: Callable[[], object],
    by_torch: Callable[[], object],
    theirs: Callable[[], object],
    least: float,
) -> str:
    """``least`` is what it would take at the peak, in seconds."""
    numpy_seconds, torch_seconds, their_seconds = cpu_seconds((by_numpy, by_torch, theirs), _REPETITIONS)
    told = ", ".join(
        f"{engine} {1000 * own:.0f} ms, {their_seconds / own:.1f} times as fast ({least / own:.0%} of the peak)"
        for engine, own in (("NumPy", numpy_seconds), ("torch", torch_seconds))
    )
    return (
        f"{name}: the authors' program {1000 * their_seconds:.0f} ms ({least / their_seconds:.0%} of the peak); {told}"
    )


def _peak() -> float:
    """Operations a second, the best of all tries."""
    rng, best = np.random.default_rng(0), 0.0
    left, right = rng.random((512, 512), np.float32), rng.random((512, 512), np.float32)
    products = (lambda: left @ right, lambda: torch.from_numpy(left) @ torch.from_numpy(right))
    for n_in, n_out, kernel, side in ((64, 16, 7, 15), (16, 32, 5, 14)):
        images = torch.rand(32, n_in, side, side).contiguous(memory_format=torch.channels_last)
        weight = torch.rand(n_out, n_in, kernel, kernel).contiguous(memory_format=torch.channels_last)
        n_operations = 2.0 * 32 * (side - kernel + 1) ** 2 * weight.numel()
        best = max(best, _speed(lambda own=images, by=weight: torch.conv2d(own, by), n_operations))  # type: ignore[misc]
    return max(best, *(_speed(product, 2.0 * 512**3) for product in products))


def _speed(call: Callable[[], object], n_operations: float, n_calls: int = 20) -> float:
    (seconds,) = cpu_seconds((lambda: [call() for _ in range(n_calls)],), _REPETITIONS)
    return n_calls * n_operations / seconds


if __name__ == "__main__":
    print("\n".join(lines()))
