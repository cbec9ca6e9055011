"""A class that plays: websocket students in one room, really trained, some of whom lose their connection in each phase.

``python -m benchmarks.class_room --students 10 30 60``: a server each on a fresh store, with two workers, and a room
of 30 agents (two students share one above that). The teacher's clicks come from beside the server, by its store.
``taskset -c 0,1`` gives all of it two processors. Five students, or a sixth of them, are cut off in each phase and come
back. Browsers draw nothing here. Each number depends on the machine and on what else it does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cgs_core.rooms import READY_GAMES, Rooms
from cgs_core.runs import RunStore
from tools.running_app import running_app
from tools.websocket_visitor import Answer, Visitor, visitor

N_AGENTS, N_WORKERS = 30, 2
_PAGE, _TEACHERS_PAGE, _MOVE = "join", "class-room", "This is my move"
_WITHIN_SECONDS = 5.0  # so long the class takes to join
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.1
HEAD = ("students", "cut off", "first page", "join seen", "worst", "moves in", "trained", "own pay", "worst", "kept")


@dataclass
class Played:
    """What was measured, in seconds, of one round of play.

    Attributes
    ----------
    first_pages: from coming until the lobby is there. joins: from coming until the teacher's page says so many.
    moves: from the click until the page says that the move is in. trained: of the run, from the click on.
    pays: from the teacher's click on "training" until a student has its own pay.
    n_kept: of the ``n_cut`` who were cut off and came again, how many had their agent and the screen of the phase.
    n_frames: received before the pay; ``leaks``: what was in one that only another student, or nobody, may know.
    """

    first_pages: list[float] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    trained: float = 0.0
    pays: list[float] = field(default_factory=list)
    n_cut: int = 0
    n_kept: int = 0
    n_frames: int = 0
    leaks: list[str] = field(default_factory=list)


class Student:
    """One phone: its page, what it shows, and its bell, which is waited for."""

    def __init__(self, url: str, code: str) -> None:
        self._url, self._query, self._cookie = url, f"code={code}", ""
        self._stack = AsyncExitStack()
        self.page: Visitor | None = None
        self.answer = Answer()
        self.frames: list[bytes] = []
        self._listening: asyncio.Task[None] | None = None

    async def come(self) -> None:
        """For the first time, or again with the same cookie."""
        self.page = await self._stack.enter_async_context(visitor(self._url, _PAGE, self._cookie))
        self._cookie, self.page.frames = self.page.cookie, self.frames
        self._show(await self.page.open(self._query))
        self._listening = asyncio.create_task(self._listen())

    async def go(self) -> None:
        """As a phone that is switched off."""
        if self._listening is not None:
            self._listening.cancel()
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def move(self) -> None:
        """Make the move that the controls show."""
        assert self.page is not None
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._show(await self.page.press(self.answer.buttons[_MOVE]))
        self._listening = asyncio.create_task(self._listen())

    async def until(self, words: str) -> None:
        """Until the page says this."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not self.says(words):
                await asyncio.sleep(_LOOK_SECONDS / 4)

    def says(self, words: str) -> bool:
        """Whether it is on the page."""
        return any(words in text for text in self.answer.texts)

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

    def _show(self, answer: Answer) -> None:
        assert not answer.errors, answer.errors
        self.answer = answer

    async def _listen(self) -> None:
        while self.answer.bell is not None:
            assert self.page is not None
            answer = await self.page.rung(self.answer.bell)
            if answer is not None:
                self._show(answer)


async def play(url: str, store: RunStore, n_students: int, n_agents: int = N_AGENTS, n_cut: int = 5) -> Played:
    """One round of play from the lobby to the reflection, with so many cut off in each phase."""
    found, rooms = Played(), Rooms(store)
    code, teacher = rooms.open(READY_GAMES["free_riders"](n_agents))
    students = [Student(url, code) for _ in range(n_students)]
    screen = asyncio.create_task(_watch_lobby(url, teacher, n_students))
    await asyncio.sleep(0.5)
    came = [0.0] * n_students

    async def come(index: int) -> None:
        await asyncio.sleep(_WITHIN_SECONDS * index / n_students)
        came[index] = time.monotonic()
        await students[index].come()
        found.first_pages.append(time.monotonic() - came[index])

    await asyncio.gather(*map(come, range(n_students)))
    seen = await screen
    found.joins = [max(0.0, seen[place] - moment) for place, moment in enumerate(sorted(came))]
    await _cut(students[:n_cut], found, "wait")
    rooms.advance(teacher, "choose")
    await asyncio.gather(*(one.until("coins") for one in students))
    await asyncio.gather(*map(_until_it_may_move, students))
    await asyncio.gather(*(_timed(one.move, found.moves) for one in students))
    await _cut(students[:n_cut], found, "Costs")
    began = time.monotonic()
    rooms.advance(teacher, "training")
    await _cut(students[:n_cut], found, "You bring")
    run_id = str(rooms.teacher(teacher).run_id)
    await _until(lambda: store.progress([run_id], "") == {run_id: "done"})
    found.trained = time.monotonic() - began
    _look_for_leaks(students, run_id, found)
    rooms.advance(teacher, "pay")
    await asyncio.gather(*(_timed(partial(one.until, "You get"), found.pays, began) for one in students))
    await _cut(students[:n_cut], found, "You get")
    paid = rooms.teacher(teacher).paid[0].moves
    assert sum(one.by == "moved" for one in paid) == min(n_students, n_agents), "a move was lost"
    await asyncio.gather(*(one.go() for one in students))
    return found


def _look_for_leaks(students: Sequence[Student], run_id: str, found: Played) -> None:
    """In all frames until now: another's token, or the run, whose scenario has everybody's move in it."""
    found.n_frames = sum(len(one.frames) for one in students)
    for one in students:
        received = b"".join(one.frames)
        assert one.token.encode() in received, "frames are compressed: nothing would be found in them"
        secrets = [run_id, *(other.token for other in students if other is not one)]
        found.leaks += [secret for secret in secrets if secret.encode() in received]


async def _watch_lobby(url: str, teacher: str, n_students: int) -> list[float]:
    """When the teacher's page said that at least one had joined, two, and so on."""
    moments: list[float] = []
    async with visitor(url, _TEACHERS_PAGE) as page:
        answer = await page.open(f"room={teacher}")
        while len(moments) < n_students:
            told = next((text for text in answer.texts if "joined" in text), "0")
            n_there = int(told.partition("<b>")[2].partition("</b>")[0] or 0)
            moments += [time.monotonic()] * (n_there - len(moments))
            assert answer.bell is not None, answer.errors
            answer = await page.rung(answer.bell) or answer
    return moments


async def _cut(students: Sequence[Student], found: Played, words: str) -> None:
    """These are cut off and come again; ``words``: what their page must say then."""

    async def again(one: Student) -> None:
        before = one.agent
        await one.go()
        await one.come()
        found.n_cut += 1
        found.n_kept += one.agent == before and any(words.lower() in text.lower() for text in one.answer.texts)

    await asyncio.gather(*map(again, students))


async def _until_it_may_move(one: Student) -> None:
    await _until(lambda: _MOVE in one.answer.buttons)


async def _timed(what: Callable[[], Awaitable[None]], into: list[float], began: float | None = None) -> None:
    start = time.monotonic() if began is None else began
    await what()
    into.append(time.monotonic() - start)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(_LOOK_SECONDS)


def row(n_students: int, found: Played) -> list[str]:
    """What was measured as cells under ``HEAD``."""
    times = [
        _p95(found.first_pages),
        _p95(found.joins),
        max(found.joins),
        _p95(found.moves),
        found.trained,
        _p95(found.pays),
        max(found.pays),
    ]
    return [str(n_students), str(found.n_cut), *(f"{one:.2f}" for one in times), f"{found.n_kept}/{found.n_cut}"]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def measure(n_students: int, n_agents: int = N_AGENTS, n_workers: int = N_WORKERS) -> Played:
    """Start a server with a store of its own, and let a class play on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder), {"CGS_WORKERS": str(n_workers)}) as (url, _),
    ):
        store = RunStore(Path(folder) / "runs.sqlite")
        try:
            return asyncio.run(play(url, store, n_students, n_agents, min(5, -(-n_students // 6))))
        finally:
            store.close()


def main() -> None:
    """Measure what the command line asks for, a row for each number of students."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[30])
    asked = parser.parse_args()
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    for n_students in asked.students:
        print(f"| {' | '.join(row(n_students, measure(n_students)))} |", flush=True)


if __name__ == "__main__":
    main()
