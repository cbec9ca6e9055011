"""Streamlit's own scripts by gzip: it serves them as they are, which would be most of what a first visit fetches.

Only what a browser may keep for ever (a hash is in its name) is compressed: each file once, off the event loop, when it
is first asked for.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 32_000_000
"""Of all compressed files that are kept; Streamlit's are a third of it."""

_TYPES = ("text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml")
_LEAST_BYTES = 1000
_LEVEL = 6
Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class _Kept:
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: bytes


class Compressed:
    """Plain ASGI around the app. What it does not compress passes untouched, in the pieces in which it comes."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._kept: dict[str, _Kept] = {}
        self._n_bytes = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        asked = dict(scope.get("headers", ()))
        if scope["type"] != "http" or scope["method"] != "GET" or b"gzip" not in asked.get(b"accept-encoding", b""):
            await self._app(scope, receive, send)
        elif (kept := self._kept.get(scope["path"])) is not None and b"range" not in asked:
            await _answer(kept, asked, send)
        else:
            await self._app(scope, receive, _Held(self, scope["path"], send))

    def keep(self, path: str, kept: _Kept) -> None:
        """Answer this path so from now on, as long as there is room."""
        if self._n_bytes + len(kept.body) <= MOST_BYTES:
            self._n_bytes += len(kept.body)
            self._kept[path] = kept


class _Held:
    """What the app sends for one request: held until it is whole, if it is to be compressed."""

    def __init__(self, owner: Compressed, path: str, send: Any) -> None:
        self._owner, self._path, self._send = owner, path, send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_to_compress(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                kept = await asyncio.to_thread(_compressed, self._start["headers"], bytes(self._body))
                self._owner.keep(self._path, kept)
                await _answer(kept, {}, self._send)


def _is_to_compress(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    return (
        start["status"] == 200
        and b"immutable" in headers.get(b"cache-control", b"")
        and b"content-encoding" not in headers
        and headers.get(b"content-type", b"").decode("latin-1").split(";")[0] in _TYPES
        and int(headers.get(b"content-length", b"0")) >= _LEAST_BYTES
    )


def _compressed(headers: list[tuple[bytes, bytes]], body: bytes) -> _Kept:
    zipped = gzip.compress(body, _LEVEL, mtime=0)
    plain = dict(headers).get(b"etag", b"").removeprefix(b"W/").strip(b'"')
    etag = b'"' + plain + b'-gzip"'
    changed = (b"content-length", b"content-encoding", b"etag", b"vary", b"accept-ranges")
    same = [(name, value) for name, value in headers if name.lower() not in changed]
    vary = [(b"vary", b"Accept-Encoding"), (b"etag", etag), (b"content-encoding", b"gzip")]
    return _Kept([*same, *vary], zipped, etag)


async def _answer(kept: _Kept, asked: Mapping[bytes, bytes], send: Any) -> None:
    """The file; of what the browser has already, only that it is still so."""
    is_known = kept.etag in [one.strip() for one in asked.get(b"if-none-match", b"").split(b",")]
    body = b"" if is_known else kept.body
    length = [] if is_known else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 304 if is_known else 200, "headers": kept.headers + length})
    await send({"type": "http.response.body", "body": body})
