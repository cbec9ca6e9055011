"""The one way to write a table as CSV, of which no spreadsheet computes a cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what spreadsheets begin to compute at, and what was made harmless
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|-?(inf|nan)", re.ASCII)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""A head and rows of its length, lines ending in "\n"; None and "" are empty cells, numbers are Python's own.

    Words that a spreadsheet would take for a formula have an apostrophe before them (``harmless``).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(harmless, head))
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet computes: words that begin with = + - @, a tab or a return get an apostrophe first.

    Numbers, also as text, stay. ``as_it_was`` takes it off again.

    Examples
    --------
    >>> [harmless(cell) for cell in ("=1+1", "-0.5", -0.5, "cat", "'=1")]
    ["'=1+1", '-0.5', -0.5, 'cat', "''=1"]
    """
    is_formula = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def as_it_was(cell: str) -> str:
    """The cell that ``harmless`` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
