"""How long a class of a room waits, in seconds, whoever its students are: websockets or browsers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Waits:
    """What was measured, in seconds, of one round of play.

    Attributes
    ----------
    first_pages: from coming until the lobby is there. joins: from coming until the teacher's page says so many.
    moves: from the first click until the page says that the move is in. trained: of the run, from the click on.
    pays: from the teacher's click on "training" until a student has its own pay.
    """

    first_pages: list[float] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    trained: float = 0.0
    pays: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        """First page, join seen, worst, move in, trained, own pay, worst: 95th percentiles unless it says worst."""
        joins, pays = (p95(self.joins), max(self.joins)), (p95(self.pays), max(self.pays))
        return [f"{one:.2f}" for one in (p95(self.first_pages), *joins, p95(self.moves), self.trained, *pays)]


def p95(values: Sequence[float]) -> float:
    """The 95th percentile: one of the values; NaN of none."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))] if values else float("nan")
