"""Batches of the paper's grid, computed in processes of their own: each run's measures at the end, and its time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

from cgs_core.engines import EngineName
from cgs_core.federation.experiment import last_records
from cgs_core.records import Trace
from cgs_core.studies import processes
from cgs_core.studies.paper import SECONDS, Case, Measures, measures_of

Batch = Sequence[Case]  # of one cell and seed: they train side by side
Found = dict[Case, Measures]


def computed(batches: Sequence[Batch], n_workers: int, engine: EngineName = "numpy") -> Iterator[Found]:
    """The results of each batch when it is done; raises as ``cgs_core.studies.processes.computed`` does."""
    return processes.computed(
        batches, processes.Work(partial(measured, engine=engine), _name, "a batch of the grid"), n_workers
    )


def measured(batch: Batch, engine: EngineName = "numpy") -> Found:
    """A batch computed here. A run's time is its part of the batch's, in equal parts."""
    start = time.process_time()
    records = last_records([case.scenario for case in batch], engine=engine)
    seconds = (time.process_time() - start) / len(batch)
    return {
        case: {**measures_of(Trace(case.scenario, (record,))), SECONDS: seconds}
        for case, record in zip(batch, records, strict=True)
    }


def _name(batch: Batch) -> str:
    cell = batch[0].cell
    return f"{cell.dataset}, N = {cell.n_agents}, {cell.split}, seed {batch[0].seed + 1}"
