"""Workers on other machines: what waits in the store is computed by a Dask cluster instead of local processes.

The store stays the truth, and this process its only writer: claimed batches go out as tasks, their rounds come back
one by one as events of the scheduler. A task that Dask starts again after a worker's death repeats its rounds; the
store keeps each once. ``distributed`` is an optional requirement (requirements-dask.txt, or the extra dask).
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cgs_core.errors import JobError
from cgs_core.runs.kinds import KindName
from cgs_core.runs.store import RunStore, fingerprint_of
from cgs_core.runs.views import Claim
from cgs_core.runs.worker import MAX_ERROR_LENGTH, engine_of
from cgs_core.scenario import Scenario

_LOOK_SECONDS = 0.05
_REST_SECONDS = 0.25  # while nothing is computed; what is asked for meanwhile says so
_RENEW_SECONDS = 1.5
_CONNECT_SECONDS = 5.0
_ALLOWED_DEATHS = 2  # of workers that hold a task, before it is given up

_log = logging.getLogger(__name__)


def compute(
    group: str, kind: KindName, texts: Sequence[str], fingerprint: str, is_whole: bool = False
) -> list[list[bytes]]:
    """On a worker: a batch's rounds, each told as it comes and all returned at the end; fewer if it is told to stop."""
    from distributed import Event, get_worker

    scenarios = [Scenario.from_json(text) for text in texts]
    if (own := fingerprint_of(scenarios[0])) != fingerprint:
        raise JobError(f"This worker has another version of the program or of the data ({own}, not {fingerprint}).")
    worker, stop, rounds = get_worker(), Event(f"cgs-stop-{group}"), []
    for records in engine_of(kind)(scenarios):
        payloads = [(record.whole() if is_whole else record).to_bytes() for record in records]
        rounds.append(payloads)
        worker.log_event(f"cgs-{group}", {"round": len(rounds) - 1, "payloads": payloads})
        if stop.is_set():
            break
    return rounds


@dataclass
class _Task:
    """A batch on its way: whose rounds are still wanted, and which have been kept."""

    group: str
    claims: tuple[Claim, ...]
    going: list[Claim]
    future: Any = None
    kept: set[int] = field(default_factory=set)  # indices of rounds
    renewed: float = field(default_factory=time.monotonic)


class DaskWorkers:
    """One thread that hands claimed batches to a Dask scheduler and keeps what comes back.

    Parameters
    ----------
    store: where runs wait and rounds go.
    address: of the scheduler, for instance tcp://10.0.0.5:8786, or tls://... with Dask's own configuration of TLS.
    cancel_grace_seconds, deadline_seconds: as of ``JobRunner``.

    Attributes
    ----------
    problem: why nothing can be computed now; "" while all is well.
    """

    def __init__(
        self, store: RunStore, address: str, cancel_grace_seconds: float = 3.0, deadline_seconds: float = 1200.0
    ) -> None:
        self._limits = cancel_grace_seconds, deadline_seconds
        self.problem = f"The Dask scheduler at {address} has not answered yet."
        self._store, self._address = store, address
        self._name = f"dask-{secrets.token_hex(6)}"
        self._told: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        self._tasks: dict[str, _Task] = {}
        self._is_closing, self._has_answer, self._bell = threading.Event(), threading.Event(), threading.Event()
        with suppress(ImportError):  # which is told later; this may take longer than a scheduler to answer
            import distributed  # noqa: F401
        self._thread = threading.Thread(target=self._serve, name="cgs-dask", daemon=True)
        self._thread.start()
        self._has_answer.wait(2 * _CONNECT_SECONDS)  # so that the first runs are not refused for a moment's sake

    def close(self) -> None:
        """Stop the tasks; their runs go back to the queue."""
        self._is_closing.set()
        self._bell.set()
        self._thread.join()

    def look(self) -> None:
        """Something may be waiting: look at once."""
        self._bell.set()

    def _serve(self) -> None:
        while not self._is_closing.is_set():
            try:
                self._serve_connected()
            except Exception as error:  # it must outlive a scheduler that goes away
                self.problem = (
                    f"The Dask scheduler at {self._address} cannot be used ({error or type(error).__name__})."
                )
                _log.warning("%s", self.problem)
                self._has_answer.set()
                self._give_back()
                self._is_closing.wait(_RENEW_SECONDS)

    def _serve_connected(self) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise JobError("it needs the package distributed, which the extra dask of cgs-core brings") from None
        with Client(self._address, timeout=_CONNECT_SECONDS, set_as_default=False) as client:
            self.problem = ""
            self._has_answer.set()
            while not self._is_closing.is_set():
                if client.status != "running":
                    raise JobError("the connection was lost")
                self._bell.clear()
                self._renew(client)  # first: if everything stood still, its own runs look as if nobody had them
                self._send(client)
                self._keep_told(client)
                for task in [task for task in self._tasks.values() if task.future.done()]:
                    self._end(client, task)
                self._bell.wait(_LOOK_SECONDS if self._tasks else _REST_SECONDS)
            for task in self._tasks.values():
                self._stop(client, task)
            self._give_back()

    def _send(self, client: Any) -> None:
        """Claim as many batches as the cluster has threads that are free."""
        n_threads = sum(client.nthreads().values())
        while len(self._tasks) < n_threads and (claims := self._store.claim(self._name)):
            task = _Task(secrets.token_hex(8), claims, list(claims))
            self._tasks[task.group] = task
            client.subscribe_topic(f"cgs-{task.group}", lambda event, group=task.group: self._hear(group, event))
            task.future = client.submit(
                compute,
                task.group,
                claims[0].kind,
                [claim.scenario.to_json() for claim in claims],
                fingerprint_of(claims[0].scenario),
                claims[0].is_whole,
                key=f"cgs-{task.group}",
                pure=False,
                retries=_ALLOWED_DEATHS,
            )

    def _hear(self, group: str, event: tuple[float, dict[str, Any]]) -> None:
        """In the client's own thread."""
        self._told.put((group, event[1]))

    def _keep_told(self, client: Any) -> None:
        while True:
            try:
                group, told = self._told.get_nowait()
            except queue.Empty:
                return
            if (task := self._tasks.get(group)) is not None:
                try:
                    self._keep(client, task, told["round"], told["payloads"])
                except JobError as error:  # the store refuses the round; with the scheduler all is well
                    self._fail(client, task, error)

    def _keep(self, client: Any, task: _Task, round_index: int, payloads: Sequence[bytes]) -> None:
        """Write a round of the runs that are still wanted; where none is, the task is told to stop."""
        if not task.going:
            return
        wanted = {claim: payloads[task.claims.index(claim)] for claim in task.going}
        after = self._store.record(round_index, wanted)
        task.going = [claim for claim in task.going if after[claim] == "go_on"]
        task.renewed = time.monotonic()
        task.kept.add(round_index)
        if not task.going:
            self._stop(client, task)

    def _fail(self, client: Any, task: _Task, error: JobError) -> None:
        for claim in task.going:
            self._store.finish(claim, f"The run failed: {error}"[:MAX_ERROR_LENGTH])
        task.going = []
        self._stop(client, task)

    def _end(self, client: Any, task: _Task) -> None:
        """Finish the runs of a task that has ended; rounds of which no event came are in its result."""
        error = None
        try:
            for round_index, payloads in enumerate(task.future.result()):
                if round_index not in task.kept:
                    self._keep(client, task, round_index, payloads)
            if task.going and len(task.kept) != task.claims[0].scenario.n_rounds:
                error = f"it ended after {len(task.kept)} of {task.claims[0].scenario.n_rounds} rounds"
        except Exception as failure:  # whatever a run raises, on the worker or here
            error = f"{type(failure).__name__}: {failure}"
        for claim in task.going:
            self._store.finish(claim, error and f"The run failed: {error}"[:MAX_ERROR_LENGTH])
        client.unsubscribe_topic(f"cgs-{task.group}")
        del self._tasks[task.group]

    def _renew(self, client: Any) -> None:
        """Keep the leases, also while a task waits or a round takes long; give up what is cancelled or overdue."""
        self._store.stop_overdue({self._name}, *self._limits)
        for task in self._tasks.values():
            if task.going and time.monotonic() - task.renewed > _RENEW_SECONDS:
                task.going = [claim for claim in task.going if self._store.renew(claim)]
                task.renewed = time.monotonic()
                if not task.going:
                    self._stop(client, task)

    @staticmethod
    def _stop(client: Any, task: _Task) -> None:
        from distributed import Event

        Event(f"cgs-stop-{task.group}", client=client).set()
        task.future.cancel()  # one that has not started never will; one that runs stops after its round

    def _give_back(self) -> None:
        self._tasks.clear()
        self._store.release(self._name, died=False)
