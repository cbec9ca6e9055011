"""The game in front of the reader: its tables round by round, whose they are, and the round on screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgs_core import Scenario, Trace
from cgs_core.contribution import coalition_values, subgame
from cgs_core.figures import Unit
from cgs_core.records.federation_log import FederationLog
from cgs_core.records.game import RetrainedGame
from cgs_core.typing import CoalitionValues, FloatArray
from cgs_ui import session

_MAX_FRAMED_AGENTS = 10  # above it only the round on screen is computed


@dataclass(frozen=True)
class Game:
    """A game in front of the reader, among the agents that are there."""

    name: Literal["gradient", "retrained", "sandbox"]
    scenario: Scenario | None  # None in the sandbox
    tables: FloatArray  # (n_rounds, 2**m); (1, 2**m) where only the round on screen was computed
    agents: tuple[int, ...]  # whose positions in the tables these are
    unit: Unit
    gram: FloatArray | None  # (m, m) of the round on screen
    n_rounds: int
    round_index: int  # on screen
    source: str = ""  # which log of a federation it is of, where it is of no run
    n_averaged: int = 0  # of how many rounds it is the mean; 0: it is of one round

    @property
    def table(self) -> CoalitionValues:
        """The values of the round on screen."""
        return np.asarray(self.tables[self.round_index if len(self.tables) > 1 else 0])

    @property
    def other_table(self) -> CoalitionValues:
        """A second game of the same agents: the round before (of the first one the last), or this one squared."""
        return np.asarray(self.tables[self.round_index - 1]) if len(self.tables) > 1 else self.table**2

    @property
    def run_id(self) -> str:
        return self.source or (self.name if self.scenario is None else self.scenario.scenario_id)


def gradient_game(trace: Trace, agents: Sequence[int]) -> Game:
    """v(S) = cos(u_S, u_N) among some agents of a run; who is not there is not in u_N either."""
    shown = _shown_round(trace.n_rounds)
    grams = trace.gram[:, agents][:, :, agents]
    rounds = grams if len(agents) <= _MAX_FRAMED_AGENTS else grams[shown : shown + 1]
    tables = np.stack([coalition_values(gram) for gram in rounds])
    return Game("gradient", trace.scenario, tables, tuple(agents), "cosine", grams[shown], trace.n_rounds, shown)


def retrained_game(game: RetrainedGame, trace: Trace, agents: Sequence[int]) -> Game:
    """V(S) = test accuracy of the model that S trained together, among some agents."""
    shown = _shown_round(game.n_rounds)
    tables = np.stack([subgame(record.accuracy, agents) for record in game.rounds])
    gram = trace.gram[shown][np.ix_(agents, agents)]
    return Game("retrained", game.scenario, tables, tuple(agents), "accuracy", gram, game.n_rounds, shown)


def logged_game(log: FederationLog, is_mean: bool) -> Game:
    """v(S) = cos(u_S, u_N) among the agents of a federation's log, in a round or as the mean over all."""
    agents, n_rounds = tuple(range(log.n_agents)), log.n_rounds
    if is_mean:
        table = np.mean([coalition_values(gram) for gram in log.gram], axis=0)
        return Game(
            "gradient", None, table[np.newaxis], agents, "cosine", None, 1, 0, source=log.log_id, n_averaged=n_rounds
        )
    shown = _shown_round(n_rounds)
    rounds = log.gram if log.n_agents <= _MAX_FRAMED_AGENTS else log.gram[shown : shown + 1]
    tables = np.stack([coalition_values(gram) for gram in rounds])
    return Game("gradient", None, tables, agents, "cosine", log.gram[shown], n_rounds, shown, source=log.log_id)


def _shown_round(n_rounds: int) -> int:
    index = session.round_index()
    return n_rounds - 1 if index is None else min(index, n_rounds - 1)
