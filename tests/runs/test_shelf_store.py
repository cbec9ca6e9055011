"""A visitor's shelf in the store: its runs, their names and colours, who sees them, and that they are kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.errors import JobError
from cgs_core.runs import MAX_SHELF_RUNS, RunStore
from cgs_core.scenario import Scenario
from cgs_core.studies.side_by_side import MAX_NAME_LENGTH
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import Clock

DAY = 86_400.0


def scenario_of(seed: int) -> Scenario:
    return Scenario(start_seed=seed, n_agents=2, n_rounds=2)


def complete(store: RunStore, scenario: Scenario) -> str:
    run_id = store.submit(scenario, "somebody")
    (claim,) = store.claim("worker")
    for round_index in range(scenario.n_rounds):
        store.record(round_index, {claim: fake_record(scenario, round_index).to_bytes()})
    store.finish(claim)
    return run_id


def names(store: RunStore, visitor: str = "ann") -> list[str]:
    return [entry.name for entry in store.shelf().entries(visitor)]


def test_runs_lie_on_the_shelf_in_the_order_in_which_they_were_pinned(store: RunStore) -> None:
    shelf = store.shelf()
    done = complete(store, scenario_of(2))
    waiting = store.submit(scenario_of(1), "somebody")
    shelf.put("ann", scenario_of(2), "second seed")
    shelf.put("ann", scenario_of(1), "first seed")
    first, second = shelf.entries("ann")
    assert (first.run_id, first.name, first.scenario, first.status) == (done, "second seed", scenario_of(2), "done")
    assert (second.run_id, second.name, second.is_live) == (waiting, "first seed", True)
    assert first.is_current and not first.is_live
    shelf.put("ann", scenario_of(2), "again")  # it lies there already
    assert names(store) == ["second seed", "first seed"]


def test_nobody_sees_or_changes_anothers_shelf(store: RunStore) -> None:
    shelf, scenario = store.shelf(), scenario_of(1)
    shelf.put("ann", scenario, "Ann's")
    shelf.put("bob", scenario, "Bob's")
    shelf.rename("bob", scenario.scenario_id, "his")
    assert (names(store, "ann"), names(store, "bob"), names(store, "eve")) == (["Ann's"], ["his"], [])
    shelf.remove("bob", scenario.scenario_id)
    assert (names(store, "ann"), names(store, "bob")) == (["Ann's"], [])
    assert shelf.has("ann", scenario.scenario_id) and not shelf.has("bob", scenario.scenario_id)


def test_a_token_is_not_in_the_file(store: RunStore) -> None:
    store.shelf().put("a-secret-token", scenario_of(1), "mine")
    store.close()
    files = [*store.path.parent.glob("runs.sqlite*")]
    assert files and not any(b"a-secret-token" in file.read_bytes() for file in files)


def test_a_shelf_outlives_the_process(store: RunStore, clock: Clock) -> None:
    run_id = complete(store, scenario_of(1))
    store.shelf().put("ann", scenario_of(1), "kept")
    store.close()
    again = RunStore(store.path, fingerprint=lambda _: "1", clock=clock, ticks=clock)
    (entry,) = again.shelf().entries("ann")
    assert (entry.run_id, entry.name, entry.status) == (run_id, "kept", "done")
    assert again.load(run_id).is_complete
    again.close()


def test_a_run_on_any_shelf_is_not_forgotten(store: RunStore, clock: Clock) -> None:
    shelf = store.shelf()
    for seed in range(3):
        complete(store, scenario_of(seed))
        clock.advance(1)
    shelf.put("ann", scenario_of(0), "first")
    shelf.put("bob", scenario_of(0), "first")
    store.expire(max_bytes=1)
    assert [run_id in _stored(store) for run_id in _ids(3)] == [True, False, True]  # the last one is the latest
    shelf.remove("ann", scenario_of(0).scenario_id)
    store.expire(max_bytes=1)
    assert scenario_of(0).scenario_id in _stored(store)
    shelf.remove("bob", scenario_of(0).scenario_id)
    store.expire(max_bytes=1)
    assert scenario_of(0).scenario_id not in _stored(store)


def test_a_run_that_was_pinned_at_start_up_stays_when_a_visitor_unpins_it(store: RunStore, clock: Clock) -> None:
    shelf, run_id = store.shelf(), complete(store, scenario_of(0))
    store.pin(run_id, True)
    clock.advance(1)
    complete(store, scenario_of(1))
    shelf.put("ann", scenario_of(0), "default")
    shelf.remove("ann", run_id)
    store.expire(max_bytes=1)
    assert run_id in _stored(store)


def _ids(n_seeds: int) -> list[str]:
    return [scenario_of(seed).scenario_id for seed in range(n_seeds)]


def _stored(store: RunStore) -> set[str]:
    with closing(sqlite3.connect(store.path)) as connection:
        return {run_id for (run_id,) in connection.execute("SELECT id FROM runs")}


def test_a_run_that_was_forgotten_is_pinned_without_rounds_and_can_be_asked_for(store: RunStore) -> None:
    store.shelf().put("ann", scenario_of(1), "forgotten")
    (entry,) = store.shelf().entries("ann")
    assert entry.status == "cancelled" and not store.events(entry.run_id).rounds
    complete(store, scenario_of(1))
    assert store.shelf().entries("ann")[0].status == "done"


def test_rounds_of_an_older_version_are_told_apart(store: RunStore, clock: Clock) -> None:
    complete(store, scenario_of(1))
    store.shelf().put("ann", scenario_of(1), "old")
    newer = RunStore(store.path, fingerprint=lambda _: "2", clock=clock, ticks=clock)
    assert not newer.shelf().entries("ann")[0].is_current
    newer.submit(scenario_of(1), "ann")
    assert newer.shelf().entries("ann")[0].is_live
    newer.close()


def test_a_run_keeps_its_colour_and_a_new_one_takes_the_first_that_is_free(store: RunStore) -> None:
    shelf = store.shelf()
    for seed in range(4):
        shelf.put("ann", scenario_of(seed), f"seed {seed}")
    shelf.remove("ann", scenario_of(1).scenario_id)
    colors = {entry.name: entry.color_index for entry in shelf.entries("ann")}
    assert colors == {"seed 0": 0, "seed 2": 2, "seed 3": 3}
    shelf.put("ann", scenario_of(5), "new")
    assert [(entry.name, entry.color_index) for entry in shelf.entries("ann")][2:] == [("seed 3", 3), ("new", 1)]


def test_a_run_that_is_put_back_has_its_colour_again(store: RunStore) -> None:
    shelf = store.shelf()
    for seed in range(3):
        shelf.put("ann", scenario_of(seed), f"seed {seed}")
    shelf.remove("ann", scenario_of(0).scenario_id)
    shelf.put("ann", scenario_of(5), "new", spared=0)
    shelf.put("ann", scenario_of(0), "back", color_index=0)
    assert [entry.color_index for entry in shelf.entries("ann")] == [1, 2, 3, 0]
    shelf.put("ann", scenario_of(6), "another's colour", color_index=2)
    assert shelf.entries("ann")[-1].color_index == 4
    for seed in range(7, 7 + MAX_SHELF_RUNS - 6):
        shelf.put("ann", scenario_of(seed), "more")
    shelf.put("ann", scenario_of(99), "the last colour is given, spared or not", spared=MAX_SHELF_RUNS - 1)
    assert shelf.entries("ann")[-1].color_index == MAX_SHELF_RUNS - 1


def test_what_is_chosen_on_the_page_is_each_visitors_own_and_stays(store: RunStore, clock: Clock) -> None:
    shelf, view = store.shelf(), {"ticks": {"a": True, "b": False}, "baseline": "b"}
    shelf.put("ann", scenario_of(0), "hers")
    assert shelf.view("ann") == {}
    shelf.set_view("ann", {"ticks": {}})
    shelf.set_view("ann", view)
    assert (shelf.view("ann"), shelf.view("bob")) == (view, {})
    again = RunStore(store.path, fingerprint=lambda _: "1", clock=clock, ticks=clock)
    assert again.shelf().view("ann") == view
    again.close()
    with pytest.raises(ValueError, match="at most 10000 characters"):
        shelf.set_view("ann", {"ticks": "x" * 10_000})
    shelf.remove("ann", scenario_of(0).scenario_id)
    shelf.put("bob", scenario_of(0), "his")
    assert shelf.view("ann") == {}, "of a visitor without runs nothing is kept"


def test_names_are_plain_and_a_shelfs_own(store: RunStore) -> None:
    shelf = store.shelf()
    shelf.put("ann", scenario_of(0), "  two \n words ")
    shelf.put("ann", scenario_of(1), "two words")
    shelf.put("ann", scenario_of(2), "two words")
    shelf.put("ann", scenario_of(3), "x" * MAX_NAME_LENGTH)
    shelf.put("ann", scenario_of(4), "x" * MAX_NAME_LENGTH)
    assert names(store)[:3] == ["two words", "two words (2)", "two words (3)"]
    assert names(store)[4] == "x" * (MAX_NAME_LENGTH - 4) + " (2)"
    run_id = scenario_of(1).scenario_id
    for bad in ("", "   ", "x" * (MAX_NAME_LENGTH + 1), "tab\x00", "bell\x07", "\u202etrick"):
        with pytest.raises(JobError, match="1 to 60 characters"):
            shelf.rename("ann", run_id, bad)
    with pytest.raises(JobError, match="Another run on the shelf is called 'two words'"):
        shelf.rename("ann", run_id, "two words")
    shelf.rename("ann", run_id, "two words (2)")  # its own
    shelf.rename("ann", run_id, "<b>ü</b> & 2 < 3; DROP TABLE")
    assert names(store)[1] == "<b>ü</b> & 2 < 3; DROP TABLE"


def test_a_shelf_has_an_end(store: RunStore) -> None:
    shelf = store.shelf()
    for seed in range(MAX_SHELF_RUNS):
        shelf.put("ann", scenario_of(seed), "run")
    with pytest.raises(JobError, match="full: 24 runs"):
        shelf.put("ann", scenario_of(99), "run")
    shelf.put("bob", scenario_of(99), "run")
    assert len(shelf.entries("ann")) == MAX_SHELF_RUNS
    assert sorted(entry.color_index for entry in shelf.entries("ann")) == [*range(MAX_SHELF_RUNS)]


def test_the_shelves_do_not_fill_the_store(store: RunStore) -> None:
    complete(store, scenario_of(0))
    complete(store, scenario_of(1))
    with closing(sqlite3.connect(store.path)) as connection:
        (first, _) = (size for (size,) in connection.execute("SELECT bytes FROM runs ORDER BY created, ticket"))
    shelf = store.shelf(max_bytes=first + 1)
    shelf.put("ann", scenario_of(0), "fits")
    shelf.put("bob", scenario_of(0), "the same run")
    with pytest.raises(JobError, match="shelves of this server are full"):
        shelf.put("bob", scenario_of(1), "too much")
    assert names(store, "bob") == ["the same run"]


def test_the_shelf_of_a_visitor_who_never_comes_back_is_cleared(store: RunStore, clock: Clock) -> None:
    shelf = store.shelf()
    shelf.put("ann", scenario_of(0), "hers")
    shelf.put("bob", scenario_of(0), "his")
    clock.advance(300 * DAY)
    assert names(store, "ann") == ["hers"]
    clock.advance(200 * DAY)
    shelf.put("ann", scenario_of(1), "new")
    assert (names(store, "ann"), names(store, "bob")) == (["hers", "new"], [])


def test_a_scenario_that_cannot_be_read_any_more_is_left_out(store: RunStore) -> None:
    store.shelf().put("ann", scenario_of(0), "odd")
    store.shelf().put("ann", scenario_of(1), "good")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        text = '{"dataset": "gone"}'
        connection.execute("UPDATE runs SET scenario = ? WHERE id = ?", (text, scenario_of(0).scenario_id))
    assert names(store) == ["good"]


def test_several_stores_on_one_file_share_the_shelf(store: RunStore, tmp_path: Path, clock: Clock) -> None:
    other = RunStore(store.path, fingerprint=lambda _: "1", clock=clock, ticks=clock)
    other.shelf().put("ann", scenario_of(0), "from there")
    assert names(store) == ["from there"]
    other.close()
