"""Where the coalitions of a lattice stand: rows by their size, and how large a circle and its words are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from cgs_core.figures.projector import TEXT_SIZE
from cgs_core.figures.style import (
    MIN_WIDTH,
)
from cgs_core.typing import FloatArray

WIDTH = (0.0, 0.74)  # the lattice's part of the figure's
_HEIGHT, _PROJECTED_HEIGHT = 324, 500  # pixels from the lowest to the highest row, and the circles
_WIDEST_ROW = 10  # a row of more coalitions takes two lines, every other coalition on the lower one


@dataclass(frozen=True)
class Lattice:
    """Where the coalitions stand. ``x`` is a part of the lattice's width, ``y`` pixels from the bottom."""

    n_agents: int
    is_projected: bool = False  # larger, for a class

    @property
    def diameter(self) -> int:
        """Of a coalition's circle, pixels."""
        if self.is_projected:
            return {4: 68, 5: 60}.get(self.n_agents, 76)
        return {5: 34, 6: 33}.get(self.n_agents, 52)

    @property
    def value_font_size(self) -> int:
        if self.is_projected:
            return TEXT_SIZE
        return {5: 14, 6: 13}.get(self.n_agents, 19)

    @property
    def label_font_size(self) -> int:
        if self.is_projected:
            return TEXT_SIZE
        return {5: 13, 6: 12}.get(self.n_agents, 15)

    @property
    def label_drop(self) -> float:
        """From a circle's centre down to the middle of the words under it, pixels."""
        return self.diameter / 2 + 0.65 * self.label_font_size

    @cached_property
    def rows(self) -> list[list[int]]:
        """Coalitions by size, nobody first; within a row by their members."""
        agents = range(self.n_agents)
        return [
            [sum(1 << agent for agent in members) for members in combinations(agents, size)]
            for size in range(self.n_agents + 1)
        ]

    @cached_property
    def _lines(self) -> list[float]:
        """Height of the upper line of each row; the lower one is ``line_pitch`` below."""
        pitch, y = self.line_pitch, self.diameter / 2 + 1.3 * self.label_font_size
        total = _PROJECTED_HEIGHT if self.is_projected else _HEIGHT
        step = pitch + 1 if self.n_agents == 6 else max(pitch + 3, (total - self.diameter) / self.n_agents)
        heights = []
        for row in self.rows:
            y += pitch * self.is_double(row)
            heights.append(y)
            y += step
        return heights

    @property
    def line_pitch(self) -> float:
        """From one line of circles, and the words under them, to the next, pixels."""
        return self.diameter + 0.8 * self.label_font_size

    @property
    def height(self) -> int:
        """Pixels, from the words under the lowest circle to the top of the highest."""
        return round(self._lines[-1] + self.diameter / 2 + 3)

    @property
    def min_width(self) -> int:
        """Pixels of the whole figure in which the circles of the longest line still stand apart."""
        longest = max(-(-len(row) // (2 if self.is_double(row) else 1)) for row in self.rows)
        return max(MIN_WIDTH, round(longest * (self.diameter + 3) / (WIDTH[1] - WIDTH[0])) + 16)

    @staticmethod
    def is_double(row: Sequence[int]) -> bool:
        return len(row) > _WIDEST_ROW

    @cached_property
    def places(self) -> FloatArray:
        """(2**n_agents, 2): x and y of every coalition by its table index."""
        places = np.zeros((2**self.n_agents, 2))
        for row, height in zip(self.rows, self._lines, strict=True):
            for number, coalition in enumerate(row):
                is_lower = self.is_double(row) and number % 2 == 1
                places[coalition] = (number + 0.5) / len(row), height - self.line_pitch * is_lower
        return places

    @cached_property
    def edges(self) -> list[tuple[int, int]]:
        """(coalition, agent that joins it): n_agents * 2**(n_agents - 1)."""
        return [
            (coalition, agent)
            for coalition in range(2**self.n_agents)
            for agent in range(self.n_agents)
            if not coalition >> agent & 1
        ]
