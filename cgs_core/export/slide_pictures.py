"""What a lesson's slide draws beside its question, as SVG: who holds what, or arrows; large, and without results."""

from __future__ import annotations

import html
import math

from cgs_core.data import FederatedData
from cgs_core.figures.agents.shards import shard_words
from cgs_core.figures.style import INK, agent_look, class_colors
from cgs_core.lessons import Arrows
from cgs_core.scenario import Scenario

MOST_ROWS = 8
"""Agents; the rows of more would be too small for the back row."""

Box = tuple[float, float, float, float]
"""x, y, width, height."""


def shards_drawing(scenario: Scenario, data: FederatedData, box: Box) -> str:
    """Each agent's samples as a bar by class, with its name and words; wrong labels are told in words."""
    x, y, width, height = box
    colors = class_colors(data.dataset.info.n_classes)
    row = min(height / scenario.n_agents, 112.0)
    largest = max(shard.n_samples for shard in data.shards)
    parts = []
    for agent, shard in enumerate(data.shards):
        top = y + agent * row
        words = " · ".join([agent_look(agent).name, *shard_words(scenario, data, agent)])
        parts.append(_words(x, top + 0.36 * row, min(34.0, 0.34 * row), words))
        left = x
        for count, color in zip(shard.class_counts(len(colors)).tolist(), colors, strict=True):
            long = width * count / largest
            parts.append(
                f'<rect x="{left:.1f}" y="{top + 0.46 * row:.1f}" width="{long:.1f}" height="{0.36 * row:.1f}" '
                f'fill="{color}"/>'
            )
            left += long
    return "".join(parts)


def arrows_drawing(arrows: Arrows, box: Box) -> str:
    """The arrows from one point, each with its agent's name; names of equal arrows stand one under the other."""
    x, y, width, height = box
    turns = [math.radians(angle) for angle in arrows.angles]
    tips = [
        (length * math.cos(turn), length * math.sin(turn)) for length, turn in zip(arrows.lengths, turns, strict=True)
    ]
    low, high = ([pick([0.0, *(tip[axis] for tip in tips)]) for axis in (0, 1)] for pick in (min, max))
    room = (width - 220, height - 130)  # for the names
    scale = min(room[axis] / max(high[axis] - low[axis], 1e-9) for axis in (0, 1))
    scale = min(scale, 320 / max(arrows.lengths))
    origin = (x + 20 - low[0] * scale, y + 60 + high[1] * scale)
    parts, names_at = [], dict[tuple[int, int], int]()
    for agent, (right, up) in enumerate(tips):
        look = agent_look(agent)
        end = (origin[0] + right * scale, origin[1] - up * scale)
        parts.append(_arrow(origin, end, look.color))
        place = (round(end[0]), round(end[1]))
        nth = names_at.get(place, 0)
        names_at[place] = nth + 1
        parts.append(_words(end[0] + 24, end[1] + 12 + 40 * nth, 34, look.name, look.color))
    return "".join(parts)


def _arrow(start: tuple[float, float], end: tuple[float, float], color: str) -> str:
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    wings = [(end[0] - 30 * math.cos(turn + side), end[1] - 30 * math.sin(turn + side)) for side in (0.45, -0.45)]
    points = " ".join(f"{px:.1f},{py:.1f}" for px, py in (end, *wings))
    shaft = (end[0] - 20 * math.cos(turn), end[1] - 20 * math.sin(turn))
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{shaft[0]:.1f}" y2="{shaft[1]:.1f}" stroke="{color}" '
        f'stroke-width="8"/><polygon points="{points}" fill="{color}"/>'
    )


def _words(x: float, y: float, size: float, text: str, color: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}" fill="{color}">{html.escape(text)}</text>'
