"""What is told of a run: all its rounds, or one of them. Sentences and pictures read their numbers here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgs_core.records.round_record import RoundRecord
from cgs_core.records.trace import Trace
from cgs_core.typing import FloatArray


@dataclass(frozen=True)
class Period:
    """All rounds so far (``round_index`` None) or one of them, of N agents.

    Of all rounds worth and pay are means over the rounds, and the models are those of the last round. Where agents are
    not always there, the means are over the rounds in which each was.

    Raises
    ------
    ValueError: the trace has no such round.
    """

    trace: Trace
    round_index: int | None = None

    def __post_init__(self) -> None:
        last = self.trace.n_rounds - 1
        if self.round_index is not None and not 0 <= self.round_index <= last:
            raise ValueError(f"round_index: from 0 to {last}, the rounds recorded; got {self.round_index}")

    @property
    def record(self) -> RoundRecord:
        """The round whose models are told of."""
        return self.trace.rounds[-1 if self.round_index is None else self.round_index]

    @property
    def worth(self) -> FloatArray:
        """(N,) the value that drives the run, in the valuation's own unit."""
        return self._mean("contribution")

    @property
    def pay(self) -> FloatArray:
        """(N,) the reward ratio, in [0, 1]."""
        return self._mean("reward_ratio")

    @property
    def length(self) -> FloatArray:
        """(N,) the length that came back, as a part of the aggregate's."""
        return self._mean("reward_length")

    @cached_property
    def is_there(self) -> np.ndarray:
        """(N,) bool, who sent something in this round, or in any."""
        if self.trace.is_always_there:
            return np.ones(len(self.record.contribution), np.bool_)
        there = self.trace.is_present
        return np.asarray(there.any(axis=0) if self.round_index is None else there[self.round_index])

    @cached_property
    def same(self) -> np.ndarray:
        """(2 N + 1, 2 N + 1) bool, as ``Trace.same_models``."""
        return self.trace.same_models(-1 if self.round_index is None else self.round_index)

    def _mean(self, name: str) -> FloatArray:
        if self.round_index is not None:
            return np.asarray(getattr(self.record, name))
        values = self.trace.stack(name)
        if self.trace.scenario.is_always_there:
            return np.asarray(values.mean(axis=0))
        return np.asarray(values.sum(axis=0) / np.maximum(self.trace.is_present.sum(axis=0), 1))  # absent: 0
