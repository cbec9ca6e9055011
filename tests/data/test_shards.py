"""From scenario to shards: edits, copies and noise, and that they stay with their agent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgs_core.data import Shard, federated_data
from cgs_core.data.shards import _federated_data, edited_rows
from cgs_core.scenario import Agent, Scenario, field_facts
from cgs_core.scenario.catalogue import DATASETS

SPLITS = [split for split in field_facts("split").choices if split != "owners"]
MODELS = {"sentences": "text_cnn"}


def shards_of(**fields) -> tuple[Shard, ...]:
    return federated_data(Scenario(**fields)).shards


def assert_same(one: Shard, other: Shard) -> None:
    for name in ("source_index", "features", "labels", "true_labels"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_data_set_split_and_number_of_agents_gives_finite_shards(dataset, split):
    for n_agents in (2, 5, 50):
        scenario = Scenario(dataset=dataset, split=split, n_agents=n_agents, model=MODELS.get(dataset, "mlp"))
        data = federated_data(scenario)
        info = data.dataset.info
        assert [shard.agent_index for shard in data.shards] == list(range(n_agents))
        for shard in data.shards:
            assert 1 <= shard.n_distinct <= shard.n_samples
            assert shard.features.shape == (shard.n_samples, info.n_features)
            assert shard.features.dtype == np.float32 and shard.labels.dtype == np.int64
            assert np.isfinite(shard.features).all()
            assert shard.source_index.min() >= 0 and shard.source_index.max() < info.n_train
            np.testing.assert_array_equal(shard.features, data.dataset.train_features[shard.source_index])
            np.testing.assert_array_equal(shard.labels, data.dataset.train_labels[shard.source_index])
        total = sum(shard.n_samples for shard in data.shards)
        assert scenario.total_samples <= total <= min(scenario.total_samples + n_agents - 1, info.n_train)


def test_the_published_powerlaw_sizes():
    assert [shard.n_samples for shard in shards_of(dataset="mnist")] == [71, 336, 600, 865, 1130]


def test_the_smallest_federation_gives_one_sample_each():
    for split in ("uniform", "dirichlet"):
        assert [shard.n_samples for shard in shards_of(split=split, n_samples=5)] == [1] * 5


def test_shards_depend_on_the_data_seed_alone():
    first = shards_of()
    for same in (shards_of(start_seed=9, model="logistic", n_rounds=3, update_norm=1.0), shards_of(data_seed=0)):
        for one, other in zip(first, same, strict=True):
            assert_same(one, other)
    assert not np.array_equal(first[0].source_index, shards_of(data_seed=1)[0].source_index)


def test_drawing_again_gives_the_same_bytes():
    scenario = Scenario(agents=(Agent(label_noise=0.3, feature_noise=0.5), Agent(shard_size=300, classes=(1, 2))))
    first = federated_data(scenario).shards
    _federated_data.cache_clear()
    again = federated_data(scenario).shards
    assert first is not again
    for one, other in zip(first, again, strict=True):
        assert_same(one, other)


EDITS = st.builds(
    Agent,
    shard_size=st.one_of(st.none(), st.integers(1, 142)),
    label_noise=st.floats(0, 1),
    feature_noise=st.floats(0, 10),
    classes=st.one_of(st.none(), st.sampled_from([(0,), (2, 1), (0, 1, 2)])),
)


@settings(deadline=None, max_examples=60)
@given(edit=EDITS, index=st.integers(0, 3), split=st.sampled_from(SPLITS), seed=st.integers(0, 50))
def test_an_edit_of_one_agent_leaves_the_others_untouched(edit, index, split, seed):
    fields = {"dataset": "wine", "n_agents": 4, "split": split, "data_seed": seed}
    base = shards_of(**fields)
    edited = shards_of(**fields, agents=(Agent(),) * index + (edit,))
    for other in set(range(4)) - {index}:
        assert_same(base[other], edited[other])
    shard = edited[index]
    assert shard.n_samples == (edit.shard_size or base[index].n_samples)
    assert shard.is_flipped.sum() == round(edit.label_noise * shard.n_samples)
    if edit.classes is not None:
        assert set(shard.true_labels.tolist()) <= set(edit.classes)


def test_a_smaller_shard_is_the_beginning_of_the_agents_shard():
    base = shards_of()[4]
    smaller = shards_of(agents=(Agent(),) * 4 + (Agent(shard_size=40),))[4]
    np.testing.assert_array_equal(smaller.source_index, base.source_index[:40])


def test_a_larger_shard_keeps_its_samples_and_takes_rows_that_nobody_holds():
    fields = {"dataset": "mnist", "split": "uniform", "n_samples": 500}
    base = shards_of(**fields)
    larger, largest = (shards_of(**fields, agents=(Agent(shard_size=size),))[0] for size in (400, 12_000))
    held = np.concatenate([shard.source_index for shard in base])
    np.testing.assert_array_equal(larger.source_index[:100], base[0].source_index)
    assert not np.isin(larger.source_index[100:], held).any()
    assert larger.n_distinct == 400
    np.testing.assert_array_equal(largest.source_index[:400], larger.source_index)
    assert largest.n_distinct == 12_000, "a row repeats although the source has another"


def test_classes_narrow_a_shard_at_its_size():
    fields = {"split": "uniform", "n_samples": 200}
    base = shards_of(**fields)[0]
    narrow = shards_of(**fields, agents=(Agent(classes=(3, 7)),))[0]
    kept = base.source_index[np.isin(base.labels, (3, 7))]
    assert narrow.n_samples == base.n_samples == narrow.n_distinct
    np.testing.assert_array_equal(narrow.source_index[: len(kept)], kept)
    assert set(narrow.labels.tolist()) == {3, 7}


def test_a_larger_shard_keeps_to_its_classes_only_where_the_split_skews_labels():
    grown = Agent(shard_size=400)
    assert set(shards_of(split="classimbalance", agents=(grown,))[0].labels.tolist()) == {0}
    assert set(shards_of(split="powerlaw", n_agents=50, agents=(grown,))[0].labels.tolist()) == set(range(10))


def test_added_rows_come_from_nobody_then_from_others_then_again():
    labels = np.array([0, 0, 0, 0, 0, 1, 1])
    base = np.array([0, 5])
    is_spare = np.array([False, True, True, False, False, False, False])
    rows = edited_rows(base, Agent(shard_size=12), (0,), labels, is_spare, np.random.default_rng(0))
    assert rows[0] == 0
    assert set(rows[1:3]) == {1, 2}
    assert set(rows[3:5]) == {3, 4}
    np.testing.assert_array_equal(rows[5:], np.concatenate([rows[:5], rows[:2]]))


def test_label_noise_only_adds_flips_and_leaves_features_alone():
    less, more = (shards_of(agents=(Agent(),) * 3 + (Agent(label_noise=f),))[3] for f in (0.2, 0.5))
    assert (less.is_flipped.sum(), more.is_flipped.sum()) == (round(0.2 * 414), round(0.5 * 414))
    np.testing.assert_array_equal(more.labels[less.is_flipped], less.labels[less.is_flipped])
    assert less.features.tobytes() == more.features.tobytes()
    assert less.flipped_counts(10).sum() == less.is_flipped.sum()
    assert less.class_counts(10).sum() == less.n_samples
    np.testing.assert_array_equal(less.class_counts(10), np.bincount(less.labels, minlength=10))


def test_feature_noise_is_in_standard_deviations_of_the_data_set():
    data = federated_data(Scenario(dataset="mnist", agents=(Agent(feature_noise=0.5),)))
    shard, dataset = data.shards[0], data.dataset
    noise = shard.features - dataset.train_features[shard.source_index]
    assert noise.std() == pytest.approx(0.5 * dataset.train_features.std(), rel=0.02)
    assert not shard.is_flipped.any()


def test_two_agents_have_different_noise():
    noisy = Agent(label_noise=0.5, feature_noise=1.0)
    first, second = shards_of(dataset="wine", split="uniform", n_agents=2, agents=(noisy, noisy))
    assert not np.array_equal(first.is_flipped, second.is_flipped)


def test_a_copy_holds_what_the_copied_agent_holds_noise_included():
    noisy = Agent(shard_size=90, label_noise=0.4, feature_noise=0.3, classes=(1, 2, 3))
    for agents, source, copier in (((noisy, Agent(copy_of=0)), 0, 1), ((Agent(copy_of=1), noisy), 1, 0)):
        shards = shards_of(agents=agents)
        assert_same(shards[copier], shards[source])
        assert shards[copier].agent_index == copier


def test_a_shell_has_every_other_sample_of_its_owner_noise_included():
    noisy = Agent(label_noise=0.5, feature_noise=1.0, shard_size=101)
    for parts in ((Agent(shell_of=0),), (Agent(shell_of=0), Agent(shell_of=0))):
        split = shards_of(n_agents=3 + len(parts), n_samples=3 * 288, agents=(noisy, Agent(), Agent(), *parts))
        whole = shards_of(n_agents=3, n_samples=3 * 288, agents=(noisy,))
        assert_same(split[1], whole[1])  # nobody else has other samples
        assert_same(split[2], whole[2])
        for first, part in enumerate((split[0], *split[3:])):
            for name in ("source_index", "features", "labels", "true_labels"):
                np.testing.assert_array_equal(getattr(part, name), getattr(whole[0], name)[first :: 1 + len(parts)])


def test_a_shell_adds_no_samples_and_may_be_copied_blurred_and_repeated():
    plain = Scenario(dataset="mnist", n_agents=3)
    assert plain.replace(n_agents=4, agents=(Agent(),) * 3 + (Agent(shell_of=1),)).total_samples == plain.total_samples
    shell = Agent(shell_of=3, feature_noise=0.5, repeats=2)
    held = shards_of(split="uniform", n_samples=8, n_agents=6, agents=(shell, Agent(copy_of=0), Agent(shell_of=3)))
    assert [shard.n_samples for shard in held] == [2, 1, 1, 1, 2, 2]
    assert held[0].source_index[0] == held[1].source_index[0] != held[3].source_index[0]
    assert (held[0].features[0] != held[3].features[0]).any()


def test_an_owner_with_one_sample_gives_it_to_its_shell_too():
    held = shards_of(n_samples=4, n_agents=4, agents=(Agent(shard_size=1), Agent(shell_of=0)))
    assert [shard.n_samples for shard in held[:2]] == [1, 1]
    assert held[0].source_index == held[1].source_index


def test_a_copy_adds_its_own_noise_on_top():
    noisy = Agent(label_noise=0.4, feature_noise=0.3)
    own = Agent(copy_of=4, label_noise=0.1, feature_noise=0.2)
    copier, *_, copied = shards_of(agents=(own, Agent(), Agent(), Agent(), noisy))
    np.testing.assert_array_equal(copier.source_index, copied.source_index)
    assert (copier.labels != copied.labels).sum() == round(0.1 * copied.n_samples)
    std = federated_data(Scenario()).dataset.feature_std
    assert (copier.features - copied.features).std() == pytest.approx(0.2 * std, rel=0.05)
    np.testing.assert_array_equal(copier.true_labels, copied.true_labels)


def test_shards_are_read_only():
    shard = shards_of(agents=(Agent(label_noise=0.5, feature_noise=0.5),))[0]
    for array in (shard.source_index, shard.features, shard.labels, shard.true_labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_repeats_put_every_sample_in_so_often_and_leave_the_others_alone():
    noisy = Agent(label_noise=0.3, feature_noise=0.5)
    plain = Scenario(n_samples=300, agents=(noisy, Agent(), Agent(copy_of=0)))
    repeated = plain.replace(agents=(noisy.model_copy(update={"repeats": 3}), Agent(), Agent(copy_of=0)))
    before, after = federated_data(plain).shards, federated_data(repeated).shards
    assert after[0].n_samples == 3 * before[0].n_samples and after[0].n_distinct == before[0].n_distinct
    for name in ("source_index", "features", "labels", "true_labels"):
        np.testing.assert_array_equal(getattr(after[0], name), np.concatenate([getattr(before[0], name)] * 3))
        for index in range(1, 5):
            np.testing.assert_array_equal(getattr(after[index], name), getattr(before[index], name))


# -- owners ------------------------------------------------------------------------------------------------


def owners_of(**fields) -> list[np.ndarray]:
    """The owners of each agent's samples."""
    data = federated_data(Scenario(**({"dataset": "sentences", "model": "text_cnn", "split": "owners"} | fields)))
    assert data.dataset.train_owners is not None
    return [data.dataset.train_owners[shard.source_index] for shard in data.shards]


def test_agents_hold_the_sentences_of_their_owner_in_equal_parts():
    held = owners_of(n_agents=5)
    assert [np.unique(owners).tolist() for owners in held] == [[0], [1], [2], [0], [1]]
    assert [len(owners) for owners in held] == [400, 400, 800, 400, 400]


def test_a_larger_shard_stays_with_its_owner_and_repeats_when_that_has_no_more():
    agents = (Agent(shard_size=1000), Agent(shard_size=700, classes=(1,)))
    held = owners_of(n_agents=6, agents=agents)
    assert len(held[0]) == 1000 and (held[0] == 0).all()
    assert len(held[1]) == 700 and (held[1] == 1).all()


def test_samples_set_aside_have_no_owner_among_the_agents():
    assert sum(len(owners) for owners in owners_of(n_validation=300)) == 2100
