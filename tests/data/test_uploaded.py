"""People's own files: good ones are read as they are, and of a bad one the error says where and what."""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core import DataError, Scenario, ScenarioError, run, with_file
from cgs_core.data import federated_data, load_dataset
from cgs_core.data.own import files as own_files
from cgs_core.data.own.arrays import OwnArrays
from cgs_core.data.own.csv import default_columns, read_upload, table_head
from cgs_core.runs import fingerprint_of
from tests.data.uploads import BAD, GOOD, colored, csv_of, npz_of


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.mark.parametrize("images", [colored(), colored() / 255], ids=["whole", "decimals"])
def test_pictures_in_colour_come_as_they_are(images):
    arrays = read_upload(npz_of(images=images))
    assert arrays.own.shape == (8, 8, 3) and arrays.own.kind == "image"
    own_files.keep_arrays(arrays)
    dataset = load_dataset("own", 0, arrays.own)
    both = np.concatenate([dataset.train_features, dataset.test_features]).reshape(-1, 8, 8, 3)
    expected = (colored() / 255).astype(np.float32)
    assert {row.tobytes() for row in np.round(both, 5)} == {row.tobytes() for row in np.round(expected, 5)}


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_colour_is_learned_from(model):
    """Which colour prevails is the class, so whatever saw grey alone would be right by chance only."""
    arrays = read_upload(npz_of(images=colored(), labels=np.arange(40) % 2))
    own_files.keep_arrays(arrays)
    trace = run(own_scenario(arrays, n_agents=2, model=model).replace(n_rounds=12))
    assert trace.rounds[-1].server_accuracy == 1.0


def own_scenario(arrays: OwnArrays, **fields) -> Scenario:
    return Scenario(dataset="own", own_data=arrays.own, n_rounds=2, **fields)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read_and_trains(name):
    arrays = read_upload(GOOD[name], name)
    assert (arrays.own.name, arrays.own.n_train, arrays.own.n_test) == (name, 32, 8)
    assert np.bincount(arrays.test_labels).tolist() == [4, 4]
    own_files.keep_arrays(arrays)
    assert run(own_scenario(arrays)).n_rounds == 2


@pytest.mark.parametrize("name", BAD)
def test_of_a_bad_file_the_error_says_where_and_what(name):
    content, words = BAD[name]
    with pytest.raises(DataError) as caught:
        read_upload(content)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_there_are_thirty_bad_files_and_more():
    assert len(BAD) >= 30


@pytest.mark.skipif(sys.platform == "win32", reason="resource")
def test_a_bomb_is_not_unpacked():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in ("zip bomb that lies", "header asks for all memory"):
        with pytest.raises(DataError):
            read_upload(BAD[name][0])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_tables_columns_have_mean_zero_and_deviation_one_over_the_training_rows():
    arrays = read_upload(csv_of())
    np.testing.assert_allclose(arrays.train_features.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(arrays.train_features.std(axis=0), 1, atol=1e-6)


def test_training_and_test_rows_are_the_files_rows_once_each():
    arrays = read_upload(csv_of())
    heights = np.concatenate([arrays.train_features, arrays.test_features])[:, 0]
    labels = np.concatenate([arrays.train_labels, arrays.test_labels])[np.argsort(heights)]
    steps = np.diff(np.sort(heights))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)  # the heights are evenly spaced in the file
    assert labels.tolist() == [1] * 20 + [0] * 20  # small comes first in the file, big in the alphabet


def test_a_column_that_does_not_vary_becomes_zero():
    content = b"a,b,label\n" + b"".join(b"0.1,%d,%d\n" % (row, row % 2) for row in range(20))
    arrays = read_upload(content)
    assert not arrays.train_features[:, 0].any() and not arrays.test_features[:, 0].any()


def test_classes_and_agents_stand_in_the_order_of_their_numbers():
    content = b"a,agent,label\n" + b"".join(b"%d,%d,%d\n" % (row, row % 3 + 9, row % 2 * 8 + 2) for row in range(60))
    own = read_upload(content).own
    assert own.class_names == ("2", "10") and own.owner_names == ("9", "10", "11")
    assert (own.label_column, own.agent_column) == ("label", "agent")


def test_the_agent_column_says_whose_a_row_is():
    arrays = read_upload(csv_of())
    heights = arrays.train_features[:, 0] * np.std(np.arange(40)) / 8  # spaced as in the file, up to a shift
    order = np.argsort(heights)
    kept = np.delete(np.arange(40), _test_rows(arrays))
    np.testing.assert_array_equal(arrays.train_owners[order], 1 - kept % 2)  # north, in odd rows, is 0


def test_the_split_by_owner_gives_each_agent_what_its_owner_holds(folder):
    arrays = read_upload(csv_of())
    own_files.keep_arrays(arrays)
    n_owners = len(arrays.own.owner_names)
    data = federated_data(own_scenario(arrays, split="owners", n_agents=n_owners))
    for owner, shard in enumerate(data.shards):
        held = arrays.train_features[arrays.train_owners == owner]
        assert {row.tobytes() for row in shard.features} <= {row.tobytes() for row in held}
    assert n_owners == 2 and sum(shard.n_samples for shard in data.shards) == len(arrays.train_labels)


def _test_rows(arrays: OwnArrays) -> np.ndarray:
    both = np.concatenate([arrays.train_features, arrays.test_features])[:, 0]
    return np.argsort(np.argsort(both))[len(arrays.train_labels) :]


def test_the_label_column_is_the_one_that_is_chosen():
    content = csv_of()
    assert read_upload(content, label_column="agent", agent_column="label").own.class_names == ("north", "south")
    with pytest.raises(DataError, match="label column must be one of the table's; got 'nothing'"):
        read_upload(content, label_column="nothing")
    with pytest.raises(DataError, match="two columns"):
        read_upload(content, label_column="agent")
    assert default_columns(["a", "b", "Agent"]) == ("b", "Agent")
    content = b"a,b,agent\n" + b"1,2,u\n2,1,v\n" * 5
    assert read_upload(content, label_column="agent", agent_column="").own.shape == (2,)


def test_the_head_of_a_table():
    assert table_head(csv_of(), 2) == [
        ["height", "width", "agent", "label"],
        ["0.0", "0", "south", "small"],
        ["0.125", "2", "north", "small"],
    ]


def test_pixels_are_shares_of_full_ink():
    images = np.zeros((40, 8, 8), dtype=np.uint8)
    images[:, 0, 0] = 255
    arrays = read_upload(npz_of(images=images))
    own_files.keep_arrays(arrays)
    features = load_dataset("own", 0, arrays.own).train_features
    assert features.dtype == np.float32 and features[0, :2].tolist() == [1, 0]


@given(
    rows=st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from("xyz")), min_size=4, max_size=30
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    separator=st.sampled_from(",;\t"),
)
def test_every_written_table_is_read_back(rows, quoting, separator):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=quoting)
    writer.writerows([("a", "b", "label"), *rows * 5, (0.0, 0.0, "w"), *[(0.0, 1.0, "w")] * 4])
    arrays = read_upload(text.getvalue().encode())
    classes = {label for _, _, label in rows} | {"w"}
    counts = [5 * sum(label == name for _, _, label in rows) + 5 * (name == "w") for name in sorted(classes)]
    found = np.bincount(arrays.train_labels) + np.bincount(arrays.test_labels)
    assert arrays.own.class_names == tuple(sorted(classes)) and found.tolist() == counts
    assert np.bincount(arrays.test_labels).tolist() == [count // 5 for count in counts]
    assert np.isfinite(arrays.train_features).all() and np.isfinite(arrays.test_features).all()


@given(st.binary(max_size=300), st.booleans())
def test_nonsense_is_told_and_never_raises_anything_else(content, is_zip):
    with pytest.raises(DataError):
        read_upload(b"PK" * is_zip + content)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_archive_is_told_or_read(place, byte):
    content = bytearray(GOOD["pictures with decimals, words and agents"])
    content[place % len(content)] = byte
    with suppress(DataError):
        read_upload(bytes(content))


# -- where they lie ---------------------------------------------------------------------------------------


def test_the_same_file_has_the_same_hash_and_another_another():
    first = read_upload(csv_of(), "one").own
    assert read_upload(csv_of(), "other").own.sha256 == first.sha256
    assert read_upload(csv_of().replace(b"4.875", b"4.876")).own.sha256 != first.sha256
    assert read_upload(csv_of().replace(b"big", b"BIG")).own.sha256 != first.sha256
    assert fingerprint_of(Scenario(dataset="own", own_data=first)).endswith(first.sha256[:12])


def test_deleted_data_are_gone_at_once(folder):
    arrays = read_upload(csv_of())
    own_files.keep_arrays(arrays)
    scenario = own_scenario(arrays)
    assert federated_data(scenario).dataset.info.class_names == ("big", "small")
    own_files.keep_for_good(arrays.own.sha256)
    assert own_files.is_kept(arrays.own.sha256)
    own_files.delete(arrays.own.sha256)
    assert list(folder.iterdir()) == []
    with pytest.raises(DataError, match="are not on this machine"):
        federated_data(scenario)


def test_data_that_are_not_the_scenarios_are_refused(folder):
    arrays = read_upload(csv_of())
    own_files.keep_arrays(arrays)
    forged = arrays.own.model_copy(update={"class_names": ("small", "big")})
    with pytest.raises(DataError, match="are not those of this scenario"):
        own_files.load_arrays(forged)
    (folder / f"{arrays.own.sha256}.npz").write_bytes(b"PK nothing")
    own_files._loaded.cache_clear()
    with pytest.raises(DataError, match="cannot be read"):
        own_files.load_arrays(arrays.own)


def test_only_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(own_files, "MAX_FILES", 1)
    own_files.keep_arrays(read_upload(csv_of()))
    own_files.keep_arrays(read_upload(csv_of()))  # the same
    with pytest.raises(DataError, match="at most 1 own data sets"):
        own_files.keep_arrays(read_upload(npz_of()))


def test_one_visitor_does_not_take_everybodys_place(folder, monkeypatch):
    one, other, third = read_upload(csv_of()), read_upload(npz_of()), read_upload(csv_of(n_rows=60))
    monkeypatch.setenv("CGS_OWN_DATA_FILES", "1")
    own_files.keep_arrays(one, "anna")
    own_files.keep_for_good(one.own.sha256)
    own_files.keep_arrays(one, "anna")  # the same
    with pytest.raises(DataError, match=r"^1 of your data sets are on this server.* may have 1 of 50 MB together"):
        own_files.keep_arrays(other, "anna")
    own_files.keep_arrays(other, "ben")
    own_files.keep_arrays(third)  # a program of the host's
    assert "anna" not in "".join(path.read_text() for path in folder.glob("*.by"))
    own_files.delete(one.own.sha256)
    own_files.keep_arrays(one, "anna")
    own_files.delete(one.own.sha256)
    monkeypatch.setattr(own_files, "DEFAULT_VISITOR_MEGABYTES", 0)
    with pytest.raises(DataError, match="may have 1 of 0 MB"):
        own_files.keep_arrays(one, "anna")
    assert sorted(path.stem for path in folder.glob("*.by")) == [other.own.sha256]
    monkeypatch.setenv("CGS_OWN_DATA_MB", "many")
    with pytest.raises(DataError, match="CGS_OWN_DATA_MB: must be a whole number from 1 to 500; got 'many'"):
        own_files.keep_arrays(one, "anna")


def test_what_a_killed_server_left_is_deleted_after_a_day(folder):
    forgotten, kept = read_upload(csv_of()), read_upload(npz_of())
    for arrays in (forgotten, kept):
        own_files.keep_arrays(arrays)
    own_files.keep_for_good(kept.own.sha256)
    came = (folder / f"{forgotten.own.sha256}.npz").stat().st_mtime
    own_files.delete_forgotten(came + 86_000)
    assert own_files.is_here(forgotten.own)
    own_files.delete_forgotten(came + 86_500)
    assert not own_files.is_here(forgotten.own) and own_files.is_here(kept.own)


# -- in a scenario ----------------------------------------------------------------------------------------


def test_a_link_holds_the_facts_and_not_the_samples():
    scenario = own_scenario(read_upload(csv_of(), "Boxes"))
    assert Scenario.from_link(scenario.to_link()) == Scenario.from_json(scenario.to_json()) == scenario
    assert scenario.info.title == "Boxes" and scenario.info.n_classes == 2
    assert len({own_scenario(read_upload(csv_of(), name)).scenario_id for name in ("Boxes", "Other")}) == 2


def test_own_data_go_with_the_data_set_own_alone():
    own = read_upload(csv_of()).own
    for fields in ({"dataset": "own"}, {"dataset": "wine", "own_data": own}):
        with pytest.raises(ScenarioError, match="own_data: must be the facts of the own data"):
            Scenario(**fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256", "../../etc/passwd"),
        ("name", ""),
        ("name", "a\nb"),
        ("kind", "plane"),
        ("shape", [256]),
        ("shape", [3, 8]),
        ("shape", [8, 8, 4]),
        ("shape", [8, 8, 1]),
        ("shape", [8, 65, 3]),
        ("shape", [8, 8, 3, 3]),
        ("class_names", ["a"]),
        ("class_names", ["a", "a"]),
        ("owner_names", ["\x00"]),
        ("n_train", 0),
        ("n_test", "8"),
        ("label_column", 3),
        ("colour", "red"),
    ],
)
def test_a_forged_fact_is_named(field, value):
    fields = read_upload(csv_of()).own.model_dump(mode="json") | {field: value}
    with pytest.raises(ScenarioError) as caught:
        Scenario(dataset="own", own_data=fields)
    assert caught.value.field == f"own_data.{field}"


def test_there_are_samples_for_every_agent():
    small = read_upload(b"a,label\n" + b"1,x\n2,y\n" * 5)
    own_files.keep_arrays(small)
    assert run(own_scenario(small, n_agents=8)).n_rounds == 2
    with pytest.raises(ScenarioError, match="n_agents: must be at most 8"):
        own_scenario(small, n_agents=9)


def test_pictures_go_into_a_convolutional_net_and_tables_do_not():
    pictures = read_upload(npz_of())
    own_files.keep_arrays(pictures)
    assert run(own_scenario(pictures, model="cnn")).n_rounds == 2
    with pytest.raises(ScenarioError, match=r"^model: .*images"):
        own_scenario(read_upload(csv_of()), model="cnn")
    with pytest.raises(ScenarioError, match=r"^model: .*images large enough"):
        own_scenario(pictures, model="paper_mnist")


def test_a_name_that_reads_like_no_number_stands_with_the_words():
    names = ["nan", "NaN", "-nan", "b", *map(str, range(9, 0, -1))]
    rows = [f"{row},{names[row % len(names)]}" for row in range(10 * len(names))]
    expected = [*map(str, range(1, 10)), "-nan", "NaN", "b", "nan"]
    assert list(read_upload("\n".join(["a,label", *rows]).encode()).own.class_names) == expected


def test_the_hash_of_a_class_called_nan_is_the_same_at_each_start(tmp_path):
    (tmp_path / "nan.csv").write_text("a,label\n" + "".join(f"{row},{row % 3 or 'nan'}\n" for row in range(60)))
    told = "import sys; from cgs_core.data.own.csv import read_upload as read; from pathlib import Path; "
    told += "print(read(Path(sys.argv[1]).read_bytes()).own.sha256)"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", told, str(tmp_path / "nan.csv")],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(hashes) == 1


def test_where_a_host_has_turned_own_data_off_none_are_taken_and_none_are_there(folder, tmp_path, monkeypatch):
    arrays = read_upload(csv_of())
    own_files.keep_arrays(arrays)
    monkeypatch.setenv("CGS_OWN_DATA", "off")
    assert not own_files.is_here(arrays.own)
    (tmp_path / "boxes.csv").write_bytes(csv_of())
    tries = (
        lambda: own_files.keep_arrays(arrays),
        lambda: own_files.load_arrays(arrays.own),
        lambda: federated_data(own_scenario(arrays)),
        lambda: with_file(Scenario(), tmp_path / "boxes.csv").__enter__(),
    )
    for attempt in tries:
        with pytest.raises(DataError, match="own data are turned off here"):
            attempt()
    assert not (tmp_path / "off").exists()
