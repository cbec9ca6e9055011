"""What docs/how-to/flower.md shows is what happens: its own apps in this process, its example in real ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flwr.app import Context, RecordDict

from cgs_core.federation import Server, read_log
from cgs_core.studies.logged import differences, replay
from tests.flower.grid import LocalGrid, client_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "how-to" / "flower.md").read_text(encoding="utf-8")


def test_the_documents_own_apps_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    client, server = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    names: dict = {}
    exec(client, names)
    clients = {node: client_of(names["app"], node, agent=node) for node in (1, 2, 3)}
    exec(server, names)
    names["app"](LocalGrid(clients), Context(1, 0, {}, RecordDict(), {}))
    saved, log = Server.load("server.npz"), read_log(Path("federation.npz").read_bytes())
    assert log.n_rounds == 8 and max(one.most for one in differences(replay(log))) < 1e-6
    assert saved.round_index == 8 and saved.importance.min() > 0.1
    assert saved.server_model["weights"][5] > 1  # on the way to 5


def test_the_example_prints_what_is_shown() -> None:
    ((script, shown),) = re.findall(r"python (examples/\S+)\n```\n+```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    *table, last = done.stdout.splitlines()
    *shown_table, shown_last = shown.splitlines()
    assert table == shown_table and last.rpartition(" ")[0] == shown_last.rpartition(" ")[0]
    assert float(last.rpartition(" ")[2]) <= 1e-6
