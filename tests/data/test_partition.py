"""The splits, on small label arrays and against the published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import powerlaw

from cgs_core.data.partition import (
    PARTITIONS,
    POWERLAW_EXPONENT,
    SplitSettings,
    classes_held,
    equal_sizes,
    powerlaw_shares,
    powerlaw_sizes,
)
from cgs_core.scenario import field_facts

SPLITS = sorted(PARTITIONS)
NO_DEADLINE = settings(deadline=None, max_examples=60)


@st.composite
def split_cases(draw: st.DrawFn) -> tuple[np.ndarray, SplitSettings, int]:
    """Labels in which every class occurs, a setting that fits them, and a seed."""
    n_classes = draw(st.integers(2, 5))
    n_labels = draw(st.integers(n_classes, 60))
    order = np.random.default_rng(draw(st.integers(0, 1000)))
    labels = np.concatenate([np.arange(n_classes), order.integers(0, n_classes, n_labels - n_classes)])
    n_agents = draw(st.integers(2, min(50, n_labels)))
    n_samples = draw(st.integers(n_agents, n_labels))
    concentration = draw(st.sampled_from([0.01, 0.5, 100.0]))
    owners = order.integers(0, draw(st.integers(1, 4)), n_labels)
    fields = SplitSettings(n_samples, n_agents, concentration, owners)
    return order.permutation(labels), fields, draw(st.integers(0, 2**32 - 1))


def drawn(split: str, labels: np.ndarray, settings_: SplitSettings, seed: int) -> list[np.ndarray]:
    return PARTITIONS[split].of(labels, settings_, np.random.default_rng(seed))


def test_the_table_has_every_split_that_a_scenario_may_name():
    assert set(PARTITIONS) == set(field_facts("split").choices)


@pytest.mark.parametrize("split", SPLITS)
@NO_DEADLINE
@given(case=split_cases())
def test_every_split_shares_out_rows_and_leaves_nobody_empty(split, case):
    labels, settings_, seed = case
    shards = drawn(split, labels, settings_, seed)
    sizes = [len(shard) for shard in shards]
    rows = np.concatenate(shards)
    assert len(shards) == settings_.n_agents
    assert min(sizes) >= 1
    assert rows.min() >= 0 and rows.max() < len(labels)
    if split == "owners":
        assert sum(sizes) < settings_.n_samples + settings_.n_agents
        return
    if split == "powerlaw":
        at_most = min(settings_.n_samples + settings_.n_agents - 1, len(labels))
        assert settings_.n_samples <= sum(sizes) <= at_most
    else:
        assert sum(sizes) == settings_.n_samples
    if split != "classimbalance":
        assert len(np.unique(rows)) == len(rows), "a row is held twice although there are enough"


@pytest.mark.parametrize("split", SPLITS)
@NO_DEADLINE
@given(case=split_cases())
def test_every_split_is_a_function_of_its_stream(split, case):
    labels, settings_, seed = case
    first, again = drawn(split, labels, settings_, seed), drawn(split, labels, settings_, seed)
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("split", SPLITS)
def test_another_stream_gives_another_split(split):
    labels = np.arange(300) % 3
    first, other = (drawn(split, labels, SplitSettings(300, 5, 0.5, np.arange(300) % 2), seed) for seed in (0, 1))
    assert any(not np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@NO_DEADLINE
@given(case=split_cases())
def test_uniform_sizes_differ_by_at_most_one(case):
    sizes = [len(shard) for shard in drawn("uniform", *case)]
    assert max(sizes) - min(sizes) <= 1


def test_powerlaw_gives_the_published_sizes():
    assert powerlaw_sizes(3000, 5, limit=12_000).tolist() == [71, 336, 600, 865, 1130]


@pytest.mark.parametrize("n_agents", [2, 5, 10, 20, 50])
def test_powerlaw_shares_are_those_of_scipy(n_agents):
    ends = powerlaw.ppf([0.01, 0.99], POWERLAW_EXPONENT)
    expected = np.linspace(*ends, n_agents)
    np.testing.assert_allclose(powerlaw_shares(n_agents), expected / expected.sum(), rtol=1e-12)
    exact = expected / expected.sum() * 600 * n_agents
    sizes = powerlaw_sizes(600 * n_agents, n_agents, limit=10**6)
    assert ((sizes - exact > -1e-6) & (sizes - exact < 1)).all()


@NO_DEADLINE
@given(n_agents=st.integers(2, 50), data=st.data())
def test_powerlaw_sizes_rise_and_keep_to_the_limit(n_agents, data):
    n_samples = data.draw(st.integers(n_agents, 3000))
    sizes = powerlaw_sizes(n_samples, n_agents, limit=n_samples)
    assert sizes.sum() == n_samples
    assert sizes.min() >= 1
    assert np.abs(sizes - np.maximum(powerlaw_shares(n_agents) * n_samples, 1)).max() <= 1 + 1e-6
    assert (np.diff(powerlaw_sizes(n_samples, n_agents, limit=10**6)) >= 0).all()


def test_classimbalance_gives_the_first_classes_evenly():
    labels = np.arange(1000) % 10
    shards = drawn("classimbalance", labels, SplitSettings(400, 5, 0.5), 0)
    held = [1, 3, 5, 7, 10]
    assert classes_held(5, 10).tolist() == held
    assert [len(shard) for shard in shards] == [80] * 5
    for shard, n_held in zip(shards, held, strict=True):
        counts = np.bincount(labels[shard], minlength=10)
        assert (counts[n_held:] == 0).all()
        assert counts[:n_held].max() - counts[:n_held].min() <= 1


def test_classimbalance_repeats_rows_only_when_the_whole_class_is_held():
    labels = np.arange(50) % 5  # ten rows a class
    shards = drawn("classimbalance", labels, SplitSettings(50, 2, 0.5), 3)
    rows, counts = np.unique(shards[0], return_counts=True)  # 25 samples of class 0
    assert (labels[rows] == 0).all()
    assert len(rows) == 10
    assert set(counts.tolist()) == {2, 3}
    assert len(np.unique(shards[1])) == 25


def test_classimbalance_deals_without_replacement_while_the_class_lasts():
    labels = np.arange(1000) % 10
    rows = np.concatenate(drawn("classimbalance", labels, SplitSettings(100, 5, 0.5), 1))
    assert len(np.unique(rows)) == 100


def test_a_small_dirichlet_concentration_gives_each_agent_few_classes():
    labels = np.arange(3000) % 10

    def mean_largest_share(concentration: float) -> float:
        shards = drawn("dirichlet", labels, SplitSettings(3000, 5, concentration), 0)
        return float(np.mean([np.bincount(labels[shard]).max() / len(shard) for shard in shards]))

    assert mean_largest_share(100.0) < 0.15
    assert mean_largest_share(0.1) > 0.3


@pytest.mark.parametrize("split", SPLITS)
def test_the_beginning_of_a_shard_is_a_fair_sample_of_it(split):
    """Its mean label is within five standard errors of the whole shard's: the order is random, not by class."""
    labels = np.arange(3000) % 10
    for shard in drawn(split, labels, SplitSettings(3000, 5, 100.0, np.arange(3000) // 1000), 0)[1:]:
        first = labels[shard[: len(shard) // 2]]
        assert abs(first.mean() - labels[shard].mean()) <= 5 * labels[shard].std() / np.sqrt(len(shard))


@NO_DEADLINE
@given(case=split_cases())
def test_an_agent_holds_rows_of_its_owner_only_each_once_while_they_last(case):
    labels, settings_, seed = case
    owners, n_agents = settings_.owners, settings_.n_agents
    names, counts = np.unique(owners, return_counts=True)
    shards = drawn("owners", labels, settings_, seed)
    for index, shard in enumerate(shards):
        assert (owners[shard] == names[index % len(names)]).all()
    for place, count in enumerate(counts[:n_agents]):
        own = [shard for index, shard in enumerate(shards) if index % len(names) == place]
        rows = np.concatenate(own)
        assert max(map(len, own)) - min(map(len, own)) <= 1
        assert len(np.unique(rows)) == min(len(rows), count)


def test_owners_give_all_that_they_have_or_the_same_part_of_it():
    owners = np.repeat([0, 1, 2], [100, 200, 300])
    whole = drawn("owners", owners, SplitSettings(600, 4, 0.5, owners), 0)
    assert [len(shard) for shard in whole] == [50, 200, 300, 50]
    part = drawn("owners", owners, SplitSettings(300, 3, 0.5, owners), 0)
    assert sum(map(len, part)) == 300 and np.abs([len(shard) for shard in part] - np.array([50, 100, 150])).max() < 25
    assert [len(shard) for shard in drawn("owners", owners, SplitSettings(600, 2, 0.5, owners), 0)] == [100, 200]


def test_data_without_owners_are_not_split_by_them():
    with pytest.raises(ValueError, match="no owners"):
        drawn("owners", np.arange(9) % 3, SplitSettings(9, 3, 0.5), 0)


@given(n_samples=st.integers(0, 1000), n_parts=st.integers(1, 60))
def test_equal_sizes_add_up(n_samples, n_parts):
    sizes = equal_sizes(n_samples, n_parts)
    assert sizes.sum() == n_samples
    assert sizes.max() - sizes.min() <= 1
    assert (np.diff(sizes) <= 0).all()
