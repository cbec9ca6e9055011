"""An agent's samples as points: of the plane, or of a table along two principal components."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from cgs_core.data import Dataset, FederatedData, Shard
from cgs_core.figures.agents.sample_parts import bare, picked_samples, samples_alt, short
from cgs_core.figures.style import (
    CLASS_SYMBOLS,
    GRID,
    INK,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    WRONG,
    Figure,
    PlotlyTrace,
    agent_name,
    base_layout,
    class_colors,
    class_labels,
    narrow_layout,
    note,
    rounded,
)
from cgs_core.scenario import Scenario
from cgs_core.scenario.catalogue import PLANE_LIMIT
from cgs_core.typing import FloatArray

_MOST_POINTS = 400  # drawn an agent
_WIDE_COLUMNS, _NARROW_COLUMNS = 4, 2


def points_figure(scenario: Scenario, data: FederatedData, agents: Sequence[int]) -> Figure:
    """A panel an agent, with a point a sample and a ring around those with a wrong label."""
    is_plane = data.dataset.info.kind == "plane"
    places = [
        (data.shards[index].features if is_plane else _projected(data.dataset, data.shards[index])) for index in agents
    ]
    reach = max(PLANE_LIMIT if is_plane else 0.0, *(float(np.abs(place).max()) * 1.05 for place in places))
    traces = [
        trace
        for number, (index, place) in enumerate(zip(agents, places, strict=True))
        for trace in _marked(data, index, place, _suffix(number), is_first=number == 0)
    ]
    kind = "points in the plane" if is_plane else "samples along the two directions in which the data vary most"
    layout = base_layout(
        kind="samples",
        scenario_id=scenario.scenario_id,
        title="Samples as the agents see them",
        alt=samples_alt(data, agents, kind),
        margin={"l": 8, "r": 8, "t": 34, "b": 14},
        showlegend=True,
        legend=LEGEND_ON_TOP | {"itemclick": False, "itemdoubleclick": False},
        **_panels(data, agents, reach, _WIDE_COLUMNS),
    )
    return {
        "data": traces,
        "layout": narrow_layout(layout, PHONE_WIDTH, None, **_panels(data, agents, reach, _NARROW_COLUMNS)),
    }


def _suffix(number: int) -> str:
    """Of the axes of a panel, counted from 0."""
    return "" if number == 0 else str(number + 1)


def _panels(data: FederatedData, agents: Sequence[int], reach: float, most_columns: int) -> dict[str, Any]:
    """The axes and heads of a panel an agent, row by row, and the height that they take."""
    n_columns = min(len(agents), most_columns)
    n_rows = -(-len(agents) // n_columns)
    axes: dict[str, Any] = {}
    heads = []
    for number, index in enumerate(agents):
        row, column = divmod(number, n_columns)
        suffix = _suffix(number)
        x = [column / n_columns + 0.008, (column + 1) / n_columns - 0.008]
        y = [1 - (row + 1) / n_rows + 0.01, 1 - row / n_rows - 0.11 / n_rows]
        axes[f"xaxis{suffix}"] = bare([-reach, reach]) | {"domain": short(x), "anchor": f"y{suffix}"} | _box()
        axes[f"yaxis{suffix}"] = bare([-reach, reach]) | {"domain": short(y), "anchor": f"x{suffix}"} | _box()
        heads.append(
            note(
                f"<b>{agent_name(index)}</b>{_some(data.shards[index])}",
                xref="paper",
                x=round(x[0], 5),
                xanchor="left",
                yref="paper",
                y=round(y[1], 5),
                yanchor="bottom",
            )
        )
    return axes | {"annotations": heads, "height": 56 + 230 * n_rows}


def _marked(data: FederatedData, index: int, place: FloatArray, suffix: str, *, is_first: bool) -> list[PlotlyTrace]:
    """One agent's points, a trace a label, and rings around those with a wrong label."""
    shard, info = data.shards[index], data.dataset.info
    names, shown = class_labels(info), picked_samples(shard, _MOST_POINTS)
    plain = {"type": "scatter", "mode": "markers", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    traces = []
    for label, color in enumerate(class_colors(info.n_classes)):
        chosen = shown[shard.labels[shown] == label]
        traces.append(
            plain
            | _at(place[chosen])
            | {
                "name": names[label],
                "showlegend": is_first,
                "marker": {
                    "symbol": CLASS_SYMBOLS[label % len(CLASS_SYMBOLS)],
                    "color": color,
                    "size": 6,
                    "line": {"color": INK, "width": 0.5},
                },
                "customdata": [names[true] for true in shard.true_labels[chosen]],
                "hovertemplate": f"<b>{agent_name(index)}</b><br>labelled {names[label]}, "
                "truly %{customdata}<extra></extra>",
            }
        )
    wrong = shown[shard.is_flipped[shown]]
    has_wrong = any(other.is_flipped.any() for other in data.shards)
    traces.append(
        plain
        | _at(place[wrong])
        | {
            "name": "wrong label",
            "showlegend": is_first and has_wrong,
            "hoverinfo": "skip",
            "marker": {"symbol": "circle-open", "color": WRONG, "size": 12, "line": {"color": WRONG, "width": 2}},
        }
    )
    return traces


def _projected(dataset: Dataset, shard: Shard) -> FloatArray:
    """(n_samples, 2) along the first two principal components of the training set."""
    centre, directions = _principal_components(dataset)
    return (shard.features - centre) @ directions.T


@lru_cache(maxsize=2)
def _principal_components(dataset: Dataset) -> tuple[FloatArray, FloatArray]:
    """The training set's mean (n_features,), and its first two principal components, a row each."""
    centre = dataset.train_features.mean(axis=0)
    _, _, directions = np.linalg.svd(dataset.train_features - centre, full_matrices=False)
    return centre, directions[:2]


def _at(place: FloatArray) -> PlotlyTrace:
    """The coordinates of points; one that is null where there are none: Plotly leaves empty traces out of legends."""
    if len(place) == 0:
        return {"x": [None], "y": [None]}
    return {"x": rounded(place[:, 0], 2), "y": rounded(place[:, 1], 2)}


def _some(shard: Shard) -> str:
    return f"  {_MOST_POINTS} of {shard.n_samples:,}" if shard.n_samples > _MOST_POINTS else f"  {shard.n_samples}"


def _box() -> dict[str, Any]:
    return {"showline": True, "mirror": True, "linecolor": GRID, "linewidth": 1}
