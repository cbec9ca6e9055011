"""The routes of whoever looks after the server: states and numbers, for whom they are."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from cgs_core import Scenario
from cgs_core.errors import JobError
from cgs_core.runs import JobRunner
from cgs_ui.frame import health
from tests.runs.helpers import eventually
from tests.ui.asgi import ask, in_a_loop

HERE = {"host": "localhost:8501", "origin": ""}
SAMPLE = re.compile(r'((?:cgs|process)_[a-z_]+)(?:\{[a-z]+="[a-z]+"\})? (-?[\d.]+)')


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    """A runner that only queues, and what the routes know of an earlier one forgotten."""
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as made:
        monkeypatch.setattr(health, "job_runner", lambda: made)
        monkeypatch.setattr(health, "_kept", health._Kept())
        monkeypatch.delenv(health.TOKEN_VARIABLE, raising=False)
        yield made


def asked(path: str, **headers: str) -> Any:
    return in_a_loop(ask(path, method="GET", **(HERE | headers)))


def samples() -> dict[str, float]:
    """The metrics, by name and label."""
    body = asked(health.METRICS_PATH).body.decode()
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in lines), body
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_health_says_states_and_no_path(runner: JobRunner) -> None:
    answer = asked(health.HEALTH_PATH, host="class.example")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.body) == {"status": "ready", "store": "usable", "workers": "none wanted"}


def test_a_store_that_cannot_be_used_is_not_ready(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise JobError(f"The store of runs, {runner.store.path}, cannot be used (disk I/O error).")

    monkeypatch.setattr(runner.store, "counts", broken)
    answer = asked(health.HEALTH_PATH)
    assert answer.status == 503
    assert json.loads(answer.body) == {"status": "not ready", "store": "not usable", "workers": "unknown"}
    assert samples()["cgs_ready"] == 0 and "cgs_queue_length" not in samples()


def test_a_store_that_does_not_answer_is_not_ready(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    monkeypatch.setattr(health, "_READ_SECONDS", 0.01)
    monkeypatch.setattr(runner.store, "counts", answers.wait)

    async def looked() -> str:
        state = await health._kept.get()
        answers.set()  # so that the loop, which waits for its threads, can end
        return state.store

    assert in_a_loop(looked()) == "does not answer"


@pytest.mark.parametrize(
    ("state", "status"), [("alive", 200), ("dead", 503), ("reachable", 200), ("not reachable", 503)]
)
def test_without_workers_nothing_is_ready(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch, state: str, status: int
) -> None:
    monkeypatch.setattr(JobRunner, "state", state)
    answer = asked(health.HEALTH_PATH)
    assert (answer.status, json.loads(answer.body)["workers"]) == (status, state)


def test_a_runner_whose_workers_end_says_so(tmp_path: Path) -> None:
    with JobRunner(tmp_path / "other.sqlite", n_workers=1, worker_command=("false",)) as made:
        eventually(lambda: made.state == "dead", "the worker's end")


def test_metrics_say_what_the_store_has(runner: JobRunner) -> None:
    scenario = Scenario(dataset="wine", n_agents=3, n_rounds=2)
    runner.submit(scenario, "somebody")
    (claim,) = runner.store.claim("a worker")
    runner.store.record(0, {claim: b"a round"})
    runner.submit(scenario.replace(n_rounds=3), "another")
    found = samples()
    assert found["cgs_ready"] == 1 and found["cgs_workers_alive"] == 0 and found["cgs_workers_busy"] == 1
    assert found["cgs_queue_length"] == 1 and found["cgs_rounds_written_total"] == 1
    assert found['cgs_runs{status="queued"}'] == 1 and found['cgs_runs{status="running"}'] == 1
    assert found['cgs_runs{status="failed"}'] == 0
    assert found["process_resident_memory_bytes"] > 1e6 and found["process_open_fds"] > 2


def test_rounds_are_not_gone_through(runner: JobRunner) -> None:
    with sqlite3.connect(runner.store.path) as connection:
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT MAX(rowid) FROM rounds").fetchall()
    connection.close()
    assert "SCAN" not in str(plan)


def test_an_operator_who_asks_often_reads_the_store_once(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    n_read = []
    counts = runner.store.counts
    monkeypatch.setattr(health, "_KEPT_SECONDS", 1000)
    monkeypatch.setattr(runner.store, "counts", lambda: (n_read.append(1), counts())[1])
    for _ in range(5):
        asked(health.HEALTH_PATH), asked(health.METRICS_PATH)
    assert len(n_read) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "class.example:8501"},
        {"x_forwarded_for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"host": "127.0.0.1.class.example"},
    ],
)
def test_metrics_are_for_this_machine(runner: JobRunner, headers: dict[str, str]) -> None:
    assert asked(health.METRICS_PATH).status == 200 and asked(health.METRICS_PATH, host="[::1]:8501").status == 200
    answer = asked(health.METRICS_PATH, **headers)
    assert (answer.status, answer.body) == (404, b"Not Found")


def test_metrics_with_a_token_are_for_whoever_has_it(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(health.TOKEN_VARIABLE, "öffne dich")
    away = {"host": "class.example", "x_forwarded_for": "203.0.113.9"}
    assert asked(health.METRICS_PATH).status == 404
    assert asked(health.METRICS_PATH, authorization="Bearer another").status == 404
    monkeypatch.setenv(health.TOKEN_VARIABLE, "open")
    assert asked(health.METRICS_PATH, authorization="Bearer open", **away).status == 200
