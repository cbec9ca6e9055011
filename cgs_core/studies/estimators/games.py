"""The games of which estimators are tried: all coalitions of eight agents trained, in cases of the leaderboard.

A game is how many test samples each coalition's model has right. Beside it stands what models rebuilt from one training
make of the same agents: a game a round, and one over all rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.data import FederatedData, federated_data
from cgs_core.federation import Model, model_of, on_one_thread
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.outcomes import games_of
from cgs_core.typing import CoalitionValues, Contribution, FloatArray, IntArray, Params

N_AGENTS = 8
GAME_CASES = tuple(
    f"{dataset}/{story}"
    for dataset in ("digits", "fashion-mnist")
    for story in ("equal-8", "dirichlet-05-8", "sizes-8")
)
"""Cases of the leaderboard: two data sets, three stories of eight agents."""


@dataclass(frozen=True, eq=False)
class Game:
    """What each coalition's own model has right, of ``n_test`` samples; bit i of a coalition says whether i is in.

    ``seed`` counts from 0; ``right`` (2**n_agents,) begins with the untrained start.
    """

    case: str
    seed: int
    n_test: int
    right: IntArray

    @property
    def values(self) -> CoalitionValues:
        """(2**n_agents,) accuracies."""
        return self.right / self.n_test

    @property
    def truth(self) -> Contribution:
        """(n_agents,) the Shapley value of the retrained game."""
        return shapley_values(self.values)


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """Accuracies of models rebuilt from the uploads of one plain federated averaging, nothing trained anew.

    Attributes
    ----------
    by_round: (n_rounds, 2**n_agents) the server's model of the round, moved by a coalition's mean upload; its own for
        nobody.
    over_all: (2**n_agents,) the start, moved by a coalition's mean upload of every round.
    """

    by_round: FloatArray
    over_all: FloatArray


def trained_game(case: str, seed: int) -> Game:
    """Train every coalition of a case with a seed (from 0)."""
    scenario = CASES[case].scenario_of(seed)
    n_test = len(federated_data(scenario).dataset.test_labels)
    right = np.rint(games_of(scenario)["accuracy"] * n_test).astype(np.intp)
    return Game(case, seed, n_test, right)


def rebuilt_games(case: str, seed: int) -> Rebuilt:
    """Train a case with a seed once, all together, and rebuild the coalitions' models."""
    scenario = CASES[case].scenario_of(seed)
    return next(on_one_thread(_rebuilt(scenario)))


def _rebuilt(scenario: Scenario) -> Iterator[Rebuilt]:
    data, model = federated_data(scenario), model_of(scenario)
    trainer = LocalTrainer(scenario, data, model)
    start = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(np.float32)
    weights = coalition_weights(np.array([shard.n_samples for shard in data.shards]))
    everybody, server, moved = np.ones((1, scenario.n_agents), np.bool_), start, np.zeros((len(weights), len(start)))
    rounds = []
    for round_index in range(scenario.n_rounds):
        params = np.broadcast_to(server, (1, scenario.n_agents, len(start))).copy()
        uploads = trainer.learn(params, everybody, round_index, ["as_trained"], {}).uploads[0]
        steps = weights @ uploads.astype(np.float64)
        moved += steps
        rounds.append(_accuracy(model, server + steps.astype(np.float32), data))
        server = server + steps[-1].astype(np.float32)
    yield Rebuilt(np.array(rounds), _accuracy(model, start + moved.astype(np.float32), data))


def coalition_weights(n_samples: IntArray) -> FloatArray:
    """(2**n_agents, n_agents): each member's share of its coalition's samples; zeros for nobody."""
    n_agents = len(n_samples)
    members = np.arange(2**n_agents)[:, None] >> np.arange(n_agents) & 1
    weights = members * n_samples
    return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1))


def _accuracy(model: Model, params: Params, data: FederatedData) -> FloatArray:
    """(n_models,) on the test samples."""
    labels: Any = data.dataset.test_labels
    features: np.ndarray = data.dataset.test_features.astype(np.float32)
    return np.asarray((model.predict(params, features) == labels).mean(axis=1))
