"""Valuations from the Gram matrix alone: no samples, and nothing that the size of a model could slow down.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

import numpy as np

from cgs_core.contribution import (
    banzhaf_weights,
    beta_weights,
    coalition_values,
    cosine_semivalue,
    gram_game,
    information_gain,
    information_gain_sampled,
    least_core,
    others_cosine,
    shapley_weights,
    stratified_marginals,
    upload_cosines,
)
from cgs_core.mechanisms.round import Round
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import MAX_EXACT_AGENTS
from cgs_core.typing import Contribution, FloatArray, Gram

BETA = (4.0, 1.0)
"""The parameters of the Beta value: opendataval's, which favour small coalitions."""

_SAMPLED_VALUES = 20_000  # coalition values that a semivalue is estimated from in a round, about
_SAMPLED_ORDERS = 200  # of joining, that the information gain is estimated from
_CERTAIN = 0.99  # FoolsGold's programs: the largest weight before the logit


def distance_to_others(gram: Gram) -> Contribution:
    """1 - cos(u_i, the others' sum): how far an upload points elsewhere (FedCE's gradient part, before its mean)."""
    return 1 - others_cosine(gram)


def banzhaf_value(gram: Gram) -> Contribution:
    """Banzhaf value of v(S) = cos(u_S, u_N)."""
    return cosine_semivalue(gram, banzhaf_weights(len(gram)))


def beta_value(gram: Gram) -> Contribution:
    """Beta(4, 1) semivalue of v(S) = cos(u_S, u_N)."""
    return cosine_semivalue(gram, beta_weights(len(gram), *BETA))


def least_core_payoff(gram: Gram) -> Contribution:
    """The shortest payoff in the least core of v(S) = cos(u_S, u_N)."""
    return least_core(coalition_values(gram)).payoff


def banzhaf(given: Round) -> Contribution:
    """``banzhaf_value``, above 24 agents an estimate of it."""
    if given.n_agents <= MAX_EXACT_AGENTS:
        return banzhaf_value(given.gram)
    return _sampled_semivalue(given, banzhaf_weights(given.n_agents))


def beta(given: Round) -> Contribution:
    """``beta_value``, above 24 agents an estimate of it."""
    if given.n_agents <= MAX_EXACT_AGENTS:
        return beta_value(given.gram)
    return _sampled_semivalue(given, beta_weights(given.n_agents, *BETA))


def information(given: Round) -> Contribution:
    """``information_gain``, above 24 agents an estimate of it."""
    if given.n_agents <= MAX_EXACT_AGENTS:
        return information_gain(given.gram)
    return information_gain_sampled(given.gram, _SAMPLED_ORDERS, _stream(given))


def stratified(given: Round) -> Contribution:
    """The CGSV estimated from one coalition of each size for each agent; its mean over the rounds is what counts."""
    marginals = stratified_marginals(gram_game(given.gram), given.n_agents, 1, _stream(given))
    worth: Contribution = marginals @ shapley_weights(given.n_agents)
    return worth


def foolsgold(given: Round) -> Contribution:
    """FoolsGold's weights of the agents' sums of uploads so far."""
    assert given.upload_sum is not None  # the row remembers
    sums = given.upload_sum.astype(np.float64)
    return foolsgold_weights(upload_cosines(sums @ sums.T))


def foolsgold_weights(cosines: FloatArray) -> Contribution:
    """1 - the largest cosine to another, pardoned, over the largest, through a logit: (n,) in [0, 1].

    Pardoning: where somebody else has an even more alike companion, a cosine counts less, by the ratio of the two.

    Parameters
    ----------
    cosines: (n, n), between the agents' sums of uploads.

    Returns
    -------
    (n,); all 0 where all agents point the same way (the programs divide by 0 there).
    """
    alike = np.where(np.eye(len(cosines), dtype=bool), 0.0, cosines)
    closest = alike.max(axis=1)  # at least 0
    is_pardoned = closest[:, np.newaxis] < closest
    ratio = np.divide(closest[:, np.newaxis], closest, out=np.ones_like(alike), where=is_pardoned)
    weights = np.clip(1 - (alike * ratio).max(axis=1), 0, 1)
    if weights.max() == 0:
        return weights
    weights = np.minimum(weights / weights.max(), _CERTAIN)
    with np.errstate(divide="ignore"):  # of 0, whose weight is 0
        return np.clip(np.log(weights / (1 - weights)) + 0.5, 0, 1)


def _sampled_semivalue(given: Round, size_weights: FloatArray) -> Contribution:
    n = given.n_agents
    n_rounds = max(1, _SAMPLED_VALUES // (2 * n * (n - 2)))
    worth: Contribution = stratified_marginals(gram_game(given.gram), n, n_rounds, _stream(given)) @ size_weights
    return worth


def _stream(given: Round) -> np.random.Generator:
    return random_stream(given.rules.start_seed, Stream.PERMUTATION_SAMPLING, given.round_index)
