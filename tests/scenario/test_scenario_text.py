"""A scenario as JSON and as a link: the same comes back, and what is damaged is refused in one sentence."""

from __future__ import annotations

import base64
import json
import sys
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.scenario import MAX_AGENTS, SCHEMA_VERSION, Agent, Scenario, choice_of, field_facts, models_for
from cgs_core.scenario import scenario as scenario_module
from cgs_core.scenario.catalogue import DATASETS
from tests.scenario.refusals import refused

MAX_LINK_LENGTH = 600


def _numbers(name: str, of: type[Agent] | type[Scenario] = Scenario, **edge: Any) -> st.SearchStrategy[Any]:
    facts = field_facts(name, of=of)
    whole = isinstance(facts.default, int) and not isinstance(facts.default, bool)
    draw = st.integers if whole else st.floats
    return draw(facts.minimum, facts.maximum, **edge)


MODELS = {
    "image": ("logistic", "mlp", "cnn"),
    "table": ("logistic", "mlp"),
    "plane": ("logistic", "mlp"),
    "text": ("text_cnn",),
}


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any scenario that is allowed, up to six agents edited."""
    dataset = draw(st.sampled_from(sorted(DATASETS)))
    info = DATASETS[dataset]
    n_agents = draw(st.integers(2, MAX_AGENTS))
    one_agent = st.builds(
        Agent,
        shard_size=st.none() | st.integers(1, min(info.n_train, 10_000)),
        label_noise=_numbers("label_noise", Agent),
        feature_noise=st.just(0.0) if info.kind == "text" else _numbers("feature_noise", Agent),
        classes=st.none() | st.lists(st.integers(0, info.n_classes - 1), min_size=1, unique=True).map(tuple),
        conduct=st.sampled_from(field_facts("conduct", Agent).choices),
        privacy_noise=_numbers("privacy_noise", Agent),
    )
    agents = draw(st.lists(st.just(Agent()) | one_agent, max_size=min(n_agents, 6)))
    if len(agents) > 1 and draw(st.booleans()):
        tie = draw(st.sampled_from(["copy_of", "shell_of"] if n_agents > 2 else ["copy_of"]))
        agents[-1] = Agent(**{tie: 0}, label_noise=draw(_numbers("label_noise", Agent)))
    fields = {
        name: draw(_numbers(name))
        for name in (
            "concentration",
            "hidden_units",
            "n_rounds",
            "local_epochs",
            "batch_size",
            "learning_rate",
            "learning_rate_decay",
            "update_norm",
            "altruism_degree",
            "data_seed",
            "start_seed",
            "loss_exponent",
            "reward_equality",
            "sync_probability",
            "sync_fraction",
        )
    }

    def fits(name: str, one: str) -> bool:
        return n_agents <= (choice_of(name, one).most_agents or n_agents)

    rules = {
        name: draw(st.sampled_from(field_facts(name).choices).filter(lambda one, name=name: fits(name, one)))
        for name in ("valuation", "importance_rule", "aggregation_weight", "reward_rule", "mask_scope")
    }
    needed = int(any(choice_of(name, rules[name]).needs_validation for name in ("valuation", "reward_rule")))
    n_validation = draw(st.integers(needed, min(2_000, info.n_train // 2)))
    n_pool = info.n_train - (0 if info.kind == "plane" else n_validation)
    return Scenario(
        dataset=dataset,
        n_agents=n_agents,
        n_samples=draw(st.none() | st.integers(n_agents, n_pool)),
        n_validation=n_validation,
        agents=tuple(agents),
        split=draw(
            st.sampled_from([split for split in field_facts("split").choices if info.owner_names or split != "owners"])
        ),
        model=draw(st.sampled_from(models_for(info))),
        importance_smoothing=draw(_numbers("importance_smoothing", exclude_max=True)),
        **fields,
        **rules,
    )


@given(scenarios())
def test_json_gives_the_same_scenario_back(scenario: Scenario) -> None:
    back = Scenario.from_json(scenario.to_json())
    assert back == scenario and back.scenario_id == scenario.scenario_id
    assert Scenario.from_json(scenario.to_json().encode()) == scenario


@given(scenarios())
def test_a_link_gives_the_same_scenario_back(scenario: Scenario) -> None:
    link = scenario.to_link()
    assert Scenario.from_link(link) == scenario
    assert all(char.isalnum() or char in "-_" for char in link)


@given(scenarios(), scenarios())
def test_only_equal_scenarios_have_one_id(one: Scenario, other: Scenario) -> None:
    assert (one == other) == (one.scenario_id == other.scenario_id)


# -- JSON ----------------------------------------------------------------------------------------------------


def test_fields_that_are_left_out_have_their_defaults() -> None:
    assert Scenario.from_json("{}") == Scenario()
    assert Scenario.from_json('{"schema_version": 1, "n_rounds": 9, "agents": [{}, {"label_noise": 0.5}]}') == Scenario(
        n_rounds=9, agents=(Agent(), Agent(label_noise=0.5))
    )


NOT_JSON = {
    "empty": ("", "line 1"),
    "open": ("{", "line 1"),
    "quotes": ("{'n_rounds': 3}", "line 1"),
    "comma": ('{"n_rounds": 3,\n}', "line 1" if sys.version_info >= (3, 13) else "line 2"),
    "third line": ('{\n"n_rounds": 3,\n!', "line 3"),
    "zero": ("\x00", "line 1"),
    "deep": ("[" * 100_000, "scenario"),
    "half character": ('{"\\ud800": 1}', "scenario"),
}


@pytest.mark.parametrize(("text", "place"), NOT_JSON.values(), ids=list(NOT_JSON))
def test_what_is_not_json(text: str, place: str) -> None:
    assert "must be JSON" in refused(lambda: Scenario.from_json(text), place).allowed


TWICE = {
    "field": ('{"n_rounds": 3, "n_agents": 4, "n_rounds": 3}', "n_rounds"),
    "agent's field": ('{"agents": [{}, {"label_noise": 0.1, "label_noise": 0.2}]}', "label_noise"),
    "unknown": ('{"hue": 1, "hue": 2}', "hue"),
    "half character": ('{"\\ud800": 1, "\\ud800": 2}', "?"),
}


@pytest.mark.parametrize(("text", "field"), TWICE.values(), ids=list(TWICE))
def test_a_key_that_stands_twice_in_an_object_is_named(text: str, field: str) -> None:
    assert refused(lambda: Scenario.from_json(text), field).allowed == "must stand in its object once"
    assert Scenario.from_json('{"agents": [{"repeats": 2}, {"repeats": 2}]}').agents[1].repeats == 2


@pytest.mark.parametrize("text", ["[]", "3", '"digits"', "null", "true"])
def test_what_is_no_object(text: str) -> None:
    assert "object" in refused(lambda: Scenario.from_json(text), "scenario").allowed


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("field", ["altruism_degree", "learning_rate", "n_rounds", "colour"])
def test_numbers_that_are_not_json(number: str, field: str) -> None:
    assert refused(lambda: Scenario.from_json(f'{{"{field}": {number}}}'), "scenario").got == number


def test_a_number_too_large_to_hold_is_out_of_range() -> None:
    refused(lambda: Scenario.from_json('{"learning_rate": 1e999}'), "learning_rate")
    refused(lambda: Scenario.from_json('{"n_rounds": 1' + "0" * 400 + "}"), "n_rounds")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"n_rounds": true}', "n_rounds"),
        ('{"n_rounds": 3.0}', "n_rounds"),
        ('{"n_rounds": "3"}', "n_rounds"),
        ('{"dataset": 3}', "dataset"),
        ('{"colour": 3}', "colour"),
        ('{"agents": {}}', "agents"),
        ('{"agents": [[]]}', "agents[0]"),
        ('{"agents": [{"classes": ["a"]}]}', "agents[0].classes[0]"),
        ('{"": 1}', ""),
    ],
)
def test_a_wrong_field_of_a_file_is_named(text: str, field: str) -> None:
    refused(lambda: Scenario.from_json(text), field)


def test_a_file_that_is_too_long() -> None:
    assert "bytes" in refused(lambda: Scenario.from_json("{}" + " " * 200_000), "scenario").allowed


# -- versions --------------------------------------------------------------------------------------------------


def test_a_newer_version_is_told_from_a_damaged_one() -> None:
    newer = json.dumps({"schema_version": SCHEMA_VERSION + 1, "a_new_field": 3})
    error = refused(lambda: Scenario.from_json(newer), "schema_version")
    assert "newer version" in error.allowed and error.got == SCHEMA_VERSION + 1
    for version in (0, -1, True, "1", 1.0, None):
        text = json.dumps({"schema_version": version})
        assert "newer" not in refused(lambda text=text: Scenario.from_json(text), "schema_version").allowed


def test_an_old_file_is_led_through_every_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    def passes_become_turns(fields: dict[str, Any]) -> dict[str, Any]:
        return {{"passes": "turns"}.get(name, name): value for name, value in fields.items()}

    def turns_become_local_epochs(fields: dict[str, Any]) -> dict[str, Any]:
        return {{"turns": "local_epochs"}.get(name, name): value for name, value in fields.items()}

    monkeypatch.setattr(scenario_module, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(scenario_module, "MIGRATIONS", {1: passes_become_turns, 2: turns_become_local_epochs})
    for version, name in ((1, "passes"), (2, "turns"), (3, "local_epochs")):
        old = Scenario.from_json(json.dumps({"schema_version": version, name: 7}))
        assert old == Scenario(local_epochs=7)
    refused(lambda: Scenario.from_json('{"schema_version": 3, "passes": 7}'), "passes")
    assert json.loads(Scenario().to_json())["schema_version"] == 3


def test_every_old_version_has_a_migration() -> None:
    assert set(scenario_module.MIGRATIONS) == set(range(1, SCHEMA_VERSION))


# -- links -------------------------------------------------------------------------------------------------------

EIGHT_EDITED = Scenario(
    dataset="mnist",
    n_agents=8,
    n_samples=4000,
    n_rounds=123,
    altruism_degree=2.375,
    seed=987_654_321,
    agents=tuple(
        Agent(
            shard_size=137 + 61 * agent,
            label_noise=round(0.03 + 0.11 * agent, 2),
            feature_noise=round(0.7 + 0.37 * agent, 2),
            classes=tuple(range(agent, 10)),
            conduct=conduct,
        )
        for agent, conduct in enumerate(("free_rider", "sign_flipper") * 4)
    ),
)


def test_a_link_of_eight_edited_agents_is_short() -> None:
    assert len(EIGHT_EDITED.to_link()) < MAX_LINK_LENGTH
    assert len(Scenario().to_link()) < 60


def test_a_link_that_is_cut_short() -> None:
    link = EIGHT_EDITED.to_link()
    for length in range(len(link) - 1):
        refused(lambda length=length: Scenario.from_link(link[:length]), "link")


def test_a_link_with_one_wrong_character_is_refused() -> None:
    link = EIGHT_EDITED.to_link()
    for place in range(0, len(link) - 1, 3):
        wrong = link[:place] + ("A" if link[place] != "A" else "B") + link[place + 1 :]
        refused(lambda wrong=wrong: Scenario.from_link(wrong), "link")


@pytest.mark.parametrize("text", ["", "x", "n_rounds=3", "é" * 8, "%%%%", "A" * 5000])
def test_what_is_no_link(text: str) -> None:
    assert refused(lambda: Scenario.from_link(text), "link").got == text


def test_a_link_that_unpacks_to_far_too_much_is_refused_unopened() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000, 9)).decode()
    tracemalloc.start()
    try:
        refused(lambda: Scenario.from_link(bomb), "link")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_a_whole_link_with_a_wrong_scenario_names_the_field() -> None:
    def link(text: str) -> str:
        return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")

    refused(lambda: Scenario.from_link(link('{"n_rounds": 0}')), "n_rounds")
    refused(lambda: Scenario.from_link(link("[]")), "scenario")
    refused(lambda: Scenario.from_link(link('{"schema_version": 99}')), "schema_version")
