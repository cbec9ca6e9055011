"""What each agent gets back: the reward rules, from one round's uploads and importances.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.mechanisms.download import VALUE_BYTES, download_bytes, sparsify
from cgs_core.mechanisms.importance import IMPORTANCE_RULES
from cgs_core.mechanisms.round import Round, small_round
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import reward_ratio
from cgs_core.scenario import CHOICES, Row, Rows
from cgs_core.typing import Importance, IntArray, Params, RewardRatio

ROUNDS_BEFORE_EVICTION = 10


@dataclass(frozen=True)
class Reward:
    """What a rule gives to n agents.

    Attributes
    ----------
    updates: (n, D) v_i, which is added to the agent's model.
    ratio: (n,) the rule's own measure of how much came back, in [0, 1].
    n_bytes: (n,) sent to the agent.
    is_evicted: (n,) bool, who takes no further part.
    """

    updates: Params
    ratio: RewardRatio
    n_bytes: IntArray
    is_evicted: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RewardRule(Row):
    """One row: a function of a round of n agents and D parameters, and of their importance (n,) after it."""

    kind = "reward_rule"

    pay: Callable[[Round, Importance], Reward]

    def of(self, given: Round, importance: Importance) -> Reward:
        """What each agent gets. Raises ``AddedError`` where that has another shape, or is no finite number."""
        reward = self.run(lambda: self.pay(given, importance))
        if not self.is_added:  # of ours the tests say it, and the vectors are long
            return reward
        if not isinstance(reward, Reward):
            raise self.error(f"must give a Reward; got {type(reward).__name__}")
        shapes = {"updates": given.uploads.shape, "ratio": (n := given.n_agents,), "n_bytes": (n,), "is_evicted": (n,)}
        for part, shape in shapes.items():
            if (got := np.shape(getattr(reward, part))) != shape:
                raise self.error(f"{part} must have the shape {shape}; got {got}")
        if not (np.isfinite(reward.updates).all() and np.isfinite(reward.ratio).all()):
            raise self.error(f"must give finite numbers; got others in round {given.round_index + 1}")
        return reward

    def check(self) -> None:
        given = small_round()
        self.of(given, np.arange(1.0, 1.0 + given.n_agents) / np.arange(1.0, 1.0 + given.n_agents).sum())


def sparsified(given: Round, importance: Importance) -> Reward:
    """The aggregate's largest entries, as many as rho says (the paper)."""
    return _masked(given, reward_ratio(importance, given.rules.altruism_degree))


def full(given: Round, importance: Importance) -> Reward:
    """The aggregate for all (FedAvg)."""
    n, n_params = given.updates.shape
    return Reward(
        np.broadcast_to(given.aggregate, (n, n_params)),
        np.ones(n),
        _whole_vectors(given, np.ones(n, np.bool_)),
        _nobody(n),
    )


def own(given: Round, importance: Importance) -> Reward:
    """The agent's own update; nothing is sent."""
    n = len(given.updates)
    return Reward(given.updates, np.zeros(n), np.zeros(n, np.int64), _nobody(n))


def sparsified_or_evicted(given: Round, importance: Importance) -> Reward:
    """Entries in proportion to r_i / max r; from the tenth round on, who has too little is evicted (RFFL)."""
    factor = IMPORTANCE_RULES[given.rules.importance_rule].eviction_factor
    is_evicted = importance < factor / len(importance)
    is_evicted &= given.round_index + 1 >= ROUNDS_BEFORE_EVICTION
    ratio = np.where(is_evicted, 0.0, importance / importance.max())
    paid = _masked(given, ratio)
    return Reward(paid.updates, ratio, paid.n_bytes, is_evicted)


def interpolated(given: Round, importance: Importance) -> Reward:
    """gamma_i w_S + (1 - gamma_i) (own trained model), gamma_i = r_i / max r (ShapFed)."""
    gamma: RewardRatio = importance / importance.max()
    part = gamma[:, None].astype(given.updates.dtype)
    towards_server = given.new_server_params - given.starts
    return Reward(
        part * towards_server + (1 - part) * given.updates, gamma, _whole_vectors(given, gamma > 0), _nobody(len(gamma))
    )


def random_subset(given: Round, importance: Importance) -> Reward:
    """Mean of the own update and ceil((r_i / max r)^(1 - kappa) (n - 1)) random others; at times w_S itself (IAFL)."""
    n, scenario = len(given.updates), given.rules
    n_shared = np.ceil((importance / importance.max()) ** (1 - scenario.reward_equality) * (n - 1))
    rewards, ratio = np.empty_like(given.updates), np.ones(n)
    for place, agent in enumerate(given.agents):
        rng = random_stream(scenario.start_seed, Stream.SHARED_UPDATES, int(agent), given.round_index)
        if rng.random() < scenario.sync_probability:
            rewards[place] = given.new_server_params - given.starts[place]
            continue
        others = np.delete(np.arange(n), place)
        chosen = np.sort(rng.permutation(others)[: int(n_shared[place])])
        shared = given.updates[place].astype(np.float64) + given.uploads[chosen].sum(axis=0, dtype=np.float64)
        rewards[place] = shared / (1 + len(chosen))
        ratio[place] = len(chosen) / (n - 1) if n > 1 else 1.0  # of nobody else's updates, all
    return Reward(rewards, ratio, _whole_vectors(given, ratio > 0), _nobody(n))


def sampled_sync(given: Round, importance: Importance) -> Reward:
    """A fraction of the agents, drawn by softmax(r / beta), gets w_S; the others keep what they learnt (Lin et al.)."""
    n, scenario = len(given.updates), given.rules
    rng = random_stream(scenario.start_seed, Stream.SYNCHRONISED_AGENTS, given.round_index)
    keys = importance / scenario.altruism_degree + rng.gumbel(size=n)  # the largest: a draw without replacement
    n_synchronised = int(np.ceil(round(scenario.sync_fraction * n, 9)))
    is_synchronised = np.zeros(n, np.bool_)
    is_synchronised[np.argsort(-keys, kind="stable")[:n_synchronised]] = True
    rewards = np.where(is_synchronised[:, None], given.new_server_params - given.starts, given.updates)
    return Reward(rewards, is_synchronised.astype(np.float64), _whole_vectors(given, is_synchronised), _nobody(n))


def _masked(given: Round, ratio: RewardRatio) -> Reward:
    size = download_bytes(len(given.aggregate), ratio, given.masked_layers)
    return Reward(sparsify(given.aggregate, ratio, given.masked_layers), ratio, size, _nobody(len(ratio)))


def _nobody(n: int) -> npt.NDArray[np.bool_]:
    return np.zeros(n, np.bool_)


def _whole_vectors(given: Round, is_sent: npt.NDArray[np.bool_]) -> IntArray:
    """(n,) bytes: one float32 vector to each agent that gets anything."""
    return is_sent * np.int64(VALUE_BYTES * len(given.aggregate))


REWARD_RULES = Rows(
    "reward_rule",
    {
        name: RewardRule(CHOICES["reward_rule"][name], pay)
        for name, pay in {
            "sparsified": sparsified,
            "full": full,
            "own": own,
            "sparsified_or_evicted": sparsified_or_evicted,
            "interpolated": interpolated,
            "random_subset": random_subset,
            "sampled_sync": sampled_sync,
        }.items()
    },
)
"""What each agent gets back, by the names of a scenario's ``reward_rule``."""
