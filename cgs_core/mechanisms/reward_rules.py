"""What each agent gets back: the reward rules, from one round's uploads and importances.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.mechanisms.download import VALUE_BYTES, download_bytes, sparsify
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import reward_ratio
from cgs_core.scenario import Scenario
from cgs_core.typing import Importance, IntArray, Params, RewardRatio

ROUNDS_BEFORE_EVICTION = 10
EVICTION_FACTOR = {"smoothed": 1 / 3, "cffl": 2 / 3}
"""Importance rule -> the part of an equal share below which an agent is evicted (RFFL's; CFFL's)."""


@dataclass(frozen=True)
class Settlement:
    """What a reward rule has to go by; n members of one federation, D parameters."""

    scenario: Scenario
    round_index: int
    agents: IntArray  # (n,) the members' indices
    importance: Importance  # (n,) r after this round
    aggregate: Params  # (D,) u_N
    server_params: Params  # (D,) w_S after this round
    params: Params  # (n, D) the agents' models before the round
    updates: Params  # (n, D) what each learnt, which it has whatever it uploaded
    uploads: Params  # (n, D)
    layer_sizes: Sequence[int] | None  # None: masks over the whole vector


@dataclass(frozen=True)
class Reward:
    """What a rule gives; who is evicted takes no further part."""

    updates: Params  # (n, D) v_i, which is added to the agent's model
    ratio: RewardRatio  # (n,) the rule's own measure of how much came back
    n_bytes: IntArray  # (n,) sent to the agent
    is_evicted: npt.NDArray[np.bool_]  # (n,)


def sparsified(given: Settlement) -> Reward:
    """The aggregate's largest entries, as many as rho says (the paper)."""
    return _masked(given, reward_ratio(given.importance, given.scenario.altruism_degree))


def full(given: Settlement) -> Reward:
    """The aggregate for all (FedAvg)."""
    n, n_params = given.updates.shape
    return Reward(
        np.broadcast_to(given.aggregate, (n, n_params)),
        np.ones(n),
        _whole_vectors(given, np.ones(n, np.bool_)),
        _nobody(n),
    )


def own(given: Settlement) -> Reward:
    """The agent's own update; nothing is sent."""
    n = len(given.updates)
    return Reward(given.updates, np.zeros(n), np.zeros(n, np.int64), _nobody(n))


def sparsified_or_evicted(given: Settlement) -> Reward:
    """Entries in proportion to r_i / max r; from the tenth round on, who has too little is evicted (RFFL)."""
    factor = EVICTION_FACTOR[given.scenario.importance_rule]
    is_evicted = given.importance < factor / len(given.importance)
    is_evicted &= given.round_index + 1 >= ROUNDS_BEFORE_EVICTION
    ratio = np.where(is_evicted, 0.0, given.importance / given.importance.max())
    paid = _masked(given, ratio)
    return Reward(paid.updates, ratio, paid.n_bytes, is_evicted)


def interpolated(given: Settlement) -> Reward:
    """gamma_i w_S + (1 - gamma_i) (own trained model), gamma_i = r_i / max r (ShapFed)."""
    gamma: RewardRatio = given.importance / given.importance.max()
    part = gamma[:, None].astype(given.updates.dtype)
    towards_server = given.server_params - given.params
    return Reward(
        part * towards_server + (1 - part) * given.updates, gamma, _whole_vectors(given, gamma > 0), _nobody(len(gamma))
    )


def random_subset(given: Settlement) -> Reward:
    """Mean of the own update and ceil((r_i / max r)^(1 - kappa) (n - 1)) random others; at times w_S itself (IAFL)."""
    n, scenario = len(given.updates), given.scenario
    n_shared = np.ceil((given.importance / given.importance.max()) ** (1 - scenario.reward_equality) * (n - 1))
    rewards, ratio = np.empty_like(given.updates), np.ones(n)
    for place, agent in enumerate(given.agents):
        rng = random_stream(scenario.start_seed, Stream.SHARED_UPDATES, int(agent), given.round_index)
        if rng.random() < scenario.sync_probability:
            rewards[place] = given.server_params - given.params[place]
            continue
        others = np.delete(np.arange(n), place)
        chosen = np.sort(rng.permutation(others)[: int(n_shared[place])])
        shared = given.updates[place].astype(np.float64) + given.uploads[chosen].sum(axis=0, dtype=np.float64)
        rewards[place] = shared / (1 + len(chosen))
        ratio[place] = len(chosen) / (n - 1) if n > 1 else 1.0  # of nobody else's updates, all
    return Reward(rewards, ratio, _whole_vectors(given, ratio > 0), _nobody(n))


def sampled_sync(given: Settlement) -> Reward:
    """A fraction of the agents, drawn by softmax(r / beta), gets w_S; the others keep what they learnt (Lin et al.)."""
    n, scenario = len(given.updates), given.scenario
    rng = random_stream(scenario.start_seed, Stream.SYNCHRONISED_AGENTS, given.round_index)
    keys = given.importance / scenario.altruism_degree + rng.gumbel(size=n)  # the largest: a draw without replacement
    n_synchronised = int(np.ceil(round(scenario.sync_fraction * n, 9)))
    is_synchronised = np.zeros(n, np.bool_)
    is_synchronised[np.argsort(-keys, kind="stable")[:n_synchronised]] = True
    rewards = np.where(is_synchronised[:, None], given.server_params - given.params, given.updates)
    return Reward(rewards, is_synchronised.astype(np.float64), _whole_vectors(given, is_synchronised), _nobody(n))


def _masked(given: Settlement, ratio: RewardRatio) -> Reward:
    size = download_bytes(len(given.aggregate), ratio, given.layer_sizes)
    return Reward(sparsify(given.aggregate, ratio, given.layer_sizes), ratio, size, _nobody(len(ratio)))


def _nobody(n: int) -> npt.NDArray[np.bool_]:
    return np.zeros(n, np.bool_)


def _whole_vectors(given: Settlement, is_sent: npt.NDArray[np.bool_]) -> IntArray:
    """(n,) bytes: one float32 vector to each agent that gets anything."""
    return is_sent * np.int64(VALUE_BYTES * len(given.aggregate))


REWARD_RULES: dict[str, Callable[[Settlement], Reward]] = {
    "sparsified": sparsified,
    "full": full,
    "own": own,
    "sparsified_or_evicted": sparsified_or_evicted,
    "interpolated": interpolated,
    "random_subset": random_subset,
    "sampled_sync": sampled_sync,
}
