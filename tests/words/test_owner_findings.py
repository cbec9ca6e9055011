"""Worth and pay by owner: who has several agents, their totals, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import run
from cgs_core.data import federated_data
from cgs_core.export.report import run_report
from cgs_core.scenario import Agent, Scenario
from cgs_core.scenario.owners import owners_of
from cgs_core.studies.owners import totals_by_owner
from cgs_core.words.owner_findings import owner_note, owner_rows
from tests.words.made_traces import made_trace

SENTENCES = {"dataset": "sentences", "model": "text_cnn", "split": "owners"}


def test_an_agent_and_its_shells_are_one_owners() -> None:
    scenario = Scenario(n_agents=6, agents=(Agent(shell_of=3), Agent(), Agent(copy_of=1), Agent(), Agent(shell_of=3)))
    assert [owner.agents for owner in owners_of(scenario)] == [(0, 3, 4), (1,), (2,), (5,)]
    assert {owner.name for owner in owners_of(scenario)} == {""}


def test_a_split_by_owner_gives_the_owners_their_agents_in_turn() -> None:
    scenario = Scenario(n_agents=6, agents=(Agent(), Agent(shell_of=0)), **SENTENCES)
    first, second, third = scenario.info.owner_names
    assert [(owner.name, owner.agents) for owner in owners_of(scenario)] == [
        (first, (0, 1, 4)),
        (second, (2, 5)),
        (third, (3,)),
    ]
    source = federated_data(scenario)
    whose = source.dataset.train_owners
    for place, owner in enumerate(owners_of(scenario)):
        for agent in owner.agents:
            assert (whose[source.shards[agent].source_index] == place).all()


def test_totals_are_sums_of_worth_and_means_of_pay() -> None:
    agents = (Agent(), Agent(), Agent(), Agent(shell_of=1))
    trace = made_trace(
        [[0.5, 0.1, 0.2, 0.4], [0.5, 0.3, 0.2, 0.2]],
        accuracy=[0.9, 0.7, 0.6, 0.8],
        ratio=[1.0, 0.5, 0.25, 0.75],
        agents=agents,
    )
    first, both, third = totals_by_owner(trace)
    assert (first.owner.agents, both.owner.agents, third.owner.agents) == ((0,), (1, 3), (2,))
    assert both.worth == pytest.approx(0.5) and both.share == pytest.approx(0.5 / 1.2)
    assert both.pay == pytest.approx(0.625) and both.best_accuracy == pytest.approx(0.8)
    assert owner_note(trace) == (
        "Agents 2 and 4 are one owner's: together they are worth 42\u00a0% of the whole, mean over 2 rounds, they "
        "are paid 62\u00a0% on average, and the best of their models gets 80.0\u00a0% right."
    )


def test_one_round_is_told_of_by_itself() -> None:
    trace = made_trace([[0.5, 0.1, 0.4], [0.5, 0.3, 0.2]], agents=(Agent(), Agent(), Agent(shell_of=1)))
    assert "worth 50\u00a0% of the whole, they" in str(owner_note(trace, 0))
    assert totals_by_owner(trace, 1)[1].worth == pytest.approx(0.5)


def test_worth_is_told_as_a_value_where_it_is_no_whole_to_share() -> None:
    trace = made_trace(
        [[0.5, -0.2, 0.9]], agents=(Agent(), Agent(), Agent(shell_of=0)), valuation="cgsv_approx", split="uniform"
    )
    assert totals_by_owner(trace)[0].share is None
    assert "together they are worth cosine 1.400, they" in str(owner_note(trace))


def test_nothing_is_said_where_everybody_is_one_agent() -> None:
    trace = made_trace([[0.5, 0.2, 0.9]], agents=(Agent(copy_of=1),))
    assert owner_note(trace) is None and totals_by_owner(trace) == ()


def test_of_many_owners_those_worth_most_and_least_are_told() -> None:
    shells = [Agent(shell_of=index) for index in range(4)]
    trace = made_trace([[0.1, 0.2, 0.3, 0.4] * 2], agents=(*(Agent(),) * 4, *shells))
    note = str(owner_note(trace))
    assert note.startswith("Agents 4 and 8 are") and "Agents 1 and 5 are" in note and "Agents 2" not in note


def test_the_rows_are_in_the_report() -> None:
    trace = run(Scenario(dataset="wine", n_agents=4, n_rounds=2, agents=(Agent(), Agent(shell_of=0))))
    data = federated_data(trace.scenario)
    rows = owner_rows(trace, data)
    sizes = np.array([shard.n_samples for shard in data.shards])
    assert [row["Owner"] for row in rows] == ["Agents 1 and 2", "Agent 3", "Agent 4"]
    assert rows[0]["Part of the samples"] == f"{100 * sizes[:2].sum() / sizes.sum():.0f} %"
    page = run_report(trace)
    assert str(owner_note(trace)).split(":")[0] in page.replace("&#x27;", "'")
    assert all(row["Worth"] in page for row in rows)
    alone = run_report(run(Scenario(dataset="wine", n_agents=3, n_rounds=1)))
    assert "By owner" not in alone
