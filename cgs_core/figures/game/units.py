"""The two games' units: how a coalition's value, and what an agent adds to it, are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cgs_core.figures.frames import shown_round
from cgs_core.figures.style import agent_name, percent_tick, plain_number, signed
from cgs_core.records.game import coalition_name
from cgs_core.typing import FloatArray

Unit = Literal["cosine", "accuracy", "worth"]


@dataclass(frozen=True)
class UnitWords:
    """How numbers of a unit are written; values are cosines in [-1, 1] or accuracies as fractions."""

    factor: int  # what is written is the value times this
    decimals: int  # of a coalition's value
    title: str
    points: str  # what follows a difference where there is room

    def value(self, value: float, more_decimals: int = 0) -> str:
        """A value as text, for instance "0.93", or "93" of an accuracy."""
        return signed(f"{self.factor * value:.{self.decimals + more_decimals}f}")

    def difference(self, difference: float) -> str:
        """What an agent adds, with its sign: "+0.31", or "+4.2" percentage points."""
        return signed(f"{self.factor * difference:+.{max(self.decimals, 1)}f}")

    def amount(self, value: float) -> str:
        """A sum that is given or missing, as precise as a difference and without a plus: "0.31", or "4.2"."""
        return self.difference(value).lstrip("+")

    def tick(self, value: float) -> str:
        """A value on an axis."""
        return percent_tick(value) if self.factor == 100 else plain_number(value)


UNITS: dict[Unit, UnitWords] = {
    "cosine": UnitWords(1, 2, "cosine to the shared update", ""),
    "accuracy": UnitWords(100, 0, "right on the test (accuracy)", " points"),
    "worth": UnitWords(1, 2, "worth of the coalition", ""),
}


def game_rounds(
    values_by_round: npt.ArrayLike, agents: Sequence[int], round_index: int | None
) -> tuple[FloatArray, int]:
    """A game's tables as an array (n_rounds, 2**n_agents), and the round that is shown.

    Raises
    ------
    ValueError: the tables are not of so many agents, there is no round, or none of that index.
    """
    tables = np.asarray(values_by_round, dtype=np.float64)
    if tables.ndim != 2 or not len(tables) or tables.shape[1] != 2 ** len(agents):
        raise ValueError(
            f"values_by_round: (n_rounds, {2 ** len(agents)}) for {len(agents)} agents; got {tables.shape}"
        )
    return tables, shown_round(len(tables), round_index)


def members_words(coalition: int, agents: Sequence[int], separator: str = ", ") -> str:
    """A coalition's agents by the numbers on the screen: "1, 3, 5", "nobody", "all"."""
    if coalition == 2 ** len(agents) - 1 and len(agents) > 1:
        return "all"
    return coalition_name(coalition, agents, separator) or "nobody"


def joins_words(agent: int, coalition: int, agents: Sequence[int]) -> str:
    """Who joins whom: "Agent 3 joins 1, 5"."""
    return f"{agent_name(agent)} joins {members_words(coalition, agents)}"
