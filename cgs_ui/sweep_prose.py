"""The sentence that says what a sweep found, with how sure it is: computed from its table."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.mechanisms import BAND
from cgs_core.figures.style import percent, points, signed
from cgs_core.sweeps import SweepTable
from cgs_core.typing import FloatArray
from cgs_ui.sweep_questions import field_title, value_text

MEASURES = {  # name in Trace.summary: title, whether it is a fraction written in percent
    "fairness_score": ("Fairness (Pearson r)", False),
    "mean_accuracy": ("Accuracy, mean over agents", True),
    "worst_gain": ("Gain of the worst agent", True),
    "min_accuracy": ("Accuracy, worst agent", True),
    "max_accuracy": ("Accuracy, best agent", True),
    "mean_gain": ("Gain over training alone, mean", True),
    "rationality_score": ("Agents no worse than alone", True),
    "jain_score": ("Equality (Jain index)", False),
    "contribution_fairness_score": ("Contribution against accuracy (Pearson r)", False),
    "mean_reward_ratio": ("Pay (reward ratio), mean", True),
    "server_accuracy": ("Accuracy of the server's model", True),
}
MAIN = ("fairness_score", "mean_accuracy", "worst_gain")


def law(table: SweepTable) -> str:
    """What happens from the first to the last value that is there, measure by measure."""
    (field, values), *others = table.sweep.grid.items()
    if others:
        return f"**{field_title(field)}** against **{field_title(others[0][0])}**."
    there = np.flatnonzero(np.isfinite(table.measure("mean_accuracy")).any(axis=1))
    if len(there) < 2:
        return f"**{field_title(field)}**: the first runs are on their way."
    first, last = int(there[0]), int(there[-1])
    parts = [part for name in MAIN if (part := _change(table.measure(name), name, first, last))]
    seeds = np.isfinite(table.measure("mean_accuracy")).sum(axis=1)[[first, last]].min()
    spread = f"{seeds} seeds; brackets: {BAND[0]} to {BAND[1]} % of them" if seeds > 1 else "one seed, so no spread"
    return (
        f"**From {value_text(values[first])} to {value_text(values[last])}** ({field_title(field)}): "
        f"{'; '.join(parts)}. {spread[0].upper()}{spread[1:]}."
    )


def _change(measure: FloatArray, name: str, first: int, last: int) -> str:
    """One measure at both ends, for instance "accuracy goes from 92.1 % [91.0 to 93.2] to 95.0 % [94.1 to 95.6]"."""
    title, is_percent = MEASURES[name]
    title = title[0].lower() + title[1:]
    ends = [_with_spread(measure[index], is_percent, name) for index in (first, last)]
    if ends[0] is None and ends[1] is None:
        return f"{title} is undefined at both ends"
    if ends[0] is None or ends[1] is None:
        known = ends[0] or ends[1]
        where = "at first and undefined at the end" if ends[0] else "at the end and undefined at first"
        return f"{title} is {known} {where}"
    return f"{title} goes from {ends[0]} to {ends[1]}"


def _with_spread(values: FloatArray, is_percent: bool, name: str) -> str | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None

    def write(value: float) -> str:
        if name.endswith("_gain"):
            return points(value)
        return percent(value, 1).removesuffix(" %") if is_percent else signed(f"{value:.2f}")

    unit = " points" if name.endswith("_gain") else "\u00a0%" if is_percent else ""
    low, high = np.percentile(known, BAND)
    spread = f" [{write(low)} to {write(high)}]" if len(known) > 1 else ""
    return f"**{write(float(known.mean()))}{unit}**{spread}"
