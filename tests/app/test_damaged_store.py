"""Pages on a store in which something was damaged: told, and computed again without anybody's doing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.runs import JobRunner
from cgs_core.runs.kept_rounds import DAMAGED
from cgs_core.runs.store_file import refusal
from cgs_core.studies.presets import OPENING
from cgs_ui.background import finished_rounds
from tests.app.pages import cold, headline, playground, settle

_DAMAGES = (
    "UPDATE rounds SET payload = x'00' WHERE round_index = 1 AND run_id = ?",
    "UPDATE runs SET scenario = '{' WHERE id = ?",
)


def _damage(runner: JobRunner, statement: str, scenario: Scenario) -> None:
    with closing(sqlite3.connect(runner.store.path)) as connection, connection:
        assert connection.execute(statement, (scenario.scenario_id,)).rowcount
    finished_rounds.clear()


@pytest.mark.parametrize("statement", _DAMAGES)
def test_the_default_page_computes_a_damaged_run_again(runner: JobRunner, statement: str) -> None:
    before = headline(settle(playground()))
    _damage(runner, statement, OPENING.scenario)
    page = settle(playground())
    assert not page.exception and not page.error
    assert headline(page) == before
    assert runner.store.load(OPENING.scenario.scenario_id).is_complete


@pytest.fixture
def idle_runner(tmp_path: Path, runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    """A copy of the store that nobody computes in."""
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(runner.store.path)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    with JobRunner(path, n_workers=0) as idle:
        for place in ("cgs_ui.background", "cgs_ui.following.one_run"):
            monkeypatch.setattr(f"{place}.job_runner", lambda: idle)
        finished_rounds.clear()
        yield idle
    finished_rounds.clear()


def test_a_page_says_why_a_run_that_was_there_is_computed_again(idle_runner: JobRunner) -> None:
    _damage(idle_runner, _DAMAGES[0], OPENING.scenario)
    page = playground()
    (bar,) = page.progress
    assert bar.text.startswith(DAMAGED) and not page.exception
    assert str(idle_runner.store.path) not in bar.text


@pytest.mark.parametrize("name", ["playground", "shelf", "mechanisms", "trade-offs"])
def test_a_store_that_fails_is_a_sentence_without_a_place_on_every_page(
    tmp_path: Path, runner: JobRunner, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fails(*_: object) -> None:
        raise refusal(runner.store.path, "the disk is full", OSError("no space"))

    monkeypatch.setattr(runner.store._database, "_transaction", fails)
    finished_rounds.clear()
    page = cold(name)
    told = [box.value for box in (*page.error, *page.warning)]
    assert any("the disk is full" in words for words in told)
    assert not any(str(runner.store.path.parent) in words for words in told)
