"""What moves pay, as far as the store has their runs, or the ends of these where no more is asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TypeVar

from cgs_core.errors import JobError
from cgs_core.records import Trace
from cgs_core.records.ending import Ending
from cgs_core.rooms.best_responses import Moves, gain_of
from cgs_core.rooms.game import BOTS, Move, Rule
from cgs_core.rooms.playing import Result, accuracies_of, results_of
from cgs_core.rooms.state import Play, RoomState
from cgs_core.runs import KINDS, Rounds, RunStore
from cgs_core.scenario import Scenario

Key = TypeVar("Key")
Kept = TypeVar("Kept")
_MOST_KEPT = 5_000  # runs whose results are remembered: a few hundred numbers each

_MOST_MADE = 1_000  # scenarios that are remembered


class Evaluations:
    """Results of moves, read from finished runs; remembered, since a question asks for them again and again."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._kept: dict[str, tuple[Result, ...]] = {}
        self._ends: dict[str, tuple[float, ...]] = {}
        self._made: dict[tuple[str, str, Moves], tuple[str, Scenario]] = {}  # by room, rule and moves
        self._lock = threading.Lock()

    def scenario(self, state: RoomState, moves: Moves, rule: Rule) -> tuple[str, Scenario]:
        """What these moves make in a room, with its id: made once, since a question is looked at again and again."""
        key = (state.room_id, rule.name, moves)
        found = self._made.get(key)
        if found is None:
            scenario = state.game.played(moves, rule)
            found = scenario.scenario_id, scenario
            self._keep(self._made, key, found, _MOST_MADE)
        return found

    def results(self, state: RoomState, moves: Moves, rule: Rule) -> tuple[Result, ...] | None:
        """One of each agent; None while the run is not done, or is not stored any more."""
        run_id, _ = self.scenario(state, moves, rule)
        if run_id not in self._kept:
            if not isinstance(trace := self._finished(run_id), Trace):
                return None
            self._keep(self._kept, run_id, results_of(trace, state.game.n_agents))
        return self._kept.get(run_id)

    def payoffs(self, state: RoomState, moves: Moves, rule: Rule) -> tuple[float, ...] | None:
        """(n_agents,) in points; None while neither the run is done nor its end."""
        run_id, _ = self.scenario(state, moves, rule)
        if run_id not in self._ends:
            if isinstance(ending := self._finished(end_id(run_id)), Ending):
                self._keep(self._ends, run_id, accuracies_of(ending, state.game.n_agents))
            elif (results := self.results(state, moves, rule)) is not None:
                self._keep(self._ends, run_id, tuple(one.accuracy for one in results))
        if (accuracies := self._ends.get(run_id)) is None:
            return None
        return state.game.payoffs(moves, accuracies)

    def _finished(self, job: str) -> Rounds | None:
        """All rounds of a job that is done; None where it must be asked for, perhaps once more."""
        if self._store.progress([job], "").get(job) != "done":
            return None
        try:
            rounds = self._store.load(job)
        except JobError:  # damaged, or of another version
            return None
        return rounds if rounds.is_complete else None

    def _keep(self, kept: dict[Key, Kept], key: Key, what: Kept, most: int = _MOST_KEPT) -> None:
        """What is oldest goes where there is more than that."""
        with self._lock:
            kept[key] = what
            while len(kept) > most:
                del kept[next(iter(kept))]

    def replies(self, state: RoomState) -> Mapping[int, Move]:
        """The moves of bots that reply: what would have been best in the last round of play that was paid, the others
        as they were, by the rule of then; bots of which it is not known are left out."""
        last = last_paid(state)
        if last is None:
            return {}
        moves = moves_played(last)
        found: dict[int, Move] = {}
        for agent in range(state.game.n_agents):
            if BOTS[state.game.bots[agent % len(state.game.bots)]].is_replying:
                gain = gain_of(state.game, moves, agent, lambda tried: self.payoffs(state, tried, last.rule))
                found |= {} if gain is None else {agent: gain.best}
        return found


def end_id(run_id: str) -> str:
    """The id of the job that computes only the end of a run."""
    return run_id + KINDS["ending"].suffix


def last_paid(state: RoomState) -> Play | None:
    """The latest round of play that has results."""
    return next((play for play in reversed(state.plays) if play.results is not None), None)


def moves_played(play: Play) -> Moves:
    """One of each agent."""
    return tuple(one.move for one in play.moves)
