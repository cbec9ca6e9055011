"""How the agents' models divide the plane, alone and rewarded."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.frames import animated_figure, round_number, shown_round
from cgs_core.figures.rows import column_head
from cgs_core.figures.style import (
    CLASS_SYMBOLS,
    INK,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    agent_name,
    axis_title,
    base_layout,
    class_colors,
    narrow_layout,
    percent,
    rounded,
)
from cgs_core.records import Trace
from cgs_core.scenario.catalogue import DECISION_GRID, PLANE_LIMIT

_MOST_MAPS = 6
_NARROW_ROW = 150  # pixels of an agent's row on a phone
_PLAIN: dict[str, Any] = {
    "range": [-PLANE_LIMIT, PLANE_LIMIT],
    "autorange": False,
    "showticklabels": False,
    "showgrid": False,
    "zeroline": False,
    "ticks": "",
    "fixedrange": True,
}
_FINE_ROUNDS = 125  # above so many rounds every other grid point is drawn, to keep the page small


def decision_figure(
    trace: Trace,
    data: FederatedData,
    agent_indices: Sequence[int] | None = None,
    round_index: int | None = None,
    is_live: bool = False,
) -> Figure:
    """How models divide the plane: alone above, rewarded below, with each agent's own points; a frame a round.

    Parameters
    ----------
    agent_indices: at most 6; the first 6 unless told.

    Raises
    ------
    ValueError: the data are not in the plane, or there are more than 6 agents.
    """
    scenario = trace.scenario
    if scenario.info.kind != "plane":
        raise ValueError(f"data in the plane; got '{scenario.dataset}'")
    agents = list(range(min(scenario.n_agents, _MOST_MAPS)) if agent_indices is None else agent_indices)
    if not 1 <= len(agents) <= _MOST_MAPS:
        raise ValueError(f"agent_indices: from 1 to {_MOST_MAPS}; got {len(agents)}")
    stride = 1 if trace.n_rounds <= _FINE_ROUNDS else 2
    moving = [_map(scenario.info.n_classes, stride, row, column) for row in (0, 1) for column in range(len(agents))]
    still = [
        trace_
        for row in (0, 1)
        for column, index in enumerate(agents)
        for trace_ in _own_points(data, index, _axis_id("x", column), _axis_id("y", row))
    ]

    def parts_at(index: int) -> list[dict[str, Any]]:
        record = trace.rounds[index]
        maps = (record.standalone_decision, record.decision)
        return [{"z": _packed(grid[agent, ::stride, ::stride])} for grid in maps for agent in agents]

    layout = _layout(trace, agents, shown_round(trace.n_rounds, round_index, is_live))
    figure = animated_figure(
        trace.n_rounds,
        still=[],
        moving=moving,
        parts_at=parts_at,
        layout=layout,
        round_index=round_index,
        is_live=is_live,
    )
    figure["data"] += still  # points on top of the maps
    return figure | {"layout": _turned(layout, figure["data"], agents)}


def _turned(layout: dict[str, Any], traces: Sequence[PlotlyTrace], agents: Sequence[int]) -> dict[str, Any]:
    """On a phone an agent a row, alone on the left and rewarded on the right: what was a column's axis is a row's."""
    share, gap = 1 / len(agents), 0.008
    swap = {
        number: {"xaxis": trace["yaxis"].replace("y", "x"), "yaxis": trace["xaxis"].replace("x", "y")}
        for number, trace in enumerate(traces)
    }
    axes = {}
    for row, index in enumerate(agents):
        domain = [round(1 - (row + 1) * share + gap, 5), round(1 - row * share - gap, 5)]
        title = axis_title(agent_name(index), 4)
        axes["yaxis" if row == 0 else f"yaxis{row + 1}"] = _PLAIN | {"domain": domain, "anchor": "x", "title": title}
    last = _axis_id("y", len(agents) - 1)
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        swap,
        height=_NARROW_ROW * len(agents) + 38,
        xaxis=_PLAIN | {"domain": [0, 0.49], "anchor": last},
        xaxis2=_PLAIN | {"domain": [0.51, 1], "anchor": last},
        annotations=[column_head("alone", 0), column_head("with rewards", 0.51)],
        **axes,
    )


def _own_points(data: FederatedData, agent_index: int, xaxis: str, yaxis: str) -> list[PlotlyTrace]:
    """An agent's points in the plane, a trace a class that it holds."""
    shard, info = data.shards[agent_index], data.dataset.info
    traces = []
    for label, color in enumerate(class_colors(info.n_classes)):
        held = shard.features[shard.labels == label]
        if not len(held):
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": rounded(held[:, 0], 2),
                "y": rounded(held[:, 1], 2),
                "xaxis": xaxis,
                "yaxis": yaxis,
                "name": info.class_names[label],
                "legendgroup": info.class_names[label],
                "showlegend": False,
                "marker": {
                    "symbol": CLASS_SYMBOLS[label],
                    "color": color,
                    "size": 5,
                    "line": {"color": INK, "width": 0.7},
                },
                "hovertemplate": f"<b>{agent_name(agent_index)}</b><br>labelled {info.class_names[label]}"
                "<extra></extra>",
            }
        )
    return traces


def _map(n_classes: int, stride: int, row: int, column: int) -> PlotlyTrace:
    colors = class_colors(n_classes)
    edges = [edge for label in range(n_classes) for edge in (label / n_classes, (label + 1) / n_classes)]
    step = round(stride * 2 * PLANE_LIMIT / (DECISION_GRID - 1), 6)
    return {
        "type": "heatmap",
        "x0": -PLANE_LIMIT,
        "dx": step,
        "y0": -PLANE_LIMIT,
        "dy": step,
        "xaxis": _axis_id("x", column),
        "yaxis": _axis_id("y", row),
        "zmin": -0.5,
        "zmax": n_classes - 0.5,
        "showscale": False,
        "opacity": 0.5,
        "hoverinfo": "skip",
        "colorscale": [[edge, colors[position // 2]] for position, edge in enumerate(edges)],
    }


def _axis_id(letter: str, number: int) -> str:
    """Plotly's name of the axis with this number, counted from 0: x, x2, x3 ..."""
    return letter if number == 0 else f"{letter}{number + 1}"


def _packed(grid: np.ndarray) -> dict[str, str]:
    """A uint8 grid as Plotly's typed array."""
    rows, columns = grid.shape
    content = base64.b64encode(np.ascontiguousarray(grid, dtype=np.uint8).tobytes()).decode()
    return {"dtype": "u1", "bdata": content, "shape": f"{rows}, {columns}"}


def _layout(trace: Trace, agents: Sequence[int], shown: int) -> dict[str, Any]:
    width, gap, plain = 1 / len(agents), 0.008, _PLAIN
    axes: dict[str, Any] = {
        "yaxis": plain | {"domain": [0.51, 1], "title": axis_title("alone", 4)},
        "yaxis2": plain | {"domain": [0, 0.49], "title": axis_title("with rewards", 4)},
    }
    for column in range(len(agents)):
        domain = [round(column * width + gap, 5), round((column + 1) * width - gap, 5)]
        axes["xaxis" if column == 0 else f"xaxis{column + 1}"] = plain | {"domain": domain, "anchor": "y2"}
    heads = [
        column_head(agent_name(index), (column + 0.5) * width) | {"xanchor": "center"}
        for column, index in enumerate(agents)
    ]
    return base_layout(
        kind="decisions",
        scenario_id=trace.scenario.scenario_id,
        title="How the models divide the plane",
        alt=_alt(trace, agents, shown),
        height=max(330, 640 - 60 * len(agents)),
        margin={"l": 34, "r": 8, "t": 30, "b": 8},
        annotations=heads,
        **axes,
    )


def _alt(trace: Trace, agents: Sequence[int], shown: int) -> str:
    record = trace.rounds[shown]
    changed = (record.decision != record.standalone_decision).mean(axis=(1, 2))
    most = max(agents, key=lambda index: changed[index])
    return (
        f"Classes that {len(agents)} agents' models predict in the plane in round {round_number(shown)}, alone above "
        f"and with rewards below. The two differ most for {agent_name(most)} "
        f"(on {percent(changed[most])} of the plane)."
    )
