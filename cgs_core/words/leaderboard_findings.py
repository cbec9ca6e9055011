"""The sentences of the leaderboard, computed from its scores: where a valuation is right, what holds on which data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cgs_core.figures.style import listed, percent, points, signed
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.leaderboard.board import COLUMNS, Board, Entry, Told, method_title, needs_samples
from cgs_core.studies.leaderboard.cases import FAMILIES, STORIES
from cgs_core.studies.leaderboard.claims import Checked, Claim
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.statistics import ONE_SEED, clearly

_NAMED = 3  # of those whom nobody is clearly above
_PRINTED = ("pearson", "share_error", "detection", "worth_gain", "pay_pearson", "below_alone_gap", "mean_accuracy")


def where_right(board: Board, method: str) -> str:
    """Where a valuation clearly agrees with the truth, where it says the opposite, and where neither is told."""
    found = {family: told for (name, family), told in board.right_where.items() if name == method}
    parts = []
    for outcome, words in (
        (1, "agrees with the truth on average over the cases about {}"),
        (-1, "says the opposite on average over the cases about {}"),
        (0, "cannot be told to do either over the cases about {}"),
    ):
        own = [f"{FAMILIES[family]} ({correlation(told)})" for family, told in found.items() if told.outcome == outcome]
        if own:
            parts.append(words.format(listed(own)))
    if not parts:
        return f"Of {method_title(method)} nothing has been computed in cases whose truth is sure of itself."
    return f"**{method_title(method)}** {'; it '.join(parts)}."


def eyes(board: Board) -> str:
    """In how many cases the valuations, with samples and without, are clearly upside down."""
    if board.n_seeds < 2:
        return ""
    parts = []
    for has_samples, words in ((False, "that need no samples"), (True, "that ask samples set aside")):
        own = [name for name in board.valuations if name != TRUTH and needs_samples(name) == has_samples]
        if own:
            counts = {name: board.n_wrong(name) for name in own}
            parts.append(f"of {len(own)} values {words} {_spread_of(counts)}")
    return f"Clearly upside down in some of {int(board.is_sure.sum())} cases: {'; '.join(parts)}."


def _spread_of(counts: dict[str, int]) -> str:
    """How many are in some, and in how many the fewest and the most."""
    best, worst = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if not counts[worst]:
        return "none"
    n_some = sum(map(bool, counts.values()))
    ends = f"from {counts[best]} ({method_title(best)}) to {counts[worst]} ({method_title(worst)})"
    return f"{'all' if n_some == len(counts) else n_some}, {ends if counts[best] != counts[worst] else counts[worst]}"


def leaders(board: Board, score: str = "pearson") -> str:
    """Whom nobody is clearly above."""
    entries = board.entries(score)
    first = [name for name, entry in entries.items() if entry.rank == 1]
    if not first:
        return ONE_SEED if board.n_seeds < 2 else ""
    sign = 1 if COLUMNS[score].is_more_better else -1
    first.sort(key=lambda name: -sign * entries[name].mean)
    names = listed([f"{method_title(name)} ({entry_text(score, entries[name])})" for name in first[:_NAMED]])
    more = len(first) - _NAMED
    others = f", nor above {more} {'other' if more == 1 else 'others'}" if more > 0 else ""
    ranked = sum(entry.rank is not None for entry in entries.values())
    return f"In {COLUMNS[score].title.lower()} with the truth nobody of {ranked} is clearly above {names}{others}."


def how_sure(board: Board) -> str:
    """What stands behind the table's verdicts: seeds, cases, comparisons."""
    if board.n_seeds < 2:
        return ONE_SEED
    n_rows = len(board.valuations) - 1
    complete, sure = int(board.is_complete.sum()), int(board.counting("pearson").sum())
    return (
        f"{len(board.cases)} cases with {seeds_words(board)} seeds; means are of the {complete} with {board.n_seeds}, "
        f"those of agreement of {sure} of these, whose truth, trained once more from another start, clearly agrees "
        f"with itself. Clearly: {clearly(board.n_seeds)}; {n_rows * (n_rows - 1) // 2} pairs in a "
        f"column, and {len(board.right_where)} verdicts on where each is right."
    )


def seeds_words(board: Board) -> str:
    """How many seeds cases have: "10", or "2 to 10"."""
    counts = sorted({board.of_seeds(case.name) for case in board.cases})
    return " to ".join(map(str, dict.fromkeys((counts[0], counts[-1])))) if counts else "0"


def claim_text(claim: Claim, found: dict[str, tuple[Checked, ...]] | None) -> str:
    """The claim, and on which data sets the numbers bear it out."""
    head = f"**{'What one would expect' if claim.is_expected else 'Finding'}.** {claim.sentence}"
    if not found:
        return f"{head} Not computed."
    parts = [
        f"{DATASETS[dataset].title}: **{'holds' if all(one.holds for one in checks) else 'does not hold'}**"
        for dataset, checks in found.items()
    ]
    return f"{head} {'; '.join(parts)}."


def evidence(one: Checked) -> dict[str, str]:
    """What a check is of, what it came to, and what it had to be: cells of a table."""
    check = one.check
    against = f" less that of {method_title(check.less)}" if isinstance(check.less, str) else ""
    where = f", in {listed([f'“{STORIES[story].title}”' for story in check.stories])}" if check.stories else ""
    limit = 0.0 if isinstance(check.less, str) else check.less
    margin = f" ± {_margin(check.score, one.told.margin)}" if math.isfinite(one.told.margin) else ""
    unit = " points" if COLUMNS[check.score].unit == "points" else ""
    return {
        "What": f"{COLUMNS[check.score].title} of {method_title(check.method)}{against}{where}",
        "Measured": f"{number_text(check.score, one.told.mean + limit)}{margin}{unit}",
        "Wanted": f"clearly {'above' if check.sign > 0 else 'below'} {limit:g}",
        "So": "yes" if one.holds else "no",
    }


def correlation(told: Told) -> str:
    """A mean correlation with its interval and how many cases it is of."""
    margin = f" ± {told.margin:.2f}" if math.isfinite(told.margin) else ""
    return f"{signed(f'{told.mean:+.2f}')}{margin}, {told.n_cases} {'case' if told.n_cases == 1 else 'cases'}"


def entry_text(score: str, entry: Entry) -> str:
    """A cell of the table: mean ± half an interval."""
    if not math.isfinite(entry.mean):
        return "–"
    return number_text(score, entry.mean) + (f" ± {_margin(score, entry.margin)}" if np.isfinite(entry.margin) else "")


def number_text(score: str, value: float) -> str:
    """A number of a score in its unit."""
    unit = COLUMNS[score].unit
    if unit == "points":
        return points(value)
    return percent(value, 1) if unit == "percent" else signed(f"{value:.2f}")


def _margin(score: str, margin: float) -> str:
    return f"{100 * margin:.1f}" if COLUMNS[score].unit else f"{margin:.2f}"


def board_table(board: Board) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows to read on a terminal; * where nobody is clearly better."""
    columns = {name: board.entries(name) for name in _PRINTED}
    cells = [[cell_text(name, own, method, "*") for name, own in columns.items()] for method in board.methods]
    return table_of([COLUMNS[name].title for name in _PRINTED], board.methods, cells)


def table_of(
    titles: Sequence[str], methods: Sequence[str], cells: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows to read on a terminal: a method a row, with its title before its cells and what it needs after."""
    rows = [
        (method_title(method), *own, "needs samples" if needs_samples(method) else "")
        for method, own in zip(methods, cells, strict=True)
    ]
    return ("", *titles, ""), rows


def under_table(board: Board) -> str:
    """What its stars mean, and what stands behind them."""
    return (
        f"* nobody is clearly better. (of n): over so many cases alone. {how_sure(board)}"
        if board.n_seeds > 1
        else ONE_SEED
    )


def cell_text(score: str, entries: dict[str, Entry], method: str, star: str) -> str:
    """A method's cell, starred where nobody is clearly better; and of how many cases, where others have more."""
    if method not in entries:
        return ""
    own = entries[method]
    has_fewer = own.n_cases < max(one.n_cases for one in entries.values())
    return entry_text(score, own) + (star if own.rank == 1 else "") + (f" (of {own.n_cases})" if has_fewer else "")
