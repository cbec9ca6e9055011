"""A real browser on a real server; whatever goes wrong unseen in a page fails the test that opened it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.contexts import ONE_PROCESS, Contexts, Watched
from tests.browser.server import Server, running_server
from tools.find_browser import find_browser

TIMEOUT_MS = 60_000
NETWORK_NAME = "class.test"  # this machine by a name, as a classroom has it: http that browsers do not call secure
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {NETWORK_NAME} 127.0.0.1",
    ONE_PROCESS,
]
APP_PAGES = (
    "playground",
    "coalition-game",
    "mechanisms",
    "trade-offs",
    "shelf",
    "your-federation",
    "paper",
    "leaderboard",
    "method",
    "glossary",
    "lessons",
    "class-room",
    "join",
)
PROBES = ("_stcore/health", "_stcore/host-config")  # Streamlit looks for them beside a deep link's page first

_TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (told) =>
  console.error(`the page's policy: ${told.violatedDirective} forbids ${told.blockedURI} (${told.sourceFile})`));"""

# How many runs of the script the page has asked for and not yet seen begin (``expect_at_rest``): the state that
# Streamlit shows still says "not running" then. Messages are protobuf: rerun_script is field 11, new_session field 4.
_COUNT_ASKED = """(() => {
  let asked = 0;
  const tell = (number) => document.documentElement.setAttribute("data-runs-asked", asked = number);
  const fields = (bytes) => {
    const found = [];
    let at = 0;
    const number = () => {
      let value = 0, scale = 1, byte;
      do { byte = bytes[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
      return value;
    };
    while (at < bytes.length) {
      const key = number();
      found.push(Math.floor(key / 8));
      if (key % 8 === 2) at += number(); else number();
    }
    return found;
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (data instanceof Uint8Array && fields(data).includes(11)) tell(asked + 1);
    if (!this.isCounted) this.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer && fields(new Uint8Array(data)).includes(4)) tell(0);
    });
    this.isCounted = true;
    return send.call(this, data);
  };
})()"""

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that the tests share."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; a machine without one fails the tests."""
    program = find_browser()
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """Those that a test is lent."""
    contexts = Contexts(browser, _watch)
    yield contexts
    contexts.close()


@pytest.fixture
def new_page(contexts: Contexts) -> Iterator[NewPage]:
    """Makes a page for a server, in a context of its own (options: a context's); at the end its problems are told."""
    taken: list[Watched] = []

    def make(server: Server, **options: Any) -> Page:
        one, page = contexts.page(server, {"viewport": {"width": 1280, "height": 1100}} | options)
        taken.append(one)
        return page

    yield make
    for one in taken:
        contexts.give_back(one)
    assert [problem for one in taken for problem in one.problems] == []


@pytest.fixture
def page(new_page: NewPage, server: Server) -> Page:
    """A page of the shared server, not yet opened."""
    return new_page(server)


def _watch(one: Watched) -> None:
    server, context, problems = one.server, one.context, one.problems
    host = urlsplit(server.url).netloc
    probes = {f"{server.url}/{page}/{probe}" for page in APP_PAGES for probe in PROBES}

    def on_address(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            problems.append(f"asked another host: {url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and message.location["url"] not in probes:
            problems.append(f"console: {message.text} ({message.location['url']})")

    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(_TELL_VIOLATIONS)
    context.add_init_script(_COUNT_ASKED)
    context.on("request", lambda request: on_address(request.url))
    context.on("console", on_console)
    context.on("weberror", lambda error: problems.append(f"page error: {error.error}"))
    context.on("page", lambda page: page.on("websocket", lambda socket: on_address(socket.url)))
