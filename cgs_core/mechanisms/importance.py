"""How worth becomes importance: the importance rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgs_core.reward import sinh_importance, update_importance
from cgs_core.scenario import CHOICES, Row, Rows
from cgs_core.typing import Contribution, Importance


@dataclass(frozen=True)
class ImportanceRule(Row):
    """One row.

    ``update`` takes the importance of the round before (n,), zeros before the first, what was earned in this one
    (n,), and ``importance_smoothing``; it gives the importance after the round: (n,), at least 0, sums to 1.
    ``eviction_factor`` is the part of an equal share below which the rule ``sparsified_or_evicted`` evicts (RFFL's,
    unless told).
    """

    kind = "importance_rule"

    update: Callable[[Importance, Contribution, float], Importance]
    eviction_factor: float = 1 / 3

    def of(self, before: Importance, earned: Contribution, smoothing: float) -> Importance:
        """(n,) the importance after a round. Raises ``AddedError`` where it is none."""
        importance = self.run(lambda: np.asarray(self.update(before, earned, smoothing), np.float64))
        if importance.shape != before.shape:
            raise self.error(f"must give one number an agent, shape {before.shape}; got shape {importance.shape}")
        if not np.isfinite(importance).all() or importance.min() < 0 or abs(importance.sum() - 1) > 1e-6:
            raise self.error(f"must give numbers of at least 0 that sum to 1; got {importance.tolist()}")
        return importance

    def check(self) -> None:
        self.of(np.zeros(3), np.array([0.2, 0.5, -0.1]), 0.9)


IMPORTANCE_RULES = Rows(
    "importance_rule",
    {
        "smoothed": ImportanceRule(CHOICES["importance_rule"]["smoothed"], update_importance),
        "cffl": ImportanceRule(CHOICES["importance_rule"]["cffl"], sinh_importance, eviction_factor=2 / 3),
    },
)
"""How contribution becomes importance, by the names of a scenario's ``importance_rule``."""
