"""The pay that nobody regrets: how good a model each agent is to get, so that none is worse than its own.

Source: the rho-Shapley reward of Sim et al., ICML 2020, v_N (phi_i / max phi)^rho, with rho chosen as in the program of
Tay et al. (XinyiYS/CML-RewardDistribution). Departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

import numpy as np

from cgs_core.typing import FloatArray

_TOLERANCE = 1e-9  # an accuracy is a count: less is rounding


def largest_rho(alone: FloatArray, together: float, share: FloatArray) -> float:
    """The largest rho up to 1 with together * share_i^rho >= alone_i for everybody who can be given that much.

    It is min(1, log(alone_i / together) / log(share_i)) over the agents whose own model is worse than the one of all.
    Whoever's own is as good can gain nothing, and does not count; neither does who is worth most.

    Parameters
    ----------
    alone: (n,) how good each agent's own model is, at least 0.
    together: of the model that all have made.
    share: (n,) in (0, 1], what each is worth against the most worth.
    """
    is_bound = (alone < together) & (share < 1)
    if not is_bound.any():
        return 1.0
    with np.errstate(divide="ignore"):  # a model that is never right binds nobody
        bounds = np.log(alone[is_bound] / together) / np.log(share[is_bound])
    return float(min(1.0, bounds.min()))


def targets(alone: FloatArray, together: float, share: FloatArray) -> FloatArray:
    """(n,) how good a model each agent is to get: together * share^rho, its own where that is as good as all's."""
    wanted: FloatArray = together * share ** largest_rho(alone, together, share)
    return np.where(alone >= together, alone, wanted)


def first_that_reaches(accuracy: FloatArray, wanted: FloatArray) -> FloatArray:
    """(n,) which of several models, in order, is the first to be as good as is wanted.

    Parameters
    ----------
    accuracy: (n_models, n) of each agent's models, the last of which is as good as anybody wants.
    wanted: (n,).
    """
    reaches = accuracy >= wanted - _TOLERANCE
    return np.argmax(reaches, axis=0)
