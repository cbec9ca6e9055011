"""What a visitor waits for, and what is sent, in a real browser on a real server: ``python -m benchmarks.screens``.

Milliseconds are from the click (of a first visit from the request) until the picture is on the screen, by the browser's
own clock. They depend on the machine and on what else it does, so beside them stands the processor time that the server
and the page's main thread spent. kB are what the browser received: files as they come over the wire, websocket messages
as they are unpacked. In brackets: what is wanted.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from cgs_core import Scenario
from cgs_ui.controls.field_controls import ALTRUISM_STEPS
from tools.find_browser import find_browser
from tools.running_app import running_app

N_CLICKS = 30
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_SCREEN: ViewportSize = {"width": 1440, "height": 900}
_PATIENCE_MS = 180_000
_LOOK_MS = 200  # a look takes time of the page's own
_QUIET_MS = 1500  # longer than a tick of a run that is followed

_WATCH = """
window.cgsDrawn = [];
new MutationObserver((records) => requestAnimationFrame(() => records.forEach((record) => {
    const name = record.target.querySelector(".cgs-plot")?.layout?.meta?.filename ?? "";
    window.cgsDrawn.push({ at: performance.now(), name });
}))).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });
"""
_IS_QUIET = """quiet => {
    const isRunning = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";
    const isLive = document.querySelector(".cgs-pulse, [class*=st-key-stop_]") !== null;
    if (isRunning || isLive) window.cgsSince = Math.max(window.cgsSince ?? 0, performance.now() - quiet + 300);
    const last = Math.max(window.cgsSince ?? 0, ...window.cgsDrawn.map((one) => one.at));
    return !isRunning && !isLive && window.cgsDrawn.length > 0 && performance.now() - last > quiet;
}"""
_CLICK = """name => {
    const buttons = [...document.querySelectorAll("button, [role=tab]")];
    const start = window.cgsSince = performance.now();
    buttons.find((button) => button.innerText.trim() === name).click();
    return start;
}"""
_WAIT_FOR_KEY = """slider => {
    slider.focus();
    window.addEventListener("keydown", () => { window.cgsSince = performance.now(); }, { once: true, capture: true });
}"""
_CHOOSE = "option => { window.cgsSince = performance.now(); option.click(); return window.cgsSince; }"

_STEP = """button => new Promise((resolve) => {
    const plot = document.querySelector(".cgs-plot"), start = window.cgsSince = performance.now();
    const before = plot.data.find((trace) => trace.xaxis === "x3").x;
    const look = () => requestAnimationFrame(() => (
        plot.data.find((trace) => trace.xaxis === "x3").x === before ? look() : resolve(performance.now() - start)));
    button.click();
    look();
})"""


@dataclass
class Received:
    """Bytes that a page has received so far."""

    files: int = 0
    messages: int = 0
    n_requests: int = 0
    sizes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def kilobytes(self) -> float:
        """Files and messages together."""
        return (self.files + self.messages) / 1000


@dataclass(frozen=True)
class Answer:
    """What a click led to: milliseconds to pictures (nan: none came), kB, milliseconds of processor time."""

    first: float
    last: float
    kilobytes: float
    server: float
    page: float


class Visitor:
    """A page in a browser of its own, what it receives, and the process that serves it."""

    def __init__(self, page: Page, server_pid: int) -> None:
        self.page = page
        self.received = Received()
        self._server = psutil.Process(server_pid)
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._count()
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def _count(self) -> None:
        received, urls = self.received, {}

        def on_request(event: dict[str, Any]) -> None:
            urls[event["requestId"]] = event["request"]["url"]
            received.n_requests += 1

        def on_loaded(event: dict[str, Any]) -> None:
            received.files += int(event["encodedDataLength"])
            received.sizes.append((int(event["encodedDataLength"]), urls.get(event["requestId"], "")))

        def on_message(event: dict[str, Any]) -> None:
            text = event["response"]["payloadData"]
            received.messages += len(base64.b64decode(text)) if event["response"]["opcode"] == 2 else len(text)

        self._session.on("Network.requestWillBeSent", on_request)
        self._session.on("Network.loadingFinished", on_loaded)
        self._session.on("Network.webSocketFrameReceived", on_message)
        self._session.send("Network.enable")

    def drawn(self) -> list[dict[str, Any]]:
        """Every chart that was drawn: when, and its file's name, which has the figure's kind and the run's id."""
        return self.page.evaluate("window.cgsDrawn")

    def settle(self) -> None:
        """Wait until nothing has been drawn for a while, and nothing is to come."""
        self.page.wait_for_function(_IS_QUIET, arg=_QUIET_MS, polling=_LOOK_MS)

    def processor(self) -> tuple[float, float]:
        """Milliseconds that the server and this page's main thread have computed so far."""
        spent = self._server.cpu_times()
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return 1000 * (spent.user + spent.system), 1000 * metrics["TaskDuration"]

    def click(self, name: str, kind: str = "") -> Answer:
        """Click a button or a tab; the first picture is the first of a figure of this kind that was not there."""
        return self._answer(lambda: self.page.evaluate(_CLICK, name), kind)

    def slide(self, name: str, kind: str = "") -> Answer:
        """Move a slider by one step, with a key."""

        def press() -> float:
            slider = self.page.get_by_role("slider", name=name)
            slider.evaluate(_WAIT_FOR_KEY)
            slider.press("ArrowRight")
            start: float = self.page.evaluate("window.cgsSince")
            return start

        return self._answer(press, kind)

    def choose(self, name: str, option: str) -> Answer:
        """Choose an option of a menu, by its words."""
        self.page.get_by_role("combobox", name=name).click()
        menu = self.page.get_by_role("option", name=option, exact=True)
        menu.wait_for()
        return self._answer(lambda: menu.evaluate(_CHOOSE))

    def _answer(self, act: Callable[[], float], kind: str = "") -> Answer:
        """What comes of it; ``act`` tells when it was done, by the page's clock."""
        known = {one["name"] for one in self.drawn()} if kind else set()
        kilobytes, (server, page) = self.received.kilobytes, self.processor()
        start = act()
        self.settle()
        server_after, page_after = self.processor()
        drawn = [one for one in self.drawn() if one["at"] > start]
        new = [one["at"] for one in drawn if kind in one["name"] and one["name"] not in known]
        return Answer(
            min(new, default=float("nan")) - start,
            max((one["at"] for one in drawn), default=float("nan")) - start,
            self.received.kilobytes - kilobytes,
            server_after - server,
            page_after - page,
        )

    def step(self, name: str) -> float:
        """Press a button of the player; milliseconds until the ledger has been moved and painted."""
        milliseconds: float = self.page.get_by_role("button", name=name).evaluate(_STEP)
        self.settle()
        return milliseconds


@contextmanager
def visitor(browser: Browser, url: str, server_pid: int) -> Iterator[Visitor]:
    """Somebody who has never been here opens an address, and waits for all of it."""
    context = browser.new_context(viewport=_SCREEN)
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    page.add_init_script(_WATCH)
    one = Visitor(page, server_pid)
    page.goto(url, wait_until="commit")
    one.settle()
    yield one
    context.close()


def lines(n_clicks: int = N_CLICKS) -> Iterator[str]:
    """Run everything; the lines of a report."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder), {"CGS_WORKERS": "1"}) as (url, pid),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=_FLAGS)
        yield from _first_visits(browser, url, pid)
        yield _report("a change that trains", list(_changes(browser, url, pid, n_clicks)), 300, 110)
        with visitor(browser, f"{url}/playground", pid) as one:
            one.page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
            one.page.get_by_role("button", name="New data").wait_for()
            changes = [one.click("New data", "ledger") for _ in range(n_clicks)]
            yield _report("the same with every control open", changes, 300, 110)
            one.page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
            one.settle()
            steps = [one.step("One round back") for _ in range(n_clicks)]
            yield f"a step of the player: {median(steps):.0f} ms, p95 {sorted(steps)[int(0.95 * n_clicks)]:.0f} (120)"
            tabs = ("Who contributed", "Who is paid what", "Who has what")
            yield _report("a tab", [one.click(tabs[index % 3]) for index in range(n_clicks // 2)], 120)
        with visitor(browser, f"{url}/playground?preset=one_giant", pid) as one:
            orders = ("by worth", "by agent")
            yield _report("a sort", [one.choose("Sort by", orders[index % 2]) for index in range(n_clicks // 2)], 120)
        link = f"{url}/playground?s={Scenario(n_agents=50, n_rounds=20).to_link()}"
        for _ in range(2):  # the second finds the run
            with visitor(browser, link, pid) as one:
                sent = one.received.messages / 1000
        yield f"50 agents, a stored run: {sent:.0f} kB by websocket (180)"
        browser.close()


def _changes(browser: Browser, url: str, pid: int, n_clicks: int) -> Iterator[Answer]:
    """The altruism moved by a step, again and again; where it comes to its end, of other data."""
    n_steps = len(ALTRUISM_STEPS) - 1
    for seed in range(1, 2 + n_clicks // n_steps):
        first = Scenario(data_seed=seed, altruism_degree=ALTRUISM_STEPS[0])
        with visitor(browser, f"{url}/playground?s={first.to_link()}", pid) as one:
            for _ in range(min(n_steps, n_clicks - n_steps * (seed - 1))):
                yield one.slide("Altruism", "ledger")


def _first_visits(browser: Browser, url: str, pid: int) -> Iterator[str]:
    for name, path in (("Home", ""), ("Playground", "playground")):
        firsts = []
        for _ in range(3):
            with visitor(browser, f"{url}/{path}", pid) as one:
                firsts.append(min(drawn["at"] for drawn in one.drawn()))
                received, spent = one.received, one.processor()[1]
        yield (
            f"first visit, {name}: first chart after {median(firsts):.0f} ms (1500), "
            f"{received.kilobytes:.0f} kB (2500) in {received.n_requests} requests, "
            f"{received.messages / 1000:.0f} kB of it by websocket; page {spent:.0f} ms"
        )
        largest = sorted(received.sizes, reverse=True)[:6]
        yield "  the largest: " + ", ".join(f"{size / 1000:.0f} {of.rsplit('/', 1)[-1]}" for size, of in largest)


def _report(what: str, answers: Sequence[Answer], most_ms: float, most_kilobytes: float | None = None) -> str:
    firsts, lasts = sorted(one.first for one in answers), sorted(one.last for one in answers)
    kilobytes, server, page = (
        median(column) for column in zip(*((one.kilobytes, one.server, one.page) for one in answers), strict=True)
    )
    at = int(0.95 * len(answers))
    wanted = "" if most_kilobytes is None else f" ({most_kilobytes:.0f})"
    return (
        f"{what}: first picture {median(firsts):.0f} ms, p95 {firsts[at]:.0f} ({most_ms:.0f}); "
        f"last {median(lasts):.0f}, p95 {lasts[at]:.0f} (1000); {kilobytes:.0f} kB{wanted}; "
        f"processor: server {server:.0f} ms, page {page:.0f} ms"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=N_CLICKS)
    for _line in lines(parser.parse_args().clicks):
        print(_line, flush=True)
