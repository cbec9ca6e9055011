"""The nets that come with this package, by torch: NumPy's flat vectors, start and steps, with torch's own derivatives.

Dense nets, and those for text, are trained side by side as any module is. A net for pictures keeps a processor busy by
itself: there models take turns, in the form in which torch's convolutions are quickest (``python -m
benchmarks.convolutional``). On a GPU they are trained side by side, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cgs_core.federation.convolutional import ConvolutionalNet
from cgs_core.federation.flat_net import FlatNet, slices_of
from cgs_core.federation.model import Batches
from cgs_core.federation.pooled_convolution import RELU
from cgs_core.federation.text import TextNet
from cgs_core.federation.torch_net import TorchNet, device_of_torch, one_order
from cgs_core.scenario import Scenario
from cgs_core.typing import Params

Forward = Callable[[Sequence[Tensor], Tensor], Tensor]
"""Tensors of parameters and rows of samples in, logits ``(n_rows, n_classes)`` out."""

_PASS_VALUES = 1_000_000  # of a pass's first block: they stay in the cache, and no memory is paged in anew for them


def bundled_net(plain: FlatNet, scenario: Scenario, dtype: type) -> BundledNet:
    """A NumPy net once more, in the form that is quickest on the device."""
    if isinstance(plain, ConvolutionalNet) and device_of_torch().type == "cpu":
        return PictureNet(plain, scenario, dtype)
    return BundledNet(plain, scenario, dtype)


class BundledNet(TorchNet):
    """A net that comes with this package: its flat vector, start and class rows are those of the NumPy net."""

    def __init__(self, plain: FlatNet, scenario: Scenario, dtype: type) -> None:
        self._plain = plain
        super().__init__(_Bundled(plain, _forward_of(plain)), scenario.info, dtype, scenario.start_seed)

    def initial_params(self, rng: np.random.Generator) -> Params:
        return self._plain.initial_params(rng)

    def class_rows(self, params: Params) -> np.ndarray:
        return self._plain.class_rows(params)


class PictureNet(BundledNet):
    """A net for pictures on a processor: model after model, channels last, in passes that stay in the cache."""

    def __init__(self, plain: ConvolutionalNet, scenario: Scenario, dtype: type) -> None:
        super().__init__(plain, scenario, dtype)
        pictures = Pictures.of(plain)
        self._pictures = pictures if pictures.activation is torch.relu else replace(pictures, activation=_tanh)
        self._rows_a_pass = max(1, _PASS_VALUES // pictures.n_first_values)

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        trained = np.array(params, dtype=self._dtype)
        inputs, targets = self._inputs(features), torch.from_numpy(labels.astype(np.int64))
        with one_order():
            for flat, own in zip(trained, batches, strict=True):
                tensors = self._tensors_last(flat)
                for rows in own:
                    gradients = self._mean_gradients(tensors, inputs, targets, torch.from_numpy(rows))
                    with torch.no_grad():
                        for tensor, gradient in zip(tensors, gradients, strict=True):
                            tensor.sub_(gradient, alpha=learning_rate)
                flat[...] = torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).numpy()
        return trained

    def _mean_gradients(
        self, tensors: list[Tensor], inputs: Tensor, targets: Tensor, batch: Tensor
    ) -> Sequence[Tensor]:
        """Of the mean cross-entropy of one mini-batch, tensor by tensor."""
        sums: Sequence[Tensor] = ()
        for rows in torch.tensor_split(batch, math.ceil(len(batch) / self._rows_a_pass)):
            logits = self._pictures(tensors, inputs[rows])
            loss = functional.cross_entropy(logits, targets[rows], reduction="sum") / len(batch)
            own = torch.autograd.grad(loss, tensors)
            sums = [before.add_(one) for before, one in zip(sums, own, strict=True)] if sums else own
        return sums

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        models, inputs = [self._tensors_last(flat) for flat in np.asarray(params, self._dtype)], self._inputs(features)
        for rows in slices_of(len(features), self._rows_a_pass):
            with torch.no_grad():
                logits = torch.stack([self._pictures(tensors, inputs[rows]) for tensors in models])
            yield rows, logits.transpose(1, 2).numpy()

    def _tensors_last(self, flat: Params) -> list[Tensor]:
        """Copies of a flat vector's tensors, their channels last."""
        return [_last(torch.from_numpy(tensor)).requires_grad_() for tensor in self._tensors(flat)]


def _last(tensor: Tensor) -> Tensor:
    """A copy with channels last, of one channel too, which torch's own way leaves as it is and convolves slowly."""
    if tensor.ndim < 4:
        return tensor.clone()
    return tensor.movedim(1, -1).clone(memory_format=torch.contiguous_format).movedim(-1, 1)


class _Tanh(torch.autograd.Function):
    """NumPy's: it takes a tenth of the time of torch's, which is a tenth of a step of ``paper_mnist``."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        risen = torch.from_numpy(np.tanh(values.numpy()))
        context.save_for_backward(risen)
        return risen

    @staticmethod
    def backward(context: Any, error: Tensor) -> Tensor:
        (risen,) = context.saved_tensors
        return torch.ops.aten.tanh_backward(error, risen)


def _tanh(values: Tensor) -> Tensor:
    risen: Tensor = _Tanh.apply(values)  # type: ignore[no-untyped-call]
    return risen


class _Bundled(nn.Module):
    """Tensors in the order and of the shapes of a NumPy net, and what is done with them."""

    def __init__(self, plain: FlatNet, forward: Forward) -> None:
        super().__init__()
        self._of_tensors = forward
        self.tensors = nn.ParameterList(nn.Parameter(torch.zeros(shape)) for shape in plain.shapes)

    def forward(self, rows: Tensor) -> Tensor:
        return self._of_tensors(list(self.tensors), rows)


def _forward_of(plain: FlatNet) -> Forward:
    if isinstance(plain, ConvolutionalNet):
        return Pictures.of(plain)
    return _text if isinstance(plain, TextNet) else _dense


def _dense(tensors: Sequence[Tensor], rows: Tensor) -> Tensor:
    """Weights are (n_in, n_out)."""
    *hidden, weight, bias = tensors
    if hidden:
        rows = torch.relu(rows @ hidden[0] + hidden[1])
    return rows @ weight + bias


@dataclass(frozen=True)
class Pictures:
    """Two blocks of convolution, 2x2 max-pooling and activation, then dense layers: the ``Forward`` of such a net.

    Attributes
    ----------
    shape: height, width and channels of a row.
    frame: zeros left, right, above and below; what no output sees is cut off, as so many below zero.
    padding: of both convolutions.
    activation: a rising function: after pooling it gives the same as before it.
    n_first_values: a picture's outputs of the first convolution.
    """

    shape: tuple[int, int, int]
    frame: tuple[int, int, int, int]
    padding: int
    activation: Callable[[Tensor], Tensor]
    n_first_values: int

    @classmethod
    def of(cls, plain: ConvolutionalNet) -> Pictures:
        made_of, (height, width, n_channels) = plain.architecture, plain.shape
        (first, second), padding = made_of.kernels, made_of.padding
        frame: list[int] = []
        n_first_values = made_of.channels[0]
        for side in (width, height):
            framed = max(side, made_of.least_side)
            pooled = (framed + 2 * padding - first + 1) // 2
            cells = (pooled + 2 * padding - second + 1) // 2
            seen = framed if padding else 2 * (2 * cells + second - 1) + first - 1
            before = (framed - side) // 2
            frame += [before, seen - side - before]
            n_first_values *= seen + 2 * padding - first + 1
        activation = torch.relu if made_of.activation is RELU else torch.tanh
        left, right, above, below = frame
        return cls((height, width, n_channels), (left, right, above, below), padding, activation, n_first_values)

    def __call__(self, tensors: Sequence[Tensor], rows: Tensor) -> Tensor:
        values = functional.pad(rows.reshape(-1, *self.shape), (0, 0, *self.frame)).movedim(-1, 1)
        for weight, bias in zip(tensors[:4:2], tensors[1:4:2], strict=True):
            values = functional.conv2d(values, weight, bias, padding=self.padding)
            values = self.activation(functional.max_pool2d(values, 2))
        values = values.flatten(1)
        for weight, bias in zip(tensors[4:-2:2], tensors[5:-2:2], strict=True):
            values = self.activation(functional.linear(values, weight, bias))
        return functional.linear(values, tensors[-2], tensors[-1])


def _text(tensors: Sequence[Tensor], words: Tensor) -> Tensor:
    """Word 0 is padding, a vector of zeros; around a sentence there is so much of it that a window sees it alone."""
    vectors, *filters, last_weight, last_bias = tensors
    sentences = torch.cat([torch.zeros_like(vectors[:1]), vectors])[words].transpose(1, 2)
    pooled = [
        torch.relu(functional.conv1d(sentences, weight, bias, padding=weight.shape[-1]).amax(dim=2))
        for weight, bias in zip(filters[::2], filters[1::2], strict=True)
    ]
    return torch.cat(pooled, dim=1) @ last_weight.T + last_bias
