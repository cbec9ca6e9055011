"""The drawn numbers of a figure as a table, and a figure as it stands in one of its frames."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from cgs_core.errors import ExportError
from cgs_core.figures.frames import ALL_ROUNDS
from cgs_core.figures.style import Figure, PlotlyTrace
from cgs_core.tidy import csv_text

_COLUMNS = (
    "frame",
    "trace",
    "name",
    "point",
    "label",
    "x",
    "x_label",
    "y",
    "y_label",
    "z",
    "base",
    "size",
    "x_minus",
    "x_plus",
    "y_minus",
    "y_plus",
    "text",
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:b|i|u|s|em|sub|sup|span|a)\b[^<>]*>", re.IGNORECASE)  # all that Plotly knows
_NUMBERS = {"u1": "<u1", "i1": "<i1", "u2": "<u2", "i2": "<i2", "i4": "<i4", "f4": "<f4", "f8": "<f8"}

Row = dict[str, Any]


def at_frame(figure: Figure, name: str) -> Figure:
    """The figure as it stands in the frame of this name ("0" is the first round), without frames.

    Raises
    ------
    ExportError: the figure has no such frame.
    """
    for frame in figure.get("frames", []):
        if frame["name"] == name:
            data = list(figure["data"])
            for place, part in zip(frame["traces"], frame["data"], strict=True):
                data[place] = data[place] | part
            return {"data": data, "layout": figure["layout"]}
    names = ", ".join(frame["name"] for frame in figure.get("frames", [])) or "none"
    raise ExportError("frame", f"must be one of {names}", name)


def drawn_csv(figure: Figure) -> str:
    """Exactly the numbers that a figure draws, tidy: a point a row; only columns that hold something.

    ``trace`` and ``point`` count from 1 in the order of drawing, ``label`` is the point's own name (an agent); words
    that stand in the picture by themselves are a point's ``text`` without a place;
    ``x_label`` and ``y_label`` are words of the axis there, ``x_minus`` to ``y_plus`` the ends of error bars. Of a
    figure with frames, ``frame`` counts them from 1 (rounds, as a rule); that of all rounds is "all", and what stands
    still has none.
    """
    frames = figure.get("frames", [])
    moving = {place for frame in frames for place in frame["traces"]}
    rows: list[Row] = []
    for place, trace in enumerate(figure["data"]):
        if place not in moving:
            rows += _rows(trace, place, figure["layout"])
    for number, frame in enumerate(frames, 1):
        told = ALL_ROUNDS if frame["name"] == ALL_ROUNDS else number
        for place, part in zip(frame["traces"], frame["data"], strict=True):
            rows += ({"frame": told} | row for row in _rows(figure["data"][place] | part, place, figure["layout"]))
    return _table(rows)


def plain_text(text: str) -> str:
    """Plotly's text without its markup."""
    return html.unescape(_MARKUP.sub("", _BREAK.sub(" ", text))).replace("\u00a0", " ").strip()


def _table(rows: list[Row]) -> str:
    columns = [column for column in _COLUMNS if any(row.get(column) not in (None, "") for row in rows)]
    return csv_text(columns, ([row.get(column, "") for column in columns] for row in rows))


# -- rows of a trace -------------------------------------------------------------------------------------------


def _rows(trace: PlotlyTrace, place: int, layout: dict[str, Any]) -> Iterator[Row]:
    if trace.get("visible", True) is not True:
        return
    words = _axis_words(trace, layout)
    read = {"heatmap": _cells, "image": _pixels}.get(trace["type"], _points)
    points = read(trace)
    head = {"trace": place + 1, "name": plain_text(str(trace.get("name", "")))}
    for point in points:
        labels = {f"{letter}_label": words[letter].get(point[letter], "") for letter in "xy"}
        if point.pop("is_text", False):
            point |= {"x": None, "y": None}
        yield head | {name: value for name, value in point.items() if value is not None} | labels


def _points(trace: PlotlyTrace) -> Iterator[Row]:
    """Of lines, markers, words and bars; a gap in a line is no point."""
    x, y = trace.get("x", []), trace.get("y", [])
    is_text = trace.get("mode") == "text"
    for index, (x_at, y_at) in enumerate(zip(x, y, strict=True)):
        if x_at is None or y_at is None:
            continue
        yield {
            "point": index + 1,
            "x": x_at,
            "y": y_at,
            "base": _at(trace.get("base"), index),
            "size": _at(trace.get("marker", {}).get("size"), index),
            "label": _label(trace.get("customdata"), index),
            "text": _text(trace.get("text"), index),
            "is_text": is_text,
            **_error_ends(trace, "x", x_at, index),
            **_error_ends(trace, "y", y_at, index),
        }


def _cells(trace: PlotlyTrace) -> Iterator[Row]:
    """Of a heat map, row by row; an empty cell is no point."""
    z = as_array(trace["z"])
    x = trace.get("x") or [trace.get("x0", 0) + column * trace.get("dx", 1) for column in range(z.shape[1])]
    y = trace.get("y") or [trace.get("y0", 0) + row * trace.get("dy", 1) for row in range(z.shape[0])]
    texts = trace.get("text")
    for row, column in np.ndindex(z.shape):
        if z[row, column] is not None:
            text = None if texts is None else _text(texts[row], column)
            yield {
                "point": row * z.shape[1] + column + 1,
                "x": x[column],
                "y": y[row],
                "z": z[row, column],
                "text": text,
            }


def _pixels(trace: PlotlyTrace) -> Iterator[Row]:
    """Of pictures in colour, row by row: ``z`` is red, green and blue as "#rrggbb"; a clear pixel is no point."""
    pixels = as_pixels(trace["z"])
    for row, column in np.argwhere(pixels[:, :, 3] > 0).tolist():
        yield {
            "point": row * pixels.shape[1] + column + 1,
            "x": column,
            "y": row,
            "z": f"#{pixels[row, column, :3].tobytes().hex()}",
        }


def as_pixels(values: Any) -> np.ndarray[Any, Any]:
    """Pictures in colour as the figures write them: (rows, columns, 4) uint8, the last of the four 0 or 255.

    Raises
    ------
    ValueError, KeyError, TypeError: it is none.
    """
    rows, columns, four = (int(side) for side in values["shape"].split(","))
    if values["dtype"] != "u1" or four != 4:
        raise ValueError("must be four bytes a pixel")
    return np.frombuffer(base64.b64decode(values["bdata"], validate=True), dtype=np.uint8).reshape(rows, columns, 4)


def as_array(values: Any) -> np.ndarray[Any, Any]:
    """A heat map's values, (rows, columns), of Plotly's two ways to write them: rows of numbers, or bytes.

    Raises
    ------
    ValueError, KeyError, TypeError: it is neither.
    """
    if isinstance(values, dict):
        rows, columns = (int(side) for side in values["shape"].split(","))
        numbers = np.frombuffer(base64.b64decode(values["bdata"], validate=True), dtype=_NUMBERS[values["dtype"]])
        return numbers.reshape(rows, columns).astype(object)
    n_columns = {len(row) for row in values}
    if len(n_columns) > 1:
        raise ValueError("rows must be of equal length")
    return np.array(values, dtype=object).reshape(len(values), n_columns.pop() if n_columns else 0)


def _at(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list) and index < len(values) else None


def _text(texts: Any, index: int) -> str | None:
    text = texts if isinstance(texts, str) else _at(texts, index)
    return None if text is None else plain_text(str(text))


def _label(custom: Any, index: int) -> str | None:
    """The point's name: what the figure keeps beside it, or the first of it."""
    own = _at(custom, index)
    first = own[0] if isinstance(own, list) and own else own
    return plain_text(first) if isinstance(first, str) else None


def _error_ends(trace: PlotlyTrace, letter: str, value: float, index: int) -> Row:
    bars = trace.get(f"error_{letter}")
    if not bars or bars.get("visible") is False or (plus := _at(bars.get("array"), index)) is None:
        return {}
    minus = _at(bars.get("arrayminus"), index)
    below = plus if minus is None else minus
    return {f"{letter}_minus": round(value - below, 10), f"{letter}_plus": round(value + plus, 10)}


def _axis_words(trace: PlotlyTrace, layout: dict[str, Any]) -> dict[str, dict[Any, str]]:
    """For x and y: what an axis writes at a value, where it writes more than the number."""
    words: dict[str, dict[Any, str]] = {}
    for letter in "xy":
        axis = layout.get(trace.get(f"{letter}axis", letter).replace(letter, f"{letter}axis"), {})
        ticks = zip(axis.get("tickvals") or [], axis.get("ticktext") or [], strict=False)
        words[letter] = {value: text for value, tick in ticks if re.search("[^\\W\\d_]", text := plain_text(str(tick)))}
    return words
