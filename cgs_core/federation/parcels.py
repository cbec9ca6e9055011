"""A reward as it is sent: all of its numbers, or those that are not 0 with their places, whichever is shorter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_PLACE = np.int32


@dataclass(frozen=True, eq=False)
class Parcel:
    """A flat vector of D numbers.

    Attributes
    ----------
    values: (k,) in the order of their places, or (D,).
    places: (k,) int32, from 0 and ascending; None where ``values`` are all.
    """

    values: np.ndarray
    places: np.ndarray | None = None

    @property
    def n_bytes(self) -> int:
        """Of the numbers and their places: at most the ``download_bytes`` of a float32 reward."""
        return self.values.nbytes + (0 if self.places is None else self.places.nbytes)


def packed(layers: Mapping[str, np.ndarray]) -> Parcel:
    """Layers by name, one after the other in the alphabetical order of their names."""
    whole = np.concatenate([np.asarray(layers[name]).reshape(-1) for name in sorted(layers)])
    (places,) = np.nonzero(whole)
    if len(places) * (whole.itemsize + _PLACE().itemsize) >= whole.nbytes or len(whole) > np.iinfo(_PLACE).max:
        return Parcel(whole)
    return Parcel(whole[places], places.astype(_PLACE))


def added(layers: Mapping[str, np.ndarray], parcel: Parcel) -> dict[str, np.ndarray]:
    """The layers of a model with what is in a parcel for it: new arrays, of the layers' shapes and types.

    Raises ``ValueError`` where the parcel is for a model of another size, or has a number that is not finite.
    """
    names = sorted(layers)
    sizes = [math.prod(layers[name].shape) for name in names]
    parts = np.split(_whole(parcel, sum(sizes)), np.cumsum(sizes)[:-1])
    own = {name: layers[name] + part.reshape(layers[name].shape) for name, part in zip(names, parts, strict=True)}
    return {name: own[name].astype(layer.dtype, copy=False) for name, layer in layers.items()}


def _whole(parcel: Parcel, n_params: int) -> np.ndarray:
    """(n_params,)."""
    values, places = parcel.values, parcel.places
    if values.ndim != 1 or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise ValueError(f"values: finite numbers in one row; got {values.dtype} of the shape {values.shape}")
    if places is None:
        if len(values) != n_params:
            raise ValueError(f"values: {n_params} of them, as the model has; got {len(values)}")
        return values
    if places.shape != values.shape or places.dtype.kind not in "iu":
        raise ValueError(
            f"places: whole numbers, one a value, {len(values)} of them; got {places.dtype} {places.shape}"
        )
    if len(places) and (places[0] < 0 or places[-1] >= n_params or (np.diff(places) <= 0).any()):
        raise ValueError(f"places: ascending, from 0 to {n_params - 1}")
    whole = np.zeros(n_params, values.dtype)
    whole[places] = values
    return whole
