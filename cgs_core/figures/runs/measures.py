"""The measures of mechanisms side by side: a mechanism a row, a measure a column with an axis of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.figures.rows import Rows
from cgs_core.figures.runs.mechanisms import MechanismLook, mechanism_look, seed_band
from cgs_core.figures.style import (
    FONT_SIZE,
    INK,
    MIN_WIDTH,
    PHONE_WIDTH,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    TickText,
    axis,
    base_layout,
    narrow_layout,
    note,
    percent,
    percent_tick,
    plain_number,
    points,
    points_tick,
    rounded,
)
from cgs_core.mechanisms import MECHANISMS
from cgs_core.typing import FloatArray

_COLUMN = 80  # pixels that a measure's head takes at least
_NARROW_PITCH, _NARROW_REST = 26, 76  # pixels on a phone: of a row, and of a panel's head and axis


@dataclass(frozen=True)
class MeasureColumn:
    """One measure of every mechanism. NaN where it is undefined."""

    title: str  # "<br>" breaks the line
    values: FloatArray  # (n_seeds, n_mechanisms)
    is_percent: bool = False
    is_points: bool = False  # a difference of two fractions

    def words(self, value: float) -> str:
        """A value as text."""
        if self.is_points:
            return f"{points(value)} points"
        return percent(value, 1) if self.is_percent else plain_number(float(f"{value:.3g}"))

    @property
    def tick_text(self) -> TickText:
        """A value on the axis."""
        return points_tick if self.is_points else percent_tick if self.is_percent else plain_number


def measures_figure(columns: Sequence[MeasureColumn], mechanisms: Sequence[str], *, scenario_id: str) -> Figure:
    """A mechanism a row, a measure a column with an axis of its own: the mean over the seeds, with its band.

    Parameters
    ----------
    columns: at least one; those that are undefined for every mechanism say so.
    mechanisms: names in ``MECHANISMS``, in the order of the columns' values.
    """
    rows = Rows(len(mechanisms), tallest=40.0, total=300.0, headroom=4.0)
    looks = [mechanism_look(name) for name in mechanisms]
    width, gap = 1 / len(columns), 0.05
    traces: list[PlotlyTrace] = []
    axes: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for place, column in enumerate(columns):
        number = "" if place == 0 else str(place + 1)
        domain = [round(place * width + gap / 2, 5), round((place + 1) * width - gap / 2, 5)]
        traces.extend(_measure_traces(column, looks, f"x{number}"))
        axes[f"xaxis{number}"] = _measure_axis(column, domain)
        notes.append(
            note(
                f"<b>{column.title}</b>",
                xref="paper",
                x=domain[0],
                xanchor="left",
                yref="paper",
                y=1,
                yanchor="bottom",
                align="left",
                font={"size": SMALL_FONT_SIZE, "color": INK},
            )
        )
    layout = base_layout(
        kind="measures",
        scenario_id=scenario_id,
        title="The measures of each mechanism",
        alt=_measures_alt(columns, mechanisms),
        height=rows.plot_height + 92,
        min_width=max(MIN_WIDTH, 170 + _COLUMN * len(columns)),
        margin={"l": 150, "r": 20, "t": 56, "b": 32},
        yaxis=rows.axis([look.title for look in looks]),
        shapes=rows.rules(),
        annotations=notes,
        **axes,
    )
    places = [place for place in range(len(columns)) for _ in looks]
    return {"data": traces, "layout": _stacked(layout, rows, places)}


def _stacked(layout: dict[str, Any], rows: Rows, places: Sequence[int]) -> dict[str, Any]:
    """On a phone a measure below the other, each with the mechanisms' names; ``places``: each trace's column."""
    margin = layout["margin"] | {"l": 118, "t": 8, "b": 8}
    n_columns, panel = max(places) + 1, _NARROW_PITCH * rows.n_rows + _NARROW_REST
    axes: dict[str, Any] = {}
    notes, rules = [], []
    for place in range(n_columns):
        number = "" if place == 0 else str(place + 1)
        top = 1 - (place + 0.32 * _NARROW_REST / panel) / n_columns
        bottom = 1 - (place + 1 - 0.5 * _NARROW_REST / panel) / n_columns
        axes[f"xaxis{number}"] = layout[f"xaxis{number}"] | {"domain": [0, 1], "anchor": f"y{number}"}
        axes[f"yaxis{number}"] = layout["yaxis"] | {"domain": [round(bottom, 5), round(top, 5)], "anchor": f"x{number}"}
        head = layout["annotations"][place]
        notes.append(head | {"x": 0, "y": round(top, 5), "text": head["text"].replace("<br>", " ")})
        rules += [rule | {"yref": f"y{number}"} for rule in layout["shapes"]]
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        {number: {"yaxis": "y" if place == 0 else f"y{place + 1}"} for number, place in enumerate(places)},
        height=n_columns * panel + margin["t"] + margin["b"],
        margin=margin,
        annotations=notes,
        shapes=rules,
        **axes,
    )


def _measure_traces(column: MeasureColumn, looks: Sequence[MechanismLook], xaxis: str) -> list[PlotlyTrace]:
    traces = []
    for row, look in enumerate(looks):
        own = column.values[:, row]
        own = own[np.isfinite(own)]
        if not len(own):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "text",
                    "x": [_limits(column)[0]],
                    "y": [row],
                    "text": ["\u00a0\u00a0undefined"],  # apart from the row's name
                    "textposition": "middle right",
                    "xaxis": xaxis,
                    "yaxis": "y",
                    "hoverinfo": "skip",
                    "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
                }
            )
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": rounded([own.mean()]),
                "y": [row],
                "xaxis": xaxis,
                "yaxis": "y",
                "cliponaxis": False,
                "name": look.title,
                "marker": {"color": look.color, "symbol": look.symbol, "size": 11},
                "hovertemplate": f"<b>{look.title}</b>, {column.title}: {column.words(float(own.mean()))}"
                "<extra></extra>",
            }
            | ({"error_x": seed_band(own[:, np.newaxis], look.color)} if len(own) > 1 else {})
        )
    return traces


def _limits(column: MeasureColumn) -> tuple[float, float]:
    finite = column.values[np.isfinite(column.values)]
    if not len(finite):
        return 0.0, 1.0
    pad = max(0.08 * float(np.ptp(finite)), 0.01 * max(float(np.abs(finite).max()), 1e-3))
    return float(finite.min()) - pad, float(finite.max()) + pad


def _measure_axis(column: MeasureColumn, domain: list[float]) -> dict[str, Any]:
    low, high = _limits(column)
    return axis(
        low,
        high if column.is_points else min(high, 1.0),  # no shares, correlations or indices are larger: no tick says so
        range=rounded([low, high]),
        tick_text=column.tick_text,
        is_sparse=True,
        most_ticks=4,
        fixedrange=True,
        domain=domain,
        anchor="y",
        tickfont={"size": FONT_SIZE - 1, "color": INK},
    )


def _measures_alt(columns: Sequence[MeasureColumn], mechanisms: Sequence[str]) -> str:
    parts = []
    for column in columns:
        title = column.title.replace("<br>", " ")
        means = [float(own[np.isfinite(own)].mean()) if np.isfinite(own).any() else np.nan for own in column.values.T]
        if not np.isfinite(means).any():
            parts.append(f"{title}: undefined")
            continue
        best, least = int(np.nanargmax(means)), int(np.nanargmin(means))
        parts.append(
            f"{title}: highest for {MECHANISMS[mechanisms[best]].title} ({column.words(means[best])}), lowest for "
            f"{MECHANISMS[mechanisms[least]].title} ({column.words(means[least])})"
        )
    return f"Measures of {len(mechanisms)} mechanisms. {'; '.join(parts)}."
