"""The sentences of a comparison of mechanisms: computed from its table, with ties said."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from cgs_core.figures.runs.mechanisms import MeasureColumn
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.studies.comparison import Comparison
from cgs_core.words.written import written

TABULATED = (
    "fairness_score",
    "rationality_score",
    "mean_gain",
    "worst_gain",
    "mean_accuracy",
    "jain_score",
    "download_bytes",
)
"""The measures of the table of mechanisms."""

_HEAD_LETTERS = 12  # of a line of a head in the picture
PROPERTIES = {
    "efficiency": "worths add up to the whole",
    "symmetry": "equal data, equal worth",
    "null_agent": "noise is worth nothing",
    "monotone_pay": "who is worth more is paid no less",
    "individual_rationality": "nobody ends below training alone",
}
"""What each property of ``Comparison.properties`` means, in words."""


def measure_columns(comparison: Comparison) -> list[MeasureColumn]:
    """The measures as the columns of ``measures_figure``."""
    drawn = [name for name in TABULATED if MEASURES[name].unit != "bytes"]  # which have no place beside the others
    return [
        MeasureColumn(
            "<br>".join(wrap(MEASURES[name].head, _HEAD_LETTERS)),
            comparison.measures[name],
            is_percent=MEASURES[name].is_fraction,
        )
        for name in drawn
    ]


def mean(comparison: Comparison, measure: str, place: int) -> float:
    """Over the seeds for which it is defined; NaN where it is for none."""
    own = comparison.measures[measure][:, place]
    own = own[np.isfinite(own)]
    return float(own.mean()) if len(own) else float("nan")


def brief(comparison: Comparison) -> str:
    """The headline where there is room for two lines: fairness and accuracy."""
    text = "; ".join(_best_parts(comparison)[:2])
    return f"{text[:1].upper()}{text[1:]}."


def headline(comparison: Comparison) -> str:
    """Which mechanism is best by fairness, by accuracy and for the worst-off agent; several that tie are all named."""
    n_seeds = comparison.n_seeds
    sure = f"{n_seeds} seeds; who is not clearly behind ties" if n_seeds > 1 else "one seed: more would show the spread"
    text = "; ".join(_best_parts(comparison))
    return f"{text[:1].upper()}{text[1:]}. ({sure[0].upper()}{sure[1:]}.)"


def _best_parts(comparison: Comparison) -> list[str]:
    return [
        f"{what}: {found}"
        for measure, what in (
            ("fairness_score", "highest fairness (Pearson r)"),
            ("mean_accuracy", "mean accuracy"),
            ("worst_gain", "gain of who gains least"),
        )
        if (found := _best(comparison, measure))
    ]


def _best(comparison: Comparison, measure: str) -> str:
    ranks = comparison.ranks(measure)
    first = [place for place, rank in enumerate(ranks) if rank == 1]
    if not first:
        return ""
    if len(first) == len(ranks) > 1:
        return "all tie"
    values = [
        f"**{MECHANISMS[comparison.mechanisms[place]].title}** ({written(measure, mean(comparison, measure, place))})"
        for place in first
    ]
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]} tie"


def verdict(holds: Sequence[bool | None]) -> str:
    """Whether a property held in the runs of several seeds, as a sign; a dash where none of them can tell."""
    known = [one for one in holds if one is not None]
    if not known:
        return "–"
    mark = "✓" if all(known) else "✗"
    return (
        mark if len(holds) == 1 or all(known) or not any(known) else f"{mark} in {known.count(False)} of {len(known)}"
    )
