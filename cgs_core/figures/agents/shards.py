"""Who holds what: every agent's shard as stacked class counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.rows import Rows, conduct_words
from cgs_core.figures.style import (
    INK,
    LEGEND_ON_TOP,
    SEAM,
    Figure,
    PlotlyTrace,
    agent_name,
    axis,
    axis_title,
    base_layout,
    class_colors,
    class_labels,
    percent,
    text_on,
)
from cgs_core.scenario import Scenario
from cgs_core.typing import IntArray

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
        "textfont": {"size": rows.font_size, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "showlegend": False,
    }
    bars = class_bars(scenario, data, rows, order, has_legend=True)
    if not rows.is_thin:
        for bar in bars:
            bar |= {
                "texttemplate": "%{x}",
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "textfont": {"size": 11, "color": text_on(bar["marker"]["color"])},
            }
    return {"data": [*bars, words], "layout": _layout(scenario, data, rows, sizes)}


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
        uniformtext={"minsize": 10, "mode": "hide"},
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
) -> list[PlotlyTrace]:
    """Bars of samples on the axes x and y: a trace a class, then one a class of its wrong labels, hatched.

    Parameters
    ----------
    order: agent index of each row.
    raise_by: how far above its row's centre a bar sits, in rows.
    has_legend: whether the classes are named in a legend.
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
        is_named = has_legend and bool(held[:, label].any())
        right_bars.append(bar | _counts(held[:, label] - wrong[:, label], name, "rightly") | {"showlegend": is_named})
        if wrong[:, label].any():
            hatched = {"marker": marker | {"pattern": _HATCH}}
            wrong_bars.append(bar | _counts(wrong[:, label], name, "wrongly") | hatched)
    return right_bars + wrong_bars


def shard_words(scenario: Scenario, data: FederatedData, agent_index: int) -> list[str]:
    """All there is to say of a shard, for instance "71 samples", "30 % wrong", "blur 1.0", "free rider"."""
    noise = noise_words(scenario, data, agent_index)
    return [size_words(data, agent_index), *noise, *conduct_words(scenario, agent_index)]


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
        f"{agent_name(least)} fewest ({sizes[least]:,})." + ending
    )
