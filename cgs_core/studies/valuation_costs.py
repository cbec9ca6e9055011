"""What each valuation costs a server in one round of a scenario, measured here and now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import thread_time

import numpy as np

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.data import federated_data
from cgs_core.federation import Model, model_of, on_one_thread
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.mechanisms.round import Round
from cgs_core.mechanisms.valuations import VALUATIONS, Valuation
from cgs_core.scenario import MAX_EXACT_AGENTS, Scenario
from cgs_core.typing import Params

_MEASURED_MODELS = 16  # that are evaluated to learn what one costs: some mechanisms evaluate a thousand a round
_LEAST_SECONDS = 0.002  # a shorter measurement is repeated


def valuation_seconds(scenario: Scenario, valuations: Iterable[str]) -> dict[str, float]:
    """Processor seconds a round of each valuation, for the scenario's agents, model and validation samples.

    The uploads are random: what a valuation costs does not depend on them. Models that it evaluates count as many
    times what one of a few costs, on one thread as in a worker. The Gram matrix counts where a worth rests on it.
    An accuracy takes no losses, which cost as much again. Nothing is trained: a gradient, or what a server learns
    itself, counts as one model whose loss is taken, which is less than it takes.
    """
    given, seconds_of_model = random_round(scenario), _seconds_of_models(scenario)
    gram_seconds = _gram_seconds(given.uploads)
    rows = {name: VALUATIONS[name] for name in valuations}
    return {
        name: _seconds(partial(row.of, given))
        + row.n_models(scenario.n_agents) * seconds_of_model["validation_accuracy" in row.needs]
        + (gram_seconds if rests_on_gram(row, given) else 0.0)
        for name, row in rows.items()
    }


def rests_on_gram(row: Valuation, given: Round) -> bool:
    """Whether another Gram matrix gives other worths."""
    return not np.array_equal(row.of(given), row.of(replace(given, gram=given.gram[::-1, ::-1].copy())))


@dataclass(frozen=True)
class ExactCost:
    """What the exact CGSV and its approximation take a round, in seconds, the Gram matrix counted in both.

    ``training`` is one agent's local training in a round, on average. ``matters_from`` is the smallest number of agents
    at which the exact value takes longer than its approximation by more than that; None where there is none up to 24.
    """

    n_agents: int
    exact: float
    approximate: float
    gram: float
    training: float
    matters_from: int | None


def exact_cost(scenario: Scenario) -> ExactCost | None:
    """Measured with uploads and training as large as the scenario's; None above 24 agents, where nothing is exact."""
    if scenario.n_agents > MAX_EXACT_AGENTS:
        return None
    model, rng = model_of(scenario), np.random.default_rng(0)

    def of_agents(n_agents: int) -> tuple[float, float, float]:
        uploads = rng.standard_normal((n_agents, model.n_params), np.float32)
        gram = uploads.astype(np.float64) @ uploads.T.astype(np.float64)
        shared = _gram_seconds(uploads)
        return shared + _seconds(lambda: cgsv_exact(gram)), shared + _seconds(lambda: cgsv_approx(gram)), shared

    training = _training_seconds(scenario) / scenario.n_agents
    exact, approximate, shared = of_agents(scenario.n_agents)
    matters_from = None
    for n_agents in range(2, MAX_EXACT_AGENTS + 1):
        ours, theirs, _ = of_agents(n_agents)
        if ours - theirs > training:
            matters_from = n_agents
            break
    return ExactCost(scenario.n_agents, exact, approximate, shared, training, matters_from)


def _training_seconds(scenario: Scenario) -> float:
    """Of all agents' local training in one round, one after the other."""
    model = model_of(scenario)
    starts = _random_models(model, scenario.n_agents, np.random.default_rng(0))[np.newaxis]
    everybody = np.ones((1, scenario.n_agents), np.bool_)
    trainer = LocalTrainer(scenario, federated_data(scenario), model)
    return _seconds(lambda: trainer.updates(starts, everybody, 0))


def _gram_seconds(uploads: Params) -> float:
    """Of the inner products of weighted uploads, in float64 as a round has them."""
    weighted = uploads.astype(np.float64)
    return _seconds(lambda: weighted @ weighted.T)


def random_round(scenario: Scenario) -> Round:
    """What a server holds in a round in which random updates were uploaded; every model is right, at no cost.

    The models are as large as the scenario's, and the agents hold as many samples.
    """
    model, rng, n_agents = model_of(scenario), np.random.default_rng(0), scenario.n_agents
    starts = _random_models(model, n_agents, rng)
    uploads = rng.standard_normal(starts.shape, np.float32)
    n_samples = np.array([shard.n_samples for shard in federated_data(scenario).shards])
    return Round.of_uploads(
        scenario,
        uploads,
        np.full(n_agents, 1 / n_agents),
        round_index=0,
        agents=np.arange(n_agents),
        n_samples=n_samples,
        samples_at_start=n_samples,
        starts=starts,
        updates=uploads,
        update_scale=np.ones(n_agents),
        upload_sum=uploads,
        contribution_before=np.zeros(n_agents),
        server_params=starts[0],
        layer_sizes=model.layer_sizes,
        class_rows=model.class_rows,
        validation_accuracy=lambda params: np.ones(len(params)),
        validation_gradient=np.zeros_like,
        validation_loss=lambda params: np.ones(len(params)),
        server_update=lambda: uploads[0],
    )


def _seconds_of_models(scenario: Scenario) -> tuple[float, float]:
    """Of one model on the samples set aside: its loss, and its accuracy alone; 0 where there are no samples."""
    validation = federated_data(scenario).validation
    if not len(validation.labels):
        return 0.0, 0.0
    model = model_of(scenario)
    params = _random_models(model, _MEASURED_MODELS, np.random.default_rng(0))
    features = validation.features.astype(np.float32)
    loss = _seconds(lambda: model.evaluate(params, features, validation.labels))
    return loss / _MEASURED_MODELS, _seconds(lambda: model.predict(params, features)) / _MEASURED_MODELS


def _random_models(model: Model, n_models: int, rng: np.random.Generator) -> Params:
    return np.stack([model.initial_params(rng) for _ in range(n_models)])


def _seconds(call: Callable[[], object]) -> float:
    """Of this thread's processor time for one call, after one that warms up."""
    return next(on_one_thread(_measured(call)))


def _measured(call: Callable[[], object]) -> Iterator[float]:
    call()
    n_calls, start = 0, thread_time()
    while True:
        call()
        n_calls += 1
        if (elapsed := thread_time() - start) > _LEAST_SECONDS:
            yield elapsed / n_calls
            return
