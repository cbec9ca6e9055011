"""Convolutional networks for grey or colour images, trained with closed-form gradients in NumPy.

Two blocks of convolution, 2x2 max-pooling and activation, then dense layers; ``pooled_convolution`` says how a block
is computed. Models take turns: unlike a dense net's, one model's batch already keeps the processor busy. So a batch of
federations is one call, one workspace and one walk over the test images, and costs as much as its models one by one.

The paper's networks are those of its authors' program (utils/defined_models.py in github.com/XinyiYS/
Gradient-Driven-Rewards-to-Guarantee-Fairness-in-Collaborative-Machine-Learning): ``CNN_Net``, on MNIST in a frame of
zeros to 32x32, and ``CNN_Cifar10``. Both take grey and colour images here, and smaller ones in such a frame.

Layout of a flat vector: PyTorch's, i.e. weight (out, in, row, column), bias, ..., weight (out, in), bias.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np

from cgs_core.federation.flat_net import FlatNet, logit_error, slices_of
from cgs_core.federation.model import Batches
from cgs_core.federation.pooled_convolution import (
    RELU,
    TANH,
    Activation,
    Grid,
    Workspace,
    pooled_error,
    pooled_values,
    shifted,
    unshifted,
)
from cgs_core.typing import IntArray, Params

_EVALUATION_ROWS = 48  # test samples a pass; more leaves the cache, fewer make thin products
_PASS_VALUES = 10_000_000  # of a training pass's second squares; larger batches take several passes


@dataclass(frozen=True)
class Architecture:
    """What a network is made of; kernels are odd, and images smaller than ``least_side`` get zeros around them."""

    channels: tuple[int, int]
    kernels: tuple[int, int]
    padding: int = 0
    hidden_units: tuple[int, ...] = ()
    activation: Activation = TANH
    least_side: int = 0


SMALL = Architecture(channels=(8, 16), kernels=(5, 5))
SMALLEST = Architecture(channels=(8, 16), kernels=(3, 3), padding=1)  # for images below 16x16
ARCHITECTURES: dict[str, Architecture | None] = {
    "cnn": None,  # as small as the image lets it be
    "paper_mnist": Architecture(channels=(64, 16), kernels=(3, 7), hidden_units=(200,), least_side=32),
    "paper_cifar": Architecture((16, 32), (5, 5), hidden_units=(120, 84), activation=RELU, least_side=32),
}
"""By the name of a scenario's model."""


class ConvolutionalNet(FlatNet):
    """conv -> max-pool 2 -> activation, twice; then dense layers with the same activation, the last linear; softmax.

    Parameters
    ----------
    shape: (height, width) of a grey image or (height, width, channels); a feature row is the image in that order.
    n_classes: how many logits.
    dtype: np.float32 or np.float64, of parameters and of all arithmetic.
    architecture: by default the small one for images of this size.

    Raises ``ValueError`` for an image that is too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_classes: int,
        dtype: type = np.float32,
        architecture: Architecture | None = None,
    ) -> None:
        self.architecture = made_of = architecture or (SMALL if min(shape[:2]) >= 16 else SMALLEST)
        height, width, n_channels = shape if len(shape) == 3 else (*shape, 1)
        self.shape = (height, width, n_channels)
        self._grid = Grid.of(self.shape, made_of.kernels, made_of.padding, made_of.least_side)
        if min(self._grid.cells) < 1:
            raise ValueError(f"shape: too small for two blocks of this network; got {shape!r}")
        (first, second), (kernel_1, kernel_2) = made_of.channels, made_of.kernels
        widths = (second * math.prod(self._grid.cells), *made_of.hidden_units, n_classes)
        weights: tuple[tuple[int, ...], ...] = (
            (first, n_channels, kernel_1, kernel_1),
            (second, first, kernel_2, kernel_2),
            *((n_out, n_in) for n_in, n_out in pairwise(widths)),
        )
        super().__init__([part for weight in weights for part in (weight, weight[:1])], dtype)
        self._activation = made_of.activation
        self._rows_a_pass = max(1, _PASS_VALUES // (first * (kernel_2 + 1) ** 2 * math.prod(self._grid.cells)))

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        trained = np.array(params, dtype=self._dtype)
        features = features.astype(self._dtype, copy=False)
        rate, work = self._dtype.type(learning_rate), Workspace(self._dtype)
        for flat, own in zip(trained, batches, strict=True):
            tensors = self._tensors(flat)
            for rows in own:
                gradients = self._mean_gradients(tensors, features[rows], labels[rows], work)
                for tensor, gradient in zip(tensors, gradients, strict=True):
                    tensor -= rate * gradient
        return trained

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """As the base says; all models share the squares."""
        models = [self._tensors(flat) for flat in np.asarray(params, self._dtype)]
        matrices = [(shifted(tensors[0]), shifted(tensors[2])) for tensors in models]
        work = Workspace(self._dtype)
        for rows in slices_of(len(features), _EVALUATION_ROWS):
            squares = self._grid.image_squares(features[rows], work)
            logits = np.empty((len(models), self.shapes[-1][0], len(features[rows])), self._dtype)
            for own, tensors, pair in zip(logits, models, matrices, strict=True):
                own[...] = self._forward(tensors, pair, squares, own.shape[1], work).logits
            yield rows, logits

    def _forward(
        self,
        tensors: list[np.ndarray],
        matrices: tuple[np.ndarray, np.ndarray],
        squares: np.ndarray,
        n_samples: int,
        work: Workspace,
    ) -> _Forward:
        bias_1, bias_2, activation = tensors[1], tensors[3], self._activation
        outputs_1 = work.product("outputs_1", matrices[0], squares)
        values_1 = work.array("values_1", len(bias_1), outputs_1.shape[1])
        pooled_values(outputs_1, bias_1, activation, values_1)
        squares_2 = self._grid.channel_squares(values_1, n_samples, work)
        outputs_2 = work.product("outputs_2", matrices[1], squares_2)
        values_2 = work.array("values_2", len(bias_2), outputs_2.shape[1])
        pooled_values(outputs_2, bias_2, activation, values_2)
        inputs = [values_2.reshape(-1, n_samples)]
        for weight, bias in zip(tensors[4:-2:2], tensors[5:-2:2], strict=True):
            hidden = weight @ inputs[-1] + bias[:, None]
            activation.apply(hidden)
            inputs.append(hidden)
        logits = tensors[-2] @ inputs[-1] + tensors[-1][:, None]
        return _Forward(outputs_1, values_1, squares_2, outputs_2, values_2, inputs, logits)

    def _mean_gradients(
        self, tensors: list[np.ndarray], features: np.ndarray, labels: IntArray, work: Workspace
    ) -> list[np.ndarray]:
        """Of the mean cross-entropy of one mini-batch, tensor by tensor; a large one in several passes."""
        passes = slices_of(len(labels), self._rows_a_pass)
        parts = [self._gradients(tensors, features[rows], labels[rows], len(labels), work) for rows in passes]
        return [reduce(np.add, own) for own in zip(*parts, strict=True)]

    def _gradients(
        self, tensors: list[np.ndarray], features: np.ndarray, labels: IntArray, n_batch: int, work: Workspace
    ) -> list[np.ndarray]:
        """Of the cross-entropy summed over these samples and divided by ``n_batch``."""
        matrices, n_samples = (shifted(tensors[0]), shifted(tensors[2])), len(features)
        squares = self._grid.image_squares(features, work)
        forward = self._forward(tensors, matrices, squares, n_samples, work)
        dense, error = self._dense_gradients(tensors[4::2], forward, logit_error(forward.logits, labels, n_batch))
        error_2 = error.reshape(forward.values_2.shape)
        spread_2 = work.array("spread_2", *forward.outputs_2.shape)
        pooled_error(forward.outputs_2, forward.values_2, self._activation, error_2, spread_2)
        error_1 = self._grid.add_channel_squares(work.product("seen", matrices[1].T, spread_2), n_samples, work)
        spread_1 = work.array("spread_1", *forward.outputs_1.shape)
        pooled_error(forward.outputs_1, forward.values_1, self._activation, error_1, spread_1)
        return [
            unshifted(spread_1 @ squares.T, tensors[0].shape),
            error_1.sum(axis=1),
            unshifted(spread_2 @ forward.squares_2.T, tensors[2].shape),
            error_2.sum(axis=1),
            *dense,
        ]

    def _dense_gradients(
        self, weights: list[np.ndarray], forward: _Forward, error: np.ndarray
    ) -> tuple[list[np.ndarray], np.ndarray]:
        """Weight and bias of each dense layer from the logits' error (n_classes, n), and the error of their input."""
        gradients: list[np.ndarray] = []
        for layer in reversed(range(len(weights))):
            inputs = forward.inputs[layer]
            gradients = [error @ inputs.T, error.sum(axis=1), *gradients]
            error = weights[layer].T @ error
            if layer > 0:  # the input is itself a dense layer's activation
                slope = np.empty_like(error)
                self._activation.slope(inputs, slope)
                error *= slope
        return gradients, error


@dataclass(frozen=True)
class _Forward:
    """What one pass leaves for the way back; ``outputs`` are before pooling, ``values`` after the activation."""

    outputs_1: np.ndarray
    values_1: np.ndarray
    squares_2: np.ndarray
    outputs_2: np.ndarray
    values_2: np.ndarray
    inputs: list[np.ndarray]  # of each dense layer, (n_inputs, batch)
    logits: np.ndarray  # (n_classes, batch)
