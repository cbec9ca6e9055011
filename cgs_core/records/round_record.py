"""One frozen record a round of a run: what was uploaded, worth, paid and learnt, as read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cgs_core.contribution import cgsv_exact
from cgs_core.records.frozen import FrozenRecord
from cgs_core.scenario import MAX_EXACT_AGENTS

LATER = np.zeros(0)
"""Given as a round's ``contribution_exact``: to be computed from its Gram matrix when somebody looks."""

MOST_STORED_AGENTS = 20
"""To here the exact CGSV takes a few milliseconds at most and is stored with every round; above where it is there."""


@dataclass(frozen=True, eq=False, repr=False)
class RoundRecord(FrozenRecord):
    """One round of the chosen mechanism, with the standalone and FedAvg federations beside it.

    N agents, K classes; a G x G grid of predicted classes for data in the plane (else G = 0).
    Accuracies are fractions of the test set in [0, 1], measured after the round's reward. Arrays are read-only.

    Attributes
    ----------
    round_index: from 0.
    contribution: (N,) the valuation that drove this run, in its own unit.
    contribution_exact: (N,) phi, the exact CGSV; (0,) above 24 agents (2**N coalitions). Where it did not drive the run
        it is computed when it is first looked at, and kept.
    importance: (N,) r after this round, sums to 1; 0 for an agent that was evicted.
    reward_ratio: (N,) in [0, 1]: share of the aggregate's entries that came back, or the rule's own.
    reward_length: (N,) |v_i| / |u_N|: share of its length that came back, or above 1 if v_i is more.
    gram: (N, N) inner products of the weighted updates a_i u_i, float64.
    accuracy: (N,) of the rewarded model.
    loss: (N,) mean cross-entropy of the rewarded model, nats.
    class_accuracy: (N, K) part of each class's test samples that the rewarded model gets right.
    standalone_accuracy: (N,) of the model that each agent trained alone.
    standalone_class_accuracy: (N, K) of the same.
    server_accuracy: of the server model w_S.
    fedavg_accuracy: of the model that all agents of the FedAvg federation share.
    download_bytes: (N,) int64: what each agent was sent.
    decision: (N, G, G) uint8: class that the rewarded model predicts at [row y, column x] of the grid.
    standalone_decision: (N, G, G) uint8: the same of the model that each agent trained alone.
    right: (N, B) uint8, a bit a test sample, B bytes for all of them: whether the rewarded model gets it right.
        B is 0 in traces that were saved before this was kept.
    standalone_right: (N, B) uint8: the same of the model that each agent trained alone.
    fedavg_right: (B,) uint8: the same of FedAvg's model.
    weight: (N,) a_i, what each upload weighed in the aggregate; 0 for who took no part. (0,) in a trace that was saved
        before this was kept.
    update_length: (N,) |dw_i|, how far each agent's training went, before that was scaled, cut or replaced by its
        conduct; 0 for who took no part, (0,) in such a trace.
    """

    derived: ClassVar[Mapping[str, np.ndarray]] = {"contribution_exact": LATER}

    contribution: np.ndarray
    contribution_exact: np.ndarray
    importance: np.ndarray
    reward_ratio: np.ndarray
    reward_length: np.ndarray
    gram: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray
    class_accuracy: np.ndarray
    standalone_accuracy: np.ndarray
    standalone_class_accuracy: np.ndarray
    server_accuracy: float
    fedavg_accuracy: float
    download_bytes: np.ndarray
    decision: np.ndarray
    standalone_decision: np.ndarray
    right: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    standalone_right: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    fedavg_right: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    weight: np.ndarray = field(default_factory=lambda: np.zeros(0))
    update_length: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        super().__post_init__()
        if vars(self)["contribution_exact"] is LATER:
            del vars(self)["contribution_exact"]  # so that whoever looks comes to __getattr__

    def to_bytes(self) -> bytes:
        """As of every record; of 21 to 24 agents with the exact CGSV only if it drove the run or was looked at."""
        if not MOST_STORED_AGENTS < len(self.gram) <= MAX_EXACT_AGENTS:
            self.whole()
        return super().to_bytes()

    if not TYPE_CHECKING:  # to a type checker there are the fields and nothing else

        def __getattr__(self, name: str) -> np.ndarray:
            if name != "contribution_exact" or "gram" not in vars(self):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            exact = cgsv_exact(self.gram) if len(self.gram) <= MAX_EXACT_AGENTS else np.zeros(0)
            exact.setflags(write=False)
            vars(self)[name] = exact
            return exact
