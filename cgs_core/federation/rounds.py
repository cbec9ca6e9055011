"""The algorithm: rounds of local training, upload, valuation and reward, for a batch of federations at once.

Equations are those of Xu et al. (NeurIPS 2021); the table of one round is in docs/method.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.federation.download import REWARD_RULES, download_bytes
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.federation.model import Model
from cgs_core.mechanisms import VALUATIONS, Mechanism
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import reward_ratio, update_importance
from cgs_core.scenario import Scenario
from cgs_core.typing import Params

_TINY = 1e-30  # a zero aggregate has zero rewards: 0 / tiny = 0


@dataclass(frozen=True)
class Federation:
    """Who trains together, and under which mechanism."""

    mechanism: Mechanism
    members: np.ndarray  # (n_agents,) bool
    altruism_degree: float
    importance_smoothing: float
    is_layer_scope: bool

    @classmethod
    def of(cls, scenario: Scenario, mechanism: Mechanism, members: np.ndarray) -> Federation:
        """These agents under this mechanism, with the scenario's own settings."""
        is_layer_scope = scenario.mask_scope == "layer"
        return cls(mechanism, members, scenario.altruism_degree, scenario.importance_smoothing, is_layer_scope)


@dataclass(frozen=True)
class Exchange:
    """What one federation's agents uploaded, were worth and were paid in one round; zeros for who is not a member."""

    contribution: np.ndarray  # (n_agents,)
    importance: np.ndarray  # (n_agents,) sums to 1
    reward_ratio: np.ndarray  # (n_agents,)
    gram: np.ndarray  # (n_agents, n_agents) float64
    reward_length: np.ndarray  # (n_agents,) |v_i| / |u_N|, in [0, 1]: how much of the aggregate's length came back
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
    """Train all federations of one scenario side by side, from the same start, on the same mini-batches."""
    trainer = LocalTrainer(scenario, data, model, dtype)
    members = np.stack([federation.members for federation in federations])
    start: Params = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(dtype)
    params = np.broadcast_to(start, (*members.shape, len(start))).copy()
    server_params = np.broadcast_to(start, (len(federations), len(start))).copy()
    sizes = np.array([shard.n_samples for shard in data.shards], np.float64)
    data_share = members * sizes / (members * sizes).sum(axis=1, keepdims=True)
    importance = np.zeros_like(data_share)  # r starts at 0: round 0 aggregates by data size
    for round_index in range(scenario.n_rounds):
        updates = trainer.updates(params, members, round_index)
        uploads = trainer.uploads(updates, round_index)
        exchanges = []
        for f, federation in enumerate(federations):
            is_first = round_index == 0 or federation.mechanism.aggregation_weight == "data_size"
            weight = data_share[f] if is_first else importance[f]
            exchange, aggregate, rewards = _exchange(
                federation, model, weight, importance[f], data_share[f], uploads[f], updates[f]
            )
            server_params[f] += aggregate  # w_S <- w_S + u_N
            params[f][federation.members] += rewards  # w_i <- w_i + v_i, to the round's own start
            importance[f] = exchange.importance
            exchanges.append(exchange)
        yield FederationsRound(round_index, tuple(exchanges), params, server_params)


def _exchange(
    federation: Federation,
    model: Model,
    weight: np.ndarray,
    importance: np.ndarray,
    data_share: np.ndarray,
    uploads: Params,
    updates: Params,
) -> tuple[Exchange, Params, Params]:
    """Aggregate one federation's uploads, value them, and pay: (exchange, u_N, rewards of the members)."""
    inside = np.nonzero(federation.members)[0]
    weighted = (weight[inside, None] * uploads[inside]).astype(np.float64)
    aggregate = weighted.sum(axis=0).astype(uploads.dtype)  # u_N = sum_i a_i u_i
    contribution, ratio = np.zeros(len(weight)), np.zeros(len(weight))
    gram = np.zeros((len(weight), len(weight)))
    layer_sizes = model.layer_sizes if federation.is_layer_scope else None
    if federation.mechanism.valuation is None:
        importance, ratio[inside] = data_share, 1.0
    else:
        members_gram = weighted @ weighted.T  # M_ij = a_i a_j <u_i, u_j>
        gram[np.ix_(inside, inside)] = members_gram
        contribution[inside] = VALUATIONS[federation.mechanism.valuation](members_gram)  # eq. 1 or 2
        before, importance = importance[inside], np.zeros(len(weight))
        importance[inside] = update_importance(before, contribution[inside], federation.importance_smoothing)
        ratio[inside] = reward_ratio(importance[inside], federation.altruism_degree)
    rewards = REWARD_RULES[federation.mechanism.reward_rule](aggregate, updates[inside], ratio[inside], layer_sizes)
    size = download_bytes(model.n_params, ratio, layer_sizes)
    length = np.zeros(len(weight))
    length[inside] = _row_lengths(rewards) / max(_row_lengths(aggregate[None])[0], _TINY)
    return Exchange(contribution, importance, ratio, gram, length, size), aggregate, rewards


def _row_lengths(vectors: Params) -> np.ndarray:
    """(n,): squares summed in one order, so that part of a vector is never longer than the whole."""
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1)
    return lengths
