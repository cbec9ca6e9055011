"""Doors of the server that stay closed: what Streamlit offers besides the app, and websockets of other sites' pages."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from streamlit import config

from cgs_ui.session.visitor import header

CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
"""Paths, and what is below them: figures of sessions, an interface for programs, a run of the script."""


class Doors:
    """Plain ASGI. A websocket is for pages of this host, and of those that ``server.corsAllowedOrigins`` names.

    Streamlit would look further: it lets pages of this machine in, and asks another host which address
    this one has.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and _is_closed(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif scope["type"] == "websocket" and (origin := header(scope, b"origin")):
            if not is_allowed(origin, header(scope, b"host")):
                await receive()  # its wish to connect
                await send({"type": "websocket.close", "code": 1008})
                return
            own = f"http://{header(scope, b'host')}".encode("latin-1")  # what was let in is not looked at once more
            headers = [(name, own if name.lower() == b"origin" else value) for name, value in scope["headers"]]
            await self._app(dict(scope) | {"headers": headers}, receive, send)
        else:
            await self._app(scope, receive, send)


def is_allowed(origin: str, host: str) -> bool:
    """Whether a page of this origin may talk with the server that was asked for by this name."""
    return urlsplit(origin).netloc == host or origin in config.get_option("server.corsAllowedOrigins")


def _is_closed(path: str) -> bool:
    path = "/" + path.strip("/")
    return any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED)
