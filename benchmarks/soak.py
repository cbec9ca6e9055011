"""Whether a server that is used for a long time takes ever more: ``python -m benchmarks.soak --minutes 60``.

Some visitors are always there: each opens the Playground, changes the data a few times with a pause for looking,
follows every run to its end, leaves, and somebody new takes the seat. A row a minute: who came, what was computed, and
the server's memory, open files and threads, and the store's size with its log.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cgs_core import Scenario
from tools.running_app import running_app
from tools.websocket_visitor import visitor

_MINUTES, _SEATS, _CHANGES, _PAUSE_SECONDS = 60, 8, 3, 30.0
_FIRST_SEED = 100_000  # of no preset and no story
HEAD = ("minute", "visitors", "runs", "not done", "MB", "files", "threads", "store MB")


@dataclass
class Served:
    """What came of it so far."""

    n_visitors: int = 0
    n_runs: int = 0
    not_done: list[str] = field(default_factory=list)


async def _sit(url: str, seat: int, served: Served, ends: float) -> None:
    """One seat: visitor after visitor, until it ends."""
    chance = random.Random(seat)
    await asyncio.sleep(chance.uniform(0, _PAUSE_SECONDS))
    while time.monotonic() < ends:
        async with visitor(url, "playground") as one:
            await one.open()
            served.n_visitors += 1
            for _ in range(_CHANGES):
                served.n_runs += 1
                wanted = Scenario(data_seed=_FIRST_SEED + served.n_runs)
                change = await one.change_to(wanted.to_link(), wanted.scenario_id)
                if change.outcome != "done":
                    served.not_done.append(change.outcome)
                await asyncio.sleep(chance.expovariate(1 / _PAUSE_SECONDS))


async def soak(url: str, pid: int, store: Path, minutes: float, n_seats: int) -> None:
    """Let visitors come and go for so long, and print a row a minute."""
    server, served, began = psutil.Process(pid), Served(), time.monotonic()
    ends = began + 60 * minutes
    seats = [asyncio.create_task(_sit(url, seat, served, ends)) for seat in range(n_seats)]
    while time.monotonic() < ends:
        await asyncio.sleep(min(60.0, ends - time.monotonic()))
        size = sum(file.stat().st_size for file in store.parent.glob(f"{store.name}*")) / 1e6
        cells = (
            f"{(time.monotonic() - began) / 60:.0f}", served.n_visitors, served.n_runs, len(served.not_done),
            f"{server.memory_info().rss / 1e6:.0f}", server.num_fds(), server.num_threads(), f"{size:.1f}",
        )  # fmt: skip
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    await asyncio.gather(*seats)
    for outcome in dict.fromkeys(served.not_done):
        print(f"  {served.not_done.count(outcome)} of {served.n_runs}: {outcome}", flush=True)


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=_MINUTES)
    parser.add_argument("--seats", type=int, default=_SEATS)
    asked = parser.parse_args()
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as (url, pid):
        asyncio.run(soak(url, pid, Path(folder) / "runs.sqlite", asked.minutes, asked.seats))


if __name__ == "__main__":
    main()
