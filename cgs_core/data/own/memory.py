"""A person's own samples as arrays of a program, checked: what a file of the same samples would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cgs_core.data.own.arrays import Samples
from cgs_core.data.own.csv import LARGEST
from cgs_core.data.own.images import MAX_PIXELS
from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_COLUMNS, MAX_NAME_LENGTH, MAX_ROWS, MAX_SIDE, MIN_SIDE, N_COLORS
from cgs_core.typing import FloatArray

_SHAPES = (
    f"must have the shape (samples, columns) of a table, 1 to {MAX_COLUMNS - 1} columns, or (samples, height, width) "
    f"of grey or (samples, height, width, {N_COLORS}) of coloured pictures, {MIN_SIDE} to {MAX_SIDE} high and wide"
)


def samples_of_arrays(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    agents: npt.ArrayLike | None = None,
    label_column: str = "label",
    agent_column: str = "agent",
) -> Samples:
    """The samples of arrays; parameters and errors as of ``with_arrays``."""
    values = _array("features", features)
    _check_shape(values)
    is_table = values.ndim == 2
    owners = None if agents is None else _words("agents", agents, len(values))
    return Samples(
        "table" if is_table else "image",
        values.shape[1:],
        _numbers(values) if is_table else _pixels(values),
        _words("labels", labels, len(values)),
        owners,
        label_column if is_table else "",
        agent_column if is_table and owners is not None else "",
    )


def _array(name: str, given: npt.ArrayLike) -> np.ndarray:
    try:
        return np.asarray(given)
    except ValueError as error:  # rows of different lengths
        raise DataError(f"{name}: must be an array ({error})") from None


def _check_shape(values: np.ndarray) -> None:
    if values.dtype.kind not in "uif":
        raise DataError(f"features: must be whole numbers or decimals; got {values.dtype}")
    one = values.shape[1:]  # sample
    is_table = len(one) == 1 and 1 <= one[0] < MAX_COLUMNS
    is_picture = len(one) == 2 or (len(one) == 3 and one[2] == N_COLORS)
    if not is_table and not (is_picture and all(MIN_SIDE <= side <= MAX_SIDE for side in one[:2])):
        raise DataError(f"features: {_SHAPES}; got {values.shape}")
    if not 1 <= len(values) <= MAX_ROWS:
        raise DataError(f"features: must be 1 to {MAX_ROWS:,} samples; got {len(values):,}")
    if is_picture and values.size > MAX_PIXELS:
        raise DataError(f"features: must be at most {MAX_PIXELS:,} pixels (of each colour); got {values.size:,}")


def _numbers(values: np.ndarray) -> FloatArray:
    """(n_samples, n_columns) float64."""
    _check_range(values, -LARGEST, LARGEST)
    return values.astype(np.float64)


def _pixels(values: np.ndarray) -> np.ndarray:
    """(n_samples, n_pixels): whole numbers from 0 to 255 as uint8, decimals from 0 to 1 as float32."""
    is_whole = values.dtype.kind in "ui"
    _check_range(values, 0, 255 if is_whole else 1)
    return values.astype(np.uint8 if is_whole else np.float32).reshape(len(values), -1)


def _check_range(values: np.ndarray, low: float, high: float) -> None:
    is_good = (values >= low) & (values <= high)  # false for NaN
    if not is_good.all():
        place = [int(index[0]) for index in np.nonzero(~is_good)]
        raise DataError(f"features{place}: must be a number from {low:g} to {high:g}; got {values[*place]}")


def _words(name: str, given: npt.ArrayLike, n_samples: int) -> Sequence[str]:
    values = _array(name, given)
    is_text = values.dtype.kind == "U" or all(isinstance(value, str) for value in values.ravel())
    if values.dtype.kind not in "ui" and not is_text:
        raise DataError(f"{name}: must be whole numbers or words; got {values.dtype}")
    if values.shape != (n_samples,):
        raise DataError(f"{name}: must be one for each of the {n_samples} samples; got shape {values.shape}")
    words = [str(value).strip() for value in values.tolist()]
    for place, word in enumerate(words):
        if not 1 <= len(word) <= MAX_NAME_LENGTH or not word.isprintable():
            raise DataError(f"{name}[{place}]: must be 1 to {MAX_NAME_LENGTH} printable characters; got {word!r}")
    return words
