"""Files of a chart that only the server can make: ``POST /cgs/export`` with the chart as it stands in the browser.

What came is a stranger's: it is read up to a size, checked, and drawn away from the event loop, one PDF at a time; who
finds too many before him is told so at once. Nothing is kept.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cgs_core.errors import ExportError, NoPictureError
from cgs_core.export import FIGURE_FORMATS, captioned, checked_figure, drawn_csv, figure_page, file_name, pictures
from cgs_core.figures.style import Figure
from cgs_ui.charts.chart import EXPORT_PATH

MAX_BODY_BYTES = 8_000_000
MAX_CAPTION = 4_000  # letters
MAX_LABELS, MAX_LABEL = 1_000, 200
PICTURE_SECONDS = 60.0
_READ_SECONDS = 30.0
_MOST_READ = 10  # bodies at a time
_GZIP = b"\x1f\x8b"  # what its content begins with
_FORMATS = ("pdf", "csv", "html")  # SVG and PNG are the browser's own

Result = TypeVar("Result")


class BusyError(Exception):
    """Too many are waiting already."""


class Workshop:
    """Does jobs in threads of its own, and takes no more of them than can be waited for."""

    def __init__(self, n_threads: int, most: int) -> None:
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="cgs-export")
        self._n_left = most

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
        return _refused(415, "The figure must come as JSON.")
    try:
        if (body := await _body(request)) is None:
            return _refused(413, f"This chart is larger than {MAX_BODY_BYTES // 1_000_000} MB.")
        texts, drawings = _workshops()
        order, content = await texts.do(partial(_read_and_written, body, "gzip" in _accepted(request)))
        if content is None:
            content = await drawings.do(order.file)
    except ExportError as error:
        return _refused(400, " ".join(str(error).split()))
    except NoPictureError as error:
        return _refused(503, " ".join(str(error).split()))
    except TimeoutError:
        return _refused(408, "The figure did not arrive in time.")
    except BusyError:
        return _refused(503, "others are waiting for their files; try again in a moment", {"Retry-After": "5"})
    headers = {
        "Content-Disposition": f'attachment; filename="{order.name}"',
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


async def _body(request: Request) -> bytes | None:
    """The body; None if it is too large, of which no more is read then."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MAX_BODY_BYTES:
        return None
    parts, n_bytes = [], 0
    async with asyncio.timeout(_READ_SECONDS), _reading():
        async for part in request.stream():
            n_bytes += len(part)
            if n_bytes > MAX_BODY_BYTES:
                return None
            parts.append(part)
    return b"".join(parts)


@cache
def _reading() -> asyncio.Semaphore:
    return asyncio.Semaphore(_MOST_READ)


def _accepted(request: Request) -> str:
    return request.headers.get("accept-encoding", "")


def _refused(status: int, why: str, more: dict[str, str] | None = None) -> Response:
    return Response(why, status, media_type="text/plain", headers={"Cache-Control": "no-store"} | (more or {}))


# -- what is asked for -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """A file to be made: of a checked figure, in one of the formats."""

    format: str
    name: str
    figure: Figure
    caption: str | None
    labels: tuple[str, ...] | None  # what the figure's frames are called where they are not rounds
    shown: str | None  # the name of the frame that the figure stands in

    def file(self) -> bytes:
        """The file; a PDF takes seconds.

        Raises
        ------
        ExportError: the figure is none of ours, in a way that was not seen before.
        NoPictureError: there is no Chromium, or it did not draw.
        """
        try:
            return self._file()
        except ExportError:
            raise
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ExportError("figure", "must be as this app draws it", type(error).__name__) from error

    def _file(self) -> bytes:
        if self.format == "pdf":
            figure = self.figure if self.caption is None else captioned(self.figure, self.caption)
            (picture,) = pictures([figure], "pdf", PICTURE_SECONDS)
            return picture
        if self.format == "csv":
            return drawn_csv(self.figure).encode()
        noun = "round" if self.labels is None else ""
        return figure_page(self.figure, self.labels, noun, self.shown, self.caption).encode()


def _read_and_written(body: bytes, may_zip: bool) -> tuple[Order, bytes | None]:
    """What is asked for, and its content; None of a picture, which is drawn elsewhere.

    A page is made small here: Streamlit would do it on the event loop, a tenth of a second each.
    """
    order = read_order(body)
    if order.format == "pdf":
        return order, None
    content = order.file()
    return order, gzip.compress(content, 6) if may_zip and order.format == "html" else content


def read_order(body: bytes) -> Order:
    """What a browser asked for.

    Raises
    ------
    ExportError: names the part, what is allowed and what came.
    """
    try:
        asked = json.loads(body, parse_constant=lambda name: _no("JSON", "must hold finite numbers", name))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError("body", "must be JSON in UTF-8", type(error).__name__) from None
    if not isinstance(asked, dict):
        _no("body", "must be an object", type(asked).__name__)
    if (file_format := asked.get("format")) not in _FORMATS:
        _no("format", f"must be one of {', '.join(_FORMATS)}", file_format)
    figure = checked_figure(asked.get("figure"))
    name = file_name(figure, file_format, _text(asked, "frame", 40))
    labels = _labels(asked, len(figure.get("frames", [])))
    return Order(file_format, name, figure, _text(asked, "caption", MAX_CAPTION), labels, _text(asked, "shown", 40))


def _text(asked: dict[str, Any], name: str, most: int) -> str | None:
    text = asked.get(name)
    if text is not None and not (isinstance(text, str) and len(text) <= most):
        _no(name, f"must be a text of at most {most} letters", text)
    return text


def _labels(asked: dict[str, Any], n_frames: int) -> tuple[str, ...] | None:
    """The frames' names; those of other frames than the figure has are not used."""
    labels = asked.get("labels")
    if labels is None or labels == []:
        return None
    is_text = isinstance(labels, list) and all(isinstance(one, str) and len(one) <= MAX_LABEL for one in labels)
    if not is_text or len(labels) > MAX_LABELS:
        _no("labels", f"must be at most {MAX_LABELS} texts of at most {MAX_LABEL} letters", labels)
    return tuple(labels) if len(labels) == n_frames else None


def _no(field: str, allowed: str, got: object) -> Any:
    raise ExportError(field, allowed, got)


def routes() -> list[Route]:
    """The one address."""
    return [Route(f"/{EXPORT_PATH}", serve_export, methods=["POST"])]
