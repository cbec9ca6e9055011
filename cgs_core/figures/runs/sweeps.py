"""A sweep's curves: measures, and every agent's accuracy, over the swept value. Frames move a mark to a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.frames import animated_figure
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.runs.sweep_axis import (
    CURVE,
    LIT,
    STRIP_HEIGHT,
    Swept,
    SweptMeasure,
    axis_break,
    band_shape,
    limits,
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
    FONT_SIZE,
    INK,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    STANDALONE_DASH,
    Figure,
    PlotlyTrace,
    TickText,
    agent_look,
    axis,
    axis_title,
    base_layout,
    legend_line,
    note,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.typing import FloatArray

_HEADING = 20  # pixels above a panel
_PANEL_HEIGHTS = {1: 250, 2: 135, 3: 88}
_AGENTS_HEIGHT = 270
_MANY = 12  # above so many agents lines are thin and only the outermost are named
_MOST_BANDS = 6
_LABEL_PITCH = 15  # pixels between the names at the lines' ends


# -- the figures -----------------------------------------------------------------------------------------


def sweep_curves_figure(swept: Swept, measures: Sequence[SweptMeasure], *, scenario_id: str) -> Figure:
    """Measures above each other over the swept value: mean, band over the seeds, and a mark.

    A frame a value, named by its index; at first the mark is at the last value.

    Raises
    ------
    ValueError: there are none or more than three measures.
    """
    if len(measures) not in _PANEL_HEIGHTS:
        raise ValueError(f"measures: from 1 to {len(_PANEL_HEIGHTS)}; got {len(measures)}")
    panels = [
        _Panel(
            np.vstack([seed_means(measure.values), seed_bands(measure.values)]),
            measure.tick,
            _PANEL_HEIGHTS[len(measures)],
        )
        for measure in measures
    ]
    names = ["y", "y2", "y3"][: len(panels)]
    counts = [max(counts) for counts in zip(*(measure.counts for measure in measures), strict=True)]
    strip, *domains = _stacked_domains(panels)
    axes: dict[str, Any] = {"xaxis": swept_axis(swept, names[-1], counts), "yaxis9": strip_axis(strip)}
    still: list[PlotlyTrace] = []
    notes: list[dict[str, Any]] = []
    for measure, panel, name, domain in zip(measures, panels, names, domains, strict=True):
        still += _curve(swept, measure, name)
        axes[name.replace("y", "yaxis")] = panel.axis() | {"domain": domain}
        notes += _panel_notes(measure, domain, is_begun=any(counts))
    layout = base_layout(
        kind="sweep",
        scenario_id=scenario_id,
        title=f"Measures over {swept.title}",
        alt=_curves_alt(swept, measures, counts),
        height=_stacked_height(panels) + 70,
        margin={"l": 72, "r": 20, "t": 6, "b": 64},
        annotations=[*notes, *axis_break(swept)],
        **axes,
    )
    moving = mark_lines({name: panel.range for name, panel in zip(names, panels, strict=True)}, "y9")
    moving += [trace for name in names for trace in _readout(name)]

    def parts_at(index: int) -> list[dict[str, Any]]:
        parts = mark_parts(swept, counts, index, len(panels))
        for measure, panel in zip(measures, panels, strict=True):
            parts += _readout_parts(swept, measure, panel, index, is_computed=bool(counts[index]))
        return parts

    return animated_figure(
        len(swept.texts), still=still, moving=moving, parts_at=parts_at, layout=layout, round_index=None
    )


def sweep_agents_figure(swept: Swept, accuracy: FloatArray, standalone: FloatArray, *, scenario_id: str) -> Figure:
    """Every agent's final accuracy over the swept value, alone dashed; bands over the seeds for up to six agents.

    A frame a value, named by its index; at first the mark is at the last value.

    Parameters
    ----------
    accuracy, standalone: (n_values, n_seeds, n_agents), fractions of the test set, NaN where not computed yet.
    """
    n_agents = accuracy.shape[2]
    means, alone = seed_means(accuracy), seed_means(standalone)
    bands = [seed_bands(column) for column in np.moveaxis(accuracy, 2, 0)] if n_agents <= _MOST_BANDS else []
    counts = np.isfinite(accuracy).any(axis=2).sum(axis=1).tolist()
    panel = _Panel(np.hstack([means, alone, *(band.T for band in bands)]), percent_tick, _AGENTS_HEIGHT)
    still = [legend_line("with rewards", {}), legend_line("alone", {"dash": STANDALONE_DASH, "width": 1.5})]
    still += [band_shape(swept, band, agent_look(agent).color) for agent, band in enumerate(bands)]
    still += _agent_lines(swept, alone, is_alone=True) + _agent_lines(swept, means, is_alone=False)
    top = round(_AGENTS_HEIGHT / (_AGENTS_HEIGHT + STRIP_HEIGHT), 5)
    layout = base_layout(
        kind="sweep-agents",
        scenario_id=scenario_id,
        title=f"Every agent's accuracy over {swept.title}",
        alt=_agents_alt(swept, means, alone, counts),
        height=_AGENTS_HEIGHT + STRIP_HEIGHT + 90,
        margin={"l": 72, "r": 92, "t": 28, "b": 62},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        annotations=[
            *_end_names(swept, means, panel),
            *_empty_note(means, [0.0, top], "not computed yet"),
            *axis_break(swept),
        ],
        xaxis=swept_axis(swept, "y", counts, has_bands=bool(bands)),
        yaxis9=strip_axis([top, 1.0]),
        yaxis=panel.axis() | {"domain": [0.0, top], "title": axis_title("right on the test (accuracy)", 8)},
    )

    def parts_at(index: int) -> list[dict[str, Any]]:
        x = [swept.positions[index]] * n_agents
        return [*mark_parts(swept, counts, index, 1), {"x": x, "y": rounded(means[index])}]

    return animated_figure(
        len(swept.texts),
        still=still,
        moving=[*mark_lines({"y": panel.range}, "y9"), _agent_marks(n_agents)],
        parts_at=parts_at,
        layout=layout,
        round_index=None,
    )


# -- panels ----------------------------------------------------------------------------------------------


class _Panel:
    """One plot over the swept value: a fixed vertical range that holds what is drawn, and its height in pixels."""

    def __init__(self, drawn: FloatArray, tick_text: TickText, height: int) -> None:
        self.low, self.high = limits(drawn)
        self.tick_text, self.height, self.is_empty = tick_text, height, not np.isfinite(drawn).any()
        pad = 0.06 * (self.high - self.low)
        self.range = [round(self.low - pad, 5), round(self.high + pad, 5)]

    def axis(self) -> dict[str, Any]:
        """The vertical axis; without numbers where nothing is drawn."""
        most = 6 if self.height > 200 else 4
        plain = axis(self.low, self.high, tick_text=self.tick_text, range=self.range, most_ticks=most, fixedrange=True)
        return plain | ({"tickvals": [], "ticktext": []} if self.is_empty else {})


def _stacked_height(panels: Sequence[_Panel]) -> int:
    return STRIP_HEIGHT + sum(_HEADING + panel.height for panel in panels)


def _stacked_domains(panels: Sequence[_Panel]) -> list[list[float]]:
    """Parts of the plot's height: first the strip for the words at the mark, then the panels from top to bottom."""
    total = _stacked_height(panels)
    top = total - STRIP_HEIGHT
    domains = [[round(top / total, 5), 1.0]]
    for panel in panels:
        bottom = top - _HEADING - panel.height
        domains.append([round(bottom / total, 5), round((top - _HEADING) / total, 5)])
        top = bottom
    return domains


def _readout(yaxis: str) -> list[PlotlyTrace]:
    """A measure's lit point, and its number above the panel's right end."""
    lit = {
        "type": "scatter",
        "mode": "markers",
        "yaxis": yaxis,
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "marker": {"color": LIT, "size": 12, "line": {"color": INK, "width": 1.5}},
    }
    number = {
        "type": "scatter",
        "mode": "text",
        "yaxis": yaxis,
        "hoverinfo": "skip",
        "showlegend": False,
        "textposition": "top left",
        "cliponaxis": False,
        "textfont": {"size": FONT_SIZE, "color": INK},
    }
    return [lit, number]


def _readout_parts(
    swept: Swept, measure: SweptMeasure, panel: _Panel, index: int, *, is_computed: bool
) -> list[dict[str, Any]]:
    """What one value changes in ``_readout``."""
    mean, n_seeds = float(seed_means(measure.values)[index]), measure.counts[index]
    text = "undefined" if is_computed else ""
    if n_seeds:
        text = f"<b>{measure.words(mean)}</b> ({n_seeds} seed{'s' * (n_seeds != 1)})"
    return [
        {"x": [swept.positions[index]], "y": rounded([mean])},
        {"x": [swept.positions[-1]], "y": [panel.range[1]], "text": [text]},
    ]


# -- lines -----------------------------------------------------------------------------------------------


def _curve(swept: Swept, measure: SweptMeasure, yaxis: str) -> list[PlotlyTrace]:
    """The band, a faint line across what is not computed, and the means."""
    means = seed_means(measure.values)
    known = np.flatnonzero(np.isfinite(means)).tolist()
    across = {
        "type": "scatter",
        "mode": "lines",
        "x": [swept.positions[index] for index in known],
        "y": rounded(means[known]),
        "yaxis": yaxis,
        "line": {"color": FAINT, "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": measure.title,
        "x": list(swept.positions),
        "y": rounded(means),
        "yaxis": yaxis,
        "cliponaxis": False,
        "showlegend": False,
        "line": {"color": CURVE, "width": 2.5},
        "marker": {"color": CURVE, "size": 7},
        "customdata": [[text, count] for text, count in zip(swept.texts, measure.counts, strict=True)],
        "hovertemplate": f"<b>{swept.title} %{{customdata[0]}}</b><br>{measure.title}: "
        f"%{{y{':.1%' if measure.is_percent else ':.3~g'}}}, seeds: %{{customdata[1]}}<extra></extra>",
    }
    return [band_shape(swept, seed_bands(measure.values), CURVE, yaxis), across, line]


def _agent_lines(swept: Swept, means: FloatArray, *, is_alone: bool) -> list[PlotlyTrace]:
    """A line an agent of means (n_values, n_agents); across what is not computed it runs on without a symbol."""
    is_many, kind = means.shape[1] > _MANY, "alone" if is_alone else "with rewards"
    faint = 0.3 if is_many else 0.55
    lines = []
    for agent, column in enumerate(rounded(means.T)):
        look = agent_look(agent)
        lines.append(
            {
                "type": "scatter",
                "mode": "lines" if is_alone or is_many else "lines+markers",
                "x": list(swept.positions),
                "y": column,
                "connectgaps": True,
                "opacity": faint if is_alone else 1.0,
                "name": f"{look.name}, {kind}",
                "legendgroup": kind,
                "showlegend": False,
                "customdata": list(swept.texts),
                "line": {
                    "color": look.color,
                    "width": 1.2 if is_alone or is_many else 2.0,
                    "dash": STANDALONE_DASH if is_alone else look.dash,
                },
                "marker": {"symbol": look.symbol, "color": look.color, "size": 6},
                "hovertemplate": f"<b>{look.name}</b>, {kind}<br>{swept.title} %{{customdata}}: %{{y:.1%}}"
                "<extra></extra>",
            }
        )
    return lines


def _agent_marks(n_agents: int) -> PlotlyTrace:
    """A symbol where the mark meets each agent's line."""
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
            "size": 6 if n_agents > _MANY else 10,
            "line": {"color": INK, "width": 1},
        },
        "hovertemplate": "<b>%{customdata}</b>: %{y:.1%}<extra></extra>",
    }


def _end_names(swept: Swept, means: FloatArray, panel: _Panel) -> list[dict[str, Any]]:
    """The agents' names right of their lines' ends, kept apart; of many agents only the highest and lowest."""
    is_known = np.isfinite(means)
    last = len(means) - 1 - is_known[::-1].argmax(axis=0)
    ends = means[last, np.arange(means.shape[1])]
    down = [agent for agent in np.argsort(-ends, kind="stable").tolist() if np.isfinite(ends[agent])]
    if len(down) > _MANY:
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


# -- words -----------------------------------------------------------------------------------------------


def _panel_notes(measure: SweptMeasure, domain: list[float], *, is_begun: bool) -> list[dict[str, Any]]:
    """A panel's heading, and in an empty panel why it is empty."""
    heading = note(
        f"<b>{measure.title}</b>",
        xref="paper",
        x=0,
        xanchor="left",
        yref="paper",
        y=domain[1],
        yanchor="bottom",
        align="left",
    )
    return [heading, *_empty_note(measure.values, domain, "undefined" if is_begun else "not computed yet")]


def _empty_note(values: FloatArray, domain: list[float], words: str) -> list[dict[str, Any]]:
    if np.isfinite(values).any():
        return []
    return [note(words, xref="paper", x=0.5, yref="paper", y=round(sum(domain) / 2, 5), yanchor="middle")]


def _curves_alt(swept: Swept, measures: Sequence[SweptMeasure], counts: Sequence[int]) -> str:
    parts = []
    for measure in measures:
        means = seed_means(measure.values)
        known = np.flatnonzero(np.isfinite(means))
        if not len(known):
            parts.append(f"{measure.title}: {'undefined' if any(counts) else 'not computed yet'}")
            continue
        places = known[0], known[-1], np.nanargmin(means), np.nanargmax(means)
        first, last, least, most = (f"{measure.words(means[place])} at {swept.texts[place]}" for place in places)
        parts.append(f"{measure.title}: from {first} to {last}; lowest {least}, highest {most}")
    return f"Curves over {swept.title}: {progress_words(counts)}. {'. '.join(parts)}."


def _agents_alt(swept: Swept, means: FloatArray, alone: FloatArray, counts: Sequence[int]) -> str:
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
