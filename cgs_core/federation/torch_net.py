"""Nets by torch, over flat vectors: the bundled ones a second time, and any module that a person brings.

The one module that imports torch: it is loaded in a worker or in a program, by a run that asks for torch. The bundled
nets are here too, although that makes it long: they are made of torch's functions, and a second module that imports it
would be a second one to keep out of the server. Models of one architecture are trained side by side
(``torch.func``: vmap over grad). What vmap cannot take, what is random while it trains, and on a processor a bundled
net for pictures, whose convolutions keep it busy, is trained model by model. Either way on one thread, so that sums are
added up in one order.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from cgs_core.engines import torch_device
from cgs_core.errors import AddedError, CgsError
from cgs_core.federation.convolutional import ConvolutionalNet
from cgs_core.federation.flat_net import FlatNet, slices_of
from cgs_core.federation.model import Batches, Evaluation
from cgs_core.federation.pooled_convolution import RELU
from cgs_core.federation.text import TextNet
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from cgs_core.scenario.catalogue import DatasetInfo
from cgs_core.typing import Params

Forward = Callable[[Sequence[Tensor], Tensor], Tensor]
"""Tensors of parameters and rows of samples in, logits ``(n_rows, n_classes)`` out."""

_EVALUATION_ROWS = 64  # test samples a pass, of ...
_MODELS = 16  # ... so many models at once: their activations must fit into a small server's memory
_TRIED_ROWS = 5
_PASS_VALUES = 1_000_000  # of a pass's first block: they stay in the cache, and no memory is paged in anew for them


class TorchNet(FlatNet):
    """Many models of one module. Its flat vector is what the module trains, in the order of ``named_parameters``.

    Parameters
    ----------
    module: rows of samples in, logits ``(n_rows, n_classes)`` out. What it does not train is the same in all models.
    info: of the data set: a row of text is word numbers (int64), any other row is ``n_features`` numbers.
    dtype: np.float32 or np.float64, of parameters and of all arithmetic.
    start_seed: of the scenario, for what is random while a module trains (dropout).
    """

    def __init__(self, module: nn.Module, info: DatasetInfo, dtype: type, start_seed: int) -> None:
        self._device = _device()
        self._module = module.to(self._device, torch.from_numpy(np.zeros(0, dtype)).dtype)
        self._names = [name for name, tensor in self._module.named_parameters() if tensor.requires_grad]
        self._info, self._start_seed = info, start_seed
        self._is_stacked = True
        super().__init__([tuple(self._module.get_parameter(name).shape) for name in self._names], dtype)

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        self._module.train()
        trained = torch.from_numpy(np.array(params, dtype=self._dtype)).to(self._device)
        inputs, targets = self._inputs(features), torch.from_numpy(labels.astype(np.int64)).to(self._device)
        step_of = self._stacked_gradients if self._is_stacked else self._single_gradients
        with _one_order(), _own_randomness():
            for step in range(max(map(len, batches), default=0)):
                for members, rows in _alike(batches, step):
                    picked = torch.from_numpy(rows).to(self._device)
                    seeds = [self._seed(own, step, learning_rate) for own in rows]
                    gradients = step_of(trained[members], inputs[picked], targets[picked], seeds)
                    trained[members] -= learning_rate * gradients
        return trained.cpu().numpy()

    def evaluate(self, params: Params, features: np.ndarray, labels: np.ndarray) -> Evaluation:
        """All models on one test set ``(n_test, n_features)``."""
        with _one_order():
            return super().evaluate(params, features, labels)

    def predict(self, params: Params, features: np.ndarray) -> np.ndarray:
        """(n_models, n_rows) uint8, the most probable class."""
        with _one_order():
            return super().predict(params, features)

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        self._module.eval()
        models = torch.from_numpy(np.array(params, dtype=self._dtype)).to(self._device)
        inputs = self._inputs(features)
        stacked = vmap(self._forward, in_dims=(0, None), chunk_size=_MODELS)
        for rows in slices_of(len(features), _EVALUATION_ROWS):
            with torch.no_grad(), _own_randomness():
                if self._is_stacked:
                    logits = stacked(models, inputs[rows])
                else:
                    logits = torch.stack([self._forward(own, inputs[rows]) for own in models])
            yield rows, logits.transpose(1, 2).cpu().numpy()

    def _inputs(self, features: np.ndarray) -> Tensor:
        """(n_rows, n_features) on the device."""
        own = np.asarray(features, np.int64 if self._info.kind == "text" else self._dtype)
        return torch.from_numpy(own).to(self._device)

    def _forward(self, flat: Tensor, rows: Tensor) -> Tensor:
        pieces = torch.split(flat, list(self.layer_sizes))
        tensors = [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]
        logits: Tensor = functional_call(self._module, dict(zip(self._names, tensors, strict=True)), (rows,))
        return logits

    def _loss(self, flat: Tensor, rows: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of one model on one mini-batch."""
        return functional.cross_entropy(self._forward(flat, rows), targets)

    def _stacked_gradients(self, params: Tensor, rows: Tensor, targets: Tensor, seeds: Sequence[int]) -> Tensor:
        """(n_models, n_params) of the loss, of each model on its own mini-batch; nothing may be random."""
        gradients: Tensor = vmap(grad(self._loss), randomness="error", chunk_size=_MODELS)(params, rows, targets)
        return gradients

    def _single_gradients(self, params: Tensor, rows: Tensor, targets: Tensor, seeds: Sequence[int]) -> Tensor:
        """The same, model by model; what is random follows each one's seed."""
        gradients = []
        for flat, own_rows, own_targets, seed in zip(params, rows, targets, seeds, strict=True):
            torch.manual_seed(seed)
            flat = flat.clone().requires_grad_()
            gradients += torch.autograd.grad(self._loss(flat, own_rows, own_targets), flat)
        return torch.stack(gradients)

    def _seed(self, rows: np.ndarray, step: int, learning_rate: float) -> int:
        """Of what is random in a step: the same for an agent in every federation, another in each step and round.

        A mini-batch's rows are drawn for the agent and the round, and so name the draw.
        """
        if self._is_stacked:
            return 0
        drawn = crc32(np.append(rows, 0).tobytes() + np.float64(learning_rate).tobytes())
        return _torch_seed(random_stream(self._start_seed, Stream.DROPOUT, step, drawn))


class GivenNet(TorchNet):
    """A module of a person's own, tried when it is made.

    Parameters
    ----------
    make: a class of modules, or a function that makes one; it gets ``n_inputs`` and ``n_classes``, or nothing.
    scenario: whose data it learns.
    dtype: np.float32 or np.float64.
    name: what it is called in an error.

    Raises
    ------
    AddedError: what was made is no such module, or one whose training would not be told right here.
    """

    def __init__(self, make: Callable[..., object], scenario: Scenario, dtype: type, name: str) -> None:
        self._name, self._make = name, _maker(make, scenario.info, name)
        self._given_info = scenario.info
        super().__init__(self._made(0), scenario.info, dtype, scenario.start_seed)
        if self.n_params == 0:
            raise AddedError(name, "must have parameters to train; it has none")
        with _one_order(), _own_randomness():
            self._try_logits()
            self._try_training()

    def initial_params(self, rng: np.random.Generator) -> Params:
        """(n_params,): as the module starts itself, torch's generator being seeded from the stream."""
        named = dict(self._made(_torch_seed(rng)).named_parameters())
        tensors = [named[name].detach().numpy().ravel() for name in self._names]
        return np.concatenate(tensors).astype(self._dtype)

    def class_rows(self, params: Params) -> np.ndarray:
        """(n_models, n_classes, n_inputs + 1), of the last linear layer that gives so many numbers as classes.

        Raises ``AddedError`` where the module has none.
        """
        first = dict(zip(self._names, np.cumsum((0, *self.layer_sizes[:-1])).tolist(), strict=True))
        linear = [name for name, part in self._module.named_modules() if isinstance(part, nn.Linear)]
        for name in reversed(linear):
            weight, bias = f"{name}.weight".lstrip("."), f"{name}.bias".lstrip(".")
            if weight in first and self._module.get_parameter(weight).shape[0] == self._info.n_classes:
                shape = (len(params), *self._module.get_parameter(weight).shape)
                weights = params[:, first[weight] : first[weight] + shape[1] * shape[2]].reshape(shape)
                biases = np.zeros(shape[:2], params.dtype)
                if bias in first:
                    biases = params[:, first[bias] : first[bias] + shape[1]]
                return np.concatenate([weights, biases[:, :, None]], axis=2)
        raise AddedError(self._name, "must have a linear layer that gives a number for each class; it has none")

    def _made(self, seed: int) -> nn.Module:
        """A new module that starts from a seed; layers that take their size from what comes are given a row."""
        with _own_randomness():
            torch.manual_seed(seed)
            module = self._make()
            if not isinstance(module, nn.Module):
                raise AddedError(self._name, f"must make a torch.nn.Module; got {type(module).__name__}")
            if any(isinstance(one, nn.parameter.UninitializedParameter) for one in module.parameters()):
                self._attempt(lambda: module.eval()(_tried_rows(self._given_info, torch.float32)))
        return module

    def _attempt(self, step: Callable[[], Tensor]) -> Tensor:
        """What the module gives for rows of the data set's shape."""
        try:
            with torch.no_grad():
                return step()
        except Exception as error:
            info = self._given_info
            raise AddedError(
                self._name,
                f"must take rows of {info.n_features} numbers and give {info.n_classes} for '{info.name}'; it failed, "
                f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
            ) from error

    def _try_logits(self) -> None:
        """A row's logits are as many as the classes, and are its own."""
        rows, info = self._tried(), self._info
        self._module.eval()
        logits = self._attempt(lambda: self._module(rows))
        got = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        if got != f"shape {(_TRIED_ROWS, info.n_classes)}":
            wanted = (
                f"must give {info.n_classes} numbers a row for '{info.name}', shape {(_TRIED_ROWS, info.n_classes)}"
            )
            raise AddedError(self._name, f"{wanted} for {_TRIED_ROWS} rows of {info.n_features}; got {got}")
        if not _is_close(self._attempt(lambda: self._module(rows[:2])), logits[:2]):
            raise AddedError(
                self._name, f"must give a row the same numbers whatever rows stand beside it; {_BATCH_NORM}"
            )

    def _try_training(self) -> None:
        """Nothing but the parameters changes, and the same seed gives the same; and whether vmap gives it too."""
        rows, targets = self._tried(), torch.arange(_TRIED_ROWS, device=self._device) % self._info.n_classes
        self._module.train()
        before = {name: buffer.clone() for name, buffer in self._module.named_buffers()}
        flat = torch.from_numpy(self.initial_params(np.random.default_rng(0))).to(self._device)
        again = torch.from_numpy(self.initial_params(np.random.default_rng(0))).to(self._device)
        stack = (torch.stack([flat, flat / 2]), torch.stack([rows, rows]), torch.stack([targets, targets]))
        by_itself = partial(self._single_gradients, *stack, (1, 1))
        try:
            single, repeated = by_itself(), by_itself()
        except Exception as error:
            raise AddedError(self._name, f"cannot be trained, {type(error).__name__}: {error}") from error
        if any(not torch.equal(buffer, before[name]) for name, buffer in self._module.named_buffers()):
            raise AddedError(self._name, f"must learn by its parameters alone; {_BATCH_NORM}")
        if not (torch.equal(flat, again) and torch.equal(single, repeated)):
            raise AddedError(self._name, "must be random by torch's own generator alone: one seed, one result")
        self._is_stacked = self._agrees_stacked(stack, single)

    def _agrees_stacked(self, stack: tuple[Tensor, Tensor, Tensor], single: Tensor) -> bool:
        """Whether vmap takes the module, in training and in evaluation, and gives what it gives by itself."""
        params, (rows, _), _ = stack
        try:
            gradients = self._stacked_gradients(*stack, (1, 1))
            self._module.eval()
            with torch.no_grad():
                logits = vmap(self._forward, in_dims=(0, None))(params, rows)
                expected = torch.stack([self._forward(own, rows) for own in params])
            return _is_close(gradients, single) and _is_close(logits, expected)
        except Exception:  # vmap says no in many ways: what is random, what looks at values, what has no rule
            return False

    def _tried(self) -> Tensor:
        return _tried_rows(self._info, torch.from_numpy(np.zeros(0, self._dtype)).dtype).to(self._device)


_BATCH_NORM = (
    "this one keeps or uses numbers of a whole batch, as batch norm does, which are no parameters and are not paid: "
    "take nn.GroupNorm or nn.LayerNorm"
)


def _maker(make: Callable[..., object], info: DatasetInfo, name: str) -> Callable[[], object]:
    """A call without arguments."""
    if isinstance(make, nn.Module) or not callable(make):
        why = "must be a class or a function that makes a module, so that it starts from the scenario's seed"
        raise AddedError(name, f"{why}; got {type(make).__name__}")
    needed = [
        one.name
        for one in inspect.signature(make).parameters.values()
        if one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]
    if len(needed) not in (0, 2):
        raise AddedError(name, f"must need no argument, or n_inputs and n_classes; it needs {', '.join(needed)}")
    return partial(make, info.n_features, info.n_classes) if needed else make


def _is_close(found: Tensor, expected: Tensor) -> bool:
    """Far above rounding, far below what a trial looks for."""
    return torch.allclose(found, expected, rtol=1e-3, atol=1e-5)


def _tried_rows(info: DatasetInfo, dtype: torch.dtype) -> Tensor:
    """(5, n_features) of the kind that the data set has."""
    rng = np.random.default_rng(0)
    if info.kind == "text":
        return torch.from_numpy(rng.integers(0, info.n_words, (_TRIED_ROWS, info.n_features)))
    return torch.from_numpy(rng.uniform(0, 1, (_TRIED_ROWS, info.n_features))).to(dtype)


# -- the bundled nets --------------------------------------------------------------------------------------------


def bundled_net(plain: FlatNet, scenario: Scenario, dtype: type) -> BundledNet:
    """A NumPy net once more, in the form that is quickest on the device."""
    if isinstance(plain, ConvolutionalNet) and _device().type == "cpu":
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
        with _one_order():
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


# -- torch's own state -------------------------------------------------------------------------------------------


def _alike(batches: Sequence[Batches], step: int) -> Iterator[tuple[list[int], np.ndarray]]:
    """Models that take this step on mini-batches of one size, with their rows (n_models, size)."""
    by_size: dict[int, list[int]] = {}
    for model, own in enumerate(batches):
        if step < len(own):
            by_size.setdefault(len(own[step]), []).append(model)
    for members in by_size.values():
        yield members, np.stack([batches[model][step] for model in members]).astype(np.int64)


def _device() -> torch.device:
    """Where it is computed: what ``CGS_DEVICE`` says, "cpu" or "cuda"."""
    name = torch_device()
    if name not in ("cpu", "cuda") or (name == "cuda" and not torch.cuda.is_available()):
        raise CgsError(f"CGS_DEVICE: must be cpu, or cuda where torch finds such a device; got {name!r}")
    if name == "cuda":  # what CUDA's linear algebra needs, before it is first used, to add up in one order
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return torch.device(name)


def _torch_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**63))


@contextmanager
def _one_order() -> Iterator[None]:
    """Sums in one order, at full precision: the same bytes every time on one device; afterwards all is as it was.

    What has no such algorithm on a GPU raises, and is refused when it is tried.
    """
    n_threads, is_short = torch.get_num_threads(), torch.backends.cudnn.allow_tf32
    is_repeatable, warns = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    deterministic: Any = torch.utils.deterministic
    fills = deterministic.fill_uninitialized_memory
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    deterministic.fill_uninitialized_memory = False  # every new array, a tenth of a step
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
        torch.use_deterministic_algorithms(is_repeatable, warn_only=warns)
        deterministic.fill_uninitialized_memory = fills
        torch.backends.cudnn.allow_tf32 = is_short


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Torch's generators are seeded inside, and are the caller's again outside."""
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        yield
