"""What stands out in a lattice: which edges, an arrow for each above the circles, and what its agent adds there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cgs_core.figures.game.lattice_places import Lattice
from cgs_core.figures.game.units import UnitWords
from cgs_core.figures.style import INK, PlotlyTrace, agent_look, rounded
from cgs_core.typing import FloatArray

ABOVE_CIRCLES, ABOVE_ARROWS = 1, 2
"""Layers of the drawing; circles and edges are on layer 0."""

_LINE, _HEAD = 4, 14  # pixels: an arrow's line, and its head's size
_ABOVE, _RIGHT = 0.66, 0.95  # of a circle's radius: how far from its centre what is added begins
_LAST = 0.85  # of the lattice's width: further right it stands left of its circle
_GIVE_WAY = 7  # pixels from an arrow that comes from below to the name under its circle
_WIDTH = 480  # pixels of a lattice, where it matters whether an arrow runs through a name
_OFFSET = 0.8  # Plotly sets a text 1 / 0.8 times a marker's radius beside its middle


@dataclass(frozen=True)
class LatticeHighlight:
    """What stands out in the lattice. Agents are positions in the game's table."""

    agent: int | None = None  # all edges by which this agent joins
    coalition: int | None = None  # table index: the edges that lead to it and away from it
    path: tuple[int, ...] = ()  # agents in the order they have joined so far: the edges of the walk


@dataclass(frozen=True)
class LatticeWalk:
    """The edges that are arrows: those of the walk, and those of a coalition that was chosen."""

    lattice: Lattice
    agents: Sequence[int]
    highlight: LatticeHighlight

    @cached_property
    def steps(self) -> dict[int, tuple[int, int]]:
        """Coalition beside which it stands what an agent adds -> the edge (coalition, agent) that it is of."""
        steps: dict[int, tuple[int, int]] = {}
        centre = self.highlight.coalition
        if centre is not None:
            for agent in range(self.lattice.n_agents):
                is_in = bool(centre >> agent & 1)
                steps[centre ^ 1 << agent] = (centre ^ 1 << agent if is_in else centre, agent)
        before = 0
        for agent in self.highlight.path:
            steps[before | 1 << agent] = (before, agent)
            before |= 1 << agent
        return steps

    def arrows(self) -> list[PlotlyTrace]:
        """From circle to circle, above all of them; an agent's are two traces, from the middles to either end."""
        traces = []
        for agent, scenario_agent in enumerate(self.agents):
            if own := sorted(edge for edge in self.steps.values() if edge[1] == agent):
                look = agent_look(scenario_agent)
                traces += [self._halves(own, look.color, look.dash, is_head) for is_head in (False, True)]
        return traces

    def _halves(self, edges: Sequence[tuple[int, int]], color: str, dash: str, is_head: bool) -> PlotlyTrace:
        """From where edges are cut to one of their ends; Plotly keeps them out of the circles, which are in pixels."""
        away = self.lattice.diameter / 2 + 2
        x: list[float | None] = []
        y: list[float | None] = []
        for coalition, agent in edges:
            start, end = self.lattice.places[coalition], self.lattice.places[coalition | 1 << agent]
            rise = float(end[1] - start[1])  # pixels: what an upright edge has
            cut = start + (0.5 - _HEAD / 4 / rise) * (end - start)  # each part is longer than what it must keep away
            far = end if is_head else start
            x += [*rounded([cut[0], far[0]], 4), None]
            y += [*rounded([cut[1], far[1]], 1), None]
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": y,
            "line": {"color": color, "width": _LINE, "dash": dash, "backoff": away + is_head * _HEAD / 2},
            "marker": {
                "symbol": "arrow",
                "angleref": "previous",
                "size": [0, _HEAD * is_head, 0] * len(edges),
                "standoff": away,
                "color": color,
                "opacity": 1,
                "line": {"width": 0},
            },
            "hoverinfo": "skip",
            "zorder": ABOVE_CIRCLES,
        }

    def added(self) -> PlotlyTrace:
        """Where it stands what each arrow adds: beside a circle, above its middle; ``texts`` is what moves."""
        places = self.lattice.places[list(self.steps)]
        radius = self.lattice.diameter / 2
        return {
            "type": "scatter",
            "mode": "markers+text",
            "x": rounded(places[:, 0], 4),
            "y": rounded(places[:, 1] + _ABOVE * radius, 1),
            "textposition": [f"middle {'left' if x > _LAST else 'right'}" for x in places[:, 0]],
            "marker": _unseen(_RIGHT * radius),
            "name": "added",
            "hoverinfo": "skip",
            "cliponaxis": False,
            "zorder": ABOVE_ARROWS,
            "textfont": {"size": self.lattice.label_font_size, "color": INK, "weight": 700, "shadow": "auto"},
        }

    def texts(self, table: FloatArray, words: UnitWords) -> list[str]:
        """What the agent of each arrow adds, in the order of ``added``."""
        return [
            words.difference(table[coalition | 1 << agent] - table[coalition])
            for coalition, agent in self.steps.values()
        ]

    def rings(self) -> PlotlyTrace:
        """Behind the chosen coalition, and behind those that the walk has come through, a wider circle."""
        path = self.highlight.path
        ringed = {sum(1 << agent for agent in path[:n_joined]) for n_joined in range(len(path) + 1) if path}
        if self.highlight.coalition is not None:
            ringed.add(self.highlight.coalition)
        places = self.lattice.places[sorted(ringed)]
        marker: dict[str, Any] = {"size": self.lattice.diameter + 5, "color": INK}
        return {
            "type": "scatter",
            "mode": "markers",
            "x": rounded(places[:, 0], 4),
            "y": rounded(places[:, 1], 1),
            "marker": marker,
            "hoverinfo": "skip",
            "cliponaxis": False,
        }

    def names(self, names: Sequence[str]) -> PlotlyTrace:
        """Under each circle its members, legible on an arrow too, and beside an arrow's head."""
        places, lattice = np.asarray(self.lattice.places), self.lattice
        sides = [
            self._side(coalition, 0.5 * lattice.label_font_size * len(name)) for coalition, name in enumerate(names)
        ]
        return {
            "type": "scatter",
            "mode": "markers+text",
            "x": rounded(places[:, 0], 4),
            "y": rounded(places[:, 1] - lattice.label_drop, 1),
            "text": list(names),
            "textposition": [f"middle {side}" for side in sides],
            "marker": _unseen(_GIVE_WAY),
            "name": "members",
            "hoverinfo": "skip",
            "cliponaxis": False,
            "zorder": ABOVE_ARROWS,
            "textfont": {"size": lattice.label_font_size, "color": INK, "shadow": "auto"},
        }

    def _side(self, coalition: int, width: float) -> str:
        """Where a name of a width in pixels stands under its circle: away from an arrow that comes through it."""
        for before, agent in self.steps.values():
            if before | 1 << agent == coalition:
                across, rise = (self.lattice.places[coalition] - self.lattice.places[before]) * (_WIDTH, 1.0)
                passes = -across / rise * self.lattice.label_drop  # from the circle's middle, where the name is
                if abs(passes) < width / 2 + _LINE:
                    return "left" if passes > 0 else "right"
        return "center"


def thin_edges(lattice: Lattice, edges: Sequence[tuple[int, int]], line: dict[str, Any]) -> PlotlyTrace:
    """Edges under the circles, as one trace."""
    places = rounded(lattice.places, 4)
    ends = [(places[coalition], places[coalition | 1 << agent]) for coalition, agent in edges]
    x, y = ([end for pair in ends for end in (pair[0][k], pair[1][k], None)] for k in (0, 1))
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}


def _unseen(offset: float) -> dict[str, Any]:
    """A marker that only keeps a text pixels away from its middle."""
    return {"size": round(2 * _OFFSET * offset), "opacity": 0}
