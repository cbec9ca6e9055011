"""Pictures from an npz file; what it may hold is checked before it is unpacked (``archive``)."""

from __future__ import annotations

import math

import numpy as np

from cgs_core.data.own.archive import read_arrays, read_words
from cgs_core.data.own.arrays import Samples
from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_NAME_LENGTH, MAX_ROWS, MAX_SIDE, MIN_SIDE, N_COLORS
from cgs_core.typing import FloatArray

MAX_PIXELS = 16_000_000
"""Of all pictures of a file together, in colour three for each: 64 MB as training holds them."""

_ARRAYS = ("images", "labels", "agents")
_COLORS = ("red", "green", "blue")
_WANTED = "the arrays images, labels and perhaps agents"


def read_images(content: bytes) -> Samples:
    """The samples of an npz file: ``images`` (n, height, width) or (n, height, width, 3), ``labels`` (n,), and
    ``agents`` (n,) if there are any.

    Raises
    ------
    DataError: the file or an array is not as docs/how-to/own-data.md says.
    """
    arrays = read_arrays(content, _ARRAYS, _WANTED, _check_header)
    for name in _ARRAYS[:2]:
        if name not in arrays:
            raise DataError("is missing; an npz file must hold the arrays images and labels", column=name)
    images = _pixels(arrays["images"])
    labels = read_words(arrays["labels"], "labels", len(images), "pictures")
    owners = read_words(arrays["agents"], "agents", len(images), "pictures") if "agents" in arrays else None
    return Samples("image", images.shape[1:], images.reshape(len(images), -1), labels, owners, "", "")


def _check_header(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    kinds = "uif" if name == "images" else "uiU"
    if dtype.hasobject or dtype.kind not in kinds:
        allowed = "whole numbers or decimals" if name == "images" else "whole numbers or words"
        got = "pickled objects" if dtype.hasobject else str(dtype)[:40]
        raise DataError(f"must be {allowed}; got {got}", column=name)
    is_image = name == "images"
    if len(shape) not in ((3, 4) if is_image else (1,)):
        wanted = "(pictures, height, width), or with 3 behind it for colour" if is_image else "(pictures,)"
        raise DataError(f"must have the shape {wanted}; got {shape[:6]}", column=name)
    if len(shape) == 4 and shape[3] != N_COLORS:
        allowed = "must have 3 channels in its last axis (red, green, blue), or no such axis for grey"
        raise DataError(f"{allowed}; got {shape[3]} of {shape}", column=name)
    if not 1 <= shape[0] <= MAX_ROWS:
        raise DataError(f"must be 1 to {MAX_ROWS:,} pictures; got {shape[0]:,}", column=name)
    if any(not MIN_SIDE <= side <= MAX_SIDE for side in shape[1:3]):
        raise DataError(f"must be {MIN_SIDE} to {MAX_SIDE} pixels high and wide; got {shape[1:3]}", column=name)
    if math.prod(shape) > MAX_PIXELS:
        each = " (of each colour)" if len(shape) == 4 else ""
        raise DataError(f"must be at most {MAX_PIXELS:,} pixels{each} in all; got {math.prod(shape):,}", column=name)
    if dtype.itemsize > (8 if name == "images" else 4 * MAX_NAME_LENGTH):
        raise DataError(f"a value must be shorter; got {dtype.itemsize} bytes each", column=name)


def _pixels(images: np.ndarray) -> FloatArray:
    """Whole numbers from 0 to 255 as uint8, decimals from 0 to 1 as float32."""
    is_whole = images.dtype.kind in "ui"
    highest = 255 if is_whole else 1
    is_good = (images >= 0) & (images <= highest)  # false for NaN
    if not is_good.all():
        row, *pixel = (int(place[0]) for place in np.nonzero(~is_good))
        color = f" ({_COLORS[pixel[2]]})" if len(pixel) == 3 else ""
        allowed = f"pixel {tuple(place + 1 for place in pixel[:2])}{color} must be from 0 to {highest}"
        raise DataError(f"{allowed}; got {images[row, *pixel]}", row + 1, "images")
    return images.astype(np.uint8 if is_whole else np.float32)
