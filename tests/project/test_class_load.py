"""Several visitors at once, by websocket, on a real server: each change is trained, drawn and done."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.class_load import HEAD, load, row
from cgs_core import Scenario
from cgs_core.runs.store import RunStore
from tools.running_app import running_app

N_VISITORS = 5


def test_every_visitor_of_a_small_class_sees_the_run_that_it_asked_for(tmp_path: Path):
    with running_app(tmp_path, {"CGS_WORKERS": "1"}) as (url, pid):
        found = asyncio.run(load(url, pid, N_VISITORS, within=0.0))
    assert found.outcomes() == {"done": N_VISITORS}
    assert all(change.first_picture is not None and change.done is not None for change in found.changes)
    assert len(found.first_pages) == N_VISITORS and found.health
    assert len(row(N_VISITORS, 1, found)) == len(HEAD)
    store = RunStore(tmp_path / "runs.sqlite")
    assert all(store.load(Scenario(data_seed=1000 + index).scenario_id).is_complete for index in range(N_VISITORS))
    store.close()
