"""``make run`` says what it does, and a second one that the first is running."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tools.start import answers, start


@contextmanager
def serving(status: int, body: bytes) -> Iterator[int]:
    """Something that answers on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, b'{"status": "ready"}', "ready"),
        (503, b'{"status": "not ready"}', "starting"),
        (200, b"<html>", "other"),
        (404, b"", "other"),
    ],
)
def test_what_has_the_port_is_known(status: int, body: bytes, found: str) -> None:
    with serving(status, body) as port:
        assert answers(port) == found
    assert answers(port) == "nothing"


def test_a_second_one_says_where_the_first_is(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(200, b'{"status": "ready"}') as port:
        assert start(["a command that does not exist"], port) == 0
    assert capsys.readouterr().out == f"The app is running already: http://localhost:{port}\n"


def test_another_program_s_port_is_left_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(200, b"<html>") as port:
        assert start(["a command that does not exist"], port) == 1
    assert f"Another program has port {port}. Choose another one: make run PORT={port + 1}" in capsys.readouterr().err


def test_the_address_is_told_when_the_app_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(200, b"") as port:
        pass  # free again
    program = f"""
from http.server import BaseHTTPRequestHandler, HTTPServer
class App(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"status": "ready"}}')
    def log_message(self, *words):
        pass
HTTPServer(("127.0.0.1", {port}), App).handle_request()
__import__("sys").stdin.read()
"""
    assert start([sys.executable, "-c", program], port) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert (
        first.startswith("Starting the app") and last == f"The app is ready: http://localhost:{port} (Ctrl-C ends it)"
    )


def test_an_app_that_does_not_start_is_not_called_ready(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(200, b"") as port:
        pass
    assert start([sys.executable, "-c", "raise SystemExit(3)"], port) == 3
    assert "ready" not in capsys.readouterr().out
