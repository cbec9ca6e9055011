"""How training samples are shared out among agents: one function a split, one row of ``PARTITIONS`` each.

A split knows labels and numbers only. It returns, for every agent, the rows of the training set that it
holds: at least one, in random order, so that the beginning of a shard is a fair sample of it. Rows repeat
only where a split asks for more samples of a class than there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgs_core.scenario import CHOICES, Row, Rows
from cgs_core.typing import FloatArray, IntArray

POWERLAW_EXPONENT = 1.65911332899  # of the paper's experiments (section 6 of the project's method page)


@dataclass(frozen=True)
class SplitSettings:
    """What a split may depend on. ``n_agents`` <= ``n_samples`` <= the number of labels.

    ``owners`` (n_labels,) says who brought each row, for data that have owners.
    """

    n_samples: int
    n_agents: int
    concentration: float
    owners: IntArray | None = None


Draw = Callable[[IntArray, SplitSettings, np.random.Generator], list[IntArray]]


@dataclass(frozen=True)
class Partition(Row):
    """One row.

    ``draw`` takes the labels (n_labels,), what the split may depend on, and its random stream; it gives each agent's
    rows: ``n_agents`` arrays of indices into the labels, none of them empty. ``is_label_skewed``: it decides which
    classes an agent holds. ``is_by_owner``: whose rows.
    """

    kind = "split"

    draw: Draw
    is_label_skewed: bool
    is_by_owner: bool = False

    def of(self, labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
        """Each agent's rows. Raises ``AddedError`` where they are none."""
        shards = self.run(lambda: [np.asarray(rows) for rows in self.draw(labels, settings, rng)])
        if len(shards) != settings.n_agents:
            raise self.error(f"must give the rows of {settings.n_agents} agents; got {len(shards)}")
        for index, rows in enumerate(shards):
            is_rows = rows.ndim == 1 and rows.dtype.kind in "iu" and len(rows) > 0
            if not is_rows or rows.min() < 0 or rows.max() >= len(labels):
                allowed = f"must give at least one row an agent, each from 0 to {len(labels) - 1}"
                raise self.error(f"{allowed}; not so for agent {index + 1}")
        return shards

    def check(self) -> None:
        labels = np.arange(60) % 3
        settings = SplitSettings(n_samples=40, n_agents=4, concentration=0.5, owners=labels)
        self.of(labels, settings, np.random.default_rng(0))


def partition_uniformly(labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
    """Equal shards of a random permutation (sizes differ by at most 1)."""
    return _cut(rng.permutation(len(labels)), equal_sizes(settings.n_samples, settings.n_agents))


def partition_by_powerlaw(labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
    """Shards of ``powerlaw_sizes`` of a random permutation: agent 0 has the smallest, the last agent the largest."""
    sizes = powerlaw_sizes(settings.n_samples, settings.n_agents, limit=len(labels))
    return _cut(rng.permutation(len(labels)), sizes)


def partition_by_classimbalance(labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
    """Equal sizes; agent k holds the first ``classes_held[k]`` classes, evenly.

    Each class is a shuffled deck that the agents draw from in turn; a deck that is used up starts again, so an
    agent's samples repeat only when it holds the whole class.
    """
    n_classes = int(labels.max()) + 1
    decks = [rng.permutation(np.flatnonzero(labels == label)) for label in range(n_classes)]
    n_dealt = [0] * n_classes
    shards = []
    sizes = equal_sizes(settings.n_samples, settings.n_agents)
    for size, n_held in zip(sizes, classes_held(settings.n_agents, n_classes), strict=True):
        parts = []
        for label, count in enumerate(equal_sizes(int(size), int(n_held)).tolist()):
            parts.append(decks[label].take(np.arange(n_dealt[label], n_dealt[label] + count), mode="wrap"))
            n_dealt[label] += count
        shards.append(rng.permutation(np.concatenate(parts)))
    return shards


def partition_by_dirichlet(labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
    """Label skew: each class is shared out in proportions ~ Dirichlet(concentration) over the agents.

    The skew of Hsu, Qi, Brown 2019 (arXiv:1909.06335) in the form of Yurochkin et al., ICML 2019: proportions
    are drawn for each class, so sizes vary too. An agent that got nothing takes one sample from the largest.
    """
    pool = rng.permutation(len(labels))[: settings.n_samples]
    parts: list[list[IntArray]] = [[] for _ in range(settings.n_agents)]
    for label in range(int(labels.max()) + 1):
        rows = pool[labels[pool] == label]
        proportions = rng.dirichlet(np.full(settings.n_agents, settings.concentration))
        ends = np.rint(np.cumsum(proportions)[:-1] * len(rows)).astype(np.int64)
        for part, chunk in zip(parts, np.split(rows, ends), strict=True):
            part.append(chunk)
    shards = [rng.permutation(np.concatenate(part)) for part in parts]
    for index, shard in enumerate(shards):
        if len(shard) == 0:
            largest = max(range(len(shards)), key=lambda other: len(shards[other]))
            shards[index], shards[largest] = shards[largest][-1:], shards[largest][:-1]
    return shards


def partition_by_owner(labels: IntArray, settings: SplitSettings, rng: np.random.Generator) -> list[IntArray]:
    """The data's own owners: agent i belongs to owner i mod n_owners; the agents of one owner share its rows equally.

    Owners without an agent keep theirs. Of ``n_samples`` each owner gives about the same part of its rows, and at
    least one for each of its agents: some twice, where it has fewer.

    Raises ``ValueError`` without ``settings.owners``.
    """
    if settings.owners is None:
        raise ValueError("settings.owners: the data have no owners")
    owners = np.unique(settings.owners)[: settings.n_agents]
    pool = rng.permutation(np.flatnonzero(np.isin(settings.owners, owners)))
    shards: list[IntArray] = [pool[:0]] * settings.n_agents
    for place, owner in enumerate(owners):
        agents = range(place, settings.n_agents, len(owners))
        drawn = pool[: settings.n_samples]
        rows = drawn[settings.owners[drawn] == owner]
        if len(rows) < len(agents):
            rows = np.resize(pool[settings.owners[pool] == owner], len(agents))
        for agent, shard in zip(agents, _cut(rows, equal_sizes(len(rows), len(agents))), strict=True):
            shards[agent] = shard
    return shards


_WORDS = CHOICES["split"]
PARTITIONS = Rows(
    "split",
    {
        "uniform": Partition(_WORDS["uniform"], partition_uniformly, is_label_skewed=False),
        "powerlaw": Partition(_WORDS["powerlaw"], partition_by_powerlaw, is_label_skewed=False),
        "classimbalance": Partition(_WORDS["classimbalance"], partition_by_classimbalance, is_label_skewed=True),
        "dirichlet": Partition(_WORDS["dirichlet"], partition_by_dirichlet, is_label_skewed=True),
        "owners": Partition(_WORDS["owners"], partition_by_owner, is_label_skewed=False, is_by_owner=True),
    },
)
"""How samples are shared out, by the names of a scenario's ``split``."""


def equal_sizes(n_samples: int, n_parts: int) -> IntArray:
    """(n_parts,) sizes that add up to ``n_samples`` and differ by at most 1, the larger ones first."""
    return n_samples // n_parts + (np.arange(n_parts) < n_samples % n_parts)


def powerlaw_shares(n_agents: int) -> FloatArray:
    """(n_agents,) rising shares that sum to 1: linspace between the 1 % and 99 % points of the power law.

    The quantile function of the density a x^(a-1) on [0, 1] is q^(1/a).
    """
    points = np.linspace(0.01 ** (1 / POWERLAW_EXPONENT), 0.99 ** (1 / POWERLAW_EXPONENT), n_agents)
    shares: FloatArray = points / points.sum()
    return shares


def powerlaw_sizes(n_samples: int, n_agents: int, limit: int) -> IntArray:
    """(n_agents,) shard sizes: each share of ``n_samples`` rounded up, as in the authors' code.

    Rounding up gives the published 71, 336, 600, 865, 1130 for 5 agents and 3000 samples, which is 3002: the sum
    may exceed ``n_samples`` by up to ``n_agents`` - 1. Where that is more than ``limit`` (the rows that there are),
    the shards that gained most by the rounding give a sample back; none falls below 1.
    """
    exact = powerlaw_shares(n_agents) * n_samples
    sizes = np.ceil(np.round(exact, 6)).astype(np.int64)  # rounded first: 600.0000000001 is 600
    while sizes.sum() > limit:
        sizes[np.argmax(np.where(sizes > 1, sizes - exact, -np.inf))] -= 1
    return sizes


def classes_held(n_agents: int, n_classes: int) -> IntArray:
    """(n_agents,) number of classes of each agent, from 1 to ``n_classes``."""
    return np.linspace(1, n_classes, n_agents).astype(np.int64)


def _cut(rows: IntArray, sizes: IntArray) -> list[IntArray]:
    ends = np.cumsum(sizes)
    return [rows[end - size : end] for size, end in zip(sizes, ends, strict=True)]
