"""The server's door to background runs: asking for them within its limits, and the worker processes behind it.

To follow, cancel and read runs is the store's part: ``runner.store``.
"""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cgs_core.durations import time_in_words
from cgs_core.errors import JobError, StoreError
from cgs_core.runs.costs import work
from cgs_core.runs.kinds import KindName
from cgs_core.runs.settings import (
    NO_STORE,
    ONE_THREAD,
    default_dask_scheduler,
    default_deadline_seconds,
    default_max_expected_seconds,
    default_max_waiting,
    default_n_workers,
    default_store_path,
)
from cgs_core.runs.shelf import Shelf
from cgs_core.runs.store import DEFAULT_MAX_BYTES, RunStore
from cgs_core.scenario import Scenario

if TYPE_CHECKING:
    from cgs_core.runs.dask_workers import DaskWorkers

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_WORKER_COMMAND = (sys.executable, "-m", "cgs_core.runs.worker")
_TICK_SECONDS = 0.25
_EARLY_SECONDS = 10.0  # a worker that dies younger has probably failed to start
MOST_FAILED_STARTS = 5
_LONGEST_BACKOFF_SECONDS = 30.0
_CLOSE_SECONDS = 3.0
_EXPRESS_SECONDS = 30.0  # what its worker is still at then was not short after all; many times what it should take
NO_WORKERS = "none wanted"
_LESS_PRIORITY = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # of Windows; elsewhere a worker is nice itself

_log = logging.getLogger(__name__)


@dataclass
class _Worker:
    """One place for a worker process, and how its last ones fared."""

    is_express: bool = False
    name: str = ""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    is_ready: bool = False  # it has said that it works
    n_failed_starts: int = 0  # in a row
    n_early_deaths: int = 0  # in a row
    not_before: float = 0.0


def _hear(worker: _Worker, process: subprocess.Popen[bytes]) -> None:
    """Note the line by which a worker says that it works, and throw away what else it writes, until it ends."""
    assert process.stdout is not None
    with process.stdout as said:
        if said.readline() and worker.process is process:
            worker.is_ready, worker.n_failed_starts = True, 0
        while said.read(65_536):
            pass


def _dask_workers(store: RunStore, address: str, cancel_grace_seconds: float, deadline_seconds: float) -> DaskWorkers:
    from cgs_core.runs.dask_workers import DaskWorkers  # on demand: it imports the worker, which is a program

    return DaskWorkers(store, address, cancel_grace_seconds, deadline_seconds)


class JobRunner:
    """Worker processes on a store, one thread that looks after them, and the calls that the server's limits bear on.

    What has no limit is asked of ``store`` itself.

    Make one for the whole server and ``close`` it (or use ``with``). If the server is killed, the workers end by
    themselves, and the next runner takes up what they were doing.

    Parameters
    ----------
    store_path: see ``default_store_path``. n_workers: see ``default_n_workers``; 0 only queues.
    worker_command: how to start a worker; ``--store PATH --name NAME`` is appended. It writes a line when it works.
    cancel_grace_seconds: a cancelled run stops after its round; a worker still at it after this long is killed.
    deadline_seconds: a run that takes longer is ended as failed; see ``default_deadline_seconds``.
    max_bytes: of stored runs; beyond it the least recently used finished ones are forgotten.
    max_waiting: batches of one visitor that may wait; more are refused. See ``default_max_waiting``.
    dask_scheduler: its address, see ``default_dask_scheduler``; with one, a Dask cluster computes, and no local worker.
    has_express: beside the workers there is one more, which takes only what somebody looks at now and is short, so that
        nobody waits for it behind what is long. The others then leave the processor to it, and to the server.
    """

    def __init__(
        self,
        store_path: str | Path | None = None,
        n_workers: int | None = None,
        *,
        worker_command: Sequence[str] | None = None,
        cancel_grace_seconds: float = 3.0,
        deadline_seconds: float | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        max_waiting: int | None = None,
        dask_scheduler: str | None = None,
        has_express: bool = False,
    ) -> None:
        address = dask_scheduler or default_dask_scheduler()
        n_local = 0 if address is not None else default_n_workers() if n_workers is None else n_workers
        self._has_express = has_express and n_local > 0
        path = default_store_path() if store_path is None else store_path
        self._workers: list[_Worker] = []
        self._bells = threading.Lock()  # nobody writes to an input that somebody else is closing
        self._dask: DaskWorkers | None = None
        self.store = RunStore(path, is_server=True, has_express=self._has_express, ring=self._ring)
        if self.store.recovered:
            _log.warning("%s", self.store.recovered)
        self._command = tuple(worker_command or _WORKER_COMMAND)
        self._cancel_grace_seconds = cancel_grace_seconds
        self.deadline_seconds = default_deadline_seconds() if deadline_seconds is None else deadline_seconds
        self._max_expected_seconds = default_max_expected_seconds()
        self._max_bytes = max_bytes
        self._max_waiting = default_max_waiting() if max_waiting is None else max_waiting
        if address is not None:
            self._dask = _dask_workers(self.store, address, cancel_grace_seconds, self.deadline_seconds)
        self._workers = [_Worker() for _ in range(n_local)] + [_Worker(is_express=True)] * self._has_express
        self._is_closing = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="cgs-supervisor", daemon=True)
        self._supervisor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- what has a limit here -----------------------------------------------------------------------------

    def submit(self, scenario: Scenario, owner: str, kind: KindName = "run", visitor: str | None = None) -> str:
        """Ask for a scenario's rounds, or for another kind of job on it; returns the run's id, at once.

        ``owner`` is a session's secret token; it follows one unfinished run at a time, so that its previous one is
        left as by ``cancel``. ``visitor`` is the token of whoever has the session, perhaps beside others: visitors
        get fair turns (see ``turns``). The same scenario is computed once, whoever asks. ``JobError`` when no worker
        can be started, and for a run that is expected to take longer than the host allows.
        """
        self._check_workers()
        self._check_size([scenario], kind)
        return self.store.submit(scenario, owner, kind, visitor)

    def submit_batches(
        self,
        batches: Sequence[Sequence[Scenario]],
        owner: str,
        priority: int = 0,
        visitor: str | None = None,
        is_whole: bool = False,
        kind: KindName = "run",
    ) -> list[list[str]]:
        """Ask for many runs at once, or for jobs of another kind; returns their ids.

        Runs of one batch are computed side by side; its scenarios may differ in their mechanism only. A smaller
        ``priority`` goes first; what one session waits for goes with 0. ``is_whole``: all of their measures are
        wanted, so the exact CGSV is computed too. The owner's other unfinished runs are left. ``JobError`` as of
        ``submit``, and when more than ``max_waiting`` batches of the visitor would wait.
        """
        self._check_workers()
        self._check_size([scenario for batch in batches for scenario in batch], kind)
        return self.store.submit_batches(batches, owner, priority, visitor, self._max_waiting, is_whole, kind)

    def _check_workers(self) -> None:
        if self._workers and all(
            not worker.is_ready and worker.n_failed_starts >= MOST_FAILED_STARTS for worker in self._workers
        ):
            raise JobError("The worker processes do not start; the server's log says why.")
        if self._dask is not None and self._dask.problem:
            raise JobError(self._dask.problem)

    def _check_size(self, scenarios: Sequence[Scenario], kind: KindName = "run") -> None:
        """``JobError`` where one of these is expected to take longer than ``CGS_MAX_EXPECTED_MINUTES``."""
        if self._max_expected_seconds is None:
            return
        dearest: dict[tuple[str, str], Scenario] = {}
        for scenario in sorted(scenarios, key=lambda one: work(one, kind)):
            dearest[scenario.dataset, scenario.model] = scenario
        seconds = max((self.likely_seconds(scenario, kind) for scenario in dearest.values()), default=0.0)
        if seconds > self._max_expected_seconds:
            raise JobError(
                f"A run of this would take about {time_in_words(seconds)} on this server, where runs of up to "
                f"{time_in_words(self._max_expected_seconds)} are allowed. Fewer agents, rounds, local epochs or "
                "samples take less, and so does a smaller model."
            )

    def likely_seconds(self, scenario: Scenario, kind: KindName = "run") -> float:
        """What one run takes a worker: by the pace of like ones in the store, else roughly, by its work."""
        return self.store.costs.likely(scenario, kind)

    def longest_seconds(self, batches: Sequence[Sequence[Scenario]]) -> float:
        """What the longest of many runs takes a worker, which is at all of its batch meanwhile; 0 for none."""
        dearest = max(batches, key=lambda batch: sum(work(one) for one in batch), default=[])
        seconds = self.store.costs.seconds(dearest)
        return sum(work(one) for one in dearest) if seconds is None else seconds

    def expected_seconds(self, scenarios: Sequence[Scenario], kind: KindName = "run") -> float | None:
        """How long its workers will compute these, from the store's like jobs; None while there are none to go by."""
        seconds = self.store.costs.seconds(scenarios, kind)
        return (
            None if seconds is None else seconds / max(1, min(len(self._workers) - self._has_express, len(scenarios)))
        )

    def pin(self, run_id: str, pinned: bool) -> None:
        """Keep a run from being forgotten, or no longer; ``JobError`` when pinned runs would fill the store."""
        self.store.pin(run_id, pinned, self._max_bytes)

    @property
    def shelf(self) -> Shelf:
        """What visitors have pinned; all their runs may hold half of ``max_bytes``, so that others find room."""
        return self.store.shelf(self._max_bytes // 2)

    # -- the processes -------------------------------------------------------------------------------------

    @property
    def has_workers(self) -> bool:
        """Whether what is submitted will be computed: by local workers, or by a Dask cluster."""
        return bool(self._workers) or self._dask is not None

    @property
    def state(self) -> str:
        """Of the workers in words: alive, dead, or none wanted; of a Dask scheduler: reachable, or not reachable."""
        if self._dask is not None:
            return "not reachable" if self._dask.problem else "reachable"
        if not self._workers:
            return NO_WORKERS
        return "alive" if self.worker_pids else "dead"

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are alive."""
        processes = [worker.process for worker in self._workers]
        return tuple(process.pid for process in processes if process is not None and process.poll() is None)

    @property
    def n_ready(self) -> int:
        """How many workers have started and are alive."""
        return sum(worker.is_ready for worker in self._workers)

    def close(self) -> None:
        """Stop the workers; their runs go back to the queue for the next runner. A second call does nothing."""
        if self._is_closing.is_set():
            return
        self._is_closing.set()
        self._supervisor.join()
        if self._dask is not None:
            self._dask.close()
        alive = [(worker, worker.process) for worker in self._workers if worker.process is not None]
        for _, process in alive:
            self._close_input(process)
        for worker, process in alive:
            try:
                process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.store.release(worker.name, died=False)
        self.store.close()

    def _supervise(self) -> None:
        while True:
            try:
                for worker in self._workers:
                    self._revive(worker)
                self._stop_overdue()
                self.store.expire(self._alive.keys(), self._max_bytes)
            except StoreError:  # a full disk, a busy file: the store has said so in the log
                pass
            except Exception:  # it must outlive a missing interpreter too
                _log.exception("looking after the workers failed; trying again")
            if self._is_closing.wait(_TICK_SECONDS):
                return

    def _revive(self, worker: _Worker) -> None:
        """Start a process where none is alive; later and later where they die young."""
        now = time.monotonic()
        if worker.process is not None:
            if worker.process.poll() is None:
                if now - worker.started > _EARLY_SECONDS:
                    worker.n_early_deaths = 0
                return
            _log.warning("worker %s ended with status %s", worker.name, worker.process.returncode)
            worker.n_failed_starts = 0 if worker.is_ready else worker.n_failed_starts + 1
            died_young = now - worker.started <= _EARLY_SECONDS
            worker.n_early_deaths = worker.n_early_deaths + 1 if died_young else 0
            worker.not_before = now + min(0.25 * 2**worker.n_early_deaths, _LONGEST_BACKOFF_SECONDS)
            self._bury(worker, died=worker.process.returncode != NO_STORE)
        if now >= worker.not_before:
            worker.name = f"worker-{secrets.token_hex(6)}"
            worker.started = now
            worker.process = process = self._start(worker)
            threading.Thread(target=_hear, args=(worker, process), name="cgs-hear", daemon=True).start()

    def _start(self, worker: _Worker) -> subprocess.Popen[bytes]:
        is_nice = self._has_express and not worker.is_express
        options = ["--express"] * worker.is_express + ["--nice"] * is_nice
        paths = [str(_PACKAGE_PARENT), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [*self._command, "--store", str(self.store.path), "--name", worker.name, *options],
            creationflags=_LESS_PRIORITY if is_nice else 0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)},
            cwd=_PACKAGE_PARENT,
            process_group=0,  # a terminal's Ctrl-C is for this process, which ends them
        )
        if hasattr(os, "set_blocking"):  # not on Windows: nobody waits for a worker that does not hear the bell
            assert process.stdin is not None
            os.set_blocking(process.stdin.fileno(), False)
        return process

    def _ring(self) -> None:
        """Have whoever rests look at once; who is not there (any more) will look anyway."""
        if self._dask is not None:
            self._dask.look()
        for worker in self._workers:
            with self._bells, suppress(OSError):  # it has died; or it stands still, and its pipe is full
                if (process := worker.process) is not None and (bell := process.stdin) is not None and not bell.closed:
                    os.write(bell.fileno(), b"\n")

    def _close_input(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with self._bells:
            process.stdin.close()

    def _bury(self, worker: _Worker, died: bool) -> None:
        """Forget an ended process and free its run."""
        assert worker.process is not None
        self._close_input(worker.process)
        worker.process, worker.is_ready = None, False
        self.store.release(worker.name, died)

    @property
    def _alive(self) -> dict[str, _Worker]:
        """By name, the places whose process has not ended as far as the supervisor has seen."""
        return {worker.name: worker for worker in self._workers if worker.process is not None}

    def _stop_overdue(self) -> None:
        """Kill who sits on a cancelled run or one past its deadline, and the express worker on a long one."""
        alive = self._alive
        overdue = self.store.stop_overdue(alive.keys(), self._cancel_grace_seconds, self.deadline_seconds)
        express = [name for name, worker in alive.items() if worker.is_express]
        for name in (*overdue, *(name for name in express if self.store.demote(name, _EXPRESS_SECONDS))):
            worker = alive[name]
            assert worker.process is not None
            worker.process.kill()
            worker.process.wait()
            self._bury(worker, died=False)
            worker.not_before = 0.0
