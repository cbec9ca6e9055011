"""The algorithm: rounds of local training, upload, valuation and reward, for a batch of federations at once.

Equations are those of Xu et al. (NeurIPS 2021); the table of one round is in docs/method.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from cgs_core.data import FederatedData
from cgs_core.federation.conducts import CONDUCTS
from cgs_core.federation.local_training import Learnt, LocalTrainer
from cgs_core.federation.model import Model
from cgs_core.mechanisms import IMPORTANCE_RULES, Mechanism, with_mechanism
from cgs_core.mechanisms.reward_rules import REWARD_RULES, Reward
from cgs_core.mechanisms.round import Round
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Agent, Scenario
from cgs_core.typing import Contribution, FloatArray, Importance, IntArray, Params

_TINY = 1e-30  # a zero aggregate has zero rewards: 0 / tiny = 0
_MIN_LOSS = 1e-12  # a loss of 0 would leave q-FFL's weights without a meaning


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
class Exchange:
    """What one federation's agents uploaded, were worth and were paid in one round; zeros for who takes no part."""

    contribution: np.ndarray  # (n_agents,)
    importance: np.ndarray  # (n_agents,) sums to 1
    reward_ratio: np.ndarray  # (n_agents,) the reward rule's own measure
    gram: np.ndarray  # (n_agents, n_agents) float64
    reward_length: np.ndarray  # (n_agents,) |v_i| / |u_N|; in [0, 1] where v_i is part of the aggregate u_N
    download_bytes: np.ndarray  # (n_agents,) int64
    weight: np.ndarray  # (n_agents,) a_i
    update_length: np.ndarray  # (n_agents,) |dw_i|, before it was scaled or cut


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
    facts = _Facts(scenario.full_agents, data, trainer, model, _accuracy(data, model, dtype))
    scalings = [federation.scenario.upload_scaling for federation in federations]
    for round_index in range(scenario.n_rounds):
        learnt = trainer.learn(  # 1. train on the own shard, and
            state.params, state.is_member, round_index, scalings, state.last_rewards
        )
        exchanges = []  # 2. upload u_i, as long as Gamma or as trained
        for f, federation in enumerate(federations):
            given = facts.round_of(federation.scenario, state, learnt, f)  # 3. aggregate u_N = sum_i a_i u_i
            worth = VALUATIONS[given.rules.valuation].of(given)  # 4. value by the CGSV, or otherwise
            given = replace(given, contribution=worth)
            importance = _importance(given, state.importance[f][given.agents], worth)  # 5. become important
            reward = REWARD_RULES[given.rules.reward_rule].of(given, importance)  # 6. pay in parts of u_N:
            exchanges.append(_exchange(given, worth, importance, reward, learnt.trained_length[f]))
            state.settle(f, given, exchanges[-1], reward, learnt)  # w_i <- w_i + v_i and w_S <- w_S + u_N
        del learnt, given, reward  # not to be kept while the round is looked at
        yield FederationsRound(round_index, tuple(exchanges), state.params, state.server_params)


@dataclass(frozen=True)
class _State:
    """What goes from round to round, of F federations; its arrays are changed in place."""

    params: Params  # (F, n_agents, D)
    server_params: Params  # (F, D)
    importance: Importance  # (F, n_agents) r starts at 0: round 0 aggregates by data size
    contribution: Contribution  # (F, n_agents) of the round before
    upload_sums: list[Params | None]  # F of (n_agents, D), for valuations that remember
    last_rewards: dict[int, Params]  # by agent whose conduct goes by it: (F, D)
    is_member: npt.NDArray[np.bool_]  # (F, n_agents) who trains
    is_active: npt.NDArray[np.bool_]  # (F, n_agents) who trains together: the members, until one is evicted

    @classmethod
    def at_start(cls, scenario: Scenario, model: Model, federations: Sequence[Federation], dtype: type) -> _State:
        is_active = np.stack([federation.members for federation in federations])
        knowing = [index for index, agent in enumerate(scenario.agents) if CONDUCTS[agent.conduct].knows]
        start: Params = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(dtype)
        return cls(
            np.broadcast_to(start, (*is_active.shape, len(start))).copy(),
            np.broadcast_to(start, (len(federations), len(start))).copy(),
            np.zeros(is_active.shape),
            np.zeros(is_active.shape),
            [
                np.zeros((is_active.shape[1], len(start)), dtype)
                if VALUATIONS[own.scenario.valuation].remembers
                else None
                for own in federations
            ],
            {index: np.zeros((len(federations), len(start)), dtype) for index in knowing},
            is_active,
            is_active.copy(),
        )

    def settle(self, f: int, given: Round, exchange: Exchange, reward: Reward, learnt: Learnt) -> None:
        """Pay out a round of federation ``f``: rewards go to the round's own starts."""
        self.params[f][given.agents] += reward.updates
        is_alone = self.is_member[f] & ~self.is_active[f]  # evicted in an earlier round
        self.params[f][is_alone] += learnt.updates[f][is_alone]
        self.server_params[f] += given.aggregate if reward.server_update is None else reward.server_update
        self.importance[f] = exchange.importance
        self.contribution[f] = exchange.contribution
        self.is_active[f][given.agents[reward.is_evicted]] = False
        for agent, rewards in self.last_rewards.items():
            own = reward.updates[given.agents == agent]
            rewards[f] = own[0] if len(own) else 0


@dataclass(frozen=True)
class _Facts:
    """What is the same in every round."""

    agents: tuple[Agent, ...]
    data: FederatedData
    trainer: LocalTrainer
    model: Model
    accuracy: Callable[[Params], FloatArray]

    @cached_property
    def n_samples(self) -> IntArray:
        """(n_agents,) as many as the agents say that they have."""
        conducts = [CONDUCTS[agent.conduct] for agent in self.agents]
        return np.array([row.claims * shard.n_samples for row, shard in zip(conducts, self.data.shards, strict=True)])

    def round_of(self, rules: Scenario, state: _State, learnt: Learnt, f: int) -> Round:
        """What the server of federation ``f`` holds once its members have uploaded."""
        agents = np.flatnonzero(state.is_active[f])
        starts, n_samples = state.params[f][agents], self.n_samples[agents]
        sums = state.upload_sums[f]
        if sums is not None:
            sums += learnt.uploads[f]
        return Round.of_uploads(
            rules,
            learnt.uploads[f][agents],
            self._weight(rules, starts, agents, state.importance[f][agents], learnt.round_index),
            round_index=learnt.round_index,
            agents=agents,
            n_samples=n_samples,
            samples_at_start=self.n_samples[state.is_member[f]],
            starts=starts,
            updates=learnt.updates[f][agents],
            update_scale=learnt.scale[f][agents],
            upload_sum=None if sums is None else sums[agents],
            contribution_before=state.contribution[f][agents],
            server_params=state.server_params[f],
            layer_sizes=self.model.layer_sizes,
            class_rows=self.model.class_rows,
            validation_accuracy=self.accuracy,
            validation_gradient=self._validation_gradient,
            server_update=partial(self.trainer.server_update, state.server_params[f], learnt.round_index),
        )

    def _validation_gradient(self, params: Params) -> Params:
        """(n_models, D): what one step with learning rate 1, on all samples set aside at once, takes away."""
        features, labels = self.data.validation.features.astype(params.dtype), self.data.validation.labels
        everything = [[np.arange(len(labels))]] * len(params)
        gradient: Params = params - self.model.train(params, features, labels, everything, 1.0)
        return gradient

    def _weight(
        self, rules: Scenario, starts: Params, agents: IntArray, importance: Importance, round_index: int
    ) -> FloatArray:
        """(n,) a_i, sums to 1; 0 for those whom a reward rule leaves out of the round, so that the sum may be less."""
        weight = self._weight_of_all(rules, starts, agents, importance)
        takes_part = REWARD_RULES[rules.reward_rule].takes_part
        return weight if takes_part is None else weight * takes_part(rules, importance, round_index)

    def _weight_of_all(self, rules: Scenario, starts: Params, agents: IntArray, importance: Importance) -> FloatArray:
        """Equal; shares of the data, times loss ** q or not; or importance, before there is any equal or by data."""
        share: FloatArray = self.n_samples[agents] / self.n_samples[agents].sum()
        equal = np.full(len(agents), 1 / len(agents))
        if rules.aggregation_weight == "equal":
            return equal
        if rules.aggregation_weight == "loss_power":
            losses = np.maximum(self.trainer.losses(starts, agents), _MIN_LOSS)
            powers = share * (losses / losses.max()) ** rules.loss_exponent
            return np.asarray(powers / powers.sum())
        if rules.aggregation_weight == "data_size":
            return share
        at_first = equal if rules.aggregation_weight == "importance_from_equal" else share
        return importance if importance.any() else at_first


def _importance(given: Round, before: Importance, contribution: Contribution) -> Importance:
    """r after the round."""
    earned = VALUATIONS[given.rules.valuation].earned(contribution)
    return IMPORTANCE_RULES[given.rules.importance_rule].of(before, earned, given)


def _accuracy(data: FederatedData, model: Model, dtype: type) -> Callable[[Params], FloatArray]:
    """(n_models, n_params) -> (n_models,), on the samples set aside."""
    features: np.ndarray = data.validation.features.astype(dtype)
    labels = data.validation.labels

    def accuracy(params: Params) -> FloatArray:
        right: FloatArray = (model.evaluate(params, features, labels).predicted == labels).mean(axis=1)
        return right

    return accuracy


def _exchange(
    given: Round, contribution: Contribution, importance: Importance, reward: Reward, trained_length: FloatArray
) -> Exchange:
    """The facts of the members among those of all agents; who was evicted keeps no importance."""
    n_agents = len(trained_length)
    length = _row_lengths(reward.updates) / max(_row_lengths(given.aggregate[None])[0], _TINY)
    if reward.is_evicted.any():
        importance = np.where(reward.is_evicted, 0.0, importance)
        importance /= importance.sum()
    gram = np.zeros((n_agents, n_agents))
    gram[np.ix_(given.agents, given.agents)] = given.gram

    def of_all(values: FloatArray | IntArray) -> np.ndarray:
        whole = np.zeros(n_agents, values.dtype)
        whole[given.agents] = values
        return whole

    return Exchange(
        contribution=of_all(contribution),
        importance=of_all(importance),
        reward_ratio=of_all(reward.ratio),
        gram=gram,
        reward_length=of_all(length.astype(np.float64)),
        download_bytes=of_all(reward.n_bytes),
        weight=of_all(given.weight.astype(np.float64)),
        update_length=of_all(trained_length[given.agents].astype(np.float64)),
    )


def _row_lengths(vectors: Params) -> np.ndarray:
    """(n,): squares summed in one order, so that part of a vector is never longer than the whole."""
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1)
    return lengths
