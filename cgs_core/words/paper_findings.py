"""The sentences of the paper's tables: where CGSV wins, ties and loses, and by how much; computed from the runs."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import points
from cgs_core.studies.paper import row_title
from cgs_core.studies.paper_tables import Duel, PaperTable

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
    lines = []
    for quantity, words in (("mean_accuracy", "Mean accuracy"), ("fairness_score", "Fairness")):
        found = [(row_title(other), duels(table, other, quantity)) for other in _SENTENCE[quantity]]
        parts = [_against(title, own, is_first=not place) for place, (title, own) in enumerate(_there(found))]
        if parts:
            lines.append(f"- **{words}** of {row_title(OURS)}: clearly {'; '.join(parts)}.")
    return "\n".join(lines) or f"{row_title(OURS)} has nobody to be compared with yet."


def _there(found: list[tuple[str, list[Duel]]]) -> list[tuple[str, list[Duel]]]:
    return [(title, own) for title, own in found if own]


def _against(title: str, found: list[Duel], is_first: bool) -> str:
    above, below = (sum(duel.outcome == outcome for duel in found) for outcome in (1, -1))
    average = " on average" if is_first else ""
    columns = " columns" if is_first else ""
    return f"above {title} in {above} and below in {below} of {len(found)}{columns} ({mean_difference(found)}{average})"


def mean_difference(found: list[Duel]) -> str:
    """The mean of the columns' differences, times 100, signed."""
    return points(float(np.mean([duel.difference for duel in found])))
