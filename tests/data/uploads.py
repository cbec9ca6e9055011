"""Files that people may give: good ones, and bad ones with what must be said of each."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zipfile
from typing import Any

import numpy as np


def csv_of(n_rows: int = 40, columns: str = "height,width,agent,label", end: str = "\n") -> bytes:
    """A table of two classes and two agents, who hold every second row."""
    lines = [
        f"{row / 8},{(row * 7) % 5},{'north' if row % 2 else 'south'},{'big' if row >= n_rows / 2 else 'small'}"
        for row in range(n_rows)
    ]
    return (end.join([columns, *lines]) + end).encode()


def npz_of(**changes: Any) -> bytes:
    """Forty pictures of 8x8 in two classes; changes replace arrays, None leaves one out."""
    images = np.arange(40 * 64, dtype=np.int64).reshape(40, 8, 8) % 251
    arrays = {"images": images.astype(np.uint8), "labels": np.arange(40) % 2} | changes
    file = io.BytesIO()
    np.savez_compressed(file, **{name: array for name, array in arrays.items() if array is not None})
    return file.getvalue()


def colored(n_images: int = 40, side: int = 8) -> np.ndarray:
    """Pictures in colour, every second one reddish and the others bluish; (n_images, side, side, 3) uint8."""
    images = np.random.default_rng(5).integers(0, 120, size=(n_images, side, side, 3), dtype=np.uint8)
    images[::2, :, :, 0] += 120
    images[1::2, :, :, 2] += 120
    return images


def zip_of(**members: bytes) -> bytes:
    """A zip of these members; two underscores in a name stand for a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def npy_of(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_header(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    """The header of an array without its bytes."""
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def lying_bomb() -> bytes:
    """400 MB of zeros in 400 kB, which the archive's directory calls 2,688 bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as member:
            member.write(npy_header((40, 8, 8)))
            for _ in range(400):
                member.write(bytes(1_000_000))
        archive.writestr("labels.npy", npy_of(np.arange(40) % 2))
    content = bytearray(file.getvalue())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 2_688)
    return bytes(content)


def with_cell(text: str, row: int = 7, column: int = 2) -> bytes:
    """The good table with another cell; row and column count from 1."""
    lines = csv_of().decode().splitlines()
    cells = lines[row - 1].split(",")
    cells[column - 1] = text
    return "\n".join([*lines[: row - 1], ",".join(cells), *lines[row:]]).encode()


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a pickle was run')",))


def _objects() -> np.ndarray:
    objects = np.empty(40, dtype=object)
    objects[:] = [_Runs() for _ in range(40)]
    return objects


IMAGES = np.zeros((40, 8, 8))
NAN, BRIGHT = IMAGES.copy(), IMAGES.copy()
NAN[4, 1, 2], BRIGHT[11, 0, 7] = np.nan, 1.5
BLUE = np.zeros((40, 8, 8, 3))
BLUE[2, 3, 4, 2] = 1.5
ODD = csv_of().replace(b"big", b"\xe9lev\xe9")

GOOD: dict[str, bytes] = {
    "table": csv_of(),
    "table with semicolons and a byte order mark": b"\xef\xbb\xbf" + csv_of().replace(b",", b";"),
    "table of Windows": csv_of(end="\r\n"),
    "grey pictures": npz_of(),
    "pictures with decimals, words and agents": npz_of(
        images=IMAGES + 0.5, labels=np.array(["cat", "dog"] * 20), agents=np.arange(40) // 10
    ),
    "pictures in colour": npz_of(images=colored()),
    "pictures in colour with decimals": npz_of(images=colored() / 255),
}

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "a file must have 1 to 5,000,000 bytes; got 0"),
    "too many bytes": (b"a,label\n" + b"1,x\n" * 1_300_000, "got 5,200,008"),
    "too many rows": (b"a,label\n" + b"1,x\n2,y\n" * 10_001, "row 20002: must be at most 20,000 rows"),
    "too many columns": (",".join(f"c{place}" for place in range(257)).encode(), "row 1: must name 2 to 256 columns"),
    "one column": (b"label\nx\ny\n", "row 1: must name 2 to 256 columns, separated by commas; got 1"),
    "names only": (b"a,label\n", "must hold samples under the first row; got none"),
    "no names": (b"1,2,0\n3,4,1\n", "row 1: must be the names of the columns; got numbers alone"),
    "a name twice": (csv_of(columns="a,a,agent,label"), "row 1, column 2: the names of columns must differ; got 'a'"),
    "no name": (csv_of(columns="a,,agent,label"), "row 1, column 2: a column must have a name of 1 to 60"),
    "long name": (csv_of(columns="a" * 61 + ",b,agent,label"), "row 1, column 1: a column must have a name"),
    "ragged": (csv_of() + b"1,2,north\n", "row 42: must have 4 cells, as the first row; got 3"),
    "word for a number": (with_cell("tall"), "row 7, column 2: ('width') must be a finite number; got 'tall'"),
    "empty cell": (with_cell(""), "row 7, column 2: ('width') must be a finite number; got an empty cell"),
    "NaN": (with_cell("nan"), "row 7, column 2: ('width') must be a finite number; got 'nan'"),
    "infinity": (with_cell("inf", row=3), "row 3, column 2: ('width') must be a finite number; got 'inf'"),
    "too large a number": (with_cell("1e200"), "row 7, column 2: ('width') must be a finite number; got '1e200'"),
    "underscore": (with_cell("1_000"), "row 7, column 2: ('width') must be a finite number; got '1_000'"),
    "no label": (with_cell("", column=4), "row 7, column 4: ('label') must be 1 to 60 printable characters; got ''"),
    "unprintable label": (with_cell("a\u202eb", column=4), "row 7, column 4: ('label') must be 1 to 60 printable"),
    "one class": (csv_of().replace(b"small", b"big"), "column label: must name 2 to 50 classes; got 1"),
    "many classes": (b"a,label\n" + b"".join(b"1,%d\n" % (row // 5) for row in range(300)), "got 60; is this"),
    "rare class": (with_cell("odd", column=4), "column label: class 'odd' must have at least 5 samples; got 1"),
    "one agent": (csv_of().replace(b"south", b"north"), "column agent: must name 2 to 50 agents; got 1"),
    "not UTF-8": (ODD, "row 22: must be text in UTF-8; got the byte 0xe9"),
    "UTF-16": (csv_of().decode().encode("utf-16"), "row 1: must be text in UTF-8; got the byte 0xff"),
    "zero byte": (with_cell("\0", row=5), "row 5: must be text; got a zero byte"),
    "open quote": (csv_of() + b'"1,2,north,big\n', "row 42: must be a CSV table"),
    "gzip": (gzip.compress(csv_of()), "got a gzip file"),
    "pickle": (pickle.dumps([1, 2]), "got a pickle"),
    "one npy": (npy_of(IMAGES), "got a single array"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "got a picture"),
    "spreadsheet": (zip_of(xl__workbook_xml=b"<x/>"), "must hold the arrays images, labels and perhaps agents"),
    "path upwards": (zip_of(**{"..__..__images.npy": b"x"}), "once each; got '../../images.npy'"),
    "absolute path": (zip_of(__etc__passwd=b"x"), "once each; got '/etc/passwd'"),
    "no labels": (npz_of(labels=None), "column labels: is missing"),
    "pickled labels": (npz_of(labels=_objects()), "column labels: must be whole numbers or words; got pickled objects"),
    "pickled images": (npz_of(images=_objects()), "column images: must be whole numbers or decimals; got pickled"),
    "decimals as labels": (npz_of(labels=np.zeros(40)), "column labels: must be whole numbers or words; got float64"),
    "flat images": (npz_of(images=np.zeros((40, 64))), "column images: must have the shape (pictures, height, width)"),
    "two channels": (npz_of(images=np.zeros((40, 8, 8, 2))), "must have 3 channels in its last axis"),
    "transparency": (npz_of(images=np.zeros((40, 8, 8, 4))), "axis for grey; got 4 of (40, 8, 8, 4)"),
    "one channel": (npz_of(images=np.zeros((40, 8, 8, 1))), "axis for grey; got 1 of (40, 8, 8, 1)"),
    "channels first": (npz_of(images=np.zeros((40, 3, 8, 8))), "axis for grey; got 8 of (40, 3, 8, 8)"),
    "films": (npz_of(images=np.zeros((40, 2, 8, 8, 3))), "must have the shape (pictures, height, width), or with 3"),
    "large colours": (npz_of(images=np.zeros((40, 65, 8, 3))), "must be 4 to 64 pixels high and wide; got (65, 8)"),
    "colours ask for all memory": (
        zip_of(**{"images.npy": npy_header((2_000, 64, 64, 3)), "labels.npy": b""}),
        "must be at most 16,000,000 pixels (of each colour) in all; got 24,576,000",
    ),
    "too blue": (npz_of(images=BLUE), "row 3, column images: pixel (4, 5) (blue) must be from 0 to 1; got 1.5"),
    "large images": (npz_of(images=np.zeros((40, 8, 65))), "column images: must be 4 to 64 pixels high and wide"),
    "short labels": (npz_of(labels=np.arange(39)), "column labels: must be one for each of the 40 pictures; got 39"),
    "NaN in an image": (npz_of(images=NAN), "row 5, column images: pixel (2, 3) must be from 0 to 1; got nan"),
    "too bright": (npz_of(images=BRIGHT), "row 12, column images: pixel (1, 8) must be from 0 to 1; got 1.5"),
    "negative": (npz_of(images=np.full((40, 8, 8), -1)), "row 1, column images: pixel (1, 1) must be from 0 to 255"),
    "cut short": (npz_of()[:-30], "must be a whole npz file"),
    "header lies": (
        zip_of(**{"images.npy": npy_header((40, 8, 8)), "labels.npy": npy_of(np.arange(40))}),
        "column images: must be the 2,560 bytes that its header tells; got 0",
    ),
    "header asks for all memory": (
        zip_of(**{"images.npy": npy_header((20_000, 64, 64), "<f8"), "labels.npy": b""}),
        "column images: must be at most 16,000,000 pixels in all; got 81,920,000",
    ),
    "zip bomb": (zip_of(**{"images.npy": bytes(4_000_000), "labels.npy": b""}), "must be a whole npz file"),
    "zip bomb that lies": (lying_bomb(), "must be a whole npz file (Bad CRC-32 for file 'images.npy')"),
    "longer than its header": (
        zip_of(**{"images.npy": npy_header((40, 8, 8)) + bytes(9_000), "labels.npy": b""}),
        "column images: must be the 2,560 bytes that its header tells; got more",
    ),
    "truth as a side": (
        zip_of(**{"images.npy": npy_header((True, 8, 8)) + bytes(64), "labels.npy": npy_of(np.arange(1))}),
        "column images: must have a shape of whole numbers; got (True, 8, 8)",
    ),
    "truth as a number of labels": (
        zip_of(**{"images.npy": npy_header((1, 8, 8)) + bytes(64), "labels.npy": npy_header((True,))}),
        "column labels: must have a shape of whole numbers; got (True,)",
    ),
    "beyond Unicode": (
        npz_of(labels=np.full(40, 0xFFFFFFFF, dtype="<u4").view("<U1")),
        "column labels: must be words in Unicode",
    ),
    "half a letter": (
        npz_of(labels=np.full(40, 0xD800, dtype="<u4").view("<U1")),
        "row 1, column labels: must be 1 to 60 printable characters; got '\\ud800'",
    ),
    "a header that mixes keys": (
        zip_of(**{"images.npy": b"\x93NUMPY\x01\x00\x14\x00{1: 2, 'shape': (1,)}\n", "labels.npy": b""}),
        "must be a whole npz file",
    ),
    "crowd": (zip_of(**{f"member{place}": b"" for place in range(200)}), "got more than 64 entries"),
}
