"""What an agent sees: its images, sentences, points in the plane, or table along two principal components."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from cgs_core.data import Dataset, FederatedData
from cgs_core.figures.agents.sample_parts import bare, picked_samples, samples_alt, short
from cgs_core.figures.agents.sample_points import points_figure
from cgs_core.figures.style import (
    INK,
    PHONE_WIDTH,
    SMALL_FONT_SIZE,
    WRONG,
    Figure,
    PlotlyTrace,
    agent_name,
    base_layout,
    class_labels,
    narrow_layout,
)
from cgs_core.scenario import Scenario
from cgs_core.scenario.catalogue import PADDING
from cgs_core.typing import FloatArray

_MOST_AGENTS = 8
_MOST_NARROW = 5  # images in a row on a phone
_SHORT_NAME = 3  # letters of a class: two of them stand in one line under an image
_MOST_SENTENCES = 4  # an agent
_MOST_LETTERS = 78  # of a sentence; hovering shows the rest
_PAPER_SCALE = ((245, 245, 247), (27, 30, 40))  # no ink, full ink


def samples_figure(
    scenario: Scenario, data: FederatedData, agent_indices: Sequence[int] | None = None, n_each: int = 8
) -> Figure:
    """Samples as the agents hold them, noise included; wrong labels are marked.

    Images: a row of them an agent, its label under each ("4 → 9": a 4 that the agent holds for a 9). Sentences: a few
    lines an agent, the label before each; words that the vocabulary does not have are "?". Points in the
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
    if data.dataset.info.kind == "text":
        return _sentences(scenario, data, agents, min(n_each, _MOST_SENTENCES))
    return points_figure(scenario, data, agents)


# -- images ----------------------------------------------------------------------------------------------


def _images(scenario: Scenario, data: FederatedData, agents: Sequence[int], n_each: int) -> Figure:
    info = data.dataset.info
    height, width, *colors = info.shape
    names_of = class_labels(info)
    is_long = max(map(len, names_of)) > _SHORT_NAME
    join, label_room = ("<br>", round(height * 0.62)) if is_long else (" ", round(height * 0.42))
    tall, wide = height + label_room, width + max(1, round(width * 0.15))
    canvas = np.full((tall * len(agents), wide * n_each, *colors), np.nan)
    labels: list[tuple[float, float, str, bool]] = []
    for row, index in enumerate(agents):
        shard = data.shards[index]
        for column, position in enumerate(picked_samples(shard, n_each)):
            top, left = row * tall, column * wide
            canvas[top : top + height, left : left + width] = shard.features[position].reshape(info.shape)
            held, true = shard.labels[position], shard.true_labels[position]
            text = names_of[held] if held == true else f"✗ {names_of[true]} →{join}{names_of[held]}"
            labels.append((left + (width - 1) / 2, top + height - 0.4, text, bool(held != true)))
    names = [agent_name(index) for index in agents]
    layout = base_layout(
        kind="samples",
        scenario_id=scenario.scenario_id,
        title="Samples as the agents see them",
        alt=samples_alt(data, agents, f"{min(n_each, canvas.shape[1] // wide)} images each"),
        height=16 + 88 * len(agents),
        margin={"l": 76, "r": 8, "t": 8, "b": 8},
        xaxis=bare([-0.5, canvas.shape[1] - 0.5]) | {"constrain": "domain", "domain": [0, 1]},
        yaxis=bare([canvas.shape[0] - 0.5, -0.5])
        | {
            "scaleanchor": "x",
            "constrain": "domain",
            "showticklabels": True,
            "tickmode": "array",
            "ticktext": names,
            "tickvals": [row * tall + (height - 1) / 2 for row in range(len(agents))],
        },
    )
    few = min(n_each, _MOST_NARROW) * wide
    narrow = narrow_layout(
        layout,
        PHONE_WIDTH,
        height=16 + round((PHONE_WIDTH - 70) / few * canvas.shape[0]),
        margin=layout["margin"] | {"l": 62},
        xaxis=layout["xaxis"] | {"range": [-0.5, few - 0.5]},
    )
    return {"data": [_colored(canvas) if colors else _mosaic(canvas), *_captions(labels)], "layout": narrow}


def _mosaic(canvas: FloatArray) -> PlotlyTrace:
    """All images in one heatmap of bytes; 0 is the clear ground between them."""
    seen = canvas[np.isfinite(canvas)]
    low, high = float(np.clip(np.quantile(seen, 0.01), -0.25, 0.0)), float(np.clip(np.quantile(seen, 0.99), 1.0, 1.25))
    shades = np.round(1 + 254 * (np.clip(canvas, low, high) - low) / (high - low))
    content = base64.b64encode(np.nan_to_num(shades, nan=0.0).astype(np.uint8).tobytes()).decode()
    (no_ink, ink), edge = (f"rgba({red},{green},{blue},1)" for red, green, blue in _PAPER_SCALE), 0.5 / 255
    clear = "rgba({},{},{},0)".format(*_PAPER_SCALE[0])
    return {
        "type": "heatmap",
        "z": {"dtype": "u1", "bdata": content, "shape": f"{canvas.shape[0]}, {canvas.shape[1]}"},
        "zmin": 0,
        "zmax": 255,
        "showscale": False,
        "hoverinfo": "skip",
        "zsmooth": False,
        "colorscale": [[0, clear], [edge, clear], [edge, no_ink], [1, ink]],
    }


def _colored(canvas: FloatArray) -> PlotlyTrace:
    """All images in colour, as bytes of red, green, blue and whether anything is there; noise may not leave [0, 1]."""
    is_there = np.isfinite(canvas).all(axis=2, keepdims=True)
    colors = np.round(255 * np.clip(np.nan_to_num(canvas), 0.0, 1.0))
    pixels = np.concatenate([colors, 255 * is_there], axis=2).astype(np.uint8)
    content = base64.b64encode(pixels.tobytes()).decode()
    return {
        "type": "image",
        "z": {"dtype": "u1", "bdata": content, "shape": ", ".join(map(str, pixels.shape))},
        "colormodel": "rgba256",
        "hoverinfo": "skip",
        "zsmooth": False,
    }


def _captions(labels: list[tuple[float, float, str, bool]]) -> list[PlotlyTrace]:
    traces = []
    for is_wrong, color, hover in ((False, INK, "labelled %{text}"), (True, WRONG, "wrong label: %{text}")):
        chosen = [label for label in labels if label[3] is is_wrong]
        traces.append(
            {
                "type": "scatter",
                "mode": "text",
                "x": [label[0] for label in chosen],
                "y": [label[1] for label in chosen],
                "text": [f"<b>{label[2]}</b>" if is_wrong else label[2] for label in chosen],
                "textposition": "bottom center",
                "textfont": {"size": SMALL_FONT_SIZE, "color": color},
                "cliponaxis": False,
                "hovertemplate": hover + "<extra></extra>",
            }
        )
    return traces


# -- sentences -------------------------------------------------------------------------------------------


def _sentences(scenario: Scenario, data: FederatedData, agents: Sequence[int], n_each: int) -> Figure:
    lines: list[tuple[float, str, str, bool]] = []  # place, label, sentence, whether the label is wrong
    middles = []
    names, place = data.dataset.info.class_names, 0.0
    for index in agents:
        shard = data.shards[index]
        picked = picked_samples(shard, n_each)
        middles.append(place + (len(picked) - 1) / 2)
        for position in picked:
            held, true = shard.labels[position], shard.true_labels[position]
            label = names[held] if held == true else f"✗ {names[true]} → {names[held]}"
            lines.append((place, label, sentence_of(data.dataset, shard.features[position]), bool(held != true)))
            place += 1
        place += 0.6  # between agents
    layout = base_layout(
        kind="samples",
        scenario_id=scenario.scenario_id,
        title="Samples as the agents see them",
        alt=samples_alt(data, agents, f"{n_each} sentences each"),
        height=16 + round(20 * place),
        margin={"l": 76, "r": 8, "t": 8, "b": 8},
        xaxis=bare([0, 1]),
        yaxis=bare([place - 1, -0.6])
        | {
            "showticklabels": True,
            "tickmode": "array",
            "tickvals": short(middles),
            "ticktext": [agent_name(index) for index in agents],
        },
    )
    traces = [_lines(lines, is_wrong, color) for is_wrong, color in ((False, INK), (True, WRONG))]
    narrow = narrow_layout(
        layout,
        PHONE_WIDTH,
        {number: {"text": [_in_two_lines(text) for text in trace["text"]]} for number, trace in enumerate(traces)},
        height=16 + round(40 * place),
        margin=layout["margin"] | {"l": 62},
    )
    return {"data": traces, "layout": narrow}


def _in_two_lines(text: str) -> str:
    """Broken at the space after which the second line is no longer than the first."""
    middle = text.find(" ", len(text) // 2)
    return text if middle < 0 or len(text) <= _MOST_LETTERS // 2 else f"{text[:middle]}<br>{text[middle + 1 :]}"


def sentence_of(dataset: Dataset, numbers: FloatArray) -> str:
    """The words of one sample of text, as the vocabulary has them."""
    return " ".join(dataset.vocabulary[int(number)] for number in numbers if number != PADDING)


def _lines(lines: list[tuple[float, str, str, bool]], is_wrong: bool, color: str) -> PlotlyTrace:
    chosen = [line for line in lines if line[3] is is_wrong]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0] * len(chosen),
        "y": [round(line[0], 2) for line in chosen],
        "text": [f"<b>{label}</b>  {_cut(sentence)}" for _, label, sentence, _ in chosen],
        "textposition": "middle right",
        "textfont": {"size": SMALL_FONT_SIZE, "color": color},
        "cliponaxis": False,
        "customdata": [f"{label}: {sentence}" for _, label, sentence, _ in chosen],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _MOST_LETTERS else sentence[:_MOST_LETTERS].rsplit(" ", 1)[0] + " …"
