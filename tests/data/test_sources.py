"""Bundled files and toys: what they hold, and what happens when a file is not right."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from cgs_core.data import dataset_fingerprint, load_dataset, sources
from cgs_core.data.sources import ARRAY_NAMES, BUNDLED_FOLDER, read_arrays
from cgs_core.data.toys import TOYS
from cgs_core.errors import DataError
from cgs_core.scenario.catalogue import DATASETS

BUNDLED = sorted(set(DATASETS) - set(TOYS))


def read(name: str) -> dict[str, np.ndarray]:
    return read_arrays(DATASETS[name], (BUNDLED_FOLDER / f"{name}.npz").read_bytes())


def stored(name: str) -> list[np.ndarray]:
    return [read(name)[part] for part in ARRAY_NAMES]


def sorted_rows(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    rows = np.column_stack([features, labels]).astype(np.float64)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize(
    ("name", "load"), [("digits", load_digits), ("breast_cancer", load_breast_cancer), ("wine", load_wine)]
)
def test_training_and_test_samples_together_are_the_source_exactly(name, load):
    train_features, train_labels, test_features, test_labels = stored(name)
    ours = sorted_rows(np.vstack([train_features, test_features]), np.concatenate([train_labels, test_labels]))
    np.testing.assert_array_equal(ours, sorted_rows(*load(return_X_y=True)))


@pytest.mark.parametrize("name", BUNDLED)
def test_training_and_test_part_have_the_same_class_mix(name):
    _, train_labels, _, test_labels = stored(name)
    n_test = len(test_labels)
    expected = np.bincount(train_labels) / len(train_labels) * n_test
    assert np.abs(np.bincount(test_labels) - expected).max() <= max(1.5, 0.01 * n_test)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_data_set_is_as_the_catalogue_says(name):
    info, dataset = DATASETS[name], load_dataset(name, 3)
    assert dataset.train_features.shape == (info.n_train, info.n_features)
    assert dataset.test_features.shape == (info.n_test, info.n_features)
    for features, labels in (
        (dataset.train_features, dataset.train_labels),
        (dataset.test_features, dataset.test_labels),
    ):
        assert features.dtype == np.float32 and labels.dtype == np.int64
        assert np.isfinite(features).all()
        assert len(labels) == len(features)
        assert np.unique(labels).tolist() == list(range(info.n_classes))
        assert not features.flags.writeable and not labels.flags.writeable
    assert load_dataset(name, 3) is dataset, "not cached"


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion_mnist"])
def test_images_are_scaled_to_zero_to_one(name):
    dataset = load_dataset(name, 0)
    assert (dataset.train_features.min(), dataset.train_features.max()) == (0, 1)
    assert dataset.test_features.min() >= 0 and dataset.test_features.max() <= 1


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_tables_are_standardised_by_the_training_part(name):
    dataset = load_dataset(name, 0)
    np.testing.assert_allclose(dataset.train_features.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(dataset.train_features.std(axis=0), 1, rtol=1e-5)
    assert np.abs(dataset.test_features.mean(axis=0)).max() > 1e-3, "the test part was standardised by itself"


def test_mnist_labels_belong_to_their_images():
    """The mean 'one' is a stroke in the middle, the mean 'zero' a ring."""
    dataset = load_dataset("mnist", 0)
    zero, one = (dataset.train_features[dataset.train_labels == digit].mean(axis=0).reshape(28, 28) for digit in (0, 1))
    assert one[14, 14] > 0.7 and zero[14, 6:12].max() > 0.4
    assert zero[14, 14] < 0.1 and one[14, 6:10].max() < 0.1


@pytest.mark.parametrize("name", sorted(TOYS))
def test_toys_follow_the_seed_fill_the_square_and_balance_the_classes(name):
    first, other = load_dataset(name, 0), load_dataset(name, 1)
    assert not np.array_equal(first.train_features, other.train_features)
    inside = (np.abs(first.train_features) <= 2.2).all(axis=1)
    assert inside.mean() > 0.98
    assert np.abs(first.train_features).max(axis=0).min() > 1.5
    counts = np.bincount(first.train_labels)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", sorted(TOYS))
def test_toys_can_be_learned_but_not_perfectly(name):
    """The nearest of the 3,000 training points has the right class for most test points, not for all."""
    dataset = load_dataset(name, 0)
    distance = ((dataset.test_features[:, None] - dataset.train_features[None]) ** 2).sum(axis=2)
    accuracy = (dataset.train_labels[distance.argmin(axis=1)] == dataset.test_labels).mean()
    assert 0.88 < accuracy < 0.99


@pytest.mark.parametrize("name", BUNDLED)
def test_sources_page_and_fingerprint_match_the_file(name):
    digest = hashlib.sha256((BUNDLED_FOLDER / f"{name}.npz").read_bytes()).hexdigest()
    page = (BUNDLED_FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    section = page.split(f"## {name}.npz\n")[1].split("\n## ")[0]
    assert re.search(r"SHA-256: (\w+)", section)[1] == digest
    assert f"{DATASETS[name].n_train} training, {DATASETS[name].n_test} test" in section
    assert re.search(r"Licence: (CC BY|MIT)", section) and "Credit: " in section
    assert dataset_fingerprint(name) == digest[:12]


def test_fingerprints_are_short_hex_and_differ_between_files():
    fingerprints = {name: dataset_fingerprint(name) for name in DATASETS}
    assert all(re.fullmatch(r"[0-9a-f]{12}", text) for text in fingerprints.values())
    assert len({fingerprints[name] for name in BUNDLED}) == len(BUNDLED)


@pytest.fixture
def other_folder(tmp_path, monkeypatch):
    """An empty folder in place of the bundled files."""
    monkeypatch.setattr(sources, "BUNDLED_FOLDER", tmp_path)
    caches = (sources._bundled_dataset, sources.dataset_fingerprint)
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("other_folder")
def test_a_missing_file_is_named():
    with pytest.raises(DataError, match=r"wine\.npz cannot be read"):
        load_dataset("wine", 0)
    with pytest.raises(DataError, match=r"wine\.npz cannot be read"):
        dataset_fingerprint("wine")


def test_a_damaged_file_is_named(other_folder):
    content = (BUNDLED_FOLDER / "wine.npz").read_bytes()
    flipped = content[:1500] + bytes([content[1500] ^ 0xFF]) + content[1501:]
    for damaged in (b"", b"no zip at all", content[: len(content) // 2], flipped):
        (other_folder / "wine.npz").write_bytes(damaged)
        with pytest.raises(DataError, match=r"wine\.npz is damaged"):
            load_dataset("wine", 0)


def test_a_file_that_is_not_the_catalogues_is_refused():
    def packed(**changes: np.ndarray) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **(dict(zip(ARRAY_NAMES, stored("wine"), strict=True)) | changes))
        return stream.getvalue()

    train_features, train_labels, *_ = stored("wine")
    holed = train_features.copy()
    holed[0, 0] = np.nan
    for changes, reason in (
        ({"train_features": train_features[:-1]}, "shapes"),
        ({"train_features": holed}, "finite"),
        ({"train_labels": train_labels + 1}, "class from 0 to 2"),
    ):
        with pytest.raises(DataError, match=reason):
            read_arrays(DATASETS["wine"], packed(**changes))


def test_words_and_owners_that_are_not_the_catalogues_are_refused():
    right = read("sentences")
    words, owners = right["train_features"].copy(), right["train_owners"].copy()
    words[0, 0], owners[owners == 2] = 1881, 1
    for changes, reason in (
        ({"train_features": words}, "below 1881"),
        ({"train_owners": owners}, "every owner"),
        ({"vocabulary": right["vocabulary"][1:]}, "shapes"),
    ):
        stream = io.BytesIO()
        np.savez(stream, **(right | changes))
        with pytest.raises(DataError, match=reason):
            read_arrays(DATASETS["sentences"], stream.getvalue())


def test_sentences_are_words_of_the_vocabulary_then_padding():
    dataset = load_dataset("sentences", 0)
    info = dataset.info
    assert len(dataset.vocabulary) == len(set(dataset.vocabulary)) == info.n_words
    assert dataset.vocabulary[:3] == ("", "?", "the") and {"good", "bad", "wasn't"} < set(dataset.vocabulary)
    for features in (dataset.train_features, dataset.test_features):
        assert (features == features.astype(int)).all() and features.max() < info.n_words
        is_word = features > 0
        assert is_word[:, 0].all() and (np.diff(is_word.astype(int), axis=1) <= 0).all(), "padding inside a sentence"
    known = np.bincount(dataset.train_features.astype(int).ravel(), minlength=info.n_words)[2:]
    assert known.min() >= 1 and known[0] == known.max()
    assert dataset.train_owners is not None and np.bincount(dataset.train_owners).tolist() == [800] * 3
    counts = np.bincount(2 * dataset.train_owners + dataset.train_labels)
    assert counts.tolist() == [400] * 6


def test_the_data_stage_runs_without_the_heavy_packages():
    code = (
        "import sys; from cgs_core.data import federated_data; from cgs_core.scenario import Scenario;"
        "federated_data(Scenario());"
        "heavy = ('torch', 'sklearn', 'scipy', 'plotly', 'streamlit');"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
