"""Rounds and scenarios that are damaged in the store: found out, told, dropped, computed again."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgs_core.errors import DamagedError, JobError
from cgs_core.runs import RunStore
from cgs_core.runs.kept_rounds import DAMAGED
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record

_SCENARIO = Scenario(start_seed=1, n_rounds=3)
_RUN = _SCENARIO.scenario_id
_DAMAGES = {
    "unreadable": ("UPDATE rounds SET payload = x'00' WHERE round_index = 1", ()),
    "of another run": (
        "UPDATE rounds SET payload = ? WHERE round_index = 1",
        (fake_record(_SCENARIO.replace(start_seed=2), 1).to_bytes(),),
    ),
    "of another place": (
        "UPDATE rounds SET (payload, digest) = (SELECT payload, digest FROM rounds WHERE round_index = 0)"
        " WHERE round_index = 1",
        (),
    ),
    "missing": ("DELETE FROM rounds WHERE round_index = 1", ()),
    "last ones missing": ("DELETE FROM rounds WHERE round_index > 0", ()),
}


def _compute(store: RunStore, n_rounds: int = 3) -> None:
    (claim,) = store.claim("w")
    for index in range(n_rounds):
        assert store.record(index, {claim: fake_record(claim.scenario, index).to_bytes()}) == {claim: "go_on"}
    if n_rounds == 3:
        assert store.finish(claim)


def _write(store: RunStore, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        assert connection.execute(statement, values).rowcount


def _accounts(store: RunStore) -> tuple[int, int]:
    with closing(sqlite3.connect(store.path)) as connection:
        (said,) = connection.execute("SELECT SUM(bytes) FROM runs").fetchone()
        (scenarios,) = connection.execute("SELECT SUM(LENGTH(scenario)) FROM runs").fetchone()
        (rounds,) = connection.execute("SELECT IFNULL(SUM(LENGTH(payload)), 0) FROM rounds").fetchone()
    return said, scenarios + rounds


def _is_whole(store: RunStore) -> bool:
    rounds = store.load(_RUN).rounds
    return [r.to_bytes() for r in rounds] == [fake_record(_SCENARIO, index).to_bytes() for index in range(3)]


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_finished_run_is_told_dropped_and_computed_again(
    store: RunStore, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.submit(_SCENARIO, "a")
    _compute(store)
    statement, values = _DAMAGES[damage]
    _write(store, statement, *values)
    with pytest.raises(DamagedError, match="damaged"):
        store.load(_RUN)
    assert _RUN in caplog.text and str(store.path) in caplog.text
    view = store.events(_RUN, owner="a")
    assert (view.status, view.rounds, view.error) == ("queued", (), DAMAGED)
    assert str(store.path) not in DAMAGED
    store.submit(_SCENARIO, "a")
    assert store.events(_RUN).error == DAMAGED, "who comes later is told too"
    _compute(store)
    assert _is_whole(store) and store.events(_RUN).error is None
    said, held = _accounts(store)
    assert said == held


@pytest.mark.parametrize("damage", [damage for damage in _DAMAGES if "missing" not in damage])
def test_a_damaged_round_of_a_running_run_takes_it_from_its_worker(store: RunStore, damage: str) -> None:
    store.submit(_SCENARIO, "a")
    (claim,) = store.claim("first")
    for index in range(2):
        store.record(index, {claim: fake_record(_SCENARIO, index).to_bytes()})
    statement, values = _DAMAGES[damage]
    _write(store, statement, *values)
    view = store.events(_RUN, owner="a")
    assert (view.status, view.rounds, view.error) == ("queued", (), DAMAGED)
    assert store.record(2, {claim: fake_record(_SCENARIO, 2).to_bytes()}) == {claim: "lost"}
    _compute(store)
    assert _is_whole(store)


def test_who_has_read_the_first_rounds_goes_on_where_it_was(store: RunStore) -> None:
    store.submit(_SCENARIO, "a")
    _compute(store)
    _write(store, "UPDATE rounds SET payload = x'00' WHERE round_index = 2")
    assert [r.round_index for r in store.events(_RUN, 3).rounds] == [], "what is not read is not looked at"
    assert store.events(_RUN, 1).status == "queued"
    _compute(store)
    assert [r.round_index for r in store.events(_RUN, 1).rounds] == [1, 2]


def test_a_damaged_round_that_comes_again_is_replaced(store: RunStore) -> None:
    store.submit(_SCENARIO, "a")
    _compute(store, 2)
    store.release("w", died=False)
    _write(store, "UPDATE rounds SET payload = payload || x'00' WHERE round_index = 1")
    _write(store, "UPDATE runs SET bytes = bytes + 1")
    _compute(store)
    assert _is_whole(store)
    said, held = _accounts(store)
    assert said == held


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "\x00",
        b"\xff\xfe{",
        _SCENARIO.replace(n_agents=7).to_json(),
        _SCENARIO.to_json().replace("n_agents", "n_agentz"),
    ],
)
def test_a_damaged_scenario_is_replaced_when_it_is_asked_for(store: RunStore, text: str | bytes) -> None:
    store.submit(_SCENARIO, "a")
    _compute(store)
    _write(store, "UPDATE runs SET scenario = CAST(? AS TEXT)", text)
    for call in (store.load, store.scenario_of):
        with pytest.raises(JobError, match="cannot be read any more"):
            call(_RUN)
    store.submit(_SCENARIO, "a")
    assert store.scenario_of(_RUN) == _SCENARIO
    assert store.events(_RUN).status == "queued"
    _compute(store)
    assert _is_whole(store)
    said, held = _accounts(store)
    assert said == held


def test_a_scenario_damaged_to_another_one_is_not_computed_under_the_old_id(store: RunStore) -> None:
    store.submit(_SCENARIO, "a")
    _write(store, "UPDATE runs SET scenario = ?", _SCENARIO.replace(n_agents=7).to_json())
    assert not store.claim("w")
    assert store.events(_RUN).status == "failed"
    store.submit(_SCENARIO, "a")
    _compute(store)
    assert _is_whole(store)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_flipped_byte_of_a_round_is_taken_for_true(store: RunStore, place: int, flip: int) -> None:
    store.submit(_SCENARIO, "a")
    if store.events(_RUN).status == "queued":
        _compute(store)
    payload = bytearray(fake_record(_SCENARIO, 1).to_bytes())
    payload[place % len(payload)] ^= flip
    _write(store, "UPDATE rounds SET payload = ? WHERE round_index = 1", bytes(payload))
    with pytest.raises(DamagedError):
        store.load(_RUN)


@pytest.mark.parametrize("damaged", ["", "{", "3", "null", "\udcff", b"\xff\xfe"])
def test_what_visitors_left_is_told_in_the_log_and_left_out_where_it_is_damaged(
    store: RunStore, damaged: object, caplog: pytest.LogCaptureFixture
) -> None:
    class_id = store.classes.open("one")
    store.classes.answer(class_id, "ann", "q", [1])
    store.classes.release(class_id, "q")
    store.lesson_progress.keep("ann", "one", {"q": 1})
    store.shelf().set_view("ann", {"measure": "gain"})
    damaged = damaged.encode(errors="surrogateescape") if isinstance(damaged, str) else damaged
    with sqlite3.connect(store.path) as file:
        for table, column in (("lesson_progress", "answers"), ("classes", "released"), ("shelf_view", "view")):
            file.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (damaged,))
        file.execute("UPDATE class_answers SET answer = CAST(? AS TEXT)", (b"{",))
    assert store.lesson_progress.of("ann") == {} and store.shelf().view("ann") == {}
    assert store.classes.released(class_id) == frozenset() and store.classes.answers(class_id, "q") == []
    assert caplog.text.count("was damaged in the store") >= 4
