"""What a teacher asks after the pay: what each could have gained, where that leads, what another rule would have paid.

Each question is answered from runs, which workers train when a teacher asks for them; what is there already is not
trained again. Where only payoffs are asked for it is the ends of runs: what stands beside a run is not computed.
Answers are computed from them whenever somebody looks, and nothing of them is kept in the room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cgs_core.errors import RoomError
from cgs_core.rooms import state as stored
from cgs_core.rooms.best_responses import (
    MOST_PASSES,
    Gain,
    Moves,
    PathOfPlay,
    gain_of,
    gains_of,
    most_runs_of_path,
    plain_moves,
    play_on,
    wanted_for_gains,
)
from cgs_core.rooms.desk import Desk
from cgs_core.rooms.evaluations import Evaluations, end_id, last_paid, moves_played
from cgs_core.rooms.game import Rule
from cgs_core.rooms.playing import Result
from cgs_core.rooms.state import Play, RoomState
from cgs_core.runs import KindName, RunStore
from cgs_core.scenario import Scenario

_LATER = 1  # priority: behind what somebody waits for


@dataclass(frozen=True)
class Asked:
    """How far a question is.

    Attributes
    ----------
    play: the round of play that it is about.
    n_runs: trainings that it needs, at most; ``n_done``: those that are there.
    n_waiting: those that were asked for and are not done. 0 where none was asked for, or nobody has looked for minutes.
    missing: scenarios that are still to be trained, and ``kind``: what of them is computed, for who wants to know how
        long that takes (``JobRunner.expected_seconds``).
    """

    play: int
    n_runs: int
    n_done: int
    n_waiting: int
    missing: tuple[Scenario, ...]
    kind: KindName


@dataclass(frozen=True)
class GainsAsked(Asked):
    """``gains``: what each agent could have gained, in the agents' order; None until all is trained."""

    gains: tuple[Gain, ...] | None


@dataclass(frozen=True)
class PathAsked(Asked):
    """``path``: as far as it is known; its ``end`` is None until it has ended.

    The counts are of the next turn alone; ``most_runs`` and ``most_turns``: of the whole path, which may end early.
    """

    most_runs: int
    most_turns: int
    path: PathOfPlay


@dataclass(frozen=True)
class UnderRule:
    """The same moves under a rule of the game.

    Attributes
    ----------
    results, payoffs: one of each agent; None while it is not trained. Payoffs are in points.
    is_played: whether it is the rule that was really played.
    """

    rule: Rule
    run_id: str
    results: tuple[Result, ...] | None
    payoffs: tuple[float, ...] | None
    is_played: bool


@dataclass(frozen=True)
class RulesAsked(Asked):
    """``rules``: all of the game, in its order."""

    rules: tuple[UnderRule, ...]


class Questions(Desk):
    """Questions about the last round of play of a room that was paid, for its teacher.

    ``ask_...`` asks for what must be trained, and gives what is known, as the method without it does; a question that
    is asked again goes on. While somebody looks at a question its runs are not left. ``RoomError`` where nothing was
    paid; ``JobError`` when runs are refused.

    Parameters
    ----------
    submit_batches: asks for runs, as ``RunStore.submit_batches``; a server gives its ``JobRunner.submit_batches``.
    """

    def __init__(self, store: RunStore, submit_batches: Callable[..., Any] | None = None) -> None:
        super().__init__(store)
        self._submit_batches = submit_batches or store.submit_batches
        self._evaluations = Evaluations(store)

    def gains(self, teacher: str, is_asking: bool = False) -> GainsAsked:
        """What each agent could have gained by another move while the others kept theirs."""
        state, play = self._paid(teacher)
        wanted = wanted_for_gains(state.game, moves_played(play))
        asked = self._asked(state, play, "gains", [[(one, play.rule)] for one in wanted], is_asking)
        return GainsAsked(*asked, gains_of(state.game, moves_played(play), self._payoffs(state, play)))

    def ask_gains(self, teacher: str) -> GainsAsked:
        """The same, and have it trained: 180 runs at most and that of the moves themselves."""
        return self.gains(teacher, is_asking=True)

    def path(self, teacher: str, is_asking: bool = False) -> PathAsked:
        """Where it leads if each in turn makes its best move."""
        state, play = self._paid(teacher)
        path = play_on(state.game, moves_played(play), self._payoffs(state, play))
        asked = self._asked(state, play, "path", [[(one, play.rule)] for one in path.wanted], is_asking)
        most_runs = most_runs_of_path(state.game, moves_played(play))
        return PathAsked(*asked, most_runs, MOST_PASSES * state.game.n_agents, path)

    def ask_path(self, teacher: str) -> PathAsked:
        """The same, and have its next turn trained: ask again and again until it has an end."""
        return self.path(teacher, is_asking=True)

    def rules(self, teacher: str, is_asking: bool = False) -> RulesAsked:
        """What the same moves pay under each rule of the game."""
        state, play = self._paid(teacher)
        moves = plain_moves(moves_played(play))
        asked = self._asked(state, play, "rules", [[(moves, rule) for rule in state.game.rules]], is_asking, "run")
        return RulesAsked(*asked, tuple(self._under(state, play, moves, rule) for rule in state.game.rules))

    def ask_rules(self, teacher: str) -> RulesAsked:
        """The same, and have what is missing trained, side by side."""
        return self.rules(teacher, is_asking=True)

    def stop(self, teacher: str) -> None:
        """Leave what was asked for and is not done."""
        state, _ = self._paid(teacher)
        for what in ("gains", "path", "rules"):
            self._store.leave(_owner(state, what))

    def own_gain(self, seat: str) -> Gain | None:
        """What the agent of this seat could have gained; None unless the teacher has asked, and all is there."""
        with self._store.database.read() as connection:
            state, place = stored.of_seat(connection, seat, self._store.now())
        if (play := last_paid(state)) is None:
            return None
        return gain_of(state.game, moves_played(play), place.agent, self._payoffs(state, play))

    def _paid(self, teacher: str) -> tuple[RoomState, Play]:
        with self._store.database.read() as connection:
            state = stored.of_teacher(connection, teacher, self._store.now())
        play = last_paid(state)
        if play is None:
            raise RoomError("No round of play was paid yet.")
        return state, play

    def _payoffs(self, state: RoomState, play: Play) -> Callable[[Moves], tuple[float, ...] | None]:
        return lambda moves: self._evaluations.payoffs(state, moves, play.rule)

    def _under(self, state: RoomState, play: Play, moves: Moves, rule: Rule) -> UnderRule:
        is_played = rule == play.rule
        results = play.results if is_played else self._evaluations.results(state, moves, rule)
        payoffs = None if results is None else state.game.payoffs(moves, [one.accuracy for one in results])
        return UnderRule(rule, self._evaluations.scenario(state, moves, rule)[0], results, payoffs, is_played)

    def _asked(
        self,
        state: RoomState,
        play: Play,
        what: str,
        batches: Sequence[Sequence[tuple[Moves, Rule]]],
        is_asking: bool,
        kind: KindName = "ending",
    ) -> tuple[int, int, int, int, tuple[Scenario, ...], KindName]:
        """The fields of ``Asked``; of two moves that make one scenario one job, and none of what was run."""
        owner = _owner(state, what)
        made = [[self._evaluations.scenario(state, moves, rule) for moves, rule in batch] for batch in batches]
        every = {run_id: one for batch in made for run_id, one in batch}
        jobs = {run_id: run_id if kind == "run" else end_id(run_id) for run_id in every}
        stands = self._store.progress([*jobs, *jobs.values()], owner)
        done = {run_id for run_id, job in jobs.items() if "done" in (stands.get(run_id), stands.get(job))}
        missing = {run_id: one for run_id, one in every.items() if run_id not in done}
        waiting = [run_id for run_id in missing if stands.get(jobs[run_id]) in ("queued", "running")]
        if is_asking and len(waiting) < len(missing):
            left = [[one for run_id, one in batch if run_id in missing] for batch in made]
            self._submit_batches([batch for batch in left if batch], owner, _LATER, f"room:{state.room_id}", kind=kind)
            waiting = list(missing)
        return play.play, len(every), len(every) - len(missing), len(waiting), tuple(missing.values()), kind


def _owner(state: RoomState, what: str) -> str:
    """Who follows these runs, besides the room."""
    return f"room:{state.room_id}:{what}"
