"""A small convolutional network for grey images, trained with closed-form gradients in NumPy.

Two blocks of convolution, 2x2 max-pooling and tanh (8, then 16 channels), then a linear layer. Pooling
before tanh gives the same values as after it, tanh being monotone, for a quarter of the work.

Convolution and pooling are one matrix product. The four outputs under a pooling window see one square of
``kernel + 1`` pixels, so the weights, shifted to the four places in that square, make a matrix with four
times the rows; its product with the squares (two pixels apart) leaves pooling a maximum of four arrays.
That is 1.4 times the arithmetic of a plain convolution, but a third of the memory traffic, and the
arithmetic is what the processor does best. The batch is the last axis of every activation, and the first
block's outputs are kept by parity of row and column, so that all copies move long runs of memory.

Models take turns: unlike a dense net's, one model's batch already keeps the processor busy.

Layout of a flat vector: PyTorch's, i.e. weight (out, in, row, column), bias, ..., weight (out, in), bias.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cgs_core.federation.model import Batches, Evaluation
from cgs_core.typing import IntArray, Params

_CHANNELS = (8, 16)
_EVALUATION_ROWS = 48  # test samples a pass; more leaves the cache, fewer make thin products


class ConvolutionalNet:
    """conv 8 -> max-pool 2 -> tanh -> conv 16 -> max-pool 2 -> tanh -> linear, softmax.

    Kernels are 5x5 without padding for images of at least 16x16, else 3x3 with a padding of 1.

    Parameters
    ----------
    shape: (height, width) of an image, multiples of 4; a feature row is the image row by row.
    n_classes: how many logits.
    dtype: np.float32 or np.float64, of parameters and of all arithmetic.

    Raises ``ValueError`` for another shape.
    """

    def __init__(self, shape: tuple[int, int], n_classes: int, dtype: type = np.float32) -> None:
        if min(shape) < 4 or any(side % 4 for side in shape):
            raise ValueError(f"shape: two positive multiples of 4; got {shape!r}")
        kernel, padding = (5, 0) if min(shape) >= 16 else (3, 1)
        self._grid = _Grid.of(shape, kernel, padding)
        first, second = _CHANNELS
        n_hidden = second * self._grid.cells[0] * self._grid.cells[1]
        self._weight_shapes = ((first, 1, kernel, kernel), (second, first, kernel, kernel), (n_classes, n_hidden))
        self.layer_sizes = tuple(size for shape in self._weight_shapes for size in (math.prod(shape), shape[0]))
        self.n_params = sum(self.layer_sizes)
        self._dtype = np.dtype(dtype)

    def initial_params(self, rng: np.random.Generator) -> Params:
        """(n_params,): weights and biases uniform in +-1/sqrt(fan-in), PyTorch's default."""
        bounds = [1 / np.sqrt(np.prod(shape[1:])) for shape in self._weight_shapes for _ in ("weight", "bias")]
        tensors = [rng.uniform(-bound, bound, size) for bound, size in zip(bounds, self.layer_sizes, strict=True)]
        return np.concatenate(tensors).astype(self._dtype)

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        """(n_models, n_params) after one SGD step a mini-batch on the mean cross-entropy; ``params`` is unchanged."""
        trained = np.array(params, dtype=self._dtype)
        features = features.astype(self._dtype, copy=False)
        rate, work = self._dtype.type(learning_rate), _Workspace(self._dtype)
        for flat, own in zip(trained, batches, strict=True):
            tensors = self._tensors(flat)
            for rows in own:
                gradients = self._gradients(tensors, features[rows], labels[rows], work)
                for tensor, gradient in zip(tensors, gradients, strict=True):
                    tensor -= rate * gradient
        return trained

    def evaluate(self, params: Params, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        """All models on one test set ``(n_test, n_features)``, in one pass; the loss is computed in float64."""
        predicted = np.empty((len(params), len(features)), np.uint8)
        loss = np.zeros(len(params))
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
            relative = logits.astype(np.float64)
            relative -= logits.max(axis=1, keepdims=True)
            own = np.take_along_axis(relative, labels[None, None, rows], axis=1)[:, 0]
            loss += (np.log(np.exp(relative).sum(axis=1)) - own).sum(axis=1)
        return Evaluation(predicted, loss / len(features))

    def predict(self, params: Params, features: np.ndarray) -> np.ndarray:
        """(n_models, n_rows) uint8, the most probable class."""
        predicted = np.empty((len(params), len(features)), np.uint8)
        for rows, logits in self._logits(params, features):
            predicted[:, rows] = logits.argmax(axis=1)
        return predicted

    def class_rows(self, params: Params) -> np.ndarray:
        """(n_models, n_classes, n_inputs): the last layer's weights to each class, without the bias."""
        *_, n_weights, n_biases = self.layer_sizes
        last: np.ndarray = params[:, -(n_weights + n_biases) : -n_biases]
        return last.reshape(len(params), *self._weight_shapes[2])

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Slices of the rows with their logits (n_models, n_classes, n_rows); all models share the squares."""
        models = [self._tensors(flat) for flat in np.asarray(params, self._dtype)]
        matrices = [(_shifted(tensors[0]), _shifted(tensors[2])) for tensors in models]
        work = _Workspace(self._dtype)
        for first in range(0, len(features), _EVALUATION_ROWS):
            rows = slice(first, first + _EVALUATION_ROWS)
            squares = self._grid.image_squares(features[rows], work)
            logits = np.empty((len(models), self._weight_shapes[2][0], len(features[rows])), self._dtype)
            for own, tensors, pair in zip(logits, models, matrices, strict=True):
                own[...] = self._forward(tensors, pair, squares, own.shape[1], work).logits
            yield rows, logits

    def _forward(
        self,
        tensors: list[np.ndarray],
        matrices: tuple[np.ndarray, np.ndarray],
        squares: np.ndarray,
        n_samples: int,
        work: _Workspace,
    ) -> _Forward:
        _, bias_1, _, bias_2, weight, bias = tensors
        outputs_1 = work.product("outputs_1", matrices[0], squares)
        values_1 = _activation(outputs_1, bias_1, work.array("values_1", len(bias_1), outputs_1.shape[1]))
        squares_2 = self._grid.channel_squares(values_1, n_samples, work)
        outputs_2 = work.product("outputs_2", matrices[1], squares_2)
        values_2 = _activation(outputs_2, bias_2, work.array("values_2", len(bias_2), outputs_2.shape[1]))
        logits = weight @ values_2.reshape(weight.shape[1], n_samples) + bias[:, None]
        return _Forward(outputs_1, values_1, squares_2, outputs_2, values_2, logits)

    def _gradients(
        self, tensors: list[np.ndarray], features: np.ndarray, labels: IntArray, work: _Workspace
    ) -> list[np.ndarray]:
        """Of the mean cross-entropy of one mini-batch, tensor by tensor."""
        weight_1, _, weight_2, _, weight_3, _ = tensors
        matrices, n_samples = (_shifted(weight_1), _shifted(weight_2)), len(features)
        squares = self._grid.image_squares(features, work)
        forward = self._forward(tensors, matrices, squares, n_samples, work)
        error_3 = _logit_error(forward.logits, labels)
        error_2 = (weight_3.T @ error_3).reshape(forward.values_2.shape)
        spread_2 = work.array("spread_2", *forward.outputs_2.shape)
        _activation_error(forward.outputs_2, forward.values_2, error_2, spread_2)
        error_1 = self._grid.add_channel_squares(work.product("seen", matrices[1].T, spread_2), n_samples, work)
        spread_1 = work.array("spread_1", *forward.outputs_1.shape)
        _activation_error(forward.outputs_1, forward.values_1, error_1, spread_1)
        return [
            _unshifted(spread_1 @ squares.T, weight_1.shape),
            error_1.sum(axis=1),
            _unshifted(spread_2 @ forward.squares_2.T, weight_2.shape),
            error_2.sum(axis=1),
            error_3 @ forward.values_2.reshape(weight_3.shape[1], n_samples).T,
            error_3.sum(axis=1),
        ]

    def _tensors(self, flat: Params) -> list[np.ndarray]:
        """Views into one flat vector: weight, bias, layer after layer."""
        shapes = [part for shape in self._weight_shapes for part in (shape, shape[:1])]
        pieces = np.split(flat, np.cumsum(self.layer_sizes)[:-1])
        return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


class _Workspace:
    """Large arrays by name, used again and again: fresh ones would be paged in anew at every step.

    An array holds until the same name is asked for again.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self._dtype = dtype
        self._buffers: dict[str, np.ndarray] = {}

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Of this shape, with whatever was in it."""
        size = math.prod(shape)
        if name not in self._buffers or len(self._buffers[name]) < size:
            self._buffers[name] = np.empty(size, self._dtype)
        return self._buffers[name][:size].reshape(shape)

    def product(self, name: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The matrix product ``left @ right``."""
        out = self.array(name, len(left), right.shape[1])
        np.matmul(left, right, out=out)
        return out

    def copy(self, name: str, source: np.ndarray) -> np.ndarray:
        """``source`` in one piece."""
        out = self.array(name, *source.shape)
        out[...] = source
        return out


@dataclass(frozen=True)
class _Forward:
    """What one pass leaves for the way back; ``outputs`` are before pooling, ``values`` after tanh."""

    outputs_1: np.ndarray
    values_1: np.ndarray
    squares_2: np.ndarray
    outputs_2: np.ndarray
    values_2: np.ndarray
    logits: np.ndarray  # (n_classes, batch)


@dataclass(frozen=True)
class _Grid:
    """Where pixels and first-block values lie, and which of them each output sees.

    First-block values are ``(channels, 2, 2, *halves, batch)``: parity of row, parity of column, then the
    halved indices. A square is ``kernel + 1`` wide, so along each side it holds ``pairs`` places of either parity.
    """

    shape: tuple[int, int]  # the image's height and width
    padding: int
    pairs: int
    halves: tuple[int, int]  # half the first block's output height and width
    cells: tuple[int, int]  # the second block's output height and width

    @classmethod
    def of(cls, shape: tuple[int, int], kernel: int, padding: int) -> _Grid:
        lost = kernel - 1 - 2 * padding
        height, width = ((side - lost) // 4 for side in shape)
        return cls(shape, padding, (kernel + 1) // 2, (height, width), (height - lost // 2, width - lost // 2))

    def image_squares(self, features: np.ndarray, work: _Workspace) -> np.ndarray:
        """(batch, n_features) -> (square, positions x batch), positions in the order of the first-block values."""
        (height, width), pad, side = self.shape, self.padding, 2 * self.pairs
        image = work.array("image", height + 2 * pad, width + 2 * pad, len(features))
        image[...] = 0
        image[pad : pad + height, pad : pad + width] = features.T.reshape(height, width, -1)
        row, column, sample = image.strides
        squares = as_strided(
            image,
            (side, side, 2, 2, *self.halves, len(features)),
            (row, column, 2 * row, 2 * column, 4 * row, 4 * column, sample),
        )
        return work.copy("squares_1", squares).reshape(side * side, -1)

    def channel_squares(self, values: np.ndarray, n_samples: int, work: _Workspace) -> np.ndarray:
        """First-block values -> (channels x square, cells x batch)."""
        values = values.reshape(-1, 2, 2, *self.halves, n_samples)
        if self.padding:
            framed = self._frame(len(values), n_samples, work)
            for inside, parity in self._inside():
                framed[inside] = values[parity]
            values = framed
        channel, odd_row, odd_column, row, column, sample = values.strides
        squares = as_strided(
            values,
            (len(values), self.pairs, 2, self.pairs, 2, *self.cells, n_samples),
            (channel, row, odd_row, column, odd_column, row, column, sample),
        )
        return work.copy("squares_2", squares).reshape(len(values) * 4 * self.pairs**2, -1)

    def add_channel_squares(self, squares: np.ndarray, n_samples: int, work: _Workspace) -> np.ndarray:
        """The transpose of ``channel_squares``: every value gets the sum over the squares that saw it."""
        source = squares.reshape(-1, self.pairs, 2, self.pairs, 2, *self.cells, n_samples)
        framed = self._frame(len(source), n_samples, work)
        for row, column in np.ndindex(self.pairs, self.pairs):
            seen = framed[:, :, :, row : row + self.cells[0], column : column + self.cells[1]]
            seen += source[:, row, :, column]
        if self.padding:
            values = work.array("unframed", len(source), 2, 2, *self.halves, n_samples)
            for inside, parity in self._inside():
                values[parity] = framed[inside]
            framed = values
        return framed.reshape(len(source), -1)

    def _frame(self, n_channels: int, n_samples: int, work: _Workspace) -> np.ndarray:
        """Zeros for first-block values with their padding."""
        height, width = self.halves
        frame = work.array("frame", n_channels, 2, 2, height + self.padding, width + self.padding, n_samples)
        frame[...] = 0
        return frame

    def _inside(self) -> Iterator[tuple[tuple[slice | int, ...], tuple[slice | int, ...]]]:
        """Where values of each parity lie inside a frame with a padding of 1, which turns even into odd."""
        (height, width), every = self.halves, slice(None)
        for row, column in np.ndindex(2, 2):
            place = (slice(row, row + height), slice(column, column + width))
            yield (every, 1 - row, 1 - column, *place), (every, row, column)


def _shifted(weight: np.ndarray) -> np.ndarray:
    """(out, in, kernel, kernel) -> (4 x out, in x taps): the weights at the four places in the square."""
    n_out, n_in, kernel, _ = weight.shape
    matrix = np.zeros((2, 2, n_out, n_in, kernel + 1, kernel + 1), weight.dtype)
    for row, column in np.ndindex(2, 2):
        matrix[row, column, :, :, row : row + kernel, column : column + kernel] = weight
    return matrix.reshape(4 * n_out, -1)


def _unshifted(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The transpose of ``_shifted``: the sum over the four places."""
    n_out, n_in, kernel, _ = shape
    matrix = gradient.reshape(2, 2, n_out, n_in, kernel + 1, kernel + 1)
    weight = np.zeros(shape, gradient.dtype)
    for row, column in np.ndindex(2, 2):
        weight += matrix[row, column, :, :, row : row + kernel, column : column + kernel]
    return weight


def _activation(outputs: np.ndarray, bias: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(4 x channels, n) -> ``values`` (channels, n): maximum of the four places, bias, tanh."""
    outputs.reshape(4, *values.shape).max(axis=0, out=values)
    values += bias[:, None]
    np.tanh(values, out=values)
    return values


def _activation_error(outputs: np.ndarray, values: np.ndarray, error: np.ndarray, spread: np.ndarray) -> None:
    """The way back: ``error`` (channels, n) of the values becomes that before tanh, and ``spread`` that of the outputs.

    The error goes to the first place, row by row, that holds the maximum of the four. Masked errors are split
    off by subtraction, which is exact: what remains is the error or 0.
    """
    four, parts = outputs.reshape(4, *error.shape), spread.reshape(4, *error.shape)
    np.multiply(values, values, out=parts[0])
    np.subtract(1, parts[0], out=parts[0])
    error *= parts[0]
    np.maximum(four[0], four[1], out=parts[0])
    np.maximum(four[2], four[3], out=parts[1])
    np.multiply(error, parts[1] > parts[0], out=parts[2])
    np.subtract(error, parts[2], out=parts[0])
    for half in (0, 2):
        np.multiply(parts[half], four[half + 1] > four[half], out=parts[half + 1])
        parts[half] -= parts[half + 1]


def _logit_error(logits: np.ndarray, labels: IntArray) -> np.ndarray:
    """(n_classes, batch): gradient of the mean cross-entropy with respect to the logits."""
    error: np.ndarray = np.exp(logits - logits.max(axis=0))
    error /= error.sum(axis=0)
    error[labels, np.arange(len(labels))] -= 1
    error /= len(labels)
    return error
