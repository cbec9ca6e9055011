"""What every answer says, which doors stay closed, and what a class's password lets through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from cgs_ui.frame.class_password import BURST, COOKIE, ENTER, VARIABLE, Tries
from cgs_ui.frame.headers import FRAME_ANCESTORS
from cgs_ui.frame.server import middleware
from tests.ui.asgi import HOST, Answer, in_a_loop

PASSWORD = "gänse füttern 9"
PAGE = {"accept": "text/html,*/*"}


async def _page(request: Request) -> Response:
    answer = HTMLResponse("<p>the app</p>")
    answer.set_cookie("_streamlit_xsrf", "2|a|b")
    return answer


async def _text(request: Request) -> Response:
    return PlainTextResponse("a file")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.headers.get("origin", ""))
    await socket.close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(FRAME_ANCESTORS, raising=False)


def an_app() -> Starlette:
    """What passes through everything that the server's answers pass through."""
    paths = ("/playground", "/")
    files = ("/static/js/index.js", "/cgs/export", "/cgs/chart.js", "/_stcore/health", "/_stcore/metrics")
    routes = [*(Route(path, _page) for path in paths), *(Route(path, _text, methods=["GET", "POST"]) for path in files)]
    return Starlette(routes=[*routes, WebSocketRoute("/_stcore/stream", _socket)], middleware=middleware())


def ask(app: Starlette, path: str, body: bytes = b"", method: str = "GET", query: str = "", **headers: str) -> Answer:
    given = {"host": HOST} | {name.replace("_", "-"): text for name, text in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "root_path": "",
        "client": ("192.0.2.7", 1),
        "server": ("127.0.0.1", 8501),
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def do() -> None:
        await app(scope, receive, send)

    in_a_loop(do())
    answer = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], {name.decode(): text.decode() for name, text in sent[0]["headers"]}, answer)


def connect(app: Starlette, **headers: str) -> list[str]:
    """What a websocket hears: the kinds of messages, and the origin that the app saw."""
    given = {"host": HOST} | headers
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/_stcore/stream",
        "query_string": b"",
        "root_path": "",
        "client": ("192.0.2.7", 1),
        "server": ("127.0.0.1", 8501),
        "subprotocols": [],
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
    }
    heard: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        heard.append(message.get("text") or str(message["type"]))

    async def do() -> None:
        await asyncio.wait_for(app(scope, receive, send), 10)

    in_a_loop(do())
    return heard


# -- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/playground", "/cgs/chart.js", "/_stcore/metrics", "/nothing"])
def test_every_answer_says_what_it_may_do(path: str) -> None:
    headers = ask(an_app(), path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy["script-src"] and "'sha256-" in policy["script-src"]
    assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'" and policy["base-uri"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"


def test_an_embedded_view_may_stand_on_any_site_unless_the_host_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def policy(query: str) -> str:
        return ask(an_app(), "/playground", query=query).headers["content-security-policy"]

    assert "frame-ancestors" not in policy("embed=true&figure=accuracy")
    assert "frame-ancestors 'self'" in policy("embed=false")
    monkeypatch.setenv(FRAME_ANCESTORS, "'self' https://moodle.school.example")
    assert policy("embed=true").endswith("frame-ancestors 'self' https://moodle.school.example")
    assert policy("").endswith("frame-ancestors 'self'")


def test_what_a_host_sets_cannot_add_another_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAME_ANCESTORS, "*; script-src *")
    with pytest.raises(ValueError, match="CGS_FRAME_ANCESTORS must be sources"):
        middleware()


def test_by_https_every_cookie_is_sent_by_https_alone() -> None:
    plain = ask(an_app(), "/playground", **PAGE)
    secure = ask(an_app(), "/playground", x_forwarded_proto="https", **PAGE)
    assert "Secure" not in plain.headers["set-cookie"] and secure.headers["set-cookie"].endswith("; Secure")
    assert "SameSite" in secure.headers["set-cookie"]


# -- closed doors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/agent/interact", "/_stcore/agent"])
def test_what_streamlit_offers_besides_the_app_is_closed(path: str) -> None:
    assert ask(an_app(), path).status == 404 and ask(an_app(), path, method="POST").status == 404


def test_only_pages_of_this_host_have_a_websocket() -> None:
    own = f"http://{HOST}"
    assert connect(an_app(), origin=own) == ["websocket.accept", own, "websocket.close"]
    assert connect(an_app())[0] == "websocket.accept"  # no browser: it has no cookies of anybody
    for foreign in ("http://evil.example", "http://localhost:3000", "null", f"http://{HOST}.evil.example"):
        assert connect(an_app(), origin=foreign) == ["websocket.close"]


def test_a_host_may_let_pages_of_another_origin_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.config.get_option", lambda name: ["https://lms.example"])
    assert connect(an_app(), origin="https://lms.example")[:2] == ["websocket.accept", f"http://{HOST}"]
    assert connect(an_app(), origin="https://evil.example") == ["websocket.close"]


# -- the password ------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Starlette:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    return an_app()


def typed(app: Starlette, password: str, wanted: str = "/playground?s=abc", **headers: str) -> Answer:
    return ask(app, ENTER, urlencode({"password": password, "next": wanted}).encode(), "POST", **headers)


def test_without_the_password_nothing_but_health_is_given(guarded: Starlette) -> None:
    for path in ("/playground", "/static/js/index.js", "/cgs/chart.js", "/nothing"):
        assert ask(guarded, path).status == 403
    assert ask(guarded, "/cgs/export", b"{}", "POST").status == 403
    assert connect(guarded) == connect(guarded, origin=f"http://{HOST}") == ["websocket.close"]
    assert ask(guarded, "/_stcore/health").body == b"a file"


def test_the_page_that_asks_can_be_read_by_everybody_and_hands_the_link_on(guarded: Starlette) -> None:
    page = ask(guarded, "/playground", query='s=a"<b>', **PAGE)
    text = page.body.decode()
    assert page.status == 403 and '<html lang="en">' in text and "<h1>" in text and '<label for="password">' in text
    assert 'value="/playground?s=a&quot;&lt;b&gt;"' in text and "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("password", [PASSWORD, f" {PASSWORD} ", "ga\u0308nse fu\u0308ttern 9"])
def test_the_password_opens_everything(guarded: Starlette, password: str) -> None:
    answer = typed(guarded, password)
    assert answer.status == 303 and answer.headers["location"] == "/playground?s=abc"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie and PASSWORD not in cookie
    assert "Secure" in typed(guarded, password, x_forwarded_proto="https").headers["set-cookie"]
    has = cookie.partition(";")[0]
    assert ask(guarded, "/playground", cookie=f"a=b; {has}").body == b"<p>the app</p>"
    assert ask(guarded, "/cgs/export", b"{}", "POST", cookie=has).status == 200
    assert connect(guarded, cookie=has)[0] == "websocket.accept"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + "x", "?"])
def test_another_password_does_not(guarded: Starlette, password: str) -> None:
    answer = typed(guarded, password)
    assert answer.status == 403 and "set-cookie" not in answer.headers
    assert b'role="alert"' in answer.body and b'aria-invalid="true"' in answer.body


@pytest.mark.parametrize("forged", ["", "9{}", "x{}", "²{}", "{}0", "9999999999.", "9999999999.{}"])
def test_a_cookie_that_was_not_given_does_not(guarded: Starlette, forged: str) -> None:
    value = typed(guarded, PASSWORD).headers["set-cookie"].partition(";")[0].partition("=")[2]
    forged = forged.format(value)
    assert ask(guarded, "/playground", cookie=f"{COOKIE}={forged}").status == 403


def test_a_cookie_ends_with_the_day_and_with_the_password(guarded: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    has = typed(guarded, PASSWORD).headers["set-cookie"].partition(";")[0]
    with monkeypatch.context() as later:
        now = time.time()
        later.setattr("time.time", lambda: now + 13 * 3600)
        assert ask(guarded, "/playground", cookie=has).status == 403
    assert ask(an_app(), "/playground", cookie=has).status == 200  # the same password after a new start
    monkeypatch.setenv(VARIABLE, "another")
    assert ask(an_app(), "/playground", cookie=has).status == 403


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "", "javascript:alert(1)"]
)
def test_the_way_in_leads_nowhere_else(guarded: Starlette, wanted: str) -> None:
    assert typed(guarded, PASSWORD, wanted).headers["location"] == "/"


def test_another_sites_page_cannot_send_a_password(guarded: Starlette) -> None:
    assert typed(guarded, PASSWORD, origin="http://evil.example").status == 403
    assert typed(guarded, PASSWORD, origin=f"http://{HOST}").status == 303


def test_what_is_no_form_is_refused_and_too_much_is_not_read(guarded: Starlette) -> None:
    assert ask(guarded, ENTER, b"password=" + b"a" * 100_000, "POST").status == 400
    assert ask(guarded, ENTER, b"\xff\xfe", "POST").status == 400
    assert ask(guarded, ENTER, b"&".join([b"a=b"] * 100), "POST").status == 400
    assert ask(guarded, ENTER).status == 303


def test_guessing_is_slow_and_a_class_that_types_right_is_not(guarded: Starlette) -> None:
    for _ in range(60):  # of one address, as a class has it
        assert typed(guarded, PASSWORD).status == 303
    answers = [typed(guarded, f"guess {number}").status for number in range(BURST + 5)]
    assert answers[:BURST] == [403] * BURST and 429 in answers[BURST:]


def test_tries_come_back_with_time() -> None:
    now = [0.0]
    tries = Tries(3, 0.5, lambda: now[0])
    for _ in range(3):
        tries.take("a")
    assert tries.left("a") < 1 <= tries.left("b")
    now[0] = 2.0
    assert 1 <= tries.left("a") < 2
    for number in range(20_000):
        tries.take(str(number))
    assert len(tries._left) == 10_000
