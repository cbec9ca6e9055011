"""Rounds and traces come back from bytes and files exactly, and what is damaged is told."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
import zlib
from dataclasses import fields, replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.errors import RecordError
from cgs_core.federation.experiment import run
from cgs_core.records import RoundRecord, Trace
from cgs_core.records.game import GameRecord, RetrainedGame
from cgs_core.records.round_record import MOST_STORED_AGENTS
from cgs_core.scenario import MAX_EXACT_AGENTS, Agent, Scenario
from cgs_core.scenario.catalogue import DECISION_GRID
from cgs_core.scenario.own_data import OwnData

TABLE = Scenario(dataset="wine", n_agents=3, n_samples=60, hidden_units=6, n_rounds=4, altruism_degree=2.0)
PLANE = TABLE.replace(dataset="moons", n_rounds=2, agents=(Agent(label_noise=0.5),))
EXACT = TABLE.replace(valuation="cgsv_exact", n_rounds=2)
MANY = TABLE.replace(n_agents=MAX_EXACT_AGENTS + 1, n_samples=60, n_rounds=2)
FILES = ("scenario.json", "summary.json", "trace.csv", "trace.npz")
_TRACES: dict[Scenario, Trace] = {}


def traced(scenario: Scenario) -> Trace:
    """Each scenario is run once."""
    return _TRACES.setdefault(scenario, _TRACES.get(scenario) or run(scenario))


def assert_same_round(one: RoundRecord, other: RoundRecord) -> None:
    for field in fields(RoundRecord):
        left, right = getattr(one, field.name), getattr(other, field.name)
        assert type(left) is type(right), field.name
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype and left.shape == right.shape, field.name
            assert left.tobytes() == right.tobytes(), field.name
        else:
            assert left == right, field.name


SCENARIOS = pytest.mark.parametrize("scenario", [TABLE, PLANE, EXACT, MANY], ids=["table", "plane", "exact", "many"])


# -- one round -------------------------------------------------------------------------------------------------


@SCENARIOS
def test_a_round_comes_back_from_bytes_exactly(scenario: Scenario) -> None:
    for record in traced(scenario).rounds:
        back = RoundRecord.from_bytes(record.to_bytes())
        assert_same_round(back, record)
        assert back.to_bytes() == record.to_bytes()


@SCENARIOS
def test_shapes(scenario: Scenario) -> None:
    n, k = scenario.n_agents, scenario.info.n_classes
    grid = DECISION_GRID if scenario.info.kind == "plane" else 0
    exact = (n,) if n <= MAX_EXACT_AGENTS else (0,)
    other = {
        "contribution_exact": exact,
        "gram": (n, n),
        "class_accuracy": (n, k),
        "standalone_class_accuracy": (n, k),
        "decision": (n, grid, grid),
        "standalone_decision": (n, grid, grid),
        "right": (n, -(-scenario.info.n_test // 8)),
        "standalone_right": (n, -(-scenario.info.n_test // 8)),
        "fedavg_right": (-(-scenario.info.n_test // 8),),
    }
    for record in traced(scenario).rounds:
        for field in fields(RoundRecord):
            value = getattr(record, field.name)
            if isinstance(value, np.ndarray):
                assert value.shape == other.get(field.name, (n,)), field.name
        assert record.decision.dtype == np.uint8 and record.download_bytes.dtype == np.int64
        assert record.gram.dtype == np.float64


@SCENARIOS
def test_which_samples_are_right_adds_up_to_the_accuracy(scenario: Scenario) -> None:
    for record in traced(scenario).rounds:
        kept = (record.right, record.standalone_right, record.fedavg_right)
        told = (record.accuracy, record.standalone_accuracy, record.fedavg_accuracy)
        for bits, accuracy in zip(kept, told, strict=True):
            assert bits.dtype == np.uint8
            n_right = np.unpackbits(bits, axis=-1).sum(axis=-1)
            np.testing.assert_allclose(n_right / scenario.info.n_test, accuracy, rtol=1e-12)


def test_a_trace_saved_before_that_was_kept_still_opens(tmp_path: Path) -> None:
    trace = traced(TABLE)
    trace.save(tmp_path)
    with np.load(tmp_path / "trace.npz") as arrays:
        older = {name: arrays[name] for name in arrays.files if not name.endswith("right")}
    np.savez_compressed(tmp_path / "trace.npz", **older)
    again = Trace.load(tmp_path)
    assert again.rounds[-1].right.shape == (0, 0) and again.to_csv() == trace.to_csv()
    last = again.rounds[-1]
    every = np.concatenate([last.accuracy, last.standalone_accuracy, [last.fedavg_accuracy]])
    for one, row in zip(every, again.same_models(), strict=True):  # the unpaired error, for want of a pair
        for other, is_same in zip(every, row, strict=True):
            p = (one + other) / 2
            assert is_same == (one == other or abs(one - other) < 4 * (p * (1 - p) / TABLE.info.n_test) ** 0.5)


def test_a_round_stored_before_weights_and_lengths_were_kept_is_still_read(tmp_path: Path) -> None:
    trace = traced(TABLE)
    record = trace.rounds[1]
    head, _, body = zlib.decompress(record.to_bytes()).partition(b"\n")
    facts = {name: value for name, value in json.loads(head).items() if name not in ("weight", "update_length")}
    older = body[: len(body) - record.weight.nbytes - record.update_length.nbytes]  # they are the last ones
    back = RoundRecord.from_bytes(zlib.compress(json.dumps(facts).encode() + b"\n" + older))
    assert not back.weight.size and not back.update_length.size
    assert_same_round(replace(back, weight=record.weight, update_length=record.update_length), record)
    del facts["gram"]
    with pytest.raises(RecordError, match="cannot be read"):
        RoundRecord.from_bytes(zlib.compress(json.dumps(facts).encode() + b"\n" + older))
    trace.save(tmp_path)
    with np.load(tmp_path / "trace.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "weight"}
    np.savez_compressed(tmp_path / "trace.npz", **kept)
    last = Trace.load(tmp_path).rounds[-1]
    assert not last.weight.size and last.update_length.tolist() == trace.rounds[-1].update_length.tolist()


def test_damaged_bytes_are_told() -> None:
    payload = traced(PLANE).rounds[0].to_bytes()
    for length in [*range(0, len(payload), 97), len(payload) - 1]:
        with pytest.raises(RecordError, match="cannot be read"):
            RoundRecord.from_bytes(payload[:length])
    for place in range(0, len(payload), 61):
        wrong = payload[:place] + bytes([payload[place] ^ 0x55]) + payload[place + 1 :]
        with pytest.raises(RecordError):
            RoundRecord.from_bytes(wrong)


@pytest.mark.parametrize("head", [b"", b"{}", b"[]", b"null", b"3", b"\xff"])
def test_whole_bytes_that_are_no_round_are_told(head: bytes) -> None:
    with pytest.raises(RecordError):
        RoundRecord.from_bytes(zlib.compress(head + b"\n"))


@pytest.mark.parametrize("shape", [[10**30], [3.0], ["3"], [10**12], [None]])
def test_a_shape_that_no_array_has_is_told(shape: list[object]) -> None:
    head, _, body = zlib.decompress(traced(TABLE).rounds[0].to_bytes()).partition(b"\n")
    facts = json.loads(head)
    name = next(name for name, value in facts.items() if isinstance(value, list))
    facts[name][1] = shape
    with pytest.raises(RecordError):
        RoundRecord.from_bytes(zlib.compress(json.dumps(facts).encode() + b"\n" + body))


def test_a_round_with_too_few_numbers_is_told() -> None:
    whole = zlib.decompress(traced(TABLE).rounds[0].to_bytes())
    with pytest.raises(RecordError):
        RoundRecord.from_bytes(zlib.compress(whole[:-8]))


@SCENARIOS
def test_arrays_are_read_only(scenario: Scenario, tmp_path: Path) -> None:
    trace = traced(scenario)
    trace.save(tmp_path)
    again = [RoundRecord.from_bytes(record.to_bytes()) for record in trace.rounds]
    for record in [*trace.rounds, *again, *Trace.load(tmp_path).rounds]:
        for field in fields(RoundRecord):
            value = getattr(record, field.name)
            assert not isinstance(value, np.ndarray) or not value.flags.writeable, field.name
    with pytest.raises(ValueError, match="read-only"):
        trace.rounds[0].importance[0] = 1.0


# -- what a trace tells --------------------------------------------------------------------------------------------


@SCENARIOS
def test_the_gram_is_the_one_that_the_contributions_were_made_of(scenario: Scenario) -> None:
    trace = traced(scenario)
    psi = np.stack([cgsv_approx(gram) for gram in trace.gram])
    assert trace.contribution_approx.tobytes() == psi.tobytes()
    if scenario.valuation == "cgsv_approx":
        np.testing.assert_array_equal(trace.stack("contribution"), psi)
    else:
        np.testing.assert_array_equal(trace.stack("contribution"), trace.contribution_exact)
        assert np.abs(trace.stack("contribution") - psi).max() > 1e-6
    for gram, approx in zip(trace.gram, psi, strict=True):
        by_hand = gram.sum(axis=1) / np.sqrt(np.diag(gram) * gram.sum())  # cos(a_i u_i, u_N)
        np.testing.assert_allclose(approx, by_hand, atol=1e-12)


def test_there_is_no_exact_contribution_of_many_agents() -> None:
    assert traced(MANY).contribution_exact is None
    assert traced(TABLE.replace(n_agents=4)).contribution_exact.shape == (4, 4)
    assert "contribution_exact" not in traced(MANY).to_csv()


def test_the_exact_contribution_that_drives_nothing_is_computed_once_and_when_somebody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Mock(wraps=cgsv_exact)
    monkeypatch.setattr("cgs_core.records.round_record.cgsv_exact", asked)
    looked_at, untouched = run(TABLE).rounds[0], run(TABLE).rounds[0]
    assert asked.call_count == 0
    for _ in range(2):
        assert looked_at.contribution_exact.tobytes() == cgsv_exact(looked_at.gram).tobytes()
        assert not looked_at.contribution_exact.flags.writeable
    assert asked.call_count == 1
    assert untouched.to_bytes() == looked_at.to_bytes()
    assert asked.call_count == 2
    assert run(EXACT).contribution_exact is not None and asked.call_count == 2, "where it drives the run it is there"


def test_of_many_agents_the_exact_contribution_is_stored_once_it_is_there() -> None:
    scenario = MANY.replace(n_agents=MOST_STORED_AGENTS + 1, n_rounds=1)
    (record,), (driven,) = run(scenario).rounds, run(scenario.replace(valuation="cgsv_exact")).rounds
    bare = record.to_bytes()
    back = RoundRecord.from_bytes(bare)
    assert driven.is_whole and not record.is_whole and not back.is_whole
    assert back.to_bytes() == bare, "to be stored is not to be looked at"
    whole = back.whole().to_bytes()
    again = RoundRecord.from_bytes(whole)
    assert back.is_whole and again.is_whole and len(whole) > len(bare)
    assert_same_round(again, record)
    assert again.agrees_with(RoundRecord.from_bytes(bare)) and RoundRecord.from_bytes(bare).agrees_with(again)
    assert not again.agrees_with(replace(again, server_accuracy=0.123))


def test_stack() -> None:
    trace = traced(TABLE)
    assert trace.stack("importance").shape == (4, 3)
    assert trace.stack("server_accuracy").shape == (4,)
    for round_index, record in enumerate(trace.rounds):
        np.testing.assert_array_equal(trace.stack("loss")[round_index], record.loss)
    for name in ("colour", "round_index", "to_bytes"):
        with pytest.raises(KeyError, match=f"{name}.*importance"):
            trace.stack(name)


def test_a_trace_is_complete_when_all_its_rounds_are_there() -> None:
    whole = traced(TABLE)
    part = Trace(TABLE, whole.rounds[:2])
    assert whole.is_complete and whole.n_rounds == 4
    assert not part.is_complete and part.n_rounds == 2


@SCENARIOS
def test_the_csv_is_tidy_and_says_what_the_arrays_say(scenario: Scenario) -> None:
    trace = traced(scenario)
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    cells = {(int(row["round"]), row["agent"], row["quantity"]): float(row["value"]) for row in rows}
    assert len(cells) == len(rows)
    assert list(rows[0]) == ["round", "agent", "quantity", "value"]
    assert {round_number for round_number, _, _ in cells} == set(range(1, scenario.n_rounds + 1))
    assert {agent for _, agent, _ in cells} == {"", *map(str, range(1, scenario.n_agents + 1))}
    names = {quantity for _, _, quantity in cells}
    assert {"importance", "reward_ratio", "accuracy", "contribution", "server_accuracy", "download_bytes"} <= names
    for (number, agent, quantity), value in cells.items():
        values = trace.contribution_approx if quantity == "contribution_approx" else trace.stack(quantity)
        assert value == (values[number - 1, int(agent) - 1] if agent else values[number - 1])
    per_agent = {quantity for _, agent, quantity in cells if agent}
    assert len(rows) == scenario.n_rounds * (len(per_agent) * scenario.n_agents + len(names - per_agent))


@SCENARIOS
def test_the_frame_is_the_csv_with_its_numbers_to_the_last_bit(scenario: Scenario) -> None:
    trace = traced(scenario)
    frame, rows = trace.to_frame(), list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "round": "Int64",
        "agent": "Int64",
        "quantity": "str",
        "value": "float64",
    }
    assert frame["value"].tolist() == [float(row["value"]) for row in rows]
    assert frame["round"].tolist() == [int(row["round"]) for row in rows]
    assert frame["quantity"].tolist() == [row["quantity"] for row in rows]
    assert ["" if agent is pandas.NA else str(agent) for agent in frame["agent"]] == [row["agent"] for row in rows]
    exact = frame[(frame["quantity"] == "importance") & (frame["round"] == 2)]["value"].to_numpy()
    assert exact.tobytes() == trace.rounds[1].importance.tobytes()


def test_a_frame_is_written_as_the_csv_is() -> None:
    frame = traced(TABLE).to_frame()
    parts = frame["quantity"] != "download_bytes"  # a whole number: in a column of decimals it is written with .0
    written = frame[parts].to_csv(index=False).splitlines()
    assert written == [line for line in traced(TABLE).to_csv().splitlines() if "download_bytes" not in line]


def test_a_frame_without_pandas_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"needs pandas.*pip install pandas.*extra 'app'"):
        traced(TABLE).to_frame()


# -- as a notebook shows it ----------------------------------------------------------------------------------------


def test_a_trace_is_shown_in_one_line() -> None:
    trace, scenario_id = traced(TABLE), TABLE.scenario_id
    shown = f"<Trace {scenario_id}: Wine, 3 agents, 4 of 4 rounds, valued by cgsv_approx, paid by sparsified>"
    assert repr(trace) == shown
    assert "1 of 4 rounds" in repr(Trace(TABLE, trace.rounds[:1])) and "0 of 4" in repr(Trace(TABLE, ()))


def test_a_round_is_shown_with_its_shapes_and_not_with_its_numbers() -> None:
    shown = repr(traced(TABLE).rounds[2])
    assert shown.startswith("<RoundRecord of round 3: contribution (3,), ") and "gram (3, 3)" in shown
    assert len(shown) < 400 and "decision" not in shown  # there is no grid
    assert "decision (3, " in repr(traced(PLANE).rounds[0])
    game = RetrainedGame(TABLE, (GameRecord(0, np.zeros(8), np.zeros(8)),))
    assert repr(game).startswith("<RetrainedGame ") and "1 of 4 rounds" in repr(game)
    assert repr(game.rounds) == "(<GameRecord of round 1: accuracy (8,), loss (8,)>,)"


def cells_of(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_a_notebook_shows_a_row_an_agent() -> None:
    trace = traced(TABLE)
    last, worth = trace.rounds[-1], trace.stack("contribution").mean(axis=0)
    head, *rows = cells_of(trace._repr_html_())
    assert head == ["agent", "mean contribution", "importance", "reward ratio", "accuracy alone", "accuracy"]
    values = (worth, last.importance, last.reward_ratio, last.standalone_accuracy, last.accuracy)
    assert rows == [[str(agent + 1), *(f"{own[agent]:.3f}" for own in values)] for agent in range(3)]
    assert cells_of(Trace(TABLE, ())._repr_html_()) == [head]


def test_a_persons_words_are_escaped_in_a_notebook() -> None:
    own = OwnData(
        sha256="0" * 64,
        name="<script>&",
        kind="table",
        shape=(2,),
        class_names=("a", "b"),
        n_train=80,
        n_test=20,
    )
    page = Trace(Scenario(dataset="own", own_data=own, n_agents=2), ())._repr_html_()
    assert "&lt;script&gt;&amp;" in page and "<script>" not in page


# -- its summary -------------------------------------------------------------------------------------------------


def _refuse(text: str) -> float:
    raise AssertionError(f"{text} is not JSON")


def test_the_summary_is_json_without_nan() -> None:
    lone = traced(TABLE)
    last = lone.rounds[-1]
    still = replace(last, **{name: np.full_like(last.accuracy, 0.5) for name in ("accuracy", "standalone_accuracy")})
    for trace in (lone, Trace(TABLE, lone.rounds[:1]), traced(MANY), Trace(TABLE, (*lone.rounds[:-1], still))):
        read = json.loads(trace.summary_json(), parse_constant=_refuse)
        assert read == json.loads(json.dumps(trace.summary(), allow_nan=False))
        assert read["scenario_id"] == trace.scenario.scenario_id and read["n_rounds"] == trace.n_rounds
        missing = {name for name, value in read.items() if value is None}
        assert missing <= set(read["undefined"])


# -- files -------------------------------------------------------------------------------------------------------


@SCENARIOS
def test_a_trace_comes_back_from_its_files_exactly(scenario: Scenario, tmp_path: Path) -> None:
    trace = traced(scenario)
    trace.save(tmp_path / "new" / "folder")
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(FILES)
    back = Trace.load(tmp_path / "new" / "folder")
    assert back.scenario == scenario and back.n_rounds == trace.n_rounds
    for one, other in zip(back.rounds, trace.rounds, strict=True):
        assert_same_round(one, other)
    back.save(str(tmp_path / "again"))
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "new" / "folder" / name).read_bytes()


def test_files_hold_what_their_names_say(tmp_path: Path) -> None:
    trace = traced(TABLE)
    trace.save(tmp_path)
    assert (tmp_path / "trace.csv").read_bytes().decode() == trace.to_csv()
    assert (tmp_path / "summary.json").read_bytes().decode() == trace.summary_json()
    assert Scenario.from_json((tmp_path / "scenario.json").read_bytes()) == TABLE
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as archive:
        for name in archive.files:
            np.testing.assert_array_equal(archive[name], trace.stack(name))


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no readable trace"):
        Trace.load(tmp_path / "nowhere")
    traced(TABLE).save(tmp_path / "whole")
    for name in ("scenario.json", "trace.npz"):
        shutil.copytree(tmp_path / "whole", tmp_path / name)
        (tmp_path / name / name).unlink()
        with pytest.raises(RecordError, match="no readable trace"):
            Trace.load(tmp_path / name)


@pytest.mark.parametrize("name", ["scenario.json", "trace.npz"])
def test_damaged_files_are_told(name: str, tmp_path: Path) -> None:
    traced(TABLE).save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    for damaged in (b"", b"\xff\xfe", whole[: len(whole) // 2], whole[:40] + b"\x00\x01\x02\x03" + whole[44:]):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(RecordError, match="no readable trace"):
            Trace.load(tmp_path)
