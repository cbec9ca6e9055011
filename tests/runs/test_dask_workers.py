"""A Dask cluster on this machine, of real processes: the same bytes as by itself, whoever dies or leaves."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

import psutil
import pytest

from cgs_core.errors import JobError
from cgs_core.records import Trace
from cgs_core.runs import JobRunner, RunStore, default_dask_scheduler, finished_runs
from cgs_core.runs.dask_workers import DaskWorkers
from cgs_core.scenario import Scenario
from cgs_core.studies import presets
from cgs_core.studies.sweeps import Sweep, SweepTable, row_of, sweep
from tests.runs.helpers import eventually
from tools.running_app import ROOT, running_app

QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", "OMP_NUM_THREADS": "1"}
GRID = {"altruism_degree": (0.5, 1.0, 2.0, float("inf"))}


@dataclass
class Cluster:
    """A scheduler and two workers of one thread each."""

    address: str
    folder: Path
    workers: list[subprocess.Popen[bytes]]

    def start_worker(self) -> None:
        self.workers.append(
            _program(
                "dask_worker",
                self.folder,
                self.address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--local-directory",
                str(self.folder),
            )
        )


def _program(name: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{name}", *arguments, "--no-dashboard"]
    environment = os.environ | QUIET | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    port = _free_port()
    scheduler = _program("dask_scheduler", tmp_path, "--host", "127.0.0.1", "--port", str(port))
    started = Cluster(f"tcp://127.0.0.1:{port}", tmp_path, [])
    try:
        for _ in range(2):
            started.start_worker()
        yield started
    finally:
        for process in (*started.workers, scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def runner(cluster: Cluster) -> Iterator[JobRunner]:
    with JobRunner(cluster.folder / "runs.sqlite", dask_scheduler=cluster.address) as running:
        eventually(partial(_accepts, running), "the scheduler to be found")
        yield running


def _accepts(runner: JobRunner) -> bool:
    try:
        runner.submit_batches([], "nobody")
    except JobError:
        return False
    return True


def _stored_rounds(cluster: Cluster) -> int:
    with closing(sqlite3.connect(cluster.folder / "runs.sqlite")) as store:
        return int(store.execute("SELECT COUNT(*) FROM rounds").fetchone()[0])


def _table(runner: JobRunner, whole: Sweep) -> str:
    points = {point.scenario.scenario_id: point for point in whole.points}
    rows = {}
    for run_id in finished_runs(runner, [[point.scenario for point in batch] for batch in whole.batches()], "a", 1):
        trace = runner.store.load(run_id)
        assert isinstance(trace, Trace)
        rows[points[run_id]] = row_of(trace)
    return SweepTable(whole, rows).to_csv()


def _expected(whole: Sweep) -> str:
    return SweepTable(whole, dict(sweep(whole.scenario, whole.grid, whole.n_seeds))).to_csv()


def test_a_sweep_gives_the_same_table_to_the_byte(runner: JobRunner) -> None:
    whole = Sweep(Scenario(n_rounds=4, n_samples=200), GRID, 3)
    assert _table(runner, whole) == _expected(whole)


def test_other_jobs_than_runs_are_computed_too(runner: JobRunner) -> None:
    scenario = Scenario(n_agents=3, n_samples=90, n_rounds=2)
    run_id = runner.submit(scenario, "a", "retrained_game")
    eventually(lambda: runner.store.events(run_id).status == "done", "the game")
    assert runner.store.load(run_id).is_complete


def test_a_worker_that_is_killed_loses_and_repeats_nothing(cluster: Cluster, runner: JobRunner) -> None:
    whole = Sweep(Scenario(n_rounds=120, n_samples=300), GRID, 3)
    batches = [[point.scenario for point in batch] for batch in whole.batches()]
    runner.submit_batches(batches, "a", 1)
    eventually(lambda: _stored_rounds(cluster) > 20, "some rounds")
    cluster.workers[0].kill()
    assert _stored_rounds(cluster) < len(whole.points) * 120, "it was not in the middle"
    assert _table(runner, whole) == _expected(whole)
    assert _stored_rounds(cluster) == len(whole.points) * 120


def test_what_nobody_wants_any_more_stops_using_the_processors(cluster: Cluster, runner: JobRunner) -> None:
    long = [[Scenario(dataset="mnist", n_rounds=500, seed=seed)] for seed in range(2)]
    ids = [run_id for batch in runner.submit_batches(long, "a") for run_id in batch]
    eventually(lambda: min(len(runner.store.events(run_id).rounds) for run_id in ids) > 0, "both to train")
    runner.store.leave("a")
    eventually(lambda: set(runner.store.progress(ids, "a").values()) == {"cancelled"}, "both to be cancelled")
    n_rounds = [len(runner.store.events(run_id).rounds) for run_id in ids]
    eventually(lambda: all(_is_idle(worker.pid) for worker in cluster.workers), "the workers to be idle")
    assert [len(runner.store.events(run_id).rounds) for run_id in ids] == n_rounds


def _is_idle(pid: int) -> bool:
    return psutil.Process(pid).cpu_percent(interval=0.3) < 30


def test_a_run_that_cannot_be_computed_fails_in_words(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.runs.dask_workers.fingerprint_of", lambda scenario: "another version")
    run_id = runner.submit(Scenario(n_rounds=2), "a")
    eventually(lambda: runner.store.events(run_id).status == "failed", "the failure")
    assert "another version of the program or of the data" in (runner.store.events(run_id).error or "")


def test_a_round_that_comes_out_differently_fails_its_run_alone(cluster: Cluster, runner: JobRunner) -> None:
    scenario = Scenario(n_rounds=3, n_samples=200)
    run_id = runner.submit(scenario, "a")
    eventually(lambda: runner.store.events(run_id).status == "done", "the run")
    with closing(sqlite3.connect(cluster.folder / "runs.sqlite")) as store, store:
        store.execute("UPDATE rounds SET payload = x'00', digest = NULL WHERE round_index = 0")
        store.execute("DELETE FROM rounds WHERE round_index > 0")
        store.execute("UPDATE runs SET status = 'cancelled'")
    runner.submit(scenario, "a")
    eventually(lambda: _status(cluster, run_id) == "failed", "the failure")
    assert "came out differently" in (runner.store.events(run_id).error or "")
    other = runner.submit(scenario.replace(seed=1), "a")
    eventually(lambda: runner.store.events(other).status == "done", "another run on the same cluster")


def _status(cluster: Cluster, run_id: str) -> str:
    with closing(sqlite3.connect(cluster.folder / "runs.sqlite")) as store:
        return str(store.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()[0])


def test_a_scheduler_that_cannot_be_reached_is_said_and_found_when_it_is_there(tmp_path: Path) -> None:
    port = _free_port()
    with JobRunner(tmp_path / "runs.sqlite", dask_scheduler=f"tcp://127.0.0.1:{port}") as runner:
        with pytest.raises(JobError, match=rf"The Dask scheduler at tcp://127.0.0.1:{port} cannot be used"):
            runner.submit(Scenario(), "a")
        scheduler = _program("dask_scheduler", tmp_path, "--host", "127.0.0.1", "--port", str(port))
        try:
            eventually(partial(_accepts, runner), "the scheduler to be found")
        finally:
            scheduler.kill()
            scheduler.wait()


def test_the_wait_for_the_scheduler_is_not_spent_on_loading_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(self: DaskWorkers) -> None:
        was_loaded.append("distributed" in sys.modules)
        self._has_answer.set()

    was_loaded: list[bool] = []
    (tmp_path / "distributed.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "distributed", None)
    del sys.modules["distributed"]
    monkeypatch.setattr(DaskWorkers, "_serve", serve)
    with closing(RunStore(tmp_path / "runs.sqlite")) as store:
        DaskWorkers(store, "tcp://127.0.0.1:9").close()
    assert was_loaded == [True]


def test_the_app_starts_without_its_scheduler(tmp_path: Path) -> None:
    with (
        running_app(tmp_path, {"CGS_DASK_SCHEDULER": f"tcp://127.0.0.1:{_free_port()}"}) as (url, _),
        urllib.request.urlopen(url, timeout=10) as answer,
    ):
        assert answer.status == 200
    assert "The Dask scheduler at" in (tmp_path / "server.log").read_text(encoding="utf-8")


def test_the_how_to_computes_a_sweep_as_it_is_written(tmp_path: Path) -> None:
    port = _free_port()
    scheduler, worker, app, sweeping = _commands_of_the_how_to(f"127.0.0.1:{port}", f"127.0.0.1 --port {port}")
    assert app.split()[0] == sweeping.split()[0], "one setting for the app and the command line"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"CGS_STORE": str(tmp_path / "runs.sqlite"), "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    start = partial(subprocess.Popen, shell=True, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    cluster = [start(command, start_new_session=True) for command in (scheduler, worker)]
    try:
        eventually(partial(_listens, port), "the scheduler to listen")
        command = f"{sweeping} --set n_rounds=2 --out {tmp_path / 'swept'}"
        done = subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True)
    finally:
        for process in cluster:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert done.returncode == 0, done.stderr
    scenario = presets.PRESETS["unequal_quality"].scenario.replace(n_rounds=2)
    expected = _expected(Sweep(scenario, {"altruism_degree": (1, 2)}, 1))
    assert (tmp_path / "swept" / "sweep.csv").read_text(encoding="utf-8") == expected


def _commands_of_the_how_to(address: str, host: str) -> list[str]:
    """Of the scheduler, the worker, the app and a sweep, as the how-to has them but for address and environment."""
    text = (ROOT / "docs/how-to/scale-out.md").read_text(encoding="utf-8").partition("## With TLS")[0]
    _, *commands = re.findall(r"^```sh\n(.*)\n```", text, re.MULTILINE)  # the first one installs
    programs = f"{Path(sys.executable).parent}/"
    changes = ((".venv/bin/", programs), ("10.0.0.5:8786", address), ("10.0.0.5 --port 8786", host))
    return [reduce(lambda line, change: line.replace(*change), changes, command) for command in commands]


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("address", ["10.0.0.5:8786", "http://10.0.0.5:8786", "tcp://10.0.0.5"])
def test_an_address_of_another_form_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGS_DASK_SCHEDULER", address)
    with pytest.raises(JobError, match=r"CGS_DASK_SCHEDULER: must be tcp://HOST:PORT or tls://HOST:PORT; got"):
        default_dask_scheduler()
    monkeypatch.setenv("CGS_DASK_SCHEDULER", "")
    assert default_dask_scheduler() is None
