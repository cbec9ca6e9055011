"""One job runner on a store of its own, with the opening run done, as the server has it before it serves anybody."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from cgs_core.runs import JobRunner
from cgs_core.studies.presets import OPENING
from cgs_ui.background import finish, finished_rounds, job_runner


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A page that is run takes the place of the program; processes that other tests spawn would begin with it."""
    program = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = program


@pytest.fixture(scope="session", autouse=True)
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobRunner]:
    """The app's job runner: real workers, a temporary store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGS_STORE", str(tmp_path_factory.mktemp("store") / "runs.sqlite"))
        patch.setenv("CGS_WORKERS", "1")
        job_runner.cache_clear()
        finished_rounds.clear()
        runner = job_runner()
        try:
            assert finish(OPENING.scenario, 60)
            yield runner
        finally:
            runner.close()
            job_runner.cache_clear()
            finished_rounds.clear()
