"""A sweep's two measures against each other, with the Pareto front, and one measure over two swept fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.figures.frames import animated_figure
from cgs_core.figures.runs.sweep_axis import (
    AXIS_WIDTH,
    CURVE,
    LIT,
    STRIP_HEIGHT,
    Swept,
    SweptMeasure,
    limits,
    mark_words,
    number_words,
    progress_words,
    seed_means,
    strip_axis,
    tick_texts,
)
from cgs_core.figures.style import (
    CLEAR,
    FAINT,
    FONT_SIZE,
    HEAT_SCALE,
    INK,
    LEGEND_ON_TOP,
    Figure,
    PlotlyTrace,
    axis,
    axis_title,
    base_layout,
    legend_line,
    note,
    rounded,
    text_on,
)
from cgs_core.typing import FloatArray

FRONT = "#009E73"

_SCATTER_HEIGHT = 270
_NAME_ROOM = (60, 18)  # pixels, across and up, that the name of a point takes
_HEAT_HEIGHT = 300
_NUMBER_WIDTH = 34  # pixels that a number in a cell takes


def pareto_front(x: FloatArray, y: FloatArray) -> npt.NDArray[np.bool_]:
    """Which points no other one beats: none has at least as much of both and more of one. Undefined ones are beaten.

    Parameters
    ----------
    x, y: (n_points,), more is better, NaN where undefined.
    """
    has_as_much = (x >= x[:, np.newaxis]) & (y >= y[:, np.newaxis])
    has_more = (x > x[:, np.newaxis]) | (y > y[:, np.newaxis])
    return np.isfinite(x) & np.isfinite(y) & ~(has_as_much & has_more).any(axis=1)


def sweep_scatter_figure(swept: Swept, x: SweptMeasure, y: SweptMeasure, *, scenario_id: str) -> Figure:
    """A point a value (means over the seeds), joined in the order of the values; more of both measures is better.

    A frame a value, named by its index, lights its point; at first the last value's.
    """
    across, up = _paired(x, y)
    is_front = pareto_front(across, up)
    counts = [min(pair) for pair in zip(x.counts, y.counts, strict=True)]
    ranges = [_padded(limits(values)) for values in (across, up)]
    top = round(_SCATTER_HEIGHT / (_SCATTER_HEIGHT + STRIP_HEIGHT), 5)
    empty = (
        []
        if np.isfinite(across).any()
        else [note("not computed yet, or undefined", xref="paper", x=0.5, yref="paper", y=0.5)]
    )
    layout = base_layout(
        kind="sweep-scatter",
        scenario_id=scenario_id,
        title=f"{y.title} against {x.title}",
        alt=_scatter_alt(swept, x, y, counts, is_front),
        height=_SCATTER_HEIGHT + STRIP_HEIGHT + 84,
        margin={"l": 76, "r": 20, "t": 32, "b": 52},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        annotations=empty,
        xaxis=_measure_axis(x, across, ranges[0]) | {"title": axis_title(x.title), "anchor": "y"},
        yaxis=_measure_axis(y, up, ranges[1]) | {"title": axis_title(y.title, 8), "domain": [0.0, top]},
        yaxis2=strip_axis([top, 1.0]),
    )
    names = [index for index in (0, len(counts) - 1) if counts[index]]

    def parts_at(index: int) -> list[dict[str, Any]]:
        own = [index] if np.isfinite(across[index]) else []
        named = [other for other in names if not own or not _is_near(across, up, ranges, index, other)]
        texts = [f"<b>{swept.texts[place]}</b>" for place in own] + [swept.texts[place] for place in named]
        shown = own + named
        return [
            {"x": rounded(across[own]), "y": rounded(up[own])},
            {"x": rounded(across[shown]), "y": rounded(up[shown]), "text": texts},
            {"x": [ranges[0][0]], "text": [_state_words(swept, x, y, counts, index)]},
        ]

    return animated_figure(
        len(counts),
        still=_points(swept, x, y, is_front, ranges),
        moving=_scatter_marks(),
        parts_at=parts_at,
        layout=layout,
        round_index=None,
    )


def _paired(x: SweptMeasure, y: SweptMeasure) -> tuple[FloatArray, FloatArray]:
    """Means of both measures, NaN where one of them has none."""
    across, up = seed_means(x.values), seed_means(y.values)
    is_known = np.isfinite(across) & np.isfinite(up)
    return np.where(is_known, across, np.nan), np.where(is_known, up, np.nan)


def _padded(ends: tuple[float, float]) -> list[float]:
    pad = 0.08 * (ends[1] - ends[0])
    return [round(ends[0] - pad, 5), round(ends[1] + pad, 5)]


def _measure_axis(measure: SweptMeasure, values: FloatArray, ends: list[float]) -> dict[str, Any]:
    plain = axis(*limits(values), tick_text=measure.tick, range=ends, fixedrange=True)
    return plain if np.isfinite(values).any() else plain | {"tickvals": [], "ticktext": []}


def _points(
    swept: Swept, x: SweptMeasure, y: SweptMeasure, is_front: npt.NDArray[np.bool_], ranges: list[list[float]]
) -> list[PlotlyTrace]:
    """The front as a step line to the ends of both axes, the path from value to value, the points, and the rings."""
    across, up = _paired(x, y)
    known = np.flatnonzero(np.isfinite(across))
    steps = np.flatnonzero(is_front)
    steps = steps[np.argsort(across[steps], kind="stable")]
    plain = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    step_x = [ranges[0][0], *rounded(across[steps]), *rounded(across[steps[-1:]])] if len(steps) else []
    step_y = [*rounded(up[steps[:1]]), *rounded(up[steps]), ranges[1][0]] if len(steps) else []
    shape = [":.1%" if measure.is_percent else ":.3~g" for measure in (x, y)]
    return [
        legend_line("Pareto front: more of one costs the other", {"color": FRONT, "width": 2}),
        plain | {"name": "front", "x": step_x, "y": step_y, "line": {"color": FRONT, "width": 2, "shape": "vh"}},
        plain
        | {"name": "path", "x": rounded(across[known]), "y": rounded(up[known]), "line": {"color": FAINT, "width": 1}},
        plain
        | {
            "name": "points",
            "mode": "markers",
            "x": rounded(across[known]),
            "y": rounded(up[known]),
            "marker": {"color": CURVE, "size": 8},
            "customdata": [swept.texts[index] for index in known],
            "hoverinfo": "all",
            "hovertemplate": f"<b>{swept.title} %{{customdata}}</b><br>{x.title}: %{{x{shape[0]}}}<br>"
            f"{y.title}: %{{y{shape[1]}}}<extra></extra>",
        },
        plain
        | {
            "name": "rings",
            "mode": "markers",
            "x": rounded(across[steps]),
            "y": rounded(up[steps]),
            "marker": {"symbol": "circle-open", "color": FRONT, "size": 14, "line": {"width": 2}},
        },
    ]


def _scatter_marks() -> list[PlotlyTrace]:
    """The lit point, the names of points, and the words above the plot."""
    plain = {
        "type": "scatter",
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "textfont": {"size": FONT_SIZE, "color": INK},
    }
    return [
        plain
        | {
            "name": "lit",
            "mode": "markers",
            "marker": {"color": LIT, "size": 12, "line": {"color": INK, "width": 1.5}},
        },
        plain
        | {
            "name": "names",
            "mode": "markers+text",
            "textposition": "top right",
            "marker": {"color": CLEAR, "size": 10},
        },
        plain | {"name": "state", "mode": "text", "y": [0.5], "yaxis": "y2", "textposition": "middle right"},
    ]


def _is_near(across: FloatArray, up: FloatArray, ranges: list[list[float]], one: int, other: int) -> bool:
    """Whether the names of two points would touch."""
    (left, right), (bottom, top) = ranges
    pixels_across = abs(across[one] - across[other]) / (right - left) * AXIS_WIDTH
    pixels_up = abs(up[one] - up[other]) / (top - bottom) * _SCATTER_HEIGHT
    return bool(pixels_across < _NAME_ROOM[0] and pixels_up < _NAME_ROOM[1])


def _state_words(swept: Swept, x: SweptMeasure, y: SweptMeasure, counts: list[int], index: int) -> str:
    """The value and its two means, or why it has no point."""
    if counts[index]:
        means = (float(seed_means(measure.values)[index]) for measure in (x, y))
        words = (f"{measure.title} {measure.words(mean)}" for measure, mean in zip((x, y), means, strict=True))
        return f"{mark_words(swept, counts, index)}: {', '.join(words)}"
    is_computed = x.counts[index] or y.counts[index]
    return f"<b>{swept.texts[index]}</b> undefined" if is_computed else mark_words(swept, counts, index)


def _scatter_alt(
    swept: Swept, x: SweptMeasure, y: SweptMeasure, counts: list[int], is_front: npt.NDArray[np.bool_]
) -> str:
    front = [swept.texts[index] for index in np.flatnonzero(is_front)]
    if not front:
        words = "No value has both"
    elif len(front) <= 8:
        words = f"On the Pareto front: {', '.join(front)}"
    else:
        words = f"On the Pareto front: {len(front)} values from {front[0]} to {front[-1]}"
    return f"{y.title} against {x.title} over {swept.title}: {progress_words(counts)}. {words}."


# -- two swept fields ------------------------------------------------------------------------------------


def sweep_heat_figure(
    swept_x: Swept, swept_y: Swept, measure: FloatArray, title: str, is_percent: bool, *, scenario_id: str
) -> Figure:
    """A cell a pair of values, with its number in it; empty where not computed; the highest is outlined.

    Parameters
    ----------
    measure: (n_x, n_y) means over the seeds, NaN where not computed yet or undefined.
    """
    n_x, n_y = measure.shape
    known = measure[np.isfinite(measure)]
    has_numbers = n_x * _NUMBER_WIDTH <= AXIS_WIDTH and n_y * 16 <= _HEAT_HEIGHT
    best = np.argwhere(measure == known.max()) if len(known) else np.zeros((0, 2), dtype=np.int64)
    cells = {
        "type": "heatmap",
        "x": list(range(n_x)),
        "y": list(range(n_y)),
        "z": rounded(measure.T),
        "colorscale": HEAT_SCALE,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "showscale": not has_numbers,
        "zmin": float(known.min()) if len(known) else 0.0,
        "zmax": float(known.max()) if len(known) else 1.0,
        "text": [[_cell_text(value, is_percent) for value in row] for row in measure.T],
        "customdata": [[f"{swept_x.title} {x}<br>{swept_y.title} {y}" for x in swept_x.texts] for y in swept_y.texts],
        "hovertemplate": f"%{{customdata}}<br><b>{title}: %{{text}}{' %' * is_percent}</b><extra></extra>",
        "colorbar": {
            "thickness": 12,
            "tickfont": {"size": FONT_SIZE, "color": INK},
            "outlinewidth": 0,
            "tickformat": ".0%" if is_percent else "",
        },
    }
    heading = note(
        f"<b>{title}{' (%)' * is_percent}</b>, the highest outlined",
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
        alt=_heat_alt(swept_x, swept_y, measure, title, is_percent),
        height=_HEAT_HEIGHT + 78,
        margin={"l": 64 + 7 * max(map(len, swept_y.texts)), "r": 16, "t": 26, "b": 52},
        shapes=[_outline(x, y) for x, y in best.tolist()],
        annotations=[heading]
        if len(known)
        else [heading, note("not computed yet, or undefined", xref="paper", x=0.5, yref="paper", y=0.5)],
        xaxis=_cell_axis(swept_x, AXIS_WIDTH),
        yaxis=_cell_axis(swept_y, None),
    )
    return {"data": [cells, _cell_numbers(measure, is_percent)] if has_numbers else [cells], "layout": layout}


def _cell_numbers(measure: FloatArray, is_percent: bool) -> PlotlyTrace:
    """The numbers of the cells, dark or white as the cell's colour asks for."""
    places = np.argwhere(np.isfinite(measure))
    values = measure[tuple(places.T)]
    shares = (values - values.min()) / (np.ptp(values) or 1.0) if len(values) else values
    return {
        "type": "scatter",
        "mode": "text",
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "text": [_cell_text(value, is_percent) for value in values],
        "hoverinfo": "skip",
        "textfont": {"size": FONT_SIZE, "color": [text_on(_heat_color(float(share))) for share in shares]},
    }


def _heat_color(share: float) -> str:
    """The colour of the scale at a share in [0, 1] of the way from the lowest to the highest."""
    stops, colors = zip(*HEAT_SCALE, strict=True)
    channels = [np.interp(share, stops, [int(color[k : k + 2], 16) for color in colors]) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(float(channel)):02x}" for channel in channels)


def _cell_text(value: float, is_percent: bool) -> str:
    """A number without its percent sign, which the heading has; nothing where it is undefined."""
    if not np.isfinite(value):
        return ""
    return number_words(value, is_percent).removesuffix(" %")


def _outline(x: int, y: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": x - 0.48,
        "x1": x + 0.48,
        "y0": y - 0.48,
        "y1": y + 0.48,
        "line": {"color": INK, "width": 3},
    }


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


def _heat_alt(swept_x: Swept, swept_y: Swept, measure: FloatArray, title: str, is_percent: bool) -> str:
    n_known = int(np.isfinite(measure).sum())
    words = f"{title} over {swept_x.title} and {swept_y.title}: {n_known} of {measure.size} cells have a number"
    if n_known:
        for name, flat in (("highest", np.nanargmax(measure)), ("lowest", np.nanargmin(measure))):
            x, y = np.unravel_index(int(flat), measure.shape)
            words += f"; {name} {number_words(measure[x, y], is_percent)} at {swept_x.texts[x]} and {swept_y.texts[y]}"
    return f"{words}."
