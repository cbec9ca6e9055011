"""Files of a chart that only the server can make: ``POST /cgs/export`` with the digest of a figure that it has sent.

The figure is the server's own; a browser says which, in which frame, and what its legend hides. Files are made away
from the event loop, one PDF at a time; who finds too many before him is told so at once.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from statistics import median
from typing import Any, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cgs_core.errors import ExportError, NoPictureError
from cgs_core.export import FIGURE_FORMATS, at_frame, captioned, drawn_csv, figure_page, file_name, pictures
from cgs_core.figures.style import Figure
from cgs_ui.charts.chart import EXPORT_PATH
from cgs_ui.charts.sent import SENT, SentFigure
from cgs_ui.frame.bodies import read_body

MAX_BODY_BYTES = 16_000
MAX_CAPTION = 4_000  # letters
PICTURE_SECONDS = 60.0
_READ_SECONDS = 30.0
_GZIP = b"\x1f\x8b"  # what its content begins with
_FORMATS = ("pdf", "csv", "html")  # SVG and PNG are the browser's own
_NO_LETTER = re.compile("[\ud800-\udfff]")  # halves of letters, which JSON may hold and no file can
_RELOAD = "reload the page, then save again"

_USUAL_PDF_SECONDS = 5.0  # until one was made here: a Chromium is started for each
_LATEST = 9

Result = TypeVar("Result")
pdf_seconds: deque[float] = deque(maxlen=_LATEST)
"""How long the latest PDFs have taken."""


class BusyError(Exception):
    """Too many are waiting already."""


class Workshop:
    """Does jobs in threads of its own, and takes no more of them than can be waited for."""

    def __init__(self, n_threads: int, most: int) -> None:
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="cgs-export")
        self._most = self._n_left = most

    @property
    def n_taken(self) -> int:
        """Jobs that are at work or waiting."""
        return self._most - self._n_left

    async def do(self, job: Callable[[], Result]) -> Result:
        """The job's result. A visitor who leaves meanwhile frees no place before the job has ended.

        Raises
        ------
        BusyError: as many as may are at work or waiting.
        """
        if self._n_left == 0:
            raise BusyError
        self._n_left -= 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, job)
        work.add_done_callback(self._one_ended)
        return await asyncio.shield(work)

    def _one_ended(self, work: asyncio.Future[Any]) -> None:
        self._n_left += 1
        if not work.cancelled():
            work.exception()  # looked at, should its visitor have left


@cache
def _workshops() -> tuple[Workshop, Workshop]:
    """For texts, which are quick, and for pictures: a Chromium takes seconds and much memory, so there is one."""
    return Workshop(n_threads=2, most=40), Workshop(n_threads=1, most=4)


# -- the request -----------------------------------------------------------------------------------------------


async def serve_export(request: Request) -> Response:
    """A file of a figure, or one line that says why there is none."""
    if not is_from_this_site(request):
        return _refused(403, "Only this app's own pages may ask for files.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _refused(415, "What is asked for must come as JSON.")
    try:
        if (body := await read_body(request, MAX_BODY_BYTES, _READ_SECONDS)) is None:
            return _refused(413, f"more than {MAX_BODY_BYTES:,} bytes were sent; {_RELOAD}")
        order = read_order(body)
        if (sent := SENT.find(order.digest)) is None:
            return _refused(410, f"the server does not know this chart any more; {_RELOAD}")
        texts, drawings = _workshops()
        workshop = drawings if order.format == "pdf" else texts
        name, content = await workshop.do(partial(_made, order, sent, "gzip" in _accepted(request)))
    except ExportError as error:
        return _refused(400, " ".join(str(error).split()))
    except NoPictureError as error:
        return _refused(503, " ".join(str(error).split()))
    except TimeoutError:
        return _refused(408, "What is asked for did not arrive in time.")
    except BusyError:
        return _refused(503, "others are waiting for their files; try again in a moment", {"Retry-After": "5"})
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox",
        "Vary": "Accept-Encoding",
    }
    if content[:2] == _GZIP:
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=FIGURE_FORMATS[order.format], headers=headers)


def is_from_this_site(request: Request) -> bool:
    """Whether a page of this app asks, by what a browser says of it and no page can change.

    ``Sec-Fetch-Site`` is sent over https and on the server's own machine; ``Origin`` always.
    """
    if (said := request.headers.get("sec-fetch-site")) is not None:
        return said == "same-origin"
    origin = urlsplit(request.headers.get("origin", "")).netloc
    return bool(origin) and origin == request.headers.get("host")


def _accepted(request: Request) -> str:
    return request.headers.get("accept-encoding", "")


def _refused(status: int, why: str, more: dict[str, str] | None = None) -> Response:
    return Response(why, status, media_type="text/plain", headers={"Cache-Control": "no-store"} | (more or {}))


# -- what is asked for -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """A file to be made: of a figure that was sent, as it stands in the browser."""

    format: str
    digest: str
    shown: str | None  # the name of the frame that the figure stands in, if it has frames
    hidden: tuple[int, ...]  # the places of the traces that its legend hides
    caption: str | None


def read_order(body: bytes) -> Order:
    """What a browser asked for.

    Raises
    ------
    ExportError: names the part, what is allowed and what came.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ExportError("body", "must be JSON in UTF-8", type(error).__name__) from None
    if not isinstance(asked, dict):
        raise ExportError("body", "must be an object", type(asked).__name__)
    if (file_format := asked.get("format")) not in _FORMATS:
        raise ExportError("format", f"must be one of {', '.join(_FORMATS)}", file_format)
    digest = asked.get("digest")
    if not (isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest)):
        raise ExportError("digest", "must be 64 hexadecimal digits", digest)
    hidden = asked.get("hidden", [])
    if not (isinstance(hidden, list) and all(type(place) is int for place in hidden)):
        raise ExportError("hidden", "must be a list of whole numbers", hidden)
    return Order(file_format, digest, _text(asked, "shown", 40), tuple(hidden), _text(asked, "caption", MAX_CAPTION))


def _text(asked: dict[str, Any], name: str, most: int) -> str | None:
    text = asked.get(name)
    if text is not None and not (isinstance(text, str) and len(text) <= most and not _NO_LETTER.search(text)):
        raise ExportError(name, f"must be a text of at most {most} letters", text)
    return text


# -- the file --------------------------------------------------------------------------------------------------


def _made(order: Order, sent: SentFigure, may_zip: bool) -> tuple[str, bytes]:
    """The file's name and content; a PDF takes seconds.

    A page is made small here: Streamlit would do it on the event loop, a tenth of a second each.

    Raises
    ------
    ExportError: the figure has no such frame or trace.
    NoPictureError: there is no Chromium, or it did not draw.
    """
    figure, labels = sent.read()
    stands = _as_it_stands(figure, order)
    name = file_name(figure, order.format)
    if order.format == "csv":
        return name, drawn_csv(stands).encode()
    if order.format == "pdf":
        start = time.monotonic()
        (picture,) = pictures(
            [stands if order.caption is None else captioned(stands, order.caption)], "pdf", PICTURE_SECONDS
        )
        pdf_seconds.append(time.monotonic() - start)
        return name, picture
    frames = figure.get("frames", [])
    names = labels if labels and len(labels) == len(frames) else None  # a live chart's have more than it has frames
    page = figure_page(stands | {"frames": frames}, names, order.shown, order.caption).encode()
    return name, gzip.compress(page, 6) if may_zip else page


def _as_it_stands(figure: Figure, order: Order) -> Figure:
    """The figure in the frame that is shown, without what the legend hides; frames left out."""
    stands = {"data": figure["data"], "layout": figure["layout"]}
    if order.shown is not None:
        stands = at_frame(figure, order.shown)
    data = list(stands["data"])
    for place in order.hidden:
        if not 0 <= place < len(data):
            raise ExportError("hidden", f"must be from 0 to {len(data) - 1}", place)
        data[place] = data[place] | {"visible": "legendonly"}
    return stands | {"data": data}


async def serve_costs(request: Request) -> Response:
    """What a file will cost, before it is asked for: seconds until a PDF is made, with those before it in the queue."""
    one = median(pdf_seconds) if pdf_seconds else _USUAL_PDF_SECONDS
    seconds = {"pdf": round(one * (1 + _workshops()[1].n_taken), 1)}
    return Response(json.dumps(seconds), media_type="application/json", headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Files, and what they cost."""
    return [
        Route(f"/{EXPORT_PATH}", serve_export, methods=["POST"]),
        Route(f"/{EXPORT_PATH}/costs", serve_costs, methods=["GET"]),
    ]
