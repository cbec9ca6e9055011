"""What a class has predicted, counted, without names; and, once it is released, what is so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from cgs_core.figures.runs.prediction import SAID, Text, ordinal, ticks_of, wrapped
from cgs_core.figures.style import (
    CLEAR,
    FONT_SIZE,
    GRID,
    INK,
    Figure,
    PlotlyTrace,
    axis,
    axis_title,
    base_layout,
    note,
    rounded,
    text_on,
)

_MIN_WIDTH = 320
_N_BINS = 12
_STUDENTS = "students"


def class_choice_figure(
    labels: Sequence[str], counts: Sequence[int], true: Collection[int] | None, *, name: str
) -> Figure:
    """Options as rows: how many have chosen each. ``true``: the right ones; None while that is held back."""
    names = [
        wrapped(label) + ("<br><b>it is so</b>" if true is not None and one in true else "")
        for one, label in enumerate(labels)
    ]
    bars = _bar(list(counts), list(range(len(labels))), "h")
    most = max(1, *counts)
    alt = "; ".join(f"{label}: {count}" for label, count in zip(labels, counts, strict=True))
    if true is not None:
        alt += f". It is so: {', '.join(labels[one] for one in sorted(true)) or 'none of them'}"
    axes = {
        "xaxis": axis(0, most, range=[0, 1.12 * most], least_step=1, title=axis_title(_STUDENTS)),
        "yaxis": _rows(names),
    }
    return {"data": [bars], "layout": _layout(alt, name, _height(names), _left(names), axes)}


def class_number_figure(
    values: Sequence[float], low: float, high: float, truth: float | None, *, text: Text, name: str, what: str = ""
) -> Figure:
    """How many students have said how much, in twelve bins.

    ``truth``: None while that is held back; ``what``: the axis' title.
    """
    counts, edges = np.histogram(np.clip(values, low, high), bins=_N_BINS, range=(low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    bars = _bar(rounded(middles), counts.tolist(), "v") | {"width": float(0.92 * (edges[1] - edges[0]))}
    most = max(1, int(counts.max()))
    left, right = (low, high) if truth is None else (min(low, truth), max(high, truth))
    pad = 0.04 * (right - left)
    axes = {
        "xaxis": axis(
            left, right, range=[left - pad, right + pad], tick_text=ticks_of(text), most_ticks=5, title=axis_title(what)
        ),
        "yaxis": axis(0, most, range=[0, 1.25 * most], least_step=1, title=axis_title(_STUDENTS)),
    }
    more: dict[str, Any] = {}
    alt = f"How many students said how much, from {text(low)} to {text(high)}. "
    alt += f"{len(values)} answers, the median {text(float(np.median(values)))}." if len(values) else "No answers yet."
    if truth is not None:
        alt += f" It is {text(truth)}."
        line = {"color": INK, "width": 3}
        more["shapes"] = [{"type": "line", "x0": truth, "x1": truth, "yref": "paper", "y0": 0, "y1": 0.9, "line": line}]
        more["annotations"] = [note(f"it is <b>{text(truth)}</b>", x=truth, yref="paper", y=0.92, yanchor="bottom")]
    return {"data": [bars], "layout": _layout(alt, name, 300, 56, axes | more)}


def class_order_figure(
    labels: Sequence[str], counts: Sequence[Sequence[int]], true: Sequence[int] | None, *, name: str
) -> Figure:
    """Options as rows, places as columns: how many have put which option where, as circles with numbers.

    Parameters
    ----------
    counts: (K, K) of option and place. true: the options in their order, the first first; None while that is held
        back. A ring is then around the place that is an option's.
    """
    table = np.asarray(counts)
    most = max(1, int(table.max()))
    cells = [(option, place) for option in range(len(labels)) for place in range(len(labels)) if table[option, place]]
    circles: PlotlyTrace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [place for _, place in cells],
        "y": [option for option, _ in cells],
        "text": [str(int(table[cell])) for cell in cells],
        "textfont": {"size": FONT_SIZE, "color": text_on(SAID)},
        "marker": {
            "opacity": 1,
            "color": SAID,
            "size": [18 + 20 * float(np.sqrt(table[cell] / most)) for cell in cells],
        },
        "hovertemplate": "%{text} students<extra></extra>",
    }
    traces = [circles]
    alt = "; ".join(
        f"{label}: " + ", ".join(f"{ordinal(place + 1)} by {count}" for place, count in enumerate(row) if count)
        for label, row in zip(labels, table.tolist(), strict=True)
        if any(row)
    )
    alt = alt or "No answers yet"
    if true is not None:
        alt += f". The order is {', '.join(labels[one] for one in true)}"
        ring = {"color": CLEAR, "size": 44, "line": {"color": INK, "width": 3}}
        where = {"x": list(range(len(true))), "y": list(true)}
        traces.append({"type": "scatter", "mode": "markers", "marker": ring, "hoverinfo": "skip"} | where)
    places = list(range(len(labels)))
    axes = {
        "xaxis": axis(
            0,
            len(labels),
            range=[-0.6, len(labels) - 0.4],
            tickvals=places,
            ticktext=[ordinal(place + 1) for place in places],
            title=axis_title(_STUDENTS if true is None else f"{_STUDENTS}; in a ring: it is so"),
        ),
        "yaxis": _rows([wrapped(label) for label in labels]) | {"showgrid": True, "gridcolor": GRID},
    }
    return {"data": traces, "layout": _layout(alt, name, 52 * len(labels) + 80, _left(labels), axes)}


def _bar(x: list[Any], y: list[Any], orientation: str) -> PlotlyTrace:
    counted = "x" if orientation == "h" else "y"
    return {
        "type": "bar",
        "orientation": orientation,
        "x": x,
        "y": y,
        "marker": {"color": SAID},
        "text": [str(count) if count else "" for count in (x if orientation == "h" else y)],
        "textposition": "outside",
        "textfont": {"size": FONT_SIZE, "color": INK},
        "cliponaxis": False,
        "hovertemplate": f"%{{{counted}}} students<extra></extra>",
    }


def _rows(names: Sequence[str]) -> dict[str, Any]:
    return axis(
        0,
        len(names),
        range=[len(names) - 0.4, -0.6],
        tickvals=list(range(len(names))),
        ticktext=list(names),
        showgrid=False,
        fixedrange=True,
    )


def _height(names: Sequence[str]) -> int:
    return len(names) * max(44, 18 * (max(one.count("<br>") for one in names) + 1) + 10) + 90


def _left(names: Sequence[str]) -> int:
    return min(190, 7 * max(len(line) for one in names for line in wrapped(one).split("<br>")) + 20)


def _layout(alt: str, name: str, height: int, left: int, more: dict[str, Any]) -> dict[str, Any]:
    return base_layout(
        kind="class",
        scenario_id=name,
        title="What the class predicts",
        alt=f"What the class predicts. {alt}",
        height=height,
        min_width=_MIN_WIDTH,
        margin={"l": left, "r": 24, "t": 24, "b": 52},
        **more,
    )
