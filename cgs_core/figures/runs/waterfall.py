"""What each step from plain FedAvg to the scenario's mechanism gave or took: an agent a row, a bar a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    FEDAVG,
    INK,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    legend_line,
    narrow_layout,
    percent,
    percent_tick,
    points,
    rounded,
)
from cgs_core.studies.steps import Waterfall

WORDS = ("scaled", "weighed", "paid")
"""What each step is called beside its bar, in the order of ``cgs_core.studies.steps.STEPS``."""

_LANES = (0.27, 0.0, -0.27)  # parts of a row from its centre, the first step on top
_OPACITY = (0.45, 0.7, 1.0)
_LEAST_PITCH = 48.0  # pixels of a row whose bars have room for words
_WORDS_PART, _NARROW_PART = 0.2, 0.45  # of the axis, behind its end: room for the words, and on a phone


def waterfall_figure(result: Waterfall) -> Figure:
    """An agent a row, accuracy across: from FedAvg's model step by step to the one that the agent ends with.

    A bar goes from the accuracy before a step to that after it, and says by how many points; training alone is hollow.
    """
    n_agents = len(result.alone)
    rows = Rows(n_agents, tallest=84.0, total=430.0, headroom=6.0)
    has_words = rows.pitch >= _LEAST_PITCH
    every = np.concatenate([result.accuracy.ravel(), result.alone])
    low, high = max(float(every.min()) - 0.03, 0.0), min(float(every.max()) + 0.02, 1.0)
    room = (_WORDS_PART if has_words else 0.02) * (high - low)
    layout = base_layout(
        kind="waterfall",
        scenario_id=result.scenario.scenario_id,
        title="What each step from plain FedAvg gave or took",
        alt=_alt(result),
        height=rows.plot_height + 110,
        margin={"l": 70, "r": 16, "t": 62, "b": 48},
        shapes=rows.rules(),
        yaxis=rows.axis([agent_name(agent) for agent in range(n_agents)]),
        barmode="overlay",
        showlegend=True,
        legend=LEGEND_ON_TOP | {"itemclick": False, "itemdoubleclick": False},
        xaxis=axis(
            low,
            high,
            tick_text=percent_tick,
            range=rounded([low, high + room]),
            fixedrange=True,
            title=axis_title(f"right on the test, after round {result.n_rounds}"),
        ),
    )
    data = [
        _fedavg_line(result, rows),
        legend_line("FedAvg", {"color": FEDAVG, "width": 3}),
        *(_bars(result, rows, step) for step in range(len(WORDS))),
        *([_words(result, rows, high)] if has_words else []),
        _marks(result.alone, rows.y(), "alone", "-open", rows.is_thin),
        _marks(result.accuracy[-1], rows.y(_LANES[-1]), "in the end", "", rows.is_thin),
    ]
    few = axis(low, high, tick_text=percent_tick, most_ticks=3)
    room = (_NARROW_PART if has_words else 0.02) * (high - low)
    narrow = narrow_layout(
        layout,
        PHONE_WIDTH,
        height=layout["height"],
        margin=layout["margin"] | {"l": 60, "r": 8},
        xaxis=layout["xaxis"]
        | {"range": rounded([low, high + room]), "tickvals": few["tickvals"], "ticktext": few["ticktext"]},
    )
    return {"data": data, "layout": narrow}


def _fedavg_line(result: Waterfall, rows: Rows) -> PlotlyTrace:
    """A line through each agent's row, where it starts from."""
    ends = zip(rows.y(0.45), rows.y(-0.45), strict=True)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for value in rounded(result.accuracy[0]) for x in (value, value, None)],
        "y": [y for pair in ends for y in (*pair, None)],
        "line": {"color": FEDAVG, "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _bars(result: Waterfall, rows: Rows, step: int) -> PlotlyTrace:
    """One step of every agent, in the agent's colour."""
    before, after, change = result.accuracy[step], result.accuracy[step + 1], result.change[step]
    looks = [agent_look(agent) for agent in range(len(before))]
    return {
        "type": "bar",
        "orientation": "h",
        "name": WORDS[step],
        "base": rounded(before),
        "x": rounded(change),
        "y": rows.y(_LANES[step]),
        "width": 0.2,
        "customdata": [
            [look.name, points(gap), percent(start, 1), percent(end, 1)]
            for look, gap, start, end in zip(looks, change, before, after, strict=True)
        ],
        "marker": {"color": [look.color for look in looks], "opacity": _OPACITY[step]},
        "hovertemplate": f"<b>%{{customdata[0]}}</b>, {WORDS[step]}: %{{customdata[1]}} points"
        "<br>from %{customdata[2]} to %{customdata[3]} right<extra></extra>",
        "showlegend": False,
    }


def _words(result: Waterfall, rows: Rows, x: float) -> PlotlyTrace:
    """Right of the plot, beside each bar: what the step is and what it came to."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": rounded(np.full(result.change.size, x)),
        "y": [y for lane in _LANES for y in rows.y(lane)],
        "text": [
            f"\u00a0{word} {points(value)}" for word, own in zip(WORDS, result.change, strict=True) for value in own
        ],
        "textposition": "middle right",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "showlegend": False,
    }


def _marks(accuracy: np.ndarray, y: list[float], name: str, kind: str, is_small: bool) -> PlotlyTrace:
    """Every agent's mark at an accuracy."""
    looks = [agent_look(agent) for agent in range(len(accuracy))]
    marker: dict[str, Any] = {
        "color": [look.color for look in looks],
        "symbol": [f"{look.symbol}{kind}" for look in looks],
        "size": 7 if is_small else 11,
        "line": {"width": 2} if kind else {"color": INK, "width": 1},  # on a bar of its own colour
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rounded(accuracy),
        "y": y,
        "cliponaxis": False,
        "customdata": [look.name for look in looks],
        "marker": marker,
        "hovertemplate": f"<b>%{{customdata}}</b>, {name}: %{{x:.1%}} right<extra></extra>",
        "showlegend": True,
    }


def _alt(result: Waterfall) -> str:
    """The range of each step over the agents, and who ends where."""
    parts = [
        f"{word} {points(own.min())}" + (f" to {points(own.max())}" if np.ptp(own) > 0 else "") + " points"
        for word, own in zip(WORDS, result.change, strict=True)
    ]
    final = result.accuracy[-1]
    low, high = int(final.argmin()), int(final.argmax())
    return (
        f"Accuracy of {len(final)} agents step by step from plain FedAvg ({percent(result.accuracy[0].max())} right): "
        f"{', '.join(parts)}. In the end from {percent(final[low])} ({agent_name(low)}) to {percent(final[high])} "
        f"({agent_name(high)}); alone from {percent(result.alone.min())} to {percent(result.alone.max())}."
    )
