"""Traces whose numbers a test writes down; everything that it does not name is dull and valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import Scenario


def made_trace(
    contribution: Sequence[Sequence[float]],
    accuracy: Sequence[float] = (),
    alone: Sequence[float] = (),
    ratio: Sequence[float] = (),
    length: Sequence[float] = (),
    uploads: Sequence[Sequence[bool]] = (),
    right: np.ndarray | None = None,
    **fields: Any,
) -> Trace:
    """A trace with these contributions (n_rounds, n_agents), and the other numbers (n_agents,) in every round.

    ``uploads`` (n_rounds, n_agents): who uploads anything; ``right`` (2 n_agents + 1, n_test) bool: which test samples
    the rewarded models get right, those trained alone, and FedAvg's, whose accuracies then follow from it; ``fields``
    of the scenario.
    """
    n_agents = len(contribution[0])
    final = np.array(accuracy or [0.8] * n_agents)
    start = np.array(alone or [0.7] * n_agents)
    paid = np.array(ratio or [1.0] * n_agents)
    carried = np.array(length or [1.0] * n_agents)
    scenario = Scenario(n_agents=n_agents, n_rounds=len(contribution), **fields)
    kept: dict[str, Any] = {}
    if right is not None:
        final, start = np.split(right[:-1].mean(axis=1), 2)
        names = ("right", "standalone_right", "fedavg_right")
        of_models = (right[:n_agents], right[n_agents:-1], right[-1])
        kept = {name: np.packbits(own, axis=-1) for name, own in zip(names, of_models, strict=True)}

    def record(index: int, worth: Sequence[float]) -> RoundRecord:
        return RoundRecord(
            round_index=index,
            contribution=np.array(worth),
            contribution_exact=np.array(worth),
            importance=np.full(n_agents, 1 / n_agents),
            reward_ratio=paid,
            reward_length=carried,
            gram=np.diag(np.array(uploads[index], float)) if uploads else np.eye(n_agents),
            accuracy=final,
            loss=np.ones(n_agents),
            class_accuracy=_per_class(final),
            standalone_accuracy=start,
            standalone_class_accuracy=_per_class(start),
            server_accuracy=0.8,
            fedavg_accuracy=0.8,
            download_bytes=np.ones(n_agents, np.int64),
            decision=_no_map(n_agents),
            standalone_decision=_no_map(n_agents),
            **kept,
        )

    return Trace(scenario, tuple(record(index, worth) for index, worth in enumerate(contribution)))


def joined(traces: Sequence[Trace]) -> Trace:
    """Traces of one round each, one after the other."""
    rounds = tuple(replace(trace.rounds[0], round_index=index) for index, trace in enumerate(traces))
    return Trace(traces[0].scenario.replace(n_rounds=len(rounds)), rounds)


def _per_class(accuracy: np.ndarray) -> np.ndarray:
    return np.repeat(accuracy[:, None], 10, axis=1)


def _no_map(n_agents: int) -> Any:
    return np.zeros((n_agents, 0, 0), np.uint8)
