"""Where a class room's game leads if each in turn makes its best move: an agent a row, a round of turns a column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    HEAT_SCALE,
    INK,
    ON_HEAT,
    SMALL_FONT_SIZE,
    Figure,
    agent_name,
    base_layout,
    narrow_layout,
    note,
    rounded,
)
from cgs_core.typing import FloatArray

_COLUMN = 115  # pixels: a move in words, on a phone


def room_path_figure(
    moves: Sequence[Sequence[str]],
    coins: FloatArray,
    means: Sequence[float],
    ending: str,
    *,
    scenario_id: str = "room",
) -> Figure:
    """What each agent plays at first and after each round of turns; lighter where it costs more coins.

    Parameters
    ----------
    moves: of each column each agent's move in a few words; a move that is another than before is bold.
    coins: (n_columns, n_agents).
    means: of each column the mean payoff, in points.
    ending: what it came to, in a sentence.
    """
    n_columns, n_agents = coins.shape
    rows = Rows(n_agents, tallest=36.0, total=430.0, headroom=0.0)
    turns = [f"{number} turn{'s' if number > 1 else ''}" for number in range(1, n_columns)]
    heads = ["at first", *(f"after {turn} each" for turn in turns)]
    size = SMALL_FONT_SIZE if rows.pitch >= 16 else 10
    table = [[_text(moves, column, agent) for column in range(n_columns)] for agent in range(n_agents)]
    layout = base_layout(
        kind="room-path",
        scenario_id=scenario_id,
        title="If each in turn makes its best move",
        alt=_alt(moves, means, heads, ending),
        height=rows.plot_height + 74,
        margin={"l": 70, "r": 10, "t": 64, "b": 10},
        yaxis=rows.axis([agent_name(agent) for agent in range(n_agents)]),
        xaxis={"visible": False, "fixedrange": True, "range": [-0.5, n_columns - 0.5]},
        annotations=[_head(head, mean, column) for column, (head, mean) in enumerate(zip(heads, means, strict=True))],
    )
    most = float(coins.max())
    heat = {
        "type": "heatmap",
        "x": list(range(n_columns)),
        "y": list(range(n_agents)),
        "z": rounded(coins.T),
        "zmin": 0,
        "zmax": most if most > 0 else 1,
        "colorscale": HEAT_SCALE,
        "showscale": False,
        "xgap": 2,
        "ygap": 1,
        "text": table,
        "texttemplate": "%{text}",
        "textfont": {"size": size, "color": ON_HEAT},
        "hovertemplate": "<b>Agent %{customdata}</b>: %{text}, %{z} coins<extra></extra>",
        "customdata": [[agent + 1] * n_columns for agent in range(n_agents)],
    }
    return {"data": [heat], "layout": narrow_layout(layout, 80 + _COLUMN * n_columns, height=layout["height"])}


def _text(moves: Sequence[Sequence[str]], column: int, agent: int) -> str:
    now = moves[column][agent]
    return f"<b>{now}</b>" if column and now != moves[column - 1][agent] else now


def _head(head: str, mean: float, column: int) -> dict[str, object]:
    text = f"<b>{head}</b><br>mean {mean:.1f}"
    font = {"size": SMALL_FONT_SIZE, "color": INK}
    return note(text, x=column, xref="x", xanchor="center", y=1, yref="paper", yanchor="bottom", font=font)


def _alt(moves: Sequence[Sequence[str]], means: Sequence[float], heads: Sequence[str], ending: str) -> str:
    changed = [int(np.sum(np.array(now) != np.array(before))) for before, now in pairwise(moves)]
    told = [
        f"{head}: {n} have changed, mean {mean:.1f} points"
        for head, n, mean in zip(heads[1:], changed, means[1:], strict=True)
    ]
    first = f"Moves of {len(moves[0])} agents, at first with a mean payoff of {means[0]:.1f} points."
    return " ".join([first, *([f"{'; '.join(told)}."] if told else []), ending])
