"""What the games tell of estimators: mean errors with intervals over the seeds, and who is clearly nearer to the truth.

An estimator has one number a seed and budget, its mean error over the games; those of two are told apart by the rules
of the leaderboard (``cgs_core.studies.statistics``), all pairs at all budgets one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgs_core.contribution.estimators import ESTIMATORS
from cgs_core.studies.estimators.errors import BUDGETS, relative_error
from cgs_core.studies.estimators.games import N_AGENTS
from cgs_core.studies.estimators.rebuilt import TITLES
from cgs_core.studies.estimators.results import Study
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.results import Truths
from cgs_core.studies.statistics import all_pairs, n_above, paired_differences, verdicts
from cgs_core.typing import FloatArray

N_MODELS = 2**N_AGENTS - 1
"""Coalitions but nobody: as many models as the truth trains."""


@dataclass(frozen=True)
class Mean:
    """A mean error over the seeds, half of a 95 % interval (NaN with one seed), and the mean number of models.

    ``rank`` is 1 + how many are clearly nearer; None where nothing is compared.
    """

    error: float
    margin: float
    models: float
    rank: int | None = None


class Told:
    """Of the games of some data sets; seeds that lack one of them are left out."""

    def __init__(self, study: Study, datasets: Sequence[str] | None = None) -> None:
        keys = [key for key in study.games if datasets is None or CASES[key[0]].dataset in datasets]
        self.study = study
        self.cases = tuple(name for name in CASES if any(name == case for case, _ in keys))
        self.seeds = tuple(
            seed for seed in sorted({seed for _, seed in keys}) if all((case, seed) in keys for case in self.cases)
        )

    @property
    def is_empty(self) -> bool:
        return not self.seeds

    @property
    def budgets(self) -> tuple[int, ...]:
        return BUDGETS

    @property
    def estimators(self) -> tuple[str, ...]:
        return tuple(ESTIMATORS)

    @property
    def n_compared(self) -> int:
        """How many pairs at how many budgets, in all."""
        n = len(self.estimators)
        return len(self.budgets) * n * (n - 1) // 2

    @cached_property
    def _by_seed(self) -> FloatArray:
        """(n_budgets, n_estimators, n_seeds, 2) error and models, means over the games; NaN where undefined."""
        found = np.full((len(self.budgets), len(self.estimators), len(self.seeds), len(self.cases), 2), np.nan)
        for s, seed in enumerate(self.seeds):
            for c, case in enumerate(self.cases):
                errors = self.study.errors[case, seed]
                for e, name in enumerate(self.estimators):
                    for b, budget in enumerate(self.budgets):
                        found[b, e, s, c] = errors.get((name, budget), (np.nan, np.nan))
        return np.asarray(found.mean(axis=3))

    @cached_property
    def _ranks(self) -> list[list[int | None]]:
        """By budget and estimator; all pairs at all budgets are one table."""
        errors = self._by_seed[..., 0]
        outcomes = verdicts(paired_differences(np.concatenate([all_pairs(-own) for own in errors])))
        parts = outcomes.reshape(len(errors), -1)
        return [
            [
                1 + int(above) if np.isfinite(own[place]).all() else None
                for place, above in enumerate(n_above(part, len(own)))
            ]
            for own, part in zip(errors, parts, strict=True)
        ]

    def at(self, budget: int) -> dict[str, Mean]:
        """By estimator: its mean error with so many models; without those that need more to begin."""
        place = self.budgets.index(budget)
        found = {}
        for e, name in enumerate(self.estimators):
            errors, models = self._by_seed[place, e, :, 0], self._by_seed[place, e, :, 1]
            if np.isfinite(errors).all():
                rank = self._ranks[place][e] if len(self.seeds) > 1 else None
                found[name] = _mean(errors, float(models.mean()), rank)
        return found

    def nearest(self, budget: int) -> list[str]:
        """Those than whom nobody is clearly nearer, the smallest mean error first."""
        entries = self.at(budget)
        first = [name for name, own in entries.items() if own.rank == 1]
        return sorted(first, key=lambda name: entries[name].error)

    def once(self) -> dict[str, Mean]:
        """By the name of a value that trains one model: its mean error, and how many models it rebuilds."""
        found = {}
        for name in TITLES:
            own = np.array(
                [[self.study.rebuilt[case, seed][name] for case in self.cases] for seed in self.seeds], np.float64
            ).mean(axis=1)
            found[name] = _mean(own[:, 0], float(own[:, 1].mean()))
        return found

    def restarted(self, truths: Truths) -> float | None:
        """How far the truth is from that of another start, in the leaderboard's results; None where they have none."""
        errors = []
        for key, game in self.study.games.items():
            if key[0] in self.cases and key[1] in self.seeds and key in truths:
                again = [line["accuracy_again"] for line in truths[key]]
                if None not in again:
                    errors.append(float(relative_error(np.array(again, np.float64), game.truth)))
        return float(np.mean(errors)) if errors else None


def _mean(errors: FloatArray, models: float, rank: int | None = None) -> Mean:
    margin = float(paired_differences(errors[None]).margin[0])
    return Mean(float(errors.mean()), margin, models, rank)
