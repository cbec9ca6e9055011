"""The algorithm: rounds of local training, upload, valuation and reward, for a batch of federations at once.

Equations are those of Xu et al. (NeurIPS 2021); the table of one round is in docs/method.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.federation.model import Model
from cgs_core.mechanisms import IMPORTANCE_RULES, Mechanism, with_mechanism
from cgs_core.mechanisms.reward_rules import REWARD_RULES, Reward, Settlement
from cgs_core.mechanisms.valuations import VALUATIONS, RoundOffer
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import shares
from cgs_core.scenario import Scenario
from cgs_core.typing import Contribution, FloatArray, Gram, Importance, IntArray, Params

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
    trainer = LocalTrainer(scenario, data, model, dtype)
    is_active = np.stack([federation.members for federation in federations])  # the members, until one is evicted
    start: Params = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(dtype)
    params = np.broadcast_to(start, (*is_active.shape, len(start))).copy()
    server_params = np.broadcast_to(start, (len(federations), len(start))).copy()
    n_samples = np.array([shard.n_samples for shard in data.shards])
    importance = np.zeros(is_active.shape)  # r starts at 0: round 0 aggregates by data size
    accuracy = _validation_accuracy(data, model, dtype)
    for round_index in range(scenario.n_rounds):
        updates, scale = trainer.updates(params, is_active, round_index)
        uploads = trainer.uploads(updates, round_index)
        exchanges = []
        for f, federation in enumerate(federations):
            rules, inside = federation.scenario, np.flatnonzero(is_active[f])
            starts, sent, before = params[f][inside], uploads[f][inside], importance[f][inside]
            weight = _weights(rules, trainer, starts, inside, n_samples[inside], before)
            weighted = (weight[:, None] * sent).astype(np.float64)
            aggregate = weighted.sum(axis=0).astype(dtype)  # u_N = sum_i a_i u_i
            gram = weighted @ weighted.T  # M_ij = a_i a_j <u_i, u_j>
            offer = RoundOffer(
                gram,
                weight,
                sent,
                scale[f][inside],
                starts,
                server_params[f],
                n_samples[inside],
                scenario.start_seed,
                round_index,
                model.class_rows,
                accuracy,
            )
            contribution = VALUATIONS[rules.valuation].value(offer)  # eq. 1 or 2, or what else it is worth
            earned = _next_importance(rules, before, contribution)
            server_params[f] += aggregate  # w_S <- w_S + u_N
            layer_sizes = model.layer_sizes if rules.mask_scope == "layer" else None
            reward = REWARD_RULES[rules.reward_rule](
                Settlement(
                    rules,
                    round_index,
                    inside,
                    earned,
                    aggregate,
                    server_params[f],
                    starts,
                    updates[f][inside],
                    sent,
                    layer_sizes,
                )
            )
            params[f][inside] += reward.updates  # w_i <- w_i + v_i, to the round's own start
            exchanges.append(_exchange(len(n_samples), inside, contribution, earned, gram, reward, aggregate))
            importance[f] = exchanges[-1].importance
            is_active[f][inside[reward.is_evicted]] = False
        del updates, uploads, starts, sent, weighted, offer, reward  # not to be kept while the round is looked at
        yield FederationsRound(round_index, tuple(exchanges), params, server_params)


def _weights(
    rules: Scenario,
    trainer: LocalTrainer,
    starts: Params,
    agents: IntArray,
    n_samples: IntArray,
    importance: Importance,
) -> FloatArray:
    """a_i: shares of the data, in round 0 always; importance; or shares of the data times loss ** q. (n,), sum 1."""
    share = n_samples / n_samples.sum()
    if rules.aggregation_weight == "loss_power":
        losses = np.maximum(trainer.losses(starts, agents), _MIN_LOSS)
        powers = share * (losses / losses.max()) ** rules.loss_exponent
        return powers / powers.sum()
    is_by_importance = rules.aggregation_weight == "importance" and importance.any()
    return importance if is_by_importance else share


def _next_importance(rules: Scenario, importance: Importance, contribution: Contribution) -> Importance:
    earned = contribution if VALUATIONS[rules.valuation].unit == "cosine" else shares(contribution)
    return IMPORTANCE_RULES[rules.importance_rule](importance, earned, rules.importance_smoothing)


def _validation_accuracy(data: FederatedData, model: Model, dtype: type) -> Callable[[Params], FloatArray]:
    """(n_models, n_params) -> (n_models,), on the samples set aside."""
    features: np.ndarray = data.validation.features.astype(dtype)
    labels = data.validation.labels

    def accuracy(params: Params) -> FloatArray:
        right: FloatArray = (model.evaluate(params, features, labels).predicted == labels).mean(axis=1)
        return right

    return accuracy


def _exchange(
    n_agents: int,
    inside: IntArray,
    contribution: Contribution,
    importance: Importance,
    gram: Gram,
    reward: Reward,
    aggregate: Params,
) -> Exchange:
    """The facts of the members ``inside`` among those of all agents; who was evicted keeps no importance."""
    length = _row_lengths(reward.updates) / max(_row_lengths(aggregate[None])[0], _TINY)
    if reward.is_evicted.any():
        importance = np.where(reward.is_evicted, 0.0, importance)
        importance /= importance.sum()
    whole_gram = np.zeros((n_agents, n_agents))
    whole_gram[np.ix_(inside, inside)] = gram

    def of_all(values: FloatArray | IntArray) -> np.ndarray:
        whole = np.zeros(n_agents, values.dtype)
        whole[inside] = values
        return whole

    return Exchange(
        contribution=of_all(contribution),
        importance=of_all(importance),
        reward_ratio=of_all(reward.ratio),
        gram=whole_gram,
        reward_length=of_all(length.astype(np.float64)),
        download_bytes=of_all(reward.n_bytes),
    )


def _row_lengths(vectors: Params) -> np.ndarray:
    """(n,): squares summed in one order, so that part of a vector is never longer than the whole."""
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1)
    return lengths
