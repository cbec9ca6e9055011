"""A tidy table as a pandas DataFrame, for programs and notebooks; pandas is loaded when one is asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cgs_core.tidy import as_it_was

if TYPE_CHECKING:
    from pandas import DataFrame as DataFrame

_NUMBERED = ("round", "seed", "agent")  # from 1; empty where the row is of all of them
_VALUES = {"": "nan", "True": "1", "False": "0"}


def tidy_frame(text: str) -> DataFrame:
    """The tidy CSV text of a trace, a sweep or a comparison as a DataFrame with the same columns and numbers.

    ``round``, ``seed`` and ``agent`` are whole numbers that may be missing (Int64). ``value`` is float64: 1 and 0 for
    what held or did not, NaN for what is undefined. Another column has numbers where all its cells are.

    Raises
    ------
    ImportError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        advice = "a DataFrame needs pandas, which is not installed: pip install pandas (or this package's extra 'app')"
        raise ImportError(advice, name="pandas") from None
    names, *rows = csv.reader(io.StringIO(text))
    columns = {name: [as_it_was(row[place]) for row in rows] for place, name in enumerate(names)}
    dtypes = {name: "Int64" for name in names if name in _NUMBERED} | {"value": "float64"}
    return pandas.DataFrame({name: _typed(name, cells) for name, cells in columns.items()}).astype(dtypes)


def _typed(name: str, cells: Sequence[str]) -> Sequence[Any]:
    """A column's cells as numbers, exactly those that the text says, or as they are."""
    if name in _NUMBERED:
        return [int(cell) if cell else None for cell in cells]
    if name == "value":
        return [float(_VALUES.get(cell, cell)) for cell in cells]
    for number in (int, float):
        try:
            return [number(cell) if cell or number is int else float("nan") for cell in cells]
        except ValueError:
            continue
    return cells
