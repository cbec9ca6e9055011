"""What an upload is worth: the valuations, each a function of what one federation's server holds in one round.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cgs_core.contribution import cgsv_approx, cgsv_exact, cgsv_sampled, permutation_path, shapley_values
from cgs_core.contribution.coalitions import aggregate_squared
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import MAX_EXACT_AGENTS
from cgs_core.typing import Contribution, FloatArray, Gram, IntArray, Params

SAMPLED_ORDERS = 200
"""Orders of joining that the CGSV is estimated from where it is not exact."""

MAX_RECONSTRUCTED_AGENTS = 10
"""Up to so many agents, reconstructed Shapley tries all coalitions' models."""

_SAMPLED_MODELS = 1_000  # that it tries beyond: as many as exactly for ten
_MODELS_BYTES = 16_000_000  # of the models that are evaluated in one call


@dataclass(frozen=True)
class RoundOffer:
    """What a server can value in one round; n members of its federation, D parameters."""

    gram: Gram  # (n, n) inner products of the weighted uploads a_i u_i
    weight: FloatArray  # (n,) a_i, sums to 1
    uploads: Params  # (n, D) as they were sent
    upload_scale: FloatArray  # (n,) what an upload times makes it as long as the local training went
    starts: Params  # (n, D) the agents' models before the round
    server_params: Params  # (D,) the server's model before the round
    n_samples: IntArray  # (n,) of each agent's shard
    start_seed: int
    round_index: int
    class_rows: Callable[[Params], FloatArray]  # (n_models, D) -> (n_models, n_classes, n_inputs), the last layer's
    validation_accuracy: Callable[[Params], FloatArray]  # (n_models, D) -> (n_models,), on the samples set aside


@dataclass(frozen=True)
class Valuation:
    """One row. Worth in another unit than the cosine's becomes a share of all before it moves importance."""

    title: str
    value: Callable[[RoundOffer], Contribution]
    unit: Literal["cosine", "share", "length", "accuracy"]
    n_models: Callable[[int], int] = lambda n_agents: 0  # how many models are evaluated a round


def sampled_cgsv(gram: Gram, start_seed: int, round_index: int) -> tuple[Contribution, FloatArray]:
    """The CGSV's estimate that drives a run of more than 24 agents, and its standard error: both (n_agents,)."""
    return cgsv_sampled(gram, SAMPLED_ORDERS, random_stream(start_seed, Stream.PERMUTATION_SAMPLING, round_index))


def n_reconstructed_models(n_agents: int) -> int:
    """How many models ``reconstructed_shapley`` evaluates in a round."""
    if n_agents <= MAX_RECONSTRUCTED_AGENTS:
        return 2**n_agents
    return 2 + _n_reconstructed_orders(n_agents) * (n_agents - 1)


def _n_reconstructed_orders(n_agents: int) -> int:
    return max(2, _SAMPLED_MODELS // (n_agents - 1))


def _cgsv_approx(offer: RoundOffer) -> Contribution:
    """psi_i = cos(u_i, u_N), paper eq. 2."""
    return cgsv_approx(offer.gram)


def _cgsv_exact(offer: RoundOffer) -> Contribution:
    """phi_i, the Shapley value of v(S) = cos(u_S, u_N), paper eq. 1; above 24 agents an estimate of it."""
    if len(offer.gram) <= MAX_EXACT_AGENTS:
        return cgsv_exact(offer.gram)
    return sampled_cgsv(offer.gram, offer.start_seed, offer.round_index)[0]


def _data_size(offer: RoundOffer) -> Contribution:
    """n_i / sum n: what the agents say that they have."""
    shares: Contribution = offer.n_samples / offer.n_samples.sum()
    return shares


def _leave_one_out(offer: RoundOffer) -> Contribution:
    """U(N) - U(N without i)."""
    n = len(offer.weight)
    everybody = np.ones((1, n), np.bool_)
    values = _coalition_accuracy(offer, np.concatenate([everybody, ~np.eye(n, dtype=np.bool_)]))
    lost: Contribution = values[0] - values[1:]
    return lost


def _reconstructed_shapley(offer: RoundOffer) -> Contribution:
    """Shapley value of U; above 10 agents from random orders of joining, about a thousand models."""
    n = len(offer.weight)
    if n <= MAX_RECONSTRUCTED_AGENTS:
        return shapley_values(_coalition_accuracy(offer, np.arange(2**n)[:, None] >> np.arange(n) & 1 == 1))
    rng = random_stream(offer.start_seed, Stream.PERMUTATION_SAMPLING, offer.round_index)
    path = permutation_path(
        lambda members: _coalition_accuracy(offer, members), n, _n_reconstructed_orders(n), rng, n_points=2
    )
    estimate: Contribution = path.estimate[-1]
    return estimate


def _coalition_accuracy(offer: RoundOffer, members: npt.NDArray[np.bool_]) -> FloatArray:
    """U(S): validation accuracy of w_S + sum over S of a_i u_i / sum over S of a_i; of w_S itself for nobody.

    ``members`` (n_coalitions, n) -> (n_coalitions,).
    """
    weights = members * offer.weight
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    n_together = max(1, _MODELS_BYTES // offer.server_params.nbytes)
    uploads = offer.uploads.astype(np.float64)
    parts = []
    for first in range(0, len(weights), n_together):
        steps = weights[first : first + n_together] @ uploads
        parts.append(offer.validation_accuracy(offer.server_params + steps.astype(offer.uploads.dtype)))
    return np.concatenate(parts)


def _validation_accuracy(offer: RoundOffer) -> Contribution:
    """Share of the validation accuracy of the models that the agents uploaded, start and upload; equal if all are 0."""
    accuracy = offer.validation_accuracy(offer.starts + offer.uploads)
    total = accuracy.sum()
    shares: Contribution = accuracy / total if total > 0 else np.full(len(accuracy), 1 / len(accuracy))
    return shares


def _norm_weighted(offer: RoundOffer) -> Contribution:
    """Shapley value of v(S) = |g_S| cos(g_S, g_N) = <g_S, g_N> / |g_N|, with g the uploads as long as trained.

    The game is linear, so an agent's value is <a_i g_i, g_N> / |g_N|; 0 where g_N is zero.
    """
    unscaled = offer.gram * np.outer(offer.upload_scale, offer.upload_scale)
    squared = aggregate_squared(unscaled)
    return unscaled.sum(axis=1) / np.sqrt(squared) if squared > 0 else np.zeros(len(unscaled))


def _classwise_cosine(offer: RoundOffer) -> Contribution:
    """Mean over the classes of the cosine of the last layer's row for a class to the aggregate's row."""
    own: FloatArray = offer.class_rows(offer.uploads).astype(np.float64)  # (n, n_classes, n_inputs)
    whole = np.einsum("n,nci->ci", offer.weight, own)
    lengths = np.linalg.norm(own, axis=2) * np.linalg.norm(whole, axis=1)
    products = np.einsum("nci,ci->nc", own, whole)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    mean: Contribution = cosines.mean(axis=1)
    return mean


VALUATIONS: dict[str, Valuation] = {
    "cgsv_approx": Valuation("CGSV, cosine approximation", _cgsv_approx, "cosine"),
    "cgsv_exact": Valuation("CGSV, exact", _cgsv_exact, "cosine"),
    "data_size": Valuation("Share of the data", _data_size, "share"),
    "leave_one_out": Valuation("Leave one out", _leave_one_out, "accuracy", lambda n_agents: 1 + n_agents),
    "reconstructed_shapley": Valuation(
        "Reconstructed Shapley", _reconstructed_shapley, "accuracy", n_reconstructed_models
    ),
    "validation_accuracy": Valuation("Validation accuracy", _validation_accuracy, "share", lambda n_agents: n_agents),
    "norm_weighted": Valuation("Length along the aggregate", _norm_weighted, "length"),
    "classwise_cosine": Valuation("Class-wise cosine", _classwise_cosine, "cosine"),
}
