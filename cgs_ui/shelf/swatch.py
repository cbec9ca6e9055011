"""A run's look as a small picture: a piece of its line with its symbol."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

from cgs_core.figures import AgentLook

_DASHES = {"solid": "", "longdash": "10 4", "dashdot": "6 3 2 3", "dot": "2 3", "longdashdot": "10 3 2 3"}
_CENTRE, _RADIUS = (20.0, 8.0), 6.5
_CORNERS = {  # angles from the top, clockwise; every second corner of a star lies further in
    "square": (45, 135, 225, 315),
    "diamond": (0, 90, 180, 270),
    "triangle-up": (0, 120, 240),
    "triangle-down": (60, 180, 300),
    "pentagon": (0, 72, 144, 216, 288),
    "hexagon": (0, 60, 120, 180, 240, 300),
    "star": tuple(range(0, 360, 36)),
}


def swatch(look: AgentLook) -> str:
    """HTML of an image, 40 by 16 pixels; nothing in it is anybody's text."""
    picture = base64.b64encode(_svg(look).encode()).decode()
    words = f"{look.symbol}, {look.dash} line".replace("-", " ")
    return f'<img src="data:image/svg+xml;base64,{picture}" width="40" height="16" alt="{words}">'


def _svg(look: AgentLook) -> str:
    dash = _DASHES[look.dash]
    line = (
        f'<line x1="1" y1="8" x2="39" y2="8" stroke="{look.color}" stroke-width="2.5"'
        + (f' stroke-dasharray="{dash}"' if dash else "")
        + "/>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="16" viewBox="0 0 40 16">'
        f"{line}{_symbol(look)}</svg>"
    )


def _symbol(look: AgentLook) -> str:
    x, y = _CENTRE
    if look.symbol == "circle":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS - 1:g}" fill="{look.color}"/>'
    if look.symbol in ("cross", "x"):
        turn = 45 if look.symbol == "x" else 0
        return (
            f'<path d="M{x - 6:g} {y:g}H{x + 6:g}M{x:g} {y - 6:g}V{y + 6:g}" stroke="{look.color}"'
            f' stroke-width="4" transform="rotate({turn} {x:g} {y:g})"/>'
        )
    return f'<polygon points="{_polygon(look.symbol, _CORNERS[look.symbol])}" fill="{look.color}"/>'


def _polygon(symbol: str, angles: Sequence[int]) -> str:
    x, y = _CENTRE
    corners = []
    for place, angle in enumerate(angles):
        radius = _RADIUS * (0.45 if symbol == "star" and place % 2 else 1)
        turn = math.radians(angle)
        corners.append(f"{x + radius * math.sin(turn):.1f},{y - radius * math.cos(turn):.1f}")
    return " ".join(corners)
