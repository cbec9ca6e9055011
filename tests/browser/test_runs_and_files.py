"""Runs that are stopped or lose their worker, and the files that leave the page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.runs import RunStore
from cgs_core.scenario import Agent
from cgs_core.studies.presets import PRESETS
from tests.browser.late import LateServer
from tests.browser.playground import (
    expect_finished,
    expect_ledger,
    open_playground,
    shown_round,
    stop_button,
    trace_of,
    url_of,
)
from tests.browser.server import Server
from tests.runs.helpers import eventually
from tools.running_app import ROOT

SLOW = Scenario(dataset="mnist", model="cnn", n_agents=2, n_samples=200, n_rounds=10)
LONG = SLOW.replace(n_rounds=500)
EDITED = Scenario(
    dataset="wine", n_agents=3, n_rounds=8, agents=(Agent(label_noise=0.3), Agent(), Agent(conduct="free_rider"))
)


@contextmanager
def store_of(server: Server) -> Iterator[RunStore]:
    store = RunStore(server.store)
    try:
        yield store
    finally:
        store.close()


def expect_stopped(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"Stopped after round \d+ of 500\."))).to_be_visible()
    expect(stop_button(page)).to_have_count(0)


def test_a_long_run_is_stopped_and_taken_up_again(page: Page, server: Server):
    open_playground(page, url_of(server, LONG), finished=False)
    stop_button(page).click()
    expect_stopped(page)
    with store_of(server) as store:
        view = store.events(LONG.scenario_id)
        assert view.status == "cancelled" and 0 < len(view.rounds) < LONG.n_rounds
        page.get_by_role("button", name="Run again").click()
        later = "|".join(map(str, range(len(view.rounds) + 1, 501)))  # a look may skip a round
        expect(shown_round(page)).to_have_text(re.compile(f"^All ({later}) rounds$"))  # goes on, and is followed
        assert store.events(LONG.scenario_id).status == "running"
        stop_button(page).click()
        expect_stopped(page)
        assert store.events(LONG.scenario_id).status == "cancelled"
    page.goto(url_of(server, Scenario(start_seed=4)))  # the worker is free for others
    expect(shown_round(page)).to_have_text("All 50 rounds")
    expect_finished(page)


def test_a_change_cancels_the_unfinished_run_that_it_replaces(page: Page, server: Server):
    long = LONG.replace(start_seed=1)
    open_playground(page, url_of(server, long), finished=False)
    with store_of(server) as store:
        assert store.events(long.scenario_id).status == "running"
        page.get_by_role("combobox", name="Scenario").click()
        page.get_by_role("option", name="A copycat").click()
        expect_ledger(page, trace_of(PRESETS["copycat"].scenario))
        expect_finished(page)
        eventually(
            lambda: store.events(long.scenario_id).status == "cancelled", "the left run's end"
        )  # after its round


def test_a_change_outlives_the_last_words_of_the_controls_that_it_replaces(page: Page, server: Server):
    long = LONG.replace(start_seed=2)
    late = LateServer(page, most_sent=3)  # the change itself, and twice the timer with what the old controls show
    open_playground(page, url_of(server, long), finished=False)
    page.get_by_role("combobox", name="Scenario").click()
    late.is_late = True  # from here on the browser hears nothing of the new controls
    page.get_by_role("option", name="A copycat").click()
    expect_ledger(page, trace_of(PRESETS["copycat"].scenario))
    expect_finished(page)
    with store_of(server) as store:
        eventually(
            lambda: store.events(long.scenario_id).status == "cancelled", "the left run's end"
        )  # after its round


def test_a_run_survives_the_death_of_its_worker(page: Page, server: Server):
    workers = server.worker_pids()
    page.goto(url_of(server, SLOW))
    expect(stop_button(page)).to_be_visible()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    with store_of(server) as store:
        assert len(store.events(SLOW.scenario_id).rounds) < SLOW.n_rounds
        expect(shown_round(page)).to_have_text("All 10 rounds")
        expect_finished(page)
        assert store.events(SLOW.scenario_id).status == "done"
    assert not set(workers) & set(server.worker_pids())
    expect_ledger(page, trace_of(SLOW))


@pytest.mark.parametrize("scenario", [Scenario(), EDITED], ids=["default", "edited"])
def test_downloads_are_what_the_command_line_writes(scenario: Scenario, page: Page, server: Server, tmp_path: Path):
    (tmp_path / "asked.json").write_text(scenario.to_json(), encoding="utf-8")
    command = [sys.executable, "-m", "cgs_core", "run", str(tmp_path / "asked.json"), "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    open_playground(page, url_of(server, scenario))
    page.get_by_role("button", name="Take it away").click()
    assert downloaded(page, "All rounds (CSV)") == (tmp_path / "trace.csv").read_bytes()
    assert downloaded(page, "Scenario (JSON)") == (tmp_path / "scenario.json").read_bytes()
    assert downloaded(page, "Measures (JSON)") == (tmp_path / "summary.json").read_bytes()


def downloaded(page: Page, button: str | re.Pattern[str]) -> bytes:
    """The content of the file that a button gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).first.click()
    return waiting.value.path().read_bytes()
