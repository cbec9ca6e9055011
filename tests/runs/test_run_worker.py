"""What a worker does with one claimed run, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from cgs_core.errors import StoreError
from cgs_core.records import RoundRecord
from cgs_core.runs import RunStore, RunView, worker
from cgs_core.runs.store import LEASE_SECONDS
from cgs_core.runs.views import Claim
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import FAILING_SEED, fake_record, iterate
from tests.runs.helpers import Clock, eventually

Engine = Callable[[Scenario], Iterator[RoundRecord]]


def _has_length(items: list[bool], length: int) -> bool:
    return len(items) >= length


def _run(store: RunStore, scenario: Scenario, engine: Engine = iterate) -> RunView:
    run_id = store.submit(scenario, "a")
    worker.run_claimed(store, store.claim("w"), worker.each_by_itself(engine))
    return store.events(run_id)


def test_every_round_is_kept_and_the_run_is_done(store: RunStore) -> None:
    view = _run(store, Scenario(n_rounds=4))
    assert (view.status, len(view.rounds), view.error) == ("done", 4, None)


def test_an_exception_becomes_a_sentence_and_a_traceback_in_the_log(
    store: RunStore, capsys: pytest.CaptureFixture[str]
) -> None:
    view = _run(store, Scenario(start_seed=FAILING_SEED))
    assert (view.status, len(view.rounds)) == ("failed", 1)
    assert view.error == "The run failed: ValueError: the numbers ran out"
    assert "Traceback" in capsys.readouterr().err


def test_an_engine_that_stops_early_is_not_done(store: RunStore) -> None:
    view = _run(store, Scenario(n_rounds=4), lambda scenario: (fake_record(scenario, index) for index in range(3)))
    assert (view.status, view.error) == ("failed", "The run failed: RuntimeError: it ended after 3 of 4 rounds")


def test_a_different_recomputation_fails_in_words_and_the_next_try_succeeds(store: RunStore) -> None:
    scenario = Scenario(n_rounds=2)

    def other_numbers(_: Scenario) -> Iterator[RoundRecord]:
        yield fake_record(scenario, 0)
        raise RuntimeError

    def changed(_: Scenario) -> Iterator[RoundRecord]:
        yield fake_record(scenario.replace(start_seed=5), 0)

    _run(store, scenario, other_numbers)
    view = _run(store, scenario, changed)
    assert (view.status, len(view.rounds)) == ("failed", 0)
    assert "Round 1 came out differently" in (view.error or "")
    assert _run(store, scenario).status == "done"


def test_a_cancelled_run_computes_no_further_round(store: RunStore) -> None:
    computed = []

    def cancelled_during_the_second(scenario: Scenario) -> Iterator[RoundRecord]:
        for record in iterate(scenario):
            computed.append(record.round_index)
            if record.round_index == 1:
                store.cancel(scenario.scenario_id, "a")
            yield record

    view = _run(store, Scenario(), cancelled_during_the_second)
    assert (view.status, len(view.rounds), computed) == ("cancelled", 2, [0, 1])


def test_a_worker_that_lost_its_run_stops_and_writes_nothing(store: RunStore, clock: Clock) -> None:
    def suspended(scenario: Scenario) -> Iterator[RoundRecord]:
        yield fake_record(scenario, 0)
        clock.advance(LEASE_SECONDS + 1)
        assert store.claim("another")
        yield fake_record(scenario, 1)
        raise AssertionError("asked for more")

    view = _run(store, Scenario(), suspended)
    assert (view.status, len(view.rounds)) == ("running", 1)


def test_the_lease_is_kept_during_a_long_round(store: RunStore, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RENEW_SECONDS", 0.01)
    renewals: list[bool] = []
    renew = store.renew

    def counted(claim: Claim) -> bool:
        renewals.append(renew(claim))
        return renewals[-1]

    monkeypatch.setattr(store, "renew", counted)

    def slow(scenario: Scenario) -> Iterator[RoundRecord]:
        for _ in range(3):
            clock.advance(LEASE_SECONDS - 1)
            eventually(partial(_has_length, renewals, len(renewals) + 2), "the lease to be renewed")
        assert not store.claim("another")
        yield from iterate(scenario)

    assert _run(store, Scenario(n_rounds=2), slow).status == "done"


def test_the_lease_is_renewed_again_after_a_try_in_vain(
    store: RunStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_RENEW_SECONDS", 0.01)
    renewals: list[bool] = []
    renew = store.renew

    def locked_at_first(claim: Claim) -> bool:
        renewals.append(True)
        if len(renewals) == 1:
            raise StoreError("another program has locked it", "another program has locked it")
        return renew(claim)

    monkeypatch.setattr(store, "renew", locked_at_first)

    def slow(scenario: Scenario) -> Iterator[RoundRecord]:
        clock.advance(LEASE_SECONDS - 1)
        eventually(lambda: len(renewals) > 2, "the lease to be renewed")
        clock.advance(LEASE_SECONDS - 1)
        assert not store.claim("another")
        yield from iterate(scenario)

    assert _run(store, Scenario(n_rounds=2), slow).status == "done"
