"""What may be seen of a room: by a student, in ``seat_view`` alone, and by the teacher, in ``teacher_view`` alone.

Until a round of play is paid nobody is shown a move in it but who made it, not even the teacher, whose screen the class
looks at, and nobody the run, whose scenario has all the moves in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cgs_core.rooms.game import Game, Move, Rule
from cgs_core.rooms.phases import Phase
from cgs_core.rooms.playing import PlayedBy, Result, Seat
from cgs_core.rooms.polls import Poll, poll_of
from cgs_core.rooms.state import RoomState

HERE_SECONDS = 30.0
"""Who has not looked for so long is shown as gone; tabs in the background look seldom."""


@dataclass(frozen=True)
class PaidMove:
    """An agent's move in a round of play that was paid. ``move`` has no prediction: that stays its student's."""

    move: Move
    cost: int
    by: PlayedBy


@dataclass(frozen=True)
class PaidPlay:
    """A round of play that was paid, as everybody may see it; one move and result an agent, in the agents' order."""

    play: int
    rule: Rule
    run_id: str
    moves: tuple[PaidMove, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True)
class SeatView:
    """What one student sees.

    Attributes
    ----------
    game: its rules, the dealt classes of all agents with them.
    phase, play, rule: where the room is; ``play`` counts rounds of play from 0; ``rule`` is that of this one, from
        "pay" on that of the next one.
    agent: which one this seat plays, from 0.
    is_shared: whether another student plays it too; of both the later move counts.
    nickname: as it was given.
    move: this seat's own move in this round of play; None before it has moved.
    last_move: its own last move before, which counts as long as it makes no other.
    coins_left: of this round's coins, after the own move, or the last one where that counts.
    vote: "" where there was none, "open" or "closed".
    own_vote: a rule's name.
    votes: how many voted for each rule; None until the vote is closed.
    reflections: own answers by question.
    paid: the rounds of play that were paid.
    predictions: own prediction in each of these; None where there was none.
    poll: a lesson's question that the class is asked; None where there is none.
    """

    game: Game
    phase: Phase
    play: int
    rule: Rule
    agent: int
    is_shared: bool
    nickname: str
    move: Move | None
    last_move: Move | None
    coins_left: int
    vote: str
    own_vote: str | None
    votes: Mapping[str, int] | None
    reflections: Mapping[str, Any]
    paid: tuple[PaidPlay, ...]
    predictions: tuple[float | None, ...]
    poll: Poll | None


@dataclass(frozen=True)
class SeatStatus:
    """What the teacher sees of a seat: ``is_here``, and whether it ``has_moved`` in this round of play, not how."""

    number: int
    agent: int
    nickname: str
    is_here: bool
    has_moved: bool


@dataclass(frozen=True)
class TeacherView:
    """What the teacher sees, and with it whoever looks at the projector.

    Attributes
    ----------
    code: what students type; None of a closed room.
    seats: those that are taken.
    n_bots: agents that nobody plays.
    run_id: of the run that is trained or was paid in this round of play; None before.
    n_votes: how many have voted.
    votes: as in ``SeatView``.
    reflections: by question, all answers of this round of play, sorted, so that none is known by its place.
    paid, poll: as in ``SeatView``.
    predictions: of each round of play that was paid, which pay the students expected who said so, sorted, so that none
        is known by its place.
    """

    code: str | None
    game: Game
    phase: Phase
    play: int
    rule: Rule
    seats: tuple[SeatStatus, ...]
    n_bots: int
    run_id: str | None
    vote: str
    n_votes: int
    votes: Mapping[str, int] | None
    reflections: Mapping[str, tuple[Any, ...]]
    paid: tuple[PaidPlay, ...]
    predictions: tuple[tuple[float, ...], ...]
    poll: Poll | None


def seat_view(state: RoomState, seat: Seat) -> SeatView:
    """What the student on this seat may see."""
    own = [one for one in state.moves if one.seat == seat.number]
    now = next((one.move for one in own if one.play == state.play), None)
    last = next((one.move for one in reversed(own) if one.play < state.play), None)
    answers = {one.question: one.answer for one in state.answers if (one.seat, one.play) == (seat.number, state.play)}
    paid, predicted = _paid(state), {one.play: one.move.prediction for one in own}
    return SeatView(
        game=state.game,
        phase=state.phase,
        play=state.play,
        rule=state.rule,
        agent=seat.agent,
        is_shared=any(
            other.agent == seat.agent and other.number != seat.number
            for other in state.seats
            if other.token is not None
        ),
        nickname=seat.nickname,
        move=now,
        last_move=last,
        coins_left=state.game.coins - (0 if (counts := now or last) is None else state.game.cost(counts)),
        vote=state.vote,
        own_vote=answers.pop("vote", None),
        votes=_votes(state),
        reflections={key: told for key, told in answers.items() if key in questions_of(state.game)},
        paid=paid,
        predictions=tuple(predicted.get(play.play) for play in paid),
        poll=poll_of(state, seat.number),
    )


def teacher_view(state: RoomState, ticks: float) -> TeacherView:
    """What the teacher may see; ``ticks``: now, by the clock that only waits."""
    moved = {one.seat for one in state.moves if one.play == state.play}
    taken = [seat for seat in state.seats if seat.token is not None]
    paid = _paid(state)
    return TeacherView(
        code=state.code if state.phase != "closed" else None,
        game=state.game,
        phase=state.phase,
        play=state.play,
        rule=state.rule,
        seats=tuple(
            SeatStatus(seat.number, seat.agent, seat.nickname, ticks - seat.seen <= HERE_SECONDS, seat.number in moved)
            for seat in taken
        ),
        n_bots=state.game.n_agents - len({seat.agent for seat in taken}),
        run_id=None if state.begun is None else state.begun.run_id,
        vote=state.vote,
        n_votes=len(state.answers_to("vote")),
        votes=_votes(state),
        reflections={question: tuple(state.answers_to(question)) for question in questions_of(state.game)},
        paid=paid,
        predictions=tuple(_predictions(state, play.play) for play in paid),
        poll=poll_of(state),
    )


def questions_of(game: Game) -> tuple[str, ...]:
    """The keys of the reflection's questions: "closed", "open_1", "open_2"."""
    return ("closed", *(f"open_{number}" for number in range(1, len(game.open_questions) + 1)))


def _votes(state: RoomState) -> dict[str, int] | None:
    if state.vote != "closed":
        return None
    counted = Counter(state.answers_to("vote"))
    return {rule.name: counted[rule.name] for rule in state.game.rules}


def _predictions(state: RoomState, play: int) -> tuple[float, ...]:
    made = [one.move.prediction for one in state.moves if one.play == play]
    return tuple(sorted(one for one in made if one is not None))


def _paid(state: RoomState) -> tuple[PaidPlay, ...]:
    """The rounds of play that have results: they are written when a room goes on to "pay"."""
    return tuple(
        PaidPlay(
            play.play,
            play.rule,
            play.run_id,
            tuple(
                PaidMove(replace(one.move, prediction=None), state.game.cost(one.move), one.by) for one in play.moves
            ),
            play.results,
        )
        for play in state.plays
        if play.results is not None
    )
