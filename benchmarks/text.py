"""The net for sentences against a plain PyTorch loop: ``python -m benchmarks.text``, under a minute.

The plain loop is an ``nn.Module`` (embedding, three convolutions, ReLU, maximum over the sentence; linear), autograd
and a hand-written SGD step, one agent after the other; it evaluates model after model in batches of 32 without
gradients. Both sides run on one thread, in turns; what is compared is the median processor time. The sentences are
the bundled ones: 5 agents of 480, batch 32, 1 local epoch; 600 test sentences.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core.data import load_dataset
from cgs_core.federation.model import Batches
from cgs_core.federation.text import TextNet

_N_AGENTS, _SHARD_SIZE, _BATCH_SIZE, _LEARNING_RATE, _REPETITIONS = 5, 480, 32, 1.0, 5


class _PlainNet(nn.Module):
    def __init__(self, n_words: int, n_classes: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(n_words, 32, padding_idx=0)
        self.filters = nn.ModuleList([nn.Conv1d(32, 16, width, padding=width) for width in (3, 4, 5)])
        self.last = nn.Linear(48, n_classes)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        sentences = self.vectors(words).transpose(1, 2)
        pooled = [torch.relu(layer(sentences)).amax(dim=2) for layer in self.filters]
        logits: torch.Tensor = self.last(torch.cat(pooled, dim=1))
        return logits


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    data, rng = load_dataset("sentences", 0), np.random.default_rng(0)
    net = TextNet(data.info.n_words, data.info.n_classes)
    params = np.stack([net.initial_params(rng) for _ in range(_N_AGENTS)])
    plain_nets = [_PlainNet(data.info.n_words, data.info.n_classes) for _ in range(_N_AGENTS)]
    batches = [_batches(rng, agent * _SHARD_SIZE) for agent in range(_N_AGENTS)]
    train = (torch.tensor(data.train_features).long(), torch.tensor(data.train_labels))
    test = (torch.tensor(data.test_features).long(), torch.tensor(data.test_labels))
    contests = {
        "training": (
            lambda: net.train(params, data.train_features, data.train_labels, batches, _LEARNING_RATE),
            lambda: [_plain_train(own, *train, rows) for own, rows in zip(plain_nets, batches, strict=True)],
        ),
        "evaluation": (
            lambda: net.evaluate(params, data.test_features, data.test_labels),
            lambda: [_plain_evaluate(own, *test) for own in plain_nets],
        ),
    }
    report = []
    with one_thread():
        for name, contestants in contests.items():
            fast, slow = cpu_seconds(contestants, _REPETITIONS)
            report.append(f"text {name}: {fast:.3f} s, plain loop {slow:.3f} s: {slow / fast:.1f} times as fast")
    return report


def _batches(rng: np.random.Generator, first_row: int) -> Batches:
    order = first_row + rng.permutation(_SHARD_SIZE)
    return [order[start : start + _BATCH_SIZE] for start in range(0, _SHARD_SIZE, _BATCH_SIZE)]


def _plain_train(net: nn.Module, words: torch.Tensor, labels: torch.Tensor, batches: Batches) -> nn.Module:
    for batch in batches:
        rows = torch.from_numpy(batch)
        net.zero_grad()
        functional.cross_entropy(net(words[rows]), labels[rows]).backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(_LEARNING_RATE * parameter.grad)
    return net


def _plain_evaluate(net: nn.Module, words: torch.Tensor, labels: torch.Tensor) -> float:
    loss = 0.0
    with torch.no_grad():
        for own, wanted in zip(torch.split(words, _BATCH_SIZE), torch.split(labels, _BATCH_SIZE), strict=True):
            loss += functional.cross_entropy(net(own), wanted, reduction="sum").item()
    return loss / len(labels)


if __name__ == "__main__":
    print("\n".join(lines()))
