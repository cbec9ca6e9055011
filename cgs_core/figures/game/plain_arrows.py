"""Arrows in the plane and nothing that is computed of them: for a question whose answer that would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.style import FONT_SIZE, INK, Figure, agent_look, axis, base_layout, signed

_SIZE = 260  # of the plot, pixels


def plain_arrows_figure(lengths: Sequence[float], angles: Sequence[float], *, scenario_id: str = "game") -> Figure:
    """One arrow an agent from one origin, with its name, length and angle (degrees) beside its tip."""
    turns = np.radians(np.asarray(angles, np.float64))
    tips = np.asarray(lengths, np.float64)[:, np.newaxis] * np.column_stack([np.cos(turns), np.sin(turns)])
    low, high = np.minimum(tips.min(axis=0), 0.0), np.maximum(tips.max(axis=0), 0.0)
    pad = 0.3 * max(float((high - low).max()), 1e-9)
    widest = 3.0 + 2.0 * (len(tips) - 1)
    notes = []
    for agent, (x, y) in enumerate(tips.tolist()):
        look = agent_look(agent)
        width = min(widest - 2.0 * agent, 7.0)  # of two that are one the one above is thinner
        arrow = {"x": x, "y": y, "ax": 0, "ay": 0, "axref": "x", "ayref": "y", "xref": "x", "yref": "y"}
        head = {"showarrow": True, "arrowhead": 2, "arrowwidth": width, "arrowcolor": look.color, "text": ""}
        notes.append(arrow | head)
    for (x, y), names in _tips(tips).items():
        beside = {"xanchor": "left" if x >= 0 else "right", "yanchor": "bottom" if y >= 0 else "top"}
        words = "<br>".join(names)
        plain = {"showarrow": False, "align": "left", "font": {"size": FONT_SIZE, "color": INK}}
        notes.append({"x": x, "y": y, "text": words} | plain | beside)
    alt = "; ".join(
        f"{agent_look(agent).name}: length {length:g}, angle {signed(f'{angle:g}')} degrees"
        for agent, (length, angle) in enumerate(zip(lengths, angles, strict=True))
    )
    silent: dict[str, Any] = {"visible": False, "fixedrange": True}
    layout = base_layout(
        kind="plain-arrows",
        scenario_id=scenario_id,
        title="The arrows",
        alt=f"Arrows from one origin. {alt}.",
        height=_SIZE,
        min_width=_SIZE,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis=axis(float(low[0] - pad), float(high[0] + pad), **silent),
        yaxis=axis(float(low[1] - pad), float(high[1] + pad), **silent) | {"scaleanchor": "x", "scaleratio": 1},
        annotations=notes,
    )
    origin = {"type": "scatter", "mode": "markers", "x": [0], "y": [0], "marker": {"color": INK, "size": 6}}
    return {"data": [origin | {"hoverinfo": "skip"}], "layout": layout}


def _tips(tips: np.ndarray) -> dict[tuple[float, float], list[str]]:
    """The names of the agents, by where their arrows end: those that end in one place are named together."""
    named: dict[tuple[float, float], list[str]] = {}
    for agent, (x, y) in enumerate(np.round(tips, 6).tolist()):
        named.setdefault((x, y), []).append(agent_look(agent).name)
    return named
