"""A room as it lies in the store, read in one transaction."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from cgs_core.errors import RoomError, ScenarioError
from cgs_core.rooms.game import Game, Rule, game_of
from cgs_core.rooms.phases import PHASES, Phase
from cgs_core.rooms.playing import PlayedMove, Result, Seat, SeatMove, moves_of
from cgs_core.rooms.tokens import hashed
from cgs_core.runs.kept_json import kept_json, read_kept
from cgs_core.runs.transitions import Now

OPEN_SECONDS = 8 * 3600.0
"""A room ends by itself when its teacher has done nothing in it for so long, by the clock that only waits."""
TEACHER = -1
"""Whose the answers are that are the teacher's: no seat's."""
NO_SEAT = "This opens no seat: the link is not whole, or its seat was left or moved to another device."
NO_ROOM = "This opens no room: the teacher's link is not whole, another browser has opened the room, or it was deleted."
_log = logging.getLogger(__name__)
_COLUMNS = "id, code, game, phase, play, rule, vote, moved_on"


@dataclass(frozen=True)
class Answer:
    """What a seat has answered: the vote, a question of the reflection, of a poll; of ``TEACHER``: the poll itself."""

    play: int
    seat: int
    question: str
    answer: Any


@dataclass(frozen=True)
class Play:
    """A round of play that has begun to be trained; ``results`` are None until it is paid."""

    play: int
    rule: Rule
    moves: tuple[PlayedMove, ...]
    run_id: str
    results: tuple[Result, ...] | None


@dataclass(frozen=True)
class RoomState:
    """All that is stored of a room; what anybody may see of it is in ``views``.

    ``phase`` is "closed" too where the room has ended by itself. ``plays`` are in order; ``moved_on`` is in ticks.
    """

    room_id: str
    code: str | None
    game: Game
    phase: Phase
    play: int
    rule: Rule
    vote: str
    moved_on: float
    seats: tuple[Seat, ...]
    moves: tuple[SeatMove, ...]
    answers: tuple[Answer, ...]
    plays: tuple[Play, ...]

    @cached_property
    def current_moves(self) -> tuple[PlayedMove, ...]:
        """What each agent would play now, or plays."""
        return moves_of(self.game, self.seats, self.moves, self.play)

    @property
    def begun(self) -> Play | None:
        """This round of play, once its training has begun."""
        return next((play for play in self.plays if play.play == self.play), None)

    def answers_to(self, question: str) -> list[Any]:
        """What the seats have answered in this round of play, in an order that says nothing of whose it is."""
        found = [one.answer for one in self.answers if (one.question, one.play) == (question, self.play)]
        return sorted(found, key=str)


def of_teacher(connection: sqlite3.Connection, token: str, now: Now) -> RoomState:
    """The room that a teacher's token opens; ``RoomError`` for any other text."""
    found = _room(connection, "teacher", hashed("teacher", token), now)
    if found is None:
        raise RoomError(NO_ROOM)
    return found


def of_seat(connection: sqlite3.Connection, token: str, now: Now) -> tuple[RoomState, Seat]:
    """The room and the seat that a seat's token opens; ``RoomError`` for any other text."""
    digest = hashed("seat", token)
    row = connection.execute("SELECT room_id FROM room_seats WHERE token = ?", (digest,)).fetchone()
    state = None if row is None else _room(connection, "id", row[0], now)
    if state is None:
        raise RoomError(NO_SEAT)
    return state, next(seat for seat in state.seats if seat.token == digest)


def of_code(connection: sqlite3.Connection, code: str, now: Now) -> RoomState:
    """The open room of a code; ``RoomError`` where there is none."""
    state = _room(connection, "code", code, now)
    if state is None or state.phase == "closed":
        raise RoomError(f"There is no open room {code[:20]!r}: look at the code again.")
    return state


def _room(connection: sqlite3.Connection, column: str, value: str, now: Now) -> RoomState | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM rooms WHERE {column} = ?", (value,)).fetchone()
    if row is None:
        return None
    room_id, code, text, phase, play, rule, vote, moved_on = row
    try:
        game = game_of(text)
        named = game.rule(rule)
        if phase not in PHASES:
            raise ScenarioError("phase", "one of a room's", phase)
    except ScenarioError as error:
        _log.warning("a room was damaged in the store: it is left out (%s)", error.field)
        return None
    is_over = now.ticks - moved_on > OPEN_SECONDS
    seats = connection.execute(
        "SELECT seat, agent, token, nickname, seen FROM room_seats WHERE room_id = ? ORDER BY seat", (room_id,)
    )
    moves, answers = _answered(connection, room_id, game)
    return RoomState(
        room_id,
        code,
        game,
        "closed" if is_over else phase,
        play,
        named,
        vote,
        moved_on,
        tuple(Seat(*columns) for columns in seats.fetchall()),
        moves,
        answers,
        _plays(connection, room_id, game),
    )


def _answered(
    connection: sqlite3.Connection, room_id: str, game: Game
) -> tuple[tuple[SeatMove, ...], tuple[Answer, ...]]:
    query = "SELECT play, seat, question, answer, act FROM room_answers WHERE room_id = ? ORDER BY play, act"
    moves, answers = list[SeatMove](), list[Answer]()
    for play, seat, question, text, act in connection.execute(query, (room_id,)).fetchall():
        if question == "move":
            move = read_kept("a room's move", lambda text: game.checked(json.loads(text)), text)
            moves += [] if move is None else [SeatMove(play, seat, act, move)]
        else:
            answer = kept_json(text, object, "a room's answer")
            answers += [] if answer is None else [Answer(play, seat, question, answer)]
    return tuple(moves), tuple(answers)


def _plays(connection: sqlite3.Connection, room_id: str, game: Game) -> tuple[Play, ...]:
    query = "SELECT play, rule, moves, run_id, outcome FROM room_plays WHERE room_id = ? ORDER BY play"
    plays = []
    for play, rule, moves, run_id, outcome in connection.execute(query, (room_id,)).fetchall():
        read = read_kept("a room's round of play", _play, game, play, rule, moves, run_id, outcome)
        plays += [] if read is None else [read]
    return tuple(plays)


def _play(game: Game, play: int, rule: str, moves: str, run_id: str, outcome: str | None) -> Play:
    played = tuple(PlayedMove(game.checked(one["move"]), one["by"], one["seat"]) for one in json.loads(moves))
    results = None if outcome is None else tuple(Result(**one) for one in json.loads(outcome))
    return Play(play, game.rule(rule), played, run_id, results)


def as_json(records: tuple[PlayedMove, ...] | tuple[Result, ...]) -> str:
    """As ``room_plays`` keeps them."""
    return json.dumps([asdict(one) for one in records])
