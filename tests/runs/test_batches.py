"""Many runs asked for at once: computed side by side, in the order of their priority, each stored as its own run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from cgs_core.errors import JobError
from cgs_core.federation.experiment import iterate_batch, run
from cgs_core.records import RoundRecord
from cgs_core.runs import RunStore, worker
from cgs_core.runs.store import FOLLOWER_SECONDS, LEASE_SECONDS
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import FAILING_SEED, fake_record, iterate
from tests.runs.helpers import Clock, supervise

DEGREES = (0.5, 1.0, 2.0)
ENGINE = worker.each_by_itself(iterate)


def _points(seed: int = 0, n_rounds: int = 3) -> list[Scenario]:
    return [Scenario(start_seed=seed, n_rounds=n_rounds, altruism_degree=degree) for degree in DEGREES]


def _claimed_ids(store: RunStore, name: str = "w") -> list[str]:
    return [claim.run_id for claim in store.claim(name)]


def test_a_batch_is_claimed_whole_and_every_run_is_stored_as_if_it_were_alone(store: RunStore) -> None:
    points = [point.replace(n_samples=60, n_agents=3, batch_size=16) for point in _points()]
    (ids,) = store.submit_batches([points], "a")
    assert ids == [point.scenario_id for point in points]
    claims = store.claim("w")
    assert [claim.scenario for claim in claims] == points
    worker.run_claimed(store, claims, iterate_batch)
    for run_id, point in zip(ids, points, strict=True):
        view = store.events(run_id)
        assert view.status == "done"
        assert [record.to_bytes() for record in view.rounds] == [record.to_bytes() for record in run(point).rounds]


def test_what_is_derived_when_somebody_looks_is_computed_where_it_is_wanted_and_kept(store: RunStore) -> None:
    lean, whole = (Scenario(dataset="wine", n_agents=21, n_samples=60, n_rounds=2, start_seed=seed) for seed in (0, 1))
    ids = [store.submit(lean, "a"), store.submit_batches([[whole]], "b", is_whole=True)[0][0]]
    for _ in ids:
        worker.run_claimed(store, store.claim("w"), iterate_batch)
    assert [store.load(run_id).is_whole for run_id in ids] == [False, True]
    looked_at = store.load(ids[0])
    exact = looked_at.stack("contribution_exact")
    store.keep_derived(ids[0], looked_at.rounds)
    kept = store.load(ids[0])
    assert kept.is_whole and kept.stack("contribution_exact").tobytes() == exact.tobytes()


def test_rounds_that_were_looked_at_and_others_are_the_same_rounds(store: RunStore) -> None:
    scenario = Scenario(dataset="wine", n_agents=21, n_samples=60, n_rounds=2)
    rounds = run(scenario).rounds
    (ids,) = store.submit_batches([[scenario]], "a", is_whole=True)
    (claim,) = store.claim("w")
    store.record(0, {claim: RoundRecord.from_bytes(rounds[0].to_bytes()).whole().to_bytes()})  # and then it was killed
    assert store.record(0, {claim: rounds[0].to_bytes()}) == {claim: "go_on"}
    assert store.events(ids[0]).rounds[0].is_whole, "the fuller one stays"
    with pytest.raises(JobError, match="came out differently"):
        store.record(0, {claim: replace(rounds[0], server_accuracy=0.5).to_bytes()})


def test_smaller_priority_goes_first_and_batches_in_their_order(store: RunStore) -> None:
    sweep = store.submit_batches([_points(0), _points(1)], "a", priority=1)
    light = store.submit(Scenario(start_seed=9), "b")
    assert store.events(sweep[0][0]).queue_position == 2
    assert store.events(sweep[0][2]).queue_position == 2, "a batch is one place in the queue"
    assert store.events(sweep[1][0]).queue_position == 3
    assert store.events(light).queue_position == 1
    assert [_claimed_ids(store) for _ in range(4)] == [[light], *sweep, []]


def test_who_waits_for_one_point_of_a_sweep_does_not_wait_for_the_sweep(store: RunStore) -> None:
    sweep = store.submit_batches([_points(0), _points(1)], "a", priority=1)
    assert store.submit(_points(1)[2], "b") == sweep[1][2]
    assert _claimed_ids(store) == [sweep[1][2]]
    assert [_claimed_ids(store) for _ in range(2)] == [sweep[0], sweep[1][:2]]


def test_what_is_stored_already_is_not_computed_again(store: RunStore) -> None:
    points = _points()
    done = store.submit(points[1], "a")
    worker.run_claimed(store, store.claim("w"), ENGINE)
    (ids,) = store.submit_batches([points], "b")
    assert _claimed_ids(store) == [ids[0], ids[2]]
    assert store.progress(ids, "b") == {ids[0]: "running", done: "done", ids[2]: "running"}


def test_a_batch_that_was_cut_off_is_taken_up_by_another_worker(store: RunStore, clock: Clock) -> None:
    points = _points()
    (ids,) = store.submit_batches([points], "a")
    first = store.claim("first")
    store.record(0, {claim: fake_record(claim.scenario, 0).to_bytes() for claim in first})
    clock.advance(LEASE_SECONDS + 1)
    second = store.claim("second")
    assert [claim.run_id for claim in second] == ids
    late = store.record(1, {claim: fake_record(claim.scenario, 1).to_bytes() for claim in first})
    assert set(late.values()) == {"lost"}
    worker.run_claimed(store, second, ENGINE)
    assert set(store.progress(ids, "a").values()) == {"done"}


def test_a_run_of_a_batch_that_nobody_wants_any_more_is_given_up_and_the_others_go_on(store: RunStore) -> None:
    points, asked = _points(), []

    def engine(scenarios: Sequence[Scenario]) -> Iterator[tuple[RoundRecord, ...]]:
        for records in ENGINE(scenarios):
            asked.append(records)
            if len(asked) == 2:
                store.cancel(points[0].scenario_id, "a")
            yield records

    (ids,) = store.submit_batches([points], "a")
    worker.run_claimed(store, store.claim("w"), engine)
    assert [len(store.events(run_id).rounds) for run_id in ids] == [2, 3, 3]
    assert list(store.progress(ids, "a").values()) == ["cancelled", "done", "done"]


def test_a_batch_that_nobody_wants_any_more_computes_no_further_round(store: RunStore) -> None:
    (ids,) = store.submit_batches([_points(n_rounds=10)], "a")
    claims, n_rounds = store.claim("w"), 0

    def engine(scenarios: Sequence[Scenario]) -> Iterator[tuple[RoundRecord, ...]]:
        nonlocal n_rounds
        for records in ENGINE(scenarios):
            n_rounds += 1
            store.leave("a")
            yield records

    worker.run_claimed(store, claims, engine)
    assert n_rounds == 1
    assert set(store.progress(ids, "a").values()) == {"cancelled"}


def test_a_batch_that_breaks_fails_in_words_for_each_of_its_runs(store: RunStore) -> None:
    (ids,) = store.submit_batches([_points(FAILING_SEED)], "a")
    worker.run_claimed(store, store.claim("w"), ENGINE)
    for run_id in ids:
        assert store.events(run_id).error == "The run failed: ValueError: the numbers ran out"


def test_the_owners_other_runs_are_left_and_those_asked_for_again_are_kept(store: RunStore) -> None:
    (ids,) = store.submit_batches([_points()], "a")
    store.submit_batches([_points()[1:]], "a")
    assert list(store.progress(ids, "a").values()) == ["cancelled", "queued", "queued"]
    store.submit(Scenario(), "a")
    assert set(store.progress(ids, "a").values()) == {"cancelled"}


def test_looking_at_the_progress_keeps_the_runs_followed(store: RunStore, clock: Clock) -> None:
    (seen,) = store.submit_batches([_points(0)], "a")
    (unseen,) = store.submit_batches([_points(1)], "b")
    supervise(store, clock, FOLLOWER_SECONDS - 8)
    store.progress(seen, "a")
    supervise(store, clock, 16)
    assert set(store.progress(seen, "a").values()) == {"queued"}
    assert set(store.progress(unseen, "b").values()) == {"cancelled"}
