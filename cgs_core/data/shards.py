"""Every agent's shard, as the agent sees it: split, single edits, noise, then shells, copies and repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cgs_core.data.corruption import blur_features, flip_labels
from cgs_core.data.own.files import check_here
from cgs_core.data.partition import PARTITIONS, SplitSettings
from cgs_core.data.sources import Dataset, ValidationSet, load_dataset, set_aside
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Agent, Scenario
from cgs_core.typing import FloatArray, IntArray

_DATA_FIELDS = (
    "dataset",
    "own_data",
    "n_agents",
    "split",
    "concentration",
    "n_samples",
    "agents",
    "model",
    "data_seed",
    "n_validation",
)
"""What the shards depend on; the model only says which data sets there may be."""


@dataclass(frozen=True, eq=False)
class Shard:
    """What one agent holds, read-only; a source row may be held more than once."""

    agent_index: int
    source_index: IntArray  # (n_samples,) row of the training set
    features: FloatArray  # (n_samples, n_features) float32, the agent's noise included
    labels: IntArray  # (n_samples,) int64, flipped ones included
    true_labels: IntArray  # (n_samples,) int64, as in the training set

    def __post_init__(self) -> None:
        for array in (self.source_index, self.features, self.labels, self.true_labels):
            array.setflags(write=False)

    @property
    def n_samples(self) -> int:
        """How many samples the agent holds, repeats included."""
        return len(self.labels)

    @property
    def n_distinct(self) -> int:
        """How many different rows of the training set are among the samples."""
        return len(np.unique(self.source_index))

    @property
    def is_flipped(self) -> npt.NDArray[np.bool_]:
        """(n_samples,) bool: the agent's label is not the true one."""
        return np.not_equal(self.labels, self.true_labels)

    def class_counts(self, n_classes: int) -> IntArray:
        """(n_classes,) samples by the label that the agent holds."""
        return np.bincount(self.labels, minlength=n_classes)

    def flipped_counts(self, n_classes: int) -> IntArray:
        """(n_classes,) samples with a wrong label, by the (wrong) label that the agent holds."""
        return np.bincount(self.labels[self.is_flipped], minlength=n_classes)


@dataclass(frozen=True, eq=False)
class FederatedData:
    """A data set and its shards, one an agent; test and validation samples are in none of them.

    ``dataset`` holds the training samples that are left when the validation samples are set aside.
    """

    dataset: Dataset
    shards: tuple[Shard, ...]
    validation: ValidationSet


def federated_data(scenario: Scenario) -> FederatedData:
    """The data of a scenario: the one entry point of this stage, a pure function of the scenario.

    The split is drawn for all agents before any edit is looked at, and every agent's edits and noise have streams
    of their own: editing one agent changes no other agent's shard, except those that copy it. A shell takes no part
    in the split, so that the last agents can be made shells of others without a change of anybody else's shard.

    Raises
    ------
    DataError: a file is missing or damaged.
    """
    if scenario.own_data is not None:
        check_here(scenario.own_data)  # data that were deleted are not remembered either
    settings = {name: getattr(scenario, name) for name in _DATA_FIELDS}
    if not scenario.is_always_there:  # which changes nobody's data
        settings["agents"] = tuple(agent.always_there() for agent in scenario.agents)
    return _federated_data(Scenario(**settings))


@lru_cache(maxsize=4)
def _federated_data(scenario: Scenario) -> FederatedData:
    whole = load_dataset(scenario.dataset, scenario.data_seed, scenario.own_data)
    dataset, validation = set_aside(whole, scenario.n_validation, scenario.data_seed)
    labels, agents = dataset.train_labels, scenario.full_agents
    split = _split(scenario, dataset)
    is_spare = np.ones(len(labels), dtype=bool)
    is_spare[np.concatenate(split)] = False
    own = [index for index, agent in enumerate(agents) if agent.shell_of is None]

    shards: dict[int, Shard] = {}
    for index, base in zip(own, split, strict=True):
        if (agent := agents[index]).copy_of is None:
            classes = agent.classes or _classes_to_grow_in(scenario, labels[base])
            rng = random_stream(scenario.data_seed, Stream.SHARD, index)
            rows = edited_rows(base, agent, classes, _open_labels(scenario, dataset, base, classes), is_spare, rng)
            clean = Shard(index, rows, dataset.train_features[rows], labels[rows], labels[rows])
            shards[index] = _with_noise(clean, agent, dataset, scenario.data_seed)
    for source in sorted({agent.shell_of for agent in agents if agent.shell_of is not None}):
        parts = [source, *(index for index, agent in enumerate(agents) if agent.shell_of == source)]
        for index, part in zip(parts, _parted(shards[source], parts), strict=True):
            shards[index] = part if index == source else _with_noise(part, agents[index], dataset, scenario.data_seed)
    for index, agent in enumerate(agents):
        if agent.copy_of is not None:
            copied = replace(shards[agent.copy_of], agent_index=index)
            shards[index] = _with_noise(copied, agent, dataset, scenario.data_seed)
    held = (_repeated(shards[index], agent.repeats) for index, agent in enumerate(agents))
    return FederatedData(dataset, tuple(held), validation)


def _split(scenario: Scenario, dataset: Dataset) -> list[IntArray]:
    """The rows, before edits, of every agent that is no shell."""
    settings = SplitSettings(scenario.total_samples, scenario.n_shards, scenario.concentration, dataset.train_owners)
    rng = random_stream(scenario.data_seed, Stream.PARTITION)
    return PARTITIONS[scenario.split].of(dataset.train_labels, settings, rng)


def _classes_to_grow_in(scenario: Scenario, base_labels: IntArray) -> tuple[int, ...]:
    """The classes of a larger shard's added samples: where the split skews labels, those that the agent has."""
    if PARTITIONS[scenario.split].is_label_skewed:
        return tuple(np.unique(base_labels).tolist())
    return tuple(range(scenario.info.n_classes))


def _open_labels(scenario: Scenario, dataset: Dataset, base: IntArray, classes: tuple[int, ...]) -> IntArray:
    """(n_train,) labels; where the split goes by owners, -1 at the other owners' rows, which an agent may not hold.

    An owner without a row of the agent's ``classes`` closes no row.
    """
    labels, owners = dataset.train_labels, dataset.train_owners
    if not PARTITIONS[scenario.split].is_by_owner or owners is None:
        return labels
    own = np.where(owners == owners[base[0]], labels, -1)
    return own if np.isin(own, classes).any() else labels


def edited_rows(
    base: IntArray,
    agent: Agent,
    classes: tuple[int, ...],
    labels: IntArray,
    is_spare: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> IntArray:
    """The rows of one agent after its ``shard_size`` and ``classes``: another size only lengthens or shortens them.

    In this order, as far as they are needed: the base rows of the classes, other rows of the classes that
    nobody holds (``is_spare``, (n_train,) bool), those that other agents hold, and the same again.

    Parameters
    ----------
    base: (n_base,) rows of the split.
    classes: the classes that the agent may hold.
    labels: (n_train,) of the training set; -1 at rows that the agent may not hold.
    """
    kept = base[np.isin(labels[base], classes)]
    allowed = rng.permutation(np.flatnonzero(np.isin(labels, classes)))
    added = allowed[~np.isin(allowed, kept)]
    deck = np.concatenate([kept, added[is_spare[added]], added[~is_spare[added]]])
    return np.resize(deck, agent.shard_size or len(base))


def _repeated(shard: Shard, repeats: int) -> Shard:
    """The shard with every sample in it so often, noise and all."""
    if repeats == 1:
        return shard
    return _rows_of(shard, np.tile(np.arange(shard.n_samples), repeats), shard.agent_index)


def _parted(whole: Shard, agents: list[int]) -> list[Shard]:
    """The shard's samples, dealt out to an owner's agents in turn; where they are too few, some are held twice."""
    places = np.arange(max(whole.n_samples, len(agents))) % whole.n_samples
    return [_rows_of(whole, places[first :: len(agents)], agent) for first, agent in enumerate(agents)]


def _rows_of(shard: Shard, rows: IntArray, agent: int) -> Shard:
    """These samples of a shard, as those of an agent."""
    return Shard(agent, shard.source_index[rows], shard.features[rows], shard.labels[rows], shard.true_labels[rows])


def _with_noise(shard: Shard, agent: Agent, dataset: Dataset, seed: int) -> Shard:
    """The shard with the agent's own label noise and feature noise added."""
    labels, features = shard.labels, shard.features
    if agent.label_noise > 0:
        rng = random_stream(seed, Stream.LABEL_NOISE, shard.agent_index)
        labels = flip_labels(labels, dataset.info.n_classes, agent.label_noise, rng)
    if agent.feature_noise > 0:
        rng = random_stream(seed, Stream.FEATURE_NOISE, shard.agent_index)
        features = blur_features(features, agent.feature_noise * dataset.feature_std, rng)
    return replace(shard, labels=labels, features=features)
