"""The retrained game: every coalition is worth what its members' model, trained without the others, can do."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import iterate, run
from cgs_core.federation.retrained_game import iterate_retrained_game, max_retrained_agents, retrained_game
from cgs_core.metrics import pearson
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.presets import PRESETS
from tests.reference.plain_loop import evaluate, honest_update, initial_params, said_sizes, upload


def wine(**changes: object) -> Scenario:
    """Three agents with unequal shards, four rounds."""
    usual = {"dataset": "wine", "n_agents": 3, "n_samples": 60, "hidden_units": 6, "n_rounds": 4, "batch_size": 8}
    return Scenario(**(usual | changes))


SCENARIOS = {
    "mlp": wine(),
    "two_agents": wine(n_agents=2),
    "logistic": wine(model="logistic"),
    "free_rider_and_flipper": wine(agents=(Agent(), Agent(conduct="free_rider"), Agent(conduct="sign_flipper"))),
    "echo_and_colluders": wine(
        n_agents=4,
        agents=(
            Agent(conduct="colluder"),
            Agent(conduct="colluder"),
            Agent(conduct="echo"),
            Agent(conduct="overstater"),
        ),
    ),
    "climber": wine(n_rounds=6, agents=(Agent(), Agent(conduct="climber"), Agent(label_noise=0.5))),
    "convolutional": wine(dataset="digits", model="cnn", n_rounds=2),
}


def plain_fedavg(scenario: Scenario, data: FederatedData, members: list[int]) -> list[np.ndarray]:
    """The server's model after every round when ``members`` train together: FedAvg, agent after agent."""
    model = initial_params(scenario)
    sizes = said_sizes(scenario, data)[members]
    models, last_reward = [], np.zeros_like(model)
    for round_index in range(scenario.n_rounds):
        learnt = [honest_update(scenario, data, agent, round_index, model, False) for agent in range(scenario.n_agents)]
        own = [update if agent in members else 0 * update for agent, update in enumerate(learnt)]
        pay = [1.0] * round_index  # everything, round after round
        sent = [upload(scenario, agent, round_index, own, last_reward, False, pay) for agent in members]
        last_reward = sum(size / sizes.sum() * one for size, one in zip(sizes, sent, strict=True))
        model = model + last_reward
        models.append(model)
    return models


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_coalition_is_fedavg_by_the_plain_loop(name: str) -> None:
    """Bit i of the index says whether agent i trained along; the empty coalition is the untrained start."""
    scenario = SCENARIOS[name]
    data = federated_data(scenario)
    records = list(iterate_retrained_game(scenario, np.float64))
    assert [record.round_index for record in records] == list(range(scenario.n_rounds))
    untrained = evaluate(scenario, data, initial_params(scenario))
    for coalition in range(2**scenario.n_agents):
        members = [agent for agent in range(scenario.n_agents) if coalition >> agent & 1]
        models = plain_fedavg(scenario, data, members) if members else [None] * scenario.n_rounds
        for record, model in zip(records, models, strict=True):
            expected = untrained if model is None else evaluate(scenario, data, model)
            assert record.accuracy.shape == record.loss.shape == (2**scenario.n_agents,)
            assert record.accuracy[coalition] == pytest.approx(expected.accuracy, abs=1e-12)
            assert record.loss[coalition] == pytest.approx(expected.loss, rel=1e-9)


@pytest.mark.parametrize("name", SCENARIOS)
def test_everybody_together_is_the_ordinary_runs_fedavg(name: str) -> None:
    scenario = SCENARIOS[name]
    game = iterate_retrained_game(scenario, np.float64)
    for record, ordinary in zip(game, iterate(scenario, np.float64), strict=True):
        assert record.accuracy[-1] == ordinary.fedavg_accuracy


def test_a_free_rider_by_itself_learns_nothing_and_holds_others_back() -> None:
    scenario = SCENARIOS["free_rider_and_flipper"].replace(n_rounds=10)
    last = list(iterate_retrained_game(scenario))[-1]
    honest, free_rider, both = last.loss[0b001], last.loss[0b010], last.loss[0b011]
    assert honest < last.loss[0] - 0.1
    assert free_rider > last.loss[0] - 0.1
    assert honest < both


def test_coalitions_beyond_one_batch_are_in_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many federations train at a time, the table is the same."""
    scenario = wine(n_agents=4)
    whole = list(iterate_retrained_game(scenario, np.float64))
    monkeypatch.setattr("cgs_core.federation.retrained_game._FEDERATIONS_A_BATCH", 4)
    for one, other in zip(whole, iterate_retrained_game(scenario, np.float64), strict=True):
        np.testing.assert_array_equal(one.accuracy, other.accuracy)
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-9)


def test_the_same_scenario_gives_the_same_bytes() -> None:
    one, other = retrained_game(wine()), retrained_game(wine())
    assert one.is_complete
    assert [record.to_bytes() for record in one.rounds] == [record.to_bytes() for record in other.rounds]


def test_the_shapley_values_share_out_what_training_together_added() -> None:
    game = retrained_game(wine())
    for round_index in range(game.n_rounds):
        values = game.values(round_index)
        assert game.shapley(round_index).sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


def test_too_many_agents_are_refused_before_anything_trains() -> None:
    with pytest.raises(ScenarioError, match=r"^n_agents: at most 10 .*; got 11$"):
        iterate_retrained_game(wine(n_agents=11))


@pytest.mark.parametrize(
    ("scenario", "most"),
    [
        (Scenario(), 10),
        (Scenario(dataset="mnist"), 9),
        (Scenario(dataset="mnist", hidden_units=256), 6),
        (Scenario(model="cnn"), 6),
        (Scenario(dataset="mnist", model="paper_cifar"), 4),
        (Scenario(dataset="mnist", model="paper_mnist"), 3),
        (Scenario(dataset="sentences", model="text_cnn"), 6),
    ],
)
def test_memory_and_time_bound_the_number_of_agents(scenario: Scenario, most: int) -> None:
    """At most 600 MB of models: n (2**n - 1) vectors of 4-byte numbers; and fewer where training takes long."""
    assert max_retrained_agents(scenario) == most
    if scenario.model == "mlp":
        n_params = (scenario.info.n_features + 1) * scenario.hidden_units + (scenario.hidden_units + 1) * 10
        fits = [n for n in range(1, 11) if n * (2**n - 1) * n_params * 4 <= 600e6]
        assert fits[-1] == most
    with pytest.raises(ScenarioError, match=rf"^n_agents: at most {most} .*; got {most + 1}$"):
        iterate_retrained_game(scenario.replace(n_agents=most + 1))


@pytest.mark.parametrize("seed", range(10))
def test_the_unique_agent_is_needed_most_and_valued_least(seed: int) -> None:
    """What the preset "four_alike" is there to show, on ten seeds."""
    scenario = PRESETS["four_alike"].scenario.replace(seed=seed, n_rounds=20)
    shapley, cgsv = retrained_game(scenario).shapley(), run(scenario).contribution_exact
    assert cgsv is not None
    assert shapley.argmax() == 4
    assert cgsv.mean(axis=0).argmin() == 4
    correlation = pearson(shapley, cgsv.mean(axis=0))
    assert correlation is not None and correlation < -0.9
