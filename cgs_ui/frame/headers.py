"""Headers of every answer: what a page of the app may load and do, and who may show it inside a page of theirs.

The policy is as tight as Streamlit's own front end lets it be. That needs styles in elements (``unsafe-inline`` for
styles), a small WebAssembly module (``wasm-unsafe-eval``), and the scripts of components as blobs. No text becomes a
script: our bundle of Plotly does without ``unsafe-eval``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit as st

from cgs_ui import served
from cgs_ui.session.visitor import header

FRAME_ANCESTORS = "CGS_FRAME_ANCESTORS"
"""Environment: which sites may show an embedded view inside a page of theirs; any where it is not set."""

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_NOT_NEEDED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{name}=()" for name in _NOT_NEEDED).encode()),
]
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Headers:
    """Adds the headers; plain ASGI, so that websockets and streamed files pass untouched."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_ours(list(message.get("headers", [])), scope)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def is_https(scope: MutableMapping[str, Any]) -> bool:
    """Whether the visitor came by https, to this server or to the proxy before it."""
    return scope.get("scheme") == "https" or header(scope, b"x-forwarded-proto") == "https"


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A cookie that is not sent where others can read it; Streamlit does not know of a proxy's https."""
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" * is_open


def _with_ours(headers: list[tuple[bytes, bytes]], scope: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in headers}
    is_page = any(name.lower() == b"content-type" and b"text/html" in value for name, value in headers)
    more = [(name, value) for name, value in _ALWAYS if name not in names]
    if b"content-security-policy" not in names:
        more.append((b"content-security-policy", policy(_is_embedded(scope)).encode()))
    if is_https(scope):
        headers = [_secured(name, value) for name, value in headers]
    return headers + more + [_preload()] * is_page


def _is_embedded(scope: MutableMapping[str, Any]) -> bool:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("embed", [])
    return any(value.lower() == "true" for value in asked)


def policy(is_embedded: bool = False) -> str:
    """The content security policy of a page; of one that stands inside another page (``?embed=true``) if told so."""
    parts = dict(_POLICY)
    parts["script-src"] += "".join(f" {one}" for one in _inline_scripts())
    if not is_embedded:
        parts["frame-ancestors"] = "'self'"
    elif allowed := frame_ancestors():
        parts["frame-ancestors"] = allowed
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def frame_ancestors() -> str:
    """Who may embed, as the host has set it; "" for everybody.

    Raises
    ------
    ValueError: it is no list of sources as a policy has them.
    """
    said = " ".join(os.environ.get(FRAME_ANCESTORS, "").split())
    if said and not re.fullmatch(r"[\w:/.*'\[\]\- ]+", said, re.ASCII):
        raise ValueError(
            f"{FRAME_ANCESTORS} must be sources with blanks between, as https://school.example; got {said!r}"
        )
    return said


@cache
def _inline_scripts() -> tuple[str, ...]:
    """The hashes of the scripts that stand in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    digests = (hashlib.sha256(text.encode()).digest() for text in _INLINE.findall(page))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


@cache
def _preload() -> tuple[bytes, bytes]:
    """What every page needs, to be fetched beside Streamlit's own scripts and not after them."""
    scripts = [f"</{served.address(name)}>; rel=modulepreload" for name in ("chart.js", "player.js", "sentence.js")]
    library = f"</{served.address('plotly-cartesian.min.js')}>; rel=preload; as=script"
    return b"link", ", ".join([library, *scripts]).encode()
