"""Agents that are not always there: whoever is absent is worth nothing, and nothing fails whatever the pattern is.

That the rounds are those of the definition is in ``test_against_plain_loop``, whose plain loop knows of absence too.
"""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario, choices_of
from cgs_core.scenario.presence import presence_of, rounds_in_words
from cgs_core.studies.properties import found_properties
from tests.reference.plain_loop import drawn_of, members_of, present_of

SMALL = Scenario(dataset="wine", model="logistic", n_samples=40, n_rounds=6, local_epochs=1, n_validation=20)
FITTING = [
    name
    for name, row in MECHANISMS.items()
    if not choices_of("reward_rule")[row.reward_rule].needs_all_there
    and not choices_of("importance_rule")[row.importance_rule].needs_all_there
]
N_PATTERNS = 200


def pattern(seed: int) -> Scenario:
    """Anybody comes, leaves and is late at random, under each mechanism and each valuation in turn."""
    rng = np.random.default_rng(seed)
    agents = []
    for _ in range(n_agents := int(rng.integers(2, 6))):
        joins = int(rng.integers(1, 7)) if rng.random() < 0.4 else 1
        leaves = int(rng.integers(joins, 7)) if rng.random() < 0.4 else None
        conduct = str(rng.choice(["honest", "honest", "echo", "climber", "colluder", "free_rider"]))
        agents.append(Agent(joins=joins, leaves=leaves, delay=int(rng.integers(0, 3)), conduct=conduct))
    participation = float(rng.choice([1.0, 0.6, 0.3]))
    chosen = with_mechanism(SMALL.replace(n_agents=n_agents), FITTING[seed % len(FITTING)])
    if seed % 2:
        chosen = chosen.replace(valuation=list(VALUATIONS)[seed // 2 % len(VALUATIONS)])
    try:
        return chosen.replace(agents=tuple(agents), participation=participation, seed=seed)
    except ScenarioError:  # a round without anybody
        return chosen.replace(agents=(Agent(), *agents[1:]), participation=participation, seed=seed)


def test_whatever_the_pattern_who_is_absent_is_worth_nothing_and_worth_adds_up() -> None:
    n_absent = 0
    for seed in range(N_PATTERNS):
        scenario = pattern(seed)
        trace = run(scenario)
        _who_is_there_is_as_written_out(trace)
        absent = ~trace.is_present
        n_absent += int(absent.sum())
        for name in ("contribution", "reward_ratio", "reward_length", "download_bytes", "weight", "update_length"):
            assert not trace.stack(name)[absent].any(), (seed, name)
        exact = trace.contribution_exact
        assert exact is not None and not exact[absent].any(), seed
        is_round = np.array([np.abs(gram).sum() > 0 for gram in trace.gram])
        np.testing.assert_allclose(exact.sum(axis=1), is_round, atol=1e-9, err_msg=str(seed))
        if scenario.valuation == "cgsv_exact":
            assert found_properties(trace)["efficiency"].holds is not False, seed
        total = trace.stack("importance").sum(axis=1)
        is_kept = trace.is_member.any(axis=1)
        np.testing.assert_allclose(total, is_kept, atol=1e-9, err_msg=str(seed))
        for record in trace.rounds:
            assert all(np.isfinite(value).all() for value in vars(record).values()), seed
    assert n_absent > 1000


def _who_is_there_is_as_written_out(trace: Trace) -> None:
    scenario, n = trace.scenario, trace.scenario.n_agents
    presence = presence_of(scenario)
    for index in range(scenario.n_rounds):
        for found, expected in (
            (presence.is_member, members_of(scenario, index)),
            (presence.is_drawn, drawn_of(scenario, index)),
            (presence.is_present, present_of(scenario, index)),
        ):
            assert found[index].tolist() == [agent in expected for agent in range(n)]
    is_member = trace.is_member
    assert (is_member <= presence.is_member).all()
    if scenario.reward_rule not in ("sparsified_or_evicted", "by_size_or_evicted"):
        assert (is_member == presence.is_member).all()


def test_who_has_left_keeps_its_model_and_who_has_not_come_has_the_first() -> None:
    agents = (Agent(), Agent(leaves=2), Agent(joins=4))
    trace = run(SMALL.replace(n_agents=3, agents=agents))
    for name in ("loss", "accuracy"):
        values = trace.stack(name)
        assert (values[1:, 1] == values[1, 1]).all() and (values[:3, 2] == values[0, 2]).all()
    assert trace.rounds[3].loss[2] != trace.rounds[2].loss[2]
    alone = trace.stack("standalone_accuracy")
    assert (alone[1:, 1] == alone[1, 1]).all() and (alone[:3, 2] == alone[0, 2]).all()


def test_fedavg_hands_its_model_to_whoever_comes() -> None:
    """Everybody who is there has the same model after a round, however it came and went before."""
    scenario = with_mechanism(
        SMALL.replace(n_agents=4, participation=0.5, agents=(Agent(joins=3), Agent(delay=1))), "fedavg"
    )
    trace = run(scenario)
    for index, record in enumerate(trace.rounds):
        there = trace.is_present[index]
        assert there.any() and np.ptp(record.loss[there]) == 0
        assert record.server_accuracy == record.fedavg_accuracy == record.accuracy[there][0]


def test_a_coalition_trains_with_those_of_it_who_are_there() -> None:
    """The retrained game: alone, who is never there before the last round has trained once; nobody, never."""
    agents = (Agent(), Agent(joins=6))
    game = retrained_game(SMALL.replace(n_agents=2, agents=agents))
    losses = np.stack([record.loss for record in game.rounds])  # of nobody, 1, 2, both
    assert (losses[:5, 2] == losses[:5, 0]).all() and losses[5, 2] != losses[5, 0]
    assert (losses[:5, 3] == losses[:5, 1]).all() and losses[5, 3] != losses[5, 1]


def test_the_table_of_a_run_says_who_was_there_where_somebody_was_not() -> None:
    always, late = run(SMALL.replace(n_agents=3)), run(SMALL.replace(n_agents=3, agents=(Agent(joins=3),)))
    assert "present" not in always.to_csv() and "1,1,present,0\n" in late.to_csv()
    assert always.is_present.all() and late.is_present.sum() == 16


@pytest.mark.parametrize(
    ("rounds", "words"),
    [([0, 1, 1, 0], "rounds 2 to 3"), ([1, 0, 0, 1], "2 of 4 rounds"), ([0, 0], "no round"), ([0, 1], "round 2")],
)
def test_rounds_in_words(rounds: list[int], words: str) -> None:
    assert rounds_in_words([bool(one) for one in rounds]) == words
