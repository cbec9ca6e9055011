"""A student of a class room without a browser: a page by websocket, what it shows, and its bell, which is waited for.

Where the server is gone it comes back by itself, as a browser does: the same cookie, the address that its page had.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

from streamlit.proto.Delta_pb2 import Delta
from websockets.exceptions import WebSocketException

from cgs_core.rooms import Move
from cgs_ui.rooms.words import CONDUCT_WORDS
from tools.websocket_visitor import Answer, Visitor, visitor

PATIENCE_SECONDS = 180.0
LOOK_SECONDS = 0.1
_PAGE, _AGAIN_SECONDS = "join", 0.25
_MOVES, _SENDS = ("This is my move", "Change my move"), "Send"
_DATA, _CONDUCT, _SURPRISE = "How much data?", "What do you send?", "What surprised you?"
_LOST = (OSError, EOFError, WebSocketException)


class Student:
    """One phone."""

    def __init__(self, url: str, code: str, move: Move | None = None) -> None:
        self._url, self._query, self._cookie = url, f"code={code}", ""
        self._stack = AsyncExitStack()
        self._is_asking = asyncio.Lock()  # a click, or what the bell has rung for: one at a time, as a browser's page
        self._listening: asyncio.Task[None] | None = None
        self._page: Visitor | None = None
        self.move = move
        self.answer = Answer()
        self.frames: list[bytes] = []  # all that was received, the bell's answers too
        self.n_back = 0  # how often it has found the server gone, and come back

    async def come(self) -> None:
        """For the first time, or again with the same cookie."""
        await self._connect()
        self._listening = asyncio.create_task(self._listen())

    async def drop(self) -> None:
        """Forget a connection that is frozen."""
        assert self._page is not None
        self._page.drop()
        await self._disconnect()

    def in_a_new_tab(self) -> Student:
        """Another page of the same browser, which has not come yet."""
        other = Student(self._url, "", self.move)
        other._query, other._cookie = self._query, self._cookie
        return other

    async def go(self) -> None:
        """As a phone that is switched off."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._disconnect()

    async def freeze(self, n_asked: int = 1) -> None:
        """As a phone whose connection has vanished and was not closed; ``n_asked``: what it had asked for before."""
        if self._listening is not None:
            self._listening.cancel()
        assert self._page is not None
        await self._page.freeze(n_asked)

    async def choose(self) -> None:
        """Make one's move by the controls, until the page says that it is in."""
        assert self.move is not None
        made = self.move

        async def click(page: Visitor) -> None:
            for label, words in ((_CONDUCT, CONDUCT_WORDS[made.conduct]), (_DATA, f"{made.samples} for ")):
                self._show(await page.choose(*self._option(label, words)))
            button = next(self.answer.buttons[name] for name in _MOVES if name in self.answer.buttons)
            self._show(await page.press(button))

        await self._do(click, "Your move is in")

    async def say(self, closed: str, surprise: str) -> None:
        """Answer two of the reflection's questions."""

        async def send(page: Visitor) -> None:
            for label, text in (("Was the pay fair?", closed), (_SURPRISE, surprise)):
                await page.choose(self.answer.choices[label], text)
            self._show(await page.press(self.answer.buttons[_SENDS]))

        await self._do(send, "Sent, without your name")

    async def until(self, words: str) -> None:
        """Until the page says this."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.says(words):
                await asyncio.sleep(LOOK_SECONDS / 4)
                if self._listening is not None and self._listening.done():
                    self._listening.result()  # what it has failed by

    def says(self, words: str) -> bool:
        """Whether it is on the page."""
        return any(words.lower() in text.lower() for text in self.answer.texts)

    @property
    def token(self) -> str:
        """Of its seat, which the bell is given."""
        assert self.answer.bell is not None
        return str(json.loads(self.answer.bell.new_element.bidi_component.json)["token"])

    @property
    def agent(self) -> str:
        """What the head says: "You are Agent 3"."""
        return next(
            (text.partition("<b>")[2].partition("</b>")[0] for text in self.answer.texts if "<b>You" in text), ""
        )

    def _option(self, label: str, words: str) -> tuple[Delta, str]:
        """A choice on the page, and of its options the one that begins so."""
        choice = next(one for name, one in self.answer.choices.items() if name.startswith(label))
        kind = choice.new_element.WhichOneof("type")
        options = getattr(choice.new_element, str(kind)).options
        texts = [one if isinstance(one, str) else one.content for one in options]
        return choice, next(text for text in texts if text.startswith(words))

    async def _do(self, what: Callable[[Visitor], Awaitable[None]], until: str) -> None:
        """Click, and once more where the server was gone and the page that came again does not say that it is done."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.says(until):
                try:
                    async with self._is_asking:
                        assert self._page is not None
                        await what(self._page)
                except _LOST:
                    await self._come_back()

    async def _listen(self) -> None:
        while (bell := self.answer.bell) is not None:
            assert self._page is not None
            try:
                has_rung = await self._page.heard(bell)
                async with self._is_asking:
                    if has_rung and bell is self.answer.bell:
                        self._show(await self._page.drawn_again(bell))
            except _LOST:
                await self._come_back()

    async def _come_back(self) -> None:
        """Unless somebody else of this page has done so meanwhile."""
        lost = self._page
        async with self._is_asking:
            if self._page is not lost:
                return
            while True:
                try:
                    await self._disconnect()
                    await self._connect()
                    self.n_back += 1
                    return
                except _LOST:
                    await asyncio.sleep(_AGAIN_SECONDS)

    async def _connect(self) -> None:
        self._page = page = await self._stack.enter_async_context(visitor(self._url, _PAGE, self._cookie))
        self._cookie, page.frames = page.cookie, self.frames
        self._show(await page.open(self._query))
        self._query = f"seat={self.token}"  # as the page's address says from now on

    async def _disconnect(self) -> None:
        with suppress(*_LOST):
            await self._stack.aclose()
        self._stack = AsyncExitStack()

    def _show(self, answer: Answer | None) -> None:
        assert answer is not None and not answer.errors, answer and answer.errors
        self.answer = answer
