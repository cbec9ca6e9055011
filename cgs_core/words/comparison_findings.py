"""The sentences of a comparison of mechanisms: computed from its table, with ties said."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
import numpy.typing as npt

from cgs_core.figures.runs.mechanisms import MeasureColumn
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.metrics import accuracy_error, is_same_accuracy
from cgs_core.studies.comparison import Comparison, ranks_of
from cgs_core.typing import FloatArray
from cgs_core.words.written import agent_names, written

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
_SAME_FAIRNESS = 0.05  # correlations of a few agents this close are called alike
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
    """The headline where there is room for two lines: fairness, and the gain of who gains least."""
    text = "; ".join(part for part in (_fairness(comparison), _best_part(comparison, "worst_gain")) if part)
    return f"{text[:1].upper()}{text[1:]}."


def headline(comparison: Comparison) -> str:
    """Which mechanism is best by fairness, by accuracy and for the worst-off agent; several that tie are all named.

    Accuracies and gains within the test's own error of the best tie with it (``cgs_core.metrics.accuracy_error``).
    """
    n_seeds = comparison.n_seeds
    sure = f"{n_seeds} seeds; who is not clearly behind ties" if n_seeds > 1 else "one seed: more would show the spread"
    found = (_fairness(comparison), _best_part(comparison, "mean_accuracy"), _best_part(comparison, "worst_gain"))
    text = "; ".join(part for part in found if part)
    return f"{text[:1].upper()}{text[1:]}. ({sure[0].upper()}{sure[1:]}.)"


def _fairness(comparison: Comparison) -> str:
    """The highest fairness, with the worst gain beside it; with fewer than two seeds the range, and no winner."""
    scenario = comparison.scenario
    if dishonest := [index for index, agent in enumerate(scenario.full_agents) if agent.conduct != "honest"]:
        return f"fairness is not told, since {agent_names(dishonest)} {'are' if dishonest[1:] else 'is'} not honest"
    scores = defined_fairness(comparison)
    means = np.array([own[np.isfinite(own)].mean() if np.isfinite(own).any() else np.nan for own in scores.T])
    rivals = [place for place, name in enumerate(comparison.mechanisms) if MECHANISMS[name].reward_rule != "own"]
    known = [place for place in rivals if np.isfinite(means[place])]
    if not known:
        return "fairness (Pearson r) is undefined: models differ by no more than the test's error"

    def named(place: int) -> str:
        worst = written("worst_gain", mean(comparison, "worst_gain", place))
        score = written("fairness_score", float(means[place]))
        return f"**{MECHANISMS[comparison.mechanisms[place]].title}** ({score}; worst gain {worst})"

    if np.ptp(means[known]) < _SAME_FAIRNESS and len(known) > 1:
        return f"fairness (Pearson r) is alike: {_listed([named(place) for place in known])}"
    if np.isfinite(scores[:, known]).sum(axis=0).min() < 2:
        low, high = min(known, key=lambda place: means[place]), max(known, key=lambda place: means[place])
        return f"fairness (Pearson r): {named(low)}" + (f" to {named(high)}" if high != low else "")
    ranks = ranks_of([scores[:, place] for place in known])
    best = float(means[known].max())
    first = [p for p, rank in zip(known, ranks, strict=True) if rank == 1 or best - means[p] < _SAME_FAIRNESS]
    return f"highest fairness (Pearson r): {_tied([named(place) for place in first])}"


def defined_fairness(comparison: Comparison) -> FloatArray:
    """(S, M) Pearson's r; NaN where models alone or in the end spread by no more than the test's own error."""
    n_test = comparison.scenario.info.n_test

    def are_same(accuracy: FloatArray) -> npt.NDArray[np.bool_]:
        return is_same_accuracy(accuracy.min(axis=-1), accuracy.max(axis=-1), n_test)

    is_void = are_same(comparison.standalone)[:, None] | are_same(comparison.accuracy)
    return np.where(is_void, np.nan, comparison.measures["fairness_score"])


def _best_part(comparison: Comparison, measure: str) -> str:
    """Who is best by accuracy or by a gain: all that are not clearly behind, by the seeds or by the test's error."""
    what = {"mean_accuracy": "mean accuracy", "worst_gain": "gain of who gains least"}[measure]
    means = np.array([mean(comparison, measure, place) for place in range(len(comparison.mechanisms))])
    accuracy = comparison.accuracy.mean(axis=(0, 2))
    best = int(np.nanargmax(means))
    error = accuracy_error((accuracy + accuracy[best]) / 2, comparison.scenario.info.n_test)
    is_tied = (means[best] - means < error) | (means == means[best])
    is_tied |= np.array([rank == 1 for rank in comparison.ranks(measure)])
    if is_tied.all() and len(is_tied) > 1:
        return f"{what}: all tie"
    named = [
        f"**{MECHANISMS[comparison.mechanisms[place]].title}** ({written(measure, float(means[place]))})"
        for place in np.flatnonzero(is_tied)
    ]
    return f"{what}: {_tied(named)}"


def _tied(named: list[str]) -> str:
    return _listed(named) + " tie" * (len(named) > 1)


def _listed(named: list[str]) -> str:
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def verdict(holds: Sequence[bool | None]) -> str:
    """Whether a property held in the runs of several seeds, as a sign; a dash where none of them can tell."""
    known = [one for one in holds if one is not None]
    if not known:
        return "–"
    mark = "✓" if all(known) else "✗"
    return (
        mark if len(holds) == 1 or all(known) or not any(known) else f"{mark} in {known.count(False)} of {len(known)}"
    )
