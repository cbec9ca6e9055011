"""Where samples come from: the bundled files and the toys, as arrays ready to train on."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from cgs_core.data.own.files import load_arrays
from cgs_core.data.toys import TOYS, TOYS_VERSION
from cgs_core.errors import DataError
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario.catalogue import DATASETS, DatasetInfo
from cgs_core.scenario.own_data import OwnData
from cgs_core.typing import FloatArray, IntArray

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
ARRAY_NAMES = ("train_features", "train_labels", "test_features", "test_labels")  # of every bundled file

_PIXEL_MAXIMUM = {"digits": 16, "mnist": 255, "fashion_mnist": 255}


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set's samples, read-only. Images are in [0, 1]; tables have training mean 0 and deviation 1.

    A sample of text is the numbers of its words, then padding (``PADDING``) up to the data set's length.
    """

    info: DatasetInfo
    train_features: FloatArray  # (n_train, n_features) float32
    train_labels: IntArray  # (n_train,) int64 in 0..n_classes-1
    test_features: FloatArray  # (n_test, n_features) float32
    test_labels: IntArray  # (n_test,) int64
    train_owners: IntArray | None = None  # (n_train,) int64: places in info.owner_names; None where it has none
    vocabulary: tuple[str, ...] = ()  # of text: the words by their numbers

    def __post_init__(self) -> None:
        for name in ARRAY_NAMES:
            getattr(self, name).setflags(write=False)
        if self.train_owners is not None:
            self.train_owners.setflags(write=False)

    @cached_property
    def feature_std(self) -> float:
        """Standard deviation of all training feature values together: the unit of ``Agent.feature_noise``."""
        return float(self.train_features.std(dtype=np.float64))


def load_dataset(name: str, seed: int, own: OwnData | None = None) -> Dataset:
    """A data set of the catalogue, or a person's own; ``seed`` draws the toys and does not matter to others.

    Raises
    ------
    DataError: the file is missing or does not hold what the catalogue or ``own`` says.
    """
    if own is not None:
        return _own_dataset(own)
    info = DATASETS[name]
    return _drawn_dataset(info, seed) if name in TOYS else _bundled_dataset(info)


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """Samples that a valuation may try models on, read-only: in no shard and not in the test set."""

    features: FloatArray  # (n_validation, n_features) float32
    labels: IntArray  # (n_validation,) int64

    def __post_init__(self) -> None:
        self.features.setflags(write=False)
        self.labels.setflags(write=False)


def set_aside(dataset: Dataset, n_validation: int, seed: int) -> tuple[Dataset, ValidationSet]:
    """A data set without ``n_validation`` random training samples, and those; toys draw them in addition.

    The training samples that are left keep their order. With no validation samples the data set is returned as it is.
    """
    if n_validation == 0:
        return dataset, ValidationSet(dataset.train_features[:0], dataset.train_labels[:0])
    rng = random_stream(seed, Stream.VALIDATION)
    if dataset.info.name in TOYS:
        return dataset, ValidationSet(*TOYS[dataset.info.name](n_validation, rng))
    chosen = rng.permutation(len(dataset.train_labels))[:n_validation]
    is_kept = np.ones(len(dataset.train_labels), dtype=bool)
    is_kept[chosen] = False
    owners = None if dataset.train_owners is None else dataset.train_owners[is_kept]
    kept = replace(
        dataset,
        train_features=dataset.train_features[is_kept],
        train_labels=dataset.train_labels[is_kept],
        train_owners=owners,
    )
    return kept, ValidationSet(dataset.train_features[chosen], dataset.train_labels[chosen])


@lru_cache(maxsize=16)
def dataset_fingerprint(name: str) -> str:
    """Twelve hexadecimal digits that change when the samples do: of the bundled file, or of the toys' version.

    Raises
    ------
    DataError: the bundled file is missing.
    """
    content = TOYS_VERSION.encode() if name in TOYS else _bundled_bytes(name)
    return hashlib.sha256(content).hexdigest()[:12]


@lru_cache(maxsize=8)
def _drawn_dataset(info: DatasetInfo, seed: int) -> Dataset:
    draw = TOYS[info.name]
    train = draw(info.n_train, random_stream(seed, Stream.TOY_TRAINING_DATA))
    test = draw(info.n_test, random_stream(seed, Stream.TOY_TEST_DATA))
    return Dataset(info, *train, *test)


def _own_dataset(own: OwnData) -> Dataset:
    arrays = load_arrays(own)
    parts = [arrays.train_features, arrays.test_features]
    train, test = (part.astype(np.float32) / 255 if part.dtype == np.uint8 else part for part in parts)
    owners = arrays.train_owners if own.owner_names else None
    return Dataset(own.info, train, arrays.train_labels, test, arrays.test_labels, train_owners=owners)


@lru_cache(maxsize=8)
def _bundled_dataset(info: DatasetInfo) -> Dataset:
    arrays = read_arrays(info, _bundled_bytes(info.name))
    train_features, train_labels, test_features, test_labels = (arrays[name] for name in ARRAY_NAMES)
    centre: float | FloatArray
    scale: float | FloatArray
    if info.kind == "text":
        centre, scale = 0.0, 1.0
    elif info.name in _PIXEL_MAXIMUM:
        centre, scale = 0.0, float(_PIXEL_MAXIMUM[info.name])
    else:
        centre, scale = train_features.mean(axis=0), train_features.std(axis=0)
    return Dataset(
        info,
        ((train_features - centre) / scale).astype(np.float32),
        train_labels.astype(np.int64),
        ((test_features - centre) / scale).astype(np.float32),
        test_labels.astype(np.int64),
        arrays["train_owners"].astype(np.int64) if info.owner_names else None,
        tuple(arrays["vocabulary"].tolist()) if info.n_words else (),
    )


def _bundled_bytes(name: str) -> bytes:
    try:
        return (BUNDLED_FOLDER / f"{name}.npz").read_bytes()
    except OSError as error:
        raise DataError(
            f"the data file {name}.npz cannot be read ({error.strerror}); python -m tools.build_datasets makes it again"
        ) from None


def array_names(info: DatasetInfo) -> tuple[str, ...]:
    """What a data set's bundled file holds: owners where it has any, the vocabulary where it is text."""
    return ARRAY_NAMES + ("train_owners",) * bool(info.owner_names) + ("vocabulary",) * bool(info.n_words)


def read_arrays(info: DatasetInfo, content: bytes) -> dict[str, np.ndarray]:
    """The arrays of a bundled file, those of ``array_names``, as stored (raw values).

    Raises
    ------
    DataError: the bytes are no npz file, or shapes, classes or values are not those of the catalogue.
    """
    names = array_names(info)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # not np.load, which parses before it checks the CRC
            parts = [archive.read(f"{name}.npy") for name in names]
        read = [np.lib.format.read_array(io.BytesIO(part), allow_pickle=False) for part in parts]
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"the data file {info.name}.npz is damaged ({error})") from None
    arrays = dict(zip(names, read, strict=True))
    shapes = {
        "train_features": (info.n_train, info.n_features),
        "train_labels": (info.n_train,),
        "test_features": (info.n_test, info.n_features),
        "test_labels": (info.n_test,),
        "train_owners": (info.n_train,),
        "vocabulary": (info.n_words,),
    }
    expected = [shapes[name] for name in names]
    if [array.shape for array in read] != expected:
        raise DataError(
            f"the data file {info.name}.npz is damaged: its arrays must have the shapes {expected}; "
            f"got {[array.shape for array in read]}"
        )
    for part in ("train", "test"):
        features, labels = arrays[f"{part}_features"], arrays[f"{part}_labels"]
        if not np.isfinite(features).all() or not _holds_all(labels, info.n_classes):
            raise DataError(
                f"the data file {info.name}.npz is damaged: features must be finite and "
                f"every class from 0 to {info.n_classes - 1} must be there"
            )
        if info.n_words and (features.dtype.kind != "u" or features.max() >= info.n_words):
            raise DataError(f"the data file {info.name}.npz is damaged: words must be numbers below {info.n_words}")
    if info.owner_names and not _holds_all(arrays["train_owners"], len(info.owner_names)):
        raise DataError(f"the data file {info.name}.npz is damaged: every owner must have samples")
    return arrays


def _holds_all(numbers: np.ndarray, count: int) -> bool:
    """Whether these are the whole numbers from 0 to below ``count``, each of them at least once."""
    return set(np.unique(numbers).tolist()) == set(range(count))
