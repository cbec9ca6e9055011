"""What happens around the pages: start-up, the files for the browser, response headers."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cgs_core.data.own import files as own_files
from cgs_core.errors import JobError
from cgs_core.runs import RunStore, default_dask_scheduler, default_n_workers, default_store_path
from cgs_core.runs.ahead import Ahead
from cgs_core.runs.settings import is_ahead_wanted
from cgs_core.studies.presets import OPENING
from cgs_ui import served
from cgs_ui.background import finish, job_runner
from cgs_ui.frame import export_route, health, logs, room_bell
from cgs_ui.frame.class_password import ClassPassword
from cgs_ui.frame.compressed import Compressed
from cgs_ui.frame.doors import Doors
from cgs_ui.frame.headers import Headers, frame_ancestors
from cgs_ui.frame.housekeeping import keep_house
from cgs_ui.frame.message_queue import keep_queues_whole
from cgs_ui.frame.openings import openings
from cgs_ui.frame.traffic import Numbered
from cgs_ui.frame.uploads import Uploads
from cgs_ui.session.visitor import VisitorCookie

_START_UP_SECONDS = 60.0
_log = logging.getLogger(__name__)
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def check_settings() -> None:
    """End the program with one sentence where its store of runs or its environment cannot be used."""
    try:
        default_n_workers(), default_dask_scheduler(), is_ahead_wanted()
        if recovered := (store := RunStore(default_store_path(), is_server=True)).recovered:
            _log.warning("%s", recovered)
        store.close()
    except JobError as error:
        raise SystemExit(f"error: {error.for_operator}") from None


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the workers and have the opening run ready before anybody is served; then let idle workers go ahead."""
    import cgs_ui.playground.views  # noqa: F401 - what the first visitor would wait for

    logs.set_up()
    keep_queues_whole()
    own_files.delete_forgotten()
    runner = job_runner()
    ahead = Ahead(runner, openings)
    try:
        await asyncio.to_thread(finish, OPENING.scenario, _START_UP_SECONDS)
        if is_ahead_wanted():
            ahead.start()
    except JobError as error:  # nobody can compute now: what is stored can be seen all the same
        _log.warning("no runs at start-up: %s", error.for_operator)
    gc.collect()
    gc.freeze()  # what is loaded by now need not be looked at again by any later collection
    tidying = asyncio.create_task(keep_house(runner.store))
    yield {}
    tidying.cancel()
    await asyncio.to_thread(ahead.close)
    runner.close()


async def _serve(request: Request) -> Response:
    """One of ``served.FILES``: for ever under the address that has its hash."""
    name = request.url.path.rsplit("/", 1)[-1]
    headers = {"Vary": "Accept-Encoding", "ETag": f'"{served.version(name)}"'}
    headers |= _FOR_EVER if request.url.query == served.version(name) else {"Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            served.zipped(name), media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"}
        )
    return Response(served.content(name), media_type="text/javascript", headers=headers)


def routes() -> list[Route]:
    """What is ours to serve: the chart library, our scripts, and the charts' files."""
    return [
        *(Route(f"/{served.FOLDER}/{name}", _serve) for name in served.FILES),
        *export_route.routes(),
        *health.routes(),
        *room_bell.routes(),
    ]


def middleware() -> list[Middleware]:
    """What every response passes through; ``ValueError`` where a host has set what no policy can say."""
    frame_ancestors()
    return [
        Middleware(Numbered),
        Middleware(Headers),
        Middleware(Doors),
        Middleware(ClassPassword),
        Middleware(VisitorCookie),
        Middleware(Uploads),
        Middleware(Compressed),
    ]
