"""A sweep's curves: every agent's final accuracy over the swept value. Frames move a mark to a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.frames import animated_figure
from cgs_core.figures.many_agents import in_color
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.runs.sweep_axis import (
    PAIR_WIDTH,
    STRIP_HEIGHT,
    Panel,
    Swept,
    axis_break,
    band_shape,
    empty_note,
    mark_lines,
    mark_parts,
    progress_words,
    seed_bands,
    seed_means,
    strip_axis,
    swept_axis,
)
from cgs_core.figures.style import (
    FAINT,
    INK,
    LEGEND_LINE,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    STANDALONE_DASH,
    Figure,
    PlotlyTrace,
    agent_look,
    axis_title,
    base_layout,
    legend_line,
    narrow_layout,
    note,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.typing import FloatArray

_HEIGHT = 270
_MOST_BANDS = 6
_LABEL_PITCH = 15  # pixels between the names at the lines' ends


def sweep_agents_figure(
    swept: Swept,
    accuracy: FloatArray,
    standalone: FloatArray,
    *,
    scenario_id: str,
    picked: Sequence[int] | None = None,
) -> Figure:
    """Every agent's final accuracy over the swept value, alone dashed; bands over the seeds for up to six agents.

    A frame a value, named by its index; at first the mark is at the last value.

    Parameters
    ----------
    accuracy, standalone: (n_values, n_seeds, n_agents), fractions of the test set, NaN where not computed yet.
    picked: from 9 agents on those whose lines are in colour; the others are grey.
    """
    n_agents = accuracy.shape[2]
    means, alone = seed_means(accuracy), seed_means(standalone)
    bands = [seed_bands(column) for column in np.moveaxis(accuracy, 2, 0)] if n_agents <= _MOST_BANDS else []
    counts = np.isfinite(accuracy).any(axis=2).sum(axis=1).tolist()
    panel = Panel(np.hstack([means, alone, *(band.T for band in bands)]), percent_tick, _HEIGHT)
    still = [legend_line("with rewards", {}), legend_line("alone", {"dash": STANDALONE_DASH, "width": 1.5})]
    still += [band_shape(swept, band, agent_look(agent).color) for agent, band in enumerate(bands)]
    colored = in_color(n_agents, picked)
    still += _lines(swept, alone, colored, is_alone=True) + _lines(swept, means, colored, is_alone=False)
    top = round(_HEIGHT / (_HEIGHT + STRIP_HEIGHT), 5)
    layout = base_layout(
        kind="sweep-agents",
        scenario_id=scenario_id,
        title=f"Every agent's accuracy over {swept.title}",
        alt=_alt(swept, means, alone, counts),
        height=_HEIGHT + STRIP_HEIGHT + 90,
        margin={"l": 72, "r": 92, "t": 28, "b": 62},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        annotations=[
            *_end_names(swept, means, panel, colored),
            *empty_note(means, [0.0, top], "not computed yet"),
            *axis_break(swept),
        ],
        xaxis=swept_axis(swept, "y", counts, has_bands=bool(bands)),
        yaxis9=strip_axis([top, 1.0]),
        yaxis=panel.axis() | {"domain": [0.0, top], "title": axis_title("right on the test (accuracy)", 8)},
    )
    margin = layout["margin"] | {"l": 66, "t": 28 + LEGEND_LINE, "b": 62 + LEGEND_LINE}
    width = PAIR_WIDTH - margin["l"] - margin["r"]
    layout = narrow_layout(
        layout,
        PAIR_WIDTH,
        height=layout["height"] + 2 * LEGEND_LINE,
        margin=margin,
        xaxis=swept_axis(swept, "y", counts, has_bands=bool(bands), width=width),
    )

    def parts_at(index: int) -> list[dict[str, Any]]:
        x = [swept.positions[index]] * n_agents
        return [*mark_parts(swept, counts, index, 1), {"x": x, "y": rounded(means[index])}]

    return animated_figure(
        len(swept.texts),
        still=still,
        moving=[*mark_lines({"y": panel.range}, "y9"), _marks(n_agents, colored)],
        parts_at=parts_at,
        layout=layout,
        round_index=None,
    )


def _lines(swept: Swept, means: FloatArray, colored: Sequence[int], *, is_alone: bool) -> list[PlotlyTrace]:
    """A line an agent of means (n_values, n_agents), those in colour last; it runs on across what is not computed."""
    kind, columns = "alone" if is_alone else "with rewards", rounded(means.T)
    lines = []
    for agent in [*(one for one in range(len(columns)) if one not in colored), *colored]:
        look, is_colored = agent_look(agent), agent in colored
        lines.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if is_colored and not is_alone else "lines",
                "x": list(swept.positions),
                "y": columns[agent],
                "connectgaps": True,
                "opacity": (0.55 if is_alone else 1.0) if is_colored else (0.25 if is_alone else 0.45),
                "name": f"{look.name}, {kind}",
                "legendgroup": kind,
                "showlegend": False,
                "customdata": list(swept.texts),
                "line": {
                    "color": look.color if is_colored else FAINT,
                    "width": 2.0 if is_colored and not is_alone else 1.2,
                    "dash": STANDALONE_DASH if is_alone else look.dash if is_colored else "solid",
                },
                "marker": {"symbol": look.symbol, "color": look.color, "size": 6},
                "hovertemplate": f"<b>{look.name}</b>, {kind}<br>{swept.title} %{{customdata}}: %{{y:.1%}}"
                "<extra></extra>",
            }
        )
    return lines


def _marks(n_agents: int, colored: Sequence[int]) -> PlotlyTrace:
    """A symbol where the mark meets each line in colour."""
    looks = [agent_look(agent) for agent in range(n_agents)]
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": "y",
        "showlegend": False,
        "cliponaxis": False,
        "customdata": [look.name for look in looks],
        "marker": {
            "symbol": [look.symbol for look in looks],
            "color": [look.color for look in looks],
            "opacity": [int(agent in colored) for agent in range(n_agents)],
            "size": 10,
            "line": {"color": INK, "width": 1},
        },
        "hovertemplate": "<b>%{customdata}</b>: %{y:.1%}<extra></extra>",
    }


def _end_names(swept: Swept, means: FloatArray, panel: Panel, colored: Sequence[int]) -> list[dict[str, Any]]:
    """The names right of the ends of the lines in colour, kept apart; of many only the highest and lowest."""
    is_known = np.isfinite(means)
    last = len(means) - 1 - is_known[::-1].argmax(axis=0)
    ends = means[last, np.arange(means.shape[1])]
    down = [one for one in np.argsort(-ends, kind="stable").tolist() if np.isfinite(ends[one]) and one in colored]
    if len(down) > panel.height // _LABEL_PITCH:
        down = down[:3] + down[-3:]
    span = panel.range[1] - panel.range[0]
    wanted = [float((panel.range[1] - ends[agent]) / span * panel.height) for agent in down]
    places = spread(wanted, _LABEL_PITCH, panel.height)
    return [
        note(
            f"<span style='color:{agent_look(agent).color}'>●</span> {agent_look(agent).name}",
            x=swept.positions[-1],
            xanchor="left",
            xshift=16,
            yref="y",
            yanchor="middle",
            y=round(panel.range[1] - place / panel.height * span, 5),
            font={"size": SMALL_FONT_SIZE, "color": INK},
        )
        for agent, place in zip(down, places, strict=True)
    ]


def _alt(swept: Swept, means: FloatArray, alone: FloatArray, counts: Sequence[int]) -> str:
    known = np.flatnonzero(counts)
    ends = sorted({int(known[0]), int(known[-1])}) if len(known) else []
    parts = [f"at {swept.texts[end]} {_span(means[end])} (alone {_span(alone[end])})" for end in ends]
    return (
        "; ".join([f"Final accuracy of {means.shape[1]} agents over {swept.title}: {progress_words(counts)}", *parts])
        + "."
    )


def _span(values: FloatArray) -> str:
    known = values[np.isfinite(values)]
    return f"from {percent(known.min(), 1)} to {percent(known.max(), 1)}" if len(known) else "unknown"
