"""What the next visitor waits for when a class asks for the longest: ``python -m benchmarks.queue``.

Thirty sessions ask for the longest scenario that the bounds of the fields allow, and when one of them trains, another
visitor asks for the default run. One ordinary worker and the express worker, as in the app on two cores.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from cgs_core import Scenario
from cgs_core.runs import JobRunner, finished_runs
from cgs_core.runs.costs import work

_N_SESSIONS = 30
_LONGEST = Scenario(
    dataset="mnist", model="paper_mnist", n_agents=50, n_rounds=500, local_epochs=20, batch_size=1, n_samples=11_000
)


def lines() -> list[str]:
    """Ask and wait; the lines of a report."""
    with (
        tempfile.TemporaryDirectory() as folder,
        JobRunner(Path(folder) / "runs.sqlite", 1, has_express=True) as runner,
    ):
        list(finished_runs(runner, [[Scenario(n_rounds=1, start_seed=1)]], "warm-up"))
        long = [_LONGEST.replace(start_seed=seed) for seed in range(_N_SESSIONS)]
        ids = [runner.submit(scenario, f"session {number}") for number, scenario in enumerate(long)]
        while "running" not in runner.store.progress(ids, "benchmark").values():
            time.sleep(0.05)
        start = time.monotonic()
        list(finished_runs(runner, [[Scenario()]], "the next visitor"))
        seconds = time.monotonic() - start
        status = list(runner.store.progress(ids, "benchmark").values())
    return [
        f"default run beside {status.count('running')} running and {status.count('queued')} waiting scenarios of about "
        f"{work(_LONGEST) / 86_400:.1f} days each: {seconds:.1f} s"
    ]


if __name__ == "__main__":
    print("\n".join(lines()))
