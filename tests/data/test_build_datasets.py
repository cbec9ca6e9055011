"""The maintainer's script, as far as it needs no network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_wine

from cgs_core.data.sources import BUNDLED_FOLDER
from cgs_core.scenario.catalogue import DATASETS
from tools import build_datasets


def test_a_file_with_another_checksum_is_refused():
    md5 = hashlib.md5(b"right", usedforsecurity=False).hexdigest()
    assert build_datasets.checked("images", b"right", md5) == b"right"
    with pytest.raises(ValueError, match=f"images must have MD5 {md5}; got "):
        build_datasets.checked("images", b"wrong", md5)


@pytest.mark.parametrize(("name", "load"), [("wine", load_wine), ("digits", load_digits)])
def test_building_again_gives_the_bundled_bytes(name, load, tmp_path, monkeypatch):
    bundled = (BUNDLED_FOLDER / f"{name}.npz").read_bytes()
    monkeypatch.setattr(build_datasets, "BUNDLED_FOLDER", tmp_path)
    arrays = build_datasets.split_one_source(DATASETS[name], *load(return_X_y=True))
    build_datasets.write_dataset(DATASETS[name], arrays)
    assert (tmp_path / f"{name}.npz").read_bytes() == bundled


@settings(deadline=None)
@given(counts=st.lists(st.integers(1, 40), min_size=2, max_size=6), data=st.data())
def test_stratified_rows_have_the_exact_number_and_the_class_mix(counts, data):
    labels = np.repeat(np.arange(len(counts)), counts)
    n_chosen = data.draw(st.integers(1, len(labels)))
    rows = build_datasets.stratified_rows(labels, n_chosen, np.random.default_rng(0))
    assert len(set(rows.tolist())) == len(rows) == n_chosen
    chosen = np.bincount(labels[rows], minlength=len(counts))
    assert np.abs(chosen - np.array(counts) * n_chosen / len(labels)).max() < 1


def test_the_smallest_type_loses_nothing():
    for values in ([0, 16, 255], [0, 256], [-1, 2], [0.5, 1]):
        stored = build_datasets.smallest_type(np.array(values))
        assert stored.dtype == {16: np.uint8, 256: np.uint16}.get(values[1], np.float64)
        np.testing.assert_array_equal(stored, values)


def test_idx_files_give_stratified_parts_with_their_own_labels():
    """Four small files in MNIST's form: images whose pixels all are their label, the test part's 100 more."""
    rng = np.random.default_rng(0)
    info = replace(DATASETS["mnist"], n_train=20, n_test=10, shape=(2, 2))
    files = {}
    for part, shift in (("train", 0), ("t10k", 100)):
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), 5))
        files[f"{part}-labels-idx1-ubyte"] = bytes(8) + labels.tobytes()
        files[f"{part}-images-idx3-ubyte"] = bytes(16) + np.repeat(labels + np.uint8(shift), 4).tobytes()
    train, train_labels, test, test_labels = build_datasets.split_idx(info, files)
    assert np.bincount(train_labels).tolist() == [2] * 10 and np.bincount(test_labels).tolist() == [1] * 10
    np.testing.assert_array_equal(train, np.repeat(train_labels[:, None], 4, axis=1))
    np.testing.assert_array_equal(test, np.repeat(test_labels[:, None] + 100, 4, axis=1))


def test_sentences_become_numbers_of_words_that_the_training_part_has_twice():
    """Per owner and class five sentences: a word of their own, one that is unique, and more than fit."""
    info = replace(DATASETS["sentences"], n_train=24, n_test=6, shape=(4,))
    files = {}
    for name in build_datasets.SENTIMENT_MD5:
        rows = [
            {"text": f"{name[:4].upper()}, Isn't {name[0]}{index}{label}? é x x", "class": label}
            for label in (0, 1)
            for index in range(5)
        ]
        files[name] = json.dumps([*rows, {"text": "", "class": None}]).encode()
    train, labels, test, test_labels, owners, vocabulary = build_datasets.numbered_sentences(info, files)
    assert vocabulary[:2].tolist() == ["", "?"] and set(vocabulary[2:]) == {"é", "isn't", "imdb", "yelp", "amaz"}
    assert np.bincount(2 * owners + labels).tolist() == [4] * 6 and np.bincount(test_labels).tolist() == [3, 3]
    words = vocabulary[np.concatenate([train, test])]
    assert set(words[:, 1]) == {"isn't"} and set(words[:, 2]) == {"?"} and set(words[:, 3]) == {"é"}
    np.testing.assert_array_equal(words[:24, 0], np.array(["imdb", "yelp", "amaz"])[owners])
