"""Many runs followed to their end, for a program that waits (a page looks now and then instead)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from cgs_core.errors import JobError
from cgs_core.runs.jobs import JobRunner
from cgs_core.scenario import Scenario

_LOOK_SECONDS = 0.05


def finished_runs(
    runner: JobRunner, batches: Sequence[Sequence[Scenario]], owner: str, priority: int = 0
) -> Iterator[str]:
    """Ask for batches of runs and give each one's id when it is done, its rounds whole; stored ones come first.

    Whoever stops asking leaves the unfinished ones. ``JobError`` when one fails or is cancelled, and when the runner
    has no workers to compute what is not stored.
    """
    waiting = [run_id for ids in runner.submit_batches(batches, owner, priority, is_whole=True) for run_id in ids]
    try:
        while waiting:
            status = runner.store.progress(waiting, owner)
            done = [run_id for run_id in waiting if status.get(run_id) == "done"]
            yield from done
            for run_id in waiting:
                if status.get(run_id, "forgotten") not in ("queued", "running", "done"):
                    raise JobError(f"Run {run_id}: {runner.store.events(run_id).error or status.get(run_id)}")
            waiting = [run_id for run_id in waiting if run_id not in set(done)]
            if waiting and not runner.has_workers:
                raise JobError(
                    f"CGS_WORKERS: is 0, so nothing would compute the {len(waiting)} runs that are not stored; set it "
                    "to 1 or more, or name a Dask cluster in CGS_DASK_SCHEDULER"
                )
            if waiting:
                time.sleep(_LOOK_SECONDS)
    finally:
        runner.store.leave(owner)
