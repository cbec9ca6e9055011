"""The app under test, and what a test asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.running_app import running_app, worker_pids


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process, its store's file."""

    url: str
    pid: int
    store: Path

    def worker_pids(self) -> list[int]:
        """The worker processes that it has now."""
        return worker_pids(self.pid)


@contextmanager
def running_server(folder: Path, **environment: str) -> Iterator[Server]:
    """The app with one worker, its store in ``folder``, and more of the environment as a host may set it."""
    with running_app(folder, {"CGS_WORKERS": "1"} | environment) as (url, pid):
        yield Server(url, pid, folder / "runs.sqlite")
