"""The sentences of the paper's tables: where CGSV wins, ties and loses, and by how much; computed from the runs."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import points
from cgs_core.paper import row_title
from cgs_core.paper_tables import Duel, PaperTable

OURS = "cgsv@1"  # said beforehand: the best of six degrees of altruism, picked afterwards, would flatter it
_SENTENCE = {
    "mean_accuracy": ("standalone", "fedavg", "q_ffl", "cffl"),
    "fairness_score": ("cffl", "rffl", "shapfed"),
}


def duels(table: PaperTable, other: str, quantity: str) -> list[Duel]:
    """CGSV against another row in every column in which two seeds or more have both."""
    found = [table.duel(cell, OURS, other, quantity) for cell in table.cells]
    return [duel for duel in found if duel.outcome is not None]


def headline(table: PaperTable) -> str:
    """Where CGSV is clearly above or below training alone, FedAvg, q-FFL and others, and by how much on average."""
    if OURS not in {case.row for case in table.results}:
        return f"{row_title(OURS)}, which the others are compared with, is not among the runs that are there."
    accuracy = [_against(table, other, "mean_accuracy") for other in _SENTENCE["mean_accuracy"]]
    fairness = [_against(table, other, "fairness_score") for other in _SENTENCE["fairness_score"]]
    parts = [
        f"{what}: {', '.join(words)}"
        for what, own in (("mean accuracy", accuracy), ("fairness", fairness))
        if (words := [one for one in own if one])
    ]
    if not parts:
        return f"{row_title(OURS)} has nobody to be compared with yet."
    return (
        f"**{row_title(OURS)}**, by clear differences only. {'. '.join(part[0].upper() + part[1:] for part in parts)}."
    )


def _against(table: PaperTable, other: str, quantity: str) -> str:
    found = duels(table, other, quantity)
    if not found:
        return ""
    above, below = (sum(duel.outcome == outcome for duel in found) for outcome in (1, -1))
    return (f"above {row_title(other)} in {above} and below in {below} of {len(found)} columns "
            f"({mean_difference(found)} on average)")  # fmt: skip


def mean_difference(found: list[Duel]) -> str:
    """The mean of the columns' differences, times 100, signed; a dash where there is none."""
    return points(float(np.mean([duel.difference for duel in found]))) if found else "–"
