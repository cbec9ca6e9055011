"""Pictures from an npz file: its list of arrays and their headers are checked before a byte of theirs is unpacked."""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib

import numpy as np

from cgs_core.data.own.arrays import Samples
from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_NAME_LENGTH, MAX_ROWS, MAX_SIDE, MIN_SIDE, N_COLORS
from cgs_core.typing import FloatArray

MAX_PIXELS = 16_000_000
"""Of all pictures of a file together, in colour three for each: 64 MB as training holds them."""

_ARRAYS = ("images", "labels", "agents")
_COLORS = ("red", "green", "blue")
_MOST_ENTRIES = 64  # of anything that looks like one, before the list is parsed
_MAX_HEADER = 4_096
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged archive, or an array's damaged header, may raise."""


def read_images(content: bytes) -> Samples:
    """The samples of an npz file: ``images`` (n, height, width) or (n, height, width, 3), ``labels`` (n,), and
    ``agents`` (n,) if there are any.

    Raises
    ------
    DataError: the file or an array is not as docs/how-to/own-data.md says.
    """
    try:
        if content.count(b"PK\x01\x02") > _MOST_ENTRIES:
            raise DataError(f"must hold only the arrays {', '.join(_ARRAYS)}; got more than {_MOST_ENTRIES} entries")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = _entries(archive)
            images = _pixels(_array(archive, entries["images"], "images"))
            labels = _words(_array(archive, entries["labels"], "labels"), "labels", len(images))
            owners = None
            if "agents" in entries:
                owners = _words(_array(archive, entries["agents"], "agents"), "agents", len(images))
    except _DAMAGE as error:
        raise DataError(f"must be a whole npz file ({str(error)[:80]})") from None
    return Samples("image", images.shape[1:], images.reshape(len(images), -1), labels, owners, "", "")


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by array's name; a name that is not exactly one of ours is refused, whatever path it tries."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(".npy")
        if name not in _ARRAYS or entry.filename == name or name in entries:
            got = entry.filename[:MAX_NAME_LENGTH]
            raise DataError(f"must hold the arrays images, labels and perhaps agents, once each; got {got!r}")
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError("must be neither encrypted nor packed in another way than by numpy", column=name)
        entries[name] = entry
    for name in _ARRAYS[:2]:
        if name not in entries:
            raise DataError("is missing; an npz file must hold the arrays images and labels", column=name)
    return entries


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> np.ndarray:
    """One array; no more bytes are unpacked than its header's shape takes, which is checked first."""
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise DataError(f"must be of numpy's format 1.0 or 2.0; got {version}", column=name)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file, max_header_size=_MAX_HEADER)
        _check_header(name, shape, dtype)
        n_bytes = math.prod(shape) * dtype.itemsize
        content = file.read(n_bytes + 1)
    if len(content) != n_bytes:
        more = "more" if len(content) > n_bytes else f"{len(content):,}"
        raise DataError(f"must be the {n_bytes:,} bytes that its header tells; got {more}", column=name)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C")


def _check_header(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    kinds = "uif" if name == "images" else "uiU"
    if dtype.hasobject or dtype.kind not in kinds:
        allowed = "whole numbers or decimals" if name == "images" else "whole numbers or words"
        got = "pickled objects" if dtype.hasobject else str(dtype)[:40]
        raise DataError(f"must be {allowed}; got {got}", column=name)
    if any(type(side) is not int for side in shape):  # numpy lets True pass
        raise DataError(f"must have a shape of whole numbers; got {shape[:6]}", column=name)
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


def _words(values: np.ndarray, name: str, n_images: int) -> list[str]:
    if len(values) != n_images:
        raise DataError(f"must be one for each of the {n_images} pictures; got {len(values)}", column=name)
    try:
        words = [str(value).strip() for value in values.tolist()]
    except (SystemError, ValueError):  # numpy's, of which a word's letters are no Unicode
        raise DataError("must be words in Unicode", column=name) from None
    for row, word in enumerate(words, 1):
        if not 1 <= len(word) <= MAX_NAME_LENGTH or not word.isprintable():
            raise DataError(f"must be 1 to {MAX_NAME_LENGTH} printable characters; got {word!r}", row, name)
    return words
