"""A password for a class: asked once on a page of its own, before anything else of the app is given to anybody.

It is off unless the host sets ``CGS_CLASS_PASSWORD``. A cookie then says that its browser knows it: signed with the
server's key and the password, so that another password asks all anew. Whether the server lives may be asked freely.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from cgs_ui.frame.bodies import read_body
from cgs_ui.frame.health import HEALTH_PATH, METRICS_PATH
from cgs_ui.session.teacher_link import KeyFileError, server_key
from cgs_ui.session.visitor import header

VARIABLE = "CGS_CLASS_PASSWORD"
COOKIE = "cgs_class"
ENTER = "/cgs/enter"
FREE = ("/_stcore/health", HEALTH_PATH, METRICS_PATH)  # of metrics the operator alone gets more than a refusal
COOKIE_SECONDS = 12 * 3600
BURST, PER_SECOND = 40, 0.5  # wrong tries of one address: a class behind one address mistypes too
ALL_BURST, ALL_PER_SECOND = 200, 5.0  # of all together
_MOST_ADDRESSES = 10_000
_MOST_BYTES = 64_000  # a whole link is handed on
_READ_SECONDS = 10.0
_NO_STORE = {"Cache-Control": "no-store"}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Password · Fair rewards</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto 0; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }}
label {{ display: block; font-weight: 600; }}
input, button {{ font: inherit; box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: 0.4rem 0.6rem; }}
button {{ margin-top: 1rem; cursor: pointer; }}
[role=alert] {{ border-left: 0.3rem solid #b3261e; padding-left: 0.6rem; }}
</style>
</head>
<body>
<main>
<h1>This app is for a class</h1>
{told}
<form method="post" action="{enter}">
<label for="password">The class's password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus{described}>
<input type="hidden" name="next" value="{next}">
<button type="submit">Open the app</button>
</form>
</main>
</body>
</html>
"""


class Tries:
    """How many wrong tries there may still be: so many at once, then so many a second."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # by address: tries left, when

    def left(self, address: str) -> float:
        """How many this address has now."""
        tries, then = self._left.get(address, (self._burst, 0.0))
        return min(self._burst, tries + (self._clock() - then) * self._per_second)

    def take(self, address: str) -> None:
        """One was wrong."""
        self._left[address] = (self.left(address) - 1, self._clock())
        self._left.move_to_end(address)
        while len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)


@dataclass(frozen=True)
class _Gate:
    """The password as it is set, and the tries at it."""

    password: bytes
    key: bytes
    of_address: Tries
    of_all: Tries

    def is_right(self, said: str) -> bool:
        return hmac.compare_digest(_digest(said), self.password)

    def cookie(self, now: float) -> str:
        until = str(int(now) + COOKIE_SECONDS)
        return f"{until}.{self._signature(until)}"

    def knows(self, cookie: str, now: float) -> bool:
        """Whether a cookie is one of ours, for this password, and not too old."""
        until, _, signature = cookie.partition(".")
        if not (until.isascii() and until.isdecimal() and len(until) < 15):
            return False
        is_ours = hmac.compare_digest(signature.encode(), self._signature(until).encode())
        return is_ours and int(until) > now

    def _signature(self, until: str) -> str:
        return hmac.new(self.key, b"class:" + self.password + until.encode(), hashlib.sha256).hexdigest()


class ClassPassword:
    """Plain ASGI around the app: pages, files, exports and websockets alike are for those who know the password."""

    def __init__(self, app: Any) -> None:
        self._app = app
        said = os.environ.get(VARIABLE, "").strip()
        tries = (Tries(BURST, PER_SECOND), Tries(ALL_BURST, ALL_PER_SECOND))
        self._gate = _Gate(_digest(said), _key(), *tries) if said else None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        gate = self._gate
        if gate is None or scope["type"] not in ("http", "websocket") or scope["path"] in FREE:
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == ENTER:
            await (await _enter(gate, Request(scope, receive)))(scope, receive, send)
        elif gate.knows(_cookie(scope), time.time()):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # its wish to connect
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _closed(scope)(scope, receive, send)


def _key() -> bytes:
    """The server's; where it cannot be read one of this process, and a server that starts again asks all anew."""
    try:
        return server_key()
    except KeyFileError:  # which the log tells
        return secrets.token_bytes(32)


def _digest(password: str) -> bytes:
    return hashlib.sha256(unicodedata.normalize("NFC", password.strip()).encode("utf-8", "replace")).digest()


def _cookie(scope: MutableMapping[str, Any]) -> str:
    pairs = (pair.strip().partition("=") for pair in header(scope, b"cookie").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _closed(scope: MutableMapping[str, Any]) -> Response:
    """The page that asks, where somebody looks for a page; one line where a page of ours looks for something else."""
    if scope["method"] != "GET" or "text/html" not in header(scope, b"accept"):
        return PlainTextResponse("the class's password is needed; reload the page", 403, _NO_STORE)
    query = scope.get("query_string", b"").decode("latin-1")
    return _page(scope["path"] + (f"?{query}" if query else ""), "", 403)


def _page(wanted: str, told: str, status: int, more: dict[str, str] | None = None) -> Response:
    words = f'<p role="alert" id="told">{escape(told)}</p>' if told else ""
    described = ' aria-invalid="true" aria-describedby="told"' if told else ""
    text = _PAGE.format(told=words, enter=ENTER, next=escape(wanted), described=described)
    return HTMLResponse(text, status, _NO_STORE | (more or {}))


async def _enter(gate: _Gate, request: Request) -> Response:
    """What was typed: a way in, or the page once more."""
    if request.method != "POST":
        return RedirectResponse("/", 303, _NO_STORE)
    if urlsplit(request.headers.get("origin", "")).netloc not in ("", request.headers.get("host")):
        return PlainTextResponse("Only this app's own page may send the password.", 403, _NO_STORE)
    if (fields := await _fields(request)) is None:
        return PlainTextResponse("What was sent is no password.", 400, _NO_STORE)
    said, wanted = (fields.get(name, [""])[0] for name in ("password", "next"))
    wanted = wanted if _is_ours(wanted) else "/"
    address = request.client.host if request.client else ""
    if min(gate.of_address.left(address), gate.of_all.left("")) < 1:
        return _page(
            wanted, "There were too many wrong tries: wait a few seconds, then try again.", 429, {"Retry-After": "5"}
        )
    if not gate.is_right(said):
        gate.of_address.take(address)
        gate.of_all.take("")
        return _page(wanted, "This is not the class's password.", 403)
    answer = RedirectResponse(wanted, 303, _NO_STORE)
    answer.set_cookie(COOKIE, gate.cookie(time.time()), max_age=COOKIE_SECONDS, path="/", httponly=True, samesite="lax")
    return answer


async def _fields(request: Request) -> dict[str, list[str]] | None:
    """What a form sent; None if it is too large, too slow or no form."""
    try:
        content = await read_body(request, _MOST_BYTES, _READ_SECONDS)
        return None if content is None else parse_qs(content.decode(), keep_blank_values=True, max_num_fields=8)
    except (TimeoutError, ValueError):
        return None


def _is_ours(address: str) -> bool:
    """Whether it is a path of this server, and leads nowhere else."""
    return address.startswith("/") and address[1:2] not in ("/", "\\") and address.isprintable() and address.isascii()
