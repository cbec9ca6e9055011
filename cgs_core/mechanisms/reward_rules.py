"""What each agent gets back: the reward rules, from one round's uploads and importances.

RFFL's, CFFL's, ShapFed's, IAFL's and Lin et al.'s are those of their authors' programs, which ``tests/reference/
baselines.py`` follows step by step. Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgs_core.mechanisms.download import VALUE_BYTES, download_bytes, sparsify
from cgs_core.mechanisms.rational_pay import first_that_reaches, targets
from cgs_core.mechanisms.round import Round, small_round
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import reward_ratio
from cgs_core.scenario import CHOICES, Row, Rows, Scenario, choice_of
from cgs_core.typing import BoolArray, FloatArray, Importance, IntArray, Params, RewardRatio

ROUNDS_BEFORE_EVICTION = 10
"""RFFL evicts after so many rounds; CFFL from the first."""

EVICTION_FACTOR = 1 / 3
"""The part of an equal share of importance below which RFFL and CFFL evict."""

IMBALANCED_EVICTION_FACTOR = 1 / 6
"""The same of CFFL where the split is by classes."""

_LEAST_CHANCE = 1e-30  # nobody's chance to be drawn is 0 (Lin et al.'s program)

_STEPS_TO_SERVER = 8  # from an agent's own model to the server's, of which ``rho_shapley`` takes the first that will do


@dataclass(frozen=True)
class Reward:
    """What a rule gives to n agents.

    Attributes
    ----------
    updates: (n, D) v_i, which is added to the agent's model; what it keeps of its own step is in it.
    ratio: (n,) the rule's own measure of how much came back, in [0, 1].
    n_bytes: (n,) sent to the agent.
    is_evicted: (n,) bool, who takes no further part: from the next round on it trains by itself.
    server_update: (D,) what is added to the server's model; None: u_N.
    """

    updates: Params
    ratio: RewardRatio
    n_bytes: IntArray
    is_evicted: BoolArray
    server_update: Params | None = None


@dataclass(frozen=True)
class RewardRule(Row):
    """One row: a function of a round of n agents and D parameters, and of their importance (n,) after it.

    ``takes_part``, of a rule that draws agents, says whose uploads count in a round, from the scenario, the importance
    (n,) before the round and its index: (n,) bool. The others' have the weight 0.
    ``n_models`` says how many models it evaluates a round, of so many agents. ``needs`` says what it asks of a server
    besides uploads, by the names of ``cgs_core.federation.Server``'s arguments.
    """

    kind = "reward_rule"

    pay: Callable[[Round, Importance], Reward]
    takes_part: Callable[[Scenario, Importance, int], BoolArray] | None = None
    n_models: Callable[[int], int] = lambda n_agents: 0
    needs: tuple[str, ...] = ()

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
    """On top of its own step, entries in proportion to r_i / max r; from the 11th round on, some are evicted (RFFL)."""
    is_evicted = importance < EVICTION_FACTOR / len(importance)
    is_evicted &= given.round_index >= ROUNDS_BEFORE_EVICTION
    ratio = np.where(is_evicted, 0.0, importance / importance.max())
    paid = _masked(given, ratio)
    return Reward(given.updates + paid.updates, ratio, paid.n_bytes, is_evicted)


def by_size_or_evicted(given: Round, importance: Importance) -> Reward:
    """On top of its own step, entries in proportion to (r_i / max r) (n_i / max n), less its own part (CFFL).

    Who has too little is evicted first: the aggregate is that of the others, by shares of all the federation's data.
    """
    factor = IMBALANCED_EVICTION_FACTOR if given.rules.split == "classimbalance" else EVICTION_FACTOR
    is_evicted = importance < factor / len(importance)
    size: FloatArray = given.n_samples / given.samples_at_start.max()
    weight = np.where(is_evicted, 0.0, given.n_samples / given.samples_at_start.sum())
    aggregate = (weight @ given.uploads.astype(np.float64)).astype(given.uploads.dtype)
    ratio = np.where(is_evicted, 0.0, importance / importance.max() * size)
    own_part = np.where(is_evicted, 0.0, size)[:, None].astype(given.uploads.dtype) * given.uploads
    download = sparsify(aggregate, ratio, given.masked_layers)
    n_bytes = download_bytes(len(aggregate), ratio, given.masked_layers)
    return Reward(given.updates + download - own_part, ratio, n_bytes, is_evicted, aggregate)


def interpolated(given: Round, importance: Importance) -> Reward:
    """gamma_i (server's model) + (1 - gamma_i) (own trained model); the server's is sum r_i (uploaded model) (ShapFed).

    gamma_i is the agent's worth where that is a cosine (at least 0), otherwise r_i / max r.
    """
    is_cosine = choice_of("valuation", given.rules.valuation).unit == "cosine"
    gamma: RewardRatio = np.clip(given.contribution, 0, 1) if is_cosine else importance / importance.max()
    uploaded = given.starts.astype(np.float64) + given.uploads
    server = (importance @ uploaded).astype(given.updates.dtype)
    part = gamma[:, None].astype(given.updates.dtype)
    return Reward(
        part * (server - given.starts) + (1 - part) * given.updates,
        gamma,
        _whole_vectors(given, gamma > 0),
        _nobody(len(gamma)),
        server - given.server_params,
    )


def rho_shapley(given: Round, importance: Importance) -> Reward:
    """The first model on the way from its own to the server's that is as accurate as earned (after Sim et al.)."""
    n, towards_server = len(given.updates), given.new_server_params - given.starts
    together = float(given.validation_accuracy(given.new_server_params[None])[0])
    accuracy = np.full((_STEPS_TO_SERVER + 1, n), together)
    for step in range(_STEPS_TO_SERVER):
        way = step / _STEPS_TO_SERVER
        accuracy[step] = given.validation_accuracy(given.starts + way * towards_server + (1 - way) * given.updates)
    wanted = targets(accuracy[0], together, importance / importance.max())
    gamma: RewardRatio = first_that_reaches(accuracy, wanted) / _STEPS_TO_SERVER
    gamma[(importance == importance.max()) & (accuracy[0] < together)] = 1  # who is worth most gets all
    part = gamma[:, None].astype(given.updates.dtype)
    updates = part * towards_server + (1 - part) * given.updates
    return Reward(updates, gamma, _whole_vectors(given, gamma > 0), _nobody(n))


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
    """w_S for who takes part in the next round; the others stay where they are, and do not train on (Lin et al.)."""
    is_set = drawn_agents(given.rules, importance, given.round_index + 1)
    rewards = np.where(is_set[:, None], given.new_server_params - given.starts, 0)
    return Reward(rewards, is_set.astype(np.float64), _whole_vectors(given, is_set), _nobody(len(is_set)))


def drawn_agents(rules: Scenario, importance: Importance, round_index: int) -> BoolArray:
    """(n,) who takes part in a round: in the rounds of exploration everybody; then a fraction, drawn.

    It is drawn without replacement, with chances softmax(``draw_sharpness`` r).
    """
    n = len(importance)
    if round_index < rules.exploration_rounds:
        return np.ones(n, np.bool_)
    chances = np.exp(rules.draw_sharpness * (importance - importance.max()))
    chances = chances / chances.sum() + _LEAST_CHANCE
    count = max(1, int(round(rules.sync_fraction * n, 9)))
    rng = random_stream(rules.start_seed, Stream.SYNCHRONISED_AGENTS, round_index)
    is_drawn = np.zeros(n, np.bool_)
    is_drawn[rng.choice(n, count, replace=False, p=chances / chances.sum())] = True
    return is_drawn


def _masked(given: Round, ratio: RewardRatio) -> Reward:
    size = download_bytes(len(given.aggregate), ratio, given.masked_layers)
    return Reward(sparsify(given.aggregate, ratio, given.masked_layers), ratio, size, _nobody(len(ratio)))


def _nobody(n: int) -> BoolArray:
    return np.zeros(n, np.bool_)


def _whole_vectors(given: Round, is_sent: BoolArray) -> IntArray:
    """(n,) bytes: one float32 vector to each agent that gets anything."""
    return is_sent * np.int64(VALUE_BYTES * len(given.aggregate))


_MODELS = ("start", "starts")
_WORDS = CHOICES["reward_rule"]
REWARD_RULES = Rows(
    "reward_rule",
    {
        "sparsified": RewardRule(_WORDS["sparsified"], sparsified),
        "full": RewardRule(_WORDS["full"], full),
        "own": RewardRule(_WORDS["own"], own),
        "sparsified_or_evicted": RewardRule(_WORDS["sparsified_or_evicted"], sparsified_or_evicted),
        "by_size_or_evicted": RewardRule(_WORDS["by_size_or_evicted"], by_size_or_evicted),
        "interpolated": RewardRule(_WORDS["interpolated"], interpolated, needs=_MODELS),
        "random_subset": RewardRule(_WORDS["random_subset"], random_subset, needs=_MODELS),
        "sampled_sync": RewardRule(_WORDS["sampled_sync"], sampled_sync, takes_part=drawn_agents, needs=_MODELS),
        "rho_shapley": RewardRule(
            _WORDS["rho_shapley"],
            rho_shapley,
            n_models=lambda n_agents: 1 + _STEPS_TO_SERVER * n_agents,
            needs=(*_MODELS, "validation_accuracy"),
        ),
    },
)
"""What each agent gets back, by the names of a scenario's ``reward_rule``."""
