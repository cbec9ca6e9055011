"""The sentences of how steady values are, computed: who gains by joining twice or by splitting, under which value."""

from __future__ import annotations

import math

from cgs_core.figures.style import listed, points, signed
from cgs_core.studies.leaderboard.board import Entry, Told, method_title
from cgs_core.studies.leaderboard.steady import STEADY_SCORES, TWO_NAMES
from cgs_core.studies.leaderboard.steady_board import STEADY_COLUMNS, SteadyBoard
from cgs_core.studies.statistics import ONE_SEED, clearly
from cgs_core.words.leaderboard_findings import table_of

_WAYS = {
    "copy_gain": "Who joins a second time with the same data",
    "split_gain": "Who splits its data between two names",
}


def two_names(board: SteadyBoard) -> list[str]:
    """Under how many values a second name clearly pays, and where it pays least and most; a sentence a way."""
    if board.n_seeds < 2:
        return [ONE_SEED]
    return [_way(board, name) for name in TWO_NAMES]


def _way(board: SteadyBoard, name: str) -> str:
    told = {method: board.gains[method, name] for method in board.methods}
    parts: list[str] = []
    for outcome, words in ((1, "a larger share of all worth"), (-1, "a smaller one")):
        own = sorted((one for one in told if told[one].outcome == outcome), key=lambda one: abs(told[one].mean))
        if own:
            ends = [
                f"{_points(told[method])} under {method_title(method)}" for method in dict.fromkeys((own[0], own[-1]))
            ]
            of_all = "" if parts else f" of {len(told)} values"
            parts.append(f"{words} under {len(own)}{of_all} ({' to '.join(ends)})")
    if untold := sum(one.outcome == 0 for one in told.values()):
        parts.append(f"neither for sure under {untold}")
    return f"{_WAYS[name]} gets {listed(parts)}."


def _points(told: Told) -> str:
    return f"{points(told.mean)} ± {100 * told.margin:.1f} points"


def steady_text(score: str, entry: Entry) -> str:
    """A cell of the table: mean ± half an interval."""
    if not math.isfinite(entry.mean):
        return "–"
    in_points = STEADY_COLUMNS[score].unit == "points"
    mean = points(entry.mean) if in_points else signed(f"{entry.mean:.2f}")
    if not math.isfinite(entry.margin):
        return mean
    return f"{mean} ± {100 * entry.margin:.1f}" if in_points else f"{mean} ± {entry.margin:.2f}"


def steady_cell(score: str, entries: dict[str, Entry], method: str, star: str) -> str:
    """A value's cell, starred where nobody is clearly better; and of how many cases, where others have more."""
    own = entries[method]
    has_fewer = own.n_cases < max(one.n_cases for one in entries.values())
    return steady_text(score, own) + (star if own.rank == 1 else "") + (f" (of {own.n_cases})" if has_fewer else "")


def steady_sure(board: SteadyBoard) -> str:
    """What the table is of, and what stands behind its verdicts."""
    if board.n_seeds < 2:
        return ONE_SEED
    n_rows = len(board.methods)
    return (
        f"{len(board.cases)} cases of five agents, {board.n_seeds} seeds. Shares: of all worth above 0; what one gains "
        f"the others lose. The first and the last agent are doubled, one at a time. Clearly: {clearly(board.n_seeds)}; "
        f"{n_rows * (n_rows - 1) // 2} pairs in a column, {len(board.gains)} gains."
    )


def steady_table(board: SteadyBoard) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows to read on a terminal; * where nobody is clearly better."""
    columns = {name: board.entries(name) for name in STEADY_SCORES}
    cells = [[steady_cell(name, own, method, "*") for name, own in columns.items()] for method in board.methods]
    return table_of([STEADY_COLUMNS[name].title for name in STEADY_SCORES], board.methods, cells)
