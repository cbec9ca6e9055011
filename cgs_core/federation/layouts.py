"""Updates as people have them (an array, a list of layers, a state dict), as flat vectors, and back again.

Arrays may be of NumPy, or tensors of PyTorch on any device: these are known by their methods; torch is not imported.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.typing import Params

ARRAY, LAYERS, BY_NAME = "one array", "a list of layers", "layers by name"


@dataclass(frozen=True)
class Layout:
    """How the parameters of an update lie.

    Attributes
    ----------
    kind: ``ARRAY``, ``LAYERS`` or ``BY_NAME``.
    names: of the layers, in alphabetical order; empty where they have none.
    shapes: of the layers, in order.
    """

    kind: str
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lengths of the layers in the flat vector."""
        return tuple(math.prod(shape) for shape in self.shapes)

    @property
    def n_params(self) -> int:
        return sum(self.sizes)

    def split(self, vector: Params) -> list[Params]:
        """The layers (their shapes) of a flat vector (n_params,)."""
        parts = np.split(vector, np.cumsum(self.sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def arrays(self, vector: Params) -> Any:
        """A flat vector (n_params,) as an array, a list of arrays, or a dict of them."""
        parts = self.split(vector)
        if self.kind == BY_NAME:
            return dict(zip(self.names, parts, strict=True))
        return parts if self.kind == LAYERS else parts[0]

    def like(self, vector: Params, update: Any) -> Any:
        """A flat vector (n_params,) in the structure, types and device of an update that lies so."""
        parts = self.split(vector)
        if self.kind == BY_NAME:
            own = dict(zip(self.names, parts, strict=True))
            return {name: _like(own[name], layer) for name, layer in update.items()}
        if self.kind == LAYERS:
            made = [_like(part, layer) for part, layer in zip(parts, update, strict=True)]
            return tuple(made) if isinstance(update, tuple) else made
        return _like(parts[0], update)

    def __str__(self) -> str:
        """For a sentence: what it is, and its shapes."""
        layers = self.names or ("",) * len(self.shapes)
        shapes = ", ".join(f"{name} {shape}".strip() for name, shape in zip(layers, self.shapes, strict=True))
        return f"{self.kind}: {shapes if len(shapes) <= 200 else shapes[:197] + '...'}"


@dataclass(frozen=True)
class Read:
    """An update that has been read: how it lies, and its layers as NumPy arrays, in the layout's order."""

    layout: Layout
    layers: list[np.ndarray]

    @property
    def is_double(self) -> bool:
        """Whether any layer has more than single precision."""
        return any(layer.dtype.itemsize > 4 for layer in self.layers)

    def vector(self, dtype: type) -> Params:
        """(n_params,)."""
        flat: Params = np.concatenate([layer.reshape(-1) for layer in self.layers]).astype(dtype, copy=False)
        return flat


def read(update: Any) -> Read:
    """Read one agent's update. Raises ``ValueError``, a sentence, where it is none."""
    if is_array(update):
        layer = _array(update, "the update")
        return Read(_filled(Layout(ARRAY, (), (layer.shape,))), [layer])
    if isinstance(update, Mapping):
        if not all(isinstance(name, str) for name in update):
            raise ValueError("layers by name: names must be text")
        names = tuple(sorted(update))
        layers = [_array(update[name], f"layer '{name}'") for name in names]
        return Read(_filled(Layout(BY_NAME, names, tuple(layer.shape for layer in layers))), layers)
    if isinstance(update, Sequence) and not isinstance(update, str | bytes):
        layers = [_array(layer, f"layer {place}") for place, layer in enumerate(update)]
        return Read(_filled(Layout(LAYERS, (), tuple(layer.shape for layer in layers))), layers)
    allowed = "must be an array, a list of arrays (layers) or a dict of arrays by name"
    raise ValueError(f"{allowed}; got {type(update).__name__}")


def is_array(value: Any) -> bool:
    """Whether it is an array or a tensor."""
    return hasattr(value, "dtype") and hasattr(value, "shape")


def usual(layouts: Iterable[Layout]) -> Layout:
    """How most of some updates lie; of several as frequent ones the first."""
    return Counter(layouts).most_common(1)[0][0]


def stacked_like(rows: np.ndarray, updates: Any) -> Any:
    """Rows (n, ...) in the type and on the device of the array or tensor ``updates`` (n, ...)."""
    return _like(rows, updates)


def _array(layer: Any, what: str) -> np.ndarray:
    if not is_array(layer):
        raise ValueError(f"{what} must be an array or a tensor; got {type(layer).__name__}")
    try:
        if hasattr(layer, "detach"):
            layer = layer.detach().cpu()
            layer = layer.float().numpy() if "bfloat16" in str(layer.dtype) else layer.numpy()
        array = np.asarray(layer)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what} cannot be read as an array ({error})") from None
    if array.dtype.kind != "f":
        allowed = "must have floating-point numbers: leave counters and the like out"
        raise ValueError(f"{what} {allowed}; got {array.dtype}")
    return array


def _filled(layout: Layout) -> Layout:
    if not layout.n_params:
        raise ValueError("must have at least one number; got none")
    return layout


def _like(values: np.ndarray, layer: Any) -> Any:
    if hasattr(layer, "new_tensor"):  # of PyTorch: of the same type, on the same device
        return layer.new_tensor(values)
    return values.astype(layer.dtype)
