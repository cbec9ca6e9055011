"""A class that plays: websocket students in one room, really trained, some of whom lose their connection in each phase.

``python -m benchmarks.class_room --students 10 30 60``: a server each on a fresh store, with two workers, and a room
of 30 agents (two students share one above that). The teacher's clicks come from beside the server, by its store.
``taskset -c 0,1`` gives all of it two processors. Five students, or a sixth of them, are cut off in each phase and come
back. With ``--kill`` server and workers are killed in each phase, in the midst of the moves and of the answers, too.
``--browsers N`` opens real browsers instead (``benchmarks.class_browsers``). Each number depends on the machine and on
what else it does.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import class_browsers
from benchmarks.class_students import LOOK_SECONDS, PATIENCE_SECONDS, Student
from benchmarks.class_waits import Waits
from cgs_core.rooms import READY_GAMES, Game, Move, Rooms
from cgs_core.runs import RunStore
from cgs_ui.rooms.words import move_words
from tools.running_app import MortalApp
from tools.websocket_visitor import visitor

N_AGENTS, N_WORKERS = 30, 2
_TEACHERS_PAGE = "class-room"
_WITHIN_SECONDS = 5.0  # so long the class takes to join
HEAD = ("students", "cut off", "first page", "join seen", "worst", "moves in", "trained", "own pay", "worst", "kept")


@dataclass
class Played(Waits):
    """What was measured of one round of play.

    Attributes
    ----------
    n_kept: of the ``n_cut`` who were cut off and came again, or found the server killed and came again by themselves,
        how many had their agent and the screen of the phase. n_kills: how often the server was killed.
    n_frames: received before the pay; ``leaks``: what was in one that only another student, or nobody, may know.
    opened: doors that a token opened which is forged, old, or another door's; ``lost``: moves and answers that were
        acknowledged and are not there.
    """

    n_cut: int = 0
    n_kept: int = 0
    n_kills: int = 0
    n_frames: int = 0
    leaks: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Lesson:
    """One round of play from the lobby to the reflection, beside another room in which one student waits."""

    def __init__(self, app: MortalApp, store: RunStore, n_students: int, n_agents: int, n_cut: int) -> None:
        self.found, self._app, self._store, self._rooms = Played(), app, store, Rooms(store)
        self._game = READY_GAMES["free_riders"](n_agents)
        self._code, self._teacher = self._rooms.open(self._game)
        moves = _moves(self._game)
        self._students = [Student(app.url, self._code, moves[index % len(moves)]) for index in range(n_students)]
        self._cut_off = self._students[:n_cut]
        other_code, self._others_teacher = self._rooms.open(self._game)
        self._other = Student(app.url, other_code)
        self._doors = ["join?seat=a-forged-token-of-nobody", "class-room?room=a-forged-token-of-nobody"]

    async def play(self, is_killing: bool = False) -> Played:
        """All phases."""
        await self._lobby()
        await self._faults("wait here", is_killing)
        self._rooms.advance(self._teacher, "choose")
        await asyncio.gather(*(one.until("costs") for one in self._students))
        await self._all([partial(_timed, one.choose, self.found.moves) for one in self._students], is_killing)
        await self._faults("your move is in", is_killing=False)
        began = time.monotonic()
        self._rooms.advance(self._teacher, "training")
        await self._train(is_killing)
        self.found.trained = time.monotonic() - began
        self._look_for_leaks()
        self._rooms.advance(self._teacher, "pay")
        await asyncio.gather(*(_timed(partial(one.until, "You get"), self.found.pays, began) for one in self._students))
        await self._faults("You get", is_killing)
        self._look_for_moves()
        await self._talk(is_killing)
        await asyncio.gather(*(one.go() for one in [*self._students, self._other]))
        return self.found

    async def _lobby(self) -> None:
        n_students, came = len(self._students), [0.0] * len(self._students)
        screen = asyncio.create_task(_watch_lobby(self._app.url, self._teacher, n_students))
        await self._other.come()

        async def come(index: int) -> None:
            await asyncio.sleep(_WITHIN_SECONDS * index / n_students)
            came[index] = time.monotonic()
            await self._students[index].come()
            self.found.first_pages.append(time.monotonic() - came[index])

        await asyncio.gather(*map(come, range(n_students)))
        seen = await screen
        self.found.joins = [max(0.0, seen[place] - moment) for place, moment in enumerate(sorted(came))]
        self._doors += [f"join?seat={self._teacher}", f"class-room?room={self._students[0].token}"]

    async def _train(self, is_killing: bool) -> None:
        run_id = str(self._rooms.teacher(self._teacher).run_id)
        if is_killing:
            await until(lambda: self._app.kill_workers() > 0)
        await self._faults("you bring", is_killing)
        await until(lambda: self._is_trained(run_id))

    def _is_trained(self, run_id: str) -> bool:
        """Nobody looks while the server is down: after two minutes of that the teacher trains again, by a button."""
        status = self._store.progress([run_id], "")[run_id]
        if status not in ("queued", "running", "done"):
            self._rooms.train(self._teacher)
        return status == "done"

    async def _talk(self, is_killing: bool) -> None:
        self._rooms.advance(self._teacher, "reflect")
        await asyncio.gather(*(one.until("what do you say") for one in self._students))
        texts = [f"answer {index} of the class" for index in range(len(self._students))]
        says = [partial(one.say, "partly", text) for one, text in zip(self._students, texts, strict=True)]
        await self._all(says, is_killing)
        told = self._rooms.teacher(self._teacher).reflections
        self.found.lost += sorted(set(texts) - set(told["open_1"]))
        if told["closed"] != ("partly",) * len(texts):
            self.found.lost.append("the closed question's answers")

    async def _all(self, acts: Sequence[Callable[[], Awaitable[None]]], is_killing: bool) -> None:
        """All do something at once; the server is killed as soon as a third is done with it."""
        doing = [asyncio.ensure_future(act()) for act in acts]
        if is_killing:
            await until(lambda: sum(one.done() for one in doing) * 3 >= len(doing))
            await self._kill()
        await asyncio.gather(*doing)

    async def _kill(self) -> None:
        await asyncio.to_thread(self._app.kill)
        await asyncio.to_thread(self._app.start)
        self.found.n_kills += 1

    async def _faults(self, words: str, is_killing: bool) -> None:
        """Some are cut off and come again, all find the server killed, and nobody comes in by a token that is not one's
        own; ``words``: what a student's page must say then."""
        before = [one.agent for one in self._students]
        for one in self._cut_off:
            await one.go()
        await asyncio.gather(*(one.come() for one in self._cut_off))
        self._count(self._cut_off, before, words)
        if is_killing:
            back = [one.n_back for one in self._students]
            await self._kill()
            await until(lambda: all(one.n_back > n for one, n in zip(self._students, back, strict=True)))
            await asyncio.gather(*(one.until(words) for one in self._students))
            self._count(self._students, before, words)
        for door in self._doors:
            async with visitor(self._app.url, door.partition("?")[0]) as stranger:
                answer = await stranger.open(door.partition("?")[2])
            if answer.bell is not None or not answer.errors:
                self.found.opened.append(door)
        assert self._other.says("wait here") and len(self._rooms.teacher(self._others_teacher).seats) == 1

    def _count(self, students: Sequence[Student], agents: Sequence[str], words: str) -> None:
        for one, agent in zip(students, agents, strict=False):
            self.found.n_cut += 1
            self.found.n_kept += one.agent == agent and one.says(words)

    def _look_for_leaks(self) -> None:
        """In all that was received until now: another's token, another's move, or what has everybody's move in it."""
        run_id = str(self._rooms.teacher(self._teacher).run_id)
        everybody = [*self._students, self._other]
        self.found.n_frames = sum(len(one.frames) for one in everybody)
        moves = [move_words(self._game, move) for move in _moves(self._game)]
        for one in everybody:
            received = b"".join(one.frames)
            assert one.token.encode() in received, "frames are compressed: nothing would be found in them"
            own = "" if one.move is None else move_words(self._game, one.move)
            assert own.encode() in received, "a move is said otherwise: nothing would be found"
            secrets = [run_id, self._teacher, '"samples":', '"conduct":', "shard_size"]
            secrets += [other.token for other in everybody if other is not one]
            secrets += [move for move in moves if move != own]
            self.found.leaks += [secret for secret in secrets if secret.encode() in received]

    def _look_for_moves(self) -> None:
        """Each agent has played what its student, or one of its two, has chosen."""
        (paid,) = self._rooms.teacher(self._teacher).paid
        chosen: dict[str, list[Move | None]] = {}
        for one in self._students:
            chosen.setdefault(one.agent, []).append(one.move)
        for agent, moves in chosen.items():
            played = paid.moves[int(agent.rpartition(" ")[2]) - 1]
            if played.by != "moved" or played.move not in moves:
                self.found.lost.append(f"{agent}: {played.move}, not of {moves}")


def _moves(game: Game) -> list[Move]:
    """Those that the students make by turns: they differ as far as may be."""
    sizes = [size for size in game.sizes if size * game.clean_price <= game.coins]
    return [Move(size, False, conduct) for conduct in game.conducts for size in sizes]


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


async def _timed(what: Callable[[], Awaitable[None]], into: list[float], began: float | None = None) -> None:
    start = time.monotonic() if began is None else began
    await what()
    into.append(time.monotonic() - start)


async def until(condition: Callable[[], bool]) -> None:
    """Look until it is so; ``TimeoutError`` after ``PATIENCE_SECONDS``."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(LOOK_SECONDS)


def row(n_students: int, found: Played) -> list[str]:
    """What was measured as cells under ``HEAD``."""
    return [str(n_students), str(found.n_cut), *found.cells(), f"{found.n_kept}/{found.n_cut}"]


def measure(n_students: int, n_agents: int = N_AGENTS, n_workers: int = N_WORKERS, is_killing: bool = False) -> Played:
    """Start a server with a store of its own, and let a class play on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        MortalApp(Path(folder), {"CGS_WORKERS": str(n_workers)}) as app,
    ):
        store = RunStore(app.store)
        try:
            lesson = Lesson(app, store, n_students, n_agents, min(5, -(-n_students // 6)))
            return asyncio.run(lesson.play(is_killing))
        finally:
            store.close()


def main() -> None:
    """Measure what the command line asks for, a row for each number of students."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[30])
    parser.add_argument("--kill", action="store_true", help="server and workers, in each phase")
    parser.add_argument("--browsers", type=int, help="so many real browsers instead of websocket students")
    asked = parser.parse_args()
    if asked.browsers:
        print(f"| {' | '.join(class_browsers.HEAD)} |\n|{' --- |' * len(class_browsers.HEAD)}", flush=True)
        print(f"| {' | '.join(class_browsers.measure(asked.browsers, N_AGENTS, N_WORKERS))} |")
        return
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    for n_students in asked.students:
        found = measure(n_students, is_killing=asked.kill)
        print(f"| {' | '.join(row(n_students, found))} |", flush=True)
        for what in ("lost", "leaks", "opened"):
            print(f"{what}: {', '.join(getattr(found, what)) or 'nothing'}", flush=True)


if __name__ == "__main__":
    main()
