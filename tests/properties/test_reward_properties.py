"""What must hold for the importance and the reward ratio of any contributions."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cgs_core.reward import MIN_IMPORTANCE, effective_memory, reward_ratio, update_importance

_MANY = settings(max_examples=150, deadline=None, derandomize=True)
_smoothing = st.floats(0, 1)
_altruism_degree = st.floats(0.1, 1000)
_contribution_rounds = st.tuples(st.integers(1, 5), st.integers(1, 50)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1, 1))
)


def _importance_after(rounds: np.ndarray, smoothing: float) -> np.ndarray:
    importance = np.zeros(rounds.shape[1])
    for contribution in rounds:
        importance = update_importance(importance, contribution, smoothing)
    return importance


@_MANY
@given(_contribution_rounds, _smoothing)
def test_importance_is_a_share_that_never_dies(rounds: np.ndarray, smoothing: float) -> None:
    importance = _importance_after(rounds, smoothing)
    n_agents = rounds.shape[1]
    assert abs(importance.sum() - 1) < 1e-12
    # before normalising each entry is at least the floor, and all of them together at most 1 + n (1 + floor)
    assert importance.min() >= MIN_IMPORTANCE / (1 + n_agents * (1 + MIN_IMPORTANCE))


@_MANY
@given(_contribution_rounds, _smoothing)
def test_contributing_more_is_never_worth_less(rounds: np.ndarray, smoothing: float) -> None:
    importance = update_importance(np.full(rounds.shape[1], 1 / rounds.shape[1]), rounds[0], smoothing)
    order = np.argsort(rounds[0])
    assert (np.diff(importance[order]) >= 0).all()


@_MANY
@given(_contribution_rounds, _smoothing, _altruism_degree)
def test_ratio_is_in_range_and_follows_importance(rounds: np.ndarray, smoothing: float, altruism_degree: float) -> None:
    importance = _importance_after(rounds, smoothing)
    ratio = reward_ratio(importance, altruism_degree)
    assert 0 < ratio.min() <= ratio.max() == 1
    assert ratio[np.argmax(importance)] == 1
    assert (np.diff(ratio[np.argsort(importance)]) >= 0).all()


@_MANY
@given(_contribution_rounds, _altruism_degree, st.floats(1, 100))
def test_more_altruism_never_pays_anyone_less(rounds: np.ndarray, altruism_degree: float, factor: float) -> None:
    importance = _importance_after(rounds, 0.5)
    less, more = reward_ratio(importance, altruism_degree), reward_ratio(importance, altruism_degree * factor)
    assert (more >= less - 1e-12).all()


@_MANY
@given(_contribution_rounds)
def test_infinite_altruism_pays_everyone_everything(rounds: np.ndarray) -> None:
    assert (reward_ratio(_importance_after(rounds, 0.5), math.inf) == 1).all()


@_MANY
@given(_contribution_rounds, _smoothing)
def test_memory_is_a_share(rounds: np.ndarray, smoothing: float) -> None:
    memory = effective_memory(rounds[0], smoothing)
    assert 0 <= memory <= 1
    if rounds[0].sum() >= 1:
        assert memory <= smoothing + 1e-12
