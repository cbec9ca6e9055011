"""Traces made of drawn numbers: figures need no training."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from cgs_core.contribution import cgsv_exact
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import MAX_EXACT_AGENTS, Agent, Scenario
from cgs_core.scenario.catalogue import DECISION_GRID

N_ROUNDS = 4
_ODD_AGENTS = (
    Agent(),
    Agent(label_noise=0.5),
    Agent(feature_noise=1.5, label_noise=0.3),
    Agent(copy_of=1),
    Agent(conduct="free_rider"),
)


@cache
def drawn_trace(
    n_agents: int = 5,
    dataset: str = "digits",
    n_planned: int = N_ROUNDS,
    n_recorded: int = N_ROUNDS,
    agents: tuple[Agent, ...] | None = None,
) -> Trace:
    """A trace of random numbers of the right shapes and ranges; the agents have unlike data from 5 agents on."""
    odd = (_ODD_AGENTS if n_agents >= 5 else ()) if agents is None else agents
    scenario = Scenario(dataset=dataset, n_agents=n_agents, n_rounds=n_planned, agents=odd)
    rng = np.random.default_rng(n_agents)
    return Trace(scenario, tuple(_record(scenario, index, rng) for index in range(n_recorded)))


def _record(scenario: Scenario, round_index: int, rng: np.random.Generator) -> RoundRecord:
    n, n_classes = scenario.n_agents, scenario.info.n_classes
    updates = rng.normal(0.3, 1.0, (n, 20)) / n
    gram = updates @ updates.T
    exact = cgsv_exact(gram) if n <= MAX_EXACT_AGENTS else np.zeros(0)
    importance, ratio = rng.uniform(0.1, 1, n), rng.uniform(0.1, 1, n)
    side = DECISION_GRID if scenario.info.kind == "plane" else 0
    ratio[rng.integers(n)] = 1.0

    def fractions(*shape: int) -> Any:
        return rng.uniform(0.2, 0.95, shape)

    def maps() -> Any:
        return rng.integers(0, n_classes, (n, side, side), dtype=np.uint8)

    alone = fractions(n)
    alone[0] *= 0.2  # below everything else
    return RoundRecord(
        round_index=round_index,
        contribution=fractions(n),
        contribution_exact=exact,
        importance=importance / importance.sum(),
        reward_ratio=ratio,
        reward_length=np.sqrt(ratio),
        gram=gram,
        accuracy=fractions(n),
        loss=fractions(n),
        class_accuracy=fractions(n, n_classes),
        standalone_accuracy=alone,
        standalone_class_accuracy=fractions(n, n_classes),
        server_accuracy=float(fractions(1)[0]),
        fedavg_accuracy=float(fractions(1)[0]),
        download_bytes=rng.integers(0, 1000, n),
        decision=maps(),
        standalone_decision=maps(),
    )
