"""What the small pictures of a "Why" are drawn of: arrows in half a disc, a few bars, and lines over the rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cgs_core.figures.style import (
    CLEAR,
    FAINT,
    FONT_SIZE,
    INK,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    TickText,
    agent_look,
    axis,
    base_layout,
    note,
    rounded,
)
from cgs_core.typing import FloatArray

HEIGHT = 176
MIN_WIDTH = 240
_NUMBER_ROOM = 0.3  # of the width, for the numbers at the bars' ends


@dataclass(frozen=True)
class Bar:
    """A row: its name, how long it is, the number at its end."""

    name: str
    value: float
    text: str
    color: str
    is_hollow: bool = False


@dataclass(frozen=True)
class Named:
    """What a picture is called: its kind and its run in a file's name, its title, and what it shows in words."""

    kind: str
    scenario_id: str
    title: str
    alt: str


def _layout(named: Named, **more: Any) -> dict[str, Any]:
    return base_layout(**asdict(named), height=HEIGHT, min_width=MIN_WIDTH, **more)


# -- arrows ----------------------------------------------------------------------------------------------------------


def arrow(angle: float, length: float, color: str, width: float, *, name: str, dash: str = "solid") -> PlotlyTrace:
    """From the origin, counter-clockwise from +x, in degrees."""
    x, y = length * math.cos(math.radians(angle)), length * math.sin(math.radians(angle))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [0, round(x, 5)],
        "y": [0, round(y, 5)],
        "line": {"color": color, "width": width, "dash": dash},
        "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 4 * width**0.5 + 4], "color": color,
                   "opacity": 1},
        "name": name,
        "hovertemplate": f"{name}<extra></extra>",
    }  # fmt: skip


def half_disc(
    reach: float,
    drawn: Sequence[PlotlyTrace],
    words: Sequence[dict[str, Any]],
    *,
    named: Named,
    circles: Sequence[float] = (),
) -> Figure:
    """Arrows in the half plane above +x, up to ``reach`` from the origin, with dotted circles around that."""
    plain: dict[str, Any] = {"tickvals": [], "ticktext": [], "showgrid": False, "fixedrange": True}
    shapes = [
        {
            "type": "circle",
            "x0": -radius,
            "x1": radius,
            "y0": -radius,
            "y1": radius,
            "line": {"color": FAINT, "width": 1, "dash": "dot"},
        }
        for radius in circles
    ]
    layout = _layout(
        named,
        xaxis=axis(-reach, reach) | plain | {"constrain": "domain"},
        yaxis=axis(-0.16 * reach, reach) | plain | {"scaleanchor": "x", "scaleratio": 1},
        annotations=list(words),
        shapes=shapes,
        margin={"l": 4, "r": 4, "t": 6, "b": 4},
    )
    nothing: PlotlyTrace = {"type": "scatter", "mode": "markers", "x": [0], "y": [0],
                            "marker": {"color": INK, "size": 5}, "hoverinfo": "skip"}  # fmt: skip
    return {"data": [*drawn, nothing], "layout": layout}


# -- bars ------------------------------------------------------------------------------------------------------------


def bars_figure(rows: Sequence[Bar], limits: tuple[float, float], *, named: Named) -> Figure:
    """A few rows from zero, each with its name and its number."""
    low, high = limits
    room = _NUMBER_ROOM / (1 - _NUMBER_ROOM) * (high - low)
    places = list(range(len(rows)))
    bars: PlotlyTrace = {
        "type": "bar",
        "orientation": "h",
        "x": rounded([row.value for row in rows]),
        "y": places,
        "width": 0.62,
        "marker": {
            "color": [CLEAR if row.is_hollow else row.color for row in rows],
            "line": {"color": [row.color for row in rows], "width": 2},
        },
        "text": [row.text for row in rows],
        "textposition": "outside",
        "textfont": {"size": FONT_SIZE, "color": INK},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    layout = _layout(
        named,
        xaxis=axis(low, high + room, showgrid=False, tickvals=[], ticktext=[], fixedrange=True),
        yaxis=axis(-0.6, len(rows) - 0.4, showgrid=False, fixedrange=True)
        | {"range": [len(rows) - 0.4, -0.6], "tickvals": places, "ticktext": [f"{row.name} " for row in rows]},
        margin={"l": 96, "r": 8, "t": 6, "b": 8},
        bargap=0.3,
    )
    return {"data": [bars], "layout": layout}


def agents_bars(
    values: FloatArray,
    agent: int,
    limits: tuple[float, float],
    number: Callable[[float], str],
    tick_text: TickText,
    *,
    named: Named,
) -> Figure:
    """Every agent's value, one in colour and the others grey; its own number above it."""
    low, high = limits
    room = 0.2 * (high - low)
    numbers = [str(place + 1) for place in range(len(values))]
    shown = numbers if len(values) <= 12 else [one if place == agent else "" for place, one in enumerate(numbers)]
    bars: PlotlyTrace = {
        "type": "bar",
        "x": list(range(len(values))),
        "y": rounded(values, 9),
        "marker": {"color": [agent_look(agent).color if place == agent else FAINT for place in range(len(values))]},
        "hovertemplate": "Agent %{customdata}<extra></extra>",
        "customdata": numbers,
    }
    own = float(values[agent])
    layout = _layout(
        named,
        xaxis=axis(-0.6, len(values) - 0.4, showgrid=False, fixedrange=True)
        | {"tickvals": list(range(len(values))), "ticktext": shown},
        yaxis=axis(low - room * (low < 0), high + room, tick_text=tick_text, is_sparse=True, most_ticks=4)
        | {"fixedrange": True},
        annotations=[
            note(
                number(own),
                x=agent,
                y=round(own, 9),
                yanchor="bottom" if own >= 0 else "top",
                font={"size": SMALL_FONT_SIZE, "color": INK},
            )
        ],
        margin={"l": 58, "r": 8, "t": 8, "b": 24},
    )  # fmt: skip
    return {"data": [bars], "layout": layout}


# -- lines over the rounds -------------------------------------------------------------------------------------------


def lines_figure(
    values: FloatArray,
    agent: int,
    limits: tuple[float, float],
    tick_text: TickText,
    *,
    named: Named,
    words: str,
    marked: int | None = None,
    level: float | None = None,
    dashed: FloatArray | None = None,
) -> Figure:
    """Every agent's line (n_rounds, n_agents), one in colour; ``marked`` is a round, ``level`` a dotted line."""
    n_rounds, color = len(values), agent_look(agent).color
    rounds, mode = list(range(1, n_rounds + 1)), "lines" if n_rounds > 1 else "markers"
    drawn = [_grey_line(rounds, values[:, other], mode) for other in range(values.shape[1]) if other != agent]
    if dashed is not None:
        drawn.append(_own_line(rounds, dashed, color, mode, tick_text, "dash", 2))
    drawn.append(_own_line(rounds, values[:, agent], color, mode, tick_text, "solid", 3))
    if marked is not None:
        drawn.append(_mark(marked + 1, float(values[marked, agent]), agent))
    low, high = limits
    pad = 0.05 * (high - low) or 0.05
    over: dict[str, Any] = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom"}
    layout = _layout(
        named,
        xaxis=axis(1, n_rounds, most_ticks=4, least_step=1, tick_text=lambda at: f"round {at:g}", showgrid=False)
        | {"range": rounded([1 - 0.02 * n_rounds, n_rounds * 1.02]), "fixedrange": True},
        yaxis=axis(low, high, tick_text=tick_text, most_ticks=4, fixedrange=True)
        | {"range": rounded([low - pad * (low < 0), high + pad])},
        shapes=[] if level is None else [_dotted(level)],
        annotations=[note(words, font={"size": SMALL_FONT_SIZE, "color": INK}, **over)],
        margin={"l": 58, "r": 28, "t": 24, "b": 24},
    )
    return {"data": drawn, "layout": layout}


def _grey_line(rounds: Sequence[int], values: FloatArray, mode: str) -> PlotlyTrace:
    """Another agent's."""
    return {
        "type": "scatter",
        "mode": mode,
        "x": list(rounds),
        "y": rounded(values),
        "line": {"color": FAINT, "width": 1.2},
        "marker": {"color": FAINT, "size": 6},
        "opacity": 0.6,
        "hoverinfo": "skip",
    }


def _mark(round_number: int, value: float, agent: int) -> PlotlyTrace:
    """The agent's own mark, at the round that is shown."""
    look = agent_look(agent)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round_number],
        "y": rounded([value]),
        "marker": {"color": look.color, "symbol": look.symbol, "size": 12, "line": {"color": INK, "width": 1}},
        "hoverinfo": "skip",
    }


def _dotted(level: float) -> dict[str, Any]:
    line = {"color": FAINT, "width": 1.5, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level, "line": line}


def _own_line(
    rounds: Sequence[int], values: FloatArray, color: str, mode: str, tick_text: TickText, dash: str, width: float
) -> PlotlyTrace:
    return {
        "type": "scatter",
        "mode": mode,
        "x": list(rounds),
        "y": rounded(np.asarray(values)),
        "line": {"color": color, "width": width, "dash": dash},
        "marker": {"color": color, "size": 9, "symbol": "circle" if dash == "solid" else "circle-open"},
        "hovertemplate": "round %{x}<extra></extra>",
    }
