"""Steps 3 to 6 of a round, of one federation: aggregate, value, become important, be paid, and perhaps be evicted.

The engine's rounds and the server of a real federation take them here. Equations are those of Xu et al. (NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cgs_core.mechanisms import IMPORTANCE_RULES
from cgs_core.mechanisms.reward_rules import REWARD_RULES, Reward
from cgs_core.mechanisms.round import Round, unknown
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.scenario import Scenario
from cgs_core.typing import BoolArray, Contribution, FloatArray, Gram, Importance, IntArray, Params, RewardRatio

_TINY = 1e-30  # a zero aggregate has zero rewards: 0 / tiny = 0
_MIN_LOSS = 1e-12  # a loss of 0 would leave q-FFL's weights without a meaning


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What one federation's agents uploaded, were worth and were paid in one round; zeros for who takes no part.

    Attributes
    ----------
    contribution: (n_agents,) what each upload was worth, in the valuation's unit.
    importance: (n_agents,) after the round; at least 0, sums to 1.
    reward_ratio: (n_agents,) in [0, 1], the reward rule's own measure.
    gram: (n_agents, n_agents) float64, inner products of the weighted uploads.
    reward_length: (n_agents,) |v_i| / |u_N|; in [0, 1] where v_i is part of the aggregate u_N.
    download_bytes: (n_agents,) int64.
    weight: (n_agents,) a_i, what each upload weighed in the aggregate.
    update_length: (n_agents,) |dw_i|, before it was scaled or cut.
    """

    contribution: Contribution
    importance: Importance
    reward_ratio: RewardRatio
    gram: Gram
    reward_length: FloatArray
    download_bytes: IntArray
    weight: FloatArray
    update_length: FloatArray


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """What n agents sent in one round, as flat vectors of D parameters.

    Attributes
    ----------
    agents: (n,) their places among all agents, in order.
    sent: (n, D) u_i, as long as the upload scaling says.
    learnt: (n, D) what each learnt, whatever it sent; as long.
    scale: (n,) what ``learnt`` times makes it as long as the local training went.
    length: (n,) |dw_i|, before it was scaled or cut.
    n_samples: (n,) how many samples each says that it has.
    starts: (n, D) w_i, the agents' models before the round; (0, 0) where no rule asks.
    losses: (n,) of these on the agents' own samples; (0,) where no rule asks.
    """

    agents: IntArray
    sent: Params
    learnt: Params
    scale: FloatArray
    length: FloatArray
    n_samples: IntArray | FloatArray
    starts: Params
    losses: FloatArray

    @classmethod
    def of_nobody(cls) -> Uploads:
        """A round in which nobody sent anything that can be used."""
        vectors, numbers = np.zeros((0, 0)), np.zeros(0)
        return cls(
            agents=np.zeros(0, np.intp),
            sent=vectors,
            learnt=vectors,
            scale=numbers,
            length=numbers,
            n_samples=numbers,
            starts=vectors,
            losses=numbers,
        )


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a server may be able to tell of models, besides what agents send: see ``cgs_core.mechanisms.Round``."""

    class_rows: Callable[[Params], FloatArray] | None = None
    validation_accuracy: Callable[[Params], FloatArray] | None = None
    validation_gradient: Callable[[Params], Params] | None = None
    validation_loss: Callable[[Params], FloatArray] | None = None
    server_update: Callable[[Params, int], Params] | None = None  # of w_S (D,) and the round's index


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What goes from round to round, of one federation of n agents. ``settle`` gives the next one's."""

    importance: Importance  # (n,) r starts at 0
    contribution: Contribution  # (n,) of the round before; the mean so far, for valuations that average
    is_active: BoolArray  # (n,) who has neither left nor been evicted
    is_new: BoolArray  # (n,) whose importance no round has set yet
    first_samples: FloatArray  # (n,) how many samples each said to have at first; 0 before it did
    upload_sum: Params | None = None  # (n, D), for valuations that remember
    server_params: Params | None = None  # (D,) w_S, where it is known; changed in place
    layer_sizes: tuple[int, ...] = ()
    round_index: int = 0

    @classmethod
    def at_start(cls, n_agents: int) -> Standing:
        return cls(
            importance=np.zeros(n_agents),
            contribution=np.zeros(n_agents),
            is_active=np.ones(n_agents, np.bool_),
            is_new=np.ones(n_agents, np.bool_),
            first_samples=np.zeros(n_agents),
        )


def settle(
    rules: Scenario, knowledge: Knowledge, standing: Standing, uploads: Uploads
) -> tuple[Standing, Exchange, Reward]:
    """One round of a federation: its next standing, what everybody was worth and was paid, and the n rewards.

    Who is active and sent nothing is worth 0, gets nothing, and its importance follows the rule with that worth. What
    weighs uploads and pays for them is then the importance of those who sent, as shares.
    """
    standing = _with_arrivals(rules, standing, uploads)
    active = np.flatnonzero(standing.is_active)
    places = np.searchsorted(active, uploads.agents)  # among the active, of those who sent
    given = _round(rules, knowledge, standing, uploads)  # 3. aggregate u_N = sum_i a_i u_i
    worth = _worth(given)  # 4. value by the CGSV, or otherwise
    given = replace(given, contribution=worth)
    importance = _importance(given, standing.importance[active], worth, places)  # 5. become important
    reward = _reward(given, importance, places)  # 6. pay in parts of u_N, and evict
    exchange = _exchange(_of_all(standing, active, places, importance, reward), given, reward, uploads)
    return _after(standing, given, exchange, reward), exchange, reward


def _worth(given: Round) -> Contribution:
    """(n,)."""
    return VALUATIONS[given.rules.valuation].of(given) if given.n_agents else np.zeros(0)


def _importance(given: Round, before: Importance, worth: Contribution, places: IntArray) -> Importance:
    """(n_active,) r after the round, of those who sent at their ``places`` and of others, who are worth 0."""
    if not len(before):
        return before
    earned = np.zeros(len(before))
    if given.n_agents:
        earned[places] = VALUATIONS[given.rules.valuation].earned(worth)
    return IMPORTANCE_RULES[given.rules.importance_rule].of(before, earned, given)


def _reward(given: Round, importance: Importance, places: IntArray) -> Reward:
    """The n rewards, and what is added to the server's model: u_N unless the rule says otherwise."""
    if not given.n_agents:
        return Reward(given.uploads, np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.bool_))
    reward = REWARD_RULES[given.rules.reward_rule].of(given, _shares(importance, places))
    return replace(reward, server_update=given.aggregate) if reward.server_update is None else reward


def _of_all(
    standing: Standing, active: IntArray, places: IntArray, importance: Importance, reward: Reward
) -> Importance:
    """(n_agents,) the importance of the active among all agents; who is evicted keeps none."""
    if reward.is_evicted.any():
        importance = importance.copy()
        importance[places[reward.is_evicted]] = 0
        importance /= importance.sum()
    whole = np.zeros(len(standing.is_active))
    whole[active] = importance
    return whole


def _with_arrivals(rules: Scenario, standing: Standing, uploads: Uploads) -> Standing:
    """What a standing keeps of the uploads themselves; nothing of the one that is given is changed."""
    first, agents = standing.first_samples, uploads.agents
    if not first[agents].all():
        first = first.copy()
        first[agents] = np.where(first[agents] > 0, first[agents], uploads.n_samples)
    sums = standing.upload_sum
    if VALUATIONS[rules.valuation].remembers and len(agents):
        sums = np.zeros((len(first), uploads.sent.shape[1]), uploads.sent.dtype) if sums is None else sums.copy()
        sums[agents] += uploads.sent
    return replace(standing, first_samples=first, upload_sum=sums)


def _round(rules: Scenario, knowledge: Knowledge, standing: Standing, uploads: Uploads) -> Round:
    """What the server holds once its agents have uploaded."""
    agents = uploads.agents
    server_params = np.zeros(0) if standing.server_params is None else standing.server_params
    return Round.of_uploads(
        rules,
        uploads.sent,
        _weight(rules, standing, uploads),
        round_index=standing.round_index,
        agents=agents,
        n_samples=uploads.n_samples,
        samples_at_start=standing.first_samples[standing.first_samples > 0],
        starts=uploads.starts,
        updates=uploads.learnt,
        update_scale=uploads.scale,
        upload_sum=None if standing.upload_sum is None else standing.upload_sum[agents],
        contribution_before=standing.contribution[agents],
        server_params=server_params,
        layer_sizes=standing.layer_sizes,
        class_rows=knowledge.class_rows or unknown,
        validation_accuracy=knowledge.validation_accuracy or unknown,
        validation_gradient=knowledge.validation_gradient or unknown,
        validation_loss=knowledge.validation_loss or unknown,
        server_update=partial(knowledge.server_update or unknown, server_params, standing.round_index),
    )


def _weight(rules: Scenario, standing: Standing, uploads: Uploads) -> FloatArray:
    """(n,) a_i, sums to 1; 0 for those whom a reward rule leaves out of the round, so that the sum may be less."""
    weight, takes_part = _weight_of_all(rules, standing, uploads), REWARD_RULES[rules.reward_rule].takes_part
    if takes_part is None or not len(weight):
        return weight
    active = np.flatnonzero(standing.is_active)
    importance = _shares(standing.importance[active], np.searchsorted(active, uploads.agents))
    return weight * takes_part(rules, importance, standing.round_index)


def _weight_of_all(rules: Scenario, standing: Standing, uploads: Uploads) -> FloatArray:
    """Equal; shares of the data, times loss ** q or not; or importance, which who is new has none of yet.

    Who is new weighs what equal shares, or those of the data, give it. The others share out the rest by importance.
    """
    agents, n = uploads.agents, len(uploads.agents)
    if not n:
        return np.zeros(0)
    share: FloatArray = uploads.n_samples / uploads.n_samples.sum()
    equal = np.full(n, 1 / n)
    if rules.aggregation_weight == "equal":
        return equal
    if rules.aggregation_weight == "loss_power":
        losses = np.maximum(uploads.losses, _MIN_LOSS)
        powers = share * (losses / losses.max()) ** rules.loss_exponent
        return np.asarray(powers / powers.sum())
    if rules.aggregation_weight == "data_size":
        return share
    at_first = equal if rules.aggregation_weight == "importance_from_equal" else share
    importance, is_new = standing.importance[agents], standing.is_new[agents]
    if is_new.all() or not importance.any():
        return at_first
    if n == standing.is_active.sum() and not is_new.any():
        return importance  # as it is: it sums to 1
    of_new = np.where(is_new, at_first, 0)
    return of_new + (1 - of_new.sum()) * importance / importance.sum()


def _shares(importance: Importance, places: IntArray) -> Importance:
    """(n,) the importance of some agents, as shares; as it is where they are all of them. Equal where all is 0."""
    if len(places) == len(importance):
        return importance
    own = importance[places]
    return own / own.sum() if own.any() else np.full(len(own), 1 / len(own))


def _exchange(importance: Importance, given: Round, reward: Reward, uploads: Uploads) -> Exchange:
    """The facts of those who sent among those of all agents."""
    n_agents = len(importance)
    length = _row_lengths(reward.updates) / max(_row_lengths(given.aggregate[None])[0], _TINY)
    gram = np.zeros((n_agents, n_agents))
    gram[np.ix_(given.agents, given.agents)] = given.gram

    def of_all(values: FloatArray | IntArray) -> np.ndarray:
        whole = np.zeros(n_agents, values.dtype)
        whole[given.agents] = values
        return whole

    return Exchange(
        contribution=of_all(given.contribution),
        importance=importance,
        reward_ratio=of_all(reward.ratio),
        gram=gram,
        reward_length=of_all(length.astype(np.float64)),
        download_bytes=of_all(reward.n_bytes),
        weight=of_all(given.weight.astype(np.float64)),
        update_length=of_all(uploads.length.astype(np.float64)),
    )


def _after(standing: Standing, given: Round, exchange: Exchange, reward: Reward) -> Standing:
    """The standing with which the next round begins; the server's model becomes w_S + u_N in place."""
    if standing.server_params is not None and reward.server_update is not None:
        np.add(standing.server_params, reward.server_update, out=standing.server_params)
    valuation, round_index = VALUATIONS[given.rules.valuation], standing.round_index
    contribution = valuation.over_rounds(np.zeros(len(standing.contribution)), standing.contribution, round_index)
    contribution[given.agents] = given.contribution
    is_active = standing.is_active.copy()
    is_active[given.agents[reward.is_evicted]] = False
    return replace(
        standing,
        importance=exchange.importance,
        contribution=contribution,
        is_active=is_active,
        is_new=standing.is_new & ~standing.is_active,
        round_index=round_index + 1,
    )


def _row_lengths(vectors: Params) -> np.ndarray:
    """(n,): squares summed in one order, so that part of a vector is never longer than the whole."""
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1)
    return lengths
