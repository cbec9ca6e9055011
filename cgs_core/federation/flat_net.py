"""What NumPy nets over flat vectors share: initial parameters, evaluation and prediction over slices of rows."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from cgs_core.federation.model import Batches, Evaluation
from cgs_core.typing import IntArray, Params


class FlatNet(ABC):
    """A model whose flat vector is its tensors, one after the other; the last two are a linear layer's weight and bias.

    A net says its tensors, how it trains, and its logits; the rest of the ``Model`` protocol is here.

    Parameters
    ----------
    shapes: of the tensors, in the order of the flat vector.
    dtype: np.float32 or np.float64, of parameters and of all arithmetic.
    loss_dtype: in which a sample's loss is computed from its logits; the sum over the samples is float64.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], dtype: type, loss_dtype: type = np.float64) -> None:
        self.shapes = tuple(shapes)
        self.layer_sizes = tuple(math.prod(shape) for shape in self.shapes)
        self.n_params = sum(self.layer_sizes)
        self._dtype = np.dtype(dtype)
        self._loss_dtype = np.dtype(loss_dtype)

    def initial_params(self, rng: np.random.Generator) -> Params:
        """(n_params,): uniform in plus or minus the tensors' bounds, drawn tensor by tensor."""
        tensors = [
            rng.uniform(-bound, bound, size) for bound, size in zip(self._bounds(), self.layer_sizes, strict=True)
        ]
        return np.concatenate(tensors).astype(self._dtype)

    def _bounds(self) -> list[float]:
        """Of each tensor's initial values: 1/sqrt(fan-in), PyTorch's default; a bias has that of the weight before it.

        A weight is (n_out, ...): all its places but the first are inputs.
        """
        bounds: list[float] = []
        for shape in self.shapes:
            bounds.append(1 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else bounds[-1])
        return bounds

    @abstractmethod
    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        """(n_models, n_params) after one SGD step a mini-batch on the mean cross-entropy; ``params`` is unchanged."""

    @abstractmethod
    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Slices of the rows with their logits (n_models, n_classes, rows of the slice)."""

    def evaluate(self, params: Params, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        """All models on one test set ``(n_test, n_features)``, in one pass."""
        predicted = np.empty((len(params), len(labels)), np.uint8)
        loss = np.zeros(len(params))
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
            relative = logits.astype(self._loss_dtype, copy=False)
            relative -= logits.max(axis=1, keepdims=True)
            own = np.take_along_axis(relative, labels[None, None, rows], axis=1)[:, 0]
            loss += (np.log(np.exp(relative).sum(axis=1)) - own).sum(axis=1, dtype=np.float64)
        return Evaluation(predicted, loss / len(labels))

    def predict(self, params: Params, features: np.ndarray) -> np.ndarray:
        """(n_models, n_rows) uint8, the most probable class."""
        predicted = np.empty((len(params), len(features)), np.uint8)
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
        return predicted

    def class_rows(self, params: Params) -> np.ndarray:
        """(n_models, n_classes, n_inputs + 1): the last layer's weights to each class, its bias last."""
        *_, n_weights, n_biases = self.layer_sizes
        last: np.ndarray = params[:, -(n_weights + n_biases) :]
        weights = self._to_classes(last[:, :n_weights].reshape(len(params), *self.shapes[-2]))
        return np.concatenate([weights, last[:, n_weights:, None]], axis=2)

    def _to_classes(self, weights: np.ndarray) -> np.ndarray:
        """The last layer's weights as (n_models, n_classes, n_inputs)."""
        return weights

    def _tensors(self, flat: Params) -> list[np.ndarray]:
        """Views into one flat vector, in the order of its layout."""
        pieces = np.split(flat, np.cumsum(self.layer_sizes)[:-1])
        return [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]


def slices_of(n_rows: int, length: int) -> Iterator[slice]:
    """Of ``length`` rows each, the last one short."""
    return (slice(first, first + length) for first in range(0, n_rows, length))


def logit_error(logits: np.ndarray, labels: IntArray, n_batch: int) -> np.ndarray:
    """(n_classes, n): gradient of the samples' cross-entropies, summed and divided by ``n_batch``, by their logits."""
    error: np.ndarray = np.exp(logits - logits.max(axis=0))
    error /= error.sum(axis=0)
    error[labels, np.arange(len(labels))] -= 1
    error /= n_batch
    return error
