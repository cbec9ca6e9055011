"""Several visitors at once, by websocket, on a real server: each change is trained, drawn and done, and what the
server says of it has nothing of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.class_load import HEAD, Load, load, row
from cgs_core import Scenario
from cgs_core.runs.store import RunStore
from cgs_ui.session.visitor import COOKIE
from tests.ui.asgi import in_a_loop
from tools.running_app import running_app
from tools.websocket_visitor import get

N_VISITORS = 5
TOKEN = "q9Xk_0aBcDeFgHiJkLmNoPqRsTuVwXyZ"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) [\w.]+ .+")
BANNER = ("  You can now view your Streamlit app", "  URL:", "  Stopping...")


@dataclass(frozen=True)
class Seen:
    """What was seen of a server that has ended."""

    load: Load
    metrics: dict[str, float]
    health: dict[str, str]
    folder: Path


async def visit(url: str, pid: int) -> tuple[Load, bytes, bytes]:
    found = await load(url, pid, N_VISITORS, within=0.0)
    link = f"/playground?s={Scenario().to_link()}&lesson={TOKEN}"
    await get(url, link, {"Accept": "text/html", "Cookie": f"{COOKIE}={TOKEN}"})
    return found, (await get(url, "/cgs/metrics"))[2], (await get(url, "/cgs/health"))[2]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("class")
    with running_app(folder, {"CGS_WORKERS": "1", "CGS_LOG": "debug"}) as (url, pid):
        found, metrics, health = in_a_loop(visit(url, pid))
    lines = [line.rpartition(" ") for line in metrics.decode().splitlines() if not line.startswith("#")]
    return Seen(found, {name: float(value) for name, _, value in lines}, json.loads(health), folder)


def test_every_visitor_of_a_small_class_sees_the_run_that_it_asked_for(seen: Seen) -> None:
    assert seen.load.outcomes() == {"done": N_VISITORS}
    assert all(change.first_picture is not None and change.done is not None for change in seen.load.changes)
    assert len(seen.load.first_pages) == N_VISITORS and seen.load.health
    assert len(row(N_VISITORS, 1, seen.load)) == len(HEAD)
    store = RunStore(seen.folder / "runs.sqlite")
    assert all(store.load(Scenario(data_seed=1000 + index).scenario_id).is_complete for index in range(N_VISITORS))
    store.close()


def test_the_server_says_how_it_stands(seen: Seen) -> None:
    assert seen.health == {"status": "ready", "store": "usable", "workers": "alive"}
    assert seen.metrics['cgs_runs{status="done"}'] == N_VISITORS + 1  # and the opening
    assert seen.metrics["cgs_rounds_written_total"] == 50 * (N_VISITORS + 1)
    assert seen.metrics["cgs_queue_length"] == seen.metrics["cgs_errors_total"] == 0
    assert seen.metrics["cgs_workers_alive"] == 2 and seen.metrics["cgs_uptime_seconds"] > 0


def test_its_log_is_lines_without_persons(seen: Seen) -> None:
    text = (seen.folder / "server.log").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if LINE.fullmatch(line)]
    others = [line for line in text.splitlines() if line.strip() and line not in lines]
    assert [line for line in others if not line.startswith(BANNER)] == []
    assert sum("page opened" in line for line in lines) == sum("page closed" in line for line in lines) == N_VISITORS
    assert any(re.search(r"cgs\.requests #\d+ GET /playground 200 in \d+ ms", line) for line in lines)
    assert TOKEN not in text and "127.0.0.1" not in text and Scenario().to_link() not in text
