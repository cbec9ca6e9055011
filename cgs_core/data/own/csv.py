"""A person's own file, read by what it holds and never by its name: a CSV table, or an npz file of pictures.

Bytes, rows and columns are counted before anything is parsed, and nothing in a file can run.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import numpy as np

from cgs_core.data.own.arrays import OwnArrays, Samples, own_arrays
from cgs_core.data.own.images import read_images
from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_COLUMNS, MAX_NAME_LENGTH, MAX_ROWS
from cgs_core.typing import FloatArray

MAX_BYTES = 5_000_000
LARGEST = 1e100  # the square of a number stays finite

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SIGNATURES = {
    b"\x93NUMPY": "a single array",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF",
    b"\xff\xd8\xff": "a picture",
    b"\x80": "a pickle",
}


def read_upload(
    content: bytes, name: str = "Own data", label_column: str | None = None, agent_column: str | None = None
) -> OwnArrays:
    """A person's own data from a file's bytes; deterministic.

    Parameters
    ----------
    name: what the data set is called on the screen.
    label_column: of a table; None: the column named label, else the last one that is not the agent column.
    agent_column: of a table; None: the column named agent, if there is one; "": none.

    Raises
    ------
    DataError: anything is not as docs/how-to/own-data.md says, with the row and column.
    ScenarioError: the name is not 1 to 60 printable characters.
    """
    check_size(content)
    if content.startswith(b"PK"):
        return own_arrays(read_images(content), name)
    return own_arrays(read_csv(content, label_column, agent_column), name)


def check_size(content: bytes) -> None:
    """Refuse an empty file, and one that is too large."""
    if not 1 <= len(content) <= MAX_BYTES:
        raise DataError(f"a file must have 1 to {MAX_BYTES:,} bytes; got {len(content):,}")


def is_table(content: bytes) -> bool:
    """Whether a file is read as a table."""
    return not content.startswith(b"PK")


def table_head(content: bytes, n_rows: int = 6) -> list[list[str]]:
    """The first rows of a CSV file as text, the names of its columns first; errors as ``read_upload``."""
    check_size(content)
    rows = _rows(content)
    head = [_checked_header(next(rows, (1, []))[1])]
    for _, cells in rows:
        if len(head) > n_rows:
            break
        head.append(cells)
    return head


def default_columns(header: Sequence[str]) -> tuple[str, str]:
    """The label and the agent column of a table where nobody chose; "" for no agent column."""
    agent = next((name for name in header if name.lower() == "agent"), "")
    others = [name for name in header if name != agent]
    return next((name for name in others if name.lower() == "label"), others[-1]), agent


def read_csv(content: bytes, label_column: str | None = None, agent_column: str | None = None) -> Samples:
    """The samples of a CSV table; parameters and errors as of ``read_upload``."""
    rows = _rows(content)
    header = _checked_header(next(rows, (1, []))[1])
    label_default, agent_default = default_columns(header)
    label = _place(header, label_default if label_column is None else label_column, "label")
    agent_name = agent_default if agent_column is None else agent_column
    agent = _place(header, agent_name, "agent") if agent_name else None
    if label == agent:
        raise DataError("must be two columns: the label and the agent; got one for both", 1, label + 1)
    kept = [place for place in range(len(header)) if place not in (label, agent)]
    if not kept:
        raise DataError("must have at least one column of numbers besides the label and the agent", 1)
    numbers: list[FloatArray] = []
    labels: list[str] = []
    owners: list[str] = []
    for row, cells in rows:
        if len(cells) != len(header):
            raise DataError(f"must have {len(header)} cells, as the first row; got {len(cells)}", row)
        if len(labels) == MAX_ROWS:
            raise DataError(f"must be at most {MAX_ROWS:,} rows of samples; got more", row)
        numbers.append(_numbers(cells, kept, row, header))
        labels.append(_text(cells, label, row, header))
        if agent is not None:
            owners.append(_text(cells, agent, row, header))
    if not labels:
        raise DataError("must hold samples under the first row; got none")
    features = np.array(numbers, dtype=np.float64)
    return Samples(
        "table",
        (len(kept),),
        features,
        labels,
        None if agent is None else owners,
        header[label],
        "" if agent is None else header[agent],
    )


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers as a spreadsheet counts them."""
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            raise DataError(f"must be a CSV table, or an npz file with images and labels; got {what}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DataError(f"must be text in UTF-8; got the byte 0x{content[error.start]:02x}", row) from None
    if "\0" in text:
        raise DataError("must be text; got a zero byte", text[: text.index("\0")].count("\n") + 1)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = csv.reader(re.split(r"(?<=\n)|(?<=\r)(?!\n)", text), delimiter=separator, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"must be a CSV table ({error})", row) from None
        if any(cells):
            yield row, cells


def _checked_header(header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    if not 2 <= len(names) <= MAX_COLUMNS:
        raise DataError(f"must name 2 to {MAX_COLUMNS} columns, separated by commas; got {len(names)}", 1)
    for place, name in enumerate(names, 1):
        if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
            allowed = f"a column must have a name of 1 to {MAX_NAME_LENGTH} printable characters"
            raise DataError(f"{allowed}; got {name[:MAX_NAME_LENGTH]!r}", 1, place)
        if name in names[: place - 1]:
            raise DataError(f"the names of columns must differ; got {name!r} twice", 1, place)
    if all(_NUMBER.fullmatch(name) for name in names):
        raise DataError("must be the names of the columns; got numbers alone", 1)
    return names


def _place(header: list[str], name: str, what: str) -> int:
    if name not in header:
        raise DataError(f"the {what} column must be one of the table's; got {name!r}", 1)
    return header.index(name)


def _text(cells: list[str], place: int, row: int, header: list[str]) -> str:
    text = cells[place].strip()
    if not 1 <= len(text) <= MAX_NAME_LENGTH or not text.isprintable():
        allowed = f"({header[place]!r}) must be 1 to {MAX_NAME_LENGTH} printable characters"
        raise DataError(f"{allowed}; got {text[:MAX_NAME_LENGTH]!r}", row, place + 1)
    return text


def _numbers(cells: list[str], kept: list[int], row: int, header: list[str]) -> FloatArray:
    """(n_kept,) float64 of one row."""
    wanted = [cells[place].strip() for place in kept]
    try:
        numbers = np.array(wanted, dtype=np.float64)
    except ValueError:
        numbers = np.array([np.nan])
    together = "".join(wanted)  # of what numpy takes for numbers, CSV does not mean 1_000 and other alphabets' digits
    if together.isascii() and "_" not in together and (np.abs(numbers) <= LARGEST).all():
        return numbers
    for place, text in zip(kept, wanted, strict=True):
        if not _NUMBER.fullmatch(text) or abs(float(text)) > LARGEST:
            came = repr(text[:40]) if text else "an empty cell"
            raise DataError(f"({header[place]!r}) must be a finite number; got {came}", row, place + 1)
    return numbers
