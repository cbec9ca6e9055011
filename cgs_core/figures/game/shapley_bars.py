"""Shapley bars beside the lattice: the exact value as a tick, the mean over the orders walked so far as a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.contribution.games import marginals_in_order
from cgs_core.figures.game.units import UnitWords
from cgs_core.figures.style import (
    CLEAR,
    FONT_SIZE,
    INK,
    NO_WORDS,
    SMALL_FONT_SIZE,
    PlotlyTrace,
    agent_look,
    axis,
    note,
    rounded,
)
from cgs_core.typing import FloatArray

_TALLEST_ROW = 100.0  # pixels


class _Places(NamedTuple):
    """Where the parts of a row are: pixels under its centre, and thicknesses."""

    name: int = -27
    bar: int = -4
    hollow: int = 20
    top: int = -17  # of the line at zero
    bottom: int = 28
    bar_width: int = 22
    hollow_width: int = 14


_PROJECTED = _Places(name=-30, bar=3, hollow=28, top=-14, bottom=38, bar_width=26, hollow_width=16)
_NUMBER_ROOM = 0.34  # part of the width that is kept for the numbers at the bars' ends


@dataclass(frozen=True)
class BarsState:
    """How far the walk through the orders of joining has come. Agents are positions in the game's table.

    With nothing walked the bars are the exact Shapley values.
    """

    orders: tuple[tuple[int, ...], ...] = ()  # walked to their ends
    current: tuple[int, ...] = ()  # who has joined so far in the order that is being walked

    @property
    def is_walked(self) -> bool:
        return bool(self.orders or self.current)


def mean_over_orders(tables: FloatArray, orders: Sequence[Sequence[int]]) -> FloatArray:
    """Mean of what each agent adds when it joins, over complete orders of joining: (n_tables, n_agents).

    Parameters
    ----------
    tables: (n_tables, 2**n_agents).
    orders: at least one, each of all agents.
    """
    picked = np.array(orders, dtype=np.intp)
    joined = np.cumsum(np.left_shift(1, picked), axis=1)
    reached = np.pad(joined, ((0, 0), (1, 0)))
    place = np.argsort(picked, axis=1)  # where in the order each agent joins
    rows = np.arange(len(picked))[:, np.newaxis]
    before, after = reached[rows, place], reached[rows, place + 1]
    n_agents = picked.shape[1]
    means = [
        tables[:, after[:, agent]].mean(axis=1) - tables[:, before[:, agent]].mean(axis=1) for agent in range(n_agents)
    ]
    return np.stack(means, axis=1)


class ShapleyBars:
    """The traces and axes of the bars: an agent a row, on the axes x2 and y2, ``height`` pixels tall."""

    def __init__(
        self,
        tables: FloatArray,
        agents: Sequence[int],
        state: BarsState,
        words: UnitWords,
        height: float,
        is_projected: bool = False,
    ) -> None:
        self._at = _PROJECTED if is_projected else _Places()
        self.exact = np.array([shapley_values(table) for table in tables])
        self.mean = mean_over_orders(tables, state.orders) if state.orders else None
        self.current = _current(tables, state, len(agents))
        self._looks = [agent_look(agent) for agent in agents]
        self._state, self._words, self._height = state, words, height
        drawn = [values[np.isfinite(values)] for values in (self.exact, self.mean, self.current) if values is not None]
        every = np.concatenate([*drawn, [0.0, 0.01]])
        self._low, high = float(every.min()), float(every.max())
        self._end = high + (high - self._low) * _NUMBER_ROOM / (1 - _NUMBER_ROOM)
        self._pitch = min(height / len(agents), _TALLEST_ROW)

    @property
    def full_height(self) -> float:
        """Pixels that the rows take."""
        return self._pitch * len(self._looks)

    @property
    def full_range(self) -> list[float]:
        """Of the vertical axis where it is no taller than its rows."""
        return [len(self._looks) - 0.5, -0.5]

    def axes(self, domain: tuple[float, float]) -> dict[str, Any]:
        """The bars' two axes."""
        pad = 0.02 * (self._end - self._low)
        x = axis(
            self._low,
            self._end,
            tickvals=[],
            ticktext=[],
            showgrid=False,
            range=[round(self._low - pad, 5), round(self._end, 5)],
            domain=list(domain),
            anchor="y2",
            fixedrange=True,
        )
        rows = self._height / self._pitch
        y = axis(
            0,
            1,
            tickvals=[],
            ticktext=[],
            range=[round(rows - 0.5, 5), -0.5],
            anchor="x2",
            showgrid=False,
            fixedrange=True,
        )
        return {"xaxis2": x, "yaxis2": y}

    def heads(self, domain: tuple[float, float]) -> list[dict[str, Any]]:
        """The column's head, which says what bar and tick are."""
        n_orders = len(self._state.orders)
        lines = ["▮ and │: exact"]
        if self._state.is_walked:
            mean = [f"▮ mean of {n_orders} order{'s' * (n_orders != 1)}"] if n_orders else []
            exact = "│ exact  ▯ this order" if self._state.current else "│ exact"
            lines = [*mean, exact]
        text = "<br>".join(f"<span style='font-size:{SMALL_FONT_SIZE}px'>{line}</span>" for line in lines)
        return [
            note(
                f"<b>Shapley values</b><br>{text}",
                xref="paper",
                x=domain[0],
                xanchor="left",
                yref="paper",
                y=1,
                yanchor="bottom",
                align="left",
                font={"size": 15, "color": INK},
            )
        ]

    def still(self) -> list[PlotlyTrace]:
        """The agents' names above their bars, and a line at zero beside them."""
        place = {
            "type": "scatter",
            "mode": "text",
            "xaxis": "x2",
            "yaxis": "y2",
            "hoverinfo": "skip",
            "cliponaxis": False,
            "textfont": {"size": FONT_SIZE, "color": INK},
        }
        texts = [f"<b>{look.name}</b>" for look in self._looks]
        ends = [y for pair in zip(self._y(self._at.top), self._y(self._at.bottom), strict=True) for y in (*pair, None)]
        zero = place | {"mode": "lines", "x": [0, 0, None] * len(texts), "y": ends, "line": {"color": INK, "width": 1}}
        names = {
            "x": [self._low] * len(texts),
            "y": self._y(self._at.name),
            "text": texts,
            "textposition": "middle right",
        }
        return [zero, place | names]

    def moving(self) -> list[PlotlyTrace]:
        """Traces without what ``parts`` gives: mean bars, hollow bars, ticks, and their numbers."""
        names, colors = [look.name for look in self._looks], [look.color for look in self._looks]
        picks = [2 ** len(names) + agent for agent in range(len(names))]  # beyond the coalitions' numbers
        place = {"xaxis": "x2", "yaxis": "y2", "customdata": names, "meta": {"picks": picks}}
        bar = place | {
            "type": "bar",
            "orientation": "h",
            "textposition": "none",
            "hovertemplate": "<b>%{customdata}</b>: %{text}<extra></extra>",
        }
        solid = bar | {"y": self._y(self._at.bar), "width": self._rows(self._at.bar_width), "marker": {"color": colors}}
        hollow = bar | {
            "y": self._y(self._at.hollow),
            "width": self._rows(self._at.hollow_width),
            "marker": {"color": CLEAR, "line": {"color": colors, "width": 2}},
        }
        tick = place | {
            "type": "scatter",
            "mode": "markers",
            "y": self._y(self._at.bar),
            "marker": {
                "symbol": "line-ns",
                "size": self._at.bar_width,
                "color": INK,
                "line": {"width": 3, "color": INK},
            },
            "hovertemplate": "<b>%{customdata}</b>: %{text} exactly<extra></extra>",
        }
        number = place | {
            "type": "scatter",
            "mode": "text",
            "textposition": "middle right",
            "hoverinfo": "skip",
            "cliponaxis": False,
            "textfont": {"size": FONT_SIZE, "color": INK},
        }
        exact = number | {"y": self._y(self._at.name), "textposition": "middle left"}
        return [
            solid,
            hollow,
            tick,
            exact,
            number | {"y": self._y(self._at.bar)},
            number | {"y": self._y(self._at.hollow)},
        ]

    def parts(self, round_index: int) -> list[dict[str, Any]]:
        """What one round changes in ``moving``."""
        exact = self.exact[round_index]
        mean = self._solid(round_index)
        current = self.current[round_index]
        write = self._write
        is_own = not self._state.is_walked
        exact_texts = [f"{'' if is_own else '│ '}{text}" for text in write(exact)]
        beyond = np.fmax(mean, exact)  # a number stands right of the bar and of the tick
        return [
            {"x": rounded(mean), "text": write(mean)},
            {"x": rounded(current), "text": write(current)},
            {"x": rounded(exact), "text": write(exact)},
            {"x": [round(self._end, 5)] * len(exact), "text": exact_texts},
            {"x": rounded(np.fmax(beyond, 0)), "text": [NO_WORDS] * len(exact) if is_own else _apart(write(mean))},
            {"x": rounded(np.fmax(current, 0)), "text": _apart(write(current))},
        ]

    def _solid(self, round_index: int) -> FloatArray:
        if self.mean is not None:
            return self.mean[round_index]
        return np.full(len(self._looks), np.nan) if self._state.current else self.exact[round_index]

    def _write(self, values: FloatArray) -> list[str]:
        return [self._words.value(value, more_decimals=1) if np.isfinite(value) else "" for value in values]

    def _rows(self, pixels: float) -> float:
        return round(pixels / self._pitch, 4)

    def _y(self, pixels: float) -> list[float]:
        """Heights ``pixels`` under the rows' centres."""
        return [round(row + pixels / self._pitch, 4) for row in range(len(self._looks))]


def _apart(texts: list[str]) -> list[str]:
    return [f"\u00a0{text}" for text in texts]


def _current(tables: FloatArray, state: BarsState, n_agents: int) -> FloatArray:
    """What the agents of the current order have added, NaN for those who have not joined: (n_tables, n_agents)."""
    current = np.full((len(tables), n_agents), np.nan)
    if state.current:
        current[:, list(state.current)] = [marginals_in_order(table, state.current) for table in tables]
    return current
