"""A teacher's link on the pages: locked controls, and no way round them."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_ui.lesson import OTHER_PAGES, Lesson, token_of
from tests.app.pages import ROOT, playground, sidebar_control

SCENARIO = Scenario(n_agents=3, n_rounds=4, agents=(Agent(), Agent(label_noise=0.5)))


def opened(*allowed: str, **link: str) -> AppTest:
    lesson = Lesson(SCENARIO, "playground", frozenset(allowed), {"tab": "Numbers"})
    return playground(lesson=token_of(lesson), **link)


def shown(page: AppTest) -> Scenario:
    return page.session_state["scenario"]


def report(page: AppTest, name: str, value: int) -> None:
    """What a browser could send that has unlocked the control for itself."""
    control = sidebar_control(page, name)
    control.proto.disabled = False
    control.set_value(value).run()
    assert not page.exception


def told(page: AppTest) -> list[str]:
    return [words.value for words in (*page.main.error, *page.main.info)]


def test_a_lesson_shows_its_scenario_and_locks_the_rest():
    page = opened("altruism_degree")
    assert shown(page) == SCENARIO and told(page) == []
    assert not sidebar_control(page, "field_altruism_degree").disabled
    assert [sidebar_control(page, f"field_{name}").disabled for name in ("n_agents", "dataset", "n_rounds")] == [
        True
    ] * 3
    assert set(page.query_params) == {"lesson", "tab"}
    assert [tab.label for tab in page.tabs if tab.children] == ["Numbers"]


def test_an_allowed_control_changes_its_field():
    page = opened("altruism_degree")
    sidebar_control(page, "field_altruism_degree").set_value(5.0).run()
    assert shown(page) == SCENARIO.replace(altruism_degree=5.0) and told(page) == []


def test_a_locked_control_that_reports_all_the_same_changes_nothing():
    page = opened("altruism_degree")
    report(page, "field_n_agents", 5)
    assert shown(page) == SCENARIO
    assert sidebar_control(page, "field_n_agents").value == 3


def test_a_link_beside_the_lesson_changes_what_is_allowed_alone():
    page = opened("altruism_degree", s=SCENARIO.replace(altruism_degree=2.0, n_rounds=9).to_link())
    assert shown(page) == SCENARIO.replace(altruism_degree=2.0)
    assert told(page) == ["Locked in this lesson, and not changed: Rounds."]
    assert shown(opened("altruism_degree", preset="free_rider")).replace(altruism_degree=1.0) == SCENARIO


def test_a_file_obeys_the_lesson():
    page = opened("altruism_degree")
    page.file_uploader[0].upload("a.json", SCENARIO.replace(altruism_degree=2.0, n_agents=7).to_json().encode()).run()
    assert shown(page) == SCENARIO.replace(altruism_degree=2.0)


def test_the_lesson_is_in_the_link_and_opens_what_was_changed():
    page = opened("altruism_degree")
    sidebar_control(page, "field_altruism_degree").set_value(5.0).run()
    again = playground(**page.query_params)
    assert shown(again) == SCENARIO.replace(altruism_degree=5.0) and sidebar_control(again, "field_n_agents").disabled


def test_other_pages_are_closed_or_keep_the_lesson():
    page = opened()
    page.switch_page("../pages/lab/mechanisms.py").run()
    assert page.session_state["page"] == "playground"
    page = opened(OTHER_PAGES)
    page.switch_page("../pages/lab/trade_offs.py").run()
    assert page.session_state["page"] == "trade-offs" and sidebar_control(page, "field_n_agents").disabled
    assert "lesson" in page.query_params


def test_a_forged_lesson_is_told_and_gives_no_rights():
    token = token_of(Lesson(SCENARIO, "playground", frozenset({"n_agents"})))
    page = playground(lesson=token[:-2] + "AA", s=SCENARIO.to_link())
    assert shown(page) == Scenario() and sidebar_control(page, "field_n_agents").disabled
    assert any("This teacher's link cannot be opened." in words for words in told(page))
    report(page, "field_n_agents", 7)
    assert shown(page) == Scenario()


def test_home_opens_the_lessons_page():
    page = AppTest.from_file(ROOT / "cgs_ui" / "main.py", default_timeout=60)
    page.query_params["lesson"] = token_of(Lesson(SCENARIO, "playground"))
    page.run()
    assert page.session_state["page"] == "playground" and shown(page) == SCENARIO
