"""The app as people run it, for a while: one server process on a store of its own and a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 60
_END_SECONDS = 20


@contextmanager
def running_app(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Start the app with its store and its log in ``folder``; gives its address and process id, ends it at the end.

    ``environment`` is added to this process's own; unless it says so nothing is computed ahead. ``RuntimeError``,
    with the log, when it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log_file: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app does not answer:\n{log_file.read_text(encoding='utf-8')}")
