"""What each valuation costs a server in one round of a scenario, measured here and now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from time import thread_time

import numpy as np

from cgs_core.data import federated_data
from cgs_core.federation import Model, model_of, on_one_thread
from cgs_core.mechanisms.round import Round
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.scenario import Scenario
from cgs_core.typing import Params

_MEASURED_MODELS = 16  # that are evaluated to learn what one costs: some mechanisms evaluate a thousand a round
_LEAST_SECONDS = 0.002  # a shorter measurement is repeated


def valuation_seconds(scenario: Scenario, valuations: Iterable[str]) -> dict[str, float]:
    """Processor seconds a round of each valuation, for the scenario's agents, model and validation samples.

    The uploads are random: what a valuation costs does not depend on them. Models that it evaluates count as many
    times what one of a few costs, on one thread as in a worker. The Gram matrix, which every round has, is not counted.
    Nothing is trained.
    """
    given, one_evaluation = random_round(scenario), _evaluation_seconds(scenario)
    rows = {name: VALUATIONS[name] for name in valuations}
    return {
        name: _seconds(partial(row.of, given)) + row.n_models(scenario.n_agents) * one_evaluation
        for name, row in rows.items()
    }


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
        server_update=lambda: uploads[0],
    )


def _evaluation_seconds(scenario: Scenario) -> float:
    """Of one model on the samples set aside; 0 where there are none."""
    validation = federated_data(scenario).validation
    if not len(validation.labels):
        return 0.0
    model = model_of(scenario)
    params = _random_models(model, _MEASURED_MODELS, np.random.default_rng(0))
    features = validation.features.astype(np.float32)
    return _seconds(lambda: model.evaluate(params, features, validation.labels)) / _MEASURED_MODELS


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
