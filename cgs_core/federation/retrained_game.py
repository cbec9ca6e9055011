"""The retrained game: every coalition of agents trains a model of its own, and is worth that model's accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cgs_core.data import federated_data
from cgs_core.errors import ScenarioError
from cgs_core.federation import (
    Evaluation,
    Federation,
    FederationsRound,
    Model,
    iterate_federations,
    model_of,
    on_one_thread,
)
from cgs_core.mechanisms import FEDAVG
from cgs_core.randomness import Stream, random_stream
from cgs_core.records.game import MAX_RETRAINED_AGENTS, GameRecord, RetrainedGame
from cgs_core.scenario import Scenario
from cgs_core.typing import Params

_MAX_CONVOLUTIONAL_AGENTS = {"cnn": 6, "text_cnn": 6, "paper_cifar": 4, "paper_mnist": 3}
# minutes on 28x28 images or sentences, and more than twice as long with each further agent
_MAX_MODELS_BYTES = 600_000_000  # of all agents' models in all coalitions, in float32
_FEDERATIONS_A_BATCH = 128  # bounds the memory; an agent is in about half of them, which still fills a block of models


def iterate_retrained_game(scenario: Scenario, dtype: type = np.float32) -> Iterator[GameRecord]:
    """One ``GameRecord`` a round: all 2**N - 1 coalitions as FedAvg federations from one start, on the same batches.

    A coalition's value V(S) is the test accuracy of its server's model; that of nobody is the untrained start's.
    ``dtype`` is the precision of training: float32 unless a test wants more.

    Raises ``ScenarioError`` at once for more than ``max_retrained_agents`` agents.
    """
    _check_n_agents(scenario)
    return on_one_thread(_rounds(scenario, dtype))


def max_retrained_agents(scenario: Scenario) -> int:
    """How many agents a scenario's retrained game may have: their time bounds it, and the memory of their models."""
    n_bytes = np.dtype(np.float32).itemsize * model_of(scenario).n_params
    counts = range(1, 1 + _MAX_CONVOLUTIONAL_AGENTS.get(scenario.model, MAX_RETRAINED_AGENTS))
    return max((n for n in counts if n * (2**n - 1) * n_bytes <= _MAX_MODELS_BYTES), default=0)


def retrained_game(scenario: Scenario) -> RetrainedGame:
    """Train all coalitions to the last round; raises as ``iterate_retrained_game`` does."""
    return RetrainedGame(scenario, tuple(iterate_retrained_game(scenario)))


def coalitions_judged(scenario: Scenario) -> Iterator[Evaluation]:
    """What all coalitions' models make of the test set after the last round, some coalitions at a time.

    In order: first that of nobody alone, the untrained start. Raises ``ScenarioError`` as ``iterate_retrained_game``.
    """
    _check_n_agents(scenario)
    return on_one_thread(_judged_last(scenario, np.float32))


def _check_n_agents(scenario: Scenario) -> None:
    most = max_retrained_agents(scenario)
    if scenario.n_agents > most:
        allowed = f"at most {most} for the retrained game of this model, which trains 2**n_agents - 1 coalitions"
        raise ScenarioError("n_agents", allowed, scenario.n_agents)


@dataclass(frozen=True)
class _Training:
    """All coalitions' federations, some side by side, and what judges their models."""

    model: Model
    features: np.ndarray
    labels: np.ndarray
    nobody: Evaluation
    batches: tuple[Iterator[FederationsRound], ...]

    @classmethod
    def of(cls, scenario: Scenario, dtype: type) -> _Training:
        data = federated_data(scenario)
        model = model_of(scenario, dtype)
        features: np.ndarray = data.dataset.test_features.astype(dtype)
        labels = data.dataset.test_labels
        start = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS))
        coalitions = np.arange(1, 2**scenario.n_agents)
        members = coalitions[:, None] >> np.arange(scenario.n_agents) & 1 == 1  # bit i: whether agent i is in
        federations = [Federation.of(scenario, FEDAVG, own) for own in members]
        batches = tuple(
            iterate_federations(scenario, data, model, federations[first : first + _FEDERATIONS_A_BATCH], dtype)
            for first in range(0, len(federations), _FEDERATIONS_A_BATCH)
        )
        return cls(model, features, labels, model.evaluate(start[None], features, labels), batches)

    def judged(self, params: Params) -> Evaluation:
        return self.model.evaluate(params, self.features, self.labels)


def _rounds(scenario: Scenario, dtype: type) -> Iterator[GameRecord]:
    training = _Training.of(scenario, dtype)
    for round_index in range(scenario.n_rounds):
        evaluations = [training.judged(next(batch).server_params) for batch in training.batches]
        yield _record(round_index, [training.nobody, *evaluations], training.labels)


def _judged_last(scenario: Scenario, dtype: type) -> Iterator[Evaluation]:
    training = _Training.of(scenario, dtype)
    yield training.nobody
    for batch in training.batches:
        for played in batch:
            last = played
        yield training.judged(last.server_params)


def _record(round_index: int, evaluations: list[Evaluation], labels: np.ndarray) -> GameRecord:
    return GameRecord(
        round_index=round_index,
        accuracy=np.concatenate([(evaluation.predicted == labels).mean(axis=1) for evaluation in evaluations]),
        loss=np.concatenate([evaluation.loss for evaluation in evaluations]),
    )
