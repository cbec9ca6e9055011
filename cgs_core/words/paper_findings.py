"""The sentences of the paper's tables: where CGSV wins, ties and loses, and by how much; computed from the runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.style import percent, points
from cgs_core.studies.paper import SPLITS, row_title
from cgs_core.studies.paper_tables import Duel, PaperTable
from cgs_core.studies.statistics import ONE_SEED, clearly
from cgs_core.typing import FloatArray

OURS = "cgsv@1"  # said beforehand: the best of six degrees of altruism, picked afterwards, would flatter it
DUELLED = {"fairness_score": "Fairness", "mean_accuracy": "Mean accuracy", "worst_gain": "Worst gain"}
"""By what CGSV is held against every other row: all of these duels are one table."""

_SENTENCE = {
    "mean_accuracy": ("standalone", "fedavg", "q_ffl", "cffl"),
    "fairness_score": ("cffl", "rffl", "shapfed"),
}
SPLIT_WORDS = {"uniform": "equal shards", "powerlaw": "power-law shards", "classimbalance": "class imbalance"}
"""The paper's splits where there is little room."""


def duels(table: PaperTable) -> dict[tuple[str, str], list[Duel]]:
    """CGSV against another row by a quantity, in every column in which two seeds or more have both."""
    found: dict[tuple[str, str], list[Duel]] = {}
    for duel in table.duels(OURS, tuple(DUELLED)):
        if duel.outcome is not None:
            found.setdefault((duel.other or "", duel.quantity), []).append(duel)
    return found


def headline(table: PaperTable) -> str:
    """Where CGSV is clearly above or below others, who ends below training alone, and the best agent against it."""
    if OURS not in {case.row for case in table.results}:
        return f"{row_title(OURS)}, which the others are compared with, is not among the runs that are there."
    found, lines = duels(table), []
    for quantity, others in _SENTENCE.items():
        own = [(row_title(other), found[other, quantity]) for other in others if (other, quantity) in found]
        against = "; ".join(_against(title, of_other, not place) for place, (title, of_other) in enumerate(own))
        parts = [f"clearly {against}"] if against else []
        if quantity == "fairness_score":
            parts.insert(0, _where_fairness_is_defined(table))
        if parts:
            lines.append(f"- **{DUELLED[quantity]}** of {row_title(OURS)}: {'; '.join(parts)}.")
    lines += [line for line in (_below_alone(table), _best_against_best(table)) if line]
    return "\n".join(lines) or f"{row_title(OURS)} has nobody to be compared with yet."


def how_sure(table: PaperTable) -> str:
    """What "clearly" is in the headline; with one seed nothing is clear."""
    return f"Clearly: {clearly(table.seeds_words)}." if table.n_seeds > 1 else ONE_SEED


def _where_fairness_is_defined(table: PaperTable) -> str:
    entries = [table.entry(cell, OURS, "fairness_score") for cell in table.cells]
    n_run, n_defined = sum(entry.n_run for entry in entries), sum(entry.n_defined for entry in entries)
    where = "" if n_defined == n_run else " (elsewhere the test does not tell the best model from the worst)"
    return f"defined in {n_defined} of {n_run} runs{where}"


def _against(title: str, found: list[Duel], is_first: bool) -> str:
    above, below = (sum(duel.outcome == outcome for duel in found) for outcome in (1, -1))
    unit = "hundredths of r" if found[0].quantity == "fairness_score" else "points"
    average, columns = (f" {unit} on average", " columns") if is_first else ("", "")
    return f"above {title} in {above} and below in {below} of {len(found)}{columns} ({mean_difference(found)}{average})"


def _below_alone(table: PaperTable) -> str:
    """How many agents end below alone, and the worst gain, a split each."""
    parts = []
    for split in SPLITS:
        below, worst = (_runs(table, split, quantity) for quantity in ("below_alone_gap", "worst_gain"))
        if len(below) and len(worst):
            share, gain = percent(float(below.mean())), points(float(worst.mean()))
            parts.append(f"{share} under {SPLIT_WORDS[split]} (worst gain {gain} points)")
    if not parts:
        return ""
    return f"- **Agents below training alone** (beyond the test's error) with {row_title(OURS)}: {'; '.join(parts)}."


def _best_against_best(table: PaperTable) -> str:
    """In how many runs the best agent is less accurate than the best that trained alone, and where that is clear."""
    parts = []
    for split in SPLITS:
        gain = _runs(table, split, "best_gain")
        if len(gain):
            mean = points(float(gain.mean()))
            parts.append(
                f"{int((gain < 0).sum())} of {len(gain)} runs under {SPLIT_WORDS[split]} ({mean} points on average)"
            )
    if not parts:
        return ""
    text = f"- **The best agent** of {row_title(OURS)} is less accurate than the best that trained alone in "
    told = [duel for duel in table.signs(OURS, ("best_gain",)) if duel.outcome is not None]
    above, below = (sum(duel.outcome == outcome for duel in told) for outcome in (1, -1))
    clear = f"; clearly so in {below} of {len(told)} columns, clearly more accurate in {above}" if told else ""
    return f"{text}{', '.join(parts)}{clear}."


def _runs(table: PaperTable, split: str, quantity: str) -> FloatArray:
    """A quantity of all of CGSV's runs of a split, where it is defined."""
    values = [
        value
        for cell in table.cells
        if cell.split == split
        for value in table.values(cell, OURS, quantity).values()
        if np.isfinite(value)
    ]
    return np.array(values)


def mean_difference(found: Sequence[Duel]) -> str:
    """The mean of the columns' differences, times 100, signed."""
    return points(float(np.mean([duel.difference for duel in found])))
