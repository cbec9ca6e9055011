"""A small class plays a room by websocket on a server that is killed in each phase: nothing is lost, nothing leaks.

And phones whose connections have vanished without being closed: the room goes on, and the server gives them up.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.class_room import HEAD, Played, measure, row, until
from benchmarks.class_students import LOOK_SECONDS, PATIENCE_SECONDS, Student
from cgs_core.rooms import READY_GAMES, Move, Rooms
from cgs_core.runs import RunStore
from tools.running_app import MortalApp
from tools.websocket_visitor import get

N_STUDENTS, N_AGENTS = 5, 4


@pytest.fixture(scope="module")
def played() -> Played:
    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop in this one
        return thread.submit(measure, N_STUDENTS, N_AGENTS, n_workers=1, is_killing=True).result()


def test_all_have_their_own_pay_and_the_lobby_has_seen_them(played: Played) -> None:
    assert len(played.pays) == len(played.joins) == len(played.moves) == N_STUDENTS
    assert played.trained < min(played.pays)
    assert len(row(N_STUDENTS, played)) == len(HEAD)


def test_who_was_cut_off_or_found_the_server_killed_has_the_same_agent_and_the_same_screen(played: Played) -> None:
    assert played.n_kills == 5
    assert played.n_kept == played.n_cut == 4 + 3 * N_STUDENTS


def test_no_move_and_no_answer_is_lost_when_the_server_is_killed_between_them(played: Played) -> None:
    assert played.lost == []


def test_no_frame_before_the_pay_had_anothers_move_in_it(played: Played) -> None:
    assert played.n_frames > 0 and played.leaks == []


def test_no_token_that_is_forged_or_another_doors_opens_anything_in_any_phase(played: Played) -> None:
    assert played.opened == []


# -- connections that nobody has closed ------------------------------------------------------------------------------


def test_phones_that_vanish_keep_their_seats_block_nobody_and_are_given_up(tmp_path: Path) -> None:
    with (
        MortalApp(
            tmp_path, {"CGS_WORKERS": "1", "STREAMLIT_SERVER_WEBSOCKET_PING_INTERVAL": str(_PING_SECONDS)}
        ) as app,
        ThreadPoolExecutor(1) as thread,
    ):
        store = RunStore(app.store)
        try:
            thread.submit(asyncio.run, _vanish(app.url, store)).result()
        finally:
            store.close()


_PING_SECONDS = 2
_UNHEARD = 400  # pages that are asked for and not read: more than a socket and the queue before it hold


async def _vanish(url: str, store: RunStore) -> None:
    rooms = Rooms(store)
    game = READY_GAMES["free_riders"](N_AGENTS)
    code, teacher = rooms.open(game)
    bob, *gone = (Student(url, code, Move(size)) for size in (50, 100, 25))
    for one in (bob, *gone):
        await one.come()
    assert await _n_open(url) == 3
    rooms.advance(teacher, "choose")
    for one in (bob, *gone):
        await one.until("costs")
        await one.choose()
    agents = [one.agent for one in gone]
    for one, n_asked in zip(gone, (1, _UNHEARD), strict=True):
        await one.freeze(n_asked)

    rooms.advance(teacher, "training")
    run_id = str(rooms.teacher(teacher).run_id)
    await until(lambda: store.progress([run_id], "") == {run_id: "done"})
    rooms.advance(teacher, "pay")
    await bob.until("You get")
    (paid,) = rooms.teacher(teacher).paid
    assert [paid.moves[int(agent.rpartition(" ")[2]) - 1].move for agent in agents] == [one.move for one in gone]

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await _n_open(url) > 1:  # bob's
            await asyncio.sleep(LOOK_SECONDS)
    for one, agent in zip(gone, agents, strict=True):
        again = one.in_a_new_tab()
        await again.come()
        await again.until("You get")
        assert again.agent == agent
        await again.go()
    assert len(rooms.teacher(teacher).seats) == 3
    for one in (bob, *gone):
        await (one.go() if one is bob else one.drop())


async def _n_open(url: str) -> int:
    """How many pages the server holds open, as its operator reads it."""
    _, _, body = await get(url, "/cgs/metrics")
    found = re.search(r"^cgs_sessions (\d+)$", body.decode(), re.MULTILINE)
    assert found is not None, body
    return int(found[1])
