"""Rooms under whatever comes in whatever order, beside a model of a few lines that keeps everything in dictionaries."""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cgs_core.rooms import PHASES, Move, RoomError, Rooms, Seats
from cgs_core.rooms.polls import question_of
from tests.rooms.rooms import made_store, small_game, train, visitor
from tests.runs.helpers import Clock

GAME = small_game(n_agents=3)
FOLLOWING = {"reflect": "choose"} | dict(pairwise(["lobby", "choose", "training", "pay", "reflect"]))
POLL = ("what-is-going-on", 2)
NAMES = st.sampled_from("abcdefgh")
CHOSEN = st.builds(
    Move,
    samples=st.sampled_from([2, 5, 9]),
    is_cheap=st.booleans(),
    conduct=st.sampled_from(["honest", "echo", "copy", "split"]),
    prediction=st.none() | st.sampled_from([0.25, 0.75]),
)


class RoomMachine(RuleBasedStateMachine):
    """One room that is looked at, and another one in the same store that nothing of it may reach."""

    @initialize(n_students=st.integers(1, 5), is_begun=st.booleans())
    def open(self, n_students: int, is_begun: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.day, self.ticks = Clock(), Clock()
        self._start()
        self.code, self.teacher = self.rooms.open(GAME)
        other, self.other_teacher = self.rooms.open(GAME)
        self.other_seat = self.seats.join(other, visitor("a"))
        self.phase, self.play, self.rule, self.vote = "lobby", 0, "FedAvg", ""
        self.moved_on = self.ticks.now
        self.tokens: dict[str, str] = {}  # by name of who is there
        self.old: set[str] = set()
        self.agent: dict[int, int] = {}  # by seat, also of who has left
        self.seat: dict[str, int] = {}  # by name
        self.moves: list[tuple[int, int, Move]] = []  # play, seat, move, in the order of time
        self.votes: dict[int, str] = {}
        self.polled: dict[tuple[int, int], str] = {}  # by play and seat
        self.paid: list[tuple[str, list[tuple[Move, str]]]] = []
        for name in "abcde"[:n_students]:
            self.join(name)
        if is_begun:
            self.go_on()

    def _start(self) -> None:
        self.store = made_store(Path(self.folder.name), self.day, self.ticks)
        self.rooms, self.seats = Rooms(self.store), Seats(self.store)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def _expected_moves(self) -> list[tuple[Move, str]]:
        expected = []
        for agent in range(3):
            made = [(play, place) for place, (play, seat, _) in enumerate(self.moves) if self.agent[seat] == agent]
            there = {seat for seat in self.seat.values() if self.agent[seat] == agent}
            if not made:
                expected.append((GAME.default_move, "default" if there else "bot"))
                continue
            play, seat, move = self.moves[max(made)[1]]
            expected.append((move, "moved" if play == self.play and seat in there else "kept"))
        return expected

    @rule(name=NAMES)
    def join(self, name: str) -> None:
        if self.phase == "closed" or (name not in self.seat and len(self.seat) == 6):
            with pytest.raises(RoomError):
                self.seats.join(self.code, visitor(name))
            return
        token = self.seats.join(self.code, visitor(name))
        if name not in self.seat:
            n_there = Counter(self.agent[seat] for seat in self.seat.values())
            agent = self.seats.seat(token).agent
            assert n_there[agent] == min(n_there[one] for one in range(3))
            self.seat[name] = len(self.agent)
            self.agent[self.seat[name]] = agent
            self.tokens[name] = token
            self.old.discard(token)
        assert self.tokens[name] == token

    @precondition(lambda self: self.seat)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.seat)))
        self.seats.leave(self.tokens[name])
        self.old.add(self.tokens.pop(name))
        del self.seat[name]

    @precondition(lambda self: self.seat)
    @rule(data=st.data(), new=NAMES)
    def change_phone(self, data: st.DataObject, new: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.seat)))
        if new in self.seat and new != name:
            with pytest.raises(RoomError):
                self.seats.move_seat(self.tokens[name], visitor(new))
            return
        self.old.add(self.tokens[name])
        self.seat[new] = self.seat.pop(name)
        self.tokens[new] = self.seats.move_seat(self.tokens.pop(name), visitor(new))
        self.old.discard(self.tokens[new])

    @precondition(lambda self: self.seat and self.phase == "choose")
    @rule(data=st.data(), moves=st.lists(CHOSEN, min_size=1, max_size=4))
    def several_moves(self, data: st.DataObject, moves: list[Move]) -> None:
        for move in moves:
            self.move(data, move)

    @precondition(lambda self: self.seat)
    @rule(data=st.data(), move=CHOSEN)
    def move(self, data: st.DataObject, move: Move) -> None:
        name = data.draw(st.sampled_from(sorted(self.seat)))
        if self.phase != "choose":
            with pytest.raises(RoomError):
                self.seats.move(self.tokens[name], vars(move))
            return
        self.seats.move(self.tokens[name], vars(move))
        self.moves.append((self.play, self.seat[name], move))

    @rule()
    def go_on(self) -> None:
        if self.phase != "closed":
            self.advance(FOLLOWING[self.phase])

    @precondition(lambda self: self.phase in ("training", "pay", "reflect"))
    @rule()
    def go_on_to_choose(self) -> None:
        while self.phase != "choose":
            self.go_on()

    @rule(wanted=st.sampled_from(PHASES))
    def advance(self, wanted: Any) -> None:
        if wanted == self.phase:
            self.rooms.advance(self.teacher, wanted)
            self.moved_on = self.moved_on if wanted in ("training", "pay") else self.ticks.now
            return
        if FOLLOWING.get(self.phase) != wanted:
            with pytest.raises(RoomError):
                self.rooms.advance(self.teacher, wanted)
            return
        if wanted == "pay":
            train(self.store)
        elif wanted == "training":
            self.paid.append((self.rule, self._expected_moves()))
        self.rooms.advance(self.teacher, wanted)
        self.play += self.phase == "reflect"
        if wanted == "choose":
            self.vote = ""
            self.votes = {}
        self.phase, self.moved_on = wanted, self.ticks.now

    @rule(name=st.sampled_from(["FedAvg", "CGSV", "generous"]))
    def set_rule(self, name: str) -> None:
        if self.phase not in ("lobby", "pay", "reflect"):
            with pytest.raises(RoomError):
                self.rooms.set_rule(self.teacher, name)
            return
        self.rooms.set_rule(self.teacher, name)
        self.rule, self.vote, self.moved_on = name, "", self.ticks.now

    @precondition(lambda self: self.phase in ("lobby", "pay", "reflect"))
    @rule(data=st.data())
    def vote_on_it(self, data: st.DataObject) -> None:
        self.rooms.open_vote(self.teacher)
        self.votes = {}
        for name in data.draw(st.lists(st.sampled_from(sorted(self.seat)), max_size=4)) if self.seat else []:
            self.votes[self.seat[name]] = data.draw(st.sampled_from(["FedAvg", "CGSV", "generous"]))
            self.seats.vote(self.tokens[name], self.votes[self.seat[name]])
        assert self.rooms.teacher(self.teacher).votes is None
        self.rooms.close_vote(self.teacher)
        self.vote, counted, self.moved_on = "closed", Counter(self.votes.values()), self.ticks.now
        best = max(counted.values(), default=0)
        if counted[self.rule] != best:
            self.rule = next(name for name in ("FedAvg", "CGSV", "generous") if counted[name] == best)

    @precondition(lambda self: self.phase != "closed")
    @rule(data=st.data())
    def ask_a_lessons_question(self, data: st.DataObject) -> None:
        self.rooms.open_poll(self.teacher, *POLL)
        self.moved_on = self.ticks.now
        for name in data.draw(st.lists(st.sampled_from(sorted(self.seat)), max_size=3)) if self.seat else []:
            answer = data.draw(st.sampled_from(question_of(*POLL).keys))
            self.seats.answer_poll(self.tokens[name], answer)
            self.polled[self.play, self.seat[name]] = answer
            open_poll = self.seats.seat(self.tokens[name]).poll
            assert open_poll is not None and (open_poll.own, open_poll.answers) == (answer, None)
        self.rooms.go_on_with_poll(self.teacher, "counted")
        counted = self.rooms.teacher(self.teacher).poll
        expected = sorted(answer for (play, _), answer in self.polled.items() if play == self.play)
        assert counted is not None and counted.answers == tuple(expected)
        self.rooms.end_poll(self.teacher)

    @rule()
    def start_again(self) -> None:
        """The server is killed; the machine starts, and its clock anew."""
        self.store.close()
        self.ticks.now = 1.0
        self.moved_on = min(self.moved_on, self.ticks.now)
        self._start()

    @rule(hours=st.sampled_from([0.1, 0.2, 0.5, 3.0]))
    def wait(self, hours: float) -> None:
        self.ticks.advance(hours * 3600)
        if self.ticks.now - self.moved_on > 8 * 3600:
            self.phase = "closed"

    @precondition(lambda self: self.play > 1)
    @rule()
    def close(self) -> None:
        self.rooms.close(self.teacher)
        self.phase = "closed"

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        n_paid = len(self.paid) - (self.phase == "training")
        shown = None
        for name, token in self.tokens.items():
            view = self.seats.seat(token)
            own = [(play, move) for play, seat, move in self.moves if seat == self.seat[name]]
            assert (view.phase, view.play, view.rule.name, view.vote) == (self.phase, self.play, self.rule, self.vote)
            assert view.agent == self.agent[self.seat[name]]
            assert view.move == next((move for play, move in reversed(own) if play == self.play), None)
            assert view.last_move == next((move for play, move in reversed(own) if play < self.play), None)
            shown = view.paid
            if self.phase != "closed":
                assert len(view.paid) == n_paid
            for paid, (rule_name, moves) in zip(view.paid, self.paid, strict=False):
                assert paid.rule.name == rule_name and len(paid.results) == 3
                for one, (move, by) in zip(paid.moves, moves, strict=True):
                    assert (one.move, one.by) == (Move(move.samples, move.is_cheap, move.conduct), by)
            assert view.votes is None or view.votes == {
                name: Counter(self.votes.values())[name] for name in ("FedAvg", "CGSV", "generous")
            }
        teacher = self.rooms.teacher(self.teacher)
        assert teacher.paid == (teacher.paid if shown is None else shown)
        assert [one.agent for one in teacher.seats] == [self.agent[seat] for seat in sorted(self.seat.values())]
        assert teacher.n_bots == 3 - len({one.agent for one in teacher.seats})
        moved = {seat for play, seat, _ in self.moves if play == self.play}
        assert [one.has_moved for one in teacher.seats] == [seat in moved for seat in sorted(self.seat.values())]

    @invariant()
    def what_is_old_or_another_rooms_reaches_nothing(self) -> None:
        if not hasattr(self, "store"):
            return
        for token in sorted(self.old)[:2]:
            with pytest.raises(RoomError):
                self.seats.seat(token)
        other = self.rooms.teacher(self.other_teacher)
        assert (other.play, len(other.seats), other.paid, self.seats.seat(self.other_seat).move) == (0, 1, (), None)


TestRooms = RoomMachine.TestCase
TestRooms.settings = settings(max_examples=20, stateful_step_count=35, deadline=None)
