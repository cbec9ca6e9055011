"""Batches of the paper's grid, computed in processes of their own: each run's measures at the end, and its time."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from cgs_core.errors import CgsError, JobError
from cgs_core.federation.experiment import last_records
from cgs_core.records import Trace
from cgs_core.studies.paper import SECONDS, Case, Measures, measures_of

Batch = Sequence[Case]  # of one cell and seed: they train side by side
Found = dict[Case, Measures]


def computed(batches: Sequence[Batch], n_workers: int) -> Iterator[Found]:
    """The results of each batch when it is done; batches are begun in the order given.

    Whoever stops asking ends the processes; a batch that is under way is then lost. ``JobError`` when a batch fails,
    or a process ends before its batch does.
    """
    context = get_context("spawn")
    left = list(reversed(batches))
    processes: dict[Connection, SpawnProcess] = {}
    try:
        for _ in range(min(n_workers, len(left))):
            ours, theirs = context.Pipe()
            processes[ours] = context.Process(target=_serve, args=(theirs,), daemon=True)
            processes[ours].start()
            theirs.close()  # so that its end is seen here
            ours.send(left.pop())
        busy = set(processes)
        while busy:
            for pipe in wait(busy):
                assert isinstance(pipe, Connection)
                found = _received(pipe)
                if left:
                    pipe.send(left.pop())
                else:
                    busy.remove(pipe)
                yield found
    finally:
        for process in processes.values():
            process.terminate()
            process.join()


def measured(batch: Batch) -> Found:
    """A batch computed here. A run's time is its part of the batch's, in equal parts."""
    start = time.process_time()
    records = last_records([case.scenario for case in batch])
    seconds = (time.process_time() - start) / len(batch)
    return {
        case: {**measures_of(Trace(case.scenario, (record,))), SECONDS: seconds}
        for case, record in zip(batch, records, strict=True)
    }


def _received(pipe: Connection) -> Found:
    try:
        found: Found | str = pipe.recv()
    except EOFError:
        raise JobError(
            "a process that computed a batch of the grid ended before its time; its memory may not do"
        ) from None
    if isinstance(found, str):
        raise JobError(found)
    return found


def _serve(pipe: Connection) -> None:
    """Batches in, results out, until the other end is closed; a failure is a sentence."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asked
    while True:
        try:
            batch: Batch = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(measured(batch))
        except Exception as error:  # whatever a mechanism raises, the one who asked must hear of it
            cell, words = batch[0].cell, error if isinstance(error, CgsError) else f"{type(error).__name__}: {error}"
            pipe.send(f"{cell.dataset}, N = {cell.n_agents}, {cell.split}, seed {batch[0].seed + 1} failed: {words}")
