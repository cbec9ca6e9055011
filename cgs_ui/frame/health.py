"""What an operator asks: ``GET /cgs/health`` (is the server ready) and ``GET /cgs/metrics`` (how much of what).

Both are states and numbers only: no path, no name, no address, nothing of a visitor. Metrics are in Prometheus' text
format. They are for this machine alone, asked directly; with ``CGS_METRICS_TOKEN`` for whoever sends that token, from
anywhere. Neither goes through the store's rounds, and however often they are asked the store is read once a second.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cgs_core.errors import JobError
from cgs_core.runs.counts import Counts
from cgs_core.runs.jobs import NO_WORKERS
from cgs_ui.background import job_runner
from cgs_ui.frame.logs import ERRORS
from cgs_ui.frame.traffic import TRAFFIC

HEALTH_PATH, METRICS_PATH = "/cgs/health", "/cgs/metrics"
TOKEN_VARIABLE = "CGS_METRICS_TOKEN"
_KEPT_SECONDS = 1.0
_READ_SECONDS = 4.0  # a container's check waits for five
_NO_STORE = {"Cache-Control": "no-store"}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # what a proxy adds
_PROMETHEUS = "text/plain; version=0.0.4"
_began = time.monotonic()


class State(NamedTuple):
    """How the server stands: words for ``health``, and the store's counts where it can be read."""

    store: str
    workers: str
    n_alive: int
    counts: Counts | None

    @property
    def is_ready(self) -> bool:
        return self.store == "usable" and self.workers in ("alive", "reachable", NO_WORKERS)


def _state() -> State:
    """As it is now; takes as long as the store's file takes."""
    try:
        runner = job_runner()
        found: Counts | None = runner.store.counts()
    except JobError:
        return State("not usable", "unknown", 0, None)
    can_write = os.access(runner.store.path, os.W_OK)
    return State("usable" if can_write else "cannot be written", runner.state, len(runner.worker_pids), found)


class _Kept:
    """The state of at most a second ago, for all who ask."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._read = -_KEPT_SECONDS
        self._reading: asyncio.Task[State] | None = None

    async def get(self) -> State:
        """The state; where the store does not answer in time, that. One reading at a time, whoever asks."""
        if self._state is not None and time.monotonic() - self._read < _KEPT_SECONDS:
            return self._state
        if self._reading is None or self._reading.done() or self._reading.get_loop() is not asyncio.get_running_loop():
            self._reading = asyncio.create_task(asyncio.to_thread(_state))
        try:
            self._state = await asyncio.wait_for(asyncio.shield(self._reading), _READ_SECONDS)
        except TimeoutError:
            return State("does not answer", "unknown", 0, None)
        self._read = time.monotonic()
        return self._state


_kept = _Kept()


async def serve_health(request: Request) -> Response:
    """200 when runs can be asked for and will be computed, else 503; and what is so, as JSON."""
    state = await _kept.get()
    said = {"status": "ready" if state.is_ready else "not ready", "store": state.store, "workers": state.workers}
    return JSONResponse(said, 200 if state.is_ready else 503, headers=_NO_STORE)


async def serve_metrics(request: Request) -> Response:
    """The numbers, to whom they are for; to others there is nothing here."""
    if not may_read(request):
        return PlainTextResponse("Not Found", 404, headers=_NO_STORE)
    return Response(metrics(await _kept.get()), media_type=_PROMETHEUS, headers=_NO_STORE)


def may_read(request: Request) -> bool:
    """With a token whoever sends it; without, this machine, where no proxy speaks for others."""
    if token := os.environ.get(TOKEN_VARIABLE, ""):
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    return not is_forwarded and _is_here(request.url.hostname) and _is_here(request.client and request.client.host)


def _is_here(host: str | None) -> bool:
    """Whether a name or an address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def metrics(state: State) -> str:
    """All numbers in Prometheus' text format."""
    return "".join(_lines(state))


def _lines(state: State) -> Iterator[str]:
    yield from _metric("ready", "gauge", "1: the health check says ready.", int(state.is_ready))
    yield from _metric("uptime_seconds", "gauge", "Since the server was started.", round(time.monotonic() - _began, 1))
    yield from _metric("sessions", "gauge", "Open pages: websockets.", TRAFFIC.n_open)
    yield from _metric("requests_total", "counter", "Requests answered, pages' files too.", TRAFFIC.n_requests)
    yield from _metric("exports_total", "counter", "Files asked for, by what came.", TRAFFIC.exports, "result")
    yield from _metric("errors_total", "counter", "Events logged as errors.", ERRORS.n_seen)
    yield from _metric("workers_alive", "gauge", "Worker processes of this server.", state.n_alive)
    if state.counts is not None:
        yield from _metric("workers_busy", "gauge", "Workers that compute a run.", state.counts.n_busy)
        yield from _metric("queue_length", "gauge", "Places in the queue that wait.", state.counts.n_waiting)
        yield from _metric("runs", "gauge", "Stored runs.", dict(state.counts.n_runs), "status")
        yield from _metric("rounds_written_total", "counter", "Rounds stored.", state.counts.n_rounds_written)
    for name, what, read in _OF_PROCESS:
        if (value := _read(read)) is not None:
            yield from _metric(name, "gauge", what, value, prefix="process_")


def _metric(
    name: str, kind: str, what: str, value: float | dict[Any, int], label: str = "", prefix: str = "cgs_"
) -> Iterator[str]:
    """Its three kinds of lines."""
    yield f"# HELP {prefix}{name} {what}\n# TYPE {prefix}{name} {kind}\n"
    values = value if isinstance(value, dict) else {None: value}
    for of, number in values.items():
        yield f"{prefix}{name}" + (f'{{{label}="{of}"}}' if label else "") + f" {number}\n"


def _read(read: Callable[[], float]) -> float | None:
    try:
        return read()
    except OSError:  # no /proc: not Linux
        return None


def _resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


_OF_PROCESS: tuple[tuple[str, str, Callable[[], float]], ...] = (
    ("resident_memory_bytes", "Memory of the server, without its workers.", _resident_bytes),
    ("open_fds", "Open files and connections of the server.", lambda: len(os.listdir("/proc/self/fd"))),  # noqa: PTH208
)


def routes() -> list[Route]:
    """What is asked from outside the pages."""
    return [Route(HEALTH_PATH, serve_health, methods=["GET"]), Route(METRICS_PATH, serve_metrics, methods=["GET"])]
