"""A server and its workers are killed in each phase of a room: what was acknowledged is there, and the game goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cgs_core.rooms import Rooms, Seats
from cgs_core.runs import RunStore
from tests.rooms.rooms import small_game, visitor
from tests.runs.fake_engine import GATES, set_gate
from tests.runs.helpers import eventually

NAMES = tuple(f"student {number}" for number in range(6))

SERVER = """
import json, sys
from cgs_core.rooms import Rooms, Seats
from cgs_core.runs import JobRunner

command = (sys.executable, "-m", "tests.runs.fake_engine")
with JobRunner(sys.argv[1], n_workers=1, worker_command=command) as runner:
    doors = {"rooms": Rooms(runner.store, runner.submit), "seats": Seats(runner.store)}
    for line in sys.stdin:
        door, name, *given = json.loads(line)
        done = runner.worker_pids if door == "workers" else getattr(doors[door], name)(*given)
        print(json.dumps(done), flush=True)
"""


class Server:
    """A process of its own, with a worker, that is asked line by line and can be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, *what: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def server(folder: Path, root: Path) -> Iterator[Server]:
    """It is killed at the end, as by ``kill -9``."""
    command = [sys.executable, "-c", SERVER, str(folder / "runs.sqlite")]
    variables = os.environ | {GATES: str(folder)}
    with subprocess.Popen(
        command, cwd=root, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Server(process)
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_server_that_is_killed_in_each_phase_loses_no_seat_and_no_move(folder: Path, root: Path) -> None:
    game = small_game(n_agents=6, conducts=("honest", "echo"))
    game = type(game)(**(vars(game) | {"scenario": game.scenario.replace(n_rounds=3)}))
    store = RunStore(folder / "runs.sqlite")
    rooms, seats = Rooms(store), Seats(store)
    code, teacher = rooms.open(game)
    moves = {name: {"samples": 2 + place, "conduct": "echo"} for place, name in enumerate(NAMES)}
    with server(folder, root) as killed:
        tokens = {name: killed.ask("seats", "join", code, visitor(name), name) for name in NAMES}
        killed.ask("rooms", "advance", teacher, "choose")
    assert {name: seats.join(code, visitor(name)) for name in NAMES} == tokens
    with server(folder, root) as killed:
        for name in NAMES:
            killed.ask("seats", "move", tokens[name], moves[name])
    assert [vars(seats.seat(token).move) for token in tokens.values()] == [
        one | {"is_cheap": False, "prediction": None} for one in moves.values()
    ]
    set_gate(folder, game.scenario, 1)
    with server(folder, root) as killed:
        killed.ask("rooms", "advance", teacher, "training")
        run_id = str(rooms.teacher(teacher).run_id)
        eventually(lambda: len(store.events(run_id).rounds) == 1, "the first round")
    assert (rooms.teacher(teacher).phase, rooms.teacher(teacher).run_id) == ("training", run_id)
    with server(folder, root) as living:
        eventually(lambda: store.events(run_id).status == "running", "the run to be taken up")
        for pid in living.ask("workers", ""):
            os.kill(pid, signal.SIGKILL)
        set_gate(folder, game.scenario, 3)
        eventually(lambda: store.events(run_id).status == "done", "the run's end")
        living.ask("rooms", "advance", teacher, "pay")
    (paid,) = rooms.teacher(teacher).paid
    assert [(one.move.samples, one.move.conduct, one.by) for one in paid.moves] == [
        (2 + place, "echo", "moved") for place in range(6)
    ]
    with server(folder, root) as killed:
        killed.ask("rooms", "advance", teacher, "reflect")
        killed.ask("seats", "reflect", tokens[NAMES[3]], "closed", "no")
        killed.ask("rooms", "open_vote", teacher)
        killed.ask("seats", "vote", tokens[NAMES[2]], "CGSV")
    with server(folder, root) as killed:
        killed.ask("rooms", "close_vote", teacher)
        killed.ask("rooms", "advance", teacher, "choose")
    view = seats.seat(tokens[NAMES[5]])
    assert (view.phase, view.play, view.rule.name, view.paid) == ("choose", 1, "CGSV", (paid,))
    assert view.last_move is not None and view.last_move.samples == 7 and view.nickname == NAMES[5]
    store.close()
