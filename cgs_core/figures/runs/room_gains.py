"""What each agent of a class room's game had, and what it would have had: by another move, or under another rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    FAINT,
    INK,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    agent_names,
    axis,
    axis_title,
    base_layout,
    narrow_layout,
    rounded,
    signed,
)
from cgs_core.typing import FloatArray

_WORDS_PART, _NARROW_PART = 0.27, 0.45  # of the axis, behind its end: room for the words, also on a phone
_SAME = 0.05  # points: what is written alike


def room_gains_figure(
    had: FloatArray,
    instead: FloatArray,
    words: Sequence[str],
    *,
    names: tuple[str, str] = ("as played", "by its best move"),
    title: str = "What each could have gained",
    what: str = "accuracy in points, less the price of the coins",
    scenario_id: str = "room",
) -> Figure:
    """An agent a row: hollow what it had, filled what it would have had, and at the right what that takes.

    Parameters
    ----------
    had, instead: (n_agents,) in points.
    words: at the right of each row; "" for none.
    names: of both marks. what: is measured.
    """
    rows = Rows(len(had), tallest=42.0, total=430.0, headroom=6.0)
    every = np.concatenate([had, instead])
    low, high = float(every.min()), float(every.max())
    margin = max(0.04 * (high - low), 0.5)
    low, high = low - margin, high + margin
    end, narrow_end = (high + part / (1 - part) * (high - low) for part in (_WORDS_PART, _NARROW_PART))
    ticks = axis(low, high, most_ticks=4, fixedrange=True, title=axis_title(what))
    layout = base_layout(
        kind="room-gains",
        scenario_id=scenario_id,
        title=title,
        alt=_alt(had, instead, names, what),
        height=rows.plot_height + 110,
        margin={"l": 70, "r": 10, "t": 50, "b": 50},
        shapes=rows.rules(),
        xaxis=ticks | {"range": rounded([low, end])},
        yaxis=rows.axis([agent_name(agent) for agent in range(len(had))]),
        showlegend=True,
        legend=LEGEND_ON_TOP | {"itemclick": False, "itemdoubleclick": False},
    )
    few = axis(low, high, most_ticks=3, fixedrange=True, title=axis_title("points"))
    layout = narrow_layout(layout, 340, height=layout["height"], xaxis=few | {"range": rounded([low, narrow_end])})
    data = [
        _between(had, instead, rows),
        _marks(had, rows, names[0], "-open"),
        _marks(instead, rows, names[1], ""),
        _words(words, rows, high),
    ]
    return {"data": data, "layout": layout}


def gain_text(points: float) -> str:
    """Signed, but for nothing."""
    return signed(f"{points:+.1f}")


def _between(had: FloatArray, instead: FloatArray, rows: Rows) -> PlotlyTrace:
    pairs = zip(rounded(had), rounded(instead), strict=True)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for pair in pairs for x in (*pair, None)],
        "y": [y for row in rows.y() for y in (row, row, None)],
        "line": {"color": FAINT, "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marks(values: FloatArray, rows: Rows, name: str, kind: str) -> PlotlyTrace:
    looks = [agent_look(agent) for agent in range(len(values))]
    marker: dict[str, Any] = {
        "color": [look.color for look in looks],
        "symbol": [f"{look.symbol}{kind}" for look in looks],
        "size": 7 if rows.is_thin else 11,
        "line": {"width": 2 if kind else 0},
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rounded(values),
        "y": rows.y(),
        "cliponaxis": False,
        "customdata": [look.name for look in looks],
        "marker": marker,
        "hovertemplate": f"<b>%{{customdata}}</b>, {name}: %{{x:.1f}} points<extra></extra>",
        "showlegend": True,
    }


def _words(words: Sequence[str], rows: Rows, x: float) -> PlotlyTrace:
    return {
        "type": "scatter",
        "mode": "text",
        "x": rounded(np.full(len(words), x)),
        "y": rows.y(),
        "text": [f"\u00a0{word}" for word in words],
        "textposition": "middle right",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "showlegend": False,
    }


def _alt(had: FloatArray, instead: FloatArray, names: tuple[str, str], what: str) -> str:
    change = instead - had
    more, less = np.flatnonzero(change >= _SAME), np.flatnonzero(change <= -_SAME)
    parts = [f"{agent_names(more)} more, up to {gain_text(float(change.max()))}"] if len(more) else []
    parts += [f"{agent_names(less)} less, down to {gain_text(float(change.min()))}"] if len(less) else []
    return (
        f"{what[0].upper()}{what[1:]} of {len(had)} agents, {names[0]} from {had.min():.1f} to {had.max():.1f} points. "
        f"What each has {names[1]}: {'; '.join(parts) or 'the same for all'}."
    )
