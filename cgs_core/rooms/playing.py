"""A round of play: which move counts for each agent, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cgs_core.records import Trace
from cgs_core.records.ending import Ending
from cgs_core.records.period import Period
from cgs_core.rooms.game import Game, Move
from cgs_core.scenario import Scenario
from cgs_core.scenario.owners import owners_of

PlayedBy = Literal["moved", "kept", "default", "bot"]


@dataclass(frozen=True)
class Seat:
    """A student's place. ``token``: its hash, None of a seat that was left; ``seen``: ticks, when it last looked."""

    number: int
    agent: int
    token: str | None
    nickname: str
    seen: float


@dataclass(frozen=True)
class SeatMove:
    """A move as a seat made it; ``act`` orders what is done in a room."""

    play: int
    seat: int
    act: int
    move: Move


@dataclass(frozen=True)
class PlayedMove:
    """What an agent plays, and why.

    Attributes
    ----------
    move: its move.
    by: "moved": a student who is there chose it now; "kept": it is the last move of one who has not moved in this round
        of play, or who has left; "default": a student is there who has never moved; "bot": nobody is.
    seat: whose move it is; None of a default and a bot.
    """

    move: Move
    by: PlayedBy
    seat: int | None = None


@dataclass(frozen=True)
class Result:
    """What came of a round of play for one agent, and its shell if it split in two.

    Attributes
    ----------
    worth: mean contribution over the rounds, in the rule's own unit; with a shell the sum of both.
    pay: mean reward ratio over the rounds, in [0, 1]; with a shell the mean of both.
    accuracy_alone: of the model that it trained alone, as a part of the test set; with a shell the better one.
    accuracy: the same of the model that it was paid.
    """

    worth: float
    pay: float
    accuracy_alone: float
    accuracy: float


def moves_of(game: Game, seats: Sequence[Seat], made: Iterable[SeatMove], play: int) -> tuple[PlayedMove, ...]:
    """What each agent plays in the round of play that is on, of all moves so far.

    Of an agent's seats, those that were left too, the latest move counts. So partners, who share an agent, have the
    move of whoever moved last; who is gone keeps the last one; and who takes a seat that was left begins with that.
    """
    latest: dict[int, SeatMove] = {}
    agent_of = {seat.number: seat.agent for seat in seats}
    for one in made:
        if one.seat in agent_of:
            agent = agent_of[one.seat]
            latest[agent] = max(latest.get(agent, one), one, key=lambda two: two.act)
    there = {seat.number for seat in seats if seat.token is not None}
    taken = {seat.agent for seat in seats if seat.token is not None}
    return tuple(_played(game, agent, latest.get(agent), agent in taken, there, play) for agent in range(game.n_agents))


def _played(game: Game, agent: int, last: SeatMove | None, is_taken: bool, there: set[int], play: int) -> PlayedMove:
    if last is None:
        return PlayedMove(game.default_move, "default") if is_taken else PlayedMove(game.bot_move(agent), "bot")
    return PlayedMove(last.move, "moved" if last.play == play and last.seat in there else "kept", last.seat)


def with_replies(moves: tuple[PlayedMove, ...], replies: Mapping[int, Move]) -> tuple[PlayedMove, ...]:
    """The same, but bots make these moves, by agent, where there are any."""
    return tuple(
        PlayedMove(replies[agent], "bot") if one.by == "bot" and agent in replies else one
        for agent, one in enumerate(moves)
    )


def results_of(trace: Trace, n_agents: int) -> tuple[Result, ...]:
    """One of each of the game's agents, of a finished run of ``Game.played``."""
    period = Period(trace)
    worth, pay, record = period.worth, period.pay, period.record
    return tuple(
        Result(
            float(worth[own].sum()),
            float(pay[own].mean()),
            float(record.standalone_accuracy[own].max()),
            float(record.accuracy[own].max()),
        )
        for own in _own_agents(trace.scenario, n_agents)
    )


def accuracies_of(ending: Ending, n_agents: int) -> tuple[float, ...]:
    """What ``Result.accuracy`` is of each of the game's agents, where only the end of ``Game.played`` was computed."""
    accuracy = ending.rounds[-1].accuracy
    return tuple(float(accuracy[own].max()) for own in _own_agents(ending.scenario, n_agents))


def _own_agents(scenario: Scenario, n_agents: int) -> list[list[int]]:
    """The scenario's agents that each of the game's agents is: one, or with a shell two."""
    owned = {owner.agents[0]: list(owner.agents) for owner in owners_of(scenario)}
    return [owned[agent] for agent in range(n_agents)]
