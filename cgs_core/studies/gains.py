"""What a class has learned: the share that is right after a lesson less the share before, of the same students.

Of one question the interval is Newcombe's for paired proportions ("square and add", method 10 of 1998, without a
continuity correction of the limits): those of Wilson for each share, put together with the correlation of the two
answers. Of several questions together it is Student's t of the students' own gains, among which two that nobody had
are counted, one of +1 and one of -1, so that a class that agrees is not certain. ``tests/studies/test_gains.py`` holds
how often both hold the true gain of simulated classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from cgs_core.studies.statistics import LEVEL, student_quantile

FEWEST_STUDENTS = 5
"""Of fewer nothing is said: an answer could be known to be somebody's."""


@dataclass(frozen=True)
class Gain:
    """Shares of right answers, in [0, 1], and their difference in [-1, 1] with its 95 % interval."""

    n_students: int
    before: float
    after: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """The share after less the share before."""
        return self.after - self.before


def gain_of_question(before: npt.ArrayLike, after: npt.ArrayLike) -> Gain:
    """The gain on one question.

    Parameters
    ----------
    before, after: (n_students,) whether each student was right; the same students in the same order. At least one.
    """
    first, then = np.asarray(before, np.bool_), np.asarray(after, np.bool_)
    count = len(first)
    p_after, p_before = float(then.mean()), float(first.mean())
    (low_after, high_after), (low_before, high_before) = _wilson(p_after, count), _wilson(p_before, count)
    phi = _correlation(first, then)

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(one**2 + other**2 - 2 * phi * one * other, 0.0))

    difference = p_after - p_before
    low = difference - reach(p_after - low_after, high_before - p_before)
    high = difference + reach(high_after - p_after, p_before - low_before)
    return Gain(count, p_before, p_after, low, high)


def gain_of_all(before: npt.ArrayLike, after: npt.ArrayLike) -> Gain:
    """The gain on all questions together.

    Parameters
    ----------
    before, after: (n_students, n_questions) whether each student was right at each; at least one of both.
    """
    first, then = np.asarray(before, np.float64), np.asarray(after, np.float64)
    own = (then - first).mean(axis=1)
    count = len(own)
    counted = np.concatenate([own, [1.0, -1.0]])
    margin = student_quantile(count + 1) * float(counted.std(ddof=1)) / math.sqrt(count + 2)
    middle = float(counted.mean())
    return Gain(count, float(first.mean()), float(then.mean()), max(middle - margin, -1.0), min(middle + margin, 1.0))


def _wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's limits of a share of ``count``."""
    z = NormalDist().inv_cdf(1 - LEVEL / 2)
    middle = share + z**2 / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return (middle - reach) / (1 + z**2 / count), (middle + reach) / (1 + z**2 / count)


def _correlation(first: npt.NDArray[np.bool_], then: npt.NDArray[np.bool_]) -> float:
    """phi of the 2x2 table, drawn to 0 by half a student where it is positive; 0 where a margin is empty."""
    count = len(first)
    both, neither = int((first & then).sum()), int((~first & ~then).sum())
    gained, lost = int((~first & then).sum()), int((first & ~then).sum())
    margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    if margins == 0:
        return 0.0
    excess = both * neither - gained * lost
    return (max(excess - count / 2, 0.0) if excess > 0 else excess) / math.sqrt(margins)
