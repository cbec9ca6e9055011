"""Samples set aside for valuations: in no shard, not in the test set, and of no influence where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.data import federated_data, load_dataset
from cgs_core.data.partition import PARTITIONS
from cgs_core.scenario import Agent, Scenario
from cgs_core.scenario.catalogue import DATASETS

EDITS = (Agent(shard_size=130), Agent(classes=(0, 1)), Agent(copy_of=0), Agent(feature_noise=0.5))


def rows(features: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in features}


def as_counts(features: np.ndarray) -> dict[bytes, int]:
    values, counts = np.unique(features, axis=0, return_counts=True)
    return {value.tobytes(): int(count) for value, count in zip(values, counts, strict=True)}


@pytest.mark.parametrize("name", DATASETS)
def test_without_any_the_data_set_is_as_it_was(name: str) -> None:
    model = "text_cnn" if DATASETS[name].kind == "text" else "mlp"
    data = federated_data(Scenario(dataset=name, model=model))
    assert data.dataset.train_features.tobytes() == load_dataset(name, 0).train_features.tobytes()
    assert data.validation.features.shape == (0, DATASETS[name].n_features) and len(data.validation.labels) == 0


@pytest.mark.parametrize("name", ["digits", "wine", "breast_cancer"])
def test_training_and_validation_samples_are_the_whole(name: str) -> None:
    whole = load_dataset(name, 0)
    data = federated_data(Scenario(dataset=name, n_validation=40))
    together = np.concatenate([data.dataset.train_features, data.validation.features])
    assert as_counts(together) == as_counts(whole.train_features)
    assert len(data.validation.labels) == 40
    np.testing.assert_array_equal(data.dataset.test_features, whole.test_features)


@pytest.mark.parametrize("split", [name for name, row in PARTITIONS.items() if not row.is_by_owner])
def test_no_agent_holds_one_whatever_its_edits(split: str) -> None:
    data = federated_data(Scenario(dataset="wine", n_validation=60, split=split, agents=EDITS))
    unique = rows(data.validation.features)
    assert len(unique) == 60  # so that equal rows mean the same sample
    for shard in data.shards[:3]:
        assert not unique & rows(shard.features)
        np.testing.assert_array_equal(data.dataset.train_labels[shard.source_index], shard.true_labels)


def test_toys_draw_them_in_addition() -> None:
    plain, other = federated_data(Scenario(dataset="moons")), federated_data(Scenario(dataset="moons", n_validation=50))
    for one, two in zip(plain.shards, other.shards, strict=True):
        assert one.features.tobytes() == two.features.tobytes()
    seen = rows(other.dataset.train_features) | rows(other.dataset.test_features)
    assert len(other.validation.labels) == 50 and not rows(other.validation.features) & seen


def test_the_seed_of_the_data_draws_them() -> None:
    drawn = [
        federated_data(Scenario(dataset="wine", n_validation=20, data_seed=data_seed, start_seed=start_seed)).validation
        for data_seed, start_seed in ((0, 0), (0, 1), (1, 0))
    ]
    assert drawn[0].features.tobytes() == drawn[1].features.tobytes() != drawn[2].features.tobytes()
    assert not drawn[0].features.flags.writeable and not drawn[0].labels.flags.writeable
