"""The Nash question: what each agent could have gained by another move, and where it leads if all play on like that.

Functions of moves and of what these pay, which somebody else trains: ``payoffs_of`` gives the agents' payoffs, in
points, where agent i makes the i-th move, and None where nobody has trained that yet. A result that needs it is None,
or goes as far as is known, and says which moves must be trained first.

Moves are compared with a few others, not with all (``alternatives``). So an equilibrium is one among these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cgs_core.rooms.game import COPY, SPLIT, Game, Move

Moves = tuple[Move, ...]
PayoffsOf = Callable[[Moves], Sequence[float] | None]
End = Literal["equilibrium", "cycle", "longest"]

MOST_RUNS = 200
"""Of one question: with more agents each is compared with fewer moves."""

LEAST_GAIN = 0.5
"""In points. For less nobody changes a move: it would follow the last images of a test set."""

MOST_PASSES = 3
"""How often each agent has its turn at most."""


@dataclass(frozen=True)
class Gain:
    """What one agent could have gained, the others' moves as they were.

    Attributes
    ----------
    payoff: of the move that it made, in points.
    tried: other moves with what they would have paid, in the order of ``alternatives``.
    """

    agent: int
    move: Move
    payoff: float
    tried: tuple[tuple[Move, float], ...]

    @property
    def best(self) -> Move:
        """Its own move, unless another pays at least ``LEAST_GAIN`` more: then the first of those that pay most."""
        move, payoff = max(self.tried, key=lambda one: one[1], default=(self.move, self.payoff))
        return move if payoff - self.payoff >= LEAST_GAIN else self.move

    @property
    def gain(self) -> float:
        """How many points more its best move pays; 0 where that is its own."""
        return next((payoff - self.payoff for move, payoff in self.tried if move == self.best), 0.0)


@dataclass(frozen=True)
class Step:
    """One agent changes its move: after it ``moves`` are played, and pay ``payoffs``."""

    turn: int
    agent: int
    move: Move
    gain: float
    moves: Moves
    payoffs: tuple[float, ...]


@dataclass(frozen=True)
class PathOfPlay:
    """Where it leads if each agent in turn makes its best move.

    Attributes
    ----------
    start, payoffs: the moves that it begins with, and what they pay; None while that is not known.
    steps: the changes so far; ``n_turns``: agents that have had their turn, whether they changed or not.
    end: "equilibrium": nobody gains by any of its other moves; "cycle": the moves come again, and would for ever;
        "longest": so many turns were allowed; None: the next turn needs ``wanted`` to be trained.
    cycle_from: of a cycle, the number of the step after which its moves are played for the first time (0: ``start``).
    """

    start: Moves
    payoffs: tuple[float, ...] | None
    steps: tuple[Step, ...]
    n_turns: int
    end: End | None
    wanted: tuple[Moves, ...] = ()
    cycle_from: int | None = None

    @property
    def moves(self) -> Moves:
        """Those that are played after the last step."""
        return self.steps[-1].moves if self.steps else self.start


def alternatives(game: Game, move: Move) -> tuple[Move, ...]:
    """A few other moves, which stand for all: at most ``MOST_RUNS`` of all agents together.

    The cheapest honest one; of each other conduct that the game allows the cheapest, but of who splits in two the
    dearest; the largest clean and the largest cheap one that the coins are for; and a clean one of a size between.
    """
    clean, cheap = (
        [one for size in game.sizes if game.cost(one := Move(size, is_cheap)) <= game.coins]
        for is_cheap in (False, True)
    )
    cheapest = min([*clean, *cheap], key=game.cost)
    others = [conduct for conduct in game.conducts if conduct != "honest"]
    wanted = [
        cheapest,
        *(replace(game.default_move if conduct == SPLIT else cheapest, conduct=conduct) for conduct in others),
        game.default_move,
        *cheap[-1:],
        clean[len(clean) // 2],
    ]
    own = _plain(move)
    left = dict.fromkeys(one for one in wanted if one != own and not one.conduct == COPY == own.conduct)
    return tuple(left)[: max(1, MOST_RUNS // game.n_agents)]


def deviations(game: Game, moves: Moves, agent: int) -> tuple[Moves, ...]:
    """All moves where this agent alone makes another one."""
    return tuple(_with(moves, agent, other) for other in alternatives(game, moves[agent]))


def wanted_for_gains(game: Game, moves: Moves) -> tuple[Moves, ...]:
    """What must be trained to say what each could have gained: at most ``MOST_RUNS``, and the moves themselves."""
    plain = plain_moves(moves)
    return (plain, *(one for agent in range(game.n_agents) for one in deviations(game, plain, agent)))


def gain_of(game: Game, moves: Moves, agent: int, payoffs_of: PayoffsOf) -> Gain | None:
    """What one agent could have gained; None while something of it is not trained."""
    plain = plain_moves(moves)
    own = payoffs_of(plain)
    tried = [(one[agent], payoffs_of(one)) for one in deviations(game, plain, agent)]
    if own is None:
        return None
    known = tuple((move, payoffs[agent]) for move, payoffs in tried if payoffs is not None)
    return Gain(agent, plain[agent], own[agent], known) if len(known) == len(tried) else None


def gains_of(game: Game, moves: Moves, payoffs_of: PayoffsOf) -> tuple[Gain, ...] | None:
    """What each agent could have gained, in the agents' order; None while something of it is not trained."""
    found = [gain_of(game, moves, agent, payoffs_of) for agent in range(game.n_agents)]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def play_on(game: Game, moves: Moves, payoffs_of: PayoffsOf, most_passes: int = MOST_PASSES) -> PathOfPlay:
    """Let each agent in turn, from the first to the last and again, make its best move while the others keep theirs.

    Whoever gains less than ``LEAST_GAIN`` keeps its own. The same moves lead to the same path.
    """
    start = plain_moves(moves)
    now, at_start = start, payoffs_of(start)
    if at_start is None:
        return PathOfPlay(start, None, (), 0, None, (start,))
    payoffs, steps = tuple(at_start), list[Step]()
    n_alike, seen = 0, {(start, 0): 0}
    for turn in range(most_passes * game.n_agents):
        agent = turn % game.n_agents
        gain = gain_of(game, now, agent, payoffs_of)
        if gain is None:
            missing = tuple(one for one in deviations(game, now, agent) if payoffs_of(one) is None)
            return PathOfPlay(start, tuple(at_start), tuple(steps), turn, None, missing)
        n_alike += 1
        if gain.best != now[agent]:
            now, n_alike = _with(now, agent, gain.best), 0
            payoffs = tuple(payoffs_of(now) or payoffs)
            steps.append(Step(turn, agent, gain.best, gain.gain, now, payoffs))
        if n_alike == game.n_agents:
            return PathOfPlay(start, tuple(at_start), tuple(steps), turn + 1, "equilibrium")
        place = (now, (turn + 1) % game.n_agents)
        if place in seen:
            return PathOfPlay(start, tuple(at_start), tuple(steps), turn + 1, "cycle", cycle_from=seen[place])
        seen.setdefault(place, len(steps))
    return PathOfPlay(start, tuple(at_start), tuple(steps), most_passes * game.n_agents, "longest")


def most_runs_of_path(game: Game, moves: Moves, most_passes: int = MOST_PASSES) -> int:
    """How many moves ``play_on`` may ask for at most."""
    return 1 + most_passes * sum(1 + len(alternatives(game, moves[agent])) for agent in range(game.n_agents))


def plain_moves(moves: Sequence[Move]) -> Moves:
    """Moves without what was predicted, which changes nothing of what is trained."""
    return tuple(_plain(move) for move in moves)


def _plain(move: Move) -> Move:
    return Move(move.samples, move.is_cheap, move.conduct)


def _with(moves: Moves, agent: int, move: Move) -> Moves:
    return (*moves[:agent], move, *moves[agent + 1 :])
