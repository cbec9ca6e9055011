"""Does CGSV track the truth? Each agent's share of the CGSV against its share of the retrained Shapley value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.over_rounds import spread
from cgs_core.figures.style import (
    FAINT,
    INK,
    PHONE_WIDTH,
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
    percent_tick,
    rounded,
)
from cgs_core.metrics import MIN_SPREAD, shares
from cgs_core.typing import FloatArray

_SIDE, _NARROW_SIDE = 380, 236  # of the plot, pixels; on a phone
_NAMED = 12  # above so many agents only those furthest from the diagonal are named


def tracking_figure(
    cgsv: FloatArray,
    retrained: FloatArray,
    *,
    agents: Sequence[int],
    pearson: float | None,
    scenario_id: str = "game",
) -> Figure:
    """Shares of the whole on two axes of the same scale; on the dotted diagonal both agree.

    Parameters
    ----------
    cgsv: (n_agents,) mean over the rounds.
    retrained: (n_agents,) Shapley values of the retrained game.
    pearson: correlation of the two; None where it is not defined.

    Raises
    ------
    ValueError: the values of one of them sum to less than 0.001, so that there are no shares.
    """
    shares = _shares("retrained", retrained), _shares("cgsv", cgsv)
    every = np.concatenate([*shares, [0.0]])
    pad = max(0.06 * float(np.ptp(every)), 0.01)
    low = math.floor(1e4 * (float(every.min()) - pad)) / 1e4  # of as few digits as the words' places: Plotly leaves out
    high = math.ceil(1e4 * (float(every.max()) + pad)) / 1e4  # words that stand beyond an axis by a rounding
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": rounded([low, high]),
        "y": rounded([low, high]),
        "line": {"color": FAINT, "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }
    words = "no correlation is defined" if pearson is None else f"r = {pearson:.2f}".replace("-", "−")
    layout = base_layout(
        kind="tracking",
        scenario_id=scenario_id,
        title="CGSV against the retrained Shapley value",
        alt=_alt(shares, agents, words),
        height=_SIDE + 60,
        margin={"l": 76, "r": 90, "t": 12, "b": 48},
        xaxis=axis(low, high, tick_text=percent_tick, title=axis_title("share of the retrained Shapley value"))
        | {"constrain": "domain"},
        yaxis=axis(low, high, tick_text=percent_tick, title=axis_title("share of the mean CGSV", 8))
        | {"scaleanchor": "x", "scaleratio": 1},
        annotations=[*_names(shares, agents, (low, high), _SIDE), _corner(words, low, high)],
    )
    few = axis(low, high, tick_text=percent_tick, most_ticks=4)
    ticks = {name: few[name] for name in ("tickvals", "ticktext")}
    narrow = narrow_layout(
        layout,
        PHONE_WIDTH,
        height=_NARROW_SIDE + 60,
        margin=layout["margin"] | {"l": 58, "r": 62},
        xaxis=layout["xaxis"] | ticks,
        yaxis=layout["yaxis"] | ticks,
        annotations=[*_names(shares, agents, (low, high), _NARROW_SIDE), _corner(words, low, high)],
    )
    return {"data": [diagonal, _points(shares, agents)], "layout": narrow}


def _points(shares: tuple[FloatArray, FloatArray], agents: Sequence[int]) -> PlotlyTrace:
    looks = [agent_look(agent) for agent in agents]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(shares[0]),
        "y": rounded(shares[1]),
        "customdata": [look.name for look in looks],
        "cliponaxis": False,
        "marker": {"symbol": [look.symbol for look in looks], "color": [look.color for look in looks], "size": 15},
        "hovertemplate": "<b>%{customdata}</b><br>CGSV %{y:.1%}<br>retrained %{x:.1%}<extra></extra>",
    }


def _corner(words: str, left: float, top: float) -> dict[str, Any]:
    """Words in the corner at the top left."""
    return note(
        f"<b>{words}</b>",
        xref="x",
        x=round(left, 5),
        xanchor="left",
        xshift=8,
        yref="y",
        y=round(top, 5),
        yanchor="top",
        yshift=-4,
        font={"size": 15, "color": INK},
    )


def _shares(name: str, values: FloatArray) -> FloatArray:
    array = shares(np.asarray(values, dtype=np.float64))
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: values that sum to at least {MIN_SPREAD} and do not mostly cancel; got {values}")
    return array


def _names(
    shares: tuple[FloatArray, FloatArray], agents: Sequence[int], limits: tuple[float, float], side: int
) -> list[dict[str, Any]]:
    """Names right of the symbols, kept apart where they would touch."""
    x, y = shares
    picked = np.argsort(-np.abs(y - x), kind="stable")[:_NAMED]
    down = picked[np.argsort(-y[picked], kind="stable")].tolist()
    scale = side / (limits[1] - limits[0])
    places = spread([float((limits[1] - y[position]) * scale) for position in down], 15, side)
    return [
        note(
            f"<span style='color:{agent_look(agents[position]).color}'>●</span> {agent_name(agents[position])}",
            xref="x",
            x=round(float(x[position]), 5),
            xanchor="left",
            xshift=11,
            yref="y",
            y=round(limits[1] - place / scale, 5),
            yanchor="middle",
            font={"size": SMALL_FONT_SIZE, "color": INK},
        )
        for position, place in zip(down, places, strict=True)
    ]


def _alt(shares: tuple[FloatArray, FloatArray], agents: Sequence[int], words: str) -> str:
    x, y = shares
    worst = int(np.argmax(np.abs(y - x)))
    return (
        f"Shares of the mean CGSV against shares of the retrained Shapley value for {len(agents)} agents; {words}. "
        f"They differ most for {agent_name(agents[worst])}: CGSV {percent(y[worst])}, retrained {percent(x[worst])}."
    )
