"""Mechanisms side by side: every agent's accuracy under each, with the spread over seeds."""

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
    LEGEND_ON_TOP,
    Figure,
    PlotlyTrace,
    agent_name,
    axis,
    axis_title,
    base_layout,
    legend_line,
    narrow_with_legend,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.mechanisms import MECHANISMS
from cgs_core.typing import FloatArray

BAND = (10, 90)
"""Percentiles over the seeds that a band spans."""

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
_TALL, _AXIS_ROOM = 500, 40  # pixels: of rows, above which the axis is on top; of its numbers and title
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

    A click on a point gives its number: of all agents' under the first mechanism, then of the next one's.

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
        points = _symbols(accuracy[:, place], mechanism_look(name), rows.y(-lane), rows.is_thin)
        traces.append(points | {"meta": {"picks": list(range(place * n_agents, (place + 1) * n_agents))}})
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
    if rows.plot_height > _TALL:
        layout = _with_axis_on_top(layout, rows)
    few = axis(low, high, tick_text=percent_tick, most_ticks=4)
    return {"data": traces, "layout": narrow_with_legend(layout, n_mechanisms, few)}


def _with_axis_on_top(layout: dict[str, Any], rows: Rows) -> dict[str, Any]:
    """Of more agents than a screen has room for: at the bottom nobody would see what the places are."""
    return layout | {
        "xaxis": layout["xaxis"] | {"side": "top"},
        "legend": layout["legend"] | {"y": round(1 + _AXIS_ROOM / rows.plot_height, 5)},
        "margin": layout["margin"] | {"t": layout["margin"]["t"] + _AXIS_ROOM, "b": layout["margin"]["b"] - _AXIS_ROOM},
    }


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
    return trace | ({"error_x": seed_band(values, look.color)} if len(values) > 1 else {})


def seed_band(values: FloatArray, color: str) -> dict[str, Any]:
    """The band over the seeds about the means: (n_seeds, n_points) -> Plotly's error bars."""
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
