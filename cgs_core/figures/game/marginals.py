"""What agents add to coalitions of each size: the lattice's facts where it has too many coalitions to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.games import mean_marginals_by_size
from cgs_core.figures.frames import animated_figure, round_heading
from cgs_core.figures.game.units import UNITS, Unit, UnitWords, game_rounds
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.style import (
    INK,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    points,
    rounded,
    signed,
)
from cgs_core.typing import FloatArray

_HEIGHT = 360  # of the plot, pixels
_END = 1.02  # where the axis ends and the names begin, in the largest size
_LEVEL = 4.0  # pixels: ends of lines that follow each other within so much are level
_LABEL_PITCH = 16
_PROJECTED_LABEL_PITCH = 22  # the plot is stretched as well


def marginals_by_size_figure(
    values_by_round: npt.ArrayLike,
    *,
    agents: Sequence[int],
    unit: Unit,
    round_index: int | None = None,
    is_projected: bool = False,
    scenario_id: str = "game",
) -> Figure:
    """Mean marginal contribution by how many are there before, an agent a line; its mean is the Shapley value.

    Parameters
    ----------
    values_by_round: (n_rounds, 2**n_agents); bit i of the index says whether agent ``agents[i]`` is in.
    agents: which agents of the scenario play.
    round_index: the round to show at first; the last one unless told.
    is_projected: whether its names are to be larger, so that they need more room.

    Raises
    ------
    ValueError: tables of another number of agents, or no such round.
    """
    tables, shown = game_rounds(values_by_round, agents, round_index)
    words = UNITS[unit]
    by_size = np.array([mean_marginals_by_size(table) for table in tables])
    low, high = min(float(by_size.min()), 0.0), max(float(by_size.max()), 0.01)
    pad = 0.04 * (high - low)
    limits = (low - pad, high + pad)
    layout = base_layout(
        kind="marginals",
        scenario_id=scenario_id,
        title="What an agent adds, by coalition size",
        alt=round_heading(len(by_size), shown) + _alt(by_size[shown], agents, words),
        height=_HEIGHT + 64,
        margin={"l": 76, "r": 126, "t": 16, "b": 48},
        xaxis=_size_axis(max(len(agents) - 1, 1)),
        yaxis=axis(
            low,
            high,
            tick_text=words.tick,
            range=[round(limit, 5) for limit in limits],
            zeroline=True,
            zerolinecolor=INK,
            title=axis_title(f"adds on average ({_quantity(words)})", 8),
        ),
    )
    pitch = _PROJECTED_LABEL_PITCH if is_projected else _LABEL_PITCH
    return animated_figure(
        len(tables),
        still=[],
        moving=_moving(agents, words),
        layout=layout,
        round_index=shown,
        parts_at=lambda index: _parts(by_size[index], agents, words, limits, pitch),
    )


def _size_axis(most: int) -> dict[str, Any]:
    return axis(
        0,
        most,
        range=[-0.02 * most, _END * most],
        most_ticks=11,
        least_step=1,
        showgrid=False,
        title=axis_title("how many agents are there before"),
    )


def _quantity(words: UnitWords) -> str:
    return "cosine" if words.factor == 1 else "accuracy"


def _moving(agents: Sequence[int], words: UnitWords) -> list[PlotlyTrace]:
    """A line an agent, then the names and Shapley values at the lines' ends."""
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": list(range(len(agents))),
            "name": look.name,
            "line": {"color": look.color, "width": 2.5, "dash": look.dash},
            "marker": {"symbol": look.symbol, "color": look.color, "size": 8},
            "hovertemplate": f"<b>{look.name}</b> joins %{{x}} others<br>"
            "adds %{customdata} on average<extra></extra>",
        }
        for look in map(agent_look, agents)
    ]
    names = {
        "type": "scatter",
        "mode": "text",
        "x": [_END * max(len(agents) - 1, 1)] * len(agents),  # beside the last points, not on them
        "textposition": "middle right",
        "cliponaxis": False,
        "hoverinfo": "skip",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    return [*lines, names]


def _parts(
    by_size: FloatArray, agents: Sequence[int], words: UnitWords, limits: tuple[float, float], pitch: float
) -> list[dict[str, Any]]:
    scale = _HEIGHT / (limits[1] - limits[0])
    shapley, heights = by_size.mean(axis=1), (limits[1] - by_size[:, -1]) * scale
    falling = np.argsort(heights, kind="stable")
    level = np.empty(len(agents), np.intp)
    level[falling] = np.cumsum(np.diff(heights[falling], prepend=heights[falling[0]]) > _LEVEL)
    down = np.lexsort((-shapley, level)).tolist()
    places = spread([float(heights[position]) for position in down], pitch, _HEIGHT)
    texts = [
        f"\u00a0\u00a0<span style='color:{agent_look(agents[position]).color}'>●</span> "
        f"{agent_name(agents[position])} <b>{words.value(shapley[position], 1)}</b>"
        for position in down
    ]
    ends = {"y": [round(limits[1] - place / scale, 5) for place in places], "text": texts}
    return [*({"y": rounded(line), "customdata": [_added(value, words) for value in line]} for line in by_size), ends]


def _added(value: float, words: UnitWords) -> str:
    return signed(f"{value:+.3f}") if words.factor == 1 else f"{points(value)} %"


def _alt(by_size: FloatArray, agents: Sequence[int], words: UnitWords) -> str:
    shapley = by_size.mean(axis=1)
    top, least = int(shapley.argmax()), int(shapley.argmin())
    return (
        f"What each of {len(agents)} agents adds on average to coalitions of each size. "
        f"The mean over the sizes, the Shapley value, is largest for {agent_name(agents[top])} "
        f"({words.value(shapley[top], 1)}) and smallest for {agent_name(agents[least])} "
        f"({words.value(shapley[least], 1)})."
    )
