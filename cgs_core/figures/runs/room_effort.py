"""What the agents of a class room's game spent on data, and what they were paid: an agent a mark."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cgs_core.figures.style import (
    FAINT,
    GRID,
    INK,
    NO_WORDS,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_names,
    axis,
    base_layout,
    note,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.typing import FloatArray, IntArray

TEXT_SIZE = 16
"""Pixels: these pictures are projected to a class."""

_WIDTH, _HEIGHT = 840, 340  # pixels of the plot, as a projector of 1024 x 768 has it
_LOW, _HIGH = -0.05, 1.14  # of the pay that is drawn
_SLOT, _THIN_SLOT = 34.0, 16.0  # pixels: a mark with its number, a mark
_NEAR = 18.0  # pixels: marks that are nearer than that are put side by side
_APART = 34.0  # pixels between groups that are named
_FILLED, _MIDDLE = 0.74, 0.1  # of a column: what marks fill, and where; the mean stands left of them
_MEAN = (-0.48, -0.33, -0.405)  # the ends of its line, and its words


@dataclass(frozen=True)
class _Column:
    """Those who spent so much: their numbers, how far right of the middle each stands, and whether it has a number."""

    agents: tuple[int, ...]
    shifts: tuple[float, ...]
    has_numbers: bool


def room_effort_figure(coins: IntArray, pay: FloatArray, *, scenario_id: str = "room") -> Figure:
    """A column for each amount that somebody spent; in it an agent a mark as high as its pay, and at its left the mean.

    Marks of the same height stand side by side. Each has its agent's number; in a column that is too full for numbers
    groups of marks have the agents' names.

    Parameters
    ----------
    coins: (n_agents,) spent. pay: (n_agents,) reward ratios in [0, 1].
    """
    amounts = sorted(set(coins.tolist()))
    width = _WIDTH / len(amounts)
    columns = [_column(np.flatnonzero(coins == amount), pay, width) for amount in amounts]
    names = [
        one for place, column in enumerate(columns) if not column.has_numbers for one in _names(place, column, pay)
    ]
    plain = {"size": TEXT_SIZE, "color": INK}
    layout = base_layout(
        kind="room-effort",
        scenario_id=scenario_id,
        title="Effort and pay",
        alt=_alt(coins, pay, amounts),
        height=_HEIGHT + 80,
        margin={"l": 76, "r": 12, "t": 14, "b": 66},
        annotations=names,
        shapes=[_border(place + 0.5) for place in range(len(amounts) - 1)],
        xaxis=axis(
            0,
            len(amounts),
            range=[-0.5, len(amounts) - 0.5],
            tickvals=list(range(len(amounts))),
            ticktext=[f"{amount:,}" for amount in amounts],
            showgrid=False,
            fixedrange=True,
            tickfont=plain,
            title={"text": "coins spent on data", "standoff": 8, "font": plain},
        ),
        yaxis=axis(
            0,
            1,
            range=[_LOW, _HIGH],
            tick_text=percent_tick,
            fixedrange=True,
            tickfont=plain,
            title={"text": "pay (lines: on average)", "standoff": 10, "font": plain},
        ),
    )
    return {"data": [_means(columns, pay), _marks(columns, coins, pay)], "layout": layout}


def _column(agents: IntArray, pay: FloatArray, width: float) -> _Column:
    """Best paid first; each mark in the free place that is nearest to the middle."""
    order = tuple(int(agent) for agent in agents[np.argsort(-pay[agents], kind="stable")])
    heights = [_pixels(float(pay[agent])) for agent in order]
    taken: list[list[float]] = []  # by place: 0 in the middle, then right and left by turns
    places = []
    for height in heights:
        place = next((at for at, some in enumerate(taken) if height + _NEAR <= some[-1]), len(taken))
        if place == len(taken):
            taken.append([])
        taken[place].append(height)
        places.append(place)
    room = _FILLED * width
    has_numbers = len(taken) * _SLOT <= room
    slot = _SLOT if has_numbers else min(_THIN_SLOT, room / len(taken))
    sides = [((place + 1) // 2) * (1 if place % 2 else -1) for place in places]
    centre = (min(sides) + max(sides)) / 2  # of an even number of places: none stands further right than left
    return _Column(order, tuple(round((side - centre) * slot / width, 5) for side in sides), has_numbers)


def _border(x: float) -> dict[str, Any]:
    """Between two columns."""
    line = {"color": GRID, "width": 1}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}


def _pixels(pay: float) -> float:
    return pay / (_HIGH - _LOW) * _HEIGHT


def _marks(columns: list[_Column], coins: IntArray, pay: FloatArray) -> PlotlyTrace:
    placed = [
        (place + _MIDDLE + shift, agent, column.has_numbers)
        for place, column in enumerate(columns)
        for agent, shift in zip(column.agents, column.shifts, strict=True)
    ]
    agents = [agent for _, agent, _ in placed]
    looks = [agent_look(agent) for agent in agents]
    marker: dict[str, Any] = {
        "color": [look.color for look in looks],
        "symbol": [look.symbol for look in looks],
        "size": 12,
    }
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": rounded([x for x, _, _ in placed]),
        "y": rounded(pay[agents]),
        "text": [f"\u00a0{agent + 1}" if has_numbers else NO_WORDS for _, agent, has_numbers in placed],
        "textposition": "middle right",
        "textfont": {"size": 14, "color": INK},
        "marker": marker,
        "cliponaxis": False,
        "customdata": [[look.name, int(coins[agent])] for look, agent in zip(looks, agents, strict=True)],
        "hovertemplate": "<b>%{customdata[0]}</b> spent %{customdata[1]} coins<br>and was paid %{y:.1%}<extra></extra>",
    }


def _means(columns: list[_Column], pay: FloatArray) -> PlotlyTrace:
    means = [float(pay[list(column.agents)].mean()) for column in columns]
    return {
        "type": "scatter",
        "mode": "lines+text",
        "x": [x for place in range(len(columns)) for x in (*rounded([place + shift for shift in _MEAN]), None)],
        "y": [y for mean in rounded(means) for y in (mean, mean, mean, None)],
        "text": [text for mean in means for text in (NO_WORDS, NO_WORDS, percent(mean), NO_WORDS)],
        "textposition": "top center",
        "textfont": {"size": 14, "color": INK},
        "line": {"color": FAINT, "width": 3},
        "hoverinfo": "skip",
    }


def _names(place: int, column: _Column, pay: FloatArray) -> list[dict[str, Any]]:
    """Of the groups of a full column, each above its highest mark."""
    groups = [[column.agents[0]]]
    for one, other in pairwise(column.agents):
        if _pixels(float(pay[one] - pay[other])) >= _APART:
            groups.append([])
        groups[-1].append(other)
    return [
        note(
            agent_names(sorted(group)), x=place + _MIDDLE, y=round(float(pay[group[0]]), 5), yanchor="bottom", yshift=8
        )
        for group in groups
    ]


def _alt(coins: IntArray, pay: FloatArray, amounts: list[int]) -> str:
    parts = []
    for amount in amounts:
        agents = np.flatnonzero(coins == amount)
        least, most = percent(float(pay[agents].min())), percent(float(pay[agents].max()))
        paid = least if least == most else f"{least} to {most}, on average {percent(float(pay[agents].mean()))}"
        parts.append(f"{amount} coins: {agent_names(agents)}, paid {paid}")
    return f"Coins spent on data and pay of {len(pay)} agents. {'; '.join(parts)}."
