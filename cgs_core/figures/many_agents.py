"""Lines of many agents: all grey, and the picked ones in colour, on top and with their names."""

from __future__ import annotations

import math
from collections.abc import Collection

from cgs_core.figures.style import AGENT_COLORS

MANY = 9
"""From so many agents on their lines are grey but for the picked ones: ten colours tell no more apart."""


_APART = 60.0  # of red, green and blue together, each up to 255: what nearer colours are taken for one another


def usual_picks(n_agents: int) -> list[int]:
    """Who is in colour unless picked otherwise: one at the start, in the middle and at the end, in colours apart."""
    last = next(index for index in range(n_agents - 1, 0, -1) if _is_apart(index, 0))
    middle = next(index for index in range(n_agents // 2, n_agents) if _is_apart(index, 0) and _is_apart(index, last))
    return [0, middle, last]


def _is_apart(agent: int, other: int) -> bool:
    colors = (AGENT_COLORS[index % len(AGENT_COLORS)] for index in (agent, other))
    return math.dist(*([int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors)) > _APART


def in_color(n_agents: int, picked: Collection[int] | None = None) -> list[int]:
    """The agents whose lines are in colour: all where they are few.

    Raises
    ------
    ValueError: there is no such agent among the picked ones.
    """
    if picked is not None and not set(picked) <= set(range(n_agents)):
        raise ValueError(f"picked: from 0 to {n_agents - 1}; got {sorted(picked)}")
    if n_agents < MANY:
        return list(range(n_agents))
    return usual_picks(n_agents) if picked is None else sorted(set(picked))
