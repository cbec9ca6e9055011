"""What an upload is worth: the valuations, each a function of what one federation's server holds in one round.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from cgs_core.contribution import (
    cgsv_approx,
    cgsv_exact,
    cgsv_sampled,
    information_gain,
    others_cosine,
    permutation_path,
    shapley_values,
)
from cgs_core.contribution.coalitions import aggregate_squared
from cgs_core.mechanisms import gram_valuations, sample_valuations
from cgs_core.mechanisms.round import Round, small_round
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import shares
from cgs_core.scenario import CHOICES, MAX_EXACT_AGENTS, Row, Rows
from cgs_core.typing import Contribution, FloatArray, Gram, Params

UNITS = ("cosine", "share", "length", "accuracy", "distance", "score", "nats")
"""In which worth may be: a distance is 1 - cosine, a score in [0, 1]; nats are of information, or of a loss."""

SAMPLED_ORDERS = 200
"""Orders of joining that the CGSV is estimated from where it is not exact."""

MAX_RECONSTRUCTED_AGENTS = 10
"""Up to so many agents, reconstructed Shapley tries all coalitions' models."""

_SHAPFED_MEMORY = 0.9  # its authors' program
_SAMPLED_MODELS = 1_000  # that it tries beyond: as many as exactly for ten
_MODELS_BYTES = 16_000_000  # of the models that are evaluated in one call
_ACCURACY_OF_SERVER = ("start", "validation_accuracy")  # what some need, see ``Valuation.needs``
_GRADIENT_OF_SERVER = ("start", "validation_gradient")


@dataclass(frozen=True)
class Valuation(Row):
    """One row: a function of a round. Worth in another unit than the cosine's becomes a share before it moves
    importance.

    Attributes
    ----------
    value: takes a ``Round`` of n agents and gives (n,) finite numbers in the unit of the choice.
    n_models: how many models it evaluates a round, of so many agents. A gradient on the samples set aside counts as
        one, and so does what the server itself learns from them.
    remembers: whether it looks at the sums of all rounds' uploads.
    averages: whether worth is the mean of ``value`` over the rounds so far.
    of_gram: ``value`` up to 24 agents, where the Gram matrix is enough for it: stored rounds can be valued.
    needs: what it asks of a server besides uploads, by the names of ``cgs_core.federation.Server``'s arguments.
    """

    kind = "valuation"

    value: Callable[[Round], Contribution]
    n_models: Callable[[int], int] = lambda n_agents: 0
    remembers: bool = False
    averages: bool = False
    of_gram: Callable[[Gram], Contribution] | None = None
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.choice.title

    @property
    def unit(self) -> str:
        return self.choice.unit

    def of(self, given: Round) -> Contribution:
        """(n,) what each upload is worth. Raises ``AddedError`` where that is no finite number an agent."""
        worth = self.run(lambda: np.asarray(self.value(given), np.float64))
        if worth.shape != (given.n_agents,):
            raise self.error(f"must give one number an agent, shape ({given.n_agents},); got shape {worth.shape}")
        if not np.isfinite(worth).all():
            first = int(np.flatnonzero(~np.isfinite(worth))[0])
            where = f"agent {given.agents[first] + 1} in round {given.round_index + 1}"
            raise self.error(f"must give finite numbers; got {worth[first]} for {where}")
        return self.over_rounds(worth, given.contribution_before, given.round_index)

    def over_rounds(self, worth: Contribution, before: Contribution, round_index: int) -> Contribution:
        """(n,): this round's worth, or its mean with that of the ``round_index`` rounds before."""
        return (round_index * before + worth) / (round_index + 1) if self.averages else worth

    def earned(self, worth: Contribution) -> Contribution:
        """(n,): what moves importance: cosines as they are, worth in another unit as shares."""
        return worth if self.unit == "cosine" else np.asarray(shares(worth), np.float64)

    def check(self) -> None:
        if self.unit not in UNITS:
            raise self.error(f"the unit of its choice must be one of {', '.join(UNITS)}; got {self.unit!r}")
        self.of(small_round())


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


def _cgsv_exact(given: Round) -> Contribution:
    """phi_i, the Shapley value of v(S) = cos(u_S, u_N) (the CGSV); above 24 agents an estimate of it."""
    if len(given.gram) <= MAX_EXACT_AGENTS:
        return cgsv_exact(given.gram)
    return sampled_cgsv(given.gram, given.rules.start_seed, given.round_index)[0]


def _data_size(given: Round) -> Contribution:
    """n_i / sum n: what the agents say that they have."""
    shares: Contribution = given.n_samples / given.n_samples.sum()
    return shares


def _leave_one_out(given: Round) -> Contribution:
    """U(N) - U(N without i)."""
    n = len(given.weight)
    everybody = np.ones((1, n), np.bool_)
    values = _coalition_accuracy(given, np.concatenate([everybody, ~np.eye(n, dtype=np.bool_)]))
    lost: Contribution = values[0] - values[1:]
    return lost


def _reconstructed_shapley(given: Round) -> Contribution:
    """Shapley value of U; above 10 agents from random orders of joining, about a thousand models."""
    return _shapley(given, partial(_coalition_accuracy, given))


def _fedsv(given: Round) -> Contribution:
    """Shapley value of how far the validation loss falls from w_S to w_S + the mean of the coalition's uploads.

    Estimated above 10 agents as ``_reconstructed_shapley`` is. Those who are absent are in no coalition.
    """
    equal = np.ones(given.n_agents)
    return _shapley(given, lambda members: -_of_coalitions(given, members, equal, given.validation_loss))


def _shapley(given: Round, worth: Callable[[npt.NDArray[np.bool_]], FloatArray]) -> Contribution:
    """Shapley value of a game that ``worth`` tells of members (n_coalitions, n): exact up to 10 agents."""
    n = given.n_agents
    if n <= MAX_RECONSTRUCTED_AGENTS:
        return shapley_values(worth(np.arange(2**n)[:, None] >> np.arange(n) & 1 == 1))
    rng = random_stream(given.rules.start_seed, Stream.PERMUTATION_SAMPLING, given.round_index)
    path = permutation_path(worth, n, _n_reconstructed_orders(n), rng, n_points=2)
    estimate: Contribution = path.estimate[-1]
    return estimate


def _coalition_accuracy(given: Round, members: npt.NDArray[np.bool_]) -> FloatArray:
    """U(S): validation accuracy of w_S + sum over S of a_i u_i / sum over S of a_i; of w_S itself for nobody.

    ``members`` (n_coalitions, n) -> (n_coalitions,).
    """
    return _of_coalitions(given, members, given.weight, given.validation_accuracy)


def _of_coalitions(
    given: Round, members: npt.NDArray[np.bool_], weight: FloatArray, judge: Callable[[Params], FloatArray]
) -> FloatArray:
    """(n_coalitions,): what ``judge`` says of w_S moved by the mean of a coalition's uploads, with weights (n,)."""
    weights = members * weight
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    n_together = max(1, _MODELS_BYTES // given.server_params.nbytes)
    uploads = given.uploads.astype(np.float64)
    parts = []
    for first in range(0, len(weights), n_together):
        steps = weights[first : first + n_together] @ uploads
        parts.append(judge(given.server_params + steps.astype(given.uploads.dtype)))
    return np.concatenate(parts)


def _validation_accuracy(given: Round) -> Contribution:
    """Share of the validation accuracy of the models that the agents uploaded, start and upload; equal if all are 0."""
    accuracy = given.validation_accuracy(given.starts + given.uploads)
    total = accuracy.sum()
    shares: Contribution = accuracy / total if total > 0 else np.full(len(accuracy), 1 / len(accuracy))
    return shares


def _norm_weighted(given: Round) -> Contribution:
    """Shapley value of v(S) = |g_S| cos(g_S, g_N) = <g_S, g_N> / |g_N|, with g the uploads as long as trained.

    The game is linear, so an agent's value is <a_i g_i, g_N> / |g_N|; 0 where g_N is zero.
    """
    unscaled = given.gram * np.outer(given.update_scale, given.update_scale)
    squared = aggregate_squared(unscaled)
    return unscaled.sum(axis=1) / np.sqrt(squared) if squared > 0 else np.zeros(len(unscaled))


def _classwise_cosine(given: Round) -> Contribution:
    """Mean over the classes of the cosine of the last layer's row for a class, with its bias, to the aggregate's row.

    It moves slowly: 0.9 of the round before and 0.1 of this one's, in the first round this one's alone.
    """
    own: FloatArray = given.class_rows(given.uploads).astype(np.float64)  # (n, n_classes, n_inputs + 1)
    whole = np.einsum("n,nci->ci", given.weight, own)
    lengths = np.linalg.norm(own, axis=2) * np.linalg.norm(whole, axis=1)
    products = np.einsum("nci,ci->nc", own, whole)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    mean: Contribution = cosines.mean(axis=1)
    return (
        mean if given.round_index == 0 else _SHAPFED_MEMORY * given.contribution_before + (1 - _SHAPFED_MEMORY) * mean
    )


_WORDS = CHOICES["valuation"]


def _of_gram(name: str, of_gram: Callable[[Gram], Contribution], **others: object) -> Valuation:
    """A row whose value is a function of the Gram matrix, whatever the number of agents."""
    row = Valuation(_WORDS[name], lambda given: of_gram(given.gram), of_gram=of_gram)
    return replace(row, **others)  # type: ignore[arg-type]


VALUATIONS = Rows(
    "valuation",
    {
        "cgsv_approx": _of_gram("cgsv_approx", cgsv_approx),
        "cgsv_exact": Valuation(_WORDS["cgsv_exact"], _cgsv_exact, of_gram=cgsv_exact),
        "data_size": Valuation(_WORDS["data_size"], _data_size),
        "leave_one_out": Valuation(
            _WORDS["leave_one_out"], _leave_one_out, lambda n_agents: 1 + n_agents, needs=_ACCURACY_OF_SERVER
        ),
        "reconstructed_shapley": Valuation(
            _WORDS["reconstructed_shapley"], _reconstructed_shapley, n_reconstructed_models, needs=_ACCURACY_OF_SERVER
        ),
        "fedsv": Valuation(_WORDS["fedsv"], _fedsv, n_reconstructed_models, needs=("start", "validation_loss")),
        "validation_accuracy": Valuation(
            _WORDS["validation_accuracy"],
            _validation_accuracy,
            lambda n_agents: n_agents,
            needs=("starts", "validation_accuracy"),
        ),
        "norm_weighted": Valuation(_WORDS["norm_weighted"], _norm_weighted),
        "classwise_cosine": Valuation(_WORDS["classwise_cosine"], _classwise_cosine, needs=("class_rows",)),
        "stratified_cgsv": Valuation(_WORDS["stratified_cgsv"], gram_valuations.stratified, averages=True),
        "banzhaf": Valuation(_WORDS["banzhaf"], gram_valuations.banzhaf, of_gram=gram_valuations.banzhaf_value),
        "beta_shapley": Valuation(_WORDS["beta_shapley"], gram_valuations.beta, of_gram=gram_valuations.beta_value),
        "least_core": _of_gram("least_core", gram_valuations.least_core_payoff),
        "others_cosine": _of_gram("others_cosine", others_cosine),
        "fedce": _of_gram("fedce", gram_valuations.distance_to_others, averages=True),
        "foolsgold": Valuation(_WORDS["foolsgold"], gram_valuations.foolsgold, remembers=True),
        "information_gain": Valuation(
            _WORDS["information_gain"], gram_valuations.information, of_gram=information_gain
        ),
        "fltrust": Valuation(
            _WORDS["fltrust"], sample_valuations.trust, lambda n_agents: 1, needs=("start", "server_update")
        ),
        "in_run_first": Valuation(
            _WORDS["in_run_first"], sample_valuations.in_run_first, lambda n_agents: 1, needs=_GRADIENT_OF_SERVER
        ),
        "in_run_second": Valuation(
            _WORDS["in_run_second"], sample_valuations.in_run_second, lambda n_agents: 3, needs=_GRADIENT_OF_SERVER
        ),
    },
)
"""What an upload is worth, by the names of a scenario's ``valuation``."""
