"""Background runs: a store that is also the queue, worker processes, and the server's door to both.

The server process submits scenarios and reads rounds; it never trains and never loads the engine.
"""

from cgs_core.runs.follow import finished_runs
from cgs_core.runs.jobs import JobRunner
from cgs_core.runs.kinds import KINDS, KindName, Rounds, job_id
from cgs_core.runs.settings import default_dask_scheduler, default_n_workers, default_store_path
from cgs_core.runs.shelf import MAX_SHELF_RUNS, Shelf, ShelfEntry
from cgs_core.runs.store import RunStore, fingerprint_of
from cgs_core.runs.transitions import RunStatus
from cgs_core.runs.views import RunView

__all__ = [
    "KINDS",
    "MAX_SHELF_RUNS",
    "JobRunner",
    "KindName",
    "Rounds",
    "RunStatus",
    "RunStore",
    "RunView",
    "Shelf",
    "ShelfEntry",
    "default_dask_scheduler",
    "default_n_workers",
    "default_store_path",
    "fingerprint_of",
    "finished_runs",
    "job_id",
]
