"""Logistic regression and a one-hidden-layer perceptron: many models at once, closed-form gradients, NumPy.

Why not one model after the other: a step of so small a net is all overhead. Models are taken in blocks
that stay in the processor's cache, sorted by their number of steps, so that the ones still training are
always the first of the block and unequal shards waste nothing.

Layout of a flat vector: weight (n_in, n_out) row by row, then bias (n_out,), layer after layer; so a
layer is one (n_in + 1, n_out) matrix that multiplies the input with a 1 appended. While it trains it
is kept transposed and by itself: the products then run over contiguous rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from cgs_core.federation.model import Batches, Evaluation
from cgs_core.typing import Params

_BLOCK_BYTES = 800_000  # of weights, gradients and activations: more leaves the cache, less is more calls
_EVALUATION_ROWS = 256  # test samples a pass; more leaves the cache


class DenseNet:
    """n_features -> (hidden_units, ReLU) -> n_classes, softmax; ``hidden_units=None`` is logistic regression."""

    def __init__(self, n_features: int, hidden_units: int | None, n_classes: int, dtype: type = np.float32) -> None:
        widths = (n_features, n_classes) if hidden_units is None else (n_features, hidden_units, n_classes)
        self._shapes = tuple((n_in + 1, n_out) for n_in, n_out in pairwise(widths))
        self.layer_sizes = tuple(size for n_in, n_out in self._shapes for size in ((n_in - 1) * n_out, n_out))
        self.n_params = sum(self.layer_sizes)
        self._dtype = np.dtype(dtype)

    def initial_params(self, rng: np.random.Generator) -> Params:
        layers = [rng.uniform(-1, 1, n_in * n_out) / np.sqrt(n_in - 1) for n_in, n_out in self._shapes]
        return np.concatenate(layers).astype(self._dtype)

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        trained = np.array(params, dtype=self._dtype)
        inputs = _with_ones(features.astype(self._dtype, copy=False))
        targets = np.eye(self._shapes[-1][1], dtype=self._dtype)[labels]
        plans = {id(own): _plan(own, learning_rate, self._dtype) for own in batches}
        own_plans = [plans[id(own)] for own in batches]
        for members in self._blocks(own_plans):
            layers = [np.ascontiguousarray(layer.transpose(0, 2, 1)) for layer in self._layers(trained[members])]
            self._train_block(layers, inputs, targets, [own_plans[member] for member in members])
            flat = [layer.transpose(0, 2, 1).reshape(len(members), -1) for layer in layers]
            trained[members] = np.concatenate(flat, axis=1)
        return trained

    def _blocks(self, plans: Sequence[_Plan]) -> Iterator[list[int]]:
        """The models of each block: of one batch width, so that no model's sums depend on its company."""
        order = sorted(range(len(plans)), key=lambda model: plans[model].rows.shape[::-1], reverse=True)
        for width, group in groupby(order, key=lambda model: plans[model].rows.shape[1]):
            members, size = list(group), self._models_per_block(width)
            yield from (members[first : first + size] for first in range(0, len(members), size))

    def _models_per_block(self, width: int) -> int:
        per_model = 2 * self.n_params + width * sum(n_in + 3 * n_out for n_in, n_out in self._shapes)
        return max(1, _BLOCK_BYTES // (self._dtype.itemsize * per_model))

    def _train_block(
        self, layers: list[np.ndarray], inputs: np.ndarray, targets: np.ndarray, plans: list[_Plan]
    ) -> None:
        """Train ``layers``, each (n_models, n_out, n_in + 1), in place; models are sorted by falling step count."""
        n_models, n_steps = len(plans), len(plans[0].rows)
        rows = np.zeros((n_steps, n_models, plans[0].rows.shape[1]), np.intp)
        scale = np.zeros((n_steps, n_models, 1, rows.shape[2]), self._dtype)
        for index, plan in enumerate(plans):
            rows[: len(plan.rows), index], scale[: len(plan.rows), index, 0] = plan.rows, plan.scale
        work = _Workspace(self._shapes, n_models, rows.shape[2], self._dtype)
        first = 0
        for n_active in range(n_models, 0, -1):
            last = len(plans[n_active - 1].rows)
            if last > first:
                now = work.first(n_active)
                active = [layer[:n_active] for layer in layers]
                for step in range(first, last):
                    np.take(inputs, rows[step, :n_active], axis=0, out=now.inputs, mode="clip")
                    np.take(targets, rows[step, :n_active], axis=0, out=now.targets, mode="clip")
                    _step(active, now, scale[step, :n_active])
                first = last

    def evaluate(self, params: Params, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        predicted = np.empty((len(params), len(features)), np.uint8)
        loss = np.zeros(len(params))
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
            logits -= logits.max(axis=1, keepdims=True)
            own = np.take_along_axis(logits, labels[None, None, rows], axis=1)[:, 0]
            loss += (np.log(np.exp(logits).sum(axis=1)) - own).sum(axis=1, dtype=np.float64)
        return Evaluation(predicted, loss / len(features))

    def predict(self, params: Params, features: np.ndarray) -> np.ndarray:
        predicted = np.empty((len(params), len(features)), np.uint8)
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
        return predicted

    def _logits(self, params: Params, features: np.ndarray):  # type: ignore[no-untyped-def]
        """Slices of the rows with their logits (n_models, n_classes, n_rows)."""
        layers = self._layers(np.ascontiguousarray(params, dtype=self._dtype))
        inputs = _with_ones(features.astype(self._dtype, copy=False))
        for first in range(0, len(inputs), _EVALUATION_ROWS):
            rows = slice(first, first + _EVALUATION_ROWS)
            values: np.ndarray = inputs[rows].T
            for layer in layers[:-1]:
                hidden = np.ones((len(params), layer.shape[2] + 1, values.shape[-1]), self._dtype)
                np.matmul(layer.transpose(0, 2, 1), values, out=hidden[:, :-1])
                np.maximum(hidden[:, :-1], 0, out=hidden[:, :-1])
                values = hidden
            yield rows, layers[-1].transpose(0, 2, 1) @ values

    def _layers(self, weights: Params) -> list[np.ndarray]:
        """Views (n_models, n_in + 1, n_out) into flat vectors."""
        views, first = [], 0
        for shape in self._shapes:
            size = shape[0] * shape[1]
            views.append(weights[:, first : first + size].reshape(len(weights), *shape))
            first += size
        return views


@dataclass(frozen=True)
class _Plan:
    """One model's mini-batches; shorter ones are padded to the longest with rows that weigh nothing."""

    rows: np.ndarray  # (n_steps, width)
    scale: np.ndarray  # (n_steps, width): learning rate / batch length, 0 for padding


def _plan(batches: Batches, learning_rate: float, dtype: np.dtype) -> _Plan:
    lengths = np.array([[len(batch)] for batch in batches])
    is_sample = np.arange(lengths.max()) < lengths
    rows = np.zeros(is_sample.shape, np.intp)
    rows[is_sample] = np.concatenate(batches)
    return _Plan(rows, (is_sample * (learning_rate / lengths)).astype(dtype))


class _Workspace:
    """Arrays that every step of a block reuses, one entry a model; activations are (units, batch)."""

    def __init__(self, shapes: tuple[tuple[int, int], ...], n_models: int, width: int, dtype: np.dtype) -> None:
        self.inputs = np.empty((n_models, width, shapes[0][0]), dtype)
        self.targets = np.empty((n_models, width, shapes[-1][1]), dtype)
        self.hidden = [np.ones((n_models, n_out + 1, width), dtype) for _, n_out in shapes[:-1]]  # last row: bias's 1
        self.units = [hidden.reshape(n_models, -1)[:, :-width] for hidden in self.hidden]  # the others, in long runs
        self.is_on = [np.empty((n_models, n_out, width), np.bool_) for _, n_out in shapes[:-1]]
        self.errors = [np.empty((n_models, n_out, width), dtype) for _, n_out in shapes]
        self.gradients = [np.empty((n_models, n_out, n_in), dtype) for n_in, n_out in shapes]
        self.zeros = [np.zeros((n_models, n_out * width), dtype) for _, n_out in shapes[:-1]]  # quicker than a number
        self.row = np.empty((n_models, 1, width), dtype)

    def first(self, n_models: int) -> _Workspace:
        """A view of the first models' arrays."""
        view = object.__new__(_Workspace)
        for name, value in vars(self).items():
            cut = [array[:n_models] for array in value] if isinstance(value, list) else value[:n_models]
            setattr(view, name, cut)
        return view


def _step(layers: list[np.ndarray], work: _Workspace, scale: np.ndarray) -> None:
    """One SGD step: forward, closed-form gradient of the mean cross-entropy, update in place."""
    values = [work.inputs.transpose(0, 2, 1), *work.hidden]
    for index, layer in enumerate(layers[:-1]):
        np.matmul(layer, values[index], out=work.hidden[index][:, :-1])
        units = work.units[index]
        np.greater(units, 0, out=work.is_on[index].reshape(units.shape))
        np.maximum(units, work.zeros[index], out=units)
    error, row = work.errors[-1], work.row
    np.matmul(layers[-1], values[-1], out=error)
    error -= np.max(error, axis=1, keepdims=True, out=row)
    np.exp(error, out=error)
    error /= np.sum(error, axis=1, keepdims=True, out=row)
    error -= work.targets.transpose(0, 2, 1)
    error *= scale
    for index in range(len(layers) - 1, -1, -1):
        np.matmul(error, values[index].transpose(0, 2, 1), out=work.gradients[index])
        if index:
            below = work.errors[index - 1]
            np.matmul(layers[index][:, :, :-1].transpose(0, 2, 1), error, out=below)
            below *= work.is_on[index - 1]
            error = below
        layers[index] -= work.gradients[index]


def _with_ones(features: np.ndarray) -> np.ndarray:
    return np.concatenate([features, np.ones((len(features), 1), features.dtype)], axis=1)
