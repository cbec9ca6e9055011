"""What a class does to a server: websocket visitors who come at once, change something at once, and follow it.

``python -m benchmarks.class_load --sessions 10 30 60``: for each number of sessions a server on a fresh store. The
visitors are on the same processors as the server: ``taskset -c 0,1 python -m benchmarks.class_load`` gives both two of
them. Visitors draw nothing: what their browsers would wait for besides is not in these numbers (``screens`` has it).
Seconds are the 95th percentile and, where there is one, the worst; each number depends on the machine and on what else
it does.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.class_waits import p95
from cgs_core import Scenario
from tools.running_app import running_app
from tools.websocket_visitor import Change, Visitor, get, visitor

N_SESSIONS, N_WORKERS = 30, 2
_PAGE, _HEALTH = "playground", "/_stcore/health"
_WITHIN_SECONDS = 3.0
_PATIENCE_SECONDS = 300.0
_HEALTH_EVERY_SECONDS = 0.2
_FIRST_SEED = 1000  # of no preset and no story
HEAD = (
    "sessions", "workers", "first page", "first picture", "worst", "tick", "health", "worst",
    "all done", "done", "MB before", "with all", "after", "files before", "with all", "after",
)  # fmt: skip


@dataclass
class Load:
    """What was measured, in seconds; of the server's process at three moments memory (MB) and open files."""

    first_pages: list[float] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    all_done: float = 0.0  # from the first change until the last visitor has all of it
    health: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    n_files: list[int] = field(default_factory=list)

    def outcomes(self) -> dict[str, int]:
        """How many changes ended how."""
        told = [change.outcome for change in self.changes]
        return {outcome: told.count(outcome) for outcome in dict.fromkeys(told)}


async def load(url: str, pid: int, n_sessions: int, within: float = _WITHIN_SECONDS) -> Load:
    """A class of so many: all come within some seconds, then all change something within as many, each by itself."""
    found, server, chance = Load(), psutil.Process(pid), random.Random(0)
    moments = [sorted(chance.uniform(0, within) for _ in range(n_sessions)) for _ in range(2)]
    _look(server, found)
    async with AsyncExitStack() as pages:

        async def come(after: float) -> Visitor:
            await asyncio.sleep(after)
            one = await pages.enter_async_context(visitor(url, _PAGE))
            began = time.monotonic()
            answer = await one.open()
            found.first_pages.append(time.monotonic() - began)
            assert not answer.errors, answer.errors
            return one

        async def change(one: Visitor, index: int, after: float) -> Change:
            await asyncio.sleep(after)
            wanted = Scenario(data_seed=_FIRST_SEED + index)
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return await one.change_to(wanted.to_link(), wanted.scenario_id)
            except TimeoutError:
                return Change(f"not done after {_PATIENCE_SECONDS:g} s")

        asked = asyncio.create_task(_ask_health(url, found))
        visitors = await asyncio.gather(*map(come, moments[0]))
        began = time.monotonic()
        found.changes = await asyncio.gather(*map(change, visitors, range(n_sessions), moments[1]))
        found.all_done = time.monotonic() - began
        asked.cancel()
        _look(server, found)
    await get(url, _HEALTH)  # the server has seen them leave
    _look(server, found)
    return found


def _look(server: psutil.Process, found: Load) -> None:
    found.memory.append(server.memory_info().rss / 1e6)
    found.n_files.append(server.num_fds())


async def _ask_health(url: str, found: Load) -> None:
    while True:
        began = time.monotonic()
        status, _, _ = await get(url, _HEALTH)
        assert status == 200, status
        found.health.append(time.monotonic() - began)
        await asyncio.sleep(_HEALTH_EVERY_SECONDS)


def row(n_sessions: int, n_workers: int, found: Load) -> list[str]:
    """A load as cells under ``HEAD``."""
    pictures = [one.first_picture for one in found.changes if one.first_picture is not None]
    ticks = [tick for one in found.changes for tick in one.ticks]
    times = [
        p95(found.first_pages), p95(pictures), max(pictures, default=float("nan")), p95(ticks),
        p95(found.health), max(found.health), found.all_done,
    ]  # fmt: skip
    n_done = found.outcomes().get("done", 0)
    return [
        str(n_sessions), str(n_workers), *(f"{seconds:.2f}" for seconds in times), f"{n_done}/{n_sessions}",
        *(f"{megabytes:.0f}" for megabytes in found.memory), *map(str, found.n_files),
    ]  # fmt: skip


def measure(n_sessions: int, n_workers: int) -> Load:
    """Start a server with a store of its own, and load it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder), {"CGS_WORKERS": str(n_workers)}) as (url, pid),
    ):
        return asyncio.run(load(url, pid, n_sessions))


def main() -> None:
    """Measure what the command line asks for; a row for each number of sessions and of workers, as it comes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[N_SESSIONS])
    parser.add_argument("--workers", type=int, nargs="+", default=[N_WORKERS])
    asked = parser.parse_args()
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    for n_workers in asked.workers:
        for n_sessions in asked.sessions:
            found = measure(n_sessions, n_workers)
            print(f"| {' | '.join(row(n_sessions, n_workers, found))} |", flush=True)
            for outcome, times in found.outcomes().items():
                if outcome != "done":
                    print(f"  {times} of {n_sessions}: {outcome}", flush=True)


if __name__ == "__main__":
    main()
