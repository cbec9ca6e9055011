"""Exact values that are computed when somebody looks: once, and kept in the store."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cgs_core import Scenario
from cgs_core.federation.experiment import iterate_batch
from cgs_core.records import Trace
from cgs_core.runs import RunStore, worker
from cgs_ui.following.exact import exact_is_there


def test_exact_values_that_were_looked_at_are_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(tmp_path / "runs.sqlite")
    monkeypatch.setattr("cgs_ui.following.exact.job_runner", lambda: SimpleNamespace(store=store))
    scenario = Scenario(dataset="wine", n_agents=21, n_samples=60, n_rounds=2)
    run_id = store.submit(scenario, "a")
    worker.run_claimed(store, store.claim("w"), iterate_batch)
    trace = store.load(run_id)
    assert isinstance(trace, Trace) and not trace.is_whole
    exact_is_there(Trace(scenario, trace.rounds[:1]))  # as far as it is: of a run that is going on nothing is kept
    assert trace.rounds[0].is_whole and not store.load(run_id).rounds[0].is_whole
    exact_is_there(trace)
    assert store.load(run_id).is_whole
    store.close()
