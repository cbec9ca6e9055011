"""What an agent sees: its images, its points in the plane, or its table along two principal components."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from cgs_core.catalogue import PLANE_LIMIT
from cgs_core.data import Dataset, FederatedData, Shard
from cgs_core.figures.style import (
    CLASS_SYMBOLS,
    GRID,
    INK,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    WRONG,
    Figure,
    PlotlyTrace,
    agent_name,
    base_layout,
    class_colors,
    class_labels,
    note,
    percent,
    rounded,
)  # fmt: skip
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray, IntArray

_MOST_POINTS = 400  # drawn an agent
_MOST_AGENTS = 8
_PAPER_SCALE = ((245, 245, 247), (27, 30, 40))  # no ink, full ink


def samples_figure(
    scenario: Scenario, data: FederatedData, agent_indices: Sequence[int] | None = None, n_each: int = 8
) -> Figure:
    """Samples as the agents hold them, noise included; wrong labels are marked.

    Images: a row of them an agent, its label under each ("4 → 9": a 4 that the agent holds for a 9). Points in the
    plane, and tables along the first two principal components of the training set: a panel an agent.

    Parameters
    ----------
    agent_indices: at most 8; the first 6 unless told.
    n_each: images an agent; at most 400 points an agent are drawn whatever it is.

    Raises
    ------
    ValueError: more than 8 agents, or none.
    """
    agents = list(range(min(scenario.n_agents, 6)) if agent_indices is None else agent_indices)
    if not 1 <= len(agents) <= _MOST_AGENTS:
        raise ValueError(f"agent_indices: from 1 to {_MOST_AGENTS}; got {len(agents)}")
    if data.dataset.info.kind == "image":
        return _images(scenario, data, agents, n_each)
    return _points(scenario, data, agents)


def picked_samples(shard: Shard, n_each: int) -> IntArray:
    """Positions of at most ``n_each`` samples that stand for the shard: evenly spaced over it, ordered by label.

    Right and wrong labels are shown in the shard's own proportion.
    """
    order = np.lexsort((shard.labels, shard.is_flipped))
    n_picked = min(n_each, len(order))
    picked = order[((np.arange(n_picked) + 0.5) * len(order) / n_picked).astype(int)]
    return picked[np.argsort(shard.labels[picked], kind="stable")]


# -- images ----------------------------------------------------------------------------------------------


def _images(scenario: Scenario, data: FederatedData, agents: Sequence[int], n_each: int) -> Figure:
    info = data.dataset.info
    height, width = info.shape
    names_of = class_labels(info)
    label_room = round(height * 0.42)
    tall, wide = height + label_room, width + max(1, round(width * 0.15))
    canvas = np.full((tall * len(agents), wide * n_each), np.nan)
    labels: list[tuple[float, float, str, bool]] = []
    for row, index in enumerate(agents):
        shard = data.shards[index]
        for column, position in enumerate(picked_samples(shard, n_each)):
            top, left = row * tall, column * wide
            canvas[top : top + height, left : left + width] = shard.features[position].reshape(height, width)
            held, true = shard.labels[position], shard.true_labels[position]
            text = names_of[held] if held == true else f"✗ {names_of[true]} → {names_of[held]}"
            labels.append((left + (width - 1) / 2, top + height - 0.4, text, bool(held != true)))
    names = [agent_name(index) for index in agents]
    layout = base_layout(
        kind="samples", scenario_id=scenario.scenario_id, title="Samples as the agents see them",
        alt=_alt(data, agents, f"{min(n_each, canvas.shape[1] // wide)} images each"),
        height=16 + 88 * len(agents), margin={"l": 76, "r": 8, "t": 8, "b": 8},
        xaxis=_bare([-0.5, canvas.shape[1] - 0.5]) | {"constrain": "domain", "domain": [0, 1]},
        yaxis=_bare([canvas.shape[0] - 0.5, -0.5]) | {
            "scaleanchor": "x", "constrain": "domain", "showticklabels": True, "tickmode": "array", "ticktext": names,
            "tickvals": [row * tall + (height - 1) / 2 for row in range(len(agents))],
        },
    )  # fmt: skip
    return {"data": [_mosaic(canvas), *_captions(labels)], "layout": layout}


def _mosaic(canvas: FloatArray) -> PlotlyTrace:
    """All images in one heatmap of bytes; 0 is the clear ground between them."""
    seen = canvas[np.isfinite(canvas)]
    low, high = float(np.clip(np.quantile(seen, 0.01), -0.25, 0.0)), float(np.clip(np.quantile(seen, 0.99), 1.0, 1.25))
    shades = np.round(1 + 254 * (np.clip(canvas, low, high) - low) / (high - low))
    content = base64.b64encode(np.nan_to_num(shades, nan=0.0).astype(np.uint8).tobytes()).decode()
    (no_ink, ink), edge = (f"rgba({red},{green},{blue},1)" for red, green, blue in _PAPER_SCALE), 0.5 / 255
    clear = "rgba({},{},{},0)".format(*_PAPER_SCALE[0])
    return {
        "type": "heatmap", "z": {"dtype": "u1", "bdata": content, "shape": f"{canvas.shape[0]}, {canvas.shape[1]}"},
        "zmin": 0, "zmax": 255, "showscale": False, "hoverinfo": "skip", "zsmooth": False,
        "colorscale": [[0, clear], [edge, clear], [edge, no_ink], [1, ink]],
    }  # fmt: skip


def _captions(labels: list[tuple[float, float, str, bool]]) -> list[PlotlyTrace]:
    traces = []
    for is_wrong, color, hover in ((False, INK, "labelled %{text}"), (True, WRONG, "wrong label: %{text}")):
        chosen = [label for label in labels if label[3] is is_wrong]
        traces.append({
            "type": "scatter", "mode": "text", "x": [label[0] for label in chosen], "y": [label[1] for label in chosen],
            "text": [f"<b>{label[2]}</b>" if is_wrong else label[2] for label in chosen],
            "textposition": "bottom center", "textfont": {"size": SMALL_FONT_SIZE, "color": color}, "cliponaxis": False,
            "hovertemplate": hover + "<extra></extra>",
        })  # fmt: skip
    return traces


# -- points ----------------------------------------------------------------------------------------------


def _points(scenario: Scenario, data: FederatedData, agents: Sequence[int]) -> Figure:
    is_plane = data.dataset.info.kind == "plane"
    places = [
        (data.shards[index].features if is_plane else _projected(data.dataset, data.shards[index])) for index in agents
    ]
    reach = max(PLANE_LIMIT if is_plane else 0.0, *(float(np.abs(place).max()) * 1.05 for place in places))
    n_columns = min(len(agents), 4)
    n_rows = -(-len(agents) // n_columns)
    traces: list[PlotlyTrace] = []
    axes: dict[str, Any] = {}
    heads = []
    for number, (index, place) in enumerate(zip(agents, places, strict=True)):
        row, column = divmod(number, n_columns)
        suffix = "" if number == 0 else str(number + 1)
        x = [column / n_columns + 0.008, (column + 1) / n_columns - 0.008]
        y = [1 - (row + 1) / n_rows + 0.01, 1 - row / n_rows - 0.11 / n_rows]
        axes[f"xaxis{suffix}"] = _bare([-reach, reach]) | {"domain": _short(x), "anchor": f"y{suffix}"} | _box()
        axes[f"yaxis{suffix}"] = _bare([-reach, reach]) | {"domain": _short(y), "anchor": f"x{suffix}"} | _box()
        heads.append(note(f"<b>{agent_name(index)}</b>{_some(data.shards[index])}", xref="paper", x=round(x[0], 5),
                          xanchor="left", yref="paper", y=round(y[1], 5), yanchor="bottom"))  # fmt: skip
        traces += _marked(data, index, place, suffix, is_first=number == 0)
    kind = "points in the plane" if is_plane else "samples along the two directions in which the data vary most"
    layout = base_layout(
        kind="samples", scenario_id=scenario.scenario_id, title="Samples as the agents see them",
        alt=_alt(data, agents, kind), height=56 + 230 * n_rows, margin={"l": 8, "r": 8, "t": 34, "b": 14},
        showlegend=True, legend=LEGEND_ON_TOP | {"itemclick": False, "itemdoubleclick": False},
        annotations=heads, **axes,
    )  # fmt: skip
    return {"data": traces, "layout": layout}


def _marked(data: FederatedData, index: int, place: FloatArray, suffix: str, *, is_first: bool) -> list[PlotlyTrace]:
    """One agent's points, a trace a label, and rings around those with a wrong label."""
    shard, info = data.shards[index], data.dataset.info
    names, shown = class_labels(info), picked_samples(shard, _MOST_POINTS)
    plain = {"type": "scatter", "mode": "markers", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    traces = []
    for label, color in enumerate(class_colors(info.n_classes)):
        chosen = shown[shard.labels[shown] == label]
        traces.append(plain | _at(place[chosen]) | {
            "name": names[label], "showlegend": is_first,
            "marker": {"symbol": CLASS_SYMBOLS[label % len(CLASS_SYMBOLS)], "color": color, "size": 6,
                       "line": {"color": INK, "width": 0.5}},
            "customdata": [names[true] for true in shard.true_labels[chosen]],
            "hovertemplate": f"<b>{agent_name(index)}</b><br>labelled {names[label]}, "
                             "truly %{customdata}<extra></extra>",
        })  # fmt: skip
    wrong = shown[shard.is_flipped[shown]]
    has_wrong = any(other.is_flipped.any() for other in data.shards)
    traces.append(plain | _at(place[wrong]) | {
        "name": "wrong label", "showlegend": is_first and has_wrong, "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "color": WRONG, "size": 12, "line": {"color": WRONG, "width": 2}},
    })  # fmt: skip
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


# -- small parts -----------------------------------------------------------------------------------------


def _bare(limits: list[float]) -> dict[str, Any]:
    return {"range": limits, "autorange": False, "showgrid": False, "zeroline": False, "showticklabels": False,
            "ticks": "", "fixedrange": True}  # fmt: skip


def _box() -> dict[str, Any]:
    return {"showline": True, "mirror": True, "linecolor": GRID, "linewidth": 1}


def _short(numbers: list[float]) -> list[float]:
    return [round(number, 5) for number in numbers]


def _alt(data: FederatedData, agents: Sequence[int], what: str) -> str:
    wrong = {index: float(data.shards[index].is_flipped.mean()) for index in agents}
    worst = max(agents, key=lambda index: wrong[index])
    ending = (
        f"{agent_name(worst)} has most wrong labels ({percent(wrong[worst])})."
        if wrong[worst]
        else "No label is wrong."
    )
    return f"{data.dataset.info.title}, {what}, as {len(agents)} agents hold them. {ending}"
