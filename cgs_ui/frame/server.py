"""What happens around the pages: start-up, the chart library's file, response headers."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cgs_core import Scenario
from cgs_core.data.own import files as own_files
from cgs_core.errors import JobError
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.background import finish, job_runner
from cgs_ui.charts.chart import LIBRARY_PATH, MENU_PATH, asset
from cgs_ui.frame import export_route
from cgs_ui.session.visitor import VisitorCookie

_START_UP_SECONDS = 60.0
_log = logging.getLogger(__name__)
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
_PRELOAD = (b"link", f"</{LIBRARY_PATH}>; rel=preload; as=script".encode())  # fetched beside Streamlit's own scripts


_CACHED = {"Cache-Control": "public, max-age=86400"}


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the workers and have the opening run ready before anybody is served; then queue the cards' runs."""
    import cgs_ui.playground.views  # noqa: F401 - what the first visitor would wait for

    own_files.delete_forgotten()
    runner = job_runner()
    try:
        await asyncio.to_thread(finish, OPENING.scenario, _START_UP_SECONDS)
        for scenario in (*(preset.scenario for preset in PRESETS.values()), Scenario()):
            runner.pin(runner.submit(scenario, f"start-up-{scenario.scenario_id}"), True)
    except JobError as error:  # nobody can compute now: what is stored can be seen all the same
        _log.warning("no runs at start-up: %s", error)
    gc.collect()
    gc.freeze()  # Streamlit collects after every rerun; what is loaded by now need not be looked at again
    yield {}
    runner.close()


@cache
def _library() -> bytes:
    return files("plotly").joinpath("package_data/plotly.min.js").read_bytes()


@cache
def _zipped_library() -> bytes:
    """Once: Streamlit would do it for every visitor, on the event loop."""
    return gzip.compress(_library(), 6)


async def _serve_library(request: Request) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = _CACHED | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(_zipped_library(), media_type="text/javascript", headers=headers)
    return Response(_library(), media_type="text/javascript", headers=_CACHED)


async def _serve_menu(request: Request) -> Response:
    return Response(asset("save.js"), media_type="text/javascript", headers=_CACHED)


def routes() -> list[Route]:
    """What is ours to serve: the chart library of the installed plotly package, a chart's menu, and its files."""
    return [Route(f"/{LIBRARY_PATH}", _serve_library), Route(f"/{MENU_PATH}", _serve_menu), *export_route.routes()]


class _Headers:
    """Adds the response headers; plain ASGI, so that websockets and streamed files pass untouched."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                is_page = any(name.lower() == b"content-type" and b"text/html" in value for name, value in headers)
                message["headers"] = headers + _HEADERS + [_PRELOAD] * is_page
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def middleware() -> list[Middleware]:
    """What every response passes through."""
    return [Middleware(_Headers), Middleware(VisitorCookie)]
