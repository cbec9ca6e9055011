"""Values of a whole run, which are known when it has ended: no mechanism can pay by them while it runs.

They are rows where agents come and go. Where all are always there they are another row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cgs_core.contribution.completion import completed_shapley
from cgs_core.data import federated_data
from cgs_core.federation import Server, model_of, on_one_thread
from cgs_core.federation.attendance import Attendance
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.federation.rounds import knowledge_of
from cgs_core.mechanisms import FEDAVG, with_mechanism
from cgs_core.mechanisms.valuations import n_reconstructed_models
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from cgs_core.scenario.presence import presence_of
from cgs_core.typing import BoolArray, Contribution, FloatArray


@dataclass(frozen=True)
class WholeRun:
    """A row: a function of a scenario, which gives (n_agents,) what the uploads of federated averaging are worth.

    ``most_agents``: as of a choice; ``n_models``: that it evaluates a round.
    """

    title: str
    about: str
    source: str
    worth: Callable[[Scenario], Contribution]
    most_agents: int
    n_models: Callable[[int], int]


def completed_fedsv(scenario: Scenario) -> Contribution:
    """FedSV with the absent credited: see ``cgs_core.contribution.completion``."""
    return completed_shapley(*losses_of_coalitions(scenario))


def losses_of_coalitions(scenario: Scenario) -> tuple[FloatArray, BoolArray]:
    """(n_rounds, 2**n_agents): how far the loss falls, on samples set aside, under the mean upload of each coalition.

    And whether it is known: whether all of the coalition were there. Plain federated averaging, uploads as trained;
    conducts that go by what an agent got back are not for it.
    """
    return next(on_one_thread(iter([_losses(scenario)])))


def _losses(scenario: Scenario) -> tuple[FloatArray, BoolArray]:
    data, model, n_agents = federated_data(scenario), model_of(scenario), scenario.n_agents
    trainer, present = LocalTrainer(scenario, data, model), presence_of(scenario).is_present
    knows = knowledge_of(data, model, trainer)
    assert knows.validation_loss is not None
    start = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(np.float32)
    server = Server(n_agents, with_mechanism(scenario, FEDAVG.name), start=start, **vars(knows))
    attendance = Attendance(scenario, np.ones((1, n_agents), np.bool_), [server])
    params, server_params = np.broadcast_to(start, (1, n_agents, len(start))).copy(), start
    members = np.arange(2**n_agents)[:, None] >> np.arange(n_agents) & 1 == 1
    n_samples = [shard.n_samples for shard in data.shards]
    falls, known = [], []
    for round_index in range(scenario.n_rounds):
        attendance.begin(round_index, params, server_params[None])
        learnt = trainer.learn(params, attendance.trains(round_index), round_index, ["as_trained"], {})
        sent = attendance.came(learnt)[0].uploads[0]
        is_there = ~(members & ~present[round_index]).any(axis=1)
        steps = members[is_there] @ sent.astype(np.float64) / np.maximum(members[is_there].sum(axis=1), 1)[:, None]
        losses = knows.validation_loss(server_params + steps.astype(np.float32))
        falls.append(np.zeros(2**n_agents))
        falls[-1][is_there] = losses[0] - losses
        known.append(is_there)
        done = server.round(sent, n_samples, present=present[round_index])
        if done.server_update is not None:
            server_params = server_params + np.asarray(done.server_update)
        params[0] = server_params
    return np.array(falls), np.array(known)


WHOLE_RUNS: Mapping[str, WholeRun] = MappingProxyType(
    {
        "comfedsv": WholeRun(
            "FedSV, completed",
            "FedSV, mean over the rounds; what the absent would have brought is filled in from a table of low rank.",
            "after ComFedSV: Fan et al., arXiv:2109.09046",
            completed_fedsv,
            most_agents=10,
            n_models=n_reconstructed_models,
        )
    }
)
"""By name."""
