"""What the retrained game leaves behind: every coalition's accuracy, round by round."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.frozen_record import FrozenRecord
from cgs_core.scenario import Scenario
from cgs_core.typing import CoalitionValues, Contribution

MAX_RETRAINED_AGENTS = 10
"""Above this, training 2**N - 1 federations side by side takes more than minutes."""


@dataclass(frozen=True, eq=False)
class GameRecord(FrozenRecord):
    """One round of all coalitions of N agents; bit i of the index says whether agent i is in.

    Index 0 is the coalition of nobody: the untrained start that all share.
    """

    accuracy: np.ndarray  # (2**N,) fraction of the test set that the coalition's model gets right
    loss: np.ndarray  # (2**N,) mean cross-entropy on the test set, nats


@dataclass(frozen=True, eq=False)
class RetrainedGame:
    """The rounds so far of a scenario's retrained game (``is_complete`` when all have been run)."""

    scenario: Scenario
    rounds: tuple[GameRecord, ...]

    @property
    def n_rounds(self) -> int:
        return len(self.rounds)

    @property
    def is_complete(self) -> bool:
        return self.n_rounds == self.scenario.n_rounds

    def values(self, round_index: int = -1) -> CoalitionValues:
        """V(S) = test accuracy of the model that S trained together, after a round (the last one unless told)."""
        return np.asarray(self.rounds[round_index].accuracy, np.float64)

    def shapley(self, round_index: int = -1) -> Contribution:
        """Shapley values of V: (n_agents,), the sum is V(everybody) less the untrained start's accuracy."""
        return shapley_values(self.values(round_index))

    def to_csv(self) -> str:
        """Tidy: round, coalition (its agents' numbers from 1, "1+3"; empty for nobody), quantity, value."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("round", "coalition", "quantity", "value"))
        names = [coalition_name(index, self.scenario.n_agents) for index in range(2**self.scenario.n_agents)]
        for number, record in enumerate(self.rounds, 1):
            for quantity, values in (("accuracy", record.accuracy), ("loss", record.loss)):
                writer.writerows(
                    (number, *row) for row in zip(names, [quantity] * len(names), values.tolist(), strict=True)
                )
        return text.getvalue()


def coalition_name(coalition: int, n_agents: int) -> str:
    """The agents of a table's index, numbered from 1: "1+3"; "" for nobody."""
    return "+".join(str(agent + 1) for agent in range(n_agents) if coalition >> agent & 1)
