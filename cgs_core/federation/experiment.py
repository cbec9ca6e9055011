"""The one door: a scenario in, one record a round out; or several that share their training, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cgs_core.data import federated_data
from cgs_core.engines import EngineName
from cgs_core.federation import (
    Federation,
    FederationsRound,
    Model,
    given_model,
    given_name,
    iterate_federations,
    model_of,
    on_one_thread,
    second_model,
)
from cgs_core.mechanisms import FEDAVG, STANDALONE, with_mechanism
from cgs_core.records import LATER, RoundRecord, Trace
from cgs_core.scenario import MAX_EXACT_AGENTS, MECHANISM_FIELDS, Scenario
from cgs_core.scenario.catalogue import DECISION_GRID, PLANE_LIMIT
from cgs_core.typing import Params


def iterate(
    scenario: Scenario, dtype: type = np.float32, model: Callable[..., object] | None = None
) -> Iterator[RoundRecord]:
    """One ``RoundRecord`` a round: the scenario's mechanism, with standalone training and FedAvg beside it.

    The three are federations of one call, from one start and on the same mini-batches. A round is trained when it is
    asked for: leave the loop and nothing more is.

    Parameters
    ----------
    scenario: what to run.
    dtype: the precision of training, float32 unless a test wants more.
    model: instead of the scenario's, as ``run`` takes it.

    Yields
    ------
    ``RoundRecord`` of round 0, 1, ..., ``scenario.n_rounds`` of them.

    Raises
    ------
    DataError: a data file is missing or damaged, or own data are not on this machine.
    AddedError: ``model`` is none that can be trained on these data.

    Examples
    --------
    >>> from cgs_core import Scenario, iterate
    >>> for record in iterate(Scenario(dataset="wine", n_agents=3, n_rounds=5)):
    ...     print(record.round_index, record.importance.round(2))
    0 [0.22 0.38 0.4 ]
    1 [0.23 0.38 0.39]
    2 [0.23 0.38 0.39]
    3 [0.24 0.38 0.38]
    4 [0.25 0.38 0.38]
    """
    made = model_of if model is None else partial(given_model, model)
    return (record for (record,) in on_one_thread(_rounds([scenario], dtype, made=made)))


def iterate_batch(scenarios: Sequence[Scenario], dtype: type = np.float32) -> Iterator[tuple[RoundRecord, ...]]:
    """One record a round for each of several scenarios that differ only in ``MECHANISM_FIELDS``.

    They are federations of one call, with one standalone and one FedAvg federation for all; each record is that of
    the scenario run by itself, to the byte.

    Raises ``ValueError`` at once for no scenario, or for two that differ in another field.
    """
    _check_batch(scenarios)
    return on_one_thread(_rounds(list(scenarios), dtype))


def last_records(
    scenarios: Sequence[Scenario], dtype: type = np.float32, engine: EngineName = "numpy"
) -> tuple[RoundRecord, ...]:
    """What ``iterate_batch`` gives last, to the byte, for about half of its time where there are many agents.

    The models of the rounds before are not tried on the test set. ``engine`` "torch" trains by torch, whose numbers
    are NumPy's but for rounding; then ``CgsError`` is raised where it is not there, or has no second form of the model.
    Raises as ``iterate_batch`` does.
    """
    _check_batch(scenarios)
    made = second_model if engine == "torch" else model_of
    return next(on_one_thread(_rounds(list(scenarios), dtype, first_recorded=scenarios[0].n_rounds - 1, made=made)))


def _check_batch(scenarios: Sequence[Scenario]) -> None:
    first = next(iter(scenarios), None)
    if first is None:
        raise ValueError("scenarios: at least one; got none")
    for other in scenarios:
        for name in type(first).model_fields:
            if name not in MECHANISM_FIELDS and getattr(other, name) != getattr(first, name):
                raise ValueError(
                    f"scenarios: may differ in {', '.join(MECHANISM_FIELDS)} only; got two that differ in {name}"
                )


def run(scenario: Scenario, model: Callable[..., object] | None = None) -> Trace:
    """Run a scenario to its last round.

    The same scenario gives the same rounds, to the byte on one kind of machine. The time grows with rounds, agents and
    the model; the default scenario takes seconds.

    Parameters
    ----------
    scenario: what to run.
    model: instead of the scenario's, a class of ``torch.nn.Module`` or a function that makes one, from rows of features
        to logits (docs/how-to/own-model.md); it gets ``n_inputs`` and ``n_classes``, or nothing. It is in no link and
        no id: the trace says its name.

    Returns
    -------
    All rounds: what each agent was worth, was paid and ended with.

    Raises
    ------
    DataError: a data file is missing or damaged, or own data are not on this machine.
    AddedError: ``model`` is none that can be trained on these data.

    Examples
    --------
    >>> from cgs_core import Scenario, run
    >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
    >>> trace
    <Trace ecb4bc25e7bf: Wine, 3 agents, 5 of 5 rounds, valued by cgsv_approx, paid by sparsified>
    >>> trace.stack("contribution").mean(axis=0).round(2)
    array([0.71, 0.97, 0.93])
    >>> trace.rounds[-1].reward_ratio.round(2)
    array([0.67, 1.  , 1.  ])
    """
    return Trace(scenario, tuple(iterate(scenario, model=model)), "" if model is None else given_name(model))


def run_batch(scenarios: Sequence[Scenario]) -> list[Trace]:
    """Run several scenarios side by side to their last round; raises as ``iterate_batch`` does."""
    records = zip(*iterate_batch(scenarios), strict=True)
    return [Trace(scenario, own) for scenario, own in zip(scenarios, records, strict=True)]


def _rounds(
    scenarios: list[Scenario],
    dtype: type,
    first_recorded: int = 0,
    made: Callable[[Scenario, type], Model] = model_of,
) -> Iterator[tuple[RoundRecord, ...]]:
    """All rounds are trained, of the model that is made for the first; records are made from ``first_recorded`` on."""
    first = scenarios[0]
    data = federated_data(first)
    model = made(first, dtype)
    everybody = np.ones(first.n_agents, np.bool_)
    references = [with_mechanism(first, mechanism.name) for mechanism in (STANDALONE, FEDAVG)]
    distinct = list(dict.fromkeys([*scenarios, *references]))  # the same rules train once
    places = [distinct.index(scenario) for scenario in (*scenarios, *references)]
    federations = [Federation(scenario, everybody) for scenario in distinct]
    test = _TestSet(first, data.dataset.test_features.astype(dtype), data.dataset.test_labels)
    for played in iterate_federations(first, data, model, federations, dtype):
        if played.round_index >= first_recorded:
            yield _records(scenarios, _in_order(played, places), model, test)


def _in_order(played: FederationsRound, places: list[int]) -> FederationsRound:
    """A federation for each scenario, then training alone and FedAvg, although the same ones train once."""
    if places == list(range(len(played.exchanges))):
        return played
    exchanges = tuple(played.exchanges[place] for place in places)
    return FederationsRound(played.round_index, exchanges, played.params[places], played.server_params[places])


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


@dataclass(frozen=True)
class _Judged:
    """How a round's models do on the test set."""

    accuracy: np.ndarray  # (n_models,)
    loss: np.ndarray  # (n_models,)
    class_accuracy: np.ndarray  # (n_models, n_classes)
    right: np.ndarray  # (n_models, n_bytes) uint8, a bit a test sample
    grids: np.ndarray  # (n_models, G, G)


def _records(
    scenarios: list[Scenario], played: FederationsRound, model: Model, test: _TestSet
) -> tuple[RoundRecord, ...]:
    """Evaluate every model of the round in one pass and put each scenario's facts together."""
    n_chosen, n_agents = len(scenarios), played.params.shape[1]
    agents = played.params[: n_chosen + 1].reshape((n_chosen + 1) * n_agents, -1)  # the last ones train alone
    servers = played.server_params[[*range(n_chosen), n_chosen + 1]]  # the last one is FedAvg's
    judged = _judged(np.concatenate([agents, servers]), model, test)
    server_accuracy = judged.accuracy[len(agents) :]
    alone = slice(n_chosen * n_agents, len(agents))
    return tuple(
        _record(scenario, played, index, judged, alone, server_accuracy) for index, scenario in enumerate(scenarios)
    )


def _judged(models: Params, model: Model, test: _TestSet) -> _Judged:
    evaluation = model.evaluate(models, test.features, test.labels)
    is_right = evaluation.predicted == test.labels
    class_accuracy = is_right @ test.one_hot / test.one_hot.sum(axis=0)  # counts are exact, so never above 1
    right = np.packbits(is_right, axis=1)
    return _Judged(is_right.mean(axis=1), evaluation.loss, class_accuracy, right, _decisions(model, models, test.grid))


def _record(
    scenario: Scenario,
    played: FederationsRound,
    index: int,
    judged: _Judged,
    alone: slice,
    server_accuracy: np.ndarray,
) -> RoundRecord:
    """One scenario's facts of the round: those of federation ``index``, beside training alone and FedAvg."""
    exchange = played.exchanges[index]
    own = slice(index * scenario.n_agents, (index + 1) * scenario.n_agents)
    is_exact = scenario.valuation == "cgsv_exact" and scenario.n_agents <= MAX_EXACT_AGENTS  # else it drives nothing
    return RoundRecord(
        round_index=played.round_index,
        contribution=exchange.contribution,
        contribution_exact=exchange.contribution if is_exact else LATER,
        importance=exchange.importance,
        reward_ratio=exchange.reward_ratio,
        reward_length=exchange.reward_length,
        gram=exchange.gram,
        accuracy=judged.accuracy[own].copy(),
        loss=judged.loss[own].copy(),
        class_accuracy=judged.class_accuracy[own].copy(),
        standalone_accuracy=judged.accuracy[alone].copy(),
        standalone_class_accuracy=judged.class_accuracy[alone].copy(),
        server_accuracy=float(server_accuracy[index]),
        fedavg_accuracy=float(server_accuracy[-1]),
        download_bytes=exchange.download_bytes,
        decision=judged.grids[own].copy(),
        standalone_decision=judged.grids[alone].copy(),
        right=judged.right[own].copy(),
        standalone_right=judged.right[alone].copy(),
        fedavg_right=judged.right[-1].copy(),
        weight=exchange.weight,
        update_length=exchange.update_length,
    )


def _decisions(model: Model, params: np.ndarray, grid: np.ndarray | None) -> np.ndarray:
    if grid is None:
        return np.zeros((len(params), 0, 0), np.uint8)
    return model.predict(params, grid).reshape(len(params), DECISION_GRID, DECISION_GRID)
