"""What the rounds ask of a model: many models of one architecture, each a flat vector of parameters."""

from __future__ import annotations

from collections.abc import Sequence
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
        """(n_models, n_classes, n_inputs + 1): the last layer's weights to each class, its bias last."""
        ...
