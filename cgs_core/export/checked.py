"""A figure that came from a browser, checked before anything here reads or draws it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from cgs_core.errors import ExportError
from cgs_core.export.drawn import as_array, as_pixels
from cgs_core.figures.style import Figure

TRACE_TYPES = ("scatter", "bar", "heatmap", "image")
MAX_HEIGHT = 8_000  # pixels
MAX_WIDTH = 4_000
MAX_VALUES = 2_000_000  # numbers and texts in all
MAX_DEPTH = 12
_LAYOUT_FORBIDDEN = ("images", "template", "geo", "map", "mapbox", "scene", "transforms")
_ADDRESS = re.compile(r"(?:https?|file|ftp|blob|javascript|data|chrome)\s*:|url\s*\(|@import", re.IGNORECASE)
_WORDS = ("text", "hovertext", "customdata", "name", "ticktext", "hovertemplate", "texttemplate", "alt", "title")
"""Where people read; an address there is only text, and Plotly makes of no text a request."""


def checked_figure(figure: object) -> Figure:
    """The figure, if it is one of ours: of the kinds of traces that we draw, of bounded size, without an address.

    Raises
    ------
    ExportError: names the part, what is allowed and what came.
    """
    if not isinstance(figure, dict) or not isinstance(figure.get("data"), list):
        raise ExportError("figure", "must be an object with a list data", type(figure).__name__)
    layout, frames = figure.get("layout"), figure.get("frames", [])
    if not isinstance(layout, dict) or not isinstance(frames, list):
        raise ExportError("figure", "must have an object layout and a list frames", type(layout).__name__)
    _check_layout(layout)
    for place, trace in enumerate(figure["data"]):
        _check_trace(trace, f"data[{place}]")
    for place, frame in enumerate(frames):
        _check_frame(frame, place, figure["data"])
    n_values = sum(
        _check_value(*leaf) for leaf in _leaves({"data": figure["data"], "layout": layout, "frames": frames})
    )
    if n_values > MAX_VALUES:
        raise ExportError("figure", f"must hold at most {MAX_VALUES:,} values", n_values)
    return {"data": figure["data"], "layout": layout} | ({"frames": frames} if frames else {})


def _check_layout(layout: dict[str, Any]) -> None:
    for name in _LAYOUT_FORBIDDEN:
        if any(key.rstrip("0123456789") == name for key in layout):
            raise ExportError(f"layout.{name}", "must not be there", "one")
    for name, most in (("height", MAX_HEIGHT), ("width", MAX_WIDTH)):
        value = layout.get(name, 1 if name == "width" else None)
        if not isinstance(value, int | float) or not 1 <= value <= most:
            raise ExportError(f"layout.{name}", f"must be a number from 1 to {most}", value)
    if not isinstance(layout.get("font", {}), dict):
        raise ExportError("layout.font", "must be an object", layout["font"])
    meta = layout.get("meta")
    if not isinstance(meta, dict):
        raise ExportError("layout.meta", "must be an object", meta)
    for name in ("title", "filename", "alt"):
        if not isinstance(meta.get(name), str):
            raise ExportError(f"layout.meta.{name}", "must be text", meta.get(name))
    least = meta.get("min_width", 0)
    if not isinstance(least, int) or not 0 <= least <= MAX_WIDTH:
        raise ExportError("layout.meta.min_width", f"must be a whole number from 0 to {MAX_WIDTH}", least)
    margin = layout.get("margin")
    for side in "lrtb":
        value = margin.get(side) if isinstance(margin, dict) else None
        if not isinstance(value, int | float) or not 0 <= value <= MAX_HEIGHT:
            raise ExportError(f"layout.margin.{side}", f"must be a number from 0 to {MAX_HEIGHT}", value)


def _check_trace(trace: object, path: str) -> None:
    """Its kind, and the shapes that the table of drawn numbers relies on."""
    if not isinstance(trace, dict) or trace.get("type") not in TRACE_TYPES:
        got = trace.get("type") if isinstance(trace, dict) else type(trace).__name__
        raise ExportError(f"{path}.type", f"must be one of {', '.join(TRACE_TYPES)}", got)
    for name in ("marker", "error_x", "error_y"):
        if not isinstance(trace.get(name, {}), dict):
            raise ExportError(f"{path}.{name}", "must be an object", trace[name])
    for name in ("xaxis", "yaxis"):
        if not re.fullmatch(rf"{name[0]}\d{{0,3}}", str(trace.get(name, name[0]))):
            raise ExportError(f"{path}.{name}", f"must be {name[0]} or {name[0]} and a number", trace[name])
    x, y = trace.get("x", []), trace.get("y", [])
    if not isinstance(x, list) or not isinstance(y, list):
        raise ExportError(f"{path}.x, y", "must be lists", x if isinstance(y, list) else y)
    if trace["type"] == "heatmap":
        _check_cells(trace, len(x), len(y), path)
    elif trace["type"] == "image":
        _check_pixels(trace, path)
    elif len(x) != len(y):
        raise ExportError(f"{path}.x, y", "must be of one length", (len(x), len(y)))


def _check_cells(trace: dict[str, Any], n_columns: int, n_rows: int, path: str) -> None:
    try:
        rows, columns = as_array(trace.get("z")).shape
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ExportError(f"{path}.z", "must be rows of equal length, or their bytes", trace.get("z")) from None
    if n_columns not in (0, columns) or n_rows not in (0, rows):
        raise ExportError(
            f"{path}.x, y", f"must be {columns} and {rows}, as z has columns and rows", (n_columns, n_rows)
        )
    text = trace.get("text")
    if text is not None and not (isinstance(text, list) and len(text) == rows):
        raise ExportError(f"{path}.text", f"must be {rows} rows of texts", text)


def _check_pixels(trace: dict[str, Any], path: str) -> None:
    try:
        as_pixels(trace.get("z"))
    except (AttributeError, KeyError, TypeError, ValueError):
        allowed = "must be the bytes of rows of pixels: red, green, blue and whether anything is there"
        raise ExportError(f"{path}.z", allowed, trace.get("z")) from None
    if "source" in trace:
        raise ExportError(f"{path}.source", "must not be there", "one")


def _check_frame(frame: object, place: int, data: list[Any]) -> None:
    """A frame has a name and, for each trace that it changes, what becomes of it."""
    path = f"frames[{place}]"
    parts = frame.get("data") if isinstance(frame, dict) else None
    places = frame.get("traces") if isinstance(frame, dict) else None
    if not (
        isinstance(frame, dict)
        and isinstance(frame.get("name"), str)
        and isinstance(parts, list)
        and isinstance(places, list)
        and len(parts) == len(places)
    ):
        raise ExportError(path, "must have a name, and as many traces as data", type(frame).__name__)
    for trace, part in zip(places, parts, strict=True):
        if not isinstance(trace, int) or not 0 <= trace < len(data):
            raise ExportError(f"{path}.traces", f"must be places in data, from 0 to {len(data) - 1}", trace)
        if not isinstance(part, dict):
            raise ExportError(f"{path}.data", "must be objects", part)
        _check_trace(data[trace] | part, f"{path}.data")


def _leaves(value: Any, path: str = "", key: str = "", depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    """All numbers and texts: where, under which key, what."""
    if depth > MAX_DEPTH:
        raise ExportError(path, f"must be at most {MAX_DEPTH} deep", "more")
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name, name, depth + 1)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves(part, f"{path}[{index}]", key, depth + 1)
    else:
        yield path, key, value


def _check_value(path: str, key: str, value: Any) -> int:
    if isinstance(value, str) and key not in _WORDS and _ADDRESS.search(value):
        raise ExportError(path, "must not be or hold an address", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ExportError(path, "must be a finite number", value)
    return 1
