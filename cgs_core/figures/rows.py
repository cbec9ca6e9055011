"""Figures with an agent a row: geometry of the rows, their names, and the dumbbell from alone to rewarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.figures.style import (
    FAINT,
    FONT_SIZE,
    GRID,
    INK,
    SMALL_FONT_SIZE,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    note,
    rounded,
)
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import Scenario, choice_of


@dataclass(frozen=True)
class Rows:
    """Where the rows of a figure are. Lengths are pixels; ``bar`` is in rows.

    ``headroom`` is a strip above the first row, inside the axes.
    """

    n_rows: int
    tallest: float = 54.0
    total: float = 290.0
    headroom: float = 18.0

    @property
    def pitch(self) -> float:
        """Height of a row: from 14 up to ``tallest``, all rows together about ``total`` where that goes."""
        return float(np.clip(self.total / self.n_rows, 14.0, self.tallest))

    @property
    def is_thin(self) -> bool:
        """Whether a row has room for one line of text only."""
        return self.pitch < 28

    @property
    def bar(self) -> float:
        """Thickness of a bar."""
        return 0.72 if self.is_thin else 0.36

    @property
    def plot_height(self) -> int:
        """Height of all rows and the headroom, without margins."""
        return round(self.headroom + self.n_rows * self.pitch)

    def y(self, shift: float = 0.0) -> list[float]:
        """Heights of the rows' centres, moved up by a part of a row."""
        return [round(row - shift, 3) for row in range(self.n_rows)]

    @property
    def top(self) -> float:
        """Height of the middle of the headroom."""
        return round(-0.5 - self.headroom / self.pitch / 2, 3)

    def axis(self, names: Sequence[str]) -> dict[str, Any]:
        """The vertical axis, first row on top."""
        bottom, top = self.n_rows - 0.5, round(-0.5 - self.headroom / self.pitch, 5)
        size = SMALL_FONT_SIZE if self.is_thin else FONT_SIZE
        return axis(
            0,
            self.n_rows,
            range=[bottom, top],
            tickvals=list(range(self.n_rows)),
            ticktext=list(names),
            showgrid=False,
            fixedrange=True,
            tickfont={"size": size, "color": INK},
        )

    def rules(self) -> list[dict[str, Any]]:
        """Thin lines between the rows (every fifth where rows are thin)."""
        step = 5 if self.is_thin else 1
        return [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "yref": "y",
                "y0": row - 0.5,
                "y1": row - 0.5,
                "layer": "below",
                "line": {"color": GRID, "width": 1},
            }
            for row in range(0, self.n_rows + 1, step)
        ]


def conduct_words(scenario: Scenario, agent_index: int) -> list[str]:
    """What is particular about an agent, for instance "free rider" and "copies Agent 2"; empty for most."""
    agent = scenario.full_agents[agent_index]
    words = [] if agent.conduct == "honest" else [choice_of("conduct", agent.conduct).title]
    words += [f"from round {agent.joins}"] * (agent.joins > 1)
    words += [f"until round {agent.leaves}"] * (agent.leaves is not None and agent.leaves < scenario.n_rounds)
    words += [f"{agent.delay} round{'s' * (agent.delay > 1)} late"] * (agent.delay > 0)
    ties = {"copies": agent.copy_of, "shell of": agent.shell_of}
    return words + [f"{what} {agent_name(other)}" for what, other in ties.items() if other is not None]


def dumbbells(rows: Rows, order: Sequence[int], xaxis: str) -> list[PlotlyTrace]:
    """Three traces without their lengths: the bar between, alone (hollow), rewarded (filled)."""
    looks = [agent_look(index) for index in order]
    size = 7 if rows.is_thin else 10
    plain = {"type": "scatter", "xaxis": xaxis, "yaxis": "y", "customdata": [look.name for look in looks]}
    colors = [look.color for look in looks]
    between = {
        "type": "scatter",
        "xaxis": xaxis,
        "yaxis": "y",
        "mode": "lines",
        "hoverinfo": "skip",
        "y": [y for row in rows.y() for y in (row, row, None)],
        "line": {"color": FAINT, "width": 2},
    }
    alone = plain | {
        "mode": "markers",
        "y": rows.y(),
        "name": "alone",
        "marker": {
            "symbol": [f"{look.symbol}-open" for look in looks],
            "color": colors,
            "size": size,
            "line": {"width": 2},
        },
        "hovertemplate": "<b>%{customdata}</b><br>training alone: %{x:.1%} right on the test<extra></extra>",
    }
    rewarded = plain | {
        "mode": "markers",
        "y": rows.y(),
        "name": "rewarded",
        "marker": {"symbol": [look.symbol for look in looks], "color": colors, "size": size + 1},
        "hovertemplate": "<b>%{customdata}</b><br>with its rewards: %{x:.1%} right on the test<extra></extra>",
    }
    return [between, alone, rewarded]


def dumbbell_parts(record: RoundRecord, order: Sequence[int]) -> list[dict[str, Any]]:
    """The lengths of ``dumbbells`` in one round."""
    alone = rounded(record.standalone_accuracy[list(order)])
    final = rounded(record.accuracy[list(order)])
    between = [x for pair in zip(alone, final, strict=True) for x in (*pair, None)]
    return [{"x": between}, {"x": alone}, {"x": final}]


def accuracy_limits(trace: Trace) -> tuple[float, float]:
    """A range that holds all agents' accuracies, alone and rewarded, and FedAvg's, in every round."""
    names = ("accuracy", "standalone_accuracy", "fedavg_accuracy", "server_accuracy")
    every = np.concatenate([trace.stack(name).ravel() for name in names])
    low, high = float(np.floor(every.min() * 20 - 0.2) / 20), float(np.ceil(every.max() * 20 + 0.2) / 20)
    return max(low, 0.0), min(high, 1.0)


def column_head(text: str, x: float) -> dict[str, Any]:
    """What a column of the plot shows; it starts at ``x``, a part of the plot's width."""
    return note(
        f"<b>{text}</b>", xref="paper", x=round(x, 5), xanchor="left", yref="paper", y=1, yanchor="bottom", yshift=2
    )
