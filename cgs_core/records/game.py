"""What the retrained game leaves behind: every coalition's accuracy, round by round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.records.frozen import FrozenRecord, RecordedRounds
from cgs_core.typing import CoalitionValues, Contribution

MAX_RETRAINED_AGENTS = 10
"""Above this, training 2**N - 1 federations side by side takes more than minutes."""


@dataclass(frozen=True, eq=False, repr=False)
class GameRecord(FrozenRecord):
    """One round of all coalitions of N agents; bit i of the index says whether agent i is in.

    Index 0 is the coalition of nobody: the untrained start that all share.
    """

    accuracy: np.ndarray  # (2**N,) fraction of the test set that the coalition's model gets right
    loss: np.ndarray  # (2**N,) mean cross-entropy on the test set, nats


@dataclass(frozen=True, eq=False, repr=False)
class RetrainedGame(RecordedRounds[GameRecord]):
    """The rounds so far of a scenario's retrained game (``is_complete`` when all have been run)."""

    def values(self, round_index: int = -1) -> CoalitionValues:
        """V(S) = test accuracy of the model that S trained together, after a round (the last one unless told)."""
        return np.asarray(self.rounds[round_index].accuracy, np.float64)

    def shapley(self, round_index: int = -1) -> Contribution:
        """Shapley values of V: (n_agents,), the sum is V(everybody) less the untrained start's accuracy."""
        return shapley_values(self.values(round_index))


def coalition_name(coalition: int, agents: Sequence[int], separator: str = "+") -> str:
    """Who is in a table's coalition, numbered from 1: "1+3"; "" for nobody.

    ``agents[i]`` is the scenario's agent of bit i.
    """
    return separator.join(str(agent + 1) for place, agent in enumerate(agents) if coalition >> place & 1)
