"""A person's own samples as training wants them: a fifth kept for testing, features scaled, all under one hash."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgs_core.errors import DataError
from cgs_core.scenario.own_data import MAX_CLASSES, MAX_OWNERS, OwnData
from cgs_core.typing import FloatArray, IntArray

TEST_PART = 5
"""One sample of so many, of every class, is kept for testing."""

ARRAY_NAMES = ("train_features", "train_labels", "test_features", "test_labels", "train_owners")
FURTHEST = 1000.0  # standard deviations


@dataclass(frozen=True, eq=False)
class OwnArrays:
    """The samples, and their facts as a scenario holds them."""

    own: OwnData
    train_features: FloatArray  # (n_train, n_features) float32, or uint8 of pixels from 0 to 255
    train_labels: IntArray  # (n_train,) int64, places in own.class_names
    test_features: FloatArray  # (n_test, n_features), as train_features
    test_labels: IntArray  # (n_test,) int64
    train_owners: IntArray  # (n_train,) int64, places in own.owner_names; (0,) where there are none


@dataclass(frozen=True, eq=False)
class Samples:
    """What was read of a file: features as they came, labels and owners as text, a row of the file each."""

    kind: Literal["table", "image"]
    shape: tuple[int, ...]
    features: FloatArray  # (n_rows, n_features) float64 of a table; uint8, or float32 in [0, 1], of pictures
    labels: Sequence[str]  # (n_rows,)
    owners: Sequence[str] | None  # (n_rows,)
    label_column: str
    agent_column: str


def own_arrays(samples: Samples, name: str) -> OwnArrays:
    """Samples made ready: the same file always gives the same arrays and the same hash.

    Classes and owners stand in the order of their numbers, else of the alphabet. A fifth of every class, owner by
    owner, is kept for testing. A table's columns get mean 0 and deviation 1 over the training samples (a value is at
    most ``FURTHEST`` deviations off); one that does not vary becomes 0.

    Raises
    ------
    DataError: too few or too many classes or owners, or too few samples of one.
    """
    class_names = _names(samples.labels, samples.label_column or "labels", "class", MAX_CLASSES)
    labels = np.array([class_names.index(text) for text in samples.labels], dtype=np.int64)
    for place, count in enumerate(np.bincount(labels).tolist()):
        if count < TEST_PART:
            what = f"class {class_names[place]!r} must have at least {TEST_PART} samples; got {count}"
            raise DataError(what, column=samples.label_column or "labels")
    owner_names: tuple[str, ...] = ()
    owners = np.zeros(len(labels), dtype=np.int64)
    if samples.owners is not None:
        owner_names = _names(samples.owners, samples.agent_column or "agents", "agent", MAX_OWNERS)
        owners = np.array([owner_names.index(text) for text in samples.owners], dtype=np.int64)
    is_test = _kept_for_testing(labels, owners, samples.features)
    for place, owner in enumerate(owner_names):
        if not (owners[~is_test] == place).any():
            what = f"agent {owner!r} has too few samples to keep one in {TEST_PART} for testing"
            raise DataError(what, column=samples.agent_column or "agents")
    train, test = samples.features[~is_test], samples.features[is_test]
    if samples.kind == "table":
        train, test = _standardised(train, test)
    arrays = (train, labels[~is_test], test, labels[is_test], owners[~is_test] if owner_names else owners[:0])
    own = OwnData(
        sha256="0" * 64,
        name=name,
        kind=samples.kind,
        shape=samples.shape,
        class_names=class_names,
        owner_names=owner_names,
        label_column=samples.label_column,
        agent_column=samples.agent_column,
        n_train=len(train),
        n_test=len(test),
    )
    return OwnArrays(own.model_copy(update={"sha256": digest(own, arrays)}), *arrays)


def digest(own: OwnData, arrays: Sequence[np.ndarray]) -> str:
    """SHA-256 of the arrays and of the facts that say what they mean; the name that a person gave is left out."""
    kinds = [[array.dtype.str, array.shape] for array in arrays]
    facts = [own.kind, own.shape, own.class_names, own.owner_names, own.label_column, own.agent_column, kinds]
    hashed = hashlib.sha256(json.dumps(facts).encode())
    for array in arrays:
        hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.hexdigest()


def _names(texts: Sequence[str], column: str, what: str, most: int) -> tuple[str, ...]:
    """The different texts of a column, in order."""
    names = set(texts)
    plural = "classes" if what == "class" else "agents"
    if not 2 <= len(names) <= most:
        advice = "; is this the right column?" if len(names) > most else ""
        raise DataError(f"must name 2 to {most} {plural}; got {len(names)}{advice}", column=column)
    return tuple(sorted(names, key=_order))


def _order(name: str) -> tuple[bool, float, str]:
    """Numbers first; "nan" is a word, since a number that is not one stands in no order."""
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (True, 0.0, name) if math.isnan(number) else (False, number, name)


def _kept_for_testing(labels: IntArray, owners: IntArray, features: FloatArray) -> np.ndarray:
    """(n_rows,) bool: one row in five of each class, spread over the owners, drawn from the data themselves."""
    content = hashlib.sha256(np.ascontiguousarray(features).tobytes() + labels.tobytes() + owners.tobytes())
    rng = np.random.default_rng(int.from_bytes(content.digest()[:16], "big"))
    is_test = np.zeros(len(labels), dtype=bool)
    for label in range(int(labels.max()) + 1):
        rows = rng.permutation(np.flatnonzero(labels == label))
        in_order = rows[np.argsort(owners[rows], kind="stable")]
        is_test[in_order[int(rng.integers(TEST_PART)) :: TEST_PART]] = True
    return is_test


def _standardised(train: FloatArray, test: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both parts in the training part's deviations, at most ``FURTHEST`` from its mean; a flat column becomes 0."""
    centre, scale = train.mean(axis=0), train.std(axis=0)
    scale = np.where(scale <= 1e-9 * np.abs(centre), np.inf, scale)  # equal numbers, but for rounding
    train, test = (np.clip((part - centre) / scale, -FURTHEST, FURTHEST).astype(np.float32) for part in (train, test))
    return train, test
