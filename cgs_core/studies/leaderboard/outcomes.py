"""One scenario computed: its truth, what every valuation makes of the same uploads, and what each mechanism pays.

The truth is the Shapley value of the retrained game. Valuations see the uploads of plain federated averaging, which is
the federation that the truth is of: as trained, weighed by data, everybody gets everything. What each is worth where it
pays, by the paper's rules, is beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cgs_core.contribution import shapley_values
from cgs_core.data import FederatedData, federated_data
from cgs_core.federation import Federation, Model, Server, iterate_federations, model_of, on_one_thread
from cgs_core.federation.conducts import CONDUCTS, Memory
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.federation.retrained_game import coalitions_judged
from cgs_core.federation.rounds import knowledge_of
from cgs_core.mechanisms import FEDAVG, STANDALONE, VALUATIONS, with_mechanism
from cgs_core.metrics import same_models
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from cgs_core.studies.leaderboard.methods import rules_of
from cgs_core.studies.leaderboard.whole_runs import WHOLE_RUNS
from cgs_core.typing import CoalitionValues, Contribution, FloatArray

UTILITIES = ("accuracy", "worst_recall", "loss")
"""What a coalition's model is worth by: right on the test set, right of its worst class, and the loss, negated."""

ANOTHER_START = 1_000_003
"""Added to the start's seed: the same data trained once more from another start, on other mini-batches."""

_LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Paid:
    """What one mechanism made of a scenario: means over the rounds, and models at the end.

    Attributes
    ----------
    worth: (n_agents,) by its own valuation, in the federation that it pays.
    pay: (n_agents,) mean reward ratio.
    accuracy: (n_agents,) at the end.
    is_below_alone: (n_agents,) bool, less accurate than alone and not the same (McNemar's test).
    download_bytes: mean over agents and rounds.
    """

    worth: Contribution
    pay: FloatArray
    accuracy: FloatArray
    is_below_alone: np.ndarray
    download_bytes: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """All of one scenario.

    Attributes
    ----------
    games: by utility, (2**n_agents,) what each coalition's model is worth.
    truth: by utility, (n_agents,) its Shapley value.
    truth_again: (n_agents,) of accuracy, trained from another start.
    worth: by valuation, (n_agents,) mean over the rounds on the uploads of federated averaging; of whole runs too.
    worth_again: the same from another start.
    paid: by method.
    alone: (n_agents,) accuracy of training alone.
    """

    games: Mapping[str, CoalitionValues]
    truth: Mapping[str, Contribution]
    truth_again: Contribution
    worth: Mapping[str, Contribution]
    worth_again: Mapping[str, Contribution]
    paid: Mapping[str, Paid]
    alone: FloatArray


@lru_cache(maxsize=8)
def outcome_of(scenario: Scenario, methods: tuple[str, ...]) -> Outcome:
    """Compute a scenario for these methods; what was computed last is kept, as many cases share an honest twin."""
    valuations = [name for name in methods if name in VALUATIONS]
    again = scenario.replace(start_seed=scenario.start_seed + ANOTHER_START)
    games = games_of(scenario)
    paid, alone = paid_by(scenario, [name for name in methods if name not in WHOLE_RUNS])
    whole = [name for name in methods if name in WHOLE_RUNS]
    return Outcome(
        games=games,
        truth={utility: shapley_values(table) for utility, table in games.items()},
        truth_again=shapley_values(games_of(again)["accuracy"]),
        worth=worths_of_uploads(scenario, valuations) | {name: WHOLE_RUNS[name].worth(scenario) for name in whole},
        worth_again=worths_of_uploads(again, valuations) | {name: WHOLE_RUNS[name].worth(again) for name in whole},
        paid=paid,
        alone=alone,
    )


@lru_cache(maxsize=16)
def games_of(scenario: Scenario) -> Mapping[str, CoalitionValues]:
    """By utility: (2**n_agents,) what each coalition's model is worth after the last round."""
    labels = federated_data(scenario).dataset.test_labels
    one_hot = np.eye(scenario.info.n_classes)[labels]
    parts: dict[str, list[FloatArray]] = {utility: [] for utility in UTILITIES}
    for judged in coalitions_judged(scenario):
        is_right = judged.predicted == labels
        parts["accuracy"].append(is_right.mean(axis=1))
        parts["worst_recall"].append((is_right @ one_hot / one_hot.sum(axis=0)).min(axis=1))
        parts["loss"].append(-np.asarray(judged.loss, np.float64))
    return {utility: np.concatenate(tables) for utility, tables in parts.items()}


# -- valuations on the same uploads ------------------------------------------------------------------------------------


def worths_of_uploads(
    scenario: Scenario, valuations: Sequence[str], data: FederatedData | None = None
) -> dict[str, Contribution]:
    """By valuation: (n_agents,) what the uploads of plain federated averaging are worth, mean over the rounds.

    All see the same uploads, as nothing goes by worth there. Of a valuation that averages over the rounds, the last.
    ``data``: None for the scenario's own.
    """
    if not valuations:
        return {}
    own = federated_data(scenario) if data is None else data
    valued = _valued if scenario.is_always_there else _valued_who_come
    rounds = np.array(list(on_one_thread(valued(scenario, own, valuations))))
    return {
        name: rounds[-1, place] if VALUATIONS[name].averages else rounds[:, place].mean(axis=0)
        for place, name in enumerate(valuations)
    }


def _valued(scenario: Scenario, data: FederatedData, valuations: Sequence[str]) -> Iterator[FloatArray]:
    """A round at a time: (n_valuations, n_agents)."""
    model = model_of(scenario)
    trainer = LocalTrainer(scenario, data, model)
    start = model.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)).astype(np.float32)
    rules = with_mechanism(scenario, FEDAVG.name)
    knows = vars(knowledge_of(data, model, trainer))
    first, *others = [
        Server(scenario.n_agents, rules.replace(valuation=name), start=start, **knows)
        for name in (FEDAVG.valuation, *valuations)
    ]
    params = np.broadcast_to(start, (1, scenario.n_agents, len(start))).copy()
    everybody, n_samples = np.ones((1, scenario.n_agents), np.bool_), _claimed(scenario, data)
    memories = {index: Memory.of_nothing(1, scenario.n_rounds, len(start)) for index in _knowing(scenario)}
    for round_index in range(scenario.n_rounds):
        sent = trainer.learn(params, everybody, round_index, ["as_trained"], memories).uploads[0]
        done = [server.round(sent, n_samples, starts=params[0]) for server in (first, *others)]
        rewards = np.asarray(done[0].rewards)
        params[0] += rewards
        for index, memory in memories.items():
            memory.keep(0, round_index, rewards[index], done[0].reward_ratio[index])
        yield np.array([own.contribution for own in done[1:]])


def _valued_who_come(scenario: Scenario, data: FederatedData, valuations: Sequence[str]) -> Iterator[FloatArray]:
    """The same where agents come and go: a federation a valuation, all of which train alike; 0 for the absent."""
    rules, everybody = with_mechanism(scenario, FEDAVG.name), np.ones(scenario.n_agents, np.bool_)
    federations = [Federation(rules.replace(valuation=name), everybody) for name in valuations]
    for played in iterate_federations(scenario, data, model_of(scenario), federations):
        yield np.array([own.contribution for own in played.exchanges])


def _knowing(scenario: Scenario) -> list[int]:
    return [index for index, agent in enumerate(scenario.agents) if CONDUCTS[agent.conduct].knows]


def _claimed(scenario: Scenario, data: FederatedData) -> list[int]:
    """How many samples each agent says that it has."""
    rows = zip(scenario.full_agents, data.shards, strict=True)
    return [CONDUCTS[agent.conduct].claims * shard.n_samples for agent, shard in rows]


# -- what mechanisms pay -----------------------------------------------------------------------------------------------


def paid_by(scenario: Scenario, methods: Iterable[str]) -> tuple[dict[str, Paid], FloatArray]:
    """What each method pays, by its name; and (n_agents,) the accuracy of training alone. All train side by side."""
    return next(on_one_thread(_paid(scenario, tuple(methods))))


def _paid(scenario: Scenario, methods: tuple[str, ...]) -> Iterator[tuple[dict[str, Paid], FloatArray]]:
    data, model = federated_data(scenario), model_of(scenario)
    everybody = np.ones(scenario.n_agents, np.bool_)
    rules = [with_mechanism(scenario, STANDALONE.name), *(rules_of(scenario, name) for name in methods)]
    federations = [Federation(own, everybody) for own in rules]
    exchanges = []
    for played in iterate_federations(scenario, data, model, federations):
        exchanges.append(played.exchanges)
        params = played.params
    right = [_is_right(model, own, data) for own in params]
    paid = {
        name: _one_paid(rules[place], [own[place] for own in exchanges], right[place], right[0])
        for place, name in enumerate(methods, 1)
    }
    yield paid, right[0].mean(axis=1)


def _is_right(model: Model, params: np.ndarray, data: FederatedData) -> np.ndarray:
    """(n_agents, n_test) bool."""
    features: np.ndarray = data.dataset.test_features.astype(np.float32)
    return np.asarray(model.predict(params, features) == data.dataset.test_labels)


def _one_paid(rules: Scenario, exchanges: Sequence, right: np.ndarray, alone: np.ndarray) -> Paid:  # type: ignore[type-arg]
    n_agents = len(right)
    worth = np.array([own.contribution for own in exchanges])
    accuracy = right.mean(axis=1)
    same = same_models(np.concatenate([right, alone]), _LEVEL / n_agents).diagonal(n_agents)[:n_agents]
    return Paid(
        worth=worth[-1] if VALUATIONS[rules.valuation].averages else worth.mean(axis=0),
        pay=np.mean([own.reward_ratio for own in exchanges], axis=0),
        accuracy=accuracy,
        is_below_alone=(accuracy < alone.mean(axis=1)) & ~same,
        download_bytes=float(np.mean([own.download_bytes for own in exchanges])),
    )
