"""A scenario is checked field by field and as a whole, and every refusal says what was wrong."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, get_args

import pytest

from cgs_core.scenario import (
    MAX_AGENTS,
    MAX_EDITED_SAMPLES,
    Agent,
    DatasetName,
    FieldFacts,
    Scenario,
    field_facts,
    models_for,
)
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.scenario.choices import VALUATIONS
from cgs_core.scenario.own_data import OWN_NAME
from tests.scenario.refusals import refused

OWNERS: tuple[type[Agent] | type[Scenario], ...] = (Scenario, Agent)
FACTS = [(owner, field_facts(name, of=owner)) for owner in OWNERS for name in owner.model_fields]
LOW = [(owner, facts) for owner, facts in FACTS if facts.minimum is not None]
HIGH = [(owner, facts) for owner, facts in FACTS if facts.maximum is not None]
CHOICES = [(owner, facts) for owner, facts in FACTS if facts.choices]
MAXIMUM_IS_OUTSIDE = {"importance_smoothing"}
INTEGERS = {
    name for owner in OWNERS for name, field in owner.model_fields.items() if field.annotation in (int, int | None)
}
ROOM = {
    "n_samples": {"dataset": "mnist", "n_agents": 2},
    "n_validation": {"dataset": "mnist"},
}  # where both ends of the field's range are possible


def ids(pairs: list[tuple[Any, FieldFacts]]) -> list[str]:
    return [f"{owner.__name__}.{facts.name}" for owner, facts in pairs]


def make(owner: type[Agent] | type[Scenario], name: str, value: object) -> Agent | Scenario:
    return owner(**ROOM.get(name, {}), **{name: value})


def neighbour(name: str, value: float, towards: float) -> float:
    """The nearest number that the field's type can hold."""
    return value + int(math.copysign(1, towards)) if name in INTEGERS else math.nextafter(value, towards)


# -- single fields -----------------------------------------------------------------------------------------


def test_every_number_has_a_lower_bound_and_all_but_three_an_upper() -> None:
    numbers = [facts for owner, facts in FACTS if facts.name in INTEGERS or isinstance(facts.default, float)]
    assert [facts.name for facts in numbers if facts.minimum is None] == []
    assert {facts.name for facts in numbers if facts.maximum is None} == {"altruism_degree", "copy_of", "shell_of"}


@pytest.mark.parametrize(("owner", "facts"), LOW, ids=ids(LOW))
def test_the_minimum_is_taken_and_just_below_it_is_not(owner: type[Scenario], facts: FieldFacts) -> None:
    assert getattr(make(owner, facts.name, facts.minimum), facts.name) == facts.minimum
    below = neighbour(facts.name, facts.minimum, -math.inf)
    error = refused(lambda: make(owner, facts.name, below), facts.name)
    assert error.got == below
    assert str(facts.minimum) in error.allowed


@pytest.mark.parametrize(("owner", "facts"), HIGH, ids=ids(HIGH))
def test_the_maximum_is_taken_and_just_above_it_is_not(owner: type[Scenario], facts: FieldFacts) -> None:
    inside, outside = facts.maximum, neighbour(facts.name, facts.maximum, math.inf)
    if facts.name in MAXIMUM_IS_OUTSIDE:
        inside, outside = neighbour(facts.name, facts.maximum, -math.inf), facts.maximum
    assert getattr(make(owner, facts.name, inside), facts.name) == inside
    error = refused(lambda: make(owner, facts.name, outside), facts.name)
    assert error.got == outside
    assert str(facts.maximum) in error.allowed


@pytest.mark.parametrize(("owner", "facts"), CHOICES, ids=ids(CHOICES))
def test_choices(owner: type[Scenario], facts: FieldFacts) -> None:
    for choice in set(facts.choices) - {OWN_NAME}:  # that one needs own_data
        others: dict[str, object] = {"n_validation": 20, "dataset": "mnist"} if owner is Scenario else {}
        if choice in ("sentences", "owners", "text_cnn"):  # which need one another
            others |= {"dataset": "sentences", "model": "text_cnn"}
        assert getattr(owner(**(others | {facts.name: choice})), facts.name) == choice
    error = refused(lambda: owner(**{facts.name: "no such"}), facts.name)
    assert all(choice in error.allowed for choice in facts.choices)
    refused(lambda: owner(**{facts.name: facts.choices[0].upper()}), facts.name)


def test_the_catalogue_holds_the_data_sets_that_may_be_named() -> None:
    assert {*DATASETS, OWN_NAME} == set(get_args(DatasetName))


@pytest.mark.parametrize(("owner", "facts"), FACTS, ids=ids(FACTS))
@pytest.mark.parametrize("value", [{}, object(), b"5"], ids=["object", "thing", "bytes"])
def test_values_of_a_wrong_type(owner: type[Scenario], facts: FieldFacts, value: object) -> None:
    missing = ".sha256" if (facts.name, value) == ("own_data", {}) else ""
    refused(lambda: owner(**{facts.name: value}), facts.name + missing)


@pytest.mark.parametrize(("owner", "facts"), LOW, ids=ids(LOW))
@pytest.mark.parametrize("value", [True, "5", [5], math.nan, -math.inf], ids=repr)
def test_what_is_no_number_is_not_taken_for_one(owner: type[Scenario], facts: FieldFacts, value: object) -> None:
    refused(lambda: owner(**{facts.name: value}), facts.name)


@pytest.mark.parametrize("name", sorted(INTEGERS))
@pytest.mark.parametrize("value", [2.0, 2.5, math.inf], ids=repr)
def test_a_fraction_is_no_whole_number(name: str, value: float) -> None:
    owner = Agent if name in Agent.model_fields else Scenario
    assert "whole number" in refused(lambda: owner(**{name: value}), name).allowed


def test_only_altruism_may_be_infinite() -> None:
    assert Scenario(altruism_degree=math.inf) == Scenario(altruism_degree="inf")
    assert '"inf"' in refused(lambda: Scenario(altruism_degree="infinity"), "altruism_degree").allowed
    for name in ("learning_rate", "update_norm", "concentration", "importance_smoothing", "learning_rate_decay"):
        refused(lambda name=name: Scenario(**{name: math.inf}), name)
        refused(lambda name=name: Scenario(**{name: "inf"}), name)


def test_nothing_is_null_but_what_says_so() -> None:
    nullable = {(owner, facts.name) for owner, facts in FACTS if facts.default is None}
    for owner, facts in FACTS:
        if (owner, facts.name) in nullable:
            assert getattr(owner(**{facts.name: None}), facts.name) is None
        else:
            refused(lambda owner=owner, name=facts.name: owner(**{name: None}), facts.name)


@pytest.mark.parametrize("owner", OWNERS)
def test_unknown_fields_are_refused_with_the_list_of_fields(owner: type[Scenario]) -> None:
    error = refused(lambda: owner(colour="red"), "colour")
    assert all(name in error.allowed for name in owner.model_fields)
    assert error.got == "red"


def test_an_agents_error_names_the_agent_and_the_agents_fields() -> None:
    error = refused(lambda: Scenario(agents=[{}, {"colour": "red"}]), "agents[1].colour")
    assert "label_noise" in error.allowed and "n_rounds" not in error.allowed
    refused(lambda: Scenario(agents=[{}, {}, {"label_noise": 1.5}]), "agents[2].label_noise")
    refused(lambda: Scenario(agents=[{}, 3]), "agents[1]")
    refused(lambda: Scenario(agents=3), "agents")


def test_a_scenario_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Scenario().n_rounds = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        Agent().label_noise = 0.3  # type: ignore[misc]
    assert hash(Scenario(seed=4)) == hash(Scenario(data_seed=4, start_seed=4))


def test_every_field_has_a_title_and_a_help_text() -> None:
    assert all(facts.title and facts.help.endswith((".", ")")) for _, facts in FACTS)


# -- fields together ---------------------------------------------------------------------------------------


def test_samples_are_enough_for_the_agents_and_not_more_than_there_are() -> None:
    n_train = DATASETS["wine"].n_train
    for n_samples in (7, n_train):
        assert Scenario(dataset="wine", n_agents=7, n_samples=n_samples).total_samples == n_samples
    for n_samples in (6, n_train + 1):
        error = refused(lambda n=n_samples: Scenario(dataset="wine", n_agents=7, n_samples=n), "n_samples")
        assert "7" in error.allowed and str(n_train) in error.allowed


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n_agents", [2, 5, MAX_AGENTS])
def test_samples_without_a_number_are_the_usual_or_all(name: str, n_agents: int) -> None:
    info = DATASETS[name]
    model = "text_cnn" if info.kind == "text" else "mlp"
    total = Scenario(dataset=name, n_agents=n_agents, model=model).total_samples
    assert total == min(info.n_train, n_agents * info.samples_per_agent)
    assert total >= n_agents


def test_too_many_agents_listed() -> None:
    assert len(Scenario(n_agents=3, agents=(Agent(label_noise=0.1),) * 3).full_agents) == 3
    assert refused(lambda: Scenario(n_agents=3, agents=(Agent(label_noise=0.1),) * 4), "agents").got == 4
    refused(lambda: Scenario(n_agents=MAX_AGENTS, agents=(Agent(label_noise=0.1),) * (MAX_AGENTS + 1)), "agents")


def test_an_agent_that_holds_nothing() -> None:
    error = refused(lambda: Scenario(agents=[{"shard_size": 0}]), "agents[0].shard_size")
    assert error.got == 0 and "from 1" in error.allowed
    refused(lambda: Scenario(agents=[{"classes": []}]), "agents[0].classes")


def test_a_shard_is_not_larger_than_the_training_set() -> None:
    n_train = DATASETS["wine"].n_train
    Scenario(dataset="wine", agents=(Agent(shard_size=n_train),))
    too_large = (Agent(), Agent(shard_size=n_train + 1))
    error = refused(lambda: Scenario(dataset="wine", agents=too_large), "agents[1].shard_size")
    assert str(n_train) in error.allowed


def test_edited_shards_have_a_sum_that_fits_in_memory() -> None:
    most = MAX_EDITED_SAMPLES // 12_000
    Scenario(dataset="mnist", n_agents=most, agents=(Agent(shard_size=12_000),) * most)
    agents = (*(Agent(shard_size=12_000),) * most, Agent(shard_size=1))
    error = refused(lambda: Scenario(dataset="mnist", n_agents=most + 1, agents=agents), "agents")
    assert error.got == MAX_EDITED_SAMPLES + 1 and str(MAX_EDITED_SAMPLES) in error.allowed


@pytest.mark.parametrize("classes", [(3,), (-1,), (0, 0), (0, 1, 2, 3)])
def test_classes_are_different_ones_of_the_data_set(classes: tuple[int, ...]) -> None:
    wines = {"dataset": "wine", "agents": (Agent(), Agent(classes=classes))}
    error = refused(lambda: Scenario(**wines), "agents[1].classes")
    assert "from 0 to 2" in error.allowed and error.got == list(classes)


@pytest.mark.parametrize("classes", [(True,), (0.0,), ("0",), "0", 0], ids=repr)
def test_classes_are_whole_numbers(classes: object) -> None:
    assert (
        "list"
        in refused(
            lambda: Agent(classes=classes), "classes" if isinstance(classes, str | int) else "classes[0]"
        ).allowed
    )


def test_all_classes_of_a_data_set_may_be_named() -> None:
    assert Scenario(dataset="wine", agents=(Agent(classes=[2, 0, 1]),)).agents[0].classes == (2, 0, 1)


def test_copies() -> None:
    assert Scenario(agents=(Agent(copy_of=4), Agent(copy_of=4))).n_agents == 5
    Scenario(agents=(Agent(copy_of=1, label_noise=0.5, feature_noise=1.0, conduct="sign_flipper"), Agent(shard_size=9)))
    for agents, index in (
        ((Agent(copy_of=0),), 0),
        ((Agent(), Agent(copy_of=5)), 1),
        ((Agent(copy_of=1), Agent(copy_of=2)), 0),
        ((Agent(copy_of=1), Agent(copy_of=0)), 0),
        ((Agent(copy_of=1, shard_size=9),), 0),
        ((Agent(), Agent(copy_of=0, classes=(1,))), 1),
    ):
        refused(lambda agents=agents: Scenario(agents=agents), f"agents[{index}].copy_of")


def test_shells() -> None:
    assert Scenario(agents=(Agent(shell_of=4), Agent(shell_of=4))).n_shards == 3
    Scenario(agents=(Agent(shell_of=1, label_noise=0.5, conduct="echo"), Agent(shard_size=9), Agent(copy_of=0)))
    for agents, index in (
        ((Agent(shell_of=0),), 0),
        ((Agent(), Agent(shell_of=5)), 1),
        ((Agent(shell_of=1), Agent(shell_of=2)), 0),
        ((Agent(shell_of=1), Agent(copy_of=2)), 0),
        ((Agent(shell_of=1, shard_size=9),), 0),
        ((Agent(), Agent(shell_of=0, classes=(1,))), 1),
        ((Agent(), Agent(shell_of=0, copy_of=2)), 1),
        ((Agent(), *(Agent(shell_of=0),) * 4), 1),
    ):
        refused(lambda agents=agents: Scenario(agents=agents), f"agents[{index}].shell_of")


@pytest.mark.parametrize("name", DATASETS)
def test_text_has_a_model_of_its_own(name: str) -> None:
    if DATASETS[name].kind == "text":
        assert Scenario(dataset=name, model="text_cnn").model == "text_cnn"
        assert name in refused(lambda: Scenario(dataset=name), "model").allowed
    else:
        error = refused(lambda: Scenario(dataset=name, model="text_cnn"), "model")
        assert "sentences" in error.allowed and name in error.allowed


@pytest.mark.parametrize("name", DATASETS)
def test_only_data_that_have_owners_are_split_by_them(name: str) -> None:
    model = "text_cnn" if DATASETS[name].kind == "text" else "mlp"
    if DATASETS[name].owner_names:
        assert Scenario(dataset=name, model=model, split="owners").split == "owners"
    else:
        error = refused(lambda: Scenario(dataset=name, model=model, split="owners"), "split")
        assert "sentences" in error.allowed and name in error.allowed


def test_words_are_not_blurred_but_may_have_wrong_labels() -> None:
    agents = (Agent(), Agent(label_noise=0.5))
    assert Scenario(dataset="sentences", model="text_cnn", agents=agents).agents == agents
    blurred = (Agent(), Agent(feature_noise=0.5))
    refused(lambda: Scenario(dataset="sentences", model="text_cnn", agents=blurred), "agents[1].feature_noise")


@pytest.mark.parametrize("name", DATASETS)
def test_the_convolutional_model_needs_images(name: str) -> None:
    if DATASETS[name].kind == "image":
        assert Scenario(dataset=name, model="cnn").model == "cnn"
    else:
        error = refused(lambda: Scenario(dataset=name, model="cnn"), "model")
        assert name in error.allowed
        assert DATASETS[name].kind == "text" or ("digits" in error.allowed and "mnist" in error.allowed)


@pytest.mark.parametrize("model", ["paper_mnist", "paper_cifar"])
def test_the_papers_nets_need_images_of_sixteen_pixels(model: str) -> None:
    assert Scenario(dataset="fashion_mnist", model=model).model == model
    error = refused(lambda: Scenario(dataset="digits", model=model), "model")
    assert "mnist" in error.allowed and "'digits' takes logistic, mlp, cnn" in error.allowed


def test_models_for_an_image_depend_on_its_height_and_width_not_on_its_colours() -> None:
    grey = DATASETS["mnist"]
    assert models_for(replace(grey, shape=(16, 40, 3))) == ("logistic", "mlp", "cnn", "paper_mnist", "paper_cifar")
    assert models_for(replace(grey, shape=(15, 40, 3))) == ("logistic", "mlp", "cnn")
    assert models_for(replace(grey, shape=(28, 3))) == ("logistic", "mlp")


@pytest.mark.parametrize("valuation", [name for name, one in VALUATIONS.items() if one.needs_validation])
def test_some_valuations_need_samples_set_aside(valuation: str) -> None:
    assert Scenario(valuation=valuation, n_validation=1).n_validation == 1
    error = refused(lambda: Scenario(valuation=valuation), "n_validation")
    assert valuation in error.allowed and error.got == 0


def test_at_most_half_of_the_training_samples_are_set_aside() -> None:
    assert Scenario(dataset="wine", n_validation=71).n_pool == 71
    error = refused(lambda: Scenario(dataset="wine", n_validation=72), "n_validation")
    assert "71" in error.allowed and "wine" in error.allowed
    assert Scenario(dataset="moons", n_validation=2_000).n_pool == 3_000  # a toy draws them in addition


def test_samples_set_aside_are_not_shared_out() -> None:
    assert Scenario(dataset="wine", n_validation=42).total_samples == 100
    Scenario(dataset="wine", n_validation=42, n_samples=100)
    error = refused(lambda: Scenario(dataset="wine", n_validation=42, n_samples=101), "n_samples")
    assert "100" in error.allowed and "42" in error.allowed


# -- changed copies and ids ----------------------------------------------------------------------------------


def test_replace_changes_what_is_named_and_checks_the_whole() -> None:
    scenario = Scenario(n_rounds=7, agents=(Agent(label_noise=0.5),))
    assert scenario.replace(n_rounds=9) == Scenario(n_rounds=9, agents=(Agent(label_noise=0.5),))
    assert scenario.replace() == scenario and scenario.n_rounds == 7
    refused(lambda: scenario.replace(n_rounds=0), "n_rounds")
    refused(lambda: scenario.replace(colour="red"), "colour")
    refused(lambda: scenario.replace(model="cnn", dataset="wine"), "model")


def test_seed_stands_for_both_seeds() -> None:
    assert Scenario().replace(seed=3) == Scenario(seed=3) == Scenario(data_seed=3, start_seed=3)
    assert Scenario(seed=3).replace(start_seed=4) == Scenario(data_seed=3, start_seed=4)
    assert Scenario().replace(seed=3, start_seed=4) == Scenario(data_seed=3, start_seed=4)
    refused(lambda: Scenario(seed=-1), "data_seed")
    refused(lambda: Scenario.from_json('{"seed": 3}'), "seed")


def test_ids_are_those_of_every_version() -> None:
    """If this fails, links to stored runs are dead: raise SCHEMA_VERSION, or undo the change."""
    assert Scenario().scenario_id == "798e1fee104b"
    edited = Scenario(
        dataset="wine", seed=7, altruism_degree=math.inf, agents=(Agent(), Agent(label_noise=0.25, classes=(0, 2)))
    )
    assert edited.scenario_id == "1330c7f3db02"


def test_an_id_does_not_depend_on_how_the_scenario_was_written() -> None:
    assert Scenario(**{facts.name: facts.default for owner, facts in FACTS if owner is Scenario}) == Scenario()
    plain = Scenario(n_agents=4, agents=(Agent(label_noise=0.5),))
    wordy = Scenario(agents=(Agent(label_noise=0.5, conduct="honest"), Agent(), Agent()), n_agents=4, n_rounds=50)
    assert wordy == plain and wordy.scenario_id == plain.scenario_id and wordy.to_link() == plain.to_link()
    assert Scenario(agents=(Agent(),) * 5).scenario_id == Scenario().scenario_id
    assert Scenario(altruism_degree=2).scenario_id == Scenario(altruism_degree=2.0).scenario_id
    assert Scenario(importance_smoothing=-0.0).scenario_id == Scenario(importance_smoothing=0.0).scenario_id


def test_an_id_depends_on_every_field() -> None:
    other = {
        "dataset": "mnist",
        "split": "uniform",
        "model": "logistic",
        "mask_scope": "layer",
        "valuation": "cgsv_exact",
        "n_samples": 90,
        "agents": (Agent(), Agent(conduct="free_rider")),
        "importance_smoothing": 0.5,
        "learning_rate_decay": 0.9,
        "importance_rule": "cffl",
        "upload_scaling": "as_trained",
        "aggregation_weight": "data_size",
        "reward_rule": "full",
        "reward_equality": 0.25,
        "sync_probability": 0.5,
        "sync_fraction": 0.25,
        "participation": 0.5,
    }
    changed = [
        {name: other.get(name, field_facts(name).default + 1 if name not in other else None)}
        for name in Scenario.model_fields
        if name != "own_data"
    ]
    assert len({Scenario(**change).scenario_id for change in [{}, *changed]}) == len(Scenario.model_fields)


def test_an_id_is_twelve_hexadecimal_digits() -> None:
    assert len(Scenario().scenario_id) == 12
    int(Scenario().scenario_id, 16)


def test_json_names_every_field() -> None:
    named = json.loads(Scenario(participation=0.5, agents=(Agent(joins=2, leaves=9, delay=1),)).to_json())
    assert set(named) == {"schema_version", *Scenario.model_fields}
    assert set(named["agents"][0]) == set(Agent.model_fields)


def test_who_is_always_there_is_written_as_before_anybody_could_be_absent() -> None:
    """Files, links and ids of a scenario do not know of absence where there is none."""
    scenario = Scenario(agents=(Agent(label_noise=0.5),))
    written = json.loads(scenario.to_json())
    assert "participation" not in written and not {"joins", "leaves", "delay"} & set(written["agents"][0])
    assert Scenario().scenario_id == "798e1fee104b" and scenario.scenario_id == "fb4d8c7b6c1d"
    explicit = Scenario(participation=1.0, agents=(Agent(label_noise=0.5, joins=1, leaves=None, delay=0),))
    assert explicit == scenario and explicit.to_json() == scenario.to_json()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("agents", {"agents": (Agent(joins=2),) * 5}),
        ("agents[0].leaves", {"agents": (Agent(joins=7, leaves=6),)}),
        ("agents", {"n_agents": 2, "agents": (Agent(leaves=9), Agent(joins=11))}),
        ("reward_rule", {"participation": 0.5, "reward_rule": "sampled_sync"}),
        ("importance_rule", {"agents": (Agent(delay=1),), "importance_rule": "explored"}),
        ("participation", {"participation": 0.0}),
        ("participation", {"participation": "often"}),
    ],
)
def test_a_presence_that_makes_no_sense_is_refused(field: str, changes: dict[str, Any]) -> None:
    refused(lambda: Scenario(**changes), field)
