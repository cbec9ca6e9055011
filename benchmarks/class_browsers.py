"""A class in real browsers: ``python -m benchmarks.class_room --browsers 30``.

One Chromium with a context for each student, on the processor that the server and its workers have too: what a page
draws counts here, and thirty phones would draw it each on its own. The teacher's screen is one more browser.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from benchmarks.class_waits import Waits
from cgs_core.rooms import READY_GAMES, Rooms
from cgs_core.runs import RunStore
from tools.find_browser import find_browser
from tools.running_app import MortalApp

HEAD = ("browsers", "page there", "join seen", "worst", "move in", "trained", "own pay", "worst", "load")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_PHONE: ViewportSize = {"width": 390, "height": 844}
_PROJECTOR: ViewportSize = {"width": 1024, "height": 768}
_WITHIN_SECONDS, _LOOK_SECONDS, _PATIENCE_MS = 20.0, 0.05, 400_000  # all have come after so many seconds


class _Class:
    """Students and a teacher, each in a browser; what was measured is in seconds."""

    def __init__(self, app: MortalApp, store: RunStore, browser: Browser, n_agents: int) -> None:
        self._app, self._store, self._browser, self._rooms = app, store, browser, Rooms(store)
        self._code, self._teacher = self._rooms.open(READY_GAMES["free_riders"](n_agents))
        self._phones: list[Page] = []
        self.there: list[float] = []  # when each page said which agent it is
        self.waits = Waits()

    async def play(self, n_students: int) -> None:
        """From the lobby to the pay."""
        projector = await self._page(_PROJECTOR)
        await projector.goto(f"{self._app.url}/class-room?room={self._teacher}")
        await projector.get_by_text("0 students have joined").wait_for()
        seen = asyncio.create_task(self._watch(projector, n_students))
        await asyncio.gather(*(self._come(index, n_students) for index in range(n_students)))
        self.waits.joins = [max(0.0, at - there) for at, there in zip(await seen, sorted(self.there), strict=True)]
        self._rooms.advance(self._teacher, "choose")
        await asyncio.gather(*map(self._move, self._phones))
        began = time.monotonic()
        await projector.get_by_role("button", name="Train on what they have chosen").click()
        await projector.get_by_role("button", name="Show the pay").click()
        self.waits.trained = time.monotonic() - began
        await asyncio.gather(*(self._paid(phone, began) for phone in self._phones))

    async def _page(self, size: ViewportSize) -> Page:
        context = await self._browser.new_context(viewport=size, is_mobile=size is _PHONE)
        context.set_default_timeout(_PATIENCE_MS)
        return await context.new_page()

    async def _come(self, index: int, n_students: int) -> None:
        await asyncio.sleep(_WITHIN_SECONDS * index / n_students)
        phone = await self._page(_PHONE)
        began = time.monotonic()
        await phone.goto(f"{self._app.url}/join?code={self._code}")
        await phone.get_by_text("You are Agent").wait_for()
        self.there.append(time.monotonic())
        self.waits.first_pages.append(time.monotonic() - began)
        self._phones.append(phone)

    async def _watch(self, projector: Page, n_students: int) -> list[float]:
        """When the projector said that at least one had joined, two, and so on."""
        moments: list[float] = []
        while len(moments) < n_students:
            n_there = int(await projector.locator(".cgs-room-present b").inner_text())
            moments += [time.monotonic()] * (n_there - len(moments))
            await asyncio.sleep(_LOOK_SECONDS)
        return moments

    async def _move(self, phone: Page) -> None:
        move = phone.get_by_role("button", name="This is my move")
        await move.wait_for()
        began = time.monotonic()
        await move.click()
        await phone.get_by_text("Your move is in").wait_for()
        self.waits.moves.append(time.monotonic() - began)

    async def _paid(self, phone: Page, began: float) -> None:
        await phone.get_by_role("heading", name="You get").wait_for()
        self.waits.pays.append(time.monotonic() - began)


def measure(n_browsers: int, n_agents: int, n_workers: int) -> list[str]:
    """A row under ``HEAD``: seconds, 95th percentiles unless it says worst, and the machine's load at the end."""
    with (
        tempfile.TemporaryDirectory() as folder,
        MortalApp(Path(folder), {"CGS_WORKERS": str(n_workers)}) as app,
    ):
        store = RunStore(app.store)
        try:
            found = asyncio.run(_measured(app, store, n_browsers, n_agents))
        finally:
            store.close()
    return [str(n_browsers), *found.waits.cells(), f"{os.getloadavg()[0]:.0f}"]


async def _measured(app: MortalApp, store: RunStore, n_browsers: int, n_agents: int) -> _Class:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=_FLAGS)
        found = _Class(app, store, browser, n_agents)
        await found.play(n_browsers)
        await browser.close()
    return found
