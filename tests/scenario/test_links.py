"""Links that were changed by hand or made elsewhere: what is near is opened and said, the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cgs_core import Scenario, ScenarioError
from cgs_core.scenario import SCHEMA_VERSION, Agent, field_facts
from cgs_core.scenario.links import scenario_from_link
from cgs_core.scenario.text import packed


def test_a_link_as_it_was_made_opens_without_a_word():
    scenario = Scenario(n_agents=8, altruism_degree=float("inf"), agents=(Agent(label_noise=0.3), Agent(copy_of=0)))
    assert scenario_from_link(scenario.to_link()) == (scenario, ())


@pytest.mark.parametrize("name", [name for name in Scenario.model_fields if field_facts(name).minimum is not None])
def test_every_number_is_clamped_to_its_fields_bounds_and_named(name: str):
    facts = field_facts(name)
    kind = type(facts.default or 0)
    for came, used in ((kind(facts.minimum) - 1, facts.minimum), (10**9 if kind is int else 1e9, facts.maximum)):
        if used is None or name in ("n_samples", "n_validation"):
            continue
        if name.endswith("_seed"):
            came = came if came < 0 else 2**40
        scenario, notices = scenario_from_link(packed({name: came}))
        near = getattr(scenario, name)
        assert near == used or (facts.is_maximum_open and used - 0.01 < near < used)
        (words,) = notices
        head, _, said = words.removesuffix(" is used.").partition(" came, ")
        assert head == f"{name}: {came!r}" and float(said) == near


def test_the_data_set_bounds_samples_too():
    link = packed({"dataset": "wine", "n_samples": 5000, "n_validation": 5000, "agents": [{"shard_size": 9000}]})
    scenario, notices = scenario_from_link(link)
    n_train = scenario.info.n_train
    assert scenario.n_validation == n_train // 2 and scenario.n_samples == n_train - n_train // 2
    assert scenario.agents[0].shard_size == n_train
    assert [words.partition(":")[0] for words in notices] == ["n_samples", "n_validation", "agents[0].shard_size"]


OWN: dict[str, Any] = {
    "sha256": "0" * 64,
    "name": "boxes",
    "kind": "table",
    "shape": [3],
    "class_names": ["a", "b"],
    "n_train": 24,
    "n_test": 6,
}


def test_a_persons_own_data_bound_samples_and_agents():
    fields = {
        "dataset": "own",
        "own_data": OWN,
        "n_agents": 40,
        "n_samples": 5000,
        "n_validation": 500,
        "agents": [{"shard_size": 9000}, {"label_noise": 2}],
    }
    scenario, notices = scenario_from_link(packed(fields))
    assert (scenario.n_validation, scenario.n_samples, scenario.n_agents) == (12, 12, 12)
    assert scenario.agents == (Agent(shard_size=24), Agent(label_noise=1.0))
    assert notices == (
        "n_agents: 40 came, 12 is used.",
        "n_samples: 5000 came, 12 is used.",
        "n_validation: 500 came, 12 is used.",
        "agents[0].shard_size: 9000 came, 24 is used.",
        "agents[1].label_noise: 2 came, 1 is used.",
    )


def test_samples_are_at_least_one_for_each_agent():
    scenario, notices = scenario_from_link(packed({"n_agents": 9, "n_samples": 1}))
    assert scenario.n_samples == 9 and notices == ("n_samples: 1 came, 9 is used.",)


@pytest.mark.parametrize("own", [None, 3, {}, OWN | {"n_train": "x"}, OWN | {"colour": 1}])
def test_own_data_that_cannot_be_are_refused(own: Any):
    with pytest.raises(ScenarioError):
        scenario_from_link(packed({"dataset": "own", "own_data": own, "n_samples": 5000}))


def test_agents_too_many_and_out_of_range_are_named_by_their_place():
    scenario, notices = scenario_from_link(packed({"n_agents": 2, "agents": [{}, {"label_noise": 7}, {"repeats": 9}]}))
    assert scenario == Scenario(n_agents=2, agents=(Agent(), Agent(label_noise=1.0)))
    assert notices == ("agents: 3 came, the first 2 are used.", "agents[1].label_noise: 7 came, 1 is used.")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n_agents": "4"}, "n_agents"),
        ({"n_agents": True}, "n_agents"),
        ({"n_agents": 4.5}, "n_agents"),
        ({"valuation": "zz"}, "valuation"),
        ({"colour": 1}, "colour"),
        ({"agents": 3}, "agents"),
        ({"agents": [3]}, "agents[0]"),
        ({"agents": [{"conduct": 1}]}, "agents[0].conduct"),
        ({"agents": [{"copy_of": 7}]}, "agents[0].copy_of"),
        ({"schema_version": "x"}, "schema_version"),
        ({"schema_version": SCHEMA_VERSION + 1, "agents": 3}, "agents"),
    ],
)
def test_what_has_no_nearest_value_is_refused_by_name(fields: dict[str, Any], field: str):
    with pytest.raises(ScenarioError) as refusal:
        scenario_from_link(packed(fields))
    assert refusal.value.field == field


def test_a_newer_versions_link_says_so_and_opens_what_is_known_here():
    fields = {
        "schema_version": SCHEMA_VERSION + 1,
        "n_agents": 4,
        "weather": "wet",
        "split": "by_moon",
        "agents": [{"mood": 1, "label_noise": 0.5}],
    }
    scenario, notices = scenario_from_link(packed(fields))
    assert scenario == Scenario(n_agents=4, agents=(Agent(label_noise=0.5),))
    assert notices == (
        f"A newer version of the app made this link (schema {SCHEMA_VERSION + 1}; here {SCHEMA_VERSION}).",
        "weather: not known here, left out.",
        "split: 'by_moon' is not known here, 'powerlaw' is used.",
        "agents[0].mood: not known here, left out.",
    )


def test_eight_edited_agents_fit_a_short_link():
    agents = tuple(
        Agent(
            shard_size=100 + 37 * index,
            label_noise=0.137 * index / 2,
            feature_noise=1.234 + index / 7,
            classes=(index % 3, 4, 5 + index % 5),
            repeats=1 + index % 4,
            conduct="free_rider",
        )
        for index in range(8)
    )
    changes: dict[str, Any] = {}
    for name in Scenario.model_fields:
        facts = field_facts(name)
        if facts.choices:
            changes[name] = facts.choices[-1]
        elif isinstance(facts.default, float):
            changes[name] = facts.default * 0.987654
    changes |= {
        "n_agents": 8,
        "importance_rule": "cffl",
        "dataset": "mnist",
        "split": "dirichlet",
        "model": "paper_cifar",
        "n_samples": 3210,
        "n_validation": 321,
        "data_seed": 4294967295,
        "start_seed": 4294967294,
        "agents": agents,
    }
    assert len(Scenario(**changes).to_link()) < 1_500
