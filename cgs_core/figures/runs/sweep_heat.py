"""One measure over two swept fields: a cell a pair of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.runs.sweep_axis import (
    AXIS_WIDTH,
    Swept,
    SweptMeasure,
    tick_texts,
)
from cgs_core.figures.style import (
    FONT_SIZE,
    HEAT_SCALE,
    INK,
    LEGEND_LINE,
    ON_HEAT,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    axis,
    axis_title,
    base_layout,
    cell_outline,
    narrow_layout,
    note,
    rounded,
)
from cgs_core.typing import FloatArray

_HEIGHT = 300
_NUMBER_WIDTH = 34  # pixels that a number in a cell takes
_LETTER = 7  # and one of its digits


def sweep_heat_figure(
    swept_x: Swept,
    swept_y: Swept,
    measure: FloatArray,
    title: str,
    is_percent: bool,
    *,
    is_points: bool = False,
    scenario_id: str,
) -> Figure:
    """A cell a pair of values, with its number in it; empty where not computed; the highest is outlined.

    Parameters
    ----------
    measure: (n_x, n_y) means over the seeds, NaN where not computed yet or undefined.
    is_points: whether it is a difference of two fractions.
    """
    named = SweptMeasure(title, measure, is_percent, is_points)
    n_x, n_y = measure.shape
    known = measure[np.isfinite(measure)]
    has_numbers = n_x * _NUMBER_WIDTH <= AXIS_WIDTH and n_y * 16 <= _HEIGHT
    best = np.argwhere(measure == known.max()) if len(known) else np.zeros((0, 2), dtype=np.int64)
    cells = _cells(swept_x, swept_y, named) | {"showscale": not has_numbers}
    heading = note(
        f"<b>{named.head}{' (%)' * (is_percent and not is_points)}</b>, the highest outlined",
        xref="paper",
        x=0,
        xanchor="left",
        yref="paper",
        y=1,
        yanchor="bottom",
    )
    layout = base_layout(
        kind="sweep-heat",
        scenario_id=scenario_id,
        title=f"{title} over {swept_x.title} and {swept_y.title}",
        alt=_alt(swept_x, swept_y, named),
        height=_HEIGHT + 78,
        margin={"l": 64 + 7 * max(map(len, swept_y.texts)), "r": 16, "t": 26, "b": 52},
        shapes=[cell_outline(x, y) for x, y in best.tolist()],
        annotations=[heading]
        if len(known)
        else [heading, note("not computed yet, or undefined", xref="paper", x=0.5, yref="paper", y=0.5)],
        xaxis=_cell_axis(swept_x, AXIS_WIDTH),
        yaxis=_cell_axis(swept_y, None),
    )
    data = [cells, _cell_numbers(named)] if has_numbers else [cells]
    return {"data": data, "layout": _narrower(layout, swept_x, heading, data)}


def _narrower(
    layout: dict[str, Any], swept_x: Swept, heading: dict[str, Any], data: Sequence[PlotlyTrace]
) -> dict[str, Any]:
    """On a phone: numbers only where the cells have room for them, else a scale; the heading in two lines."""
    margin = layout["margin"] | {"t": layout["margin"]["t"] + LEGEND_LINE}
    width = PHONE_WIDTH - margin["l"] - margin["r"]
    texts = data[1]["text"] if len(data) > 1 else []
    is_wide = len(swept_x.texts) * (_LETTER * max(map(len, texts), default=0) + 4) <= width
    swap = {} if is_wide or len(data) == 1 else {0: {"showscale": True}, 1: {"visible": False}}
    first = heading | {"text": heading["text"].replace(", the", "<br>the"), "align": "left"}
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        swap,
        height=layout["height"] + LEGEND_LINE,
        margin=margin,
        annotations=[first, *layout["annotations"][1:]],
        xaxis=_cell_axis(swept_x, width),
    )


def _cells(swept_x: Swept, swept_y: Swept, named: SweptMeasure) -> PlotlyTrace:
    measure = named.values
    known = measure[np.isfinite(measure)]
    return {
        "type": "heatmap",
        "x": list(range(measure.shape[0])),
        "y": list(range(measure.shape[1])),
        "z": rounded(measure.T),
        "colorscale": HEAT_SCALE,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "showscale": False,
        "zmin": float(known.min()) if len(known) else 0.0,
        "zmax": float(known.max()) if len(known) else 1.0,
        "text": [[_cell_text(value, named) for value in row] for row in measure.T],
        "customdata": [
            [
                f"{swept_x.title} {x}<br>{swept_y.title} {y}<br><b>{named.title}: {named.words(value)}</b>"
                for x, value in zip(swept_x.texts, row, strict=True)
            ]
            for y, row in zip(swept_y.texts, measure.T, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
        "colorbar": {
            "thickness": 12,
            "tickfont": {"size": FONT_SIZE, "color": INK},
            "outlinewidth": 0,
            "tickformat": ".0%" if named.is_percent else "",
        },
    }


def _cell_numbers(named: SweptMeasure) -> PlotlyTrace:
    """The numbers of the cells."""
    measure = named.values
    places = np.argwhere(np.isfinite(measure))
    values = measure[tuple(places.T)]
    return {
        "type": "scatter",
        "mode": "text",
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "text": [_cell_text(value, named) for value in values],
        "hoverinfo": "skip",
        "textfont": {"size": FONT_SIZE, "color": ON_HEAT},
    }


def _cell_text(value: float, named: SweptMeasure) -> str:
    """A number without its unit, which the heading has; nothing where it is undefined."""
    if not np.isfinite(value):
        return ""
    return named.words(value).removesuffix(" %").removesuffix(" points")


def _cell_axis(swept: Swept, width: float | None) -> dict[str, Any]:
    """Cells of equal width, with the values' texts; thinned out to ``width`` pixels."""
    places = [float(index) for index in range(len(swept.texts))]
    texts = list(swept.texts) if width is None else tick_texts(Swept(swept.title, swept.texts, tuple(places)), width)
    return axis(
        0,
        1,
        range=[-0.5, len(places) - 0.5],
        tickvals=places,
        ticktext=texts,
        showgrid=False,
        fixedrange=True,
        title=axis_title(swept.title, 8),
    )


def _alt(swept_x: Swept, swept_y: Swept, named: SweptMeasure) -> str:
    measure = named.values
    n_known = int(np.isfinite(measure).sum())
    words = f"{named.title} over {swept_x.title} and {swept_y.title}: {n_known} of {measure.size} cells have a number"
    if n_known:
        for name, flat in (("highest", np.nanargmax(measure)), ("lowest", np.nanargmin(measure))):
            x, y = np.unravel_index(int(flat), measure.shape)
            words += f"; {name} {named.words(float(measure[x, y]))} at {swept_x.texts[x]} and {swept_y.texts[y]}"
    return f"{words}."
