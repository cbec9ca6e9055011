"""What passes through the server: each request has a number and a line in the log, and is counted; no more is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from itertools import count
from typing import Any

from cgs_ui.charts.chart import EXPORT_PATH
from cgs_ui.frame.logs import request_number
from cgs_ui.frame.pages import SECTIONS

_log = logging.getLogger("cgs.requests")
_TOLD = ("_stcore", "cgs")  # of these folders the log names the file too
_QUIET = ("/_stcore/health", "/cgs/health", "/cgs/metrics", "/cgs/room")  # asked for every few seconds
_PAGES = {page.address for pages in SECTIONS.values() for page in pages}


class Traffic:
    """Counts since the server was started; changed on the event loop alone."""

    def __init__(self) -> None:
        self.n_open = 0  # pages: websockets
        self.n_requests = 0
        self.exports = {"made": 0, "refused": 0, "failed": 0}


TRAFFIC = Traffic()


def place(path: str) -> str:
    """What of a path may be told: a page, a file of the app's own; of others the folder, since they name sessions."""
    folder, _, rest = path.strip("/").partition("/")
    if folder in _PAGES or not folder:
        return f"/{folder}"
    if folder in _TOLD:
        return f"/{folder}/{rest.partition('/')[0]}"
    return "/[a file]"


class Numbered:
    """Numbers, tells and counts; plain ASGI, the outermost, so that what others add has the number too."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._numbers = count(1)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        token = request_number.set(next(self._numbers))
        try:
            answer = self._page if scope["type"] == "websocket" else self._file
            await answer(scope, receive, send)
        finally:
            request_number.reset(token)

    async def _page(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """A websocket: a page, for as long as it is open."""
        began = time.monotonic()
        TRAFFIC.n_open += 1
        _log.info("page opened")
        try:
            await self._app(scope, receive, send)
        finally:
            TRAFFIC.n_open -= 1
            _log.info("page closed after %.0f s", time.monotonic() - began)

    async def _file(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        began, status = time.monotonic(), 500  # until something was sent

        async def send_and_see(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            _count(scope["path"], status)
            milliseconds = 1000 * (time.monotonic() - began)
            told = place(scope["path"])
            _log.log(_level(told, status), "%s %s %d in %.0f ms", scope["method"], told, status, milliseconds)


def _count(path: str, status: int) -> None:
    TRAFFIC.n_requests += 1
    if path == f"/{EXPORT_PATH}":
        TRAFFIC.exports["failed" if status >= 500 else "refused" if status >= 400 else "made"] += 1


def _level(told: str, status: int) -> int:
    """Pages and exports are told; files and checks, of which there are many, at level debug."""
    if status >= 500 and told not in _QUIET:
        return logging.WARNING
    is_told = told == f"/{EXPORT_PATH}" or told.strip("/") in _PAGES
    return logging.INFO if is_told else logging.DEBUG
