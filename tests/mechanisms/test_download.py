"""What comes back: the largest-magnitude entries of the aggregate, and how many bytes that takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cgs_core.federation import sparsify
from cgs_core.mechanisms.download import download_bytes

LAYERS = st.lists(st.integers(1, 12), min_size=1, max_size=4)
RATIOS = st.lists(st.floats(0, 1), min_size=1, max_size=5).map(np.array)


@st.composite
def aggregates(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """An aggregate, often with ties and zeros, and the lengths of its layers."""
    layers = draw(LAYERS)
    few = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0])
    entries = draw(st.sampled_from([few, st.floats(-1e6, 1e6)]))
    return draw(arrays(np.float64, sum(layers), elements=entries)), layers


@given(aggregates(), st.booleans())
def test_ratio_one_is_the_identity(drawn: tuple[np.ndarray, list[int]], is_layer_scope: bool) -> None:
    aggregate, layers = drawn
    rewards = sparsify(aggregate, np.ones(3), layers if is_layer_scope else None)
    np.testing.assert_array_equal(rewards, np.tile(aggregate, (3, 1)))


@given(aggregates(), RATIOS)
def test_global_scope_keeps_the_floor_of_the_largest(drawn: tuple[np.ndarray, list[int]], ratios: np.ndarray) -> None:
    aggregate, _ = drawn
    for reward, ratio in zip(sparsify(aggregate, ratios), ratios, strict=True):
        _assert_largest(aggregate, reward, math.floor(len(aggregate) * ratio))


@given(aggregates(), RATIOS)
def test_layer_scope_keeps_the_ceiling_of_each_tensor(drawn: tuple[np.ndarray, list[int]], ratios: np.ndarray) -> None:
    aggregate, layers = drawn
    ends = np.cumsum(layers)[:-1]
    for reward, ratio in zip(sparsify(aggregate, ratios, layers), ratios, strict=True):
        for part, kept in zip(np.split(aggregate, ends), np.split(reward, ends), strict=True):
            _assert_largest(part, kept, math.ceil(len(part) * ratio))


@given(aggregates(), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_more_reward_contains_less(
    drawn: tuple[np.ndarray, list[int]], one: float, other: float, is_layer_scope: bool
) -> None:
    aggregate, layers = drawn
    less, more = sparsify(aggregate, np.array(sorted((one, other))), layers if is_layer_scope else None)
    assert (more[less != 0] == less[less != 0]).all()


def _assert_largest(vector: np.ndarray, reward: np.ndarray, count: int) -> None:
    """``reward`` is ``vector`` with ``count`` entries that are at least as large as those dropped."""
    is_same = reward == vector
    assert (is_same | (reward == 0)).all()
    n_kept = np.count_nonzero(reward)  # a kept zero does not show
    assert n_kept <= count
    magnitudes = np.abs(vector)
    assert n_kept == min(count, np.count_nonzero(vector))
    if n_kept < np.count_nonzero(vector):
        assert magnitudes[reward != 0].min(initial=np.inf) >= magnitudes[~is_same].max()


def test_trap_top_entries_by_magnitude_and_ties_keep_exactly_so_many() -> None:
    aggregate = np.array([1.0, -3.0, 2.0, -2.0, 2.0, 0.0])
    rewards = sparsify(aggregate, np.array([0.0, 1 / 6, 0.5, 4 / 6]))
    assert rewards.tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, -3, 0, 0, 0, 0],
        [0, -3, 2, -2, 0, 0],
        [0, -3, 2, -2, 2, 0],
    ]


def test_trap_full_reward_keeps_the_smallest_entry_of_every_layer() -> None:
    """The authors' layer mask drops it, even at ratio 1."""
    aggregate = np.array([5.0, 1e-12, -3.0, 7.0])
    assert sparsify(aggregate, np.ones(1), [3, 1])[0].tolist() == aggregate.tolist()


def test_trap_one_sorting_for_fifty_agents_is_the_definition_for_each() -> None:
    rng = np.random.default_rng(0)
    aggregate, ratios = rng.standard_normal(300).astype(np.float32), rng.random(50)
    for layers in (None, [250, 10, 40]):
        together = sparsify(aggregate, ratios, layers)
        assert together.dtype == np.float32
        for reward, ratio in zip(together, ratios, strict=True):
            np.testing.assert_array_equal(reward, sparsify(aggregate, np.array([ratio]), layers)[0])
    for reward, ratio in zip(sparsify(aggregate, ratios), ratios, strict=True):
        kept = sorted(range(300), key=lambda entry: -abs(aggregate[entry]))[: math.floor(300 * ratio)]
        assert sorted(np.nonzero(reward)[0]) == sorted(kept)


def test_download_is_entries_with_positions_or_the_whole_vector_if_shorter() -> None:
    ratios = np.array([0.0, 0.1, 0.5, 0.51, 1.0])
    assert download_bytes(100, ratios).tolist() == [0, 80, 400, 400, 400]
    assert download_bytes(100, ratios, [90, 10]).tolist() == [0, 80, 400, 400, 400]
    assert download_bytes(100, np.array([0.01]), [90, 10]).tolist() == [16]  # one of each tensor


@pytest.mark.parametrize("ratio", [[-0.1], [1.1], [float("nan")], [[0.5]]])
def test_a_ratio_outside_its_range_is_refused(ratio: list[float]) -> None:
    with pytest.raises(ValueError, match="ratio"):
        sparsify(np.ones(3), np.array(ratio))


def test_layers_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="layer_sizes"):
        sparsify(np.ones(3), np.ones(1), [2, 2])
