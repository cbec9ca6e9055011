"""The store alone: queue, leases, followers, cache, limits, damaged files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cgs_core.errors import JobError
from cgs_core.records import Trace
from cgs_core.records.game import GameRecord, RetrainedGame
from cgs_core.runs import RunStore
from cgs_core.runs.schema import STORE_VERSION
from cgs_core.runs.store import FOLLOWER_SECONDS, LEASE_SECONDS
from cgs_core.runs.views import Claim
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import Clock, supervise


def _scenario(seed: int, n_rounds: int = 3) -> Scenario:
    return Scenario(start_seed=seed, n_rounds=n_rounds)


def _record(store: RunStore, claim: Claim, round_index: int) -> str:
    return store.record(round_index, {claim: fake_record(claim.scenario, round_index).to_bytes()})[claim]


def _claim(store: RunStore, worker: str = "w") -> Claim:
    (claim,) = store.claim(worker)
    return claim


def _complete(store: RunStore, scenario: Scenario, owner: str = "somebody") -> str:
    run_id = store.submit(scenario, owner)
    claim = _claim(store)
    assert claim.run_id == run_id
    for round_index in range(scenario.n_rounds):
        assert _record(store, claim, round_index) == "go_on"
    assert store.finish(claim)
    return run_id


def _accounted_bytes(store: RunStore) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        return int(connection.execute("SELECT SUM(bytes) FROM runs").fetchone()[0])


def _stored_bytes(store: RunStore) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        total = connection.execute("SELECT SUM(LENGTH(scenario)) FROM runs").fetchone()[0]
        return int(total + connection.execute("SELECT SUM(LENGTH(payload)) FROM rounds").fetchone()[0])


def _status(store: RunStore, run_id: str) -> str:
    return store.events(run_id).status


# -- the queue -------------------------------------------------------------------------------------------------


def test_runs_are_claimed_in_the_order_of_submission(store: RunStore) -> None:
    ids = [store.submit(_scenario(seed), f"owner {seed}") for seed in range(4)]
    assert [store.events(run_id).queue_position for run_id in ids] == [1, 2, 3, 4]
    assert [_claim(store).run_id for _ in ids] == ids
    assert not store.claim("w")
    assert {store.events(run_id).queue_position for run_id in ids} == {None}


def test_a_run_queued_again_goes_to_the_end(store: RunStore) -> None:
    first = store.submit(_scenario(1), "a")
    second = store.submit(_scenario(2), "b")
    store.cancel(first, "a")
    store.submit(_scenario(1), "a")
    assert [_claim(store).run_id for _ in range(2)] == [second, first]


def test_an_owner_follows_one_unfinished_run(store: RunStore) -> None:
    waiting = store.submit(_scenario(1), "a")
    running = store.submit(_scenario(2), "a")
    claim = _claim(store)
    assert claim.run_id == running
    last = store.submit(_scenario(3), "a")
    assert _record(store, claim, 0) == "cancelled"
    assert [_status(store, run_id) for run_id in (waiting, running, last)] == ["cancelled", "cancelled", "queued"]


# -- leases ----------------------------------------------------------------------------------------------------


def test_a_run_is_taken_over_when_the_lease_has_ended(store: RunStore, clock: Clock) -> None:
    run_id = store.submit(_scenario(1), "a")
    first = _claim(store, "first")
    _record(store, first, 0)
    clock.advance(LEASE_SECONDS - 1)
    assert not store.claim("second")
    clock.advance(2)
    second = _claim(store, "second")
    assert (second.run_id, second.attempt) == (run_id, 2)
    assert _record(store, first, 1) == "lost"
    assert not store.renew(first)
    assert not store.finish(first)
    assert len(store.events(run_id).rounds) == 1
    for round_index in range(3):
        assert _record(store, second, round_index) == "go_on"
    assert store.finish(second)
    view = store.events(run_id)
    assert (view.status, [record.round_index for record in view.rounds]) == ("done", [0, 1, 2])


def test_a_round_or_a_renewal_extends_the_lease(store: RunStore, clock: Clock) -> None:
    store.submit(_scenario(1), "a")
    claim = _claim(store, "first")
    for extend in (lambda: _record(store, claim, 0), lambda: store.renew(claim)):
        clock.advance(LEASE_SECONDS - 1)
        extend()
        clock.advance(LEASE_SECONDS - 1)
        assert not store.claim("second")


def test_the_same_worker_name_does_not_revive_a_lost_claim(store: RunStore, clock: Clock) -> None:
    store.submit(_scenario(1), "a")
    lost = _claim(store, "w")
    clock.advance(LEASE_SECONDS + 1)
    held = _claim(store, "w")
    assert _record(store, lost, 0) == "lost"
    assert _record(store, held, 0) == "go_on"


def test_a_run_whose_worker_died_three_times_is_given_up(store: RunStore) -> None:
    run_id = store.submit(_scenario(1), "a")
    for attempt in (1, 2, 3):
        assert _claim(store, f"w{attempt}").attempt == attempt
        store.release(f"w{attempt}", died=True)
    assert not store.claim("w")
    view = store.events(run_id)
    assert (view.status, view.error) == ("failed", "The run was given up: its worker died three times.")
    assert view.is_finished
    store.submit(_scenario(1), "a")
    assert store.events(run_id).error is None
    assert _claim(store).run_id == run_id


def test_a_lease_that_ends_is_no_death(store: RunStore, clock: Clock) -> None:
    """Its worker may be slow, or its server have been killed with it: neither is the run's fault."""
    run_id = store.submit(_scenario(1), "a")
    for number in range(9):
        assert _claim(store, f"worker {number % 2}").run_id == run_id
        supervise(store, clock, LEASE_SECONDS)
    for _ in range(2):
        _claim(store, "living")
        store.release("living", died=True)
    _claim(store, "slow")
    clock.advance(LEASE_SECONDS + 1)
    claim = _claim(store, "living")
    assert (claim.run_id, store.events(run_id).status) == (run_id, "running"), "two deaths, as before"
    store.release("living", died=True)
    assert store.events(run_id).error == "The run was given up: its worker died three times."


def test_a_worker_that_lives_keeps_its_run_however_slow_it_is(store: RunStore, clock: Clock) -> None:
    store.submit(_scenario(1), "a")
    claim = _claim(store, "slow")
    for _ in range(9):
        supervise(store, clock, LEASE_SECONDS, {"slow", "idle"})
        assert not store.claim("idle")
    assert _record(store, claim, 0) == "go_on"
    supervise(store, clock, LEASE_SECONDS, {"idle"})
    assert _claim(store, "idle").attempt == 2
    assert _record(store, claim, 1) == "lost"


def test_a_dead_workers_run_is_released_at_once(store: RunStore) -> None:
    store.submit(_scenario(1), "a")
    _claim(store, "dead")
    store.release("dead", died=True)
    assert _claim(store, "next").attempt == 2
    for _ in range(9):
        store.release("next", died=False)
        _claim(store, "next")
    store.release("next", died=True)
    assert _claim(store, "last"), "two deaths"


def test_a_cancelled_run_of_a_dead_worker_is_not_taken_up(store: RunStore) -> None:
    for died in (True, False):
        run_id = store.submit(_scenario(1), "a")
        _claim(store, "dead")
        store.cancel(run_id, "a")
        store.release("dead", died=died)
        assert _status(store, run_id) == "cancelled"
        assert not store.claim("next")


def test_a_run_past_its_deadline_fails_in_words(store: RunStore, clock: Clock) -> None:
    run_id = store.submit(_scenario(1), "a")
    claim = _claim(store, "slow")
    for _ in range(5):
        clock.advance(4)
        store.renew(claim)
    assert store.stop_overdue({"another"}, grace_seconds=3, deadline_seconds=20) == []
    assert store.stop_overdue({"slow"}, grace_seconds=3, deadline_seconds=21) == []
    assert store.stop_overdue({"slow"}, grace_seconds=3, deadline_seconds=20) == ["slow"]
    assert "took longer than" in (store.events(run_id).error or "")
    assert _record(store, claim, 0) == "lost"


def test_a_cancelled_run_is_stopped_after_the_grace(store: RunStore, clock: Clock) -> None:
    run_id = store.submit(_scenario(1), "a")
    _claim(store, "hung")
    store.cancel(run_id, "a")
    clock.advance(2)
    store.cancel(run_id, "a")  # once more does not lengthen the grace
    assert store.stop_overdue({"hung"}, grace_seconds=3, deadline_seconds=99) == []
    clock.advance(2)
    assert store.stop_overdue({"hung"}, grace_seconds=3, deadline_seconds=99) == ["hung"]
    assert _status(store, run_id) == "cancelled"


# -- followers and cancelling ----------------------------------------------------------------------------------


def test_cancelling_is_seen_with_the_next_round_and_hits_no_other_run(store: RunStore) -> None:
    first = store.submit(_scenario(1), "a")
    second = store.submit(_scenario(2), "b")
    claim = _claim(store)
    store.cancel(first, "a")
    assert _record(store, claim, 0) == "cancelled"
    assert len(store.events(first).rounds) == 1
    store.cancel(first, "a")  # once more, when it is over
    next_claim = _claim(store)
    assert next_claim.run_id == second
    assert _record(store, next_claim, 0) == "go_on"


def test_a_run_goes_on_while_somebody_follows_it(store: RunStore) -> None:
    run_id = store.submit(_scenario(1), "a")
    assert store.submit(_scenario(1), "b") == run_id
    claim = _claim(store)
    store.cancel(run_id, "a")
    store.cancel(run_id, "a")
    store.cancel(run_id, "a stranger")
    assert _record(store, claim, 0) == "go_on"
    store.cancel(run_id, "b")
    assert _record(store, claim, 1) == "cancelled"


def test_who_followed_a_finished_run_does_not_follow_it_when_it_is_queued_again(store: RunStore) -> None:
    run_id = store.submit(_scenario(1), "a")
    store.finish(_claim(store), "It broke.")
    store.submit(_scenario(1), "b")
    store.cancel(run_id, "b")
    assert _status(store, run_id) == "cancelled"


def test_submitting_again_before_the_worker_noticed_takes_the_cancelling_back(store: RunStore) -> None:
    run_id = store.submit(_scenario(1), "a")
    claim = _claim(store)
    store.cancel(run_id, "a")
    store.submit(_scenario(1), "b")
    assert _record(store, claim, 0) == "go_on"


def test_a_run_that_nobody_looks_at_is_cancelled(store: RunStore, clock: Clock) -> None:
    forgotten, watched = store.submit(_scenario(1), "a"), store.submit(_scenario(2), "b")
    for _ in range(5):
        supervise(store, clock, FOLLOWER_SECONDS / 4)
        store.events(watched, owner="b")
        store.events(forgotten)
        store.events(forgotten, owner="b")  # does not follow it
    assert (_status(store, forgotten), _status(store, watched)) == ("cancelled", "queued")


# -- the cache -------------------------------------------------------------------------------------------------


def test_a_finished_run_is_answered_from_the_store(store: RunStore) -> None:
    scenario = _scenario(1)
    run_id = _complete(store, scenario)
    assert store.submit(scenario, "another") == run_id == scenario.scenario_id
    assert not store.claim("w")
    trace = store.load(run_id)
    assert trace.is_complete
    assert trace.scenario == store.scenario_of(run_id) == scenario
    assert [r.to_bytes() for r in trace.rounds] == [fake_record(scenario, index).to_bytes() for index in range(3)]


def test_events_give_the_rounds_from_an_index_on(store: RunStore) -> None:
    run_id = _complete(store, _scenario(1))
    view = store.events(run_id, since=2)
    assert [record.round_index for record in view.rounds] == [2]
    assert store.events(run_id, since=3).rounds == ()


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_failed_or_cancelled_run_is_queued_again_and_keeps_its_rounds(store: RunStore, end: str) -> None:
    run_id = store.submit(_scenario(1), "a")
    claim = _claim(store)
    _record(store, claim, 0)
    if end == "failed":
        store.finish(claim, "It broke.")
    else:
        store.cancel(run_id, "a")
        assert _record(store, claim, 1) == "cancelled"
    assert _status(store, run_id) == end
    store.submit(_scenario(1), "a")
    view = store.events(run_id)
    assert (view.status, len(view.rounds), view.error) == ("queued", 1 if end == "failed" else 2, None)
    again = _claim(store)
    assert [_record(store, again, index) for index in range(3)] == ["go_on"] * 3


def test_a_round_that_comes_out_differently_is_refused_and_the_rounds_are_dropped(store: RunStore) -> None:
    run_id = store.submit(_scenario(1), "a")
    claim = _claim(store)
    _record(store, claim, 0)
    with pytest.raises(JobError, match="Round 1 came out differently"):
        store.record(0, {claim: fake_record(_scenario(2), 0).to_bytes()})
    assert store.events(run_id).rounds == ()
    assert _record(store, claim, 0) == "go_on"


def test_another_fingerprint_drops_the_rounds_and_queues_again(store: RunStore, clock: Clock) -> None:
    scenario = _scenario(1)
    run_id = _complete(store, scenario)
    newer = RunStore(store.path, fingerprint=lambda _: "2", clock=clock, ticks=clock)
    with pytest.raises(JobError, match="made by another version"):
        newer.load(run_id)
    assert newer.submit(scenario, "a") == run_id
    assert (newer.events(run_id).status, newer.events(run_id).rounds) == ("queued", ())
    _complete(newer, scenario)
    assert _accounted_bytes(newer) == _stored_bytes(newer)
    newer.close()


def test_a_running_run_of_another_fingerprint_is_taken_from_its_worker(store: RunStore, clock: Clock) -> None:
    run_id = store.submit(_scenario(1), "a")
    old = _claim(store)
    newer = RunStore(store.path, fingerprint=lambda _: "2", clock=clock, ticks=clock)
    newer.submit(_scenario(1), "b")
    assert _record(store, old, 0) == "lost"
    assert newer.events(run_id).status == "queued"
    newer.close()


def test_a_worker_of_another_fingerprint_starts_from_nothing(store: RunStore, clock: Clock) -> None:
    store.submit(_scenario(1), "a")
    claim = _claim(store)
    _record(store, claim, 0)
    clock.advance(LEASE_SECONDS + 1)
    newer = RunStore(store.path, fingerprint=lambda _: "2", clock=clock, ticks=clock)
    _claim(newer)
    assert newer.events(claim.run_id).rounds == ()
    newer.close()


def test_a_stored_scenario_that_cannot_be_read_fails_and_the_next_run_is_taken(store: RunStore) -> None:
    broken, next_run = store.submit(_scenario(1), "a"), store.submit(_scenario(2), "b")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE runs SET scenario = '{\"colour\": 1}' WHERE id = ?", (broken,))
    assert not store.claim("w")
    view = store.events(broken)
    assert view.status == "failed"
    assert "colour" in (view.error or "")
    assert _claim(store).run_id == next_run


# -- limits ----------------------------------------------------------------------------------------------------


def test_the_least_recently_used_finished_runs_are_forgotten(store: RunStore, clock: Clock) -> None:
    ids = []
    for seed in range(5):
        ids.append(_complete(store, _scenario(seed)))
        clock.advance(1)
    waiting = store.submit(_scenario(9), "a")
    store.pin(ids[0], True)
    store.load(ids[1])  # used now
    clock.advance(1)
    store.expire(max_bytes=_stored_bytes(store) - 1)
    kept = {run_id for run_id in [*ids, waiting] if _is_stored(store, run_id)}
    assert kept == {ids[0], ids[1], ids[3], ids[4], waiting}
    store.expire(max_bytes=1)
    assert [_is_stored(store, run_id) for run_id in ids] == [True, True, False, False, False]  # 1: used last
    assert _is_stored(store, waiting)


def _is_stored(store: RunStore, run_id: str) -> bool:
    try:
        store.scenario_of(run_id)
    except JobError:
        return False
    return True


def test_forgetting_takes_no_more_than_needed(store: RunStore, clock: Clock) -> None:
    ids = []
    for seed in range(4):
        ids.append(_complete(store, _scenario(seed)))
        clock.advance(1)
    store.expire(max_bytes=_stored_bytes(store))
    assert all(_is_stored(store, run_id) for run_id in ids)
    store.expire(max_bytes=_stored_bytes(store) - 1)
    assert [_is_stored(store, run_id) for run_id in ids] == [False, True, True, True]


def test_pinned_runs_cannot_fill_the_store(store: RunStore) -> None:
    first, second = _complete(store, _scenario(1)), _complete(store, _scenario(2))
    limit = _stored_bytes(store) * 3 // 4
    store.pin(first, True, limit)
    with pytest.raises(JobError, match="pinned runs would fill the store"):
        store.pin(second, True, limit)
    store.pin(first, False, limit)
    store.pin(second, True, limit)


# -- the file --------------------------------------------------------------------------------------------------


def test_an_unknown_run_is_named(store: RunStore) -> None:
    for call in (store.events, store.scenario_of, store.load):
        with pytest.raises(JobError, match="No run 'abc' is stored"):
            call("abc")
    with pytest.raises(JobError, match="No run 'abc' is stored"):
        store.cancel("abc", "a")
    with pytest.raises(JobError, match="No run 'abc' is stored"):
        store.pin("abc", True)


def test_a_run_and_a_game_of_one_scenario_are_two_jobs(store: RunStore) -> None:
    scenario = Scenario(n_agents=2, n_rounds=2)
    store.submit(scenario, "one")
    game_id = store.submit(scenario, "other", kind="retrained_game")
    assert game_id == f"{scenario.scenario_id}-game"
    run_claim, game_claim = _claim(store), _claim(store)
    assert run_claim and game_claim and (run_claim.kind, game_claim.kind) == ("run", "retrained_game")
    record = GameRecord(0, np.array([0.1, 0.4, 0.5, 0.75]), np.ones(4))
    store.record(0, {game_claim: record.to_bytes()})
    game = store.load(game_id)
    assert isinstance(game, RetrainedGame) and isinstance(store.load(scenario.scenario_id), Trace)
    assert game.shapley().tolist() == pytest.approx([0.275, 0.375])
    (read,) = store.events(game_id).rounds
    assert isinstance(read, GameRecord) and read.accuracy.tolist() == record.accuracy.tolist()


_BACK_TO_VERSION_7 = tuple(f"DROP TABLE {name}" for name in ("room_plays", "room_answers", "room_seats", "rooms"))
_BACK_TO_VERSION_6 = (
    *_BACK_TO_VERSION_7,
    "ALTER TABLE rounds DROP COLUMN digest",
    "ALTER TABLE runs DROP COLUMN deaths",
    "ALTER TABLE runs DROP COLUMN began",
    "ALTER TABLE runs DROP COLUMN seconds",
    "DROP INDEX followers_by_visitor",
    "ALTER TABLE followers DROP COLUMN visitor",
    "ALTER TABLE runs DROP COLUMN express",
    "DROP INDEX runs_by_group",
    "DROP TABLE turns",
)
_BACK_TO_VERSION_5 = (
    *_BACK_TO_VERSION_6,
    "DROP TABLE lesson_progress",
    "DROP TABLE class_answers",
    "DROP TABLE classes",
)
_BACK_TO_VERSION_4 = (*_BACK_TO_VERSION_5, "DROP TABLE shelf_view")
_BACK_TO_VERSION_3 = (*_BACK_TO_VERSION_4, "DROP TABLE shelf")
_BACK_TO_VERSION_2 = (
    *_BACK_TO_VERSION_3,
    "DROP INDEX runs_by_status",
    "ALTER TABLE runs DROP COLUMN priority",
    "ALTER TABLE runs DROP COLUMN batch",
    "CREATE INDEX runs_by_status ON runs (status, ticket)",
)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7])
def test_a_store_of_an_older_version_is_read_and_then_a_new_one(tmp_path: Path, version: int) -> None:
    scenario = Scenario(n_agents=2, n_rounds=2)
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    store.submit(scenario, "one")
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as connection:
        new_schema = connection.execute("SELECT sql FROM sqlite_master ORDER BY sql").fetchall()
        ways = (_BACK_TO_VERSION_3, _BACK_TO_VERSION_4, _BACK_TO_VERSION_5, _BACK_TO_VERSION_6, _BACK_TO_VERSION_7)
        back = ways[version - 3] if version > 2 else _BACK_TO_VERSION_2
        for statement in (*back, *["ALTER TABLE runs DROP COLUMN kind"] * (version == 1)):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    assert store.events(scenario.scenario_id).queue_position == 1
    claim = _claim(store)
    assert claim.kind == "run" and claim.scenario == scenario
    store.submit_batches([[scenario, scenario.replace(altruism_degree=2.0)]], "one")
    store.shelf().put("visitor", scenario, "Mine")
    assert store.shelf().has("visitor", scenario.scenario_id)
    store.shelf().set_view("visitor", {"baseline": "no baseline"})
    assert store.shelf().view("visitor") == {"baseline": "no baseline"}
    store.lesson_progress.keep("visitor", "lesson", {"q": 1})
    assert store.lesson_progress.of("visitor") == {"lesson": {"q": 1}}
    assert store.classes.is_open(store.classes.open("lesson"))
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        assert len(connection.execute("SELECT sql FROM sqlite_master ORDER BY sql").fetchall()) == len(new_schema)
        assert connection.execute("PRAGMA user_version").fetchone() == (STORE_VERSION,)


def test_rounds_of_before_there_were_digests_are_taken_as_they_are(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    run_id = _complete(store, _scenario(1))
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as connection:
        for statement in (*_BACK_TO_VERSION_6, "PRAGMA user_version = 6"):
            connection.execute(statement)
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    assert store.load(run_id).is_complete
    store.close()


def test_an_unfinished_run_of_a_store_whose_rounds_had_fewer_fields_is_computed_again(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    scenario = Scenario(n_agents=2, n_rounds=3)
    run_id = store.submit(scenario, "one")
    store.record(0, {_claim(store): b"as it was"})
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as connection:
        for statement in (*_BACK_TO_VERSION_5, "UPDATE runs SET lease = 0", "PRAGMA user_version = 5"):
            connection.execute(statement)
    store = RunStore(tmp_path / "runs.sqlite", fingerprint=lambda _: "1")
    claim = _claim(store)
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        assert claim.run_id == run_id and connection.execute("SELECT * FROM rounds").fetchall() == []


def test_what_is_stored_outlives_the_process(store: RunStore, clock: Clock) -> None:
    run_id = _complete(store, _scenario(1))
    store.close()
    again = RunStore(store.path, fingerprint=lambda _: "1", clock=clock, ticks=clock)
    assert again.load(run_id).is_complete
    again.close()


def test_many_threads_share_one_store(store: RunStore) -> None:
    def follow(seed: int) -> str:
        run_id = store.submit(_scenario(seed % 5), f"owner {seed}")
        for _ in range(5):
            store.events(run_id, owner=f"owner {seed}")
        return run_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(follow, range(40)))
    assert {store.events(run_id).queue_position for run_id in ids} == {1, 2, 3, 4, 5}


_WRITER = """
import sys
from tests.runs.fake_engine import iterate
from cgs_core.runs import RunStore
from cgs_core.runs.schema import STORE_VERSION
from cgs_core.runs.worker import each_by_itself, run_claimed
from cgs_core.scenario import Scenario
store = RunStore(sys.argv[1])
for seed in range(4):
    store.submit(Scenario(start_seed=seed, n_rounds=10), f"{sys.argv[2]} {seed}")
while claims := store.claim(sys.argv[2]):
    run_claimed(store, claims, each_by_itself(iterate))
store.close()
"""


def test_several_processes_open_a_new_file_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runs.sqlite"
    command = [sys.executable, "-c", _WRITER, str(path)]
    writers = [subprocess.Popen([*command, f"w{number}"], cwd=Path(__file__).parents[2]) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    store = RunStore(path)
    for seed in range(4):
        scenario = Scenario(start_seed=seed, n_rounds=10)
        rounds = store.events(scenario.scenario_id).rounds
        assert [r.to_bytes() for r in rounds] == [fake_record(scenario, index).to_bytes() for index in range(10)]
        assert _status(store, scenario.scenario_id) == "done"
    store.close()
