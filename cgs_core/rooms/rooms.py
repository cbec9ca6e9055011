"""What a teacher does: opens a room, moves it on, sets its rule, closes it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cgs_core.errors import JobError, RoomError
from cgs_core.records import Trace
from cgs_core.rooms import state as stored
from cgs_core.rooms.desk import Desk, owner_of
from cgs_core.rooms.evaluations import Evaluations
from cgs_core.rooms.game import Game
from cgs_core.rooms.limits import MOST_ROOMS_A_VISITOR
from cgs_core.rooms.phases import OPEN_PHASES, RULE_PHASES, Phase, check_in, check_next
from cgs_core.rooms.playing import PlayedMove, Result, results_of, with_replies
from cgs_core.rooms.polls import NEXT_STAND, Stand, keep_poll, poll_on, question_of
from cgs_core.rooms.room_file import room_text
from cgs_core.rooms.state import Play, RoomState, as_json
from cgs_core.rooms.tokens import hashed, new_code, new_token, teacher_token
from cgs_core.rooms.views import TeacherView, teacher_view
from cgs_core.runs import RunStore
from cgs_core.scenario import Scenario

MOST_ROOMS = 200
KEPT_SECONDS = 60 * 86_400.0


class Rooms(Desk):
    """The rooms of a store, for their teachers. All methods may be called from any thread and any process.

    Parameters
    ----------
    store: where they are kept, and the runs with them.
    submit: asks for a run, as ``RunStore.submit``; a server gives its ``JobRunner.submit``, which has limits.
    """

    def __init__(self, store: RunStore, submit: Callable[[Scenario, str], str] | None = None) -> None:
        super().__init__(store)
        self._submit = submit or store.submit
        self._evaluations = Evaluations(store)
        self._opened: dict[str, set[str]] = {}  # rooms that are perhaps still open, by who has opened them

    def open(self, game: Game, visitor: str = "") -> tuple[str, str]:
        """A new room in its lobby, played by bots until students come: its code, and the teacher's token.

        ``visitor``: the browser's token of who opens it, from which the teacher's follows (``own``); "" where nobody is
        counted. ``RoomError`` when the server has as many rooms as it keeps, and when this visitor has as many open as
        one may (those since this was made).
        """
        self.expire()
        room_id = new_token()
        teacher = teacher_token(room_id, visitor) if visitor else new_token()
        with self._write() as (connection, now):
            found = connection.execute("SELECT id, code FROM rooms WHERE code IS NOT NULL").fetchall()
            codes = {code for _, code in found}
            if len(codes) >= MOST_ROOMS:
                raise RoomError(f"{MOST_ROOMS} rooms are open, which is as many as this server keeps.")
            self._count(visitor, room_id, {open_id for open_id, _ in found})
            code = next(code for code in iter(new_code, None) if code not in codes)
            connection.execute(
                "INSERT INTO rooms (id, code, teacher, game, rule, moved_on, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (room_id, code, hashed("teacher", teacher), game.to_json(), game.rules[0].name, now.ticks, now.day),
            )
        return code, teacher

    def own(self, visitor: str) -> dict[str, TeacherView]:
        """The rooms that this browser has opened and that are still open, by their ids, the latest first."""
        with self._store.database.read() as connection:
            query = "SELECT id, teacher FROM rooms WHERE code IS NOT NULL ORDER BY created DESC, moved_on DESC"
            found = connection.execute(query).fetchall()
        own: dict[str, TeacherView] = {}
        for room_id, kept in found:
            if hashed("teacher", token := teacher_token(room_id, visitor)) == kept:
                with suppress(RoomError):  # deleted meanwhile, or damaged in the store
                    own[room_id] = self.teacher(token)
        return {room_id: view for room_id, view in own.items() if view.phase != "closed"}

    def _count(self, visitor: str, room_id: str, are_open: set[str]) -> None:
        """Inside the transaction, of which the store has one at a time."""
        self._opened = {who: left for who, own in self._opened.items() if (left := own & are_open)}
        own = self._opened.setdefault(hashed("visitor", visitor), set()) if visitor else set()
        if len(own) >= MOST_ROOMS_A_VISITOR:
            raise RoomError(
                f"You have {MOST_ROOMS_A_VISITOR} rooms open, which is as many as one may: close one first."
            )
        own.add(room_id)

    def teacher(self, token: str) -> TeacherView:
        """The room as its teacher may see it."""
        now = self._store.now()
        with self._store.database.read() as connection:
            state = stored.of_teacher(connection, token, now)
        self._look(state, now)
        return teacher_view(state, now.ticks)

    def advance(self, token: str, wanted: Phase) -> None:
        """Go on to the phase that comes next; nothing happens to a room that is in it already (a second click).

        Going on to "training" fixes the moves and asks for the run; to "pay" needs it to be done, and keeps its
        results; from "reflect" to "choose" begins the next round of play. ``RoomError`` for any other phase, and while
        the run is not done; ``JobError`` when the run is refused, and then nothing has changed.
        """
        if wanted == "training":
            self._begin_training(token)
        elif wanted == "pay":
            self._pay(token)
        else:
            with self._teachers(token) as (connection, state):
                if state.phase != wanted:
                    check_next(state.phase, wanted)
                    play = state.play + (state.phase == "reflect")
                    vote = "" if wanted == "choose" else state.vote
                    connection.execute(
                        "UPDATE rooms SET phase = ?, play = ?, vote = ? WHERE id = ?",
                        (wanted, play, vote, state.room_id),
                    )

    def train(self, token: str) -> str:
        """Ask for the run of the round of play that is being trained once more, where it failed or was left; its id."""
        with self._store.database.read() as connection:
            state = stored.of_teacher(connection, token, self._store.now())
        check_in(state.phase, ("training",), "train")
        return self._ask(state, _begun(state).moves)

    def set_rule(self, token: str, rule: str) -> None:
        """The rule of the next round of play; a vote on it that is open ends without effect."""
        with self._teachers(token) as (connection, state):
            check_in(state.phase, RULE_PHASES, "rule")
            name = state.game.rule(rule).name
            connection.execute("UPDATE rooms SET rule = ?, vote = '' WHERE id = ?", (name, state.room_id))

    def open_vote(self, token: str) -> None:
        """Let the students vote on the rule of the next round of play; votes of before count no more."""
        with self._teachers(token) as (connection, state):
            check_in(state.phase, RULE_PHASES, "vote")
            where = "WHERE room_id = ? AND play = ? AND question = 'vote'"
            connection.execute(f"DELETE FROM room_answers {where}", (state.room_id, state.play))
            connection.execute("UPDATE rooms SET vote = 'open' WHERE id = ?", (state.room_id,))

    def close_vote(self, token: str) -> None:
        """Count the votes: the rule with most of them is the next one.

        Of those with equally many it is the one that is played, where that is among them, else the game's first.
        """
        with self._teachers(token) as (connection, state):
            check_in(state.phase, RULE_PHASES, "vote")
            if state.vote != "open":
                raise RoomError("No vote is open.")
            votes = state.answers_to("vote")
            most = max(votes.count(rule.name) for rule in state.game.rules)
            tied = [rule.name for rule in state.game.rules if votes.count(rule.name) == most]
            name = state.rule.name if state.rule.name in tied else tied[0]
            connection.execute("UPDATE rooms SET rule = ?, vote = 'closed' WHERE id = ?", (name, state.room_id))

    def open_poll(self, token: str, lesson: str, step: int) -> None:
        """Ask the class a lesson's prediction, in any phase, in place of another one that is on; ``step``: which of the
        lesson's screens asks, from 0. It is on until it is ended, or the next round of play begins."""
        question_of(lesson, step)
        with self._teachers(token) as (connection, state):
            check_in(state.phase, OPEN_PHASES, "poll")
            keep_poll(connection, state, lesson, step, "open")

    def go_on_with_poll(self, token: str, wanted: Stand) -> None:
        """Count the answers, after which nobody answers; then reveal the truth. A second click does nothing."""
        with self._teachers(token) as (connection, state):
            check_in(state.phase, OPEN_PHASES, "poll")
            on = poll_on(state)
            if on is None:
                raise RoomError("No poll is on.")
            lesson, step, stand, _ = on
            if stand != wanted:
                if NEXT_STAND[stand] != wanted:
                    raise RoomError(f"poll: after {stand!r} comes {NEXT_STAND[stand]!r}; got {str(wanted)[:20]!r}")
                keep_poll(connection, state, lesson, step, wanted)

    def end_poll(self, token: str) -> None:
        """The poll is not on any more; what was answered stays in the room's file."""
        with self._teachers(token) as (connection, state):
            if (on := poll_on(state)) is not None:
                keep_poll(connection, state, on[0], on[1], None)

    def file(self, token: str, with_nicknames: bool = False) -> str:
        """The whole game as a file (``room_file``): what was paid so far, without names unless they are wanted."""
        with self._store.database.read() as connection:
            return room_text(stored.of_teacher(connection, token, self._store.now()), with_nicknames)

    def close(self, token: str) -> None:
        """End the room: nobody does anything in it any more, its code is free, and what was paid can still be seen."""
        with self._teachers(token) as (connection, state):
            connection.execute("UPDATE rooms SET phase = 'closed', code = NULL WHERE id = ?", (state.room_id,))

    def delete(self, token: str) -> None:
        """Delete the room with all that was done in it; its tokens open nothing any more."""
        with self._write() as (connection, now):
            connection.execute("PRAGMA secure_delete = ON")
            state = stored.of_teacher(connection, token, now)
            connection.execute("DELETE FROM rooms WHERE id = ?", (state.room_id,))

    def expire(self) -> None:
        """Close the rooms that have ended by themselves, and delete those of 60 days ago."""
        with self._write() as (connection, now):
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("DELETE FROM rooms WHERE created < ?", (now.day - KEPT_SECONDS,))

    def _begin_training(self, token: str) -> None:
        with self._store.database.read() as connection:
            state = stored.of_teacher(connection, token, self._store.now())
        if state.phase == "training":
            return
        check_next(state.phase, "training")
        replies = self._evaluations.replies(state)
        asked = self._ask(state, with_replies(state.current_moves, replies))  # first: refused, it changes nothing
        with self._teachers(token) as (connection, state):
            if state.phase == "training":
                return
            check_next(state.phase, "training")
            moves = with_replies(state.current_moves, replies)
            run_id = _scenario(state, moves).scenario_id
            row = (state.room_id, state.play, state.rule.name, as_json(moves), run_id)
            connection.execute(
                "INSERT INTO room_plays (room_id, play, rule, moves, run_id) VALUES (?, ?, ?, ?, ?)", row
            )
            connection.execute("UPDATE rooms SET phase = 'training' WHERE id = ?", (state.room_id,))
        if run_id != asked:  # somebody has moved meanwhile
            self._ask(state, moves)

    def _ask(self, state: RoomState, moves: tuple[PlayedMove, ...]) -> str:
        return self._submit(_scenario(state, moves), owner_of(state))

    def _pay(self, token: str) -> None:
        with self._store.database.read() as connection:
            state = stored.of_teacher(connection, token, self._store.now())
        if state.phase == "pay":
            return
        check_next(state.phase, "pay")
        results = self._results(state)
        with self._teachers(token) as (connection, state):
            if state.phase != "pay":
                check_next(state.phase, "pay")
                where = (as_json(results), state.room_id, state.play)
                connection.execute("UPDATE room_plays SET outcome = ? WHERE room_id = ? AND play = ?", where)
                connection.execute("UPDATE rooms SET phase = 'pay' WHERE id = ?", (state.room_id,))

    def _results(self, state: RoomState) -> tuple[Result, ...]:
        try:
            trace = self._store.load(_begun(state).run_id)
        except JobError as error:
            raise RoomError(f"The run cannot be paid: {error} Train it once more.") from None
        if not isinstance(trace, Trace) or not trace.is_complete:
            raise RoomError("The run is not done: wait for it, or train it once more.")
        return results_of(trace, state.game.n_agents)


def _begun(state: RoomState) -> Play:
    if state.begun is None:
        raise RoomError("This round of play was damaged in the server's store: close the room.")
    return state.begun


def _scenario(state: RoomState, moves: tuple[PlayedMove, ...]) -> Scenario:
    return state.game.played(tuple(one.move for one in moves), state.rule)
