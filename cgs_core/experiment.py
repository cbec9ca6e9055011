"""The one door: a scenario in, one record a round out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgs_core.catalogue import DECISION_GRID, PLANE_LIMIT
from cgs_core.contribution import cgsv_exact
from cgs_core.data import federated_data
from cgs_core.federation import (
    Exchange,
    Federation,
    FederationsRound,
    Model,
    iterate_federations,
    model_of,
    on_one_thread,
)
from cgs_core.mechanisms import BY_VALUATION, FEDAVG, STANDALONE
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import MAX_EXACT_AGENTS, Scenario

_CHOSEN, _STANDALONE, _FEDAVG = range(3)  # the federations of one run, in this order


def iterate(scenario: Scenario, dtype: type = np.float32) -> Iterator[RoundRecord]:
    """One ``RoundRecord`` a round: the scenario's mechanism, with standalone training and FedAvg beside it.

    The three are federations of one call, from one start and on the same mini-batches. ``dtype`` is the
    precision of training: float32 unless a test wants more.
    """
    return on_one_thread(_rounds(scenario, dtype))


def run(scenario: Scenario) -> Trace:
    """Run a scenario to its last round."""
    return Trace(scenario, tuple(iterate(scenario)))


def _rounds(scenario: Scenario, dtype: type) -> Iterator[RoundRecord]:
    data = federated_data(scenario)
    model = model_of(scenario, dtype)
    everybody = np.ones(scenario.n_agents, np.bool_)
    federations = [
        Federation.of(scenario, mechanism, everybody)
        for mechanism in (BY_VALUATION[scenario.valuation], STANDALONE, FEDAVG)
    ]
    test = _TestSet(scenario, data.dataset.test_features.astype(dtype), data.dataset.test_labels)
    for played in iterate_federations(scenario, data, model, federations, dtype):
        yield _record(scenario, played, model, test)


class _TestSet:
    """The test samples, and the grid of points for data in the plane."""

    def __init__(self, scenario: Scenario, features: np.ndarray, labels: np.ndarray) -> None:
        self.features, self.labels = features, labels
        self.one_hot = np.eye(scenario.info.n_classes)[labels]  # (n_test, n_classes)
        self.grid = _plane_grid().astype(features.dtype) if scenario.info.kind == "plane" else None


def _plane_grid() -> np.ndarray:
    """(DECISION_GRID ** 2, 2) points, row after row from the lowest y."""
    side = np.linspace(-PLANE_LIMIT, PLANE_LIMIT, DECISION_GRID)
    x, y = np.meshgrid(side, side)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _record(scenario: Scenario, played: FederationsRound, model: Model, test: _TestSet) -> RoundRecord:
    """Evaluate every model of the round in one pass and put the round's facts together."""
    params, server_params = played.params, played.server_params
    n = params.shape[1]
    chosen, server, alone, fedavg = slice(0, n), n, slice(n + 1, 2 * n + 1), 2 * n + 1
    models = np.concatenate(
        [params[_CHOSEN], server_params[_CHOSEN : _CHOSEN + 1], params[_STANDALONE], server_params[_FEDAVG:]]
    )
    evaluation = model.evaluate(models, test.features, test.labels)
    is_right = evaluation.predicted == test.labels
    accuracy = is_right.mean(axis=1)
    class_accuracy = is_right @ test.one_hot / test.one_hot.sum(axis=0)  # counts are exact, so never above 1
    grids = _decisions(model, models, test.grid)
    exchange = played.exchanges[_CHOSEN]
    return RoundRecord(
        round_index=played.round_index,
        contribution=exchange.contribution,
        contribution_exact=_exact(scenario, exchange),
        importance=exchange.importance,
        reward_ratio=exchange.reward_ratio,
        reward_length=exchange.reward_length,
        gram=exchange.gram,
        accuracy=accuracy[chosen].copy(),
        loss=evaluation.loss[chosen].copy(),
        class_accuracy=class_accuracy[chosen].copy(),
        standalone_accuracy=accuracy[alone].copy(),
        standalone_class_accuracy=class_accuracy[alone].copy(),
        server_accuracy=float(accuracy[server]),
        fedavg_accuracy=float(accuracy[fedavg]),
        download_bytes=exchange.download_bytes,
        decision=grids[chosen].copy(),
        standalone_decision=grids[alone].copy(),
    )


def _exact(scenario: Scenario, exchange: Exchange) -> np.ndarray:
    """phi of the round; it is not computed twice where it drives the run, and not at all above 24 agents."""
    if scenario.n_agents > MAX_EXACT_AGENTS:
        return np.zeros(0)
    return exchange.contribution if scenario.valuation == "cgsv_exact" else cgsv_exact(exchange.gram)


def _decisions(model: Model, params: np.ndarray, grid: np.ndarray | None) -> np.ndarray:
    if grid is None:
        return np.zeros((len(params), 0, 0), np.uint8)
    return model.predict(params, grid).reshape(len(params), DECISION_GRID, DECISION_GRID)
