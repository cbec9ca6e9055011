"""What must be true of any run, whoever the agents are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cgs_core.data import federated_data
from cgs_core.federation.experiment import iterate
from cgs_core.mechanisms import FEDAVG, STANDALONE
from cgs_core.scenario import Agent, Scenario
from tests.federation.helpers import federation, rounds, small, with_shards

RUNS = settings(max_examples=25)
FEWEST_PARAMS = 13 * 3 + 3  # of the logistic model on wines

AGENTS = st.builds(
    Agent,
    shard_size=st.none() | st.integers(1, 40),
    label_noise=st.sampled_from([0.0, 0.3, 1.0]),
    feature_noise=st.sampled_from([0.0, 2.0]),
    classes=st.none() | st.sets(st.integers(0, 2), min_size=1).map(lambda classes: tuple(sorted(classes))),
    conduct=st.sampled_from(["honest", "honest", "free_rider", "sign_flipper"]),
)
SCENARIOS = st.builds(
    small,
    n_agents=st.just(4),
    split=st.sampled_from(["uniform", "powerlaw", "classimbalance", "dirichlet"]),
    agents=st.lists(AGENTS, max_size=4).map(tuple),
    model=st.sampled_from(["logistic", "mlp"]),
    n_rounds=st.just(4),
    batch_size=st.sampled_from([1, 7, 64]),
    local_epochs=st.integers(1, 2),
    learning_rate=st.sampled_from([1e-4, 0.1, 10.0]),
    altruism_degree=st.sampled_from([0.1, 3.0, float("inf")]),
    importance_smoothing=st.sampled_from([0.0, 0.5, 0.95]),
    mask_scope=st.sampled_from(["global", "layer"]),
    valuation=st.sampled_from(["cgsv_approx", "cgsv_exact"]),
    seed=st.integers(0, 2**32 - 1),
)
# No mini-batches: the order of the samples is the agent's own, so it must not show.
WHOLE_SHARDS = st.builds(
    small,
    n_agents=st.just(4),
    split=st.sampled_from(["powerlaw", "dirichlet"]),
    model=st.sampled_from(["logistic", "mlp"]),
    n_rounds=st.just(3),
    batch_size=st.just(1024),
    local_epochs=st.just(1),
    altruism_degree=st.sampled_from([0.1, 3.0, float("inf")]),
    valuation=st.sampled_from(["cgsv_approx", "cgsv_exact"]),
    seed=st.integers(0, 2**32 - 1),
)


@RUNS
@given(SCENARIOS)
def test_every_round_keeps_the_definitions(scenario: Scenario) -> None:
    for record in iterate(scenario, np.float64):
        for name, value in vars(record).items():
            assert np.isfinite(value).all(), name
        assert abs(record.importance.sum() - 1) < 1e-12
        assert record.importance.min() > 0
        assert record.reward_ratio.max() == 1
        assert 0 <= record.reward_length.min() <= record.reward_length.max() <= 1
        if record.gram.sum() > 1e-9:  # the largest entries hold at least their share of the squared length
            least = np.maximum(record.reward_ratio - 1 / FEWEST_PARAMS, 0)
            assert (record.reward_length**2 >= least - 1e-9).all()
        assert np.abs(record.contribution).max() <= 2  # a mean of differences of two cosines; psi itself is one
        assert (
            min(abs(record.contribution_exact.sum() - target) for target in (0, 1)) < 1e-9
        )  # efficiency; 0 if u_N is 0
        order = np.argsort(record.importance, kind="stable")
        assert (np.diff(record.reward_ratio[order]) >= -1e-15).all()
        assert (np.diff(record.download_bytes[order]) >= 0).all()
        for accuracy in (record.accuracy, record.standalone_accuracy, record.class_accuracy):
            assert 0 <= accuracy.min() <= accuracy.max() <= 1
        np.testing.assert_array_equal(record.gram, record.gram.T)
    if scenario.altruism_degree == float("inf"):
        assert np.ptp(record.accuracy) == 0


@RUNS
@given(WHOLE_SHARDS, st.permutations(range(4)))
def test_renumbering_the_agents_renumbers_the_results(scenario: Scenario, order: list[int]) -> None:
    data = federated_data(scenario)
    federations = [
        federation(scenario),
        federation(scenario, mechanism=STANDALONE),
        federation(scenario, mechanism=FEDAVG),
    ]
    pairs = zip(
        rounds(scenario, federations, data), rounds(scenario, federations, with_shards(data, order)), strict=True
    )
    for played, renumbered in pairs:
        np.testing.assert_allclose(renumbered.params, played.params[:, order], rtol=0, atol=1e-9)
        np.testing.assert_allclose(renumbered.server_params, played.server_params, rtol=0, atol=1e-9)
        one, other = played.exchanges[0], renumbered.exchanges[0]
        np.testing.assert_allclose(other.gram, one.gram[np.ix_(order, order)], rtol=0, atol=1e-9)
        for name in ("contribution", "importance", "reward_ratio", "reward_length", "download_bytes"):
            np.testing.assert_allclose(vars(other)[name], vars(one)[name][order], rtol=0, atol=1e-9)


@RUNS
@given(SCENARIOS, st.integers(0, 3), AGENTS)
def test_editing_an_agent_leaves_the_others_alone_training_as_it_was(
    scenario: Scenario, edited: int, agent: Agent
) -> None:
    """Its edit reaches the others only through what it shares."""
    agents = list(scenario.full_agents)
    agents[edited] = agent
    changed = scenario.replace(agents=tuple(agents))
    others = [index for index in range(4) if index != edited]
    *_, before = iterate(scenario)
    *_, after = iterate(changed)
    np.testing.assert_allclose(after.standalone_accuracy[others], before.standalone_accuracy[others], rtol=0, atol=0)
