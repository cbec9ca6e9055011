"""How worth becomes importance: the importance rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgs_core.mechanisms.round import Round, small_round
from cgs_core.reward import SINH_FACTOR, mean_importance, sinh_importance, update_importance
from cgs_core.scenario import CHOICES, Row, Rows
from cgs_core.typing import Contribution, Importance


@dataclass(frozen=True)
class ImportanceRule(Row):
    """One row.

    ``update`` takes the importance of the round before (n,), zeros before the first, what was earned in this one
    (n,), and ``importance_smoothing``; where the rule ``takes_round``, the ``Round`` in the place of the smoothing. It
    gives the importance after the round: (n,), at least 0, sums to 1.
    """

    kind = "importance_rule"

    update: Callable[..., Importance]
    takes_round: bool = False

    def of(self, before: Importance, earned: Contribution, given: Round) -> Importance:
        """(n,) the importance after a round. Raises ``AddedError`` where it is none."""
        more = given if self.takes_round else given.rules.importance_smoothing
        importance = self.run(lambda: np.asarray(self.update(before, earned, more), np.float64))
        if importance.shape != before.shape:
            raise self.error(f"must give one number an agent, shape {before.shape}; got shape {importance.shape}")
        if not np.isfinite(importance).all() or importance.min() < 0 or abs(importance.sum() - 1) > 1e-6:
            raise self.error(f"must give numbers of at least 0 that sum to 1; got {importance.tolist()}")
        return importance

    def check(self) -> None:
        self.of(np.zeros(3), np.array([0.2, 0.5, -0.1]), small_round(3))


def _unsmoothed(before: Importance, earned: Contribution, smoothing: float) -> Importance:
    return update_importance(np.zeros_like(before), earned, 0.0)


def _stretched(before: Importance, earned: Contribution, given: Round) -> Importance:
    """CFFL's: the factor grows over the run, to twice its beginning."""
    return sinh_importance(before, earned, SINH_FACTOR * (1 + given.round_index / given.rules.n_rounds))


def _explored(before: Importance, earned: Contribution, given: Round) -> Importance:
    """The mean over the rounds of exploration; after them it stays (Lin et al.)."""
    is_over = given.round_index >= given.rules.exploration_rounds
    return before if is_over else mean_importance(before, earned, given.round_index)


_WORDS = CHOICES["importance_rule"]
IMPORTANCE_RULES = Rows(
    "importance_rule",
    {
        "smoothed": ImportanceRule(_WORDS["smoothed"], update_importance),
        "unsmoothed": ImportanceRule(_WORDS["unsmoothed"], _unsmoothed),
        "cffl": ImportanceRule(_WORDS["cffl"], _stretched, takes_round=True),
        "explored": ImportanceRule(_WORDS["explored"], _explored, takes_round=True),
    },
)
"""How contribution becomes importance, by the names of a scenario's ``importance_rule``."""
