"""The agents' updates as arrows in the plane; the angle to the aggregate is the cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.contribution.plane import PlaneView
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.style import (
    FAINT,
    FONT_SIZE,
    INK,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    narrow_layout,
    note,
    percent,
    rounded,
    signed,
)
from cgs_core.typing import FloatArray

_HEIGHT = 380  # of the plot, pixels
_LABEL_PITCH = 17
_TITLE = 36  # pixels under the plot
_NARROW = 310  # pixels of the whole figure where the names stand under it
_NAMES = 0.74  # where the names begin, as a part of the width


def arrows_figure(
    view: PlaneView,
    *,
    agents: Sequence[int],
    cosines: FloatArray,
    shapley: FloatArray | None = None,
    reach: float | None = None,
    title: str = "Updates and their sum",
    scenario_id: str = "game",
) -> Figure:
    """Updates from one origin, the aggregate in ink, and beside each arrow what it is worth.

    Parameters
    ----------
    view: the updates in the plane of their two leading directions.
    agents: which agents of the scenario the arrows are of.
    cosines: (n_agents,) to the aggregate, in the full space: psi. The plane's angles differ where it loses length.
    shapley: (n_agents,) the exact values phi, to be written beside psi.
    reach: how far either axis goes at least in all directions: where arrows are moved, it should not follow them.
    """
    low, high = _limits(view, reach)
    worst = int(np.argmin(view.kept))
    plain: dict[str, Any] = {"showgrid": False, "zeroline": True, "zerolinecolor": FAINT, "fixedrange": True}
    layout = base_layout(
        kind="arrows",
        scenario_id=scenario_id,
        title=title,
        alt=_alt(view, agents, cosines, worst),
        height=_HEIGHT + 46,
        margin={"l": 10, "r": 10, "t": 10, "b": 36},
        xaxis=axis(float(low[0]), float(high[0]), **plain)
        | {
            "tickvals": [],
            "domain": [0, _NAMES - 0.02],
            "range": rounded([low[0], high[0]]),
            "title": axis_title(_kept(view, agents, worst) if reach is None else "", 4),
            "constrain": "domain",
        },
        yaxis=axis(float(low[1]), float(high[1]), **plain)
        | {"tickvals": [], "range": rounded([low[1], high[1]]), "scaleanchor": "x", "scaleratio": 1},
        annotations=_names(view, agents, _worths(cosines, shapley), (float(low[1]), float(high[1]))),
    )
    return {"data": _arrows(view, agents, cosines), "layout": _names_below(layout)}


def _names_below(layout: dict[str, Any]) -> dict[str, Any]:
    """On a phone the names stand under the arrows."""
    names = layout["annotations"]
    below = [
        one | {"x": 0, "y": round(-(_TITLE + (place + 0.5) * _LABEL_PITCH * 1.3) / _HEIGHT, 4), "yanchor": "middle"}
        for place, one in enumerate(names)
    ]
    room = _TITLE + round(len(names) * _LABEL_PITCH * 1.3)
    return narrow_layout(
        layout,
        _NARROW,
        height=_HEIGHT + 10 + room,
        margin=layout["margin"] | {"b": room},
        annotations=below,
        xaxis=layout["xaxis"] | {"domain": [0, 1]},
    )


def _limits(view: PlaneView, reach: float | None) -> tuple[FloatArray, FloatArray]:
    """The lowest and the highest x and y that are drawn."""
    tips = np.vstack([view.arrows, view.aggregate])
    furthest = max(float(np.abs(tips).max()), 1e-9)
    if reach is not None:
        most = max(reach, float(np.ceil(furthest)) * (furthest > reach))
        return np.full(2, -1.08 * most), np.full(2, 1.08 * most)
    return np.minimum(tips.min(axis=0), 0) - 0.08 * furthest, np.maximum(tips.max(axis=0), 0) + 0.08 * furthest


def _kept(view: PlaneView, agents: Sequence[int], worst: int) -> str:
    """What the plane loses; where that is nothing, which arrow is which."""
    if view.kept[worst] > 0.995:
        return "thick: the shared update"
    if np.ptp(view.kept) < 0.005:
        return f"the plane keeps {percent(view.kept[worst])} of every arrow's length"
    return f"the plane keeps {percent(view.kept[worst])} of {agent_name(agents[worst])}'s length, more of the others'"


def _worths(cosines: FloatArray, shapley: FloatArray | None) -> tuple[str, list[str]]:
    """A head, and what stands under it of each agent."""
    psi = [_cosine(value) for value in cosines]
    if shapley is None:
        return "cosine to the shared update", [f"cos {value}" for value in psi]
    pairs = zip(shapley, psi, strict=True)
    return "Shapley value φ, cosine ψ", [f"φ {_cosine(exact)}, ψ {approximate}" for exact, approximate in pairs]


def _arrows(view: PlaneView, agents: Sequence[int], cosines: FloatArray) -> list[PlotlyTrace]:
    """The aggregate behind, then an arrow an agent."""
    arrow = {"type": "scatter", "mode": "lines+markers"}
    drawn: list[PlotlyTrace] = [
        arrow
        | {
            "x": [0, *rounded(view.aggregate[:1])],
            "y": [0, *rounded(view.aggregate[1:])],
            "name": "shared update",
            "line": {"color": INK, "width": 5},
            "marker": _head(INK, 18),
            "hovertemplate": f"<b>shared update</b><br>the plane keeps {percent(view.kept_of_aggregate)} of its length"
            "<extra></extra>",
        }
    ]
    for position, agent in enumerate(agents):
        look = agent_look(agent)
        x, y = rounded(view.arrows[position])
        hover = (
            f"<b>{look.name}</b>: cos {_cosine(cosines[position])} to the shared update<br>"
            f"the plane keeps {percent(view.kept[position])} of its length<extra></extra>"
        )
        drawn.append(
            arrow
            | {
                "x": [0, x],
                "y": [0, y],
                "name": look.name,
                "line": {"color": look.color, "width": 3, "dash": look.dash},
                "marker": _head(look.color, 13),
                "hovertemplate": hover,
            }
        )
    return drawn


def _head(color: str, size: int) -> dict[str, Any]:
    return {"symbol": "arrow", "angleref": "previous", "size": [0, size], "color": color, "opacity": 1}


def _names(
    view: PlaneView, agents: Sequence[int], worths: tuple[str, list[str]], limits: tuple[float, float]
) -> list[dict[str, Any]]:
    """Name and worth of every arrow at the right, in the order of the tips' heights, so that lines hardly cross."""
    head, texts = worths
    down = np.argsort(-view.arrows[:, 1], kind="stable").tolist()
    scale = _HEIGHT / (limits[1] - limits[0])
    pitch = min(_LABEL_PITCH + 5, _HEIGHT / (len(agents) + 1))
    wanted = [float((limits[1] - view.arrows[position, 1]) * scale) for position in down]
    wanted = [min(max(place, 28.0), _HEIGHT - 10.0) for place in wanted]
    places = spread(wanted, pitch, _HEIGHT)
    size = FONT_SIZE if pitch >= _LABEL_PITCH else SMALL_FONT_SIZE
    return [
        note(
            f"<b>{head}</b>",
            xref="paper",
            x=_NAMES,
            xanchor="left",
            yref="paper",
            y=1,
            yanchor="top",
            font={"size": SMALL_FONT_SIZE, "color": INK},
        )
    ] + [
        note(
            f"<span style='color:{agent_look(agents[position]).color}'>●</span> {agent_name(agents[position])}: "
            f"{texts[position]}",
            xref="paper",
            x=_NAMES,
            xanchor="left",
            yref="paper",
            y=round(1 - place / _HEIGHT, 4),
            yanchor="middle",
            font={"size": size, "color": INK},
        )
        for position, place in zip(down, places, strict=True)
    ]


def _cosine(value: float) -> str:
    return signed(f"{value:.2f}")


def _alt(view: PlaneView, agents: Sequence[int], cosines: FloatArray, worst: int) -> str:
    top, least = int(np.argmax(cosines)), int(np.argmin(cosines))
    return (
        f"{len(agents)} updates as arrows, and the shared update. {agent_name(agents[top])} points closest to it "
        f"(cosine {_cosine(cosines[top])}), {agent_name(agents[least])} furthest away (cosine "
        f"{_cosine(cosines[least])}). The plane keeps at least {percent(view.kept[worst])} of each arrow's length."
    )
