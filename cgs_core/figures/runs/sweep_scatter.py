"""A sweep's two measures against each other, with the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.figures.frames import animated_figure
from cgs_core.figures.runs.sweep_axis import (
    AXIS_WIDTH,
    CURVE,
    LIT,
    PAIR_WIDTH,
    STRIP_HEIGHT,
    Swept,
    SweptMeasure,
    limits,
    mark_words,
    progress_words,
    seed_means,
    strip_axis,
)
from cgs_core.figures.style import (
    CLEAR,
    FAINT,
    FONT_SIZE,
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
)
from cgs_core.typing import FloatArray

FRONT = "#009E73"

_SCATTER_HEIGHT = 285
_NAME_ROOM = (60, 18)  # pixels, across and up, that the name of a point takes


def pareto_front(x: FloatArray, y: FloatArray) -> npt.NDArray[np.bool_]:
    """Which points no other one beats: none has at least as much of both and more of one. Undefined ones are beaten.

    Parameters
    ----------
    x, y: (n_points,), more is better, NaN where undefined.
    """
    has_as_much = (x >= x[:, np.newaxis]) & (y >= y[:, np.newaxis])
    has_more = (x > x[:, np.newaxis]) | (y > y[:, np.newaxis])
    return np.isfinite(x) & np.isfinite(y) & ~(has_as_much & has_more).any(axis=1)


def sweep_scatter_figure(
    swept: Swept, x: SweptMeasure, y: SweptMeasure, *, n_computed: Sequence[int] | None = None, scenario_id: str
) -> Figure:
    """A point a value (means over the seeds), joined in the order of the values; more of both measures is better.

    A frame a value, named by its index, lights its point; at first the last value's.

    Parameters
    ----------
    n_computed: (n_values,) the seeds that are computed, where the measures need not be defined; unless told, as many as
        define both.
    """
    across, up = _paired(x, y)
    is_front = pareto_front(across, up)
    counts = [min(pair) for pair in zip(x.counts, y.counts, strict=True)]
    ranges = [_padded(limits(values)) for values in (across, up)]
    top = round(_SCATTER_HEIGHT / (_SCATTER_HEIGHT + STRIP_HEIGHT), 5)
    empty = note(
        "undefined" if any(n_computed or ()) else "not computed yet, or undefined",
        xref="paper",
        x=0.5,
        yref="paper",
        y=0.5,
    )
    layout = base_layout(
        kind="sweep-scatter",
        scenario_id=scenario_id,
        title=f"{y.title} against {x.title}",
        alt=_scatter_alt(swept, x, y, n_computed or counts, is_front),
        height=_SCATTER_HEIGHT + STRIP_HEIGHT + 84,
        min_width=PAIR_WIDTH,
        margin={"l": 76, "r": 20, "t": 32, "b": 52},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        annotations=[] if np.isfinite(across).any() else [empty],
        xaxis=_measure_axis(x, across, ranges[0]) | {"title": axis_title(x.head), "anchor": "y"},
        yaxis=_measure_axis(y, up, ranges[1]) | {"title": axis_title(y.head, 8), "domain": [0.0, top]},
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
    plain = axis(*limits(values), tick_text=measure.tick, range=ends, most_ticks=4, fixedrange=True)
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
            "customdata": [
                [swept.texts[index], x.words(float(across[index])), y.words(float(up[index]))] for index in known
            ],
            "hoverinfo": "all",
            "hovertemplate": f"<b>{swept.title} %{{customdata[0]}}</b><br>{x.title}: %{{customdata[1]}}<br>"
            f"{y.title}: %{{customdata[2]}}<extra></extra>",
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
    """The value and its two means, the upright one first, or why it has no point."""
    if counts[index]:
        across, up = (measure.words(float(seed_means(measure.values)[index])) for measure in (x, y))
        return f"{mark_words(swept, counts, index)}: {up} at {across}"
    is_computed = x.counts[index] or y.counts[index]
    return f"<b>{swept.texts[index]}</b> undefined" if is_computed else mark_words(swept, counts, index)


def _scatter_alt(
    swept: Swept, x: SweptMeasure, y: SweptMeasure, counts: Sequence[int], is_front: npt.NDArray[np.bool_]
) -> str:
    front = [swept.texts[index] for index in np.flatnonzero(is_front)]
    if not front:
        words = "No value has both"
    elif len(front) <= 8:
        words = f"On the Pareto front: {', '.join(front)}"
    else:
        words = f"On the Pareto front: {len(front)} values from {front[0]} to {front[-1]}"
    return f"{y.title} against {x.title} over {swept.title}: {progress_words(counts)}. {words}."
