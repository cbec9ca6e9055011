"""Every control of the sidebar changes its field, the link follows, and its bounds are the field's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.runs import JobRunner
from cgs_core.scenario import Agent, field_facts
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.controls.field_controls import ALTRUISM_STEPS
from tests.app.pages import playground, scenario_of, sidebar_control

CHOICES = [
    ("dataset", "wine"),
    ("split", "uniform"),
    ("split", "classimbalance"),
    ("split", "dirichlet"),
    ("model", "logistic"),
    ("valuation", "cgsv_exact"),
    ("mask_scope", "layer"),
    ("importance_rule", "cffl"),
    ("aggregation_weight", "loss_power"),
    ("reward_rule", "interpolated"),
]
NUMBERS = [
    ("hidden_units", 8),
    ("n_rounds", 3),
    ("local_epochs", 1),
    ("batch_size", 64),
    ("learning_rate", 0.05),
    ("learning_rate_decay", 1.0),
    ("update_norm", 0.5),
    ("importance_smoothing", 0.5),
    ("n_samples", 200),
    ("n_validation", 50),
    ("data_seed", 5),
    ("start_seed", 2**32 - 1),
]


def control(page: AppTest, name: str) -> Any:
    """The sidebar's control of a field."""
    return sidebar_control(page, f"field_{name}")


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.sidebar.button if button.label == label]
    return button.click().run()


def said(page: AppTest) -> list[str]:
    """The messages on top of the page."""
    return [words.value for words in [*page.main.info, *page.main.error]]


def test_every_field_of_a_scenario_has_a_control():
    kinds = ("selectbox", "slider", "select_slider", "number_input")
    pages = [
        playground(Scenario(split="dirichlet", aggregation_weight="loss_power", reward_rule="random_subset")),
        playground(Scenario(reward_rule="sampled_sync")),
    ]
    names = {widget.key.partition("@")[0] for page in pages for kind in kinds for widget in page.sidebar.get(kind)}
    shown = {name.removeprefix("field_") for name in names} - {"starting_point"}
    assert shown == set(Scenario.model_fields) - {"agents", "own_data"}  # the table, and a form


@pytest.mark.parametrize(("name", "value"), [*CHOICES, *NUMBERS, ("n_agents", 2), ("altruism_degree", math.inf)])
def test_a_control_changes_its_field_and_the_link(name: str, value: object):
    page = playground(Scenario())
    control(page, name).set_value(value)
    page.run()
    assert not page.exception and said(page) == []
    assert scenario_of(page) == Scenario().replace(**{name: value})
    assert control(page, name).value == value


def test_the_concentration_appears_with_the_dirichlet_split():
    page = playground()
    with pytest.raises(KeyError):
        control(page, "concentration")
    page = playground(Scenario(split="dirichlet"))
    control(page, "concentration").set_value(5.0).run()
    assert scenario_of(page) == Scenario(split="dirichlet", concentration=5.0)


@pytest.mark.parametrize("name", [name for name, _ in NUMBERS if name != "n_samples"] + ["concentration", "n_agents"])
def test_bounds_and_help_are_the_fields_own(name: str):
    shown, facts = control(playground(Scenario(split="dirichlet")), name), field_facts(name)
    assert shown.min == facts.minimum
    if name == "importance_smoothing":  # its field excludes 1, and a control cannot
        assert 0.99 <= shown.max < 1
    else:
        assert shown.max == facts.maximum
    assert shown.help == facts.help and facts.title in shown.label


def test_bounds_of_the_samples_are_the_agents_and_the_data_sets():
    shown = control(playground(Scenario(dataset="wine", n_agents=7)), "n_samples")
    assert (shown.min, shown.max) == (7, DATASETS["wine"].n_train)


def test_altruism_goes_from_the_fields_least_to_infinity():
    assert (ALTRUISM_STEPS[0], ALTRUISM_STEPS[-1]) == (field_facts("altruism_degree").minimum, math.inf)


def test_altruism_shows_a_value_of_a_link_that_is_none_of_its_steps():
    page = playground(Scenario(altruism_degree=1.3))
    assert control(page, "altruism_degree").value == 1.3


@pytest.mark.parametrize(("label", "seed"), [("New data", "data_seed"), ("New start", "start_seed")])
def test_the_buttons_draw_anew_by_raising_the_seeds(label: str, seed: str):
    page = press(press(playground(Scenario()), label), label)
    assert scenario_of(page) == Scenario(**{seed: 2})
    assert control(page, seed).value == 2
    assert any(f"{label.split()[1]} seed 2" in words.value.lower() for words in page.sidebar.caption)


def test_the_largest_seed_is_followed_by_the_least():
    assert scenario_of(press(playground(Scenario(data_seed=2**32 - 1)), "New data")) == Scenario()


@pytest.mark.parametrize("name", PRESETS)
def test_a_starting_point_puts_its_scenario_on_screen(name: str):
    page = playground()
    sidebar_control(page, "starting_point").set_value(name).run()
    assert scenario_of(page) == PRESETS[name].scenario
    press(page, "New data")  # other seeds: still that story
    assert sidebar_control(page, "starting_point").value == name


def test_a_changed_starting_point_is_ones_own_and_the_default_can_be_had_back():
    page = playground(PRESETS["copycat"].scenario)
    control(page, "altruism_degree").set_value(5.0).run()
    assert sidebar_control(page, "starting_point").value == "own"
    sidebar_control(page, "starting_point").set_value("default").run()
    assert scenario_of(page) == Scenario()


def test_another_data_set_takes_back_edits_that_do_not_fit_and_says_so():
    kept = Agent(label_noise=0.5)
    page = playground(
        Scenario(agents=(Agent(classes=(8, 9)), kept, Agent(shard_size=1000)), n_samples=900, model="cnn")
    )
    control(page, "dataset").set_value("wine").run()
    assert not page.exception
    assert scenario_of(page) == Scenario(dataset="wine", agents=(Agent(), kept))
    (words,) = said(page)
    assert "Wine" in words and "taken back" in words
    control(page, "altruism_degree").set_value(2.0).run()
    assert said(page) == []  # a message stays until the next change


def test_data_sets_that_take_long_say_so_beside_their_choice(monkeypatch: pytest.MonkeyPatch):
    times = {"mnist": 65.0, "sentences": 3.0, "wine": 0.2}
    monkeypatch.setattr(JobRunner, "expected_seconds", lambda self, asked, kind="run": times.get(asked[0].dataset))
    said = [one.value for one in playground().sidebar.caption]
    assert "A first run of these takes longer here: MNIST (28×28) about 1 min 5 s, Review sentences about 3 s." in said


def test_valuations_that_need_samples_set_aside_are_offered_when_there_are_some():
    page = playground(Scenario(n_rounds=1))
    assert "leave one out" not in control(page, "valuation").options
    control(page, "n_validation").set_value(50).run()
    control(page, "valuation").set_value("leave_one_out").run()
    assert scenario_of(page) == Scenario(n_rounds=1, n_validation=50, valuation="leave_one_out")
    control(page, "n_validation").set_value(0).run()
    (words,) = said(page)
    assert words.startswith("Nothing was changed. n_validation: ")


def test_a_change_that_is_not_valid_changes_nothing_and_names_the_field():
    script = "from cgs_ui import session; session.change(n_agents=1); session.show_message(); session.update_link()"
    page = AppTest.from_string(script).run()
    assert not page.exception
    assert scenario_of(page) == OPENING.scenario
    (words,) = said(page)
    assert words.startswith("Nothing was changed. n_agents: ") and "got 1" in words
