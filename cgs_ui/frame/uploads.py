"""How much may be uploaded: what Streamlit keeps of it lies in the server's memory until its page is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cgs_ui.session.visitor import COOKIE

PATH = "/_stcore/upload_file/"
MOST_OF_ONE = 20_000_000
"""Bytes that one visitor's pages may have in memory, what is on its way too: four of the largest files."""
MOST_OF_ALL = 200_000_000


def kept_by_session() -> dict[str, int]:
    """Bytes of the uploaded files that Streamlit keeps, by the session that they are of."""
    manager = Runtime.instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return {
        session: sum(len(file.data) for file in files.copy().values())
        for session, files in manager.file_storage.copy().items()
    }


class Uploads:
    """Refuses what would be too much, before it is read; plain ASGI.

    Parameters
    ----------
    kept: bytes in memory by session.
    """

    def __init__(self, app: Any, kept: Callable[[], Mapping[str, int]] = kept_by_session) -> None:
        self._app = app
        self._kept = kept
        self._sessions: dict[str, set[str]] = {}  # of a visitor: those that have uploaded
        self._on_the_way: Counter[str] = Counter()  # bytes of a visitor

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            await PlainTextResponse("An upload must say its length.", 411)(scope, receive, send)
            return
        visitor = request.cookies.get(COOKIE) or (request.client.host if request.client else "")
        session = scope["path"].removeprefix(PATH).partition("/")[0]
        if refusal := self._refusal(visitor, session, int(length)):
            await PlainTextResponse(refusal, 413)(scope, receive, send)
            return
        self._on_the_way[visitor] += int(length)
        try:
            await self._app(scope, receive, send)
        finally:
            self._on_the_way[visitor] -= int(length)
            self._on_the_way += Counter()  # without those of whom nothing is on its way

    def _refusal(self, visitor: str, session: str, length: int) -> str | None:
        """Why so many bytes more are too many; None where they are not."""
        kept = self._kept()
        alive = {
            own: sessions if self._on_the_way[own] else sessions & kept.keys()
            for own, sessions in self._sessions.items()
        }
        self._sessions = {own: sessions for own, sessions in alive.items() if sessions}
        self._sessions.setdefault(visitor, set()).add(session)
        own = sum(kept.get(one, 0) for one in self._sessions[visitor]) + self._on_the_way[visitor]
        if own + length > MOST_OF_ONE:
            return f"Your uploads would hold more than {MOST_OF_ONE:,} bytes: close a page that has some, or reload it."
        if sum(kept.values()) + self._on_the_way.total() + length > MOST_OF_ALL:
            return f"All uploads would hold more than {MOST_OF_ALL:,} bytes: try again in a few minutes."
        return None
