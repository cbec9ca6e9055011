"""Who is here: an unguessable token in a cookie, so that what a visitor keeps is there again and is nobody else's."""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

import streamlit as st

from cgs_ui import session

COOKIE = "cgs_visitor"
_TOKEN_BYTES = 24
_IS_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
_IS_SENT = re.compile(rf"(?:^|;\s*){COOKIE}={_IS_TOKEN.pattern}(?:;|$)", re.ASCII)
_YEAR_SECONDS = 365 * 86_400


def visitor() -> str:
    """The browser's token; that of this session alone where the browser keeps no cookies."""
    token = str(st.context.cookies.get(COOKIE))  # "None" is no token
    return token if _IS_TOKEN.fullmatch(token) else session.owner()


def is_kept() -> bool:
    """Whether the token outlives this session."""
    return visitor() != session.owner()


def header(scope: MutableMapping[str, Any], name: bytes) -> str:
    """A request's header of this name, in small letters; "" where there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


class VisitorCookie:
    """Gives the token with a page to whoever asks for one without it; plain ASGI."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _asks_for_page(scope) or _has_token(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message.get("headers", []) if pair[0].lower() != b"cache-control"]
                nobody_elses = (b"cache-control", b"no-store")  # a shared cache would hand the token on
                message["headers"] = [*others, nobody_elses, (b"set-cookie", _new_cookie().encode())]
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _asks_for_page(scope: MutableMapping[str, Any]) -> bool:
    return scope["method"] == "GET" and "text/html" in header(scope, b"accept")


def _has_token(scope: MutableMapping[str, Any]) -> bool:
    return _IS_SENT.search(header(scope, b"cookie")) is not None


def _new_cookie() -> str:
    """By https it is made secure where all headers are (``cgs_ui.frame.headers``)."""
    return f"{COOKIE}={secrets.token_urlsafe(_TOKEN_BYTES)}; Max-Age={_YEAR_SECONDS}; Path=/; HttpOnly; SameSite=Lax"
