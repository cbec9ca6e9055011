"""How well a class did in each round of play: the mean payoff of its agents, and the lowest one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cgs_core.figures.runs.room_effort import TEXT_SIZE
from cgs_core.figures.style import (
    AGENT_COLORS,
    AGENT_DASHES,
    AGENT_SYMBOLS,
    INK,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    axis,
    base_layout,
    rounded,
    signed,
)

_NAMES = ("the mean of all", "the lowest")


def room_welfare_figure(
    rules: Sequence[str], means: Sequence[float], lowest: Sequence[float], *, scenario_id: str = "room"
) -> Figure:
    """Two lines over the rounds of play, with their numbers.

    Parameters
    ----------
    rules: of each round of play, what its rule is called. means, lowest: of the agents' payoffs, in points.
    """
    every = [*means, *lowest]
    margin = max(0.15 * (max(every) - min(every)), 2.0)
    low, high = min(every) - margin, max(every) + margin
    plain = {"size": TEXT_SIZE, "color": INK}
    told = "; ".join(
        f"round {number}, {rule}: mean {_text(mean)}, lowest {_text(least)}"
        for number, (rule, mean, least) in enumerate(zip(rules, means, lowest, strict=True), start=1)
    )
    places = list(range(len(rules)))
    layout = base_layout(
        kind="room-welfare",
        scenario_id=scenario_id,
        title="Payoffs in each round of play",
        alt=f"Payoffs in points over {len(rules)} rounds of play. {told}.",
        height=420,
        min_width=PHONE_WIDTH,
        margin={"l": 70, "r": 16, "t": 44, "b": 76},
        showlegend=True,
        legend=LEGEND_ON_TOP | {"font": plain, "itemclick": False, "itemdoubleclick": False},
        xaxis=axis(
            0,
            len(rules),
            range=[-0.5, len(rules) - 0.5],
            tickvals=places,
            ticktext=[f"{number}<br>{escape(rule)}" for number, rule in enumerate(rules, start=1)],
            showgrid=False,
            fixedrange=True,
            tickfont=plain,
            title={"text": "round of play", "standoff": 8, "font": plain},
        ),
        yaxis=axis(
            low,
            high,
            fixedrange=True,
            tickfont=plain,
            title={"text": "payoff in points", "standoff": 10, "font": plain},
        ),
    )
    return {"data": [_line(values, look) for look, values in enumerate((means, lowest))], "layout": layout}


def _line(values: Sequence[float], look: int) -> PlotlyTrace:
    color = AGENT_COLORS[look]
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": _NAMES[look],
        "x": list(range(len(values))),
        "y": rounded(values),
        "text": [_text(value) for value in values],
        "textposition": "top center" if look == 0 else "bottom center",
        "textfont": {"size": TEXT_SIZE, "color": INK},
        "line": {"color": color, "width": 3, "dash": AGENT_DASHES[look]},
        "marker": {"color": color, "symbol": AGENT_SYMBOLS[look], "size": 13},
        "cliponaxis": False,
        "hovertemplate": f"{_NAMES[look]}: %{{text}} points<extra></extra>",
    }


def _text(value: float) -> str:
    return signed(f"{value:.1f}")
