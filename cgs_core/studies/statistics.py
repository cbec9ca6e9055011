"""What several seeds tell: paired differences, Student's t, and how many of a table's verdicts may be false.

A difference is called one where its test over the seeds survives the correction for all comparisons of its table, and
its mean is not smaller than what matters. One seed tells no difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cgs_core.measures import MEASURES
from cgs_core.typing import FloatArray, IntArray

LEVEL = 0.05
"""Of false discoveries among a table's verdicts; and what an interval leaves out."""

SMALLEST_EFFECT = 0.005
"""Half a point: of accuracies, which are fractions; of correlations and indices, times 100 as the paper has them."""

_MOST_T = 1e6  # no quantile that is asked for is larger


@dataclass(frozen=True, eq=False)
class Differences:
    """K differences over the seeds that define both sides; NaN where there are fewer than two.

    ``margin`` is half of a 95 % interval, and ``p_value`` two-sided: how often a mean so far from 0 would come about if
    the differences of seeds were normal around 0.
    """

    mean: FloatArray  # (K,)
    margin: FloatArray  # (K,)
    p_value: FloatArray  # (K,)
    n_seeds: IntArray  # (K,)


def paired_differences(changes: npt.ArrayLike) -> Differences:
    """What the seeds tell of K differences.

    Parameters
    ----------
    changes: (K, n_seeds) one side less the other, seed by seed; NaN where a seed does not define both.
    """
    values = np.asarray(changes, np.float64)
    known = np.isfinite(values)
    n_seeds = known.sum(axis=1)
    mean, margin, p_value = (np.full(len(values), np.nan) for _ in range(3))
    for count in np.unique(n_seeds[n_seeds > 1]).tolist():
        places = np.flatnonzero(n_seeds == count)
        own = values[places][known[places]].reshape(len(places), count)
        mean[places] = own.mean(axis=1)
        error = own.std(axis=1, ddof=1) / math.sqrt(count)
        error[np.ptp(own, axis=1) == 0] = 0.0  # not what rounding makes of it
        margin[places] = student_quantile(count - 1) * error
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(mean[places] == 0, 0.0, mean[places] / error)
        p_value[places] = student_p_value(t, count - 1)
    return Differences(mean, margin, p_value, n_seeds)


def student_p_value(t: npt.ArrayLike, degrees: int) -> FloatArray:
    """P(|T| >= |t|) of Student's t with a whole number of degrees of freedom, at least 1; of the shape of ``t``.

    With t = sqrt(degrees) tan(theta) the density becomes a power of the cosine, whose integral is a finite sum.
    Differences to 1 are lost below 1e-15.
    """
    theta = np.arctan(np.abs(np.asarray(t, np.float64)) / math.sqrt(degrees))
    sine, cosine = np.sin(theta), np.cos(theta)
    is_odd = degrees % 2 == 1
    part, whole = (theta, math.pi / 2) if is_odd else (sine, 1.0)  # integrals of cos ** 0, or of cos ** 1
    for power in range(2 if is_odd else 3, degrees, 2):
        part = (cosine ** (power - 1) * sine + (power - 1) * part) / power
        whole *= (power - 1) / power
    return np.asarray(np.clip(1 - part / whole, 0.0, 1.0))


@lru_cache(maxsize=256)
def student_quantile(degrees: int, level: float = LEVEL) -> float:
    """The t that |T| exceeds with probability ``level``; found by halving."""
    low, high = 0.0, _MOST_T
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if student_p_value(middle, degrees) > level:
            low = middle
        else:
            high = middle
    return high


def discoveries(p_values: npt.ArrayLike, rate: float = LEVEL) -> npt.NDArray[np.bool_]:
    """(K,) which of K hypotheses are rejected so that at most ``rate`` of these are so by chance, on average.

    By Benjamini and Hochberg (1995): the k smallest p-values, k the largest with p_(k) <= k rate / K. A NaN is no
    comparison and does not count.
    """
    values = np.asarray(p_values, np.float64)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    is_below = values[order] <= rate * np.arange(1, len(order) + 1) / max(len(order), 1)
    n_rejected = int(np.flatnonzero(is_below)[-1]) + 1 if is_below.any() else 0
    found = np.zeros(len(values), np.bool_)
    found[order[:n_rejected]] = True
    return found


def verdicts(differences: Differences, smallest_effect: npt.ArrayLike = SMALLEST_EFFECT) -> IntArray:
    """(K,) 1 where a difference is clearly above 0, -1 clearly below, 0 where it is not told apart from 0.

    All K are one table. A mean smaller than ``smallest_effect``, one for all or (K,), is no effect.
    """
    is_large = np.abs(np.nan_to_num(differences.mean)) >= np.asarray(smallest_effect)
    is_told = discoveries(differences.p_value) & is_large
    return np.where(is_told, np.sign(np.nan_to_num(differences.mean)), 0).astype(np.int64)


def smallest_effect(measure: str) -> float:
    """Of a measure of ``MEASURES``: half a point; of bytes, any."""
    return 0.0 if measure in MEASURES and MEASURES[measure].unit == "bytes" else SMALLEST_EFFECT


ONE_SEED = "One seed: it tells no difference from chance, so nothing is ranked."


def clearly(n_seeds: int | str) -> str:
    """What a table's verdicts go by, in words; ``n_seeds`` may be a range in words."""
    return (
        f"paired differences over {n_seeds} seeds, Student's t, {100 * LEVEL:g} % false discoveries in this table "
        f"(Benjamini and Hochberg), at least {100 * SMALLEST_EFFECT:g} points (of a correlation or an index, "
        f"{SMALLEST_EFFECT:g})"
    )


def all_pairs(values: FloatArray) -> FloatArray:
    """(R, n_seeds) of R rows -> (R (R - 1) / 2, n_seeds): the first less the second of each pair, as ``pairs_of``."""
    first, second = pairs_of(len(values))
    return np.asarray(values[first] - values[second])


def pairs_of(n_rows: int) -> tuple[IntArray, IntArray]:
    """The places of each pair's first and second row."""
    first, second = np.triu_indices(n_rows, 1)
    return first, second


def n_above(outcomes: IntArray, n_rows: int) -> IntArray:
    """(R,) how many rows are clearly above each, of the verdicts on ``all_pairs``."""
    first, second = pairs_of(n_rows)
    counts = np.bincount(second[outcomes > 0], minlength=n_rows)
    return np.asarray(counts + np.bincount(first[outcomes < 0], minlength=n_rows))
