"""How much one visitor, and all of them, may have in the server's memory by uploading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cgs_ui.frame.uploads import MOST_OF_ALL, MOST_OF_ONE, PATH, Uploads
from tests.ui.asgi import in_a_loop

_FILE = 5_000_000


class Server:
    """Streamlit's part: it takes a file once it is told to, and keeps it."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.goes_on.wait()
        session = scope["path"].removeprefix(PATH).partition("/")[0]
        self.kept[session] = self.kept.get(session, 0) + int(dict(scope["headers"])[b"content-length"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def put(app: Uploads, session: str, visitor: str = "a", length: str | None = str(_FILE)) -> tuple[int, str]:
    """Status and words of an upload."""
    sent: list[dict[str, Any]] = []
    headers = [(b"cookie", f"cgs_visitor={visitor}".encode())]
    headers += [] if length is None else [(b"content-length", length.encode())]
    path = f"{PATH}{session}/file"

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers, "query_string": b""}
    await app(scope, None, send)
    return sent[0]["status"], sent[-1]["body"].decode()


def trial(steps: Callable[[Server, Uploads], Any]) -> Any:
    async def tried() -> Any:
        server = Server()
        return await steps(server, Uploads(server, lambda: server.kept))

    return in_a_loop(tried())


def test_forty_uploads_of_one_visitor_are_no_more_than_four() -> None:
    async def forty(server: Server, app: Uploads) -> list[tuple[int, str]]:
        return [await put(app, session=f"tab {number % 8}") for number in range(40)]

    answers = trial(forty)
    assert [status for status, _ in answers] == [204] * (MOST_OF_ONE // _FILE) + [413] * 36
    assert "Your uploads would hold more than 20,000,000 bytes" in answers[-1][1]


def test_what_is_on_its_way_counts() -> None:
    async def at_once(server: Server, app: Uploads) -> list[int]:
        server.goes_on.clear()
        coming = [asyncio.create_task(put(app, f"tab {number}")) for number in range(40)]
        while sum(one.done() for one in coming) < 36:
            await asyncio.sleep(0)
        server.goes_on.set()
        found = sorted(status for status, _ in await asyncio.gather(*coming))
        return [*found, (await put(app, "tab"))[0]]

    assert trial(at_once) == [204] * 4 + [413] * 37


def test_a_page_that_was_left_makes_room_and_others_are_not_refused() -> None:
    async def steps(server: Server, app: Uploads) -> list[int]:
        found = [(await put(app, "one"))[0] for _ in range(5)]
        found.append((await put(app, "other", visitor="b"))[0])
        del server.kept["one"]
        return [*found, (await put(app, "two"))[0]]

    assert trial(steps) == [204] * 4 + [413, 204, 204]


def test_all_visitors_together_hold_no_more_than_the_server_has_room_for() -> None:
    async def many(server: Server, app: Uploads) -> list[tuple[int, str]]:
        return [await put(app, f"tab {number}", visitor=f"visitor {number}") for number in range(50)]

    answers = trial(many)
    assert [status for status, _ in answers] == [204] * (MOST_OF_ALL // _FILE) + [413] * 10
    assert "try again in a few minutes" in answers[-1][1]


@pytest.mark.parametrize("length", [None, "", "-5", "many", "٣"])
def test_an_upload_without_a_length_is_refused(length: str | None) -> None:
    async def one(server: Server, app: Uploads) -> tuple[int, str]:
        return await put(app, "tab", length=None if length is None else length.encode("utf-8").decode("latin-1"))

    assert trial(one) == (411, "An upload must say its length.")
