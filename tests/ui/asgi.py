"""Asks the app's own routes, without a server between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.applications import Starlette

from cgs_ui.frame.server import routes

Result = TypeVar("Result")
HOST = "class.example:8501"
SAME_SITE = {"host": HOST, "origin": f"http://{HOST}", "content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(
    path: str, parts: Sequence[bytes] = (b"",), method: str = "POST", query: str = "", **headers: str
) -> Answer:
    """Send a body in these parts; ``headers`` are added to those of a page of the app, "" takes one away."""
    given = SAME_SITE | {name.replace("_", "-"): text for name, text in headers.items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8501),
        "headers": [(k.encode(), v.encode()) for k, v in given.items() if v],
    }
    left, sent = list(parts), []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0) if left else b"", "more_body": bool(left)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await Starlette(routes=routes())(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, body)


def asked(content: Any, **headers: str) -> Answer:
    """The answer to one export."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return in_a_loop(ask("/cgs/export", [body], **headers))


def in_a_loop(asking: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine comes to, in a loop of its own thread: a browser test before has left one running in this."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asking).result()
