"""The data sets that a scenario may name, and their fixed facts (no arrays: those are in ``cgs_core.data``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["image", "table", "plane", "text"]


@dataclass(frozen=True)
class DatasetInfo:
    """One data set: what a form needs to offer it and a scenario needs to be checked.

    ``n_train`` is how many samples can be shared out, ``n_test`` how many are kept for testing;
    ``samples_per_agent`` is the mean shard size when a scenario names no ``n_samples``
    (fewer when the source has fewer). ``shape`` is one sample's: (height, width), (height, width, 3) for
    colour, or (n_features,); of text it is (n_places,), each the number of a word below ``n_words``.
    ``owner_names``: whom the samples came from, if known.
    """

    name: str
    title: str
    kind: Kind
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    n_train: int
    n_test: int
    samples_per_agent: int
    about: str
    owner_names: tuple[str, ...] = ()
    n_words: int = 0

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    @property
    def n_features(self) -> int:
        size = 1
        for length in self.shape:
            size *= length
        return size


_DIGITS = tuple(str(digit) for digit in range(10))
_GARMENTS = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")

DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "digits",
            "Digits (8×8)",
            "image",
            (8, 8),
            _DIGITS,
            1437,
            360,
            600,
            "Handwritten digits in 8×8 pixels (UCI, as bundled with scikit-learn).",
        ),
        DatasetInfo(
            "mnist",
            "MNIST (28×28)",
            "image",
            (28, 28),
            _DIGITS,
            12_000,
            2_000,
            600,
            "Handwritten digits in 28×28 pixels: a stratified part of MNIST (LeCun and Cortes).",
        ),
        DatasetInfo(
            "fashion_mnist",
            "Fashion-MNIST (28×28)",
            "image",
            (28, 28),
            _GARMENTS,
            12_000,
            2_000,
            600,
            "Pictures of clothes in 28×28 grey pixels: a stratified part of Fashion-MNIST (Zalando). It stands "
            "in for the paper's CIFAR-10, which no package registry carries.",
        ),
        DatasetInfo(
            "breast_cancer",
            "Breast cancer",
            "table",
            (30,),
            ("malignant", "benign"),
            455,
            114,
            600,
            "Thirty measurements of cell nuclei (Wisconsin diagnostic, UCI).",
        ),
        DatasetInfo(
            "wine",
            "Wine",
            "table",
            (13,),
            ("cultivar 1", "cultivar 2", "cultivar 3"),
            142,
            36,
            600,
            "Thirteen chemical measurements of wines from three cultivars (UCI).",
        ),
        DatasetInfo(
            "moons",
            "Two moons",
            "plane",
            (2,),
            ("upper", "lower"),
            3_000,
            600,
            60,
            "Two interleaved half circles, drawn from the seed.",
        ),
        DatasetInfo(
            "circles",
            "Circles",
            "plane",
            (2,),
            ("outer", "inner"),
            3_000,
            600,
            60,
            "One circle inside another, drawn from the seed.",
        ),
        DatasetInfo(
            "blobs",
            "Blobs",
            "plane",
            (2,),
            ("left", "right", "top"),
            3_000,
            600,
            60,
            "Three round clouds, drawn from the seed.",
        ),
        DatasetInfo(
            "spiral",
            "Spiral",
            "plane",
            (2,),
            ("arm 1", "arm 2", "arm 3"),
            3_000,
            600,
            60,
            "Three arms of a spiral, drawn from the seed.",
        ),
        DatasetInfo(
            "sentences",
            "Review sentences",
            "text",
            (32,),
            ("negative", "positive"),
            2_400,
            600,
            800,
            "Sentences from reviews of films (IMDb), restaurants (Yelp) and phones (Amazon), as the numbers of "
            "their words.",
            ("IMDb", "Yelp", "Amazon"),
            1_881,
        ),
    )
}

PADDING, UNKNOWN = 0, 1
"""In text, the number of the places after a sentence, and that of words which the vocabulary does not have."""

PLANE_LIMIT = 2.5
"""Data in the plane are shown on [-PLANE_LIMIT, PLANE_LIMIT] on both axes."""

DECISION_GRID = 40
"""Points a side of the grid on which decision boundaries are recorded."""
