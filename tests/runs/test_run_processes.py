"""Real worker processes: killed, orphaned, hung, failing to start; and the real engine behind the three calls."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.errors import JobError
from cgs_core.runs import JobRunner, RunStore, default_n_workers, default_store_path, jobs, settings, transitions
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import GATES, fake_record, set_gate
from tests.runs.helpers import eventually

_ROOT = Path(__file__).parents[2]
_FAKE_WORKER = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
_NO_GRACE, _MUCH_GRACE = 0.0, 600.0


@pytest.fixture
def gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "gates"
    folder.mkdir()
    monkeypatch.setenv(GATES, str(folder))
    return folder


def _runner(tmp_path: Path, n_workers: int = 1, grace: float = _MUCH_GRACE, deadline: float = 600.0) -> JobRunner:
    return JobRunner(
        tmp_path / "runs.sqlite",
        n_workers,
        worker_command=_FAKE_WORKER,
        cancel_grace_seconds=grace,
        deadline_seconds=deadline,
    )


def _has_rounds(store: RunStore, run_id: str, n_rounds: int) -> bool:
    return len(store.events(run_id).rounds) >= n_rounds


def _is_done(store: RunStore, run_id: str) -> bool:
    view = store.events(run_id)
    assert view.status in ("queued", "running", "done"), view.error
    return view.status == "done"


def _payloads(path: Path, run_id: str) -> list[tuple[int, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT round_index, payload FROM rounds WHERE run_id = ? ORDER BY round_index"
        return connection.execute(query, (run_id,)).fetchall()


def _attempts(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT attempt FROM runs").fetchone()[0])


def _expected(scenario: Scenario) -> list[tuple[int, bytes]]:
    return [(index, fake_record(scenario, index).to_bytes()) for index in range(scenario.n_rounds)]


def _kill(pid: int) -> None:
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_a_killed_workers_run_is_finished_without_loss_or_duplicates(tmp_path: Path, gates: Path) -> None:
    scenario = Scenario(start_seed=1, n_rounds=10)
    set_gate(gates, scenario, 4)
    with _runner(tmp_path) as runner:
        run_id = runner.submit(scenario, "a")
        eventually(lambda: _has_rounds(runner.store, run_id, 4), "four rounds")
        (killed,) = runner.worker_pids
        _kill(killed)
        assert _payloads(tmp_path / "runs.sqlite", run_id) == _expected(scenario)[:4]
        set_gate(gates, scenario, 10)
        eventually(lambda: _is_done(runner.store, run_id), "the run to be finished by another worker")
        assert killed not in runner.worker_pids
        assert runner.store.load(run_id).is_complete
    assert _payloads(tmp_path / "runs.sqlite", run_id) == _expected(scenario)


def test_another_worker_takes_over_by_the_lease_alone(tmp_path: Path, gates: Path) -> None:
    scenario, path = Scenario(start_seed=1, n_rounds=6), tmp_path / "runs.sqlite"
    set_gate(gates, scenario, 3)
    command = [*_FAKE_WORKER, "--store", str(path), "--name"]
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    with closing(RunStore(path)) as store:
        first = subprocess.Popen([*command, "first"], stdin=subprocess.PIPE, env=environment)
        run_id = store.submit(scenario, "a")
        eventually(lambda: _has_rounds(store, run_id, 3), "three rounds")
        second = subprocess.Popen([*command, "second"], stdin=subprocess.PIPE, env=environment)
        first.kill()
        set_gate(gates, scenario, 6)
        eventually(lambda: _is_done(store, run_id), "the second worker")
        assert _payloads(path, run_id) == _expected(scenario)
        for process in (first, second):
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)
        assert second.returncode == 0


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="signals of POSIX")
def test_a_worker_that_stands_still_has_not_died_and_keeps_its_run(tmp_path: Path, gates: Path) -> None:
    scenario, path = Scenario(start_seed=1, n_rounds=6), tmp_path / "runs.sqlite"
    set_gate(gates, scenario, 3)
    command = [*_FAKE_WORKER, "--store", str(path), "--name", "idle"]
    with _runner(tmp_path) as runner:
        run_id = runner.submit(scenario, "a")
        eventually(lambda: _has_rounds(runner.store, run_id, 3), "three rounds")
        idle = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(_ROOT)})
        (pid,) = runner.worker_pids
        os.kill(pid, signal.SIGSTOP)
        own = _lease(path)
        eventually(lambda: _lease(path) > own + transitions.LEASE_SECONDS, "its server to speak for it")
        os.kill(pid, signal.SIGCONT)
        set_gate(gates, scenario, 6)
        eventually(lambda: _is_done(runner.store, run_id), "the run to be finished")
        assert runner.worker_pids == (pid,)
        idle.communicate(timeout=60)
    assert (_attempts(path), _deaths(path)) == (1, 0)
    assert _payloads(path, run_id) == _expected(scenario)


def _lease(path: Path) -> float:
    with closing(sqlite3.connect(path)) as connection:
        return float(connection.execute("SELECT IFNULL(lease, 0) FROM runs").fetchone()[0])


def _deaths(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT deaths FROM runs").fetchone()[0])


_SERVER = (
    "import sys, time; from cgs_core.runs import JobRunner;"
    "runner = JobRunner(sys.argv[1], 1, worker_command=sys.argv[2:]); time.sleep(600)"
)


def test_a_run_whose_server_is_killed_again_and_again_is_finished_without_loss(tmp_path: Path, gates: Path) -> None:
    scenario, path = Scenario(start_seed=1, n_rounds=10), tmp_path / "runs.sqlite"
    set_gate(gates, scenario, 0)
    with closing(RunStore(path)) as store:
        run_id = store.submit(scenario, "a")
        for n_rounds in range(1, 5):  # more often than a run may lose its worker
            server = subprocess.Popen([sys.executable, "-c", _SERVER, str(path), *_FAKE_WORKER], cwd=_ROOT)
            set_gate(gates, scenario, n_rounds)
            eventually(lambda: _has_rounds(store, run_id, n_rounds), f"round {n_rounds}")  # noqa: B023
            eventually(lambda: _holder(path).startswith("running"), "its worker")
            _kill(server.pid)
            server.wait(60)
            store.events(run_id, owner="a")
        assert _payloads(path, run_id) == _expected(scenario)[:4]
        set_gate(gates, scenario, 10)
        with _runner(tmp_path):
            eventually(lambda: _is_done(store, run_id), "the last server")
    assert _payloads(path, run_id) == _expected(scenario)


def _holder(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return " ".join(connection.execute("SELECT status, IFNULL(worker, '') FROM runs").fetchone())


def test_workers_that_are_killed_one_after_the_other_are_started_again_and_refuse_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_BACKOFF_SECONDS", 0.05)
    with _runner(tmp_path) as runner:
        killed: set[int] = set()
        for _ in range(jobs.MOST_FAILED_STARTS + 1):
            eventually(
                lambda: runner.n_ready and set(runner.worker_pids) - killed,
                "the next worker",
            )
            (pid,) = runner.worker_pids
            killed.add(pid)
            _kill(pid)
            runner.submit(Scenario(start_seed=9, n_rounds=2), "a")
        run_id = runner.submit(Scenario(start_seed=2, n_rounds=2), "a")
        eventually(lambda: _is_done(runner.store, run_id), "a worker that lives")


def test_the_refusal_ends_by_itself_when_workers_start_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_BACKOFF_SECONDS", 0.05)
    broken = tmp_path / "broken"
    broken.touch()
    program = f"import sys, pathlib, runpy\nif pathlib.Path({str(broken)!r}).exists(): raise SystemExit(3)\n"
    program += f"sys.argv = sys.argv[:1] + sys.argv[1:]\nrunpy.run_path({_FAKE_WORKER[1]!r}, run_name='__main__')"
    command = [sys.executable, "-c", program]
    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=command) as runner:
        eventually(lambda: _is_refused(runner), "the runner to notice")
        broken.unlink()
        eventually(lambda: not _is_refused(runner), "the refusal's end")
        run_id = runner.submit(Scenario(start_seed=2, n_rounds=2), "a")
        eventually(lambda: _is_done(runner.store, run_id), "the run")


def _is_refused(runner: JobRunner) -> bool:
    try:
        runner.submit(Scenario(), "a")
    except JobError as error:
        return "do not start" in str(error)
    return False


def test_workers_end_with_a_killed_server(tmp_path: Path) -> None:
    program = (
        "import sys, time; from cgs_core.runs import JobRunner;"
        "runner = JobRunner(sys.argv[1], 2, worker_command=sys.argv[2:]);"
        "time.sleep(0.5); print('ready', flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "runs.sqlite"), *_FAKE_WORKER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=_ROOT,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    with closing(RunStore(tmp_path / "runs.sqlite")) as store:
        run_id = store.submit(Scenario(n_rounds=2), "a")
        eventually(lambda: _is_done(store, run_id), "the workers to be up")
    _kill(server.pid)
    _, log = server.communicate(timeout=60)  # the workers hold the same standard error: it ends with the last of them
    assert log == b""


def test_cancelling_is_seen_within_a_round_and_without_a_kill(tmp_path: Path, gates: Path) -> None:
    scenario = Scenario(start_seed=1, n_rounds=10)
    set_gate(gates, scenario, 3)
    with _runner(tmp_path) as runner:
        run_id = runner.submit(scenario, "a")
        eventually(lambda: _has_rounds(runner.store, run_id, 3), "three rounds")
        pids = runner.worker_pids
        runner.store.cancel(run_id, "a")
        set_gate(gates, scenario, 10)
        eventually(lambda: runner.store.events(run_id).is_finished, "the run to stop")
        view = runner.store.events(run_id)
        assert (view.status, len(view.rounds)) == ("cancelled", 4)
        next_id = runner.submit(Scenario(start_seed=2, n_rounds=2), "a")
        eventually(lambda: _is_done(runner.store, next_id), "the next run, which nobody cancelled")
        assert runner.worker_pids == pids


def test_a_hung_round_is_killed_after_the_grace(tmp_path: Path, gates: Path) -> None:
    hung = Scenario(start_seed=1, n_rounds=10)
    set_gate(gates, hung, 2)
    with _runner(tmp_path, grace=_NO_GRACE) as runner:
        run_id = runner.submit(hung, "a")
        eventually(lambda: _has_rounds(runner.store, run_id, 2), "two rounds")
        pids = runner.worker_pids
        next_id = runner.submit(Scenario(start_seed=2, n_rounds=2), "a")  # leaves the hung one
        eventually(lambda: _is_done(runner.store, next_id), "a new worker to do the next run")
        assert runner.store.events(run_id).status == "cancelled"
        assert not set(pids) & set(runner.worker_pids)


def test_a_run_past_its_deadline_is_killed_and_says_so(tmp_path: Path, gates: Path) -> None:
    hung = Scenario(start_seed=1, n_rounds=10)
    set_gate(gates, hung, 0)
    with _runner(tmp_path, deadline=0.1) as runner:
        run_id = runner.submit(hung, "a")
        eventually(lambda: runner.store.events(run_id).is_finished, "the deadline")
        view = runner.store.events(run_id)
        assert view.status == "failed"
        assert "took longer than" in (view.error or "")


def test_closing_puts_runs_back_and_the_next_runner_finishes_them(tmp_path: Path, gates: Path) -> None:
    scenario = Scenario(start_seed=1, n_rounds=6)
    set_gate(gates, scenario, 3)
    with _runner(tmp_path) as runner:
        run_id = runner.submit(scenario, "a")
        eventually(lambda: _has_rounds(runner.store, run_id, 3), "three rounds")
    assert runner.worker_pids == ()
    runner.close()
    with closing(RunStore(tmp_path / "runs.sqlite")) as store:
        assert store.events(run_id).status == "queued"
    set_gate(gates, scenario, 6)
    with _runner(tmp_path) as runner:
        eventually(lambda: _is_done(runner.store, run_id), "the next runner")
    assert _payloads(tmp_path / "runs.sqlite", run_id) == _expected(scenario)


def test_a_worker_that_cannot_use_the_store_says_so_by_a_status_that_blames_no_run(tmp_path: Path) -> None:
    command = [*_FAKE_WORKER, "--store", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True) as ended:
        assert ended.wait(60) == settings.NO_STORE
        assert ended.stderr is not None
        assert str(tmp_path) in ended.stderr.read()


_LOCKED_AT_FIRST = """
import runpy
from pathlib import Path
from cgs_core.errors import StoreError
from cgs_core.runs.store import RunStore

def locked_at_first(write):
    def tried(*given):
        tries = Path({tries!r})
        n_before = len(tries.read_text()) if tries.exists() else 0
        tries.write_text("." * (n_before + 1))
        if n_before < {n_in_vain}:
            raise StoreError("another program has locked it", "another program has locked it")
        return write(*given)
    return tried

RunStore.record, RunStore.finish = locked_at_first(RunStore.record), locked_at_first(RunStore.finish)
runpy.run_path({worker!r}, run_name="__main__")
"""


def test_workers_that_end_for_the_stores_sake_have_not_died_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_BACKOFF_SECONDS", 0.0)
    n_in_vain = 2 * (transitions.MAX_DEATHS + 1)  # each worker tries to write the round, and then that it could not
    program = _LOCKED_AT_FIRST.format(tries=str(tmp_path / "tries"), n_in_vain=n_in_vain, worker=_FAKE_WORKER[1])
    path = tmp_path / "runs.sqlite"
    with JobRunner(path, 1, worker_command=[sys.executable, "-c", program]) as runner:
        run_id = runner.submit(Scenario(start_seed=1, n_rounds=2), "a")
        eventually(lambda: _is_done(runner.store, run_id), "a worker that can write")
    assert (_attempts(path), _deaths(path)) == (transitions.MAX_DEATHS + 2, 0)


def test_workers_that_do_not_start_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "_TICK_SECONDS", 0.01)

    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=[sys.executable, "-c", "raise SystemExit(3)"]) as runner:
        eventually(lambda: _is_refused(runner), "the runner to notice")


def test_a_runner_without_workers_only_queues(tmp_path: Path) -> None:
    with JobRunner(tmp_path / "runs.sqlite", 0) as runner:
        run_id = runner.submit(Scenario(), "a")
        assert runner.store.events(run_id).queue_position == 1
        assert runner.worker_pids == ()


# -- settings --------------------------------------------------------------------------------------------------


def test_the_environment_chooses_store_and_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "here.sqlite"))
    assert default_store_path() == tmp_path / "here.sqlite"
    monkeypatch.delenv("CGS_STORE")
    assert default_store_path().is_absolute()
    assert default_store_path().parts[-2:] == ("cgs", "runs.sqlite")
    monkeypatch.setenv("CGS_WORKERS", "7")
    assert default_n_workers() == 7
    for bad in ("many", "-1", "65"):
        monkeypatch.setenv("CGS_WORKERS", bad)
        with pytest.raises(JobError, match=f"CGS_WORKERS: must be a whole number from 0 to 64; got '{bad}'"):
            default_n_workers()
    monkeypatch.setenv("CGS_WORKERS", "")
    assert 1 <= default_n_workers() <= 4


def test_the_server_side_loads_no_engine() -> None:
    program = (
        "import sys, cgs_core.runs;"
        "print([name for name in ('torch', 'streamlit', 'plotly', 'pandas', 'sklearn', 'scipy',"
        "'cgs_core.federation.experiment', 'cgs_core.federation') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, check=True, capture_output=True, text=True)
    assert printed.stdout == "[]\n"


# -- the real engine -------------------------------------------------------------------------------------------


def test_the_real_engine_from_any_folder_killed_and_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = Scenario(dataset="spiral", n_agents=3, n_rounds=120, local_epochs=1)
    traces = []
    for n_kills in (0, 1):
        with JobRunner(f"{n_kills}.sqlite", 1) as runner:
            run_id = runner.submit(scenario, "a")
            eventually(lambda: _has_rounds(runner.store, run_id, 2), "two rounds")  # noqa: B023
            for pid in runner.worker_pids[:n_kills]:
                _kill(pid)
            eventually(lambda: _is_done(runner.store, run_id), "the last round")  # noqa: B023
            traces.append(runner.store.load(run_id))
        assert _attempts(tmp_path / f"{n_kills}.sqlite") == 1 + n_kills
    assert all(trace.is_complete for trace in traces)
    assert traces[0].summary()["n_rounds"] == 120
    assert [r.to_bytes() for r in traces[0].rounds] == [r.to_bytes() for r in traces[1].rounds]
