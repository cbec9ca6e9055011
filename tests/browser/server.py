"""The app as people run it: one server process on a store of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process, its store's file."""

    url: str
    pid: int
    store: Path

    def worker_pids(self) -> list[int]:
        """The worker processes that it has now."""
        command = ["pgrep", "-P", str(self.pid), "-f", "cgs_core.runs.worker"]
        return [int(line) for line in subprocess.run(command, capture_output=True, text=True).stdout.split()]


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """Start the app on a free port, with its store in ``folder``; ended at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = folder / "runs.sqlite"
    environment = os.environ | {"CGS_STORE": str(store), "CGS_WORKERS": "1"}
    command = [sys.executable, "-m", "streamlit", "run", "--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "localhost", "--server.fileWatcherType", "none", "app.py"]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait_until_healthy(f"http://localhost:{port}", process, Path(log.name))
            yield Server(f"http://localhost:{port}", process.pid, store)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server does not answer:\n{log.read_text()}")
