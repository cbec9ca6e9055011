"""A program's own arrays: the same run as from a file of them, nothing written, and errors that name the argument."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas
import pytest

from cgs_core import DataError, Scenario, Trace, run, with_arrays, with_file
from cgs_core.data import federated_data
from cgs_core.data.own.files import own_data_folder
from tests.data.uploads import colored, npz_of

SMALL = Scenario(n_agents=2, n_rounds=2)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path / "own"))
    return tmp_path


def table(n_rows: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels and agents."""
    rng = np.random.default_rng(3)
    labels = np.arange(n_rows) % 3
    features = rng.normal(size=(n_rows, 4)) + labels[:, None]
    return features, labels, np.array(["north", "south"])[np.arange(n_rows) // (n_rows // 2)]


def csv_of_table(head: str) -> bytes:
    file = io.StringIO()
    file.write(head + "\n")
    csv.writer(file).writerows(
        [*map(repr, row.tolist()), agent, label] for row, label, agent in zip(*table(), strict=True)
    )
    return file.getvalue().encode()


def assert_same_run(one: Trace, other: Trace) -> None:
    assert one.scenario == other.scenario and one.scenario.scenario_id == other.scenario.scenario_id
    assert [record.to_bytes() for record in one.rounds] == [record.to_bytes() for record in other.rounds]


def test_a_table_of_arrays_is_the_run_of_the_same_file(folder: Path) -> None:
    (folder / "boxes.csv").write_bytes(csv_of_table("a,b,c,d,agent,label"))
    with with_file(SMALL.replace(n_rounds=3), folder / "boxes.csv") as scenario:
        by_file = run(scenario)
    with with_arrays(SMALL.replace(n_rounds=3), *table(), name="boxes") as scenario:
        assert_same_run(run(scenario), by_file)


def test_columns_may_be_called_as_in_a_file(folder: Path) -> None:
    (folder / "boxes.csv").write_bytes(csv_of_table("a,b,c,d,where,kind"))
    with with_file(SMALL, folder / "boxes.csv", "kind", "where") as scenario:
        by_file = run(scenario)
    with with_arrays(SMALL, *table(), name="boxes", label_column="kind", agent_column="where") as scenario:
        assert_same_run(run(scenario), by_file)
    with with_arrays(
        by_file.scenario, *table()
    ) as scenario:  # a scenario with own data says itself what they are called
        assert_same_run(run(scenario), by_file)


@pytest.mark.parametrize("images", [colored(), colored()[..., 0] / 255], ids=["colour", "grey decimals"])
def test_pictures_of_arrays_are_the_run_of_the_same_file(images: np.ndarray, folder: Path) -> None:
    labels, agents = np.array(["cat", "dog"] * 20), np.arange(40) // 10
    (folder / "pets.npz").write_bytes(npz_of(images=images, labels=labels, agents=agents))
    with with_file(SMALL, folder / "pets.npz") as scenario:
        by_file = run(scenario)
    with with_arrays(SMALL, images, labels, agents, name="pets") as scenario:
        assert_same_run(run(scenario), by_file)


def test_lists_and_a_pandas_table_are_arrays() -> None:
    features, labels, _ = table()
    frame = pandas.DataFrame(features, columns=list("abcd")).assign(kind=pandas.Series(labels).map("kind {}".format))
    with with_arrays(SMALL, frame[list("abcd")], frame["kind"]) as scenario:
        assert scenario.info.class_names == ("kind 0", "kind 1", "kind 2")
        by_frame = run(scenario)
    with with_arrays(SMALL, features.tolist(), frame["kind"].tolist()) as scenario:
        assert_same_run(run(scenario), by_frame)


def test_nothing_is_written_and_the_arrays_stay_as_they_are(folder: Path) -> None:
    features, labels, agents = table()
    before = features.copy()
    with with_arrays(SMALL, features, labels, agents) as scenario:
        shards = federated_data(run(scenario.replace(split="owners")).scenario).shards
        assert [shard.n_samples for shard in shards] == [24, 24]
    features[0, 0] = 5.0  # not made read-only
    assert np.array_equal(features[1:], before[1:]) and not own_data_folder().exists()


def test_the_data_are_there_until_the_block_ends() -> None:
    with with_arrays(SMALL, *table()) as scenario:
        with with_arrays(SMALL, *table()) as same:
            assert same == scenario
        run(scenario)
    with pytest.raises(DataError, match="are not on this machine"):
        run(scenario)


def test_a_file_of_the_same_data_is_left_where_it_was(folder: Path) -> None:
    (folder / "boxes.csv").write_bytes(csv_of_table("a,b,c,d,agent,label"))
    with with_file(SMALL, folder / "boxes.csv") as scenario:
        with with_arrays(scenario, *table()):
            pass
        run(scenario)
    with with_arrays(scenario, *table()), with_file(scenario, folder / "boxes.csv"):
        pass
    assert not list(own_data_folder().glob("*.npz"))


def test_other_arrays_than_the_scenarios_are_told() -> None:
    with with_arrays(SMALL, *table(), name="boxes") as scenario:
        pass
    features, labels, agents = table()
    with (
        pytest.raises(DataError, match=r"^these arrays do not hold the data of this scenario \('boxes'\)$"),
        with_arrays(scenario, features + 1, labels, agents),
    ):
        pass


NAN, HUGE = table()[0].copy(), table()[0].copy()
NAN[7, 2], HUGE[0, 1] = np.nan, 1e101
LABELS = table()[1]
BAD = {
    "vector": ((np.arange(60.0), LABELS), r"features: must have the shape \(samples, columns\) .* got \(60,\)"),
    "ragged": (([[1.0, 2.0], [1.0]], [0, 1]), "features: must be an array .*inhomogeneous"),
    "words": ((np.full((60, 2), "a"), LABELS), "features: must be whole numbers or decimals; got <U1"),
    "objects": ((np.full((60, 2), None), LABELS), "features: must be whole numbers or decimals; got object"),
    "complex": ((np.ones((60, 2)) * 1j, LABELS), "features: must be whole numbers or decimals; got complex128"),
    "no columns": ((np.zeros((60, 0)), LABELS), r"features: must have the shape .* got \(60, 0\)"),
    "wide": ((np.zeros((60, 256)), LABELS), r"features: must have the shape .* 1 to 255 columns.* got \(60, 256\)"),
    "no samples": ((np.zeros((0, 3)), LABELS[:0]), "features: must be 1 to 20,000 samples; got 0"),
    "many": ((np.zeros((20_001, 1)), LABELS), "features: must be 1 to 20,000 samples; got 20,001"),
    "NaN": ((NAN, LABELS), r"features\[7, 2\]: must be a number from -1e\+100 to 1e\+100; got nan"),
    "huge": ((HUGE, LABELS), r"features\[0, 1\]: must be a number from .*; got 1e\+101"),
    "small": (
        (np.zeros((60, 3, 9)), LABELS),
        r"features: must have the shape .* 4 to 64 high and wide; got \(60, 3, 9\)",
    ),
    "channels": ((np.zeros((60, 8, 8, 4)), LABELS), r"features: must have the shape .* got \(60, 8, 8, 4\)"),
    "pixels": ((np.zeros((2_000, 64, 64, 3), np.uint8), LABELS), "features: must be at most 16,000,000 pixels"),
    "bright": ((np.full((60, 8, 8), 1.5), LABELS), r"features\[0, 0, 0\]: must be a number from 0 to 1; got 1\.5"),
    "negative": ((np.full((60, 8, 8), -1), LABELS), r"features\[0, 0, 0\]: must be a number from 0 to 255; got -1"),
    "few labels": ((table()[0], LABELS[:9]), r"labels: must be one for each of the 60 samples; got shape \(9,\)"),
    "label table": ((table()[0], LABELS[:, None]), r"labels: must be one for each .* got shape \(60, 1\)"),
    "decimal labels": ((table()[0], LABELS / 2), "labels: must be whole numbers or words; got float64"),
    "truth labels": ((table()[0], LABELS > 0), "labels: must be whole numbers or words; got bool"),
    "empty label": ((table()[0], ["a", ""] * 30), r"labels\[1\]: must be 1 to 60 printable characters; got ''"),
    "one label": ((table()[0], ["a"] * 60), "label: must name 2 to 50 classes; got 1"),
    "rare label": ((table()[0], ["a"] * 58 + ["b"] * 2), "label: class 'b' must have at least 5 samples; got 2"),
    "few agents": ((table()[0], LABELS, [1, 2]), r"agents: must be one for each of the 60 samples; got shape \(2,\)"),
    "long agent": ((table()[0], LABELS, ["x" * 61] * 60), r"agents\[0\]: must be 1 to 60 printable characters"),
    "one agent": ((table()[0], LABELS, [1] * 60), "agent: must name 2 to 50 agents; got 1"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_argument_is_named(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(DataError, match=words), with_arrays(SMALL, *arguments):
        pass
