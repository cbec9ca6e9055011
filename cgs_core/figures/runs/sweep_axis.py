"""What a sweep's figures share: the swept values on an axis, means and bands over the seeds, and the moving mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from cgs_core.figures.runs.mechanisms import BAND
from cgs_core.figures.style import (
    FAINT,
    FONT_SIZE,
    INK,
    SMALL_FONT_SIZE,
    PlotlyTrace,
    TickText,
    axis,
    axis_title,
    note,
    percent,
    percent_tick,
    plain_number,
    points,
    points_tick,
    rounded,
)
from cgs_core.typing import FloatArray

BAND_SEEDS = 3
"""A band is drawn over at least so many seeds."""

AXIS_WIDTH = 460
PAIR_WIDTH = 350
"""Pixels of an axis on a projector, and of a whole figure that stands beside another; words are thinned out to fit."""

STRIP_HEIGHT = 20
"""Pixels above the panels, for the words at the mark."""

CURVE = "#3D8FC4"
LIT = "#D55E00"


@dataclass(frozen=True)
class Swept:
    """The swept field on an axis."""

    title: str  # "Altruism (β)"
    texts: tuple[str, ...]  # one a value, in the order of the axis
    positions: tuple[float, ...]  # ascending; an infinite value has a place of its own right of the rest
    is_last_apart: bool = False  # whether the last place is such a one: the axis has a break before it


@dataclass(frozen=True)
class SweptMeasure:
    """One measure of every point of a sweep."""

    title: str
    values: FloatArray  # (n_values, n_seeds), NaN where not computed yet or undefined
    is_percent: bool = False
    is_points: bool = False  # a difference of two fractions

    @property
    def head(self) -> str:
        """The title where numbers have no unit."""
        return f"{self.title} (points)" if self.is_points else self.title

    @property
    def counts(self) -> list[int]:
        """(n_values,) seeds that have a number."""
        return np.isfinite(self.values).sum(axis=1).tolist()

    def words(self, value: float) -> str:
        """A value as text."""
        return f"{points(value)} points" if self.is_points else number_words(value, self.is_percent)

    def tick(self, value: float) -> str:
        """A value on an axis."""
        return points_tick(value) if self.is_points else percent_tick(value) if self.is_percent else plain_number(value)


def number_words(value: float, is_percent: bool) -> str:
    """Three digits of a number, or a percentage with one decimal."""
    return percent(value, 1) if is_percent else plain_number(float(f"{value:.3g}"))


def seed_means(values: FloatArray) -> FloatArray:
    """Means over the computed seeds: (n_values, n_seeds, ...) to (n_values, ...), NaN where there is none."""
    is_known = np.isfinite(values)
    counts = is_known.sum(axis=1)
    sums = np.where(is_known, values, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def seed_bands(values: FloatArray) -> FloatArray:
    """10th and 90th percentile over the seeds: (n_values, n_seeds) to (2, n_values), NaN below three seeds."""
    bands = np.full((2, len(values)), np.nan)
    for index, own in enumerate(values):
        known = own[np.isfinite(own)]
        if len(known) >= BAND_SEEDS:
            bands[:, index] = np.percentile(known, BAND)
    return bands


def band_shape(swept: Swept, bands: FloatArray, color: str, yaxis: str = "y") -> PlotlyTrace:
    """A closed shape for each stretch of neighbouring values that have a band; of a single one an upright line."""
    x: list[float | None] = []
    y: list[float | None] = []
    low, high = bands
    for has_band, stretch in groupby(range(len(low)), key=lambda index: bool(np.isfinite(low[index]))):
        if has_band:
            own = list(stretch)
            x += [*(swept.positions[index] for index in [*own, *own[::-1]]), None]
            y += [*rounded(low[own]), *rounded(high[own[::-1]]), None]
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "yaxis": yaxis,
        "fill": "toself",
        "hoverinfo": "skip",
        "showlegend": False,
        "fillcolor": f"rgba({red},{green},{blue},0.18)",
        "line": {"color": f"rgba({red},{green},{blue},0.35)", "width": 1},
    }


# -- the axes -------------------------------------------------------------------------------------------


def strip_axis(domain: list[float]) -> dict[str, Any]:
    """The vertical axis of the strip above the panels."""
    return axis(0, 1, tickvals=[], ticktext=[], showgrid=False, fixedrange=True, domain=domain)


def limits(values: FloatArray) -> tuple[float, float]:
    """The least and the highest number, apart; 0 and 1 where there is none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    least = max(0.02 * abs(low), 1e-3)
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    return low, high


def swept_axis(
    swept: Swept, anchor: str, counts: Sequence[int], *, has_bands: bool = True, width: float = AXIS_WIDTH
) -> dict[str, Any]:
    """The swept values from left to right, a tick each; under the title, how far the sweep is.

    ``width``: pixels that it has at least.
    """
    low, high = min(swept.positions), max(swept.positions)
    pad = 0.03 * (high - low) or 0.5
    words = progress_words(counts)
    if has_bands and max(counts) >= BAND_SEEDS:
        words += "; " if width >= AXIS_WIDTH else "<br>"
        words += f"bands: {BAND[0]}th to {BAND[1]}th percentile"
    title = f"{swept.title}<br><span style='font-size:{SMALL_FONT_SIZE}px'>{words}</span>"
    return axis(
        0,
        1,
        range=rounded([low - pad, high + pad]),
        tickvals=list(swept.positions),
        ticktext=tick_texts(swept, width),
        showgrid=False,
        fixedrange=True,
        anchor=anchor,
        ticks="outside",
        ticklen=4,
        tickcolor=FAINT,
        title=axis_title(title, 4),
    )


def axis_break(swept: Swept) -> list[dict[str, Any]]:
    """Two strokes on the axis before a last value that is not on its scale."""
    if not swept.is_last_apart or len(swept.positions) < 2:
        return []
    middle = (swept.positions[-1] + swept.positions[-2]) / 2
    return [note("<b>//</b>", x=middle, xref="x", yref="paper", y=0, yanchor="middle")]


def progress_words(counts: Sequence[int]) -> str:
    """How many values are computed, and how many seeds their means are over."""
    known = [count for count in counts if count]
    if not known:
        return "not computed yet"
    values = f"{len(counts)} values" if len(known) == len(counts) else f"{len(known)} of {len(counts)} values so far"
    low, high = min(known), max(known)
    if high == 1:
        return f"{values}, one seed"
    return f"{values}, mean over {high} seeds" if low == high else f"{values}, mean over {low} to {high} seeds"


def tick_texts(swept: Swept, width: float) -> list[str]:
    """The values' texts, empty where ``width`` pixels have no room: the ends first, then the shortest."""
    low, high = min(swept.positions), max(swept.positions)
    scale = width / (high - low) if high > low else 0.0
    last = len(swept.texts) - 1
    placed: dict[int, tuple[float, float]] = {}
    for index in sorted(range(last + 1), key=lambda index: (index not in (0, last), len(swept.texts[index]), index)):
        centre, half = (swept.positions[index] - low) * scale, 3.7 * len(swept.texts[index]) + 4
        if all(abs(centre - other) >= half + other_half for other, other_half in placed.values()):
            placed[index] = centre, half
    return [text if index in placed else "" for index, text in enumerate(swept.texts)]


# -- the mark --------------------------------------------------------------------------------------------


def mark_lines(ranges: Mapping[str, list[float]], strip: str) -> list[PlotlyTrace]:
    """An upright line in each panel (vertical axis -> its range), and the words above them."""
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "y": ends,
            "yaxis": name,
            "line": {"color": INK, "width": 1.5},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for name, ends in ranges.items()
    ]
    words = {
        "type": "scatter",
        "mode": "text",
        "y": [0.5],
        "yaxis": strip,
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "textfont": {"size": FONT_SIZE, "color": INK},
    }
    return [*lines, words]


def mark_parts(swept: Swept, counts: Sequence[int], index: int, n_panels: int) -> list[dict[str, Any]]:
    """What one value changes in ``mark_lines``."""
    x, low, high = swept.positions[index], min(swept.positions), max(swept.positions)
    share = (x - low) / (high - low) if high > low else 0.5
    side = "right" if share < 0.3 else "left" if share > 0.7 else "center"
    words = {"x": [x], "text": [mark_words(swept, counts, index)], "textposition": f"middle {side}"}
    return [*({"x": [x, x]} for _ in range(n_panels)), words]


def mark_words(swept: Swept, counts: Sequence[int], index: int) -> str:
    """The value; of one that is not computed, also which computed ones it stands between."""
    value = f"<b>{swept.texts[index]}</b>"
    if counts[index]:
        return value
    known = [place for place, count in enumerate(counts) if count]
    below = [swept.texts[place] for place in known if place < index]
    above = [swept.texts[place] for place in known if place > index]
    if below and above:
        return f"{value} not computed yet: between {below[-1]} and {above[0]}"
    if below:
        return f"{value} not computed yet: after {below[-1]}"
    return f"{value} not computed yet" + (f": before {above[0]}" if above else "")


# -- a panel --------------------------------------------------------------------------------------------


class Panel:
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


def empty_note(values: FloatArray, domain: list[float], words: str) -> list[dict[str, Any]]:
    """In the middle of a panel why it is empty; nothing where it is not."""
    if np.isfinite(values).any():
        return []
    return [note(words, xref="paper", x=0.5, yref="paper", y=round(sum(domain) / 2, 5), yanchor="middle")]
