"""Measures of a finished run: fairness, rationality, gain, equality, proportionality, quality of the valuation.

Pure functions of arrays. Accuracies are fractions in [0, 1]. A measure that has no meaning for a run is None, and
``summarise`` says why in plain words.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.scenario import MAX_EXACT_AGENTS
from cgs_core.typing import FloatArray

MIN_SPREAD = 1e-3
"""Below this largest-minus-smallest value a correlation is noise, and below this sum a share has no meaning."""


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> float | None:
    """Pearson correlation of two (n,) arrays, in [-1, 1]; None below two numbers or where either spreads < 0.001.

    The spread is the largest minus the smallest number. The paper calls it the fairness of a run when
    x is the agents' standalone accuracy and y their final accuracy.
    """
    first, second = _checked("x", x, ndim=1), _checked("y", y, ndim=1)
    if len(first) != len(second):
        raise ValueError(f"y: as many numbers as x, {len(first)}; got {len(second)}")
    if len(first) < 2 or np.ptp(first) < MIN_SPREAD or np.ptp(second) < MIN_SPREAD:
        return None
    return correlation(first, second)


def correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson correlation of two (n,) arrays that both spread, in [-1, 1]."""
    first, second = first - first.mean(), second - second.mean()
    return float(np.clip(first @ second / np.sqrt((first @ first) * (second @ second)), -1.0, 1.0))


def accuracy_error(accuracy: npt.ArrayLike, n_test: int) -> FloatArray:
    """How far apart accuracies must be to be called different: 4 sqrt(p (1 - p) / n_test).

    Four binomial standard errors of one test set, of the shape of ``accuracy``; for 360 samples 4.6 points at 95 %.

    Parameters
    ----------
    accuracy: p in [0, 1]; of two that are compared, their mean.
    n_test: how many samples they were tested on, at least 1.
    """
    array = np.asarray(accuracy, np.float64)
    return np.asarray(4 * np.sqrt(np.clip(array * (1 - array), 0, None) / n_test))


def is_same_accuracy(first: npt.ArrayLike, second: npt.ArrayLike, n_test: int) -> npt.NDArray[np.bool_]:
    """Whether accuracies in [0, 1], of any shapes that fit together, differ by less than ``accuracy_error``."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    gap = np.abs(one - other)
    return np.asarray((gap == 0) | (gap < accuracy_error((one + other) / 2, n_test)))


_UNCANCELLED = 0.5  # of the sum without signs
_DISHONEST = "an agent is not honest, and what it can do alone is not what it gave"
SAME_LEVEL = 0.05
"""Of McNemar's test, shared among the agents that are compared: models that it does not tell apart are the same."""


def same_models(is_right: npt.NDArray[np.bool_], level: float) -> npt.NDArray[np.bool_]:
    """(m, m): which of m models a test set does not tell apart, by McNemar's exact two-sided test.

    Of two models only those samples count that one gets right and the other wrong. Were the models equally good, each
    would be a fair coin's throw; they are told apart where a split as uneven as theirs has a probability below
    ``level`` (McNemar, Psychometrika 1947).

    Parameters
    ----------
    is_right: (m, n_test) which samples each model gets right.
    level: in (0, 1).
    """
    right = is_right.astype(np.float32)  # counts below 2**24 are exact
    both = right @ right.T
    first_only = (right.sum(axis=1)[:, None] - both).astype(np.int64)
    one_sided = np.minimum(first_only, first_only.T)
    either = first_only + first_only.T
    counts, places = np.unique(either, return_inverse=True)
    most_against = np.array([_most_against(int(count), level) for count in counts])
    return np.asarray(one_sided > most_against[places].reshape(either.shape))


@lru_cache(maxsize=8192)
def _most_against(n_throws: int, level: float) -> int:
    """The largest k with 2 P(X <= k) < level, X the heads of so many fair throws; -1 where there is none."""
    k, tail = max(0, math.floor(n_throws / 2 - 5 * math.sqrt(n_throws))), 0.0  # what lies below is under 1e-20
    while True:
        ways = math.lgamma(n_throws + 1) - math.lgamma(k + 1) - math.lgamma(n_throws - k + 1)
        tail += math.exp(ways - n_throws * math.log(2))
        if 2 * tail >= level:
            return k - 1
        k += 1


def mean_shares(worth: FloatArray) -> FloatArray | None:
    """(n,) worths as shares of their sum; None where shares mean nothing: one is negative, or they sum to < 0.001."""
    return None if worth.min() < 0 or worth.sum() < MIN_SPREAD else np.asarray(worth / worth.sum())


def gini(values: npt.ArrayLike) -> float:
    """Gini index of (n,) numbers of at least 0: 0 when all are equal (also all 0), towards 1 when one has it all.

    sum over pairs (i, j) of |x_i - x_j|, divided by 2 n sum x.
    """
    array = _checked("values", values, ndim=1, minimum=0.0)
    total = array.sum()
    return float(np.abs(array[:, np.newaxis] - array).sum() / (2 * array.size * total)) if total > 0 else 0.0


def jain(values: npt.ArrayLike) -> float:
    """Jain's index of (n,) numbers of at least 0: 1 when all are equal (also all 0), 1/n when one has it all.

    (sum x)**2 / (n sum x**2), Jain, Chiu and Hawe (1984).
    """
    array = _checked("values", values, ndim=1, minimum=0.0)
    if array.max() == 0:
        return 1.0
    shares = array / array.max()
    return float(min(shares.sum() ** 2 / (array.size * (shares @ shares)), 1.0))


def shares(values: FloatArray) -> FloatArray:
    """Values (..., n), each divided by their sum; NaN where there is nothing to share.

    That is where they sum to less than 0.001, or mostly cancel: to less than half of what they sum to without their
    signs. So a share lies from -0.5 to 1.5.
    """
    total = values.sum(axis=-1, keepdims=True)
    is_there = (total >= MIN_SPREAD) & (total >= _UNCANCELLED * np.abs(values).sum(axis=-1, keepdims=True))
    return np.divide(values, total, out=np.full(values.shape, np.nan), where=is_there)


def summarise(
    *,
    accuracy: npt.ArrayLike,
    standalone_accuracy: npt.ArrayLike,
    server_accuracy: float,
    fedavg_accuracy: float,
    contribution: npt.ArrayLike,
    contribution_exact: npt.ArrayLike | None,
    reward_ratio: npt.ArrayLike,
    download_bytes: npt.ArrayLike,
    same_final: bool = False,
    same_alone: bool = False,
    is_honest: bool = True,
) -> dict[str, Any]:
    """All measures of a run by name; JSON-able, and an undefined one is None.

    Parameters
    ----------
    accuracy: (n_agents,) of each agent's final model.
    standalone_accuracy: (n_agents,) of the model that each agent trains alone.
    server_accuracy: of the server model.
    fedavg_accuracy: of the model that all agents share under federated averaging.
    contribution: (n_rounds, n_agents) the valuation that drove the run.
    contribution_exact: (n_rounds, n_agents) the exact CGSV of the same updates; None where it was not computed.
    reward_ratio: (n_rounds, n_agents) in [0, 1].
    download_bytes: (n_rounds, n_agents) bytes that each agent received.
    same_final: whether the test does not tell the best from the worst final model: then nothing correlates with them.
    same_alone: the same of the models trained alone.
    is_honest: whether every agent is; of one that is not, what it can do alone is not what it gave.

    Returns
    -------
    dict of the measures, and under "undefined" a dict of the reasons, by name. Those that need their rule said:
    ``fairness_score`` correlates standalone with final accuracy, ``contribution_fairness_score`` the mean
    contribution over the rounds with final accuracy; ``rationality_score`` is the share of agents whose final
    accuracy is at least their standalone one; ``download_bytes`` is a mean per round and agent; for the others
    see the functions of this module.

    Raises
    ------
    ValueError: shapes do not fit together, or a number is not finite.
    """
    final, alone = _checked("accuracy", accuracy, 1, 0.0), _checked("standalone_accuracy", standalone_accuracy, 1, 0.0)
    valuation, ratio = _checked("contribution", contribution, 2), _checked("reward_ratio", reward_ratio, 2)
    received = _checked("download_bytes", download_bytes, 2)
    exact = None if contribution_exact is None else _checked("contribution_exact", contribution_exact, 2)
    _check_shapes(final, alone, valuation, ratio, received, exact)
    mean_contribution, gain = valuation.mean(axis=0), final - alone
    final_named = ("final accuracies", final, same_final)
    alone_named = ("standalone accuracies", alone, same_alone)
    measures: dict[str, float | str] = {
        "fairness_score": _correlation(alone_named, final_named) if is_honest else _DISHONEST,
        "contribution_fairness_score": _correlation(("mean contributions", mean_contribution, False), final_named),
        "rationality_score": float((gain >= 0).mean()),
        "mean_gain": float(gain.mean()),
        "worst_gain": float(gain.min()),
        "max_accuracy": float(final.max()),
        "mean_accuracy": float(final.mean()),
        "min_accuracy": float(final.min()),
        "server_accuracy": float(server_accuracy),
        "fedavg_accuracy": float(fedavg_accuracy),
        "gini_gap": gini(final),
        "jain_score": jain(final),
        "proportionality_score": _proportionality(gain, mean_contribution),
        "mean_reward_ratio": float(ratio.mean()),
        "download_bytes": float(received.mean()),
        "valuation_pearson_score": _valuation_pearson(valuation, exact),
        "valuation_l1_error": _valuation_l1(valuation, exact),
    }
    reasons = {name: value for name, value in measures.items() if isinstance(value, str)}
    return measures | dict.fromkeys(reasons) | {"undefined": reasons}


def _correlation(first: tuple[str, FloatArray, bool], second: tuple[str, FloatArray, bool]) -> float | str:
    """Pearson's correlation of two named arrays, or why there is none; the flag says that all of one are the same."""
    value = pearson(first[1], second[1])
    if len(first[1]) < 2:
        return "a correlation needs at least two agents"
    for name, values, are_same in (first, second):
        if np.ptp(values) < MIN_SPREAD:
            return f"the agents' {name} differ by less than {MIN_SPREAD}"
        if are_same:
            return f"the agents' {name} are the same within the test's error"
    assert value is not None
    return value


def _proportionality(gain: FloatArray, mean_contribution: FloatArray) -> float | str:
    """Jain's index over the agents of (final - standalone accuracy) / mean contribution, in (0, 1].

    1 when every agent gains in proportion to what it contributes. It takes positive contributions and gains of at
    least 0, at least one of them positive; otherwise the reason why not.
    """
    if mean_contribution.min() <= 0:
        return "an agent's mean contribution is not positive"
    if gain.min() < 0:
        return "an agent ends below its standalone accuracy"
    if gain.max() == 0:
        return "no agent gains over its standalone accuracy"
    return jain(gain / mean_contribution)


def _valuation_pearson(valuation: FloatArray, exact: FloatArray | None) -> float | str:
    """Mean over the rounds of the correlation of ``_shares``; rounds in which it is undefined are left out."""
    pairs = _shares(valuation, exact)
    if isinstance(pairs, str):
        return pairs
    correlations = [
        _correlation(("contributions", first, False), ("exact CGSVs", second, False))
        for first, second in zip(*pairs, strict=True)
    ]
    defined = [value for value in correlations if not isinstance(value, str)]
    return float(np.mean(defined)) if defined else str(correlations[-1])


def _valuation_l1(valuation: FloatArray, exact: FloatArray | None) -> float | str:
    """Mean over the rounds of the L1 distance of ``_shares``, from 0."""
    pairs = _shares(valuation, exact)
    return pairs if isinstance(pairs, str) else float(np.abs(pairs[0] - pairs[1]).sum(axis=1).mean())


def _shares(valuation: FloatArray, exact: FloatArray | None) -> tuple[FloatArray, FloatArray] | str:
    """Both valuations (n_rounds, n_agents) scaled to sum 1 in each round in which both sums reach 0.001."""
    if exact is None:
        return f"the exact CGSV is computed for at most {MAX_EXACT_AGENTS} agents"
    is_usable = (valuation.sum(axis=1) >= MIN_SPREAD) & (exact.sum(axis=1) >= MIN_SPREAD)
    if not is_usable.any():
        return f"the agents' worth adds up to less than {MIN_SPREAD} in every round"
    first, second = valuation[is_usable], exact[is_usable]
    return first / first.sum(axis=1, keepdims=True), second / second.sum(axis=1, keepdims=True)


def _checked(name: str, values: npt.ArrayLike, ndim: int, minimum: float = -np.inf) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or not array.size:
        raise ValueError(f"{name}: an array of {ndim} axes that is not empty; got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: finite numbers; got {array[~np.isfinite(array)][0]}")
    if array.min() < minimum:
        raise ValueError(f"{name}: numbers of at least {minimum:g}; got {array.min()}")
    return array


def _check_shapes(
    final: FloatArray,
    alone: FloatArray,
    valuation: FloatArray,
    ratio: FloatArray,
    received: FloatArray,
    exact: FloatArray | None,
) -> None:
    if alone.shape != final.shape:
        raise ValueError(f"standalone_accuracy: shape {final.shape} as accuracy; got {alone.shape}")
    expected = (len(valuation), len(final))
    arrays = {"contribution": valuation, "reward_ratio": ratio, "download_bytes": received, "contribution_exact": exact}
    for name, array in arrays.items():
        if array is not None and array.shape != expected:
            raise ValueError(f"{name}: shape (n_rounds, n_agents) = {expected}; got {array.shape}")
