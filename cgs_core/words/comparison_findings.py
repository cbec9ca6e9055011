"""The sentences of a comparison of mechanisms: computed from its table, with ties said."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from cgs_core.figures.runs.measures import MeasureColumn
from cgs_core.figures.style import agent_names, listed, points
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.metrics import accuracy_error
from cgs_core.studies.comparison import Comparison
from cgs_core.studies.statistics import ONE_SEED, clearly
from cgs_core.studies.valuation_costs import ExactCost
from cgs_core.typing import FloatArray
from cgs_core.words.written import number, written

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

ON_THEIR_WAY = "The first runs are on their way."
"""What is said where there is no room for more, before there is anything to compare."""

_HEAD_LETTERS = 12  # of a line of a head in the picture
_SAME_FAIRNESS = 0.05  # with one seed, correlations of a few agents this close are called alike
PROPERTIES = {
    "efficiency": "worths add up to the whole",
    "symmetry": "equal data, equal worth",
    "null_agent": "who has nothing of its own is worth nothing",
    "monotone_pay": "who is worth more is paid no less",
    "individual_rationality": "nobody ends below training alone",
}
"""What each property of ``Comparison.properties`` means, in words."""

_TWO_LINES = 185  # letters, on a projector


def measure_columns(comparison: Comparison) -> list[MeasureColumn]:
    """The measures as the columns of ``measures_figure``."""
    drawn = [name for name in TABULATED if MEASURES[name].unit != "bytes"]  # which have no place beside the others
    return [
        MeasureColumn(
            "<br>".join(wrap(MEASURES[name].column, _HEAD_LETTERS)),
            comparison.measures[name],
            is_percent=MEASURES[name].is_fraction,
            is_points=MEASURES[name].unit == "points",
        )
        for name in drawn
    ]


def mean(comparison: Comparison, measure: str, place: int) -> float:
    """Over the seeds for which it is defined; NaN where it is for none."""
    own = comparison.measures[measure][:, place]
    own = own[np.isfinite(own)]
    return float(own.mean()) if len(own) else float("nan")


def brief(comparison: Comparison) -> str:
    """The headline where there is room for two lines: fairness, and the gain of who gains least where it fits too."""
    fairness, gain = _fairness(comparison), _best_part(comparison, "worst_gain")
    both = f"{fairness}; {gain}"
    text = both if gain and len(both) <= _TWO_LINES else fairness
    return f"{text[:1].upper()}{text[1:]}."


def headline(comparison: Comparison) -> str:
    """Which mechanism is best by fairness, by accuracy and for the worst-off agent; several that tie are all named.

    Over several seeds all are named that are not clearly behind (``Comparison.pairs``). With one seed there are no
    verdicts, and accuracies and gains within the test's own error of the best are not told apart from it
    (``cgs_core.metrics.accuracy_error``).
    """
    n_seeds = comparison.n_seeds
    sure = f"{n_seeds} seeds, paired" if n_seeds > 1 else "one seed, so no verdict"
    found = (_fairness(comparison), _best_part(comparison, "mean_accuracy"), _best_part(comparison, "worst_gain"))
    text = "; ".join(part for part in found if part)
    return f"{text[:1].upper()}{text[1:]}. ({sure[0].upper()}{sure[1:]}.)"


def stars(comparison: Comparison) -> str:
    """What a star beside a measure means."""
    n_seeds = comparison.n_seeds
    if n_seeds == 1:
        return ONE_SEED
    return f"★ nobody is clearly better (beside a wide spread: the seeds cannot tell): {clearly(n_seeds)}."


def efficiency(cost: ExactCost) -> str:
    """Whether the cosine is worth its error: what it saves a server against the exact value, and when that matters."""
    times = cost.exact / cost.approximate
    ratio = (
        f"{times:.0f} times as long" if times >= 2 else "hardly longer" if times < 1.2 else f"{times:.1f} times as long"
    )
    where = (
        "up to 24 agents φ never takes so much longer"
        if cost.matters_from is None
        else f"from {cost.matters_from} agents on φ takes so much longer"
    )
    ours, exact, shared, training = (
        f"{1e3 * seconds:.2f} ms" for seconds in (cost.approximate, cost.exact, cost.gram, cost.training)
    )
    return (
        f"Is ψ more efficient than the exact value φ? Here ({cost.n_agents} agents, uploads of this size) a server "
        f"needs {ours} a round for ψ and {exact} for φ, {ratio}; the Gram matrix, which both rest on, is {shared} of "
        f"either. An agent trains for {training} a round: {where}."
    )


def _fairness(comparison: Comparison) -> str:
    """The highest fairness, with the worst gain beside it; with one seed the range, and no winner."""
    scenario = comparison.scenario
    if dishonest := [index for index, agent in enumerate(scenario.full_agents) if agent.conduct != "honest"]:
        return f"fairness is not told, since {agent_names(dishonest)} {'are' if dishonest[1:] else 'is'} not honest"
    rivals = [place for place, name in enumerate(comparison.mechanisms) if MECHANISMS[name].reward_rule != "own"]
    known = [place for place in rivals if np.isfinite(mean(comparison, "fairness_score", place))]
    if not known:
        return "fairness (Pearson r) is undefined: models differ by no more than the test's error"
    return _fairest_of_one_seed(comparison, known) if comparison.n_seeds == 1 else _fairest(comparison)


def _with_worst_gain(comparison: Comparison, place: int) -> str:
    score, worst = (written(name, mean(comparison, name, place)) for name in ("fairness_score", "worst_gain"))
    spread = _by_seed(comparison, "fairness_score", place)
    return f"**{MECHANISMS[comparison.mechanisms[place]].title}** ({score}{spread}; worst gain {worst})"


def _by_seed(comparison: Comparison, measure: str, place: int) -> str:
    """From the seed with the least to that with the most; nothing of one seed."""
    own = comparison.measures[measure][:, place]
    own = own[np.isfinite(own)]
    return f", by seed {number(measure, float(own.min()))} to {number(measure, float(own.max()))}" * (len(own) > 1)


def _fairest_of_one_seed(comparison: Comparison, known: list[int]) -> str:
    by_score = sorted(known, key=lambda place: mean(comparison, "fairness_score", place))
    low, high = by_score[0], by_score[-1]
    spread = mean(comparison, "fairness_score", high) - mean(comparison, "fairness_score", low)
    if spread < _SAME_FAIRNESS and len(known) > 1:
        return f"fairness (Pearson r) is alike: {listed([_with_worst_gain(comparison, place) for place in known])}"
    text = f"fairness (Pearson r): {_with_worst_gain(comparison, low)}"
    return text + (f" to {_with_worst_gain(comparison, high)}" if high != low else "")


def _fairest(comparison: Comparison) -> str:
    """Of those for which fairness is defined with every seed."""
    ranks = comparison.ranks("fairness_score")
    ranked = [place for place, rank in enumerate(ranks) if rank is not None]
    if not ranked:
        return "fairness (Pearson r) is undefined with some seeds, whichever the mechanism: models are the same"
    first = [place for place in ranked if ranks[place] == 1]
    first.sort(key=lambda place: -mean(comparison, "fairness_score", place))
    named = [_with_worst_gain(comparison, place) for place in first]
    if len(ranked) == 1:
        return f"fairness (Pearson r) is defined with every seed under one only: {named[0]}"
    if len(first) == len(ranked):
        return f"fairness (Pearson r) cannot be told apart with these {comparison.n_seeds} seeds: {listed(named)}"
    return f"highest fairness (Pearson r): {_and_not_behind(named)}"


def _best_part(comparison: Comparison, measure: str) -> str:
    """Who is best by accuracy or by a gain: all that are not clearly behind, by the seeds or by the test's error."""
    what = {"mean_accuracy": "mean accuracy", "worst_gain": "gain of who gains least"}[measure]
    means = np.array([mean(comparison, measure, place) for place in range(len(comparison.mechanisms))])
    best = int(np.nanargmax(means))
    if comparison.n_seeds > 1:
        is_tied = np.array([rank == 1 for rank in comparison.ranks(measure)])
    else:
        accuracy = comparison.accuracy.mean(axis=(0, 2))
        error = accuracy_error((accuracy + accuracy[best]) / 2, comparison.scenario.info.n_test)
        is_tied = (means[best] - means < error) | (means == means[best])
    if is_tied.all() and len(is_tied) > 1:
        low, high = (number(measure, float(value)) for value in (np.nanmin(means), np.nanmax(means)))
        chance = "beyond the test's error" if comparison.n_seeds == 1 else f"with these {comparison.n_seeds} seeds"
        return f"{what}: no two can be told apart {chance} ({low} to {high}{_unit(measure)})"
    tied = sorted(np.flatnonzero(is_tied).tolist(), key=lambda place: -means[place])
    if tied == [best]:
        return f"{what}: {_named(comparison, measure, best, _ahead(comparison, measure, best, means))}"
    if comparison.n_seeds == 1:
        return f"{what}: {_tied([_named(comparison, measure, place) for place in tied])}"
    named = [_named(comparison, measure, place, _behind(comparison, measure, place, best)) for place in tied]
    return f"{what}: {_and_not_behind(named)}"


def _named(comparison: Comparison, measure: str, place: int, more: str = "") -> str:
    title, value = MECHANISMS[comparison.mechanisms[place]].title, mean(comparison, measure, place)
    return f"**{title}** ({written(measure, value)}{more})"


def _behind(comparison: Comparison, measure: str, place: int, best: int) -> str:
    """How far the mean is behind the best one's, and how far that might be off: a wide spread is seen from it."""
    if place == best:
        return ""
    pair = comparison.pairs[measure][min(place, best), max(place, best)]
    return f"; {points(-abs(pair.mean))} ± {100 * pair.margin:.1f} points"


def _and_not_behind(named: list[str]) -> str:
    """The best by its mean first; then those whom the seeds do not show behind it."""
    return named[0] + (f", not clearly behind it {listed(named[1:])}" if named[1:] else "")


def _ahead(comparison: Comparison, measure: str, place: int, means: FloatArray) -> str:
    """By how much the one best is above the next by its mean, where that is clear: a paired difference in points."""
    if comparison.n_seeds == 1:
        return ""
    following = max((other for other in range(len(means)) if other != place), key=lambda other: means[other])
    pair = comparison.pairs[measure][min(place, following), max(place, following)]
    if not pair.verdict:
        return ""
    title = MECHANISMS[comparison.mechanisms[following]].title
    return f"; {100 * abs(pair.mean):.1f} ± {100 * pair.margin:.1f} points above {title}"


def _unit(measure: str) -> str:
    return " points" if MEASURES[measure].unit == "points" else ""


def _tied(named: list[str]) -> str:
    return listed(named) + " cannot be told apart" * (len(named) > 1)


def verdict(holds: Sequence[bool | None]) -> str:
    """Whether a property held in the runs of several seeds, as a sign; a dash where none of them can tell."""
    known = [one for one in holds if one is not None]
    if not known:
        return "–"
    mark = "✓" if all(known) else "✗"
    return (
        mark if len(holds) == 1 or all(known) or not any(known) else f"{mark} in {known.count(False)} of {len(known)}"
    )
