"""What the environment decides: where runs are kept, how many workers there are, whether they compute ahead."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cgs_core.errors import JobError
from cgs_core.places import data_folder

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_MAX_WORKERS = 64


def default_store_path() -> Path:
    """``CGS_STORE`` if set, else ``runs.sqlite`` in this program's folder (``cgs_core.places``)."""
    chosen = os.environ.get("CGS_STORE")
    return Path(chosen) if chosen else data_folder() / "runs.sqlite"


def default_paper_folder() -> Path:
    """Where ``python -m cgs_core paper`` keeps what it has computed, unless it is told: beside the store."""
    return default_store_path().parent / "paper"


def default_dask_scheduler() -> str | None:
    """``CGS_DASK_SCHEDULER``, the address of a Dask scheduler, for instance tcp://10.0.0.5:8786; None if not set."""
    address = os.environ.get("CGS_DASK_SCHEDULER") or None
    if address is not None and not re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+", address):
        raise JobError(f"CGS_DASK_SCHEDULER: must be tcp://HOST:PORT or tls://HOST:PORT; got {address!r}")
    return address


def is_ahead_wanted() -> bool:
    """Whether ``CGS_AHEAD`` lets idle workers compute what pages open with (1, the default), or not (0)."""
    chosen = os.environ.get("CGS_AHEAD") or "1"
    if chosen not in ("0", "1"):
        raise JobError(f"CGS_AHEAD: must be 0 or 1; got {chosen!r}")
    return chosen == "1"


def default_n_workers() -> int:
    """``CGS_WORKERS`` if set (0 to 64), else one less than the processors, from 1 to 4."""
    chosen = os.environ.get("CGS_WORKERS")
    if not chosen:
        return min(4, max(1, (os.cpu_count() or 1) - 1))
    if not chosen.isdecimal() or int(chosen) > _MAX_WORKERS:
        raise JobError(f"CGS_WORKERS: must be a whole number from 0 to {_MAX_WORKERS}; got {chosen!r}")
    return int(chosen)
