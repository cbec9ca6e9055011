"""What the server waits for when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.runs import JobRunner
from cgs_ui import background


def test_where_nobody_computes_the_server_does_not_wait_for_its_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waits(seconds: float) -> None:
        raise AssertionError("it waits")

    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        monkeypatch.setattr(background, "job_runner", lambda: runner)
        monkeypatch.setattr(background.time, "sleep", waits)
        assert not background.finish(Scenario(), 60)
        monkeypatch.undo()
        assert runner.store.counts().n_runs["queued"] == 1
