"""Lines of many agents: all grey, and the picked ones in colour, on top and with their names."""

from __future__ import annotations

from collections.abc import Collection

from cgs_core.figures.style import AGENT_COLORS

MANY = 9
"""From so many agents on their lines are grey but for the picked ones: ten colours tell no more apart."""


def usual_picks(n_agents: int) -> list[int]:
    """Who is in colour unless picked otherwise: one at the start, in the middle and at the end, in three colours."""
    n_colors = len(AGENT_COLORS)
    last = n_agents - 1 if (n_agents - 1) % n_colors else n_agents - 2
    middle = next(index for index in range(n_agents // 2, n_agents) if index % n_colors not in (0, last % n_colors))
    return [0, middle, last]


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
