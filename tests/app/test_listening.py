"""By default the server is this machine's alone, and asks no other one for anything, not even for its own address."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tools.running_app import running_app

# Python runs it when it starts: whatever the process looks up or connects to is noted.
_NOTES = """
import os, socket

def _noted(name):
    true = getattr(socket.socket, name)

    def noted(self, address, *more):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _note(address[0])
        return true(self, address, *more)

    setattr(socket.socket, name, noted)

def _note(host):
    with open(os.environ["NOTES"], "a") as file:
        print(host, file=file)

def _look_up(host, *more, true=socket.getaddrinfo, **named):
    _note(host)
    return true(host, *more, **named)

_noted("connect"), _noted("connect_ex")
socket.getaddrinfo = _look_up
"""
LOCAL = {"127.0.0.1", "::1", "localhost", "None", ""}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, Path]]:
    """The address, the process, and the file of what it asked for."""
    folder = tmp_path_factory.mktemp("listening")
    (folder / "sitecustomize.py").write_text(_NOTES)
    notes = folder / "notes"
    variables = {"CGS_WORKERS": "1", "PYTHONPATH": str(folder), "NOTES": str(notes)}
    with running_app(folder, variables) as (url, pid):
        yield url, pid, notes


def test_it_listens_on_this_machine_alone(started: tuple[str, int, Path]) -> None:
    _, pid, _ = started
    places = {one.laddr.ip for one in psutil.Process(pid).net_connections() if one.status == psutil.CONN_LISTEN}
    assert places and places <= {"127.0.0.1", "::1"}


def test_no_connection_leaves_the_machine(started: tuple[str, int, Path]) -> None:
    url, _, notes = started
    request = urllib.request.Request(f"{url}/_stcore/health", headers={"Origin": "http://elsewhere.example"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.read() == b"ok"
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with pytest.raises(InvalidStatus, match="403"):  # for Streamlit a reason to ask which address this server has
        connect(stream, origin="http://elsewhere.example")
    with connect(stream, origin=url):
        pass
    asked = set(notes.read_text().split("\n")) if notes.exists() else set()
    assert asked <= LOCAL
    assert "checkip" not in (notes.parent / "server.log").read_text()


@pytest.mark.parametrize("path", ["_stcore/metrics", "_stcore/agent/openapi.json"])
def test_streamlits_own_doors_are_closed_in_the_running_server(started: tuple[str, int, Path], path: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(f"{started[0]}/{path}", timeout=20)
