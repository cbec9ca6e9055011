"""What each step from plain FedAvg to a scenario's mechanism gives or takes, agent by agent.

Between federated averaging as people train it and a mechanism lie three steps: uploads are scaled as the scenario says,
they are weighed by what they are worth while everybody gets everything, and agents are paid by the reward rule. Each
is an ordinary scenario, and they train as one batch.

Examples
--------
>>> from cgs_core import Scenario
>>> from cgs_core.federation.experiment import run_batch
>>> from cgs_core.studies.steps import steps, waterfall
>>> wine = Scenario(dataset="wine", n_agents=3, n_rounds=5)
>>> result = waterfall(run_batch(steps(wine)))
>>> result.accuracy.shape, result.change.shape  # stages, steps; agents
((4, 3), (3, 3))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cgs_core.mechanisms import FEDAVG, with_mechanism
from cgs_core.metrics import SAME_LEVEL, is_same_accuracy, same_models
from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray

STEPS = ("scaling", "weighing", "paying")
"""The steps in order, between four stages."""


@dataclass(frozen=True, eq=False)
class Waterfall:
    """What every agent's model is after each stage, at the end of the runs."""

    scenario: Scenario
    n_rounds: int
    alone: FloatArray  # (N,) accuracy of training alone
    accuracy: FloatArray  # (4, N) under plain FedAvg, scaled, weighed by worth, paid
    is_same: npt.NDArray[np.bool_]  # (3, N) whether the test does not tell a step's models apart
    is_same_in_all: npt.NDArray[np.bool_]  # (N,) the same of the first stage and the last

    @property
    def change(self) -> FloatArray:
        """(3, N) what each step gave (above 0) or took, in accuracy."""
        return np.asarray(np.diff(self.accuracy, axis=0))


def steps(scenario: Scenario) -> list[Scenario]:
    """The different scenarios among the four stages, plain FedAvg first and the scenario itself last.

    One under FedAvg is its own only stage.
    """
    return list(dict.fromkeys(_stages(scenario)))


def waterfall(traces: Sequence[Trace]) -> Waterfall:
    """What the steps came to: of the runs of ``steps(scenario)``, in their order, with equally many rounds.

    Models before and after a step, or all of them, are the same unless a paired test tells them apart
    (``cgs_core.metrics.same_models``; 5 % shared among these comparisons of all agents).

    Raises
    ------
    ValueError: they are not the runs of one scenario's steps, or have no round in common.
    """
    by_scenario = {trace.scenario: trace for trace in traces}
    wanted = _stages(traces[-1].scenario)
    if set(by_scenario) != set(wanted) or len({trace.n_rounds for trace in traces}) > 1 or not traces[0].rounds:
        raise ValueError("traces: one a scenario of steps(scenario), each with the same rounds, at least one")
    stages = [by_scenario[scenario] for scenario in wanted]
    level = SAME_LEVEL / ((len(STEPS) + 1) * wanted[0].n_agents)
    return Waterfall(
        wanted[-1],
        traces[0].n_rounds,
        alone=stages[-1].rounds[-1].standalone_accuracy,
        accuracy=np.array([trace.rounds[-1].accuracy for trace in stages]),
        is_same=np.array([_is_same(before, after, level) for before, after in pairwise(stages)]),
        is_same_in_all=_is_same(stages[0], stages[-1], level),
    )


def _stages(scenario: Scenario) -> tuple[Scenario, ...]:
    plain = with_mechanism(scenario, FEDAVG.name)
    scaled = plain.replace(upload_scaling=scenario.upload_scaling)
    return plain, scaled, scenario.replace(reward_rule="full"), scenario


def _is_same(before: Trace, after: Trace, level: float) -> npt.NDArray[np.bool_]:
    """(N,) whether an agent's models at the end of two runs are the same; by the test's error in old traces."""
    first, second = before.rounds[-1], after.rounds[-1]
    if not (first.right.size and second.right.size):
        return is_same_accuracy(first.accuracy, second.accuracy, before.scenario.info.n_test)
    is_right = np.unpackbits(np.concatenate([first.right, second.right]), axis=1).astype(np.bool_)
    n_agents = len(first.right)
    return np.asarray(same_models(is_right, level)[:n_agents, n_agents:].diagonal())
