"""What the environment decides: where runs are kept, how many workers there are, whether they compute ahead."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cgs_core.errors import JobError
from cgs_core.places import data_folder

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_MAX_WORKERS = 64
_MOST_MINUTES = 7 * 24 * 60
NO_STORE = 75
"""The exit status of a worker that cannot use the store (EX_TEMPFAIL of BSD): no fault of what it computed."""
DEFAULT_MAX_WAITING = 400
"""Batches of runs that one visitor may have waiting: every ready question with the most seeds is less."""
MOST_WAITING = 20_000
"""Of all visitors: each is a row of the store at least, which is looked through for a worker."""


def default_store_path() -> Path:
    """``CGS_STORE`` if set, else ``runs.sqlite`` in this program's folder (``cgs_core.places``)."""
    chosen = os.environ.get("CGS_STORE")
    return Path(chosen) if chosen else data_folder() / "runs.sqlite"


def default_paper_folder() -> Path:
    """Where ``python -m cgs_core paper`` keeps what it has computed, unless it is told: beside the store."""
    return default_store_path().parent / "paper"


def default_leaderboard_folder() -> Path:
    """Where ``python -m cgs_core leaderboard`` keeps what it has computed, unless it is told: beside the store."""
    return default_store_path().parent / "leaderboard"


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
    return _whole("CGS_WORKERS", min(4, max(1, (os.cpu_count() or 1) - 1)), 0, _MAX_WORKERS)


def default_deadline_seconds() -> float:
    """How long one run may take: ``CGS_MAX_RUN_MINUTES`` if set (1 to a week of minutes), else 20 minutes."""
    return 60.0 * _whole("CGS_MAX_RUN_MINUTES", 20, 1, _MOST_MINUTES)


def default_max_expected_seconds() -> float | None:
    """What one run may be expected to take to be begun at all: ``CGS_MAX_EXPECTED_MINUTES``; None if not set."""
    minutes = _whole("CGS_MAX_EXPECTED_MINUTES", 0, 1, _MOST_MINUTES)
    return 60.0 * minutes if minutes else None


def default_max_waiting() -> int:
    """How many batches of runs one visitor may have waiting: ``CGS_MAX_WAITING`` if set (1 to 20,000), else 400."""
    return _whole("CGS_MAX_WAITING", DEFAULT_MAX_WAITING, 1, MOST_WAITING)


def _whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number of the environment; ``JobError`` for anything else there."""
    chosen = os.environ.get(name)
    if not chosen:
        return default
    if not (chosen.isascii() and chosen.isdecimal()) or not least <= int(chosen) <= most:
        raise JobError(f"{name}: must be a whole number from {least} to {most}; got {chosen!r}")
    return int(chosen)
