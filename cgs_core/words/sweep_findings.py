"""The sentence that says what a sweep found, with how sure it is: computed from its table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.figures.style import percent, points, signed
from cgs_core.measures import MEASURES
from cgs_core.studies.statistics import LEVEL, SMALLEST_EFFECT, all_pairs, paired_differences, pairs_of, verdicts
from cgs_core.studies.sweeps import SweepTable
from cgs_core.words.written import field_title, unbroken, value_text

SWEPT = tuple(
    name
    for name in MEASURES
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
        "valuation_pearson_score",
        "valuation_l1_error",
    )
)
"""The measures that a sweep can be looked at by, in the order of a menu."""

MAIN = ("fairness_score", "mean_accuracy", "worst_gain")
APPROXIMATION = ("valuation_l1_error", "valuation_pearson_score")
"""What is looked at instead where the question is how near a valuation is to the exact one."""

_UNDEFINED = "undefined"
_SMALL = 0.1  # a smaller number has a third decimal


def law(table: SweepTable, measures: Sequence[str] = MAIN) -> str:
    """What changes from the first to the last value that is there; of two fields, where the measures are extreme.

    A change is one where the seeds tell the ends apart: by paired differences, the measures together one table
    (``cgs_core.studies.statistics``). One seed tells none.
    """
    (field, values), *others = table.sweep.grid.items()
    if others:
        return _extremes(table, measures)
    if (ends := _ends(table)) is None:
        return f"**{field_title(field)}**: the first runs are on their way."
    first, last = ends
    changes = _changes(table, measures, [(name, (first,), (last,)) for name in measures])
    parts = [_change_words(table, change) for change in changes]
    return (
        f"**From {value_text(field, values[first])} to {value_text(field, values[last])}** ({field_title(field)}): "
        f"{'; '.join(parts)}. {unbroken(_sure(table, sum(change.n_seeds > 1 for change in changes)))}"
    )


def brief(table: SweepTable, measures: Sequence[str] = MAIN) -> str:
    """The law where there is room for two lines: two measures at both ends, without their spread."""
    (field, values), *others = table.sweep.grid.items()
    if others:
        return _extremes(table, measures[:1])
    if (ends := _ends(table)) is None:
        return law(table, measures)
    first, last = ends
    parts = []
    for change in _changes(table, measures, [(name, (first,), (last,)) for name in measures])[:2]:
        before, after = (_mean_words(table, change.name, place) for place in (change.first, change.last))
        known = before != _UNDEFINED and after != _UNDEFINED
        arrow = f"{before} → {after}" if change.verdict or not known else f"{before} and {after}, not told apart"
        arrow = _UNDEFINED if before == after == _UNDEFINED else arrow
        parts.append(f"{_title(change.name)} {arrow}")
    texts = " → ".join(value_text(field, values[index]) for index in (first, last))
    return f"**{field_title(field)} {texts}**: {'; '.join(parts)}. ({_seeds_words(table)}.)"


@dataclass(frozen=True)
class _Change:
    """One measure at two places of the grid: the second less the first, over the seeds that define both."""

    name: str
    first: tuple[int, ...]
    last: tuple[int, ...]
    mean: float
    margin: float
    n_seeds: int
    verdict: int


def _changes(
    table: SweepTable, measures: Sequence[str], asked: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]]
) -> list[_Change]:
    """Of one table of comparisons: what is asked for."""
    values = {name: table.measure(name) for name in measures}
    told = paired_differences(np.array([values[name][last] - values[name][first] for name, first, last in asked]))
    numbers = zip(asked, told.mean, told.margin, told.n_seeds, verdicts(told), strict=True)
    return [_Change(*own, float(mean), float(margin), int(n), int(sign)) for own, mean, margin, n, sign in numbers]


def _ends(table: SweepTable) -> tuple[int, int] | None:
    """The first and the last value of one field that runs are there of; None with fewer than two."""
    there = np.flatnonzero(np.isfinite(table.measure("mean_accuracy")).any(axis=1))
    return (int(there[0]), int(there[-1])) if len(there) > 1 else None


def _n_seeds(table: SweepTable) -> int:
    return len({point.seed for point in table.rows})


def _seeds_words(table: SweepTable) -> str:
    n_seeds = _n_seeds(table)
    return "one seed, which tells no change from chance" if n_seeds == 1 else f"{n_seeds} seeds, paired"


def _sure(table: SweepTable, n_compared: int) -> str:
    """How sure it is: how many seeds there are, what ± is, and how often a change is told that is none."""
    if _n_seeds(table) == 1:
        return "One seed, which tells no change from chance."
    told = f"{_n_seeds(table)} seeds, paired; ±: {100 * (1 - LEVEL):g} % interval of one change by itself"
    return told + (f"; {100 * LEVEL:g} % false discoveries among {n_compared} measures." if n_compared > 1 else ".")


def _change_words(table: SweepTable, change: _Change) -> str:
    """One measure at both ends, for instance "accuracy rises from 92.1 % to 95.0 % (+2.9 ± 0.4 points)"."""
    title, before, after = (
        _title(change.name),
        *(_mean_words(table, change.name, place) for place in (change.first, change.last)),
    )
    if before == after == _UNDEFINED:
        return f"{title} is undefined at both ends"
    if _UNDEFINED in (before, after):
        known, where = (before, "at first") if after == _UNDEFINED else (after, "at the end")
        return f"{title} is {known} {where} and undefined at {'the end' if where == 'at first' else 'first'}"
    if change.n_seeds < 2:
        return f"{title}: {before} and {after}"
    margin = _signed(change.margin, change.name).lstrip("+")
    size = f"{_signed(change.mean, change.name)} ± {margin}{_unit(change.name)}"
    if not change.verdict:
        return f"{title} is not told apart: {before} and {after} ({size}{_although(change)})"
    return f"{title} {'rises' if change.verdict > 0 else 'falls'} from {before} to {after} ({size})"


def _although(change: _Change) -> str:
    """Why a change is not told apart whose interval by itself leaves 0 out; "" of another."""
    if abs(change.mean) <= change.margin:
        return ""
    if abs(change.mean) < SMALLEST_EFFECT:
        return ", too small to count"
    return ", clear by itself but not among all of these"


def _extremes(table: SweepTable, measures: Sequence[str]) -> str:
    """Of two fields: where each measure is highest and lowest, means over the seeds, and whether these are told apart.

    The places are picked, so all pairs of places are the table that their comparison belongs to.
    """
    fields = " and ".join(f"**{field_title(field)}**" for field in table.sweep.fields)
    known = [name for name in measures if np.isfinite(table.mean(name)).any()]
    outcomes = _pairs_told(table, known)
    parts = []
    for name in known:
        mean = table.mean(name)
        ends = [np.unravel_index(int(pick(mean)), mean.shape) for pick in (np.nanargmax, np.nanargmin)]
        high, low = (f"{_written(mean[place], name)} at {_place(table, place)}" for place in ends)
        text = f"{_title(name)} is highest, {high}, and lowest, {low}"
        is_told = _n_seeds(table) == 1 or outcomes[name][tuple(int(np.ravel_multi_index(e, mean.shape)) for e in ends)]
        parts.append(text if is_told else f"{text}, which are not told apart")
    found = "; ".join(parts) if parts else "the first runs are on their way"
    return f"{fields}: {found}. ({_seeds_words(table)[:1].upper()}{_seeds_words(table)[1:]}.)"


def _pairs_told(table: SweepTable, measures: Sequence[str]) -> dict[str, npt.NDArray[np.bool_]]:
    """By measure (n_places, n_places): whether the seeds tell two places of the grid apart."""
    if not measures or _n_seeds(table) == 1:
        return {}
    n_places = math.prod(table.sweep.shape)
    first, second = pairs_of(n_places)
    changes = [all_pairs(table.measure(name).reshape(n_places, -1)) for name in measures]
    told = np.split(verdicts(paired_differences(np.concatenate(changes))) != 0, len(measures))
    found = {}
    for name, own in zip(measures, told, strict=True):
        found[name] = np.zeros((n_places, n_places), np.bool_)
        found[name][first, second] = found[name][second, first] = own
    return found


def _title(name: str) -> str:
    title = MEASURES[name].title
    return f"{title[0].lower()}{title[1:]}"


def _mean_words(table: SweepTable, name: str, place: tuple[int, ...]) -> str:
    mean = float(table.mean(name)[place])
    return _written(mean, name) if np.isfinite(mean) else _UNDEFINED


def _place(table: SweepTable, place: tuple[np.intp, ...]) -> str:
    grid = table.sweep.grid.items()
    texts = [value_text(field, values[index]) for (field, values), index in zip(grid, place, strict=True)]
    return f"({', '.join(texts)})"


def _number(value: float, name: str) -> str:
    if MEASURES[name].unit == "points":
        return points(value)
    if MEASURES[name].is_fraction:
        return percent(value, 1).removesuffix(" %")
    return signed(f"{value:.2f}" if abs(value) >= _SMALL else f"{value:.3f}")


def _written(value: float, name: str) -> str:
    unit = " points" if MEASURES[name].unit == "points" else "\u00a0%" if MEASURES[name].is_fraction else ""
    return f"**{_number(value, name)}{unit}**"


def _signed(value: float, name: str) -> str:
    """A change: of fractions in points."""
    return points(value) if MEASURES[name].is_fraction else signed(f"{value:+.2f}")


def _unit(name: str) -> str:
    return " points" if MEASURES[name].is_fraction else ""
