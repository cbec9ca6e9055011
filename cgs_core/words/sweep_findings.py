"""The sentence that says what a sweep found, with how sure it is: computed from its table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.runs.mechanisms import BAND
from cgs_core.figures.style import percent, points, signed
from cgs_core.measures import MEASURES
from cgs_core.studies.sweeps import SweepTable
from cgs_core.typing import FloatArray
from cgs_core.words.written import field_title, value_text

SWEPT = tuple(
    name
    for name, measure in MEASURES.items()
    if name
    in (
        "fairness_score",
        "mean_accuracy",
        "worst_gain",
        "min_accuracy",
        "max_accuracy",
        "mean_gain",
        "rationality_score",
        "jain_score",
        "contribution_fairness_score",
        "mean_reward_ratio",
        "server_accuracy",
    )
)
"""The measures that a sweep can be looked at by, in the order of a menu."""

MAIN = ("fairness_score", "mean_accuracy", "worst_gain")


def law(table: SweepTable) -> str:
    """What happens from the first to the last value that is there; of two fields, where the measures are extreme."""
    (field, values), *others = table.sweep.grid.items()
    if others:
        return _extremes(table)
    there = np.flatnonzero(np.isfinite(table.measure("mean_accuracy")).any(axis=1))
    if len(there) < 2:
        return f"**{field_title(field)}**: the first runs are on their way."
    first, last = int(there[0]), int(there[-1])
    parts = [part for name in MAIN if (part := _change(table.measure(name), name, first, last))]
    seeds = np.isfinite(table.measure("mean_accuracy")).sum(axis=1)[[first, last]].min()
    spread = f"{seeds} seeds; brackets: {BAND[0]} to {BAND[1]} % of them" if seeds > 1 else "one seed, so no spread"
    return (
        f"**From {value_text(field, values[first])} to {value_text(field, values[last])}** ({field_title(field)}): "
        f"{'; '.join(parts)}. {spread[0].upper()}{spread[1:]}."
    )


def brief(table: SweepTable) -> str:
    """The law where there is room for two lines: fairness and accuracy at both ends, without their spread."""
    (field, values), *others = table.sweep.grid.items()
    there = np.flatnonzero(np.isfinite(table.measure("mean_accuracy")).any(axis=1))
    if others:
        return _extremes(table, MAIN[:1])
    if len(there) < 2:
        return law(table)
    first, last = int(there[0]), int(there[-1])
    parts = [
        f"{title[0].lower()}{title[1:]} {_mean_words(table, name, first)} → {_mean_words(table, name, last)}"
        for name in MAIN[:2]
        for title in (MEASURES[name].title,)
    ]
    ends = " → ".join(value_text(field, values[index]) for index in (first, last))
    return f"**{field_title(field)} {ends}**: {'; '.join(parts)}."


def _mean_words(table: SweepTable, name: str, place: int) -> str:
    mean = float(table.mean(name)[place])
    return _written(mean, name) if np.isfinite(mean) else "undefined"


def _extremes(table: SweepTable, measures: Sequence[str] = MAIN) -> str:
    """Of two fields: where each of the main measures is highest and lowest, means over the seeds."""
    fields = " and ".join(f"**{field_title(field)}**" for field in table.sweep.fields)
    parts = []
    for name in measures:
        mean = table.mean(name)
        if not np.isfinite(mean).any():
            continue
        ends = (np.unravel_index(int(pick(mean)), mean.shape) for pick in (np.nanargmax, np.nanargmin))
        high, low = (f"{_written(mean[place], name)} at {_place(table, place)}" for place in ends)
        title = MEASURES[name].title
        parts.append(f"{title[0].lower()}{title[1:]} is highest, {high}, and lowest, {low}")
    n_seeds = int(np.isfinite(table.measure("mean_accuracy")).sum(axis=2).max(initial=0))
    found = "; ".join(parts) if parts else "the first runs are on their way"
    return f"{fields}: {found}. ({n_seeds} seed{'s' * (n_seeds != 1)}.)"


def _place(table: SweepTable, place: tuple[np.intp, ...]) -> str:
    grid = table.sweep.grid.items()
    texts = [value_text(field, values[index]) for (field, values), index in zip(grid, place, strict=True)]
    return f"({', '.join(texts)})"


def _change(measure: FloatArray, name: str, first: int, last: int) -> str:
    """One measure at both ends, for instance "accuracy goes from 92.1 % [91.0 to 93.2] to 95.0 % [94.1 to 95.6]"."""
    title = MEASURES[name].title
    title = title[0].lower() + title[1:]
    ends = [_with_spread(measure[index], name) for index in (first, last)]
    if ends[0] is None and ends[1] is None:
        return f"{title} is undefined at both ends"
    if ends[0] is None or ends[1] is None:
        known = ends[0] or ends[1]
        where = "at first and undefined at the end" if ends[0] else "at the end and undefined at first"
        return f"{title} is {known} {where}"
    return f"{title} goes from {ends[0]} to {ends[1]}"


def _with_spread(values: FloatArray, name: str) -> str | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None

    low, high = np.percentile(known, BAND)
    spread = f" [{_number(low, name)} to {_number(high, name)}]" if len(known) > 1 else ""
    return _written(float(known.mean()), name) + spread


def _number(value: float, name: str) -> str:
    if MEASURES[name].unit == "points":
        return points(value)
    return percent(value, 1).removesuffix(" %") if MEASURES[name].is_fraction else signed(f"{value:.2f}")


def _written(value: float, name: str) -> str:
    unit = " points" if MEASURES[name].unit == "points" else "\u00a0%" if MEASURES[name].is_fraction else ""
    return f"**{_number(value, name)}{unit}**"
