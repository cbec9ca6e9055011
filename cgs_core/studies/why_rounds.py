"""The same as ``cgs_core.studies.why`` over all rounds that a trace has so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from cgs_core.studies.why import Why
from cgs_core.typing import FloatArray


@dataclass(frozen=True)
class WhyAll:
    """One agent over all rounds that a trace has so far.

    Raises
    ------
    ValueError: the trace has no such agent.
    """

    trace: Trace
    agent: int

    def __post_init__(self) -> None:
        assert self.last.agent == self.agent

    @cached_property
    def last(self) -> Why:
        return Why(self.trace, self.agent, self.trace.n_rounds - 1)

    @cached_property
    def first(self) -> Why:
        return Why(self.trace, self.agent, 0)

    @property
    def scenario(self) -> Scenario:
        return self.trace.scenario

    @property
    def n_rounds(self) -> int:
        return self.trace.n_rounds

    def of_rounds(self, name: str) -> FloatArray:
        """(n_rounds,) a field of the records, of this agent."""
        return np.asarray(self.trace.stack(name)[:, self.agent])

    @property
    def is_over_all(self) -> bool:
        """Whether means are over all rounds: of a log, of agents that are always there, and of one that never came."""
        return self.scenario.is_always_there or not self.is_present.any()

    @cached_property
    def rounds_there(self) -> npt.NDArray[np.bool_]:
        """(n_rounds,) the rounds that means are over."""
        return np.ones(self.n_rounds, np.bool_) if self.is_over_all else self.is_present

    def where_there(self, name: str) -> FloatArray:
        """(n_rounds that means are over,) a field of the records, of this agent."""
        return self.of_rounds(name)[self.rounds_there]

    @cached_property
    def trained_lengths(self) -> FloatArray | None:
        """(n_rounds,) |dw_i|; None where not all rounds have kept it."""
        return self.of_rounds("update_length") if _all_kept(self.trace, "update_length") else None

    @cached_property
    def sent_lengths(self) -> FloatArray | None:
        """(n_rounds,) |u_i|, 0 where it took no part; None as above."""
        if not _all_kept(self.trace, "weight"):
            return None
        weight = self.of_rounds("weight")
        weighted = np.sqrt(np.maximum(self.trace.gram[:, self.agent, self.agent], 0))
        return np.divide(weighted, weight, out=np.zeros_like(weighted), where=weight > 0)

    @cached_property
    def cosines(self) -> FloatArray:
        """(n_rounds,) psi_i."""
        return np.asarray(self.trace.contribution_approx[:, self.agent])

    @cached_property
    def memories(self) -> FloatArray | None:
        """(n_rounds - 1,) the effective memory of the rounds after the first; None under another importance rule."""
        found = [Why(self.trace, self.agent, index).memory for index in range(1, self.n_rounds)]
        kept = [one for one in found if one is not None]
        return np.array(kept) if kept else None

    @cached_property
    def n_floored(self) -> int | None:
        """In how many rounds the floor held it up; None under a rule without a floor."""
        if self.scenario.importance_rule not in ("smoothed", "unsmoothed"):
            return None
        rounds = [Why(self.trace, self.agent, index) for index in range(self.n_rounds)]
        return sum(one.is_floored and bool(one.is_active[self.agent]) for one in rounds)

    @cached_property
    def lengths(self) -> FloatArray | None:
        """(n_rounds,) |v_i| / |u_N|; None where a log does not say it."""
        return self.of_rounds("reward_length") if _all_kept(self.trace, "reward_length") else None

    @cached_property
    def is_present(self) -> npt.NDArray[np.bool_]:
        """(n_rounds,) in which rounds it sent something that counted; all of a run whose agents are always there."""
        if self.trace.is_always_there:
            return np.ones(self.n_rounds, np.bool_)
        return np.asarray(self.trace.is_present[:, self.agent])

    @property
    def n_absent(self) -> int:
        """In how many rounds it was not."""
        return int((~self.is_present).sum())

    @property
    def n_zero(self) -> int:
        """In how many rounds it took part and uploaded nothing."""
        return int(self.trace.zero_updates()[:, self.agent].sum())


def _all_kept(trace: Trace, name: str) -> bool:
    return all(getattr(record, name).size for record in trace.rounds)
