"""How far estimates are from the truth: the length of their difference, as a part of the truth's length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.estimators import ESTIMATORS, estimates_at
from cgs_core.studies.estimators import rebuilt
from cgs_core.studies.estimators.games import GAME_CASES, Game, Rebuilt
from cgs_core.typing import Contribution, FloatArray

BUDGETS = (20, 32, 48, 64, 96, 128, 192)
"""Models that may be trained, of the 255 that eight agents' coalitions have."""

N_STREAMS = 100
"""How often each estimate is drawn anew; what is kept is the mean of the errors."""

_GTG_STREAMS = 10
Error = tuple[float, float]
"""Mean error, and mean number of models: trained, or rebuilt."""


def relative_error(estimate: npt.ArrayLike, truth: Contribution) -> FloatArray:
    """|estimate - truth| / |truth|, Euclidean lengths over the agents, the last axis of ``estimate``."""
    gap = np.linalg.norm(np.asarray(estimate, np.float64) - truth, axis=-1)
    return np.asarray(gap / np.linalg.norm(truth))


def sampling_errors(game: Game) -> dict[tuple[str, int], Error]:
    """By estimator and budget: the mean over the streams; without those for which a budget is too small."""
    found: dict[tuple[str, int], Error] = {}
    for name, estimator in ESTIMATORS.items():
        drawn = [estimates_at(game.values, estimator, BUDGETS, _stream(game, own)) for own in range(N_STREAMS)]
        errors = relative_error([estimates for estimates, _ in drawn], game.truth).mean(axis=0)
        models = np.mean([spent for _, spent in drawn], axis=0)
        for budget, error, count in zip(BUDGETS, errors.tolist(), models.tolist(), strict=True):
            if np.isfinite(error):
                found[name, budget] = error, count
    return found


def rebuilt_errors(game: Game, models: Rebuilt) -> dict[str, Error]:
    """By the name of a value that trains once: its error, and how many models it rebuilds and evaluates."""
    drawn = [rebuilt.gtg(models, _stream(game, own)) for own in range(_GTG_STREAMS)]
    gtg = relative_error([worth for worth, _ in drawn], game.truth).mean(), np.mean([count for _, count in drawn])
    exact = {"equal": rebuilt.equal, "once": rebuilt.once, "by_gain": rebuilt.by_gain, "by_round": rebuilt.by_round}
    found = {name: of(models) for name, of in exact.items()}
    return {
        **{name: (float(relative_error(worth, game.truth)), float(count)) for name, (worth, count) in found.items()},
        "gtg": (float(gtg[0]), float(gtg[1])),
    }


def _stream(game: Game, number: int) -> np.random.Generator:
    """The same for every estimator, another for each game and number."""
    place = GAME_CASES.index(game.case) if game.case in GAME_CASES else len(GAME_CASES)
    return np.random.default_rng(np.random.SeedSequence(game.seed, spawn_key=(place, number)))
