"""What the agents' models can do in one round: accuracy gained, classes known, and the plane as they see it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.frames import animated_figure, round_number, shown_round
from cgs_core.figures.rows import Rows, accuracy_limits, dumbbell_parts, dumbbells
from cgs_core.figures.style import (
    CLASS_SYMBOLS,
    FONT_SIZE,
    HEAT_SCALE,
    INK,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    class_colors,
    class_labels,
    note,
    percent,
    percent_tick,
    points,
    rounded,
)
from cgs_core.records import Trace
from cgs_core.scenario.catalogue import DECISION_GRID, PLANE_LIMIT

_MOST_MAPS = 6
_FINE_ROUNDS = 125  # above so many rounds every other grid point is drawn, to keep the page small


def gain_figure(trace: Trace, round_index: int | None = None) -> Figure:
    """Accuracy alone and rewarded as dumbbells, and beside them the gain in percentage points; a frame a round."""
    n_agents = trace.scenario.n_agents
    rows, order = Rows(n_agents, tallest=36, total=330, headroom=4), list(range(n_agents))
    low, high = accuracy_limits(trace)
    gains = trace.stack("accuracy") - trace.stack("standalone_accuracy")
    least, most = min(float(gains.min()), 0.0), max(float(gains.max()), 0.01)
    number_x = most + 0.3 * (most - least)
    names = [agent_name(index) for index in order]
    bar = {
        "type": "bar",
        "orientation": "h",
        "xaxis": "x2",
        "yaxis": "y",
        "y": rows.y(),
        "width": rows.bar,
        "customdata": names,
        "marker": {"color": [agent_look(index).color for index in order]},
        "hovertemplate": "<b>%{customdata}</b><br>gain over training alone: %{x:+.1%}<extra></extra>",
    }
    number = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x2",
        "yaxis": "y",
        "x": [number_x] * n_agents,
        "y": rows.y(),
        "textposition": "middle left",
        "textfont": {"size": rows.font_size, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }

    def parts_at(index: int) -> list[dict[str, Any]]:
        texts = [points(gain) for gain in gains[index]]
        return [*dumbbell_parts(trace, order, index), {"x": rounded(gains[index])}, {"text": texts}]

    shown = shown_round(trace.n_rounds, round_index)
    layout = base_layout(
        kind="gain",
        scenario_id=trace.scenario.scenario_id,
        title="Gain over training alone",
        alt=_gain_alt(trace, shown),
        height=rows.plot_height + 64,
        margin={"l": 76, "r": 10, "t": 30, "b": 34},
        yaxis=rows.axis(names),
        shapes=rows.rules(),
        xaxis=axis(
            low, high, tick_text=percent_tick, range=[low - 0.02, high + 0.02], domain=[0, 0.62], fixedrange=True
        ),
        xaxis2=axis(
            least,
            most,
            tick_text=_whole_points,
            range=[least - 0.02 * (most - least), number_x],
            most_ticks=3,
            domain=[0.67, 1],
            fixedrange=True,
            zeroline=True,
            zerolinecolor=INK,
        ),
        annotations=[_head("alone (hollow) → with rewards (filled)", 0), _head("gain (points)", 0.67)],
    )
    moving = [*dumbbells(rows, order, "x"), bar, number]
    return animated_figure(
        trace.n_rounds, still=[], moving=moving, parts_at=parts_at, layout=layout, round_index=round_index
    )


def class_accuracy_figure(trace: Trace, round_index: int | None = None) -> Figure:
    """Which classes each agent's model knows, alone on the left and rewarded on the right; a frame a round."""
    scenario = trace.scenario
    rows = Rows(scenario.n_agents, tallest=34, total=380, headroom=0)
    names = [agent_name(index) for index in range(scenario.n_agents)]
    classes = class_labels(scenario.info)
    has_numbers = scenario.n_agents <= 16
    plain: PlotlyTrace = {
        "type": "heatmap",
        "x": list(range(len(classes))),
        "y": list(range(scenario.n_agents)),
        "zmin": 0,
        "zmax": 100,
        "colorscale": HEAT_SCALE,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "hoverongaps": False,
        "text": [classes] * scenario.n_agents,
        "customdata": [[name] * len(classes) for name in names],
    }
    if has_numbers:
        plain |= {"texttemplate": "%{z:.0f}", "textfont": {"size": 11}}  # ten percent signs a row would touch
    hover = "<b>%{{customdata}}</b>, {}<br>%{{z:.0f}} % of class %{{text}} right<extra></extra>"
    alone = plain | {"xaxis": "x", "hovertemplate": hover.format("alone")}
    rewarded = plain | {
        "xaxis": "x2",
        "hovertemplate": hover.format("with rewards"),
        "showscale": not has_numbers,
        "colorbar": _percent_bar("right"),
    }
    class_axis = axis(
        0,
        len(classes),
        tickvals=plain["x"],
        ticktext=classes,
        range=[-0.5, len(classes) - 0.5],
        showgrid=False,
        fixedrange=True,
        title=axis_title("class"),
    )

    def parts_at(index: int) -> list[dict[str, Any]]:
        record = trace.rounds[index]
        return [{"z": rounded(100 * part, 1)} for part in (record.standalone_class_accuracy, record.class_accuracy)]

    layout = base_layout(
        kind="classes",
        scenario_id=scenario.scenario_id,
        title="Which classes each model knows",
        alt=_class_alt(trace, shown_round(trace.n_rounds, round_index)),
        height=rows.plot_height + 90,
        margin={"l": 76, "r": 10, "t": 30, "b": 60},
        yaxis=rows.axis(names),
        xaxis=class_axis | {"domain": [0, 0.485]},
        xaxis2=class_axis | {"domain": [0.515, 1]},
        annotations=[_head("alone (% right)", 0), _head("with rewards (% right)", 0.515)],
    )
    return animated_figure(
        trace.n_rounds, still=[], moving=[alone, rewarded], parts_at=parts_at, layout=layout, round_index=round_index
    )


def decision_figure(
    trace: Trace, data: FederatedData, agent_indices: Sequence[int] | None = None, round_index: int | None = None
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
        for trace_ in own_points(data, index, _axis_id("x", column), _axis_id("y", row))
    ]

    def parts_at(index: int) -> list[dict[str, Any]]:
        record = trace.rounds[index]
        maps = (record.standalone_decision, record.decision)
        return [{"z": _packed(grid[agent, ::stride, ::stride])} for grid in maps for agent in agents]

    layout = _decision_layout(trace, agents, shown_round(trace.n_rounds, round_index))
    figure = animated_figure(
        trace.n_rounds, still=[], moving=moving, parts_at=parts_at, layout=layout, round_index=round_index
    )
    figure["data"] += still  # points on top of the maps
    return figure


def own_points(data: FederatedData, agent_index: int, xaxis: str, yaxis: str) -> list[PlotlyTrace]:
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


# -- parts of the decision figure --------------------------------------------------------------------------


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


def _decision_layout(trace: Trace, agents: Sequence[int], shown: int) -> dict[str, Any]:
    width, gap = 1 / len(agents), 0.008
    plain = {
        "range": [-PLANE_LIMIT, PLANE_LIMIT],
        "autorange": False,
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
    }
    axes: dict[str, Any] = {
        "yaxis": plain | {"domain": [0.51, 1], "title": axis_title("alone", 4)},
        "yaxis2": plain | {"domain": [0, 0.49], "title": axis_title("with rewards", 4)},
    }
    for column in range(len(agents)):
        domain = [round(column * width + gap, 5), round((column + 1) * width - gap, 5)]
        axes["xaxis" if column == 0 else f"xaxis{column + 1}"] = plain | {"domain": domain, "anchor": "y2"}
    heads = [
        _head(agent_name(index), (column + 0.5) * width) | {"xanchor": "center"} for column, index in enumerate(agents)
    ]
    return base_layout(
        kind="decisions",
        scenario_id=trace.scenario.scenario_id,
        title="How the models divide the plane",
        alt=_decision_alt(trace, agents, shown),
        height=max(330, 640 - 60 * len(agents)),
        margin={"l": 34, "r": 8, "t": 30, "b": 8},
        annotations=heads,
        **axes,
    )


# -- words and small parts ---------------------------------------------------------------------------------


def _head(text: str, x: float) -> dict[str, Any]:
    return note(
        f"<b>{text}</b>", xref="paper", x=round(x, 5), xanchor="left", yref="paper", y=1, yanchor="bottom", yshift=2
    )


def _whole_points(fraction: float) -> str:
    return points(fraction, 0) if fraction else "0"


def _percent_bar(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "side": "top", "font": {"size": FONT_SIZE}},
        "thickness": 12,
        "outlinewidth": 0,
        "tickvals": [0, 50, 100],
        "ticktext": [percent(value) for value in (0, 0.5, 1)],
        "tickfont": {"size": FONT_SIZE, "color": INK},
    }


def _gain_alt(trace: Trace, shown: int) -> str:
    record = trace.rounds[shown]
    gains = record.accuracy - record.standalone_accuracy
    most, least = int(gains.argmax()), int(gains.argmin())
    return (
        f"Gain in test accuracy over training alone in round {round_number(shown)}: most for {agent_name(most)} "
        f"({points(gains[most])} points), least for {agent_name(least)} ({points(gains[least])} points)."
    )


def _class_alt(trace: Trace, shown: int) -> str:
    record, names = trace.rounds[shown], trace.scenario.info.class_names
    gains = (record.class_accuracy - record.standalone_class_accuracy).mean(axis=0)
    best = int(gains.argmax())
    return (
        f"Part of each class that each agent's model gets right in round {round_number(shown)}, alone and with "
        f"rewards. On average rewards help most with class {names[best]} ({points(gains[best])} points)."
    )


def _decision_alt(trace: Trace, agents: Sequence[int], shown: int) -> str:
    record = trace.rounds[shown]
    changed = (record.decision != record.standalone_decision).mean(axis=(1, 2))
    most = max(agents, key=lambda index: changed[index])
    return (
        f"Classes that {len(agents)} agents' models predict in the plane in round {round_number(shown)}, alone above "
        f"and with rewards below. The two differ most for {agent_name(most)} "
        f"(on {percent(changed[most])} of the plane)."
    )
