"""The files that browsers fetch: ours under an address for ever, Streamlit's own by gzip, each once."""

from __future__ import annotations

import gzip
import re
from collections.abc import MutableMapping
from hashlib import sha256
from typing import Any

import pytest

from cgs_core.export import plotly_library
from cgs_ui import served
from cgs_ui.frame import compressed
from cgs_ui.frame.compressed import Compressed
from cgs_ui.places import ASSETS
from tests.ui.asgi import ask, in_a_loop

IMMUTABLE = (b"cache-control", b"public, immutable, max-age=31536000")
SCRIPT = b"export const number = 1;\n" * 400


@pytest.mark.parametrize("name", served.FILES)
def test_our_files_are_small_for_who_can_read_it_and_kept_for_ever(name: str) -> None:
    path, query = f"/{served.address(name)}".split("?")
    whole, small = (in_a_loop(ask(path, query=query, method="GET", accept_encoding=how)) for how in ("", "br, gzip"))
    assert whole.status == small.status == 200
    assert whole.headers["content-type"].startswith("text/javascript")
    assert small.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    assert gzip.decompress(small.body) == whole.body == served.content(name)
    for answer in (whole, small):
        assert answer.headers["vary"] == "Accept-Encoding" and "immutable" in answer.headers["cache-control"]
    known = in_a_loop(ask(path, query=query, method="GET", if_none_match=whole.headers["etag"]))
    assert (known.status, known.body) == (304, b"")
    assert in_a_loop(ask(path, query="another", method="GET")).headers["cache-control"] == "no-cache"


def test_the_chart_library_is_that_of_the_installed_package_and_what_its_note_says() -> None:
    library = served.content("plotly-cartesian.min.js")
    (version,) = re.findall(r"plotly\.js v([\d.]+)", plotly_library()[:300])
    assert f"plotly.js (cartesian - minified) v{version}" in library[:300].decode()
    note = (ASSETS / "vendor" / "README.md").read_text()
    assert version in note and sha256(library).hexdigest() in note
    assert len(served.zipped("plotly-cartesian.min.js")) < len(library) / 3


class App:
    """Answers as Streamlit's file server does, in pieces; counts how often."""

    def __init__(self, body: bytes = SCRIPT, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        self.n_asked = 0
        self.body, self.status = body, status
        self.headers = [
            (b"content-type", b"text/javascript; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"etag", b'"abc"'),
            (b"accept-ranges", b"bytes"),
            *(headers or (IMMUTABLE,)),
        ]

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        self.n_asked += 1
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        middle = len(self.body) // 2
        await send({"type": "http.response.body", "body": self.body[:middle], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[middle:]})


def get(app: Any, path: str = "/static/js/a.B12.js", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What a browser that reads gzip gets."""
    sent: list[MutableMapping[str, Any]] = []
    given = {"accept-encoding": "gzip, br"} | {name.replace("_", "-"): text for name, text in headers.items()}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }
    in_a_loop(app(scope, None, send))
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_script_is_compressed_once_and_then_not_asked_for_again() -> None:
    app = App()
    small = Compressed(app)
    for _ in range(3):
        status, headers, body = get(small)
        assert status == 200 and gzip.decompress(body) == SCRIPT and len(body) < len(SCRIPT) / 3
        assert headers["content-encoding"] == "gzip" and headers["content-length"] == str(len(body))
        assert headers["vary"] == "Accept-Encoding" and headers["cache-control"] == IMMUTABLE[1].decode()
        assert headers["etag"] == '"abc-gzip"' and "accept-ranges" not in headers
    assert app.n_asked == 1
    status, headers, body = get(small, if_none_match='"abc-gzip"')
    assert (status, body, app.n_asked) == (304, b"", 1) and "content-length" not in headers


@pytest.mark.parametrize(
    ("app", "asked"),
    [
        (App(), {"accept_encoding": "br"}),
        (App(SCRIPT, (b"cache-control", b"no-cache")), {}),
        (App(SCRIPT, IMMUTABLE, (b"content-encoding", b"br")), {}),
        (App(b"short"), {}),
        (App(status=404), {}),
    ],
)
def test_anything_else_passes_as_it_is(app: App, asked: dict[str, str]) -> None:
    small = Compressed(app)
    for n_times in (1, 2):
        status, headers, body = get(small, **asked)
        assert (status, body, app.n_asked) == (app.status, app.body, n_times)
        assert headers["etag"] == '"abc"'


def test_a_part_of_a_file_is_asked_of_the_app() -> None:
    app = App()
    small = Compressed(app)
    get(small)
    get(small, range="bytes=0-10")
    assert app.n_asked == 2


def test_what_is_kept_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App()
    small = Compressed(app)
    monkeypatch.setattr(compressed, "MOST_BYTES", len(get(small)[2]))
    for _ in range(2):
        assert gzip.decompress(get(small, path="/static/js/other.js")[2]) == SCRIPT
    assert app.n_asked == 3


def test_a_websocket_passes() -> None:
    seen: list[Any] = []

    async def app(*asked: Any) -> None:
        seen.append(asked)

    in_a_loop(Compressed(app)({"type": "websocket", "headers": []}, 1, 2))
    assert seen == [({"type": "websocket", "headers": []}, 1, 2)]
