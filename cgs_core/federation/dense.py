"""Logistic regression and a one-hidden-layer perceptron: many models at once, closed-form gradients, NumPy.

Why not one model after the other: a step of so small a net is all overhead. Models are taken in blocks
that stay in the processor's cache, sorted by their number of steps, so that the ones still training are
always the first of the block and unequal shards waste nothing.

Layout of a flat vector: weight (n_in, n_out) row by row, then bias (n_out,), layer after layer; so a
layer is one (n_in + 1, n_out) matrix that multiplies the input with a 1 appended. While it trains it
is kept transposed and by itself: the products then run over contiguous rows. Every model has
products of its own, of one shape whoever trains beside it: a larger product would be added up in
another order, and a run's last bits would depend on its company.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from cgs_core.federation.flat_net import FlatNet, slices_of
from cgs_core.federation.model import Batches
from cgs_core.typing import Params

_BLOCK_BYTES = 1_600_000  # of weights, gradients and activations: more leaves the cache, less is more calls
_EVALUATION_ROWS = 256  # test samples a pass; more leaves the cache


class DenseNet(FlatNet):
    """n_features -> (hidden_units, ReLU) -> n_classes, softmax; ``hidden_units=None`` is logistic regression."""

    def __init__(self, n_features: int, hidden_units: int | None, n_classes: int, dtype: type = np.float32) -> None:
        widths = (n_features, n_classes) if hidden_units is None else (n_features, hidden_units, n_classes)
        parts = [part for n_in, n_out in pairwise(widths) for part in ((n_in, n_out), (n_out,))]
        super().__init__(parts, dtype, loss_dtype=dtype)
        self._layer_shapes = tuple((n_in + 1, n_out) for n_in, n_out in pairwise(widths))

    def initial_params(self, rng: np.random.Generator) -> Params:
        """(n_params,): uniform in +-1/sqrt(fan-in), drawn layer by layer; divided, as every stored run was started."""
        layers = [rng.uniform(-1, 1, n_in * n_out) / np.sqrt(n_in - 1) for n_in, n_out in self._layer_shapes]
        return np.concatenate(layers).astype(self._dtype)

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        trained = np.array(params, dtype=self._dtype)
        inputs = _with_ones(features.astype(self._dtype, copy=False))
        targets = np.eye(self._layer_shapes[-1][1], dtype=self._dtype)[labels]
        for groups in self._blocks(_by_batches(batches, learning_rate, self._dtype)):
            members = np.array([group.members for group in groups])
            layers = self._stacked(trained[members])
            self._train_block(layers, inputs, targets, [group.plan for group in groups])
            trained[members] = self._unstacked(layers)
        return trained

    def _blocks(self, groups: Sequence[_Group]) -> Iterator[list[_Group]]:
        """Groups of one size and one batch width, by falling step count; too large a group is cut into parts."""
        parts = [part for group in groups for part in group.cut(self._models_per_block(group.plan.rows.shape[1]))]
        parts.sort(key=lambda part: (*part.shape, len(part.plan.rows)), reverse=True)
        for (width, size), alike in groupby(parts, key=lambda part: part.shape):
            block, n_groups = list(alike), max(1, self._models_per_block(width) // size)
            yield from (block[first : first + n_groups] for first in range(0, len(block), n_groups))

    def _models_per_block(self, width: int) -> int:
        per_model = 2 * self.n_params + width * sum(n_in + 3 * n_out for n_in, n_out in self._layer_shapes)
        return max(1, _BLOCK_BYTES // (self._dtype.itemsize * per_model))

    def _train_block(
        self, layers: list[np.ndarray], inputs: np.ndarray, targets: np.ndarray, plans: list[_Plan]
    ) -> None:
        """Train ``layers``, as ``_stacked`` makes them, in place; groups are sorted by falling step count."""
        n_groups, n_steps, width = len(plans), *plans[0].rows.shape
        rows = np.zeros((n_steps, n_groups, width), np.intp)
        scale = np.zeros((n_steps, n_groups, 1, width), self._dtype)
        for index, plan in enumerate(plans):
            rows[: len(plan.rows), index], scale[: len(plan.rows), index, 0] = plan.rows, plan.scale
        work = _Workspace(self._layer_shapes, n_groups, layers[0].shape[1], width, self._dtype)
        first = 0
        for n_active in range(n_groups, 0, -1):
            last = len(plans[n_active - 1].rows)
            if last > first:
                now = work.first(n_active)
                active = [layer[:n_active] for layer in layers]
                for step in range(first, last):
                    inputs.take(rows[step, :n_active], axis=0, out=now.inputs, mode="clip")
                    targets.take(rows[step, :n_active], axis=0, out=now.targets, mode="clip")
                    _step(active, now, scale[step, :n_active])
                first = last

    def _stacked(self, weights: Params) -> list[np.ndarray]:
        """(n_groups, n_models, n_params) -> the layers, transposed: (n_groups, n_models, n_out, n_in + 1)."""
        return [np.ascontiguousarray(layer.swapaxes(-1, -2)) for layer in self._layers(weights)]

    def _unstacked(self, layers: list[np.ndarray]) -> Params:
        """The inverse of ``_stacked``."""
        return np.concatenate([layer.swapaxes(-1, -2).reshape(*layer.shape[:2], -1) for layer in layers], axis=-1)

    def _to_classes(self, weights: np.ndarray) -> np.ndarray:
        return weights.swapaxes(1, 2)  # a dense layer's weight is (n_in, n_out) here

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        layers = self._layers(np.ascontiguousarray(params, dtype=self._dtype))
        inputs = _with_ones(features.astype(self._dtype, copy=False))
        for rows in slices_of(len(inputs), _EVALUATION_ROWS):
            values: np.ndarray = inputs[rows].T
            for layer in layers[:-1]:
                hidden = np.ones((len(params), layer.shape[2] + 1, values.shape[-1]), self._dtype)
                np.matmul(layer.transpose(0, 2, 1), values, out=hidden[:, :-1])
                np.maximum(hidden[:, :-1], 0, out=hidden[:, :-1])
                values = hidden
            yield rows, layers[-1].transpose(0, 2, 1) @ values

    def _layers(self, weights: Params) -> list[np.ndarray]:
        """Views (..., n_in + 1, n_out) into flat vectors (..., n_params)."""
        ends = np.cumsum([n_in * n_out for n_in, n_out in self._layer_shapes])[:-1]
        parts = np.split(weights, ends, axis=-1)
        return [part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, self._layer_shapes, strict=True)]


@dataclass(frozen=True)
class _Plan:
    """The mini-batches of a group; shorter ones are padded to the longest with rows that weigh nothing."""

    rows: np.ndarray  # (n_steps, width)
    scale: np.ndarray  # (n_steps, width): learning rate / batch length, 0 for padding


@dataclass(frozen=True)
class _Group:
    """Models that train on the same mini-batches."""

    members: list[int]
    plan: _Plan

    @property
    def shape(self) -> tuple[int, int]:
        """Batch width, number of models."""
        return self.plan.rows.shape[1], len(self.members)

    def cut(self, largest: int) -> Iterator[_Group]:
        """Parts of at most ``largest`` models, their sizes as equal as can be."""
        n_parts = -(-len(self.members) // largest)
        return (_Group(self.members[part::n_parts], self.plan) for part in range(n_parts))


def _by_batches(batches: Sequence[Batches], learning_rate: float, dtype: np.dtype) -> list[_Group]:
    """Models whose mini-batches are the same object: the same agent in several federations."""
    groups: dict[int, _Group] = {}
    for model, own in enumerate(batches):
        if id(own) not in groups:
            groups[id(own)] = _Group([], _plan(own, learning_rate, dtype))
        groups[id(own)].members.append(model)
    return list(groups.values())


def _plan(batches: Batches, learning_rate: float, dtype: np.dtype) -> _Plan:
    lengths = np.array([[len(batch)] for batch in batches])
    is_sample = np.arange(lengths.max()) < lengths
    rows = np.zeros(is_sample.shape, np.intp)
    rows[is_sample] = np.concatenate(batches)
    return _Plan(rows, (is_sample * (learning_rate / lengths)).astype(dtype))


class _Workspace:
    """Arrays that every step of a block reuses, one entry a group; activations are (models, units, batch)."""

    def __init__(
        self, shapes: tuple[tuple[int, int], ...], n_groups: int, n_models: int, width: int, dtype: np.dtype
    ) -> None:
        n_inputs, n_classes, models = shapes[0][0], shapes[-1][1], (n_groups, n_models)
        self.inputs = np.empty((n_groups, width, n_inputs), dtype)
        self.targets = np.empty((n_groups, width, n_classes), dtype)
        self.hidden = [np.ones((*models, n_out + 1, width), dtype) for _, n_out in shapes[:-1]]  # last row: bias's 1
        self.is_on = [np.empty((*models, n_out + 1, width), np.bool_) for _, n_out in shapes[:-1]]
        self.errors = [np.empty((*models, n_out + 1, width), dtype) for _, n_out in shapes[:-1]]
        self.errors.append(np.empty((*models, n_classes, width), dtype))
        self.gradients = [np.empty((*models, n_out, n_in), dtype) for n_in, n_out in shapes]
        self.zeros = [np.zeros(hidden.shape, dtype) for hidden in self.hidden]  # quicker than a number
        self.row = np.empty((*models, 1, width), dtype)

    def first(self, n_groups: int) -> _Workspace:
        """A view of the first groups' arrays."""
        view = object.__new__(_Workspace)
        for name, value in vars(self).items():
            cut = [array[:n_groups] for array in value] if isinstance(value, list) else value[:n_groups]
            setattr(view, name, cut)
        return view


def _step(layers: list[np.ndarray], work: _Workspace, scale: np.ndarray) -> None:
    """One SGD step: forward, closed-form gradient of the mean cross-entropy, update in place.

    It is so short that ``np.max`` and ``np.sum``, which only call the reductions here, would take a noticeable part.
    """
    n_layers, inputs, row = len(layers), work.inputs[:, None], work.row
    values = inputs.swapaxes(2, 3)
    for index, layer in enumerate(layers[:-1]):
        hidden = work.hidden[index]
        np.matmul(layer, values, out=hidden[:, :, :-1])
        np.greater(hidden, 0, out=work.is_on[index])
        np.maximum(hidden, work.zeros[index], out=hidden)
        values = hidden
    error = np.matmul(layers[-1], values, out=work.errors[-1])
    error -= np.maximum.reduce(error, axis=2, keepdims=True, out=row)
    np.exp(error, out=error)
    error /= np.add.reduce(error, axis=2, keepdims=True, out=row)
    error -= work.targets.swapaxes(1, 2)[:, None]
    error *= scale[:, None]
    for index in range(n_layers - 1, 0, -1):
        np.matmul(error, work.hidden[index - 1].swapaxes(2, 3), out=work.gradients[index])
        full = np.matmul(layers[index].swapaxes(2, 3), error, out=work.errors[index - 1])
        full *= work.is_on[index - 1]
        error = full[:, :, :-1]
        layers[index] -= work.gradients[index]
    np.matmul(error, inputs, out=work.gradients[0])
    layers[0] -= work.gradients[0]


def _with_ones(features: np.ndarray) -> np.ndarray:
    return np.concatenate([features, np.ones((len(features), 1), features.dtype)], axis=1)
