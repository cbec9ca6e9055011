"""Who holds what: every agent's shard as stacked class counts."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.rows import Rows, conduct_words
from cgs_core.figures.style import (
    INK,
    LEGEND_LINE,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    SEAM,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_name,
    axis,
    axis_title,
    base_layout,
    class_colors,
    class_labels,
    listed,
    narrow_layout,
    percent,
    text_on,
)
from cgs_core.scenario import Scenario
from cgs_core.typing import IntArray

_LONGEST = 270.0  # pixels of the longest bar of this figure where it is narrow, and of a ledger's
LONGEST_IN_LEDGER = 140.0
_LETTER = 7.0  # pixels of a letter of small text
_KEY = 44.0  # pixels of a legend's key without its name
_ABOVE = 0.36  # of a row: from its middle up to words that stand above its bar
_LEAST_TEXT_BAR = 14.0  # pixels of a bar's thickness that has room for text
_MOST_ALT = 10  # agents whose lacking classes the words for screen readers tell; of more they are counted
_MOST_NAMED = 3  # classes or runs of them that an agent lacks; of more they are counted
_HATCH = {"shape": "/", "fgcolor": INK, "fillmode": "overlay", "size": 5, "solidity": 0.3}


def shards_figure(scenario: Scenario, data: FederatedData) -> Figure:
    """Every agent's shard: a bar of its samples by the label that the agent holds, wrong labels hatched."""
    rows = Rows(scenario.n_agents, tallest=44, total=360, headroom=0)
    order = list(range(scenario.n_agents))
    sizes = [shard.n_samples for shard in data.shards]
    texts = ["\u00a0" + " · ".join(shard_words(scenario, data, index)) for index in order]
    words: PlotlyTrace = {
        "type": "scatter",
        "mode": "text",
        "x": sizes,
        "y": rows.y(),
        "text": texts,
        "textposition": "middle right",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "showlegend": False,
    }
    bars = class_bars(scenario, data, rows, order, has_legend=True, has_counts=True, longest=_LONGEST)
    layout = _layout(scenario, data, rows, sizes)
    return {"data": [*bars, words], "layout": _narrower(layout, scenario, rows, sizes, texts, len(bars))}


def _narrower(
    layout: dict[str, Any],
    scenario: Scenario,
    rows: Rows,
    sizes: Sequence[int],
    texts: Sequence[str],
    words_place: int,
) -> dict[str, Any]:
    """On a phone words stand above the bars, which take all of the width; right of thin bars, which leave them room."""
    margin, labels = layout["margin"] | {"l": 62, "r": 8}, class_labels(scenario.info)
    width = PHONE_WIDTH - margin["l"] - margin["r"]
    keys = max(1, int(width // (_KEY + _LETTER * max(map(len, map(html.unescape, labels))))))
    margin |= {"t": 12 + LEGEND_LINE * math.ceil(len(labels) / keys), "b": layout["margin"]["b"] + LEGEND_LINE}
    words_room = _LETTER * max(map(len, texts)) if rows.is_thin else 0
    title = layout["xaxis"]["title"]
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        {} if rows.is_thin else {words_place: {"x": [0] * len(sizes), "y": rows.y(_ABOVE)}},
        height=rows.plot_height + margin["t"] + margin["b"],
        margin=margin,
        xaxis=layout["xaxis"]
        | {
            "range": [0, round(max(sizes) * width / max(width - words_room, width / 3), 1)],
            "title": title | {"text": title["text"].replace("the agent holds", "<br>the agent holds")},
        },
    )


def _layout(scenario: Scenario, data: FederatedData, rows: Rows, sizes: Sequence[int]) -> dict[str, Any]:
    hatched = " (hatched: wrong)" if any(shard.is_flipped.any() for shard in data.shards) else ""
    return base_layout(
        kind="shards",
        scenario_id=scenario.scenario_id,
        title="Who holds what",
        alt=_alt(scenario, data),
        height=rows.plot_height + 94,
        margin={"l": 76, "r": 12, "t": 44, "b": 50},
        barmode="stack",
        showlegend=True,
        legend=LEGEND_ON_TOP | {"traceorder": "normal", "itemclick": False, "itemdoubleclick": False},
        xaxis=axis(
            0,
            max(sizes),
            range=[0, max(sizes) * 1.5],
            least_step=1,
            fixedrange=True,
            title=axis_title(f"samples, by the label that the agent holds{hatched}"),
        ),
        yaxis=rows.axis([agent_name(index) for index in range(scenario.n_agents)]),
        shapes=rows.rules(),
    )


def class_bars(
    scenario: Scenario,
    data: FederatedData,
    rows: Rows,
    order: Sequence[int],
    *,
    raise_by: float = 0.0,
    has_legend: bool = False,
    has_counts: bool = False,
    longest: float = LONGEST_IN_LEDGER,
) -> list[PlotlyTrace]:
    """Bars of samples on the axes x and y: a trace a class, then one a class of its wrong labels, hatched.

    Where an agent holds none of a class the bar has a mark.

    Parameters
    ----------
    order: agent index of each row.
    raise_by: how far above its row's centre a bar sits, in rows.
    has_legend: whether the classes are named in a legend.
    has_counts: whether a class' part of a bar says how many samples it is, where there is room; else the class' name.
    longest: of all bars, in pixels where the figure is narrow: so which parts have room for text; 0: none has.
    """
    info = data.dataset.info
    held = np.array([data.shards[index].class_counts(info.n_classes) for index in order])
    wrong = np.array([data.shards[index].flipped_counts(info.n_classes) for index in order])
    names = [f"<b>{agent_name(index)}</b>: {' · '.join(shard_words(scenario, data, index))}" for index in order]
    sizes = held.sum(axis=1)
    seams = [0.5 if size > sizes.max() / 4 and not rows.is_thin else 0 for size in sizes.tolist()]
    right_bars, wrong_bars = [], []
    for label, color in enumerate(class_colors(info.n_classes)):
        name = class_labels(info)[label]
        marker = {"color": color, "line": {"color": SEAM, "width": seams}}
        bar = {
            "type": "bar",
            "orientation": "h",
            "xaxis": "x",
            "yaxis": "y",
            "y": rows.y(raise_by),
            "width": rows.bar,
            "customdata": names,
            "name": name,
            "legendgroup": name,
            "showlegend": False,
            "marker": marker,
        }
        rightly = held[:, label] - wrong[:, label]
        if rows.bar * rows.pitch >= _LEAST_TEXT_BAR:
            bar |= _inside(rightly, longest / sizes.max(), None if has_counts else name, color)
        is_named = has_legend and bool(held[:, label].any())
        right_bars.append(bar | _counts(rightly, name, "rightly") | {"showlegend": is_named})
        if wrong[:, label].any():
            hatched = {"marker": marker | {"pattern": _HATCH}, "text": None}
            wrong_bars.append(bar | _counts(wrong[:, label], name, "wrongly") | hatched)
    return [*right_bars, *wrong_bars, _gaps(data, rows, order, held - wrong, held, raise_by)]


def _inside(counts: IntArray, per_sample: float, name: str | None, color: str) -> PlotlyTrace:
    """A name, or the counts, in the middle of each part of a bar of this colour where there are pixels enough."""
    texts = [f"{count}" if name is None else name for count in counts.tolist()]
    needed = [_LETTER * len(html.unescape(text)) + 4 for text in texts]
    texts = [
        text if least <= count * per_sample else "" for text, least, count in zip(texts, needed, counts, strict=True)
    ]
    return {
        "text": texts,
        "constraintext": "none",
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": SMALL_FONT_SIZE, "color": text_on(color)},
    }


def _gaps(
    data: FederatedData, rows: Rows, order: Sequence[int], right: IntArray, held: IntArray, raise_by: float
) -> PlotlyTrace:
    """A mark across the bar where classes would be that the agent holds none of; counts are (n_rows, n_classes)."""
    info, marks = data.dataset.info, []
    for row, height in enumerate(rows.y(raise_by)):
        ends = np.concatenate([[0], right[row].cumsum()])
        lacking: dict[int, list[str]] = {}
        for label in np.flatnonzero(held[row] == 0).tolist():
            lacking.setdefault(int(ends[label]), []).append(class_labels(info)[label])
        marks += [
            (x, height, f"<b>{agent_name(order[row])}</b> has no {', '.join(some)}") for x, some in lacking.items()
        ]
    return {
        "type": "scatter",
        "mode": "markers",
        "xaxis": "x",
        "yaxis": "y",
        "x": [mark[0] for mark in marks],
        "y": [mark[1] for mark in marks],
        "customdata": [mark[2] for mark in marks],
        "name": "classes lacking",
        "showlegend": False,
        "cliponaxis": False,
        "marker": {
            "symbol": "line-ns-open",
            "size": round(1.15 * rows.bar * rows.pitch),
            "color": INK,
            "line": {"width": 2},
        },
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def shard_words(scenario: Scenario, data: FederatedData, agent_index: int) -> list[str]:
    """All there is to say of a shard, for instance "71 samples", "no 7", "30 % wrong", "blur 1.0", "free rider"."""
    noise = noise_words(scenario, data, agent_index)
    return [
        size_words(data, agent_index),
        *lacking_words(data, agent_index),
        *noise,
        *conduct_words(scenario, agent_index),
    ]


def lacking_words(data: FederatedData, agent_index: int) -> list[str]:
    """Of which classes an agent holds no sample: "no 7", "only 3 and 4", "7 of 10 classes"; empty where of none."""
    info = data.dataset.info
    held = np.asarray(data.shards[agent_index].class_counts(info.n_classes)) > 0
    if held.all():
        return []
    is_most = held.sum() * 2 >= info.n_classes
    runs = _runs(np.flatnonzero(~held if is_most else held).tolist())
    if len(runs) > _MOST_NAMED:
        return [f"{int(held.sum())} of {info.n_classes} classes"]
    names = class_labels(info)
    parts = [
        part
        for first, last in runs
        for part in (
            [f"{names[first]} to {names[last]}"] if last > first + 1 else [names[one] for one in range(first, last + 1)]
        )
    ]
    return [f"{'no' if is_most else 'only'} {listed(parts)}"]


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def lacking_alt(data: FederatedData) -> str:
    """Who holds no sample of which classes, in a sentence; "" where everybody holds some of each."""
    lacking = [(index, words[0]) for index in range(len(data.shards)) if (words := lacking_words(data, index))]
    if len(lacking) > _MOST_ALT:
        return f" {len(lacking)} of {len(data.shards)} agents hold no sample of some class."
    told = "; ".join(f"{agent_name(index)}: {words}" for index, words in lacking)
    return f" Classes held: {told}." if told else ""


def size_words(data: FederatedData, agent_index: int) -> str:
    """How many samples an agent holds, in words."""
    size = data.shards[agent_index].n_samples
    return f"{size:,} sample{'s' * (size != 1)}"


def noise_words(scenario: Scenario, data: FederatedData, agent_index: int) -> list[str]:
    """What is wrong with a shard: the part of wrong labels and the blur; empty for clean data."""
    wrong, blur = data.shards[agent_index].is_flipped.mean(), total_blur(scenario, agent_index)
    return [f"{percent(wrong)} wrong"] * bool(wrong > 0) + [f"blur {blur:.1f}"] * (blur > 0)


def total_blur(scenario: Scenario, agent_index: int) -> float:
    """Noise on an agent's features in standard deviations of the data set, a copy's and a shell's source too."""
    agent, noise = scenario.full_agents[agent_index], []
    while True:
        noise.append(agent.feature_noise)
        source = agent.shell_of if agent.copy_of is None else agent.copy_of
        if source is None:
            return math.hypot(*noise)
        agent = scenario.full_agents[source]


def _counts(counts: IntArray, class_name: str, how: str) -> PlotlyTrace:
    return {
        "x": counts.tolist(),
        "hovertemplate": f"%{{customdata}}<br>%{{x:,}} {how} labelled {class_name}<extra></extra>",
    }


def _alt(scenario: Scenario, data: FederatedData) -> str:
    sizes = [shard.n_samples for shard in data.shards]
    most, least = int(np.argmax(sizes)), int(np.argmin(sizes))
    noisy = [agent_name(index) for index in range(scenario.n_agents) if noise_words(scenario, data, index)]
    ending = f" Noisy data: {', '.join(noisy)}." if noisy else " Nobody's data are noisy."
    return (
        f"Samples by class for {scenario.n_agents} agents. {agent_name(most)} holds most ({sizes[most]:,}), "
        f"{agent_name(least)} fewest ({sizes[least]:,})." + lacking_alt(data) + ending
    )
