"""Every page runs, with every kind of data and in every state of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario, run
from cgs_core.errors import JobError
from cgs_core.runs import JobRunner
from cgs_core.scenario import Agent
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_core.words import findings, holds
from cgs_ui.background import finished_rounds
from cgs_ui.playground.views import VIEWS
from tests.app.pages import (
    chart_of,
    charts,
    headline,
    home,
    is_live,
    playground,
    scenario_of,
    settle,
    sidebar_control,
    told,
)

CARDS = {name: preset for name, preset in PRESETS.items() if preset.page == "playground"}
QUICK = {"n_rounds": 2, "n_samples": 100}


def test_home_shows_the_question_a_real_run_and_a_card_a_story():
    page = home()
    assert page.title[0].value
    assert charts(page) == ["home_ledger"]
    assert chart_of(page)["figure"]["frames"] == []  # nobody plays them there
    assert findings.headline(finished_rounds(OPENING.scenario.scenario_id)) in page.main.caption[0].value
    captions = [words.value for words in page.main.caption]
    texts = [words.value for words in page.markdown]
    for preset in CARDS.values():
        assert f"**{preset.title}**" in texts and preset.claim in texts and preset.held_on in captions


@pytest.mark.parametrize("name", CARDS)
def test_a_card_opens_the_playground_with_its_scenario(name: str):
    page = home()
    page.button(key=f"open_{name}").click().run()
    assert not page.exception
    assert scenario_of(page) == PRESETS[name].scenario
    assert sidebar_control(page, "starting_point").value == name


def test_the_first_button_opens_the_playground_as_it_was():
    page = playground(Scenario(n_agents=3, **QUICK))
    page.switch_page("../../pages/learn/home.py").run()
    page.button[0].click().run()
    assert not page.exception
    assert scenario_of(page).n_agents == 3


def test_playground_shows_the_opening_run_finished_with_its_own_sentence():
    page = playground()
    assert not is_live(page)
    trace = finished_rounds(OPENING.scenario.scenario_id)
    assert findings.headline(trace) in headline(page) and findings.fairness(trace) in headline(page)
    assert page.query_params == {}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(),
        Scenario(dataset="moons", n_agents=8, n_rounds=3),
        Scenario(dataset="wine", **QUICK, agents=(Agent(conduct="sign_flipper"), Agent(copy_of=0))),
        Scenario(dataset="mnist", model="cnn", n_agents=2, n_rounds=2, n_samples=64),
        Scenario(dataset="sentences", model="text_cnn", split="owners", **QUICK, agents=(Agent(label_noise=0.5),)),
        Scenario(n_agents=50, **QUICK),
    ],
    ids=["default", "plane", "table", "images", "text", "50 agents"],
)
def test_every_tab_of_the_playground_draws(scenario: Scenario):
    page = settle(playground(scenario))
    for view in VIEWS:
        page.session_state["tab"] = view
        settle(page.run())
        assert not page.exception and not page.error, view
        (tab,) = [tab for tab in page.tabs if tab.children]
        assert tab.label == view
        assert tab.get("bidi_component") or tab.dataframe, view


def test_where_pay_follows_another_valuation_the_page_says_so_and_the_table_names_it():
    page = settle(playground(Scenario(valuation="data_size", n_agents=3, **QUICK)))
    assert any("Share of the data" in words.value and "paper's" in words.value for words in page.main.caption)
    assert "worth most (share " in told(page)["head"]
    page.session_state["tab"] = "Numbers"
    page.run()
    assert any("Worth: Share of the data." in words.value for words in page.main.caption)
    sizes = page.dataframe[0].value
    assert sizes["Worth, mean"].tolist() == pytest.approx((sizes["Samples"] / sizes["Samples"].sum()).tolist())


def test_the_numbers_of_a_column_have_one_number_of_digits():
    scenario = Scenario(n_agents=3, **QUICK)
    page = settle(playground(scenario, tab="Numbers"))
    (shown, *_), trace = page.dataframe, run(scenario)
    formats = {name: one.get("type_config", {}).get("format") for name, one in json.loads(shown.proto.columns).items()}
    shares = ("Alone", "Rewarded", "Pay, mean", "Paid, by length, mean")
    assert {formats[name] for name in shares} == {"%.1f %%"}
    np.testing.assert_allclose(shown.value["Rewarded"], 100 * trace.rounds[-1].accuracy)
    np.testing.assert_allclose(shown.value["Pay, mean"], 100 * trace.stack("reward_ratio").mean(axis=0))


def test_a_changed_scenario_is_trained_and_followed_to_its_end():
    page = playground()
    sidebar_control(page, "field_n_agents").set_value(3).run()
    assert is_live(page)
    settle(page)
    assert scenario_of(page).n_agents == 3
    trace = finished_rounds(scenario_of(page).scenario_id)
    assert trace.is_complete and findings.headline(trace) in headline(page)


@pytest.mark.parametrize(
    ("n_agents", "lines"), [(3, "Solid: exact; dotted: the paper's"), (25, "Of so many agents the paper's")]
)
def test_the_words_name_the_lines_of_worth_that_are_drawn(n_agents: int, lines: str):
    page = settle(playground(Scenario(n_agents=n_agents, **QUICK), tab="Who contributed"))
    assert any(lines in words.value for words in page.caption)
    assert len(
        {line.get("legendgroup") for line in chart_of(page, 1)["figure"]["data"]} & {"exact", "approximate"}
    ) == (2 if n_agents == 3 else 1)


def test_more_agents_than_are_shown_at_once_can_be_picked():
    page = settle(playground(Scenario(n_agents=8, **QUICK)))
    picker = page.multiselect(key="samples_of")
    assert list(picker.value) == [0, 1, 2, 3, 4, 5]
    picker.set_value([7]).run()
    assert not page.exception and page.multiselect(key="samples_of").value == [7]


# -- a run that has not begun, was stopped, was refused --------------------------------------------------


@pytest.fixture
def idle_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    """A job runner without workers: its runs only wait."""
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        monkeypatch.setattr("cgs_ui.following.one_run.job_runner", lambda: runner)
        yield runner


def progress_words(page: AppTest) -> list[str]:
    return [bar.text for bar in page.progress]


def test_a_waiting_run_says_its_place_and_can_be_stopped_and_taken_up_again(idle_runner: JobRunner):
    scenario = Scenario(start_seed=77)
    idle_runner.submit(Scenario(start_seed=78), "somebody else")
    page = playground(scenario)
    assert progress_words(page) == ["Waiting for a free worker: place 2 in the queue."]
    page.button(key="stop_playground").click().run()
    assert not page.exception and not is_live(page)
    assert [words.value for words in page.info] == ["Stopped after round 0 of 50."]
    assert idle_runner.store.events(scenario.scenario_id).status == "cancelled"
    page.button(key="again_playground").click().run()
    assert progress_words(page) == ["Waiting for a free worker: place 2 in the queue."]


def test_a_change_leaves_the_unfinished_run_and_keeps_the_last_picture(idle_runner: JobRunner):
    page = playground()
    before = headline(page)
    page.button[[button.label for button in page.button].index("New start")].click().run()
    first = scenario_of(page)
    assert idle_runner.store.events(first.scenario_id).status == "queued"
    assert headline(page) == before  # the picture of the run before stays, and says so
    assert any("the run before the change of start seed" in words.value for words in page.main.caption)
    sidebar_control(page, "field_n_agents").set_value(4).run()
    assert idle_runner.store.events(first.scenario_id).status == "cancelled"
    assert idle_runner.store.events(scenario_of(page).scenario_id).status == "queued"


def test_a_refused_run_says_why(idle_runner: JobRunner, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise JobError("The worker processes do not start; the server's log says why.")

    monkeypatch.setattr(idle_runner, "submit", refuse)
    page = playground(Scenario(start_seed=79))
    assert not is_live(page)
    (error,) = page.error
    assert "The worker processes do not start" in error.value
    assert page.button(key="again_playground").label == "Run again"


def test_a_run_that_would_not_end_in_time_says_so_and_is_begun_when_it_is_told_to(
    idle_runner: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    scenario = Scenario(dataset="mnist", model="paper_mnist", n_rounds=500, start_seed=80)
    page = playground(scenario)
    assert not is_live(page)
    (words,) = [words.value for words in page.info]
    assert "would take about 2 h 39 min, and this server ends a run after 20 min 0 s" in words
    assert idle_runner.store.progress([scenario.scenario_id], "somebody") == {}
    page.button(key="begin_it_playground").click().run()
    assert progress_words(page) == [
        "Waiting for a free worker: place 1 in the queue. The run itself takes about 2 h 39 min."
    ]


def test_a_run_beyond_the_hosts_limit_is_refused_with_what_it_would_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CGS_MAX_EXPECTED_MINUTES", "1")
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        monkeypatch.setattr("cgs_ui.following.one_run.job_runner", lambda: runner)
        page = playground(Scenario(dataset="mnist", model="cnn", start_seed=81))
        (error,) = page.error
        assert "The run was not begun. A run of this would take about 2 min 27 s on this server" in error.value
        assert "runs of up to 1 min 0 s are allowed" in error.value
        runner.submit(Scenario(), "somebody")
        with pytest.raises(JobError, match="about 2 min 27 s"):
            runner.submit_batches([[Scenario(), Scenario(dataset="mnist", model="cnn")]], "somebody", 1)


def test_the_playground_opens_on_all_rounds_and_a_link_with_a_round_on_that_round():
    scenario = Scenario(n_agents=3, **QUICK)
    trace = finished_rounds(scenario_of(settle(playground(scenario))).scenario_id)
    for link, index in (({}, None), ({"round": "2"}, 1), ({"round": "99"}, trace.n_rounds - 1)):
        page = playground(scenario, **link)
        words = told(page)
        assert words["head"] == findings.headline(trace, index) and words["more"] == findings.fairness(trace, index)
        assert [text for _, text in words["verdicts"]] == [one.words for one in holds.verdicts(trace, index)]
        (player,) = [one for one in page.main.get("bidi_component") if one.key == "round_player"]
        given = json.loads(player.proto.json or player.proto.mixed.json)
        assert given["has_all"] and given["round"] == (-1 if index is None else index)
