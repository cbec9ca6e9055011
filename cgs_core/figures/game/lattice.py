"""The lattice: all coalitions of up to six agents by their size, an edge for every agent that joins one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.figures.frames import animated_figure, round_heading
from cgs_core.figures.game.lattice_places import WIDTH, Lattice
from cgs_core.figures.game.lattice_walk import LatticeHighlight, LatticeWalk, thin_edges
from cgs_core.figures.game.shapley_bars import BarsState, ShapleyBars
from cgs_core.figures.game.units import UNITS, Unit, UnitWords, game_rounds, joins_words, members_words
from cgs_core.figures.projector import MADE_FOR_PROJECTOR
from cgs_core.figures.style import (
    GRID,
    HEAT_SCALE,
    INK,
    ON_HEAT,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    base_layout,
    narrow_layout,
    note,
    rounded,
    signed,
)
from cgs_core.typing import FloatArray

MAX_LATTICE_AGENTS = 6
"""Above it circles with readable numbers no longer fit a projector."""

MAX_PROJECTED_LATTICE_AGENTS = 5
"""Above it they no longer fit in text of the size that a class reads."""

_BARS = (0.78, 1.0)  # that of the bars
_MANY_EDGES = 16  # thinner
_HEADS = 84  # pixels between the lattice and the bars where these stand under it
_NARROW = 340  # pixels of the whole figure there


def lattice_figure(
    values_by_round: npt.ArrayLike,
    *,
    agents: Sequence[int],
    highlight: LatticeHighlight,
    bars: BarsState,
    unit: Unit,
    round_index: int | None = None,
    is_framed: bool = True,
    is_projected: bool = False,
    scenario_id: str = "game",
) -> Figure:
    """Every coalition's value, every marginal contribution on an edge, and the Shapley values that they make.

    A click on a circle gives its ``customdata``, the coalition's table index (edges have a list there).

    Parameters
    ----------
    values_by_round: (n_rounds, 2**n_agents); bit i of the index says whether agent ``agents[i]`` is in.
    agents: which agents of the scenario play; from 1 to 6.
    highlight, bars: in positions of the table, not of the scenario.
    unit: "cosine", or "accuracy" for fractions that are written in percent.
    round_index: the round to show at first; the last one unless told.
    is_framed: whether there is a frame a round; a single round has none.
    is_projected: larger, for a class; of up to 5 agents.

    Raises
    ------
    ValueError: not 1 to 6 agents (5 for a class), tables of another number of agents, or no such round.
    """
    most = MAX_PROJECTED_LATTICE_AGENTS if is_projected else MAX_LATTICE_AGENTS
    if not 1 <= len(agents) <= most:
        raise ValueError(f"agents: from 1 to {most} fit a lattice; got {len(agents)}")
    tables, shown = game_rounds(values_by_round, agents, round_index)
    lattice, words = Lattice(len(agents), is_projected), UNITS[unit]
    shapley_bars = ShapleyBars(tables, agents, bars, words, lattice.height, is_projected)
    drawing = _Drawing(lattice, agents, highlight, words, *_limits(tables))
    top = (102 if bars.is_walked else 72) if is_projected else 60  # heads of two or three lines
    layout = base_layout(
        kind="lattice",
        scenario_id=scenario_id,
        title="Every coalition and its value",
        alt=round_heading(len(tables), shown) + _alt(tables[shown], shapley_bars.exact[shown], agents, words),
        height=lattice.height + 62,
        min_width=lattice.min_width,
        margin={"l": 20, "r": 8, "t": top, "b": 2},
        barmode="overlay",
        bargap=0,
        annotations=[drawing.head(), *shapley_bars.heads(_BARS)],
        xaxis=axis(0, 1, tickvals=[], ticktext=[], domain=list(WIDTH), showgrid=False, fixedrange=True),
        yaxis=axis(0, lattice.height, tickvals=[], ticktext=[], showgrid=False, fixedrange=True),
        **shapley_bars.axes(_BARS),
    )
    if is_projected:
        layout["meta"][MADE_FOR_PROJECTOR] = True
    else:
        layout = _below_each_other(layout, lattice, shapley_bars, drawing)
    figure = animated_figure(
        len(tables),
        still=[*drawing.still(), *shapley_bars.still()],
        moving=[*drawing.moving(), *shapley_bars.moving()],
        parts_at=lambda index: [*drawing.parts(tables[index]), *shapley_bars.parts(index)],
        layout=layout,
        round_index=shown,
    )
    return figure if is_framed and len(tables) > 1 else figure | {"frames": []}


def _below_each_other(
    layout: dict[str, Any], lattice: Lattice, shapley_bars: ShapleyBars, drawing: _Drawing
) -> dict[str, Any]:
    """On a phone the bars stand under the lattice, and both are as wide as the screen."""
    bars_height = shapley_bars.full_height
    total = lattice.height + _HEADS + bars_height
    bars_top = round(bars_height / total, 5)
    across = {"domain": [0, 1]}
    axes = shapley_bars.axes((0.0, 1.0))
    return narrow_layout(
        layout,
        _NARROW,
        height=round(total) + 62,
        margin=layout["margin"] | {"l": 4, "r": 4},  # circles of the longest row stand apart
        annotations=[drawing.head(), *(head | {"y": bars_top} for head in shapley_bars.heads((0.0, 1.0)))],
        xaxis=layout["xaxis"] | across,
        yaxis=layout["yaxis"] | {"domain": [round(1 - lattice.height / total, 5), 1]},
        xaxis2=axes["xaxis2"],
        yaxis2=axes["yaxis2"] | {"domain": [0, bars_top], "range": shapley_bars.full_range},
    )


@dataclass(frozen=True)
class _Drawing:
    """The lattice's own traces, on the axes x and y."""

    lattice: Lattice
    agents: Sequence[int]
    highlight: LatticeHighlight
    words: UnitWords
    low: float
    high: float

    @cached_property
    def walk(self) -> LatticeWalk:
        return LatticeWalk(self.lattice, self.agents, self.highlight)

    def still(self) -> list[PlotlyTrace]:
        """Edges, rings, the arrows of the walk, and the coalitions' names."""
        names = [members_words(coalition, self.agents, " ") for coalition in range(2 ** len(self.agents))]
        edges = [thin_edges(self.lattice, self.lattice.edges, {"color": GRID, "width": 1})]
        if (agent := self.highlight.agent) is not None:
            look = agent_look(self.agents[agent])
            own = [edge for edge in self.lattice.edges if edge[1] == agent]
            line = {"color": look.color, "width": 3 if len(own) >= _MANY_EDGES else 4, "dash": look.dash}
            edges.append(thin_edges(self.lattice, own, line))
        return [*edges, self.walk.rings(), *self.walk.arrows(), self.walk.names(names)]

    def moving(self) -> list[PlotlyTrace]:
        """Edges' middles (unseen, for the hover), circles, and what the walk's arrows add."""
        lattice, places = self.lattice, self.lattice.places
        middles = np.array([(places[before] + places[before | 1 << agent]) / 2 for before, agent in lattice.edges])
        decimals = f".{max(self.words.decimals, 1) + (self.words.factor == 1)}f"
        unseen = {
            "type": "scatter",
            "mode": "markers",
            "x": rounded(middles[:, 0], 4),
            "y": rounded(middles[:, 1], 1),
            "marker": {"size": 12, "opacity": 0},
            "name": "edges",
            "text": [joins_words(self.agents[agent], before, self.agents) for before, agent in lattice.edges],
            "hovertemplate": f"%{{text}}:<br>%{{customdata[0]:{decimals}}} → %{{customdata[1]:{decimals}}} "
            f"(%{{customdata[2]}}{self.words.points})<extra></extra>",
        }
        circles = {
            "type": "scatter",
            "mode": "markers+text",
            "x": rounded(places[:, 0], 4),
            "y": rounded(places[:, 1], 1),
            "name": "coalitions",
            "customdata": list(range(len(places))),
            "cliponaxis": False,
            "hovertext": [members_words(coalition, self.agents) for coalition in range(len(places))],
            "hovertemplate": "<b>%{hovertext}</b>: %{text}" + (" %" * (self.words.factor == 100)) + "<extra></extra>",
            "textposition": "middle center",
        }
        return [unseen, circles, self.walk.added()]

    def parts(self, table: FloatArray) -> list[dict[str, Any]]:
        """What one round's table changes in ``moving``."""
        before = np.array([coalition for coalition, _ in self.lattice.edges])
        after = np.array([coalition | 1 << agent for coalition, agent in self.lattice.edges])
        decimals = max(self.words.decimals, 1) + (self.words.factor == 1)
        ends = rounded(self.words.factor * np.stack([table[before], table[after]], axis=1), decimals)
        added = [signed(f"{self.words.factor * value:+.{decimals}f}") for value in table[after] - table[before]]
        marker = {
            "size": self.lattice.diameter,
            "colorscale": HEAT_SCALE,
            "cmin": self.low,
            "cmax": self.high,
            "color": rounded(table, 3),
            "line": {"width": 0},
        }
        return [
            {"customdata": [[*pair, words] for pair, words in zip(ends, added, strict=True)]},
            {
                "marker": marker,
                "text": [self.words.value(value) for value in table],
                "textfont": {"size": self.lattice.value_font_size, "color": ON_HEAT},
            },
            {"text": self.walk.texts(table, self.words)},
        ]

    def head(self) -> dict[str, Any]:
        """What stands in the circles, under them and beside them."""
        text = "in a circle a coalition's value, under it its members"
        if self.walk.steps:
            text = "a coalition's value, its members; at an arrow what joining adds"
        return note(
            f"<b>Coalitions</b><br><span style='font-size:{SMALL_FONT_SIZE}px'>{text}</span>",
            xref="paper",
            x=0,
            xanchor="left",
            yref="paper",
            y=1,
            yanchor="bottom",
            align="left",
            font={"size": 15, "color": INK},
        )


def _limits(tables: FloatArray) -> tuple[float, float]:
    """The colour scale's ends, the same in all rounds: zero or the lowest value, and the highest."""
    low, high = min(float(tables.min()), 0.0), float(tables.max())
    return low, max(high, low + 0.01)


def _alt(table: FloatArray, exact: FloatArray, agents: Sequence[int], words: UnitWords) -> str:
    top, least = int(exact.argmax()), int(exact.argmin())
    return (
        f"The {len(table)} coalitions of {len(agents)} agents by size, with their values "
        f"({words.title}); everybody together is worth {words.value(table[-1])}. The Shapley value is largest for "
        f"{agent_name(agents[top])} ({words.value(exact[top], 1)}) and smallest for {agent_name(agents[least])} "
        f"({words.value(exact[least], 1)})."
    )
