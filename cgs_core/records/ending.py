"""What only the end of a run leaves behind: how good each agent's model is after the last round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgs_core.records.frozen import FrozenRecord, RecordedRounds


@dataclass(frozen=True, eq=False, repr=False)
class EndingRecord(FrozenRecord):
    """One round of the agents' models with their rewards, of which only those of the last round are tried."""

    accuracy: np.ndarray  # (n_agents,) fraction of the test set that is right; (0,) before the last round


@dataclass(frozen=True, eq=False, repr=False)
class Ending(RecordedRounds[EndingRecord]):
    """The rounds so far of a scenario of which only the end is wanted (``is_complete`` when all have been run)."""
