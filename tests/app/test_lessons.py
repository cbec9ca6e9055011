"""A teacher's link on the pages: locked controls, and no way round them."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.data.own import files as own_files
from cgs_core.data.own.csv import read_upload
from cgs_core.runs import JobRunner
from cgs_core.scenario import Agent
from cgs_ui.session.teacher_link import COMPARED, LOCKED, OTHER_PAGES, Lesson, token_of
from tests.app.pages import cold, playground, session, settle, sidebar_control
from tests.data.uploads import csv_of, npz_of

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
    page = settle(opened("altruism_degree"))
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


def test_a_link_from_a_lesson_says_what_was_put_back_to_what_it_first_was():
    lesson = Lesson(SCENARIO, "playground", frozenset(), {"tab": "Numbers", "round": "2", "sort_by": "worth"})
    page = settle(playground(lesson=token_of(lesson)))
    assert page.session_state["round_index"] == 1 and page.selectbox(key="sort_by").value == "worth"
    page = settle(playground(lesson=token_of(lesson), round=""))
    assert page.session_state["round_index"] is None, "the last one"
    page.session_state["tab"] = "Who has what"
    page.selectbox(key="sort_by").set_value("agent").run()
    assert {name: page.query_params[name] for name in ("tab", "round", "sort_by")} == dict.fromkeys(
        ("tab", "round", "sort_by"), ""
    )
    again = settle(playground(**page.query_params))
    assert again.session_state["round_index"] is None and again.selectbox(key="sort_by").value == "agent"
    assert [tab.label for tab in again.tabs if tab.children] == ["Who has what"] and told(again) == []


def test_other_pages_are_closed_or_keep_the_lesson():
    page = opened()
    page.switch_page("../../pages/lab/mechanisms.py").run()
    assert page.session_state["page"] == "playground"
    page = opened(OTHER_PAGES)
    page.switch_page("../../pages/lab/trade_offs.py").run()
    assert page.session_state["page"] == "trade-offs" and sidebar_control(page, "field_n_agents").disabled
    assert "lesson" in page.query_params


def test_a_forged_lesson_is_told_and_gives_no_rights():
    token = token_of(Lesson(SCENARIO, "playground", frozenset({"n_agents"})))
    content, _, signature = token.partition(".")
    page = playground(lesson=f"{content}.{'A' * len(signature)}", s=SCENARIO.to_link())
    assert shown(page) == Scenario() and sidebar_control(page, "field_n_agents").disabled
    assert any("This teacher's link cannot be opened." in words for words in told(page))
    report(page, "field_n_agents", 7)
    assert shown(page) == Scenario()


def test_home_opens_the_lessons_page():
    page = session()
    page.query_params["lesson"] = token_of(Lesson(SCENARIO, "playground"))
    page.run()
    assert page.session_state["page"] == "playground" and shown(page) == SCENARIO


# -- what is compared ----------------------------------------------------------------------------------------

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
CHOSEN = {
    "mechanisms": {"mechanisms": "cgsv,fedavg", "comparison_seeds": "1"},
    "trade-offs": {"question": "own", "own_field": "update_norm", "own_values": "0.2, 0.5", "n_seeds": "1"},
}


def lesson_on(page_name: str, *allowed: str, **link: str) -> AppTest:
    """The page by a lesson on what is chosen there, and more in the link beside it."""
    lesson = Lesson(QUICK, page_name, frozenset(allowed), CHOSEN[page_name])
    return settle(cold(page_name, **{"lesson": token_of(lesson)} | link))


def forge(page: AppTest, widget: Any, value: Any) -> AppTest:
    """What a browser could send that has unlocked the control for itself."""
    widget.proto.disabled = False
    widget.set_value(value).run()
    assert not page.exception
    return settle(page)


def mechanisms_of(page: AppTest) -> list[list[str]]:
    """The valuations of the runs that the page compares, a list a seed."""
    return [[scenario.valuation for scenario in of_seed] for of_seed in page.session_state["runs_comparison"].batches]


def swept_values(page: AppTest) -> list[float]:
    batches = page.session_state["runs_sweep"].batches
    return sorted(scenario.update_norm for batch in batches for scenario in batch)


def test_what_is_compared_is_locked_against_controls_and_links() -> None:
    page = lesson_on("mechanisms", mechanisms="cffl,iafl,cgsv", comparison_seeds="5", tab="Properties")
    plain = mechanisms_of(lesson_on("mechanisms"))
    assert len(plain) == 1 and len(plain[0]) == 2 and mechanisms_of(page) == plain
    assert told(page) == ["Locked in this lesson, and not changed: What is compared."]
    assert [tab.label for tab in page.tabs if tab.children] == ["Properties"], "looking is free"
    controls = [page.main.multiselect(key="mechanisms"), page.main.selectbox(key="comparison_seeds")]
    assert all(control.disabled for control in controls)
    assert mechanisms_of(forge(page, controls[0], ["cffl", "iafl", "cgsv"])) == plain
    assert mechanisms_of(forge(page, controls[1], 5)) == plain
    assert page.query_params["mechanisms"] == "cgsv,fedavg"


def test_the_question_of_a_sweep_is_locked_against_controls_and_links() -> None:
    page = lesson_on("trade-offs", own_values="1, 2, 3", n_seeds="5", question="altruism")
    assert swept_values(page) == [0.2, 0.5]
    assert told(page) == ["Locked in this lesson, and not changed: What is compared."]
    controls = [*page.main.text_input, *page.main.selectbox]
    free = [control.label for control in controls if not control.disabled]
    assert len(controls) - len(free) == 5 and free == ["Measure", "Against"], "looking is free"
    assert swept_values(forge(page, page.main.text_input[0], "1, 2, 3")) == [0.2, 0.5]
    assert page.main.text_input[0].value == "0.2, 0.5"
    assert swept_values(forge(page, page.main.selectbox[0], "altruism")) == [0.2, 0.5]
    assert swept_values(forge(page, page.main.selectbox(key="n_seeds"), 5)) == [0.2, 0.5]


def test_who_may_choose_what_is_compared_may() -> None:
    page = lesson_on("mechanisms", COMPARED, comparison_seeds="5")
    assert len(mechanisms_of(page)) == 5 and told(page) == []
    page.main.multiselect(key="mechanisms").set_value(["cgsv", "fedavg", "cffl"]).run()
    assert [len(of_seed) for of_seed in mechanisms_of(settle(page))] == [3] * 5
    page = lesson_on("trade-offs", COMPARED, own_values="0.2, 0.5, 1")
    assert swept_values(page) == [0.2, 0.5, 1.0] and told(page) == []


def test_vary_this_needs_both_rights() -> None:
    for allowed in ([], [OTHER_PAGES], [COMPARED]):
        page = opened(*allowed)
        assert all(one.disabled for one in page.sidebar.button if (one.key or "").startswith("vary_"))
    page = opened(OTHER_PAGES, COMPARED)
    assert not any(one.disabled for one in page.sidebar.button if (one.key or "").startswith("vary_"))


# -- files, and the shelf --------------------------------------------------------------------------------------


def test_own_data_and_files_are_locked_with_the_reason() -> None:
    page = opened(OTHER_PAGES)
    own = page.sidebar.button(key="open_own_data")
    assert own.disabled and own.help == LOCKED
    (file,) = page.file_uploader
    assert file.disabled and file.proto.help == LOCKED
    other = SCENARIO.replace(n_agents=7).to_json().encode()
    file.proto.disabled = False
    file.upload("a.json", other).run()
    assert not page.exception and shown(page) == SCENARIO
    page = opened("dataset")
    assert not page.sidebar.button(key="open_own_data").disabled and not page.file_uploader[0].disabled


def test_a_file_of_other_data_does_not_take_the_place_of_the_lessons() -> None:
    arrays, other = read_upload(csv_of()), read_upload(npz_of())
    scenario = Scenario(dataset="own", own_data=arrays.own, n_rounds=2)
    page = playground(lesson=token_of(Lesson(scenario, "playground")))
    assert "Give the same file again." in told(page)[0] and "another data set" not in told(page)[0]
    for content, wanted in ((npz_of(), False), (csv_of(), True)):
        page.file_uploader(key="own_file_page").upload("a", content).run()
        page.main.button(key="use_own_page").click().run()
        assert not page.exception and own_files.is_here(arrays.own) is wanted and not own_files.is_here(other.own)
        assert any("not the file that the lesson is about" in words for words in told(page)) is not wanted
    assert shown(page) == scenario
    own_files.delete(arrays.own.sha256)


def test_a_run_of_a_lesson_is_pinned_and_the_shelf_opens_only_where_other_pages_do(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("cgs_ui.controls.pin", "cgs_ui.shelf.contents", "cgs_ui.session.visitor"):
        monkeypatch.setattr(f"{module}.visitor", lambda: "5" * 32)
    page = settle(opened("altruism_degree"))
    page.main.button(key="pin_playground").click().run()
    assert not page.exception
    assert [entry.scenario for entry in runner.shelf.entries("5" * 32)] == [SCENARIO]
    assert [link.proto.disabled for link in page.main.get("page_link")] == [True]
    runner.shelf.put("5" * 32, SCENARIO.replace(n_rounds=9, altruism_degree=3.0), "another")
    page = settle(opened("altruism_degree", OTHER_PAGES))
    assert [link.proto.disabled for link in page.main.get("page_link")] == [False]
    page.switch_page("../../pages/research/shelf.py").run()
    page.main.button(key=f"open_{SCENARIO.replace(n_rounds=9, altruism_degree=3.0).scenario_id}").click().run()
    assert not page.exception
    assert shown(page) == SCENARIO.replace(altruism_degree=3.0)
    assert told(page) == ["Locked in this lesson, and not changed: Rounds."]
