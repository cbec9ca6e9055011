"""Mechanisms side by side: every agent's accuracy under each, and each one's measures, with the spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    AGENT_COLORS,
    AGENT_SYMBOLS,
    FAINT,
    FEDAVG,
    FONT_SIZE,
    INK,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    TickText,
    agent_name,
    axis,
    axis_title,
    base_layout,
    legend_line,
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

BAND = (10, 90)
"""Percentiles over the seeds that a band spans."""

_LEGEND_LINE, _NARROW = 22, 340  # pixels: a line of the legend, and the figure's width on a phone
_FILLED = (
    *AGENT_SYMBOLS,
    "bowtie",
    "hourglass",
    "diamond-tall",
    "triangle-left",
    "triangle-right",
    "diamond-wide",
    "hexagram",
    "star-diamond",
    "star-square",
    "star-triangle-up",
    "star-triangle-down",
    "octagon",
    "triangle-ne",
)
_SYMBOLS = (*_FILLED, *(f"{symbol}-open" for symbol in _FILLED))


@dataclass(frozen=True)
class MechanismLook:
    """What a mechanism looks like on every picture; its symbol is its own."""

    title: str
    color: str
    symbol: str


def mechanism_look(name: str) -> MechanismLook:
    """By the mechanism's place in the table; FedAvg is grey everywhere. No two of 230 share both colour and symbol.

    Those of this package have symbols of their own, the last ones hollow, as are those that others have added.
    """
    place = list(MECHANISMS).index(name)
    color = FEDAVG if name == "fedavg" else AGENT_COLORS[place % len(AGENT_COLORS)]
    return MechanismLook(MECHANISMS[name].title, color, _SYMBOLS[place % len(_SYMBOLS)])


def mechanism_accuracy_figure(
    accuracy: FloatArray, standalone: FloatArray, mechanisms: Sequence[str], *, scenario_id: str
) -> Figure:
    """An agent a row, accuracy across, a mechanism a symbol; training alone as a grey line.

    Parameters
    ----------
    accuracy: (n_seeds, n_mechanisms, n_agents) at the end, fractions of the test set.
    standalone: (n_seeds, n_agents).
    mechanisms: names in ``MECHANISMS``, in the order of ``accuracy``.
    """
    n_seeds, n_mechanisms, n_agents = accuracy.shape
    rows = Rows(n_agents, tallest=64.0, total=330.0, headroom=6.0)
    every = np.concatenate([accuracy.ravel(), standalone.ravel()])
    low, high = max(float(every.min()) - 0.03, 0.0), min(float(every.max()) + 0.02, 1.0)
    traces = [_alone_line(standalone.mean(axis=0), rows), legend_line("alone", {"color": FAINT, "width": 3})]
    for place, name in enumerate(mechanisms):
        lane = 0.0 if rows.is_thin else 0.8 * ((place + 0.5) / n_mechanisms - 0.5)
        traces.append(_symbols(accuracy[:, place], mechanism_look(name), rows.y(-lane), rows.is_thin))
    layout = base_layout(
        kind="mechanisms",
        scenario_id=scenario_id,
        title="Every agent's accuracy under each mechanism",
        alt=_accuracy_alt(accuracy.mean(axis=0), standalone.mean(axis=0), mechanisms, n_seeds),
        height=rows.plot_height + 110,
        margin={"l": 70, "r": 16, "t": 62, "b": 48},
        shapes=rows.rules(),
        yaxis=rows.axis([agent_name(agent) for agent in range(n_agents)]),
        showlegend=True,
        legend=LEGEND_ON_TOP,
        xaxis=axis(
            low,
            high,
            tick_text=percent_tick,
            fixedrange=True,
            title=axis_title("right on the test, after the last round"),
        ),
    )
    return {"data": traces, "layout": _narrower(layout, low, high, n_mechanisms)}


def _narrower(layout: dict[str, Any], low: float, high: float, n_mechanisms: int) -> dict[str, Any]:
    """On a phone all of the axis is seen, with fewer ticks, and the legend takes more lines."""
    more = _LEGEND_LINE * (n_mechanisms // 2)
    few = axis(low, high, tick_text=percent_tick, most_ticks=4)
    return narrow_layout(
        layout,
        _NARROW,
        height=layout["height"] + more,
        margin=layout["margin"] | {"t": layout["margin"]["t"] + more},
        xaxis=layout["xaxis"] | {name: few[name] for name in ("tickvals", "ticktext")},
    )


def _alone_line(standalone: FloatArray, rows: Rows) -> PlotlyTrace:
    """A line through each agent's row, at what it reaches alone."""
    ends = zip(rows.y(0.45), rows.y(-0.45), strict=True)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for value in rounded(standalone) for x in (value, value, None)],
        "y": [y for pair in ends for y in (*pair, None)],
        "line": {"color": FAINT, "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _symbols(values: FloatArray, look: MechanismLook, y: list[float], is_small: bool) -> PlotlyTrace:
    """One mechanism: the mean over the seeds, with a band where there is more than one."""
    mean = values.mean(axis=0)
    trace: PlotlyTrace = {
        "type": "scatter",
        "mode": "markers",
        "name": look.title,
        "x": rounded(mean),
        "y": y,
        "cliponaxis": False,
        "customdata": [agent_name(agent) for agent in range(values.shape[1])],
        "marker": {"color": look.color, "symbol": look.symbol, "size": 8 if is_small else 10},
        "hovertemplate": f"<b>%{{customdata}}</b>, {look.title}: %{{x:.1%}} right<extra></extra>",
    }
    return trace | ({"error_x": _band(values, look.color)} if len(values) > 1 else {})


def _band(values: FloatArray, color: str) -> dict[str, Any]:
    low, high = np.percentile(values, BAND, axis=0)
    mean = values.mean(axis=0)
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(np.maximum(high - mean, 0)),
        "arrayminus": rounded(np.maximum(mean - low, 0)),
        "color": color,
        "thickness": 2,
        "width": 0,
    }


def _accuracy_alt(accuracy: FloatArray, standalone: FloatArray, mechanisms: Sequence[str], n_seeds: int) -> str:
    seeds = f", mean over {n_seeds} seeds" if n_seeds > 1 else ""
    parts = [
        f"{MECHANISMS[name].title} from {percent(own.min())} to {percent(own.max())}"
        for name, own in zip(mechanisms, accuracy, strict=True)
    ]
    return (
        f"Final accuracy of {len(standalone)} agents under {len(mechanisms)} mechanisms{seeds}: {'; '.join(parts)}; "
        f"alone from {percent(standalone.min())} to {percent(standalone.max())}."
    )


# -- the measures ----------------------------------------------------------------------------------------


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
        margin={"l": 150, "r": 20, "t": 56, "b": 32},
        yaxis=rows.axis([look.title for look in looks]),
        shapes=rows.rules(),
        annotations=notes,
        **axes,
    )
    return {"data": traces, "layout": layout}


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
                    "text": ["undefined"],
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
            | ({"error_x": _band(own[:, np.newaxis], look.color)} if len(own) > 1 else {})
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
        high,
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
