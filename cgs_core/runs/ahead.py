"""What somebody may ask for, computed before anybody does: one thing after the other, by workers that nobody needs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from cgs_core.errors import JobError
from cgs_core.runs.jobs import JobRunner
from cgs_core.runs.kinds import KindName, job_id
from cgs_core.scenario import Scenario

Wanted = tuple[KindName, Sequence[Scenario]]
"""A kind of job, and scenarios that may be computed side by side (see ``JobRunner.submit_batches``)."""

OWNER = "ahead"
MOST_BYTES = 150_000_000
"""Of all runs that are kept so: what visitors ask for needs room too."""

_LAST = 1_000_000  # of all priorities
_LOOK_SECONDS = 0.1

_log = logging.getLogger(__name__)


class Ahead:
    """A thread that has all that is wanted computed and kept, and gives way to whoever waits for a run.

    What is stored already is not computed again, so that a restart goes on where it was. A run that fails is left out.

    Parameters
    ----------
    wanted: gives what is wanted, most wanted first; called in the thread.
    """

    def __init__(self, runner: JobRunner, wanted: Callable[[], Iterable[Wanted]]) -> None:
        self._runner = runner
        self._wanted = wanted
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="cgs-ahead", daemon=True)

    def start(self) -> None:
        """Begin, unless nothing would be computed."""
        if self._runner.has_workers:
            self._thread.start()

    def close(self) -> None:
        """Leave what is being computed."""
        self._is_closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def join(self, seconds: float) -> bool:
        """Wait for the end of all that is wanted; says whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            for kind, batch in self._wanted():
                self._compute(kind, batch)
                if self._is_closing.is_set():
                    break
        except JobError as error:  # a full disk, a store that cannot be used, enough that is kept
            _log.info("nothing more is computed ahead: %s", error)
        except Exception:  # visitors' runs must not depend on it
            _log.exception("nothing more is computed ahead")

    def _compute(self, kind: KindName, batch: Sequence[Scenario]) -> None:
        """Until it is stored, or has failed."""
        store, is_asked = self._runner.store, False
        ids = {job_id(scenario, kind): scenario for scenario in batch}
        while not self._is_closing.is_set():
            status = store.progress(list(ids), OWNER)
            if any(status.get(run_id) == "failed" for run_id in ids):
                return
            left = [scenario for run_id, scenario in ids.items() if status.get(run_id) != "done"]
            if not left:
                for run_id in ids:
                    store.pin(run_id, True, MOST_BYTES)
                return
            if store.others_wait(OWNER):
                if is_asked:
                    store.leave(OWNER)
                is_asked = False
            elif not is_asked:
                self._ask(kind, left)
                is_asked = True
            self._is_closing.wait(_LOOK_SECONDS)
        store.leave(OWNER)

    def _ask(self, kind: KindName, scenarios: Sequence[Scenario]) -> None:
        if kind == "run":
            self._runner.submit_batches([scenarios], OWNER, _LAST)
        else:
            for scenario in scenarios:
                self._runner.submit(scenario, OWNER, kind)
