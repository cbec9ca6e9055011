"""A sweep's curves: measures over the swept value. Frames move a mark to a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.frames import animated_figure
from cgs_core.figures.runs.sweep_axis import (
    CURVE,
    LIT,
    PAIR_WIDTH,
    STRIP_HEIGHT,
    Panel,
    Swept,
    SweptMeasure,
    axis_break,
    band_shape,
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
    MIN_WIDTH,
    NO_WORDS,
    Figure,
    PlotlyTrace,
    base_layout,
    note,
    rounded,
)

_HEADING = 20  # pixels above a panel
_LINE = 15  # pixels
_SIDES = (72, 20)  # pixels left and right of the panels
_PANEL_HEIGHTS = {1: 270, 2: 135, 3: 88}


def sweep_curves_figure(
    swept: Swept, measures: Sequence[SweptMeasure], *, n_computed: Sequence[int] | None = None, scenario_id: str
) -> Figure:
    """Measures above each other over the swept value: mean, band over the seeds, and a mark.

    A single one is narrow enough to stand beside its scatter.

    A frame a value, named by its index; at first the mark is at the last value.

    Parameters
    ----------
    n_computed: (n_values,) the seeds that are computed, where no measure need be defined; unless told, as many as
        define one of these.

    Raises
    ------
    ValueError: there are none or more than three measures.
    """
    if len(measures) not in _PANEL_HEIGHTS:
        raise ValueError(f"measures: from 1 to {len(_PANEL_HEIGHTS)}; got {len(measures)}")
    panels = [
        Panel(
            np.vstack([seed_means(measure.values), seed_bands(measure.values)]),
            measure.tick,
            _PANEL_HEIGHTS[len(measures)],
        )
        for measure in measures
    ]
    names = ["y", "y2", "y3"][: len(panels)]
    counts = list(n_computed or map(max, zip(*(measure.counts for measure in measures), strict=True)))
    strip, *domains = _stacked_domains(panels)
    width = PAIR_WIDTH if len(panels) == 1 else MIN_WIDTH
    across = swept_axis(swept, names[-1], counts, width=width - sum(_SIDES))
    axes: dict[str, Any] = {"xaxis": across, "yaxis9": strip_axis(strip)}
    still: list[PlotlyTrace] = []
    notes: list[dict[str, Any]] = []
    for measure, panel, name, domain in zip(measures, panels, names, domains, strict=True):
        still += _curve(swept, measure, name)
        axes[name.replace("y", "yaxis")] = panel.axis() | {"domain": domain}
        notes.append(_panel_head(measure, domain, is_begun=any(counts)))
    layout = base_layout(
        kind="sweep",
        scenario_id=scenario_id,
        title=f"Measures over {swept.title}",
        alt=_curves_alt(swept, measures, counts),
        height=_stacked_height(panels) + 70 + _LINE * (len(panels) == 1),
        min_width=width,
        margin={"l": _SIDES[0], "r": _SIDES[1], "t": 6, "b": 64 + _LINE * (len(panels) == 1)},
        annotations=[*notes, *axis_break(swept)],
        **axes,
    )
    moving = mark_lines({name: panel.range for name, panel in zip(names, panels, strict=True)}, "y9")
    moving += [trace for name in names for trace in _readout(name)[: 2 - (len(measures) == 1)]]

    def parts_at(index: int) -> list[dict[str, Any]]:
        if len(measures) == 1:
            return _single_parts(swept, measures[0], counts, index)
        parts = mark_parts(swept, counts, index, len(panels))
        for measure, panel in zip(measures, panels, strict=True):
            parts += _readout_parts(swept, measure, panel, index, is_computed=bool(counts[index]))
        return parts

    return animated_figure(
        len(swept.texts), still=still, moving=moving, parts_at=parts_at, layout=layout, round_index=None
    )


# -- panels ----------------------------------------------------------------------------------------------


def _stacked_height(panels: Sequence[Panel]) -> int:
    return STRIP_HEIGHT + sum(_HEADING + panel.height for panel in panels)


def _stacked_domains(panels: Sequence[Panel]) -> list[list[float]]:
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
    swept: Swept, measure: SweptMeasure, panel: Panel, index: int, *, is_computed: bool
) -> list[dict[str, Any]]:
    """What one value changes in ``_readout``."""
    n_seeds = measure.counts[index]
    text = "undefined" if is_computed else NO_WORDS
    if n_seeds:
        text = f"{_mean_words(measure, index)} ({n_seeds} seed{'s' * (n_seeds != 1)})"
    return [_lit(swept, measure, index), {"x": [swept.positions[-1]], "y": [panel.range[1]], "text": [text]}]


def _single_parts(swept: Swept, measure: SweptMeasure, counts: Sequence[int], index: int) -> list[dict[str, Any]]:
    """The mark of a single curve, whose words have the number as well."""
    *lines, words = mark_parts(swept, counts, index, 1)
    if counts[index]:
        known = _mean_words(measure, index) if measure.counts[index] else "undefined"
        words = words | {"text": [f"{words['text'][0]}: {known}"]}
    return [*lines, words, _lit(swept, measure, index)]


def _lit(swept: Swept, measure: SweptMeasure, index: int) -> dict[str, Any]:
    return {"x": [swept.positions[index]], "y": rounded([float(seed_means(measure.values)[index])])}


def _mean_words(measure: SweptMeasure, index: int) -> str:
    return f"<b>{measure.words(float(seed_means(measure.values)[index]))}</b>"


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
        "customdata": [
            [text, count, measure.words(mean) if count else ""]
            for text, count, mean in zip(swept.texts, measure.counts, means.tolist(), strict=True)
        ],
        "hovertemplate": f"<b>{swept.title} %{{customdata[0]}}</b><br>{measure.title}: %{{customdata[2]}}, "
        "seeds: %{customdata[1]}<extra></extra>",
    }
    return [band_shape(swept, seed_bands(measure.values), CURVE, yaxis), across, line]


# -- words -----------------------------------------------------------------------------------------------


def _panel_head(measure: SweptMeasure, domain: list[float], *, is_begun: bool) -> dict[str, Any]:
    """A panel's heading, and of an empty panel why it is empty: in the panel the mark would cross the words."""
    why = "" if any(measure.counts) else ": undefined" if is_begun else ": not computed yet"
    return note(
        f"<b>{measure.head}</b>{why}",
        xref="paper",
        x=0,
        xanchor="left",
        yref="paper",
        y=domain[1],
        yanchor="bottom",
        align="left",
    )


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
