"""What a student does: takes a seat, moves, votes, reflects, takes the seat along to another device, leaves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from cgs_core.errors import RoomError
from cgs_core.lessons.checked import checked_answer
from cgs_core.rooms import state as stored
from cgs_core.rooms.desk import Desk
from cgs_core.rooms.limits import Guesses
from cgs_core.rooms.phases import OPEN_PHASES, RULE_PHASES, check_in
from cgs_core.rooms.polls import answers_key, poll_on
from cgs_core.rooms.state import RoomState
from cgs_core.rooms.tokens import hashed, seat_token, typed_code
from cgs_core.rooms.views import SeatView, questions_of, seat_view
from cgs_core.runs import RunStore

MOST_SEATS_AN_AGENT = 2
MAX_NICKNAME, MAX_TEXT = 24, 500
_SEEN_REFRESH_SECONDS = 10.0  # so that most looks at a room write nothing


class Seats(Desk):
    """The seats of a store's rooms, for their students. All methods may be called from any thread and any process.

    Wrong codes are counted in this one: a server makes one for all.
    """

    def __init__(self, store: RunStore) -> None:
        super().__init__(store)
        self._guesses = Guesses()

    def join(self, code: str, visitor: str, nickname: str = "") -> str:
        """Take a seat, or come back to one's own; returns the seat's token.

        A seat is an agent that nobody plays: one that was a bot all the time, or else one that was left. When there is
        none left two students share an agent.

        Parameters
        ----------
        code: as it was typed, in any case, spaces and hyphens ignored.
        visitor: a token of the browser's that nobody can guess and that all its tabs share.
        nickname: "" or what the student wants to be called.

        Raises
        ------
        RoomError: there is no open room of this code, or it is full; or this visitor's codes were wrong too often.
        """
        name = _plain("nickname", nickname, MAX_NICKNAME)
        ticks = self._store.now().ticks
        self._guesses.check(visitor, ticks)
        with self._write() as (connection, now):
            try:
                state = stored.of_code(connection, typed_code(code), now)
            except RoomError:
                self._guesses.count(visitor, ticks)
                raise
            token = seat_token(state.room_id, visitor)
            digest = hashed("seat", token)
            if all(seat.token != digest for seat in state.seats):
                row = (state.room_id, len(state.seats), _free_agent(state), digest, name, now.ticks)
                connection.execute("INSERT INTO room_seats VALUES (?, ?, ?, ?, ?, ?)", row)
        return token

    def seat(self, token: str) -> SeatView:
        """The room as the student on this seat may see it, who is seen by that."""
        now = self._store.now()
        with self._store.database.read() as connection:
            state, seat = stored.of_seat(connection, token, now)
        if not 0 <= now.ticks - seat.seen <= _SEEN_REFRESH_SECONDS:
            with self._write() as (connection, now):
                values = (now.ticks, state.room_id, seat.number)
                connection.execute("UPDATE room_seats SET seen = ? WHERE room_id = ? AND seat = ?", values)
        self._look(state, now)
        return seat_view(state, seat)

    def move_seat(self, token: str, visitor: str) -> str:
        """Take the seat along to another device, by whose browser's token; returns the seat's new token.

        The one before opens nothing any more. ``RoomError`` where that device has a seat in the room already.
        """
        with self._write() as (connection, now):
            state, seat = stored.of_seat(connection, token, now)
            new = seat_token(state.room_id, visitor)
            digest = hashed("seat", new)
            if any(other.token == digest and other.number != seat.number for other in state.seats):
                raise RoomError("This device has a seat in the room already: leave that one first.")
            values = (digest, now.ticks, state.room_id, seat.number)
            connection.execute("UPDATE room_seats SET token = ?, seen = ? WHERE room_id = ? AND seat = ?", values)
        return new

    def leave(self, token: str) -> None:
        """Give the seat up, and its nickname; the last move counts until somebody else takes the seat and moves."""
        with self._seats(token) as (connection, state, number):
            values = (state.room_id, number)
            connection.execute(
                "UPDATE room_seats SET token = NULL, nickname = '' WHERE room_id = ? AND seat = ?", values
            )

    def rename(self, token: str, nickname: str) -> None:
        """Another nickname, or "" for none."""
        name = _plain("nickname", nickname, MAX_NICKNAME)
        with self._seats(token) as (connection, state, number):
            values = (name, state.room_id, number)
            connection.execute("UPDATE room_seats SET nickname = ? WHERE room_id = ? AND seat = ?", values)

    def move(self, token: str, fields: Mapping[str, Any]) -> None:
        """Make or change this round's move, while students choose: fields of ``game.Move``.

        ``ScenarioError`` names a field that the game does not allow; ``RoomError`` in another phase.
        """
        with self._seats(token) as (connection, state, number):
            check_in(state.phase, ("choose",), "move")
            move = state.game.checked(fields)
            _keep(connection, state, number, "move", move.__dict__)

    def vote(self, token: str, rule: str) -> None:
        """Vote for a rule of the game, or for another than before, while the vote is open."""
        with self._seats(token) as (connection, state, number):
            check_in(state.phase, RULE_PHASES, "vote")
            if state.vote != "open":
                raise RoomError("No vote is open.")
            _keep(connection, state, number, "vote", state.game.rule(rule).name)

    def answer_poll(self, token: str, answer: Any) -> None:
        """Answer the poll that is on, or answer otherwise than before: as its question asks (``lessons.checked``).

        ``ScenarioError`` for what is no answer to it; ``RoomError`` where none is open.
        """
        with self._seats(token) as (connection, state, number):
            check_in(state.phase, OPEN_PHASES, "poll")
            on = poll_on(state)
            if on is None or on[2] != "open":
                raise RoomError("No poll is open.")
            lesson, step, _, question = on
            _keep(connection, state, number, answers_key(lesson, step), checked_answer("answer", question, answer))

    def reflect(self, token: str, question: str, answer: str) -> None:
        """Answer a question of the reflection: "closed" with one of its options, "open_1" or "open_2" in own words."""
        self.reflect_on_all(token, {question: answer})

    def reflect_on_all(self, token: str, answers: Mapping[str, str]) -> None:
        """Answer several at once, as ``reflect`` does one: all of them or none, whatever is killed meanwhile."""
        with self._seats(token) as (connection, state, number):
            check_in(state.phase, ("reflect",), "reflection")
            known = questions_of(state.game)
            for question, answer in answers.items():
                if question not in known:
                    raise RoomError(f"question: one of {', '.join(known)}; got {str(question)[:20]!r}")
                if question == "closed" and answer not in state.game.options:
                    raise RoomError(f"answer: one of {', '.join(state.game.options)}; got {str(answer)[:20]!r}")
                _keep(connection, state, number, question, _plain("answer", answer, MAX_TEXT))


def _free_agent(state: RoomState) -> int:
    """The agent that a new student plays: a bot, else one that was left, else the first that one student plays."""
    n_seats = [0] * state.game.n_agents
    for seat in state.seats:
        n_seats[seat.agent] += seat.token is not None
    moved = {seat.agent for seat in state.seats for one in state.moves if one.seat == seat.number}
    agent = min(range(state.game.n_agents), key=lambda index: (n_seats[index], index in moved, index))
    if n_seats[agent] >= MOST_SEATS_AN_AGENT:
        raise RoomError(f"The room is full: two students play each of its {state.game.n_agents} agents.")
    return agent


def _keep(connection: sqlite3.Connection, state: RoomState, seat: int, question: str, answer: Any) -> None:
    connection.execute("UPDATE rooms SET n_acts = n_acts + 1 WHERE id = ?", (state.room_id,))
    connection.execute(
        "INSERT OR REPLACE INTO room_answers SELECT id, ?, ?, ?, ?, n_acts FROM rooms WHERE id = ?",
        (state.play, seat, question, json.dumps(answer), state.room_id),
    )


def _plain(field: str, text: str, longest: int) -> str:
    """A text with single spaces, of characters that can be seen; ``RoomError`` for one that is too long or none."""
    plain = " ".join(text.split()) if isinstance(text, str) else ""
    if not isinstance(text, str) or len(plain) > longest or not plain.isprintable():
        raise RoomError(f"{field}: at most {longest} characters that can be seen; got {str(text)[:40]!r}")
    return plain
