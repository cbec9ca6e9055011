"""The batched engine against the plain loop, round by round, over everything that a scenario can vary."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.federation import Federation, iterate_federations, model_of
from cgs_core.federation.experiment import iterate
from cgs_core.mechanisms import FEDAVG, STANDALONE
from cgs_core.records import RoundRecord
from cgs_core.scenario import Agent, Scenario
from tests.reference.plain_loop import MechanismName, PlainEvaluation, PlainRound, evaluate, plain_rounds

N_ROUNDS = 10
INFINITY = float("inf")
MECHANISMS: tuple[MechanismName, ...] = ("chosen", "standalone", "fedavg")
EDITED = (
    Agent(label_noise=0.5),
    Agent(feature_noise=1.0, shard_size=7),
    Agent(copy_of=0),
    Agent(conduct="free_rider"),
    Agent(conduct="sign_flipper"),
    Agent(classes=(1, 2)),
)
SCHEMING = (
    Agent(conduct="echo"),
    Agent(conduct="colluder"),
    Agent(conduct="private", privacy_noise=0.05),
    Agent(conduct="colluder", label_noise=0.3),
    Agent(conduct="overstater"),
    Agent(shell_of=4),
    Agent(conduct="echo", shell_of=2),
)
CLIMBING = (
    Agent(conduct="climber"),
    Agent(conduct="climber", label_noise=0.8),
    Agent(conduct="climber", shard_size=5),
    Agent(),
    Agent(label_noise=0.3),
)


def wine(**changes: object) -> Scenario:
    """Small, with unequal shards that are no multiple of a batch."""
    usual = {"dataset": "wine", "n_agents": 4, "n_samples": 90, "split": "powerlaw", "hidden_units": 9, "batch_size": 8}
    return Scenario(**(usual | {"n_rounds": N_ROUNDS, "local_epochs": 2, "altruism_degree": 2.0} | changes))


def digits(**changes: object) -> Scenario:
    return wine(
        **({"dataset": "digits", "n_agents": 3, "n_samples": 70, "batch_size": 16, "local_epochs": 1} | changes)
    )


def sentences(**changes: object) -> Scenario:
    return digits(**({"dataset": "sentences", "model": "text_cnn", "split": "owners", "n_rounds": 5} | changes))


SCENARIOS = {
    "uniform": wine(split="uniform"),
    "powerlaw": wine(),
    "classimbalance": wine(split="classimbalance", n_agents=3),
    "dirichlet": wine(split="dirichlet", concentration=1.0),
    "edited": wine(split="uniform", n_agents=6, agents=EDITED),
    "edited_layer_scope_exact": wine(n_agents=6, agents=EDITED, mask_scope="layer", valuation="cgsv_exact"),
    "scheming": wine(n_agents=7, agents=SCHEMING),
    "scheming_layer_scope_exact": wine(n_agents=7, agents=SCHEMING, mask_scope="layer", valuation="cgsv_exact"),
    "scheming_as_trained": wine(n_agents=7, agents=SCHEMING, upload_scaling="as_trained", altruism_degree=INFINITY),
    "climbing": wine(n_agents=5, agents=CLIMBING, altruism_degree=1.0),
    "climbing_as_trained": wine(n_agents=5, agents=CLIMBING, upload_scaling="as_trained", altruism_degree=0.5),
    "climbers_come_and_go": wine(
        n_agents=5, participation=0.8, agents=(Agent(conduct="climber", joins=2), *CLIMBING[1:4], Agent(delay=1))
    ),
    "layer_scope": wine(mask_scope="layer"),
    "exact_valuation": wine(valuation="cgsv_exact", n_agents=5),
    "everything_for_everybody": wine(altruism_degree=INFINITY),
    "everything_layer_scope": wine(altruism_degree=INFINITY, mask_scope="layer"),
    "strictly_by_worth": wine(altruism_degree=0.1),
    "strictly_by_worth_layer_scope": wine(altruism_degree=0.1, mask_scope="layer"),
    "as_trained": wine(upload_scaling="as_trained", agents=(Agent(), Agent(conduct="free_rider"))),
    "as_trained_sign_flipper": wine(upload_scaling="as_trained", agents=(Agent(conduct="sign_flipper"),)),
    "no_memory": wine(importance_smoothing=0.0, split="uniform"),
    "logistic": wine(model="logistic"),
    "logistic_plane": wine(dataset="blobs", model="logistic", n_samples=60),
    "plane": wine(dataset="spiral", n_samples=60),
    "table_of_two_classes": wine(dataset="breast_cancer", n_samples=60),
    "digits": digits(),
    "convolutional": digits(model="cnn"),
    "convolutional_layer_scope": digits(model="cnn", mask_scope="layer", split="classimbalance"),
    "text": sentences(),
    "text_layer_scope": sentences(
        mask_scope="layer", split="powerlaw", altruism_degree=INFINITY, agents=(Agent(label_noise=0.5),)
    ),
    "one_sample_each": wine(n_samples=4, split="uniform"),
    "two_agents": wine(n_agents=2),
    "who_came_late": wine(agents=(Agent(), Agent(joins=3)), split="uniform"),
    "some_come_and_go": wine(n_agents=5, participation=0.6, agents=(Agent(joins=2), Agent(leaves=3), Agent(delay=1))),
    "stragglers_exact": wine(
        n_agents=4, agents=(Agent(delay=2, joins=2), Agent(conduct="echo", leaves=4)), valuation="cgsv_exact"
    ),
    "who_is_drawn_as_trained": wine(n_agents=4, participation=0.5, upload_scaling="as_trained", altruism_degree=0.1),
    "other_seed": wine(seed=12345, update_norm=1.0, learning_rate=0.2, learning_rate_decay=0.9),
}


class PlainRun:
    """All federations of one scenario by the plain loop, evaluated."""

    def __init__(self, scenario: Scenario, data: FederatedData, dtype: type) -> None:
        self.rounds: dict[MechanismName, list[PlainRound]] = {
            name: list(plain_rounds(scenario, data, name, dtype)) for name in MECHANISMS
        }
        self._scenario, self._data = scenario, data

    def evaluations(self, name: MechanismName, round_index: int) -> list[PlainEvaluation]:
        """Of every agent's model."""
        return [evaluate(self._scenario, self._data, own) for own in self.rounds[name][round_index].params]

    def server_accuracy(self, name: MechanismName, round_index: int) -> float:
        return evaluate(self._scenario, self._data, self.rounds[name][round_index].server_params).accuracy


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize(("dtype", "relative", "n_swapped"), [(np.float64, 1e-9, 0), (np.float32, 1e-4, 1)])
def test_engine_is_the_plain_loop(name: str, dtype: type, relative: float, n_swapped: int) -> None:
    """In float32 a prediction may tip on one test sample.

    The scenarios have no near-tie at the threshold of a mask, where rounding would decide which entry survives: a
    swapped entry shows as an error of about 1e-3. Two classes make ties for certain, since the weights to
    the one class move against those to the other; so they train here only where no threshold falls between.
    Colluders who are worth most make one as trained, where their uploads differ in length: by rounding the ratio of
    one of them is just under 1.
    """
    scenario = SCENARIOS[name]
    data = federated_data(scenario)
    plain = PlainRun(scenario, data, dtype)
    everybody = np.ones(scenario.n_agents, np.bool_)
    federations = [
        Federation(scenario, everybody),
        *(Federation.of(scenario, mechanism, everybody) for mechanism in (STANDALONE, FEDAVG)),
    ]
    batch = iterate_federations(scenario, data, model_of(scenario, dtype), federations, dtype)
    for record, trained in zip(iterate(scenario, dtype), batch, strict=True):
        for index, mechanism in enumerate(MECHANISMS):
            expected = plain.rounds[mechanism][record.round_index]
            _assert_close(trained.params[index], expected.params, relative)
            _assert_close(trained.server_params[index], expected.server_params, relative)
        _assert_same_exchange(record, plain.rounds["chosen"][record.round_index], scenario, relative)
        _assert_same_evaluation(record, plain, relative, n_swapped / len(data.dataset.test_labels))


def _assert_same_exchange(record: RoundRecord, expected: PlainRound, scenario: Scenario, relative: float) -> None:
    is_exact = scenario.valuation == "cgsv_exact"
    _assert_close(record.gram, expected.gram, relative)
    _assert_close(record.contribution, expected.phi if is_exact else expected.psi, relative)
    _assert_close(record.contribution_exact, expected.phi, relative)
    _assert_close(record.importance, expected.importance, relative)
    _assert_close(record.reward_ratio, expected.reward_ratio, relative)
    _assert_close(record.reward_length, expected.reward_length, relative)
    np.testing.assert_array_equal(record.download_bytes, expected.download_bytes)
    assert (record.reward_ratio.min() < 1) == (scenario.altruism_degree < INFINITY)  # so a mask did cut


def _assert_same_evaluation(record: RoundRecord, plain: PlainRun, relative: float, spare: float) -> None:
    """``spare``: the accuracy that one test sample is worth where one may tip, else 0."""
    chosen = plain.evaluations("chosen", record.round_index)
    alone = plain.evaluations("standalone", record.round_index)
    pairs = [
        (record.accuracy, [own.accuracy for own in chosen]),
        (record.standalone_accuracy, [own.accuracy for own in alone]),
        (record.server_accuracy, plain.server_accuracy("chosen", record.round_index)),
        (record.fedavg_accuracy, plain.server_accuracy("fedavg", record.round_index)),
    ]
    for actual, expected in pairs:
        np.testing.assert_allclose(actual, expected, rtol=0, atol=spare + 1e-12)
    _assert_close(record.loss, np.array([own.loss for own in chosen]), relative)
    if spare == 0:
        np.testing.assert_allclose(record.class_accuracy, [own.class_accuracy for own in chosen], atol=1e-12)
        np.testing.assert_allclose(record.standalone_class_accuracy, [own.class_accuracy for own in alone], atol=1e-12)


def _assert_close(actual: np.ndarray, expected: np.ndarray, relative: float) -> None:
    """To ``relative`` of the largest magnitude."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=relative * np.abs(expected).max())
