"""Sweeps through the job runner, against the same runs asked for one by one: ``python -m benchmarks.sweeps``.

The question is the app's first one, what altruism costs: 24 altruism degrees on the default scenario, 5 seeds. Both
sides use a store of their own on disk and two worker processes, each with one thread; what is compared is the time
that passes a point, since it holds the queue, the store and the waiting too. The seconds of CPU are those of all points
in this process, in the same batches.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.timing import one_thread
from cgs_core import Scenario
from cgs_core.runs import JobRunner, finished_runs
from cgs_core.studies.sweeps import Sweep, sweep

_GRID = {"altruism_degree": (*(float(f"{value:.3g}") for value in np.geomspace(0.1, 100, 23)), math.inf)}
_N_SEEDS = 5
_ONE_BY_ONE = 12  # points that are also asked for one after the other
_N_WORKERS = 2


def lines() -> list[str]:
    """Run the comparison; the lines of a report."""
    whole = Sweep(Scenario(), _GRID, _N_SEEDS)
    batches = [[point.scenario for point in batch] for batch in whole.batches()]
    first, batched = _seconds(batches)
    _, alone = _seconds([[point.scenario] for point in whole.points[:_ONE_BY_ONE]], is_one_by_one=True)
    a_point, a_point_alone = batched / len(whole.points), alone / _ONE_BY_ONE
    return [
        f"sweep of {len(whole.points)} points in {len(batches)} batches: first points after {first:.1f} s, all after "
        f"{batched:.1f} s; {_cpu_seconds():.1f} s of CPU in one process",
        f"a point of the sweep: {1000 * a_point:.0f} ms, the same runs one by one {1000 * a_point_alone:.0f} ms: "
        f"{a_point_alone / a_point:.1f} times as fast",
    ]


def _seconds(batches: Sequence[Sequence[Scenario]], is_one_by_one: bool = False) -> tuple[float, float]:
    """Until the first run is done and until all are, with workers that are already there."""
    with tempfile.TemporaryDirectory() as folder, JobRunner(Path(folder) / "runs.sqlite", _N_WORKERS) as runner:
        for seed in range(_N_WORKERS):  # a run each, so that the workers have loaded what they need
            list(finished_runs(runner, [[Scenario(n_rounds=1, seed=1000 + seed)]], "warm-up"))
        start, ends = time.monotonic(), []
        for asked in [[batch] for batch in batches] if is_one_by_one else [batches]:
            ends += [time.monotonic() for _ in finished_runs(runner, asked, "benchmark")]
        return ends[0] - start, ends[-1] - start


def _cpu_seconds() -> float:
    start = time.process_time()
    with one_thread():
        for _ in sweep(Scenario(), _GRID, _N_SEEDS):
            pass
    return time.process_time() - start


if __name__ == "__main__":
    print("\n".join(lines()))
