"""What the rounds ask of a model: many models of one architecture, each a flat vector of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from cgs_core.typing import IntArray, Params

Batches = Sequence[IntArray]
"""One model's mini-batches of a round, in order: row numbers into the features."""


@dataclass(frozen=True)
class Evaluation:
    """How several models do on one test set."""

    predicted: np.ndarray  # (n_models, n_test) uint8, the most probable class
    loss: np.ndarray  # (n_models,) float64, mean cross-entropy over the samples, nats


@runtime_checkable
class Model(Protocol):
    """An architecture. It holds no parameters: they are arguments, ``(n_models, n_params)``."""

    layer_sizes: tuple[int, ...]  # lengths of the parameter tensors, in the order of the flat vector
    n_params: int

    def initial_params(self, rng: np.random.Generator) -> Params:
        """(n_params,): uniform in +-1/sqrt(fan-in), PyTorch's default for linear and convolutional layers."""
        ...

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        """(n_models, n_params) after one SGD step a mini-batch on the mean cross-entropy; ``params`` is unchanged."""
        ...

    def evaluate(self, params: Params, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        """All models on one test set ``(n_test, n_features)``, in one pass."""
        ...

    def predict(self, params: Params, features: np.ndarray) -> np.ndarray:
        """(n_models, n_rows) uint8."""
        ...

    def class_rows(self, params: Params) -> np.ndarray:
        """(n_models, n_classes, n_inputs): the last layer's weights to each class, without the bias."""
        ...


def predicted_by(parts: Iterable[tuple[slice, np.ndarray]], n_models: int, n_rows: int) -> np.ndarray:
    """(n_models, n_rows) uint8, the most probable class; ``parts``: slices of the rows with their logits
    (n_models, n_classes, rows of the slice).
    """
    predicted = np.empty((n_models, n_rows), np.uint8)
    for rows, logits in parts:
        predicted[:, rows] = logits.argmax(axis=1)
    return predicted


def evaluated(parts: Iterable[tuple[slice, np.ndarray]], n_models: int, labels: IntArray) -> Evaluation:
    """How models do on labelled rows, from their logits as in ``predicted_by``; the loss is computed in float64."""
    predicted = np.empty((n_models, len(labels)), np.uint8)
    loss = np.zeros(n_models)
    for rows, logits in parts:
        predicted[:, rows] = logits.argmax(axis=1)
        relative = logits.astype(np.float64)
        relative -= logits.max(axis=1, keepdims=True)
        own = np.take_along_axis(relative, labels[None, None, rows], axis=1)[:, 0]
        loss += (np.log(np.exp(relative).sum(axis=1)) - own).sum(axis=1)
    return Evaluation(predicted, loss / len(labels))
