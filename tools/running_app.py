"""The app as people run it, for a while: one server process on a store of its own and a free port; or one that dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 120
_END_SECONDS = 20


@contextmanager
def running_app(
    folder: Path, environment: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[tuple[str, int]]:
    """Start the app with its store and its log in ``folder``; gives its address and process id, ends it at the end.

    ``environment`` is added to this process's own; unless it says so nothing is computed ahead. ``port``: a free one
    unless it is given. ``RuntimeError``, with the log, when it does not start.
    """
    port = _free_port() if port is None else port
    url, log_file = f"http://localhost:{port}", folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "--server.headless", "true", "--server.port", str(port)]
    command += ["--server.fileWatcherType", "none", "app.py"]
    variables = os.environ | {"CGS_STORE": str(folder / "runs.sqlite"), "CGS_AHEAD": "0"} | dict(environment or {})
    with (
        log_file.open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait_until_healthy(url, process, log_file)
            yield url, process.pid
        finally:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class MortalApp:
    """The app, to be killed and started again: on the same store, at the same address. A context."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.store = folder / "runs.sqlite"
        self._port, self._folder, self._environment = _free_port(), folder, environment
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        """Until it answers."""
        self.url, self.pid = self._running.enter_context(running_app(self._folder, self._environment, self._port))

    def kill(self) -> None:
        """As by ``kill -9``; its workers end because their input does."""
        os.kill(self.pid, signal.SIGKILL)
        self._running.close()

    def kill_workers(self) -> int:
        """As by ``kill -9``; how many there were."""
        pids = worker_pids(self.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def __enter__(self) -> MortalApp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()


def worker_pids(pid: int) -> list[int]:
    """The worker processes that a server's process has now."""
    command = ["pgrep", "-P", str(pid), "-f", "cgs_core.runs.worker"]
    return [int(line) for line in subprocess.run(command, capture_output=True, text=True).stdout.split()]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log_file: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app does not answer:\n{log_file.read_text(encoding='utf-8')}")
