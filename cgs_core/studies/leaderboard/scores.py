"""How far a valuation is right: functions of its worths, the truth, and the game that the truth is of.

A worth that tells nobody apart agrees with no truth: its correlations are 0. Where the truth tells nobody apart
there is nothing to agree with, and they are NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.metrics import correlation
from cgs_core.reward import shares
from cgs_core.typing import CoalitionValues, FloatArray, IntArray

_ALIKE = 1e-9  # of the largest: a spread below this is what rounding leaves


def pearson(worth: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Correlation of worth with the truth, both (n_agents,)."""
    own, true = np.asarray(worth, np.float64), np.asarray(truth, np.float64)
    if tells_nobody_apart(true):
        return np.nan
    if tells_nobody_apart(own):
        return 0.0
    return correlation(own, true)


def spearman(worth: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Correlation of the ranks; equal values share the mean of their ranks."""
    return pearson(mean_ranks(worth), mean_ranks(truth))


def mean_ranks(values: npt.ArrayLike) -> FloatArray:
    """(n,) ranks from 1 for the smallest; equal values share the mean of theirs."""
    _, place, count = np.unique(_rounded(values), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place])


def share_error(worth: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """L1 distance of the two as shares (``cgs_core.reward.shares``: below 0 counts as 0), from 0 to 2."""
    return float(np.abs(shares(worth) - shares(truth)).sum())


def found(worth: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """How likely one of those who are worth most is one of the most useful; of several each is as likely."""
    own, true = _rounded(worth), _rounded(truth)
    return float((true[own == own.max()] == true.max()).mean())


def detection(worth: npt.ArrayLike, is_cheat: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how likely an honest agent is worth more than one that cheats; a tie counts a half."""
    own = _rounded(worth)
    honest, cheats = own[~is_cheat], own[is_cheat]
    more = (honest[:, None] > cheats).mean()
    return float(more + (honest[:, None] == cheats).mean() / 2)


def adding_gain(worth: npt.ArrayLike, values: CoalitionValues, tie_break: IntArray) -> float:
    """How much better the coalitions of the agents worth most are than those of as many by lot: mean over the sizes.

    Parameters
    ----------
    worth: (n_agents,).
    values: (2**n_agents,) the game's table.
    tie_break: (n_agents,) a permutation, by which agents that are worth the same are put in order.

    Returns
    -------
    In the unit of the game; 0 for a worth that picks as chance does.
    """
    order = np.lexsort((tie_break, -_rounded(worth)))
    return _gain_in_order(order, values)


def removing_gain(worth: npt.ArrayLike, values: CoalitionValues, tie_break: IntArray) -> float:
    """How much more is lost, without the agents worth most, than without as many by lot; as ``adding_gain``."""
    order = np.lexsort((tie_break, -_rounded(worth)))
    return -_gain_in_order(order[::-1], values)


def _gain_in_order(order: IntArray, values: CoalitionValues) -> float:
    """Mean over the sizes 1 to n - 1: the first so many in order, less the mean coalition of that size."""
    n_agents = len(order)
    sizes = np.array([int(coalition).bit_count() for coalition in range(len(values))])
    means = np.bincount(sizes, weights=values) / np.bincount(sizes)
    firsts = np.cumsum(np.left_shift(1, order))[:-1]
    return float((values[firsts] - means[1:n_agents]).mean())


def tells_nobody_apart(values: FloatArray) -> bool:
    """Whether (n,) values are all the same but for rounding."""
    return bool(np.ptp(values) <= _ALIKE * np.abs(values).max())


def _rounded(values: npt.ArrayLike) -> FloatArray:
    """The values without what rounding makes of equals: nine digits of the largest."""
    array = np.asarray(values, np.float64)
    unit = np.abs(array).max() * _ALIKE
    return np.round(array / unit) * unit if unit > 0 else np.zeros_like(array)
