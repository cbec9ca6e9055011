"""Arrays of an npz file that somebody gave: the list of them and their headers are checked before they are unpacked."""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_NAME_LENGTH

CheckHeader = Callable[[str, tuple[int, ...], np.dtype], None]
"""Of an array's name, shape and type, before its numbers are unpacked; raises ``DataError``."""

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


def read_arrays(content: bytes, names: Sequence[str], wanted: str, check: CheckHeader) -> dict[str, np.ndarray]:
    """The arrays of an npz file, by name; they are read-only. Nothing in a file can run.

    Parameters
    ----------
    names: which arrays there may be, each at most once.
    wanted: the same in words, for errors: "the arrays images, labels and perhaps agents".
    check: what refuses an array by its name, shape and type. No more bytes are unpacked than these take.

    Raises
    ------
    DataError: the file or an array is another than allowed, damaged, or packed in another way than by numpy.
    """
    try:
        if content.count(b"PK\x01\x02") > _MOST_ENTRIES:
            raise DataError(f"must hold only {wanted}; got more than {_MOST_ENTRIES} entries")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = _entries(archive, names, wanted)
            return {name: _array(archive, entries[name], name, check) for name in names if name in entries}
    except _DAMAGE as error:
        raise DataError(f"must be a whole npz file ({str(error)[:80]})") from None


def read_words(values: np.ndarray, name: str, count: int, of_what: str) -> list[str]:
    """Whole numbers or words as words, ``count`` of them; spaces around them are left out.

    Raises
    ------
    DataError: another number of them, or one that is not 1 to 60 printable characters.
    """
    if len(values) != count:
        raise DataError(f"must be one for each of the {count} {of_what}; got {len(values)}", column=name)
    try:
        words = [str(value).strip() for value in values.tolist()]
    except (SystemError, ValueError):  # numpy's, of which a word's letters are no Unicode
        raise DataError("must be words in Unicode", column=name) from None
    for row, word in enumerate(words, 1):
        if not 1 <= len(word) <= MAX_NAME_LENGTH or not word.isprintable():
            raise DataError(f"must be 1 to {MAX_NAME_LENGTH} printable characters; got {word!r}", row, name)
    return words


def _entries(archive: zipfile.ZipFile, names: Sequence[str], wanted: str) -> dict[str, zipfile.ZipInfo]:
    """The entries by array's name; a name that is not exactly one of ours is refused, whatever path it tries."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(".npy")
        if name not in names or entry.filename == name or name in entries:
            raise DataError(f"must hold {wanted}, once each; got {entry.filename[:MAX_NAME_LENGTH]!r}")
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError("must be neither encrypted nor packed in another way than by numpy", column=name)
        entries[name] = entry
    return entries


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, check: CheckHeader) -> np.ndarray:
    """One array; no more bytes are unpacked than its header's shape takes, which is checked first."""
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise DataError(f"must be of numpy's format 1.0 or 2.0; got {version}", column=name)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file, max_header_size=_MAX_HEADER)
        if any(type(side) is not int for side in shape):  # numpy lets True pass
            raise DataError(f"must have a shape of whole numbers; got {shape[:6]}", column=name)
        check(name, shape, dtype)
        n_bytes = math.prod(shape) * dtype.itemsize
        content = file.read(n_bytes + 1)
    if len(content) != n_bytes:
        more = "more" if len(content) > n_bytes else f"{len(content):,}"
        raise DataError(f"must be the {n_bytes:,} bytes that its header tells; got {more}", column=name)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C")
