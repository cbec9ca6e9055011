"""The algorithm: rounds of local training, upload, valuation and reward, for a batch of federations at once.

Equations are those of Xu et al. (NeurIPS 2021); the table of one round is in docs/method.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cgs_core.data import FederatedData
from cgs_core.federation.attendance import Attendance
from cgs_core.federation.conducts import CONDUCTS, Memory
from cgs_core.federation.local_training import Learnt, LocalTrainer
from cgs_core.federation.model import Model
from cgs_core.federation.server import Server
from cgs_core.federation.settlement import Exchange, Knowledge, Standing, Uploads
from cgs_core.mechanisms import Mechanism, with_mechanism
from cgs_core.mechanisms.reward_rules import Reward
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Agent, Scenario
from cgs_core.typing import FloatArray, IntArray, Params


@dataclass(frozen=True)
class Federation:
    """Who trains together, and by which scenario's rules: its mechanism and the settings of that."""

    scenario: Scenario
    members: np.ndarray  # (n_agents,) bool

    @classmethod
    def of(cls, scenario: Scenario, mechanism: Mechanism, members: np.ndarray) -> Federation:
        """These agents under this mechanism, with the scenario's own settings."""
        return cls(with_mechanism(scenario, mechanism.name), members)


@dataclass(frozen=True)
class FederationsRound:
    """One round of every federation. The arrays go on being used: read them before asking for the next round."""

    round_index: int
    exchanges: tuple[Exchange, ...]
    params: Params  # (n_federations, n_agents, n_params) after the reward
    server_params: Params  # (n_federations, n_params)


def iterate_federations(
    scenario: Scenario, data: FederatedData, model: Model, federations: Sequence[Federation], dtype: type = np.float32
) -> Iterator[FederationsRound]:
    """Train federations side by side, from the same start, on the same mini-batches.

    ``scenario`` says how they train; a federation's own scenario, which agrees with it there, says by which mechanism.
    """
    state = _State.at_start(scenario, model, federations, dtype)
    trainer = LocalTrainer(scenario, data, model, dtype)
    facts = _Facts(scenario.full_agents, data, trainer, model, knowledge_of(data, model, trainer, dtype))
    servers = [facts.server_of(federation, state.server_params[f]) for f, federation in enumerate(federations)]
    scalings = [federation.scenario.upload_scaling for federation in federations]
    attendance = Attendance(scenario, state.is_member, servers)
    for round_index in range(scenario.n_rounds):
        attendance.begin(round_index, state.params, state.server_params)
        learnt = trainer.learn(  # 1. train on the own shard, and
            state.params, attendance.trains(round_index), round_index, scalings, state.memories
        )
        came, exchanges = attendance.came(learnt), []  # 2. upload u_i, as long as Gamma or as trained
        for f, server in enumerate(servers):
            is_alone = attendance.is_alone(f, round_index)
            uploads = facts.uploads_to(server, attendance.present(f, round_index), state.params[f], came[f], f)
            exchange, reward = server.settle(uploads)  # 3. to 6.: aggregate, value, become important, pay
            exchanges.append(exchange)
            state.pay(f, uploads.agents, reward, is_alone, learnt)  # w_i <- w_i + v_i
        del learnt, came, uploads, reward  # not to be kept while the round is looked at
        yield FederationsRound(round_index, tuple(exchanges), state.params, state.server_params)


@dataclass(frozen=True)
class _State:
    """The models of F federations, which go from round to round; the arrays are changed in place."""

    params: Params  # (F, n_agents, D)
    server_params: Params  # (F, D), of which each server changes its own
    memories: dict[int, Memory]  # by agent whose conduct goes by it
    is_member: npt.NDArray[np.bool_]  # (F, n_agents) who trains

    @classmethod
    def at_start(cls, scenario: Scenario, model: Model, federations: Sequence[Federation], dtype: type) -> _State:
        is_member = np.stack([federation.members for federation in federations])
        knowing = [index for index, agent in enumerate(scenario.agents) if CONDUCTS[agent.conduct].knows]
        start: Params = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(dtype)
        return cls(
            np.broadcast_to(start, (*is_member.shape, len(start))).copy(),
            np.broadcast_to(start, (len(federations), len(start))).copy(),
            {index: Memory.of_nothing(len(federations), scenario.n_rounds, len(start), dtype) for index in knowing},
            is_member,
        )

    def pay(self, f: int, agents: IntArray, reward: Reward, is_alone: npt.NDArray[np.bool_], learnt: Learnt) -> None:
        """Add the rewards of federation ``f`` to its agents' models; who was evicted in an earlier round trains on."""
        if len(agents):
            self.params[f][agents] += reward.updates
        self.params[f][is_alone] += learnt.updates[f][is_alone]
        for agent, memory in self.memories.items():
            memory.last_reward[f] = 0
            for place in np.flatnonzero(agents == agent):  # nowhere where it took no part
                memory.keep(f, learnt.round_index, reward.updates[place], reward.ratio[place])


@dataclass(frozen=True)
class _Facts:
    """What is the same in every round."""

    agents: tuple[Agent, ...]
    data: FederatedData
    trainer: LocalTrainer
    model: Model
    knowledge: Knowledge

    @cached_property
    def n_samples(self) -> IntArray:
        """(n_agents,) as many as the agents say that they have."""
        conducts = [CONDUCTS[agent.conduct] for agent in self.agents]
        return np.array([row.claims * shard.n_samples for row, shard in zip(conducts, self.data.shards, strict=True)])

    def server_of(self, federation: Federation, server_params: Params) -> Server:
        """A server that knows all that one may: it has the samples set aside, and the model's own form."""
        standing = replace(
            Standing.at_start(len(self.agents)),
            is_active=federation.members.copy(),
            server_params=server_params,
            layer_sizes=self.model.layer_sizes,
        )
        return Server.at(standing, federation.scenario, self.knowledge)

    def uploads_to(self, server: Server, agents: IntArray, starts: Params, learnt: Learnt, f: int) -> Uploads:
        """What ``agents`` send to federation ``f``; ``starts`` (n_agents, D) are all models before the round."""
        goes_by_loss = server.rules.aggregation_weight == "loss_power"
        return Uploads(
            agents=agents,
            sent=learnt.uploads[f][agents],
            learnt=learnt.updates[f][agents],
            scale=learnt.scale[f][agents],
            length=learnt.trained_length[f][agents],
            n_samples=self.n_samples[agents],
            starts=(own := starts[agents]),
            losses=self.trainer.losses(own, agents) if goes_by_loss else np.zeros(0),
        )


def knowledge_of(data: FederatedData, model: Model, trainer: LocalTrainer, dtype: type = np.float32) -> Knowledge:
    """All that a server may be able to tell of models, with the samples set aside and the model's own form."""
    features: np.ndarray = data.validation.features.astype(dtype)
    labels = data.validation.labels

    def gradient(params: Params) -> Params:
        """(n_models, D): what one step with learning rate 1, on all samples set aside at once, takes away."""
        everything = [[np.arange(len(labels))]] * len(params)
        step: Params = params - model.train(
            params, data.validation.features.astype(params.dtype), labels, everything, 1.0
        )
        return step

    def accuracy(params: Params) -> FloatArray:
        """(n_models, n_params) -> (n_models,)."""
        right: FloatArray = (model.predict(params, features) == labels).mean(axis=1)
        return right

    def loss(params: Params) -> FloatArray:
        """(n_models, n_params) -> (n_models,)."""
        return np.asarray(model.evaluate(params, features, labels).loss, np.float64)

    return Knowledge(
        class_rows=model.class_rows,
        validation_accuracy=accuracy,
        validation_gradient=gradient,
        validation_loss=loss,
        server_update=trainer.server_update,
    )
