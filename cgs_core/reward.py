"""From contribution to reward: importance, and the part of the aggregate that each agent gets back.

Source: the importance and reward steps of Xu et al., NeurIPS 2021.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.typing import FloatArray, Importance, RewardRatio

MIN_IMPORTANCE = 1e-3
"""The floor under r before it is normalised, since a contribution may be negative (the authors' code)."""

SINH_FACTOR = 5.0
"""How much CFFL stretches differences at first; by its last round twice as much (its authors' program)."""

SINH_MEMORY = 0.8
"""What the round before weighs in CFFL's importance (its authors' program)."""


def update_importance(
    importance: npt.ArrayLike, contribution: npt.ArrayLike, importance_smoothing: float
) -> Importance:
    """r after a round: r <- alpha r + (1 - alpha) psi, then r <- max(r, 1e-3), then r <- r / sum r.

    Parameters
    ----------
    importance: (n_agents,) r of the round before, at least 0; zeros before the first round.
    contribution: (n_agents,) psi of this round, of either sign.
    importance_smoothing: alpha in [0, 1].

    Returns
    -------
    (n_agents,), positive, sums to 1.

    Raises
    ------
    ValueError: an argument is out of its range, or the two arrays differ in length.

    Examples
    --------
    Two rounds of the same contributions; who brings harm is kept at the floor.

    >>> from cgs_core.reward import update_importance
    >>> first = update_importance([0, 0, 0], [0.9, 0.5, -0.2], importance_smoothing=0.95)
    >>> first.round(3)
    array([0.634, 0.352, 0.014])
    >>> update_importance(first, [0.9, 0.5, -0.2], importance_smoothing=0.95).round(3)
    array([0.641, 0.356, 0.003])
    """
    before, earned = _of_one_length(importance, contribution)
    alpha = _checked_smoothing(importance_smoothing)
    clamped = np.maximum(alpha * before + (1 - alpha) * earned, MIN_IMPORTANCE)
    normalised: Importance = clamped / clamped.sum()
    return normalised


def shares(contribution: npt.ArrayLike) -> FloatArray:
    """Each agent's part of what is worth more than nothing: (n_agents,), sums to 1; equal where nobody is.

    It brings worth in any unit to the scale that ``importance_smoothing`` is meant for.

    Raises
    ------
    ValueError: ``contribution`` is not one finite number an agent.
    """
    positive = np.maximum(_checked_vector("contribution", contribution), 0)
    total = positive.sum()
    return positive / total if total > 0 else np.full(len(positive), 1 / len(positive))


def sinh_importance(importance: npt.ArrayLike, contribution: npt.ArrayLike, factor: float = SINH_FACTOR) -> Importance:
    """r after a round, CFFL's way: m = 0.8 r + 0.2 s, then r = sinh(factor m) / sum sinh(factor m).

    s are the shares of the contribution. What is stretched is remembered: differences grow from round to round.

    Parameters
    ----------
    importance, contribution: those of ``update_importance``.
    factor: above 0.

    Returns
    -------
    (n_agents,), at least 0, sums to 1.

    Raises
    ------
    ValueError: an argument is out of its range, or the two arrays differ in length.
    """
    before, earned = _of_one_length(importance, contribution)
    if not factor > 0:
        raise ValueError(f"factor: a number above 0; got {factor}")
    mixed = SINH_MEMORY * before + (1 - SINH_MEMORY) * shares(earned)
    stretched = np.sinh(factor * mixed)
    normalised: Importance = stretched / stretched.sum()
    return normalised


def mean_importance(importance: npt.ArrayLike, contribution: npt.ArrayLike, n_before: int) -> Importance:
    """The plain mean of the contributions' shares over ``n_before`` rounds, whose mean ``importance`` is, and this one.

    The other arguments, the result and the errors are those of ``update_importance``.
    """
    before, earned = _of_one_length(importance, contribution)
    if n_before < 0:
        raise ValueError(f"n_before: a number of rounds; got {n_before}")
    return np.asarray((n_before * before + shares(earned)) / (n_before + 1))


def reward_ratio(importance: npt.ArrayLike, altruism_degree: float) -> RewardRatio:
    """rho_i = tanh(beta r_i) / max_j tanh(beta r_j), the part of the aggregate that agent i gets back.

    Parameters
    ----------
    importance: (n_agents,) r, at least 0 and positive somewhere.
    altruism_degree: beta > 0; infinity gives every agent everything.

    Returns
    -------
    (n_agents,) in [0, 1], 0 only where r is; the largest is exactly 1.

    Raises
    ------
    ValueError: an argument is out of its range.

    Examples
    --------
    >>> from cgs_core.reward import reward_ratio
    >>> reward_ratio([0.5, 0.3, 0.2], altruism_degree=2.0).round(2)
    array([1.  , 0.71, 0.5 ])
    >>> reward_ratio([0.5, 0.3, 0.2], altruism_degree=float("inf"))
    array([1., 1., 1.])
    """
    shares = _checked_vector("importance", importance, minimum=0.0)
    if shares.max() == 0:
        raise ValueError("importance: positive for at least one agent; got all zeros")
    if not altruism_degree > 0:
        raise ValueError(f"altruism_degree: a number above 0, or infinity; got {altruism_degree}")
    if np.isinf(altruism_degree):
        return np.ones(len(shares))
    saturated = np.tanh(altruism_degree * shares)
    ratio: RewardRatio = saturated / saturated.max()
    return ratio


def effective_memory(contribution: npt.ArrayLike, importance_smoothing: float) -> float:
    """How much of the new importance is the old one, in [0, 1]: alpha / (alpha + (1 - alpha) sum psi).

    It is not alpha itself, because r sums to 1 and psi does not: five agents whose psi is near 1 remember 0.79 at
    alpha = 0.95, fifty agents only 0.28. Contributions whose sum is not positive bring nothing new: 1.
    The floor of ``update_importance`` is left out of account.

    Parameters
    ----------
    contribution: (n_agents,) psi of a round after the first.
    importance_smoothing: alpha in [0, 1].

    Raises
    ------
    ValueError: an argument is out of its range.
    """
    alpha = _checked_smoothing(importance_smoothing)
    fresh = (1 - alpha) * max(float(_checked_vector("contribution", contribution).sum()), 0.0)
    return alpha / (alpha + fresh) if alpha > 0 else 0.0


def _of_one_length(importance: npt.ArrayLike, contribution: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    before = _checked_vector("importance", importance, minimum=0.0)
    earned = _checked_vector("contribution", contribution)
    if len(before) != len(earned):
        raise ValueError(f"contribution: one number an agent, {len(before)} as in importance; got {len(earned)}")
    return before, earned


def _checked_vector(name: str, values: npt.ArrayLike, minimum: float = -np.inf) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name}: one number an agent; got shape {array.shape}")
    if not np.isfinite(array).all() or array.min() < minimum:
        allowed = "finite numbers" if np.isinf(minimum) else f"finite numbers of at least {minimum:g}"
        raise ValueError(f"{name}: {allowed}; got {array.tolist()}")
    return array


def _checked_smoothing(importance_smoothing: float) -> float:
    if not 0 <= importance_smoothing <= 1:
        raise ValueError(f"importance_smoothing: a number from 0 to 1; got {importance_smoothing}")
    return float(importance_smoothing)


def staying(importance: FloatArray, is_member: np.ndarray) -> FloatArray:
    """(n_agents,) the importance of who stays: what the others had is shared out among them."""
    if not importance[~is_member].any():
        return importance
    kept = np.where(is_member, importance, 0.0)
    return kept / kept.sum() if kept.any() else kept


def among(importance: FloatArray, is_present: np.ndarray, is_member: np.ndarray) -> FloatArray:
    """(n_agents,) the importance of who is present as shares, as it is where all members are; 0 for the others.

    Equal where all that are present have none.
    """
    own = np.where(is_present, importance, 0.0)
    if (is_present == is_member).all() or not is_present.any():
        return own
    return own / own.sum() if own.any() else is_present / is_present.sum()
