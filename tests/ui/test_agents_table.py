"""The table of agents: what it shows of a scenario, and what a report of the data editor makes of one."""

from __future__ import annotations

from typing import Any

import pytest

from cgs_core import Scenario, ScenarioError
from cgs_core.data import federated_data
from cgs_core.scenario import Agent
from cgs_ui.controls.agents_table import edited_scenario, table_of

Cells = dict[str, Any]


def report(
    edited: dict[int, Cells] | None = None, added: tuple[Cells, ...] = (), deleted: tuple[int, ...] = ()
) -> Cells:
    """What Streamlit's data editor reports."""
    return {"edited_rows": edited or {}, "added_rows": list(added), "deleted_rows": list(deleted)}


def test_table_shows_each_agent_as_people_read_it():
    of_two = Agent(feature_noise=1.5, classes=(0, 3))
    private = Agent(conduct="private", privacy_noise=0.1, shell_of=3)
    agents = (Agent(label_noise=0.25), of_two, Agent(copy_of=0), Agent(conduct="free_rider"), private)
    scenario = Scenario(agents=agents)
    data = federated_data(scenario)
    table = table_of(scenario, data)
    assert list(table["Agent"]) == ["Agent 1", "Agent 2", "Agent 3", "Agent 4", "Agent 5"]
    assert list(table["Samples"]) == [shard.n_samples for shard in data.shards]
    assert list(table["Wrong labels"]) == [25.0, 0.0, 0.0, 0.0, 0.0]
    assert list(table["Blur"]) == [0.0, 1.5, 0.0, 0.0, 0.0]
    assert list(table["Conduct"]) == ["honest", "honest", "honest", "free rider", "private"]
    assert table["Copies"].iloc[2] == "Agent 1" and table["Copies"].notna().sum() == 1
    assert list(table["Classes"]) == [[], ["0", "3"], [], [], []]
    assert table["Shell of"].iloc[4] == "Agent 4" and table["Shell of"].notna().sum() == 1
    assert table["Noise σ"].iloc[4] == 0.1 and table["Noise σ"].notna().sum() == 1


def test_table_shows_who_is_not_always_there():
    scenario = Scenario(agents=(Agent(joins=20), Agent(leaves=30), Agent(delay=2)))
    table = table_of(scenario, federated_data(scenario))
    assert table["Joins"].iloc[0] == 20 and table["Leaves"].iloc[1] == 30 and table["Late"].iloc[2] == 2
    assert all(table[column].notna().sum() == 1 for column in ("Joins", "Leaves", "Late"))
    assert edited_scenario(scenario, report({0: {"Joins": None}})).agents[0] == Agent()


def test_nothing_edited_is_the_same_scenario():
    scenario = Scenario(agents=(Agent(label_noise=0.5),))
    assert edited_scenario(scenario, report()) == scenario


@pytest.mark.parametrize(
    ("cells", "agent"),
    [
        ({"Samples": 100}, Agent(shard_size=100)),
        ({"Samples": None}, Agent()),
        ({"Wrong labels": 60}, Agent(label_noise=0.6)),
        ({"Wrong labels": None}, Agent()),
        ({"Blur": 2}, Agent(feature_noise=2.0)),
        ({"Conduct": "sign flipper"}, Agent(conduct="sign_flipper")),
        ({"Conduct": "free rider", "Wrong labels": 10}, Agent(conduct="free_rider", label_noise=0.1)),
        ({"Copies": "Agent 4"}, Agent(copy_of=3)),
        ({"Copies": None}, Agent()),
        ({"Shell of": "Agent 4"}, Agent(shell_of=3)),
        ({"Shell of": None}, Agent()),
        ({"Conduct": "private", "Noise σ": 0.5}, Agent(conduct="private", privacy_noise=0.5)),
        ({"Noise σ": None}, Agent()),
        ({"Joins": 20, "Leaves": 30, "Late": 2}, Agent(joins=20, leaves=30, delay=2)),
        ({"Joins": None, "Leaves": None, "Late": None}, Agent()),
        ({"Classes": ["7", "1"]}, Agent(classes=(1, 7))),
        ({"Classes": []}, Agent()),
    ],
    ids=repr,
)
def test_an_edited_cell_changes_its_field(cells: dict[str, Any], agent: Agent):
    new = edited_scenario(Scenario(), report({1: cells}))
    assert new == Scenario(agents=(Agent(), agent))


def test_classes_go_by_the_data_sets_own_names():
    new = edited_scenario(Scenario(dataset="wine"), report({0: {"Classes": ["cultivar 3", "cultivar 1"]}}))
    assert new.agents == (Agent(classes=(0, 2)),)


def test_a_copy_drops_the_size_and_classes_that_it_would_contradict():
    base = Scenario(agents=(Agent(shard_size=50, classes=(1, 2), label_noise=0.2),))
    assert edited_scenario(base, report({0: {"Copies": "Agent 3"}})).agents == (Agent(copy_of=2, label_noise=0.2),)


def test_edits_of_several_rows_keep_what_was_there():
    base = Scenario(agents=(Agent(label_noise=0.1), Agent(), Agent(feature_noise=1.0)))
    new = edited_scenario(base, report({0: {"Blur": 0.5}, 4: {"Samples": 30}}))
    assert new.full_agents == (
        Agent(label_noise=0.1, feature_noise=0.5),
        Agent(),
        Agent(feature_noise=1.0),
        Agent(),
        Agent(shard_size=30),
    )


def test_added_rows_are_agents_that_join():
    new = edited_scenario(Scenario(), report(added=({}, {"Wrong labels": 30, "Copies": "Agent 1"})))
    assert new.n_agents == 7
    assert new.full_agents[5:] == (Agent(), Agent(label_noise=0.3, copy_of=0))


def test_deleted_rows_leave_and_copies_are_renumbered():
    agents = (Agent(), Agent(label_noise=0.2), Agent(shard_size=40), Agent(copy_of=2), Agent(copy_of=0))
    new = edited_scenario(Scenario(agents=agents), report(deleted=(0, 1)))
    assert new.n_agents == 3
    assert new.full_agents == (Agent(shard_size=40), Agent(copy_of=0), Agent())  # who copied a gone agent copies nobody


def test_a_shell_is_renumbered_too_and_drops_what_it_would_contradict():
    agents = (Agent(), Agent(), Agent(shell_of=1), Agent(shard_size=9), Agent(shell_of=0))
    new = edited_scenario(Scenario(agents=agents), report({3: {"Shell of": "Agent 2"}}, deleted=(0,)))
    assert new.full_agents == (Agent(), Agent(shell_of=0), Agent(shell_of=0), Agent())


def test_edited_added_and_deleted_at_once():
    base = Scenario(agents=(Agent(), Agent(), Agent(copy_of=1)))
    new = edited_scenario(base, report({3: {"Wrong labels": 50}}, ({"Samples": 20}, {"Copies": "Agent 4"}), (0,)))
    assert new.full_agents == (
        Agent(),
        Agent(copy_of=0),
        Agent(label_noise=0.5),
        Agent(),
        Agent(shard_size=20),
        Agent(copy_of=2),
    )


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Samples": 0}, "agents[1].shard_size"),
        ({"Samples": 2000}, "agents[1].shard_size"),
        ({"Wrong labels": 150}, "agents[1].label_noise"),
        ({"Blur": -1}, "agents[1].feature_noise"),
        ({"Copies": "Agent 2"}, "agents[1].copy_of"),
    ],
    ids=repr,
)
def test_an_invalid_cell_names_its_field(cells: dict[str, Any], field: str):
    with pytest.raises(ScenarioError) as caught:
        edited_scenario(Scenario(), report({1: cells}))
    assert caught.value.field == field


def test_a_copy_of_a_copy_is_refused():
    with pytest.raises(ScenarioError) as caught:
        edited_scenario(Scenario(agents=(Agent(copy_of=2),)), report({1: {"Copies": "Agent 1"}}))
    assert caught.value.field == "agents[1].copy_of"


@pytest.mark.parametrize(
    ("n_agents", "change", "left"),
    [(3, report(deleted=(0, 1)), 1), (2, report(deleted=(0, 1)), 0), (49, report(added=({}, {})), 51)],
    ids=["one left", "none left", "too many"],
)
def test_the_number_of_rows_must_be_a_number_of_agents(n_agents: int, change: dict[str, Any], left: int):
    with pytest.raises(ScenarioError) as caught:
        edited_scenario(Scenario(n_agents=n_agents), change)
    assert (caught.value.field, caught.value.got) == ("n_agents", left)


def test_joining_agents_may_not_outnumber_the_samples():
    new = edited_scenario(Scenario(n_samples=5), report(added=({},)))
    assert (new.n_agents, new.n_samples) == (6, None)
