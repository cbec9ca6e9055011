"""What is short and looked at now does not wait behind what is long: its worker, its line, and what was misjudged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cgs_core.runs import JobRunner, RunStore, jobs
from cgs_core.runs.costs import is_short, work
from cgs_core.scenario import Scenario
from cgs_core.studies.presets import PRESETS
from tests.runs.fake_engine import GATES, set_gate
from tests.runs.helpers import Clock, eventually

FAKE_WORKER = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
N_SESSIONS = 30


def longest(seed: int) -> Scenario:
    """As long as the bounds of the fields let a scenario be."""
    return Scenario(
        dataset="mnist",
        model="paper_mnist",
        n_agents=50,
        n_rounds=500,
        local_epochs=20,
        batch_size=1,
        n_samples=11_000,
        start_seed=seed,
    )


# -- what is short ---------------------------------------------------------------------------------------------


def test_what_pages_open_with_is_short_and_what_takes_long_is_not() -> None:
    assert all(is_short([one]) for one in (Scenario(), *(preset.scenario for preset in PRESETS.values())))
    long = (
        Scenario(dataset="mnist", model="cnn"),
        Scenario(valuation="cgsv_exact", n_agents=24),
        Scenario(valuation="reconstructed_shapley", n_agents=10, n_validation=300),
        Scenario(n_rounds=500),
        Scenario(batch_size=1),
    )
    assert [one for one in long if is_short([one])] == []
    assert not is_short([Scenario()], "retrained_game")
    assert not is_short([Scenario(altruism_degree=float(degree)) for degree in range(1, 9)]), "eight take longer"
    assert work(longest(0)) > 86_400, "days"


# -- the store's two lines -------------------------------------------------------------------------------------


@pytest.fixture
def with_express(tmp_path: Path, clock: Clock) -> RunStore:
    return RunStore(tmp_path / "express.sqlite", fingerprint=lambda _: "1", clock=clock, ticks=clock, has_express=True)


def test_the_express_worker_takes_what_is_short_and_looked_at(with_express: RunStore) -> None:
    store = with_express
    long = [store.submit(longest(seed), f"session {seed}") for seed in range(2)]
    store.submit_batches([[Scenario(start_seed=9)]], "sweeper", priority=1)
    assert store.claim("e", is_express=True) == (), "neither what is long nor a sweep's run"
    short = store.submit(Scenario(), "late")
    assert [store.events(run_id).queue_position for run_id in (*long, short)] == [1, 2, 1]
    (claim,) = store.claim("e", is_express=True)
    assert claim.run_id == short
    looked_at = store.submit(Scenario(start_seed=9), "reader")
    (claim,) = store.claim("e", is_express=True)
    assert claim.run_id == looked_at, "a sweep's run that somebody looks at now"


def test_ordinary_workers_take_all_in_turn_so_that_the_long_is_not_starved(with_express: RunStore) -> None:
    asked = [longest(1), Scenario(start_seed=1), longest(2), Scenario(start_seed=2)]
    ids = [with_express.submit(scenario, f"session {place}") for place, scenario in enumerate(asked)]
    assert [claim.run_id for _ in ids for claim in with_express.claim("w")] == ids


def test_what_was_misjudged_goes_back_to_the_others_once_somebody_waits(with_express: RunStore, clock: Clock) -> None:
    store = with_express
    run_id = store.submit(Scenario(start_seed=1), "a")
    (claim,) = store.claim("e", is_express=True)
    clock.advance(4)
    store.renew(claim)
    assert not store.demote("e", 3), "nothing waits for its worker"
    waits = store.submit(Scenario(start_seed=2), "b")
    assert not store.demote("e", 5) and not store.demote("another", 3)
    assert store.demote("e", 3)
    assert not store.renew(claim) and store.events(run_id).status == "queued"
    assert [claim.run_id for _ in range(2) for claim in store.claim("e", is_express=True)] == [waits]
    (claim,) = store.claim("w")
    assert (claim.run_id, claim.attempt) == (run_id, 2)


# -- real processes --------------------------------------------------------------------------------------------


@pytest.fixture
def gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "gates"
    folder.mkdir()
    monkeypatch.setenv(GATES, str(folder))
    return folder


def express_runner(tmp_path: Path) -> JobRunner:
    return JobRunner(tmp_path / "runs.sqlite", 1, worker_command=FAKE_WORKER, has_express=True)


def status(runner: JobRunner, *run_ids: str) -> list[str]:
    found = runner.store.progress(list(run_ids), "a test")
    return [found[run_id] for run_id in run_ids]


def test_thirty_of_the_longest_leave_the_next_default_run_its_worker(tmp_path: Path, gates: Path) -> None:
    for seed in range(N_SESSIONS):
        set_gate(gates, longest(seed), 0)
    with express_runner(tmp_path) as runner:
        long = [runner.submit(longest(seed), f"session {seed}") for seed in range(N_SESSIONS)]
        eventually(lambda: "running" in status(runner, *long), "the first long run's start")
        default = runner.submit(Scenario(start_seed=99), "the next")
        eventually(lambda: status(runner, default) == ["done"], "the default run")
        assert sorted(status(runner, *long)) == ["queued"] * (N_SESSIONS - 1) + ["running"]


def test_a_worker_that_is_stuck_in_the_express_line_is_replaced(
    tmp_path: Path, gates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, held, short = (Scenario(start_seed=seed, n_rounds=3) for seed in (1, 2, 3))
    for scenario in (stuck, held):
        set_gate(gates, scenario, 0)
    with express_runner(tmp_path) as runner:
        eventually(lambda: runner.n_ready == 2, "both workers")
        ids = [runner.submit(scenario, str(scenario.start_seed)) for scenario in (stuck, held)]
        eventually(lambda: status(runner, *ids) == ["running"] * 2, "both workers at work")
        monkeypatch.setattr(jobs, "_EXPRESS_SECONDS", 0.0)  # from now on: before, the one that waited replaced it
        waits = runner.submit(short, "another")
        eventually(lambda: status(runner, waits) == ["done"], "the short run")
        eventually(lambda: sorted(status(runner, *ids)) == ["queued", "running"], "one of them on the ordinary worker")
        for scenario in (stuck, held):
            set_gate(gates, scenario, 3)
        eventually(lambda: status(runner, *ids) == ["done"] * 2, "the others, by the ordinary worker")


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="processes have no niceness here")
def test_ordinary_workers_leave_the_processor_to_the_express_worker(tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with express_runner(tmp_path) as runner:
        eventually(lambda: runner.n_ready == 2, "both workers")
        niceness = [os.getpriority(os.PRIO_PROCESS, pid) - own for pid in runner.worker_pids]
        assert niceness[0] > 0 == niceness[1]
    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=FAKE_WORKER) as runner:
        eventually(lambda: runner.n_ready == 1, "the worker")
        assert [os.getpriority(os.PRIO_PROCESS, pid) - own for pid in runner.worker_pids] == [0]
    with JobRunner(tmp_path / "runs.sqlite", 0, has_express=True) as runner:
        assert runner.worker_pids == () and not runner.has_workers
