"""Scenarios from outside, by a link or a file: good ones open, bad ones say what is wrong in one sentence."""

from __future__ import annotations

import json
import math

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.scenario import SCHEMA_VERSION, Agent
from cgs_core.scenario.text import packed
from cgs_core.studies.presets import OPENING, PRESETS
from tests.app.pages import PLAYGROUND, headline, playground, scenario_of, settle, sidebar_control

EDITED = Scenario(n_agents=3, n_rounds=4, altruism_degree=math.inf, agents=(Agent(), Agent(label_noise=0.5)))


def errors(page: AppTest) -> list[str]:
    return [words.value for words in page.main.error]


def test_a_link_opens_its_scenario_and_round():
    page = playground(s=EDITED.to_link(), round="3")
    assert scenario_of(page) == EDITED and errors(page) == []
    assert page.query_params == {"s": EDITED.to_link(), "round": "3"}


def test_a_link_to_a_preset_opens_it():
    page = playground(preset="free_rider")
    assert scenario_of(page) == PRESETS["free_rider"].scenario
    assert "preset" not in page.query_params  # the link from here on is that of what is on screen


def test_what_a_forged_link_says_becomes_no_picture():
    page = playground(s=packed({"dataset": "![a](http://a.example/a.png)"}))
    (error,) = errors(page)
    assert "a.example" in error and "](" not in error


@pytest.mark.parametrize(("text", "shown"), [("1", "1"), ("4", "4"), ("999", "4")])
def test_a_round_of_a_link_is_at_most_the_last(text: str, shown: str):
    assert playground(s=EDITED.to_link(), round=text).query_params["round"] == shown


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "²", "9" * 5000])
def test_a_round_that_cannot_be_is_passed_over(text: str):
    page = playground(round=text)
    assert errors(page) == [] and page.query_params == {}


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ({"s": "rubbish"}, "copied link, whole"),
        ({"s": EDITED.to_link()[:-6]}, "copied link, whole"),
        ({"s": "äöü"}, "copied link, whole"),
        ({"preset": "no_such"}, "must be one of four_alike, unequal_quality"),
    ],
    ids=["rubbish", "cut short", "letters of no link", "no such preset"],
)
def test_a_bad_link_says_so_in_one_message_and_shows_the_opening(link: dict[str, str], word: str):
    page = playground(**link)
    assert scenario_of(page) == OPENING.scenario and page.query_params == {}
    (words,) = errors(page)
    assert words.startswith("This link cannot be opened.") and word in words
    assert words.endswith("“Unequal quality” is shown instead.")


def test_a_bad_link_is_told_once():
    page = playground(s="rubbish")
    sidebar_control(page, "field_n_agents").set_value(4).run()
    assert errors(page) == []


def uploaded(content: bytes, start: Scenario | None = None, name: str = "scenario.json") -> AppTest:
    page = playground(start)
    page.file_uploader[0].upload(name, content).run()
    assert not page.exception
    return page


def test_a_scenario_file_is_opened_and_the_uploader_is_empty_again():
    page = uploaded(EDITED.to_json().encode())
    assert scenario_of(page) == EDITED and errors(page) == []
    assert page.file_uploader[0].value is None
    page.file_uploader[0].upload("other.json", b"\xef\xbb\xbf" + Scenario(n_agents=4).to_json().encode()).run()
    assert scenario_of(page) == Scenario(n_agents=4)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'{"n_agents": 1}', "n_agents"),
        (b'{"agents": [{}, {"label_noise": 2}]}', "agents[1].label_noise"),
        (b'{"colour": 1}', "colour: unknown field"),
        (b"{", "line 1: must be JSON"),
        (b'{"n_agents": 3, "n_agents": 4}', "n_agents: must stand in its object once"),
        (b"", "must be JSON"),
        (b"[1, 2]", "must be a JSON object"),
        (b'{"learning_rate": NaN}', "must not contain NaN"),
        (b'{"dataset": "\xff\xfe"}', "UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        (json.dumps({"schema_version": SCHEMA_VERSION + 1}).encode(), "newer version"),
        (b" " * 300_000, "at most 200000 bytes"),
    ],
    ids=[
        "out of range",
        "an agent's field",
        "unknown field",
        "no JSON",
        "twice",
        "empty",
        "a list",
        "NaN",
        "not UTF-8",
        "a picture",
        "a newer version",
        "too long",
    ],
)
def test_a_bad_file_names_what_is_wrong_and_the_last_picture_stays(content: bytes, word: str):
    page = uploaded(content)
    (words,) = errors(page)
    assert words.startswith("This file cannot be opened.") and word in words
    assert "Traceback" not in words and len(words) < 600
    assert scenario_of(page) == OPENING.scenario
    assert "Agent" in headline(page)


def test_the_page_of_a_link_keeps_its_scenario_when_people_walk_around():
    page = playground(EDITED)
    page.switch_page("../../pages/learn/home.py").run()
    assert not page.exception
    page.switch_page(PLAYGROUND).run()
    assert scenario_of(page) == EDITED


def test_a_link_out_of_range_opens_at_the_nearest_values_and_says_which():
    page = playground(s=packed({"n_agents": 3, "n_rounds": 4000, "agents": [{}, {"label_noise": 7}]}))
    assert scenario_of(page) == Scenario(n_agents=3, n_rounds=500, agents=(Agent(), Agent(label_noise=1.0)))
    (words,) = [info.value for info in page.main.info]
    assert "n_rounds: 4000 came, 500 is used." in words and "agents[1].label_noise: 7 came, 1 is used." in words


def test_a_stored_run_opens_by_its_id():
    settle(playground(EDITED))
    page = playground(run=EDITED.scenario_id, round="2")
    assert scenario_of(page) == EDITED and page.query_params["round"] == "2"


@pytest.mark.parametrize("run_id", ["0" * 12, "../x", "x" * 3000])
def test_a_run_that_is_not_stored_is_told(run_id: str):
    page = playground(run=run_id)
    (words,) = errors(page)
    assert (
        scenario_of(page) == OPENING.scenario and words.startswith("This link cannot be opened.") and len(words) < 300
    )


def test_what_is_chosen_on_the_page_is_in_the_link_and_comes_back():
    page = settle(playground(EDITED))
    page.selectbox(key="sort_by").set_value("worth").run()
    page.session_state["tab"] = "Numbers"
    page.run()
    link = page.query_params
    assert link == {"s": EDITED.to_link(), "sort_by": "worth", "tab": "Numbers"}
    again = playground(**link)
    assert again.selectbox(key="sort_by").value == "worth"
    assert [tab.label for tab in again.tabs if tab.children] == ["Numbers"]
    assert again.query_params == link


def test_a_choice_that_cannot_be_is_passed_over():
    page = settle(playground(tab="Nowhere", sort_by="luck"))
    assert page.query_params == {} and errors(page) == []


def test_the_dialog_of_links_does_not_open_by_itself_when_people_come_back():
    page = playground(EDITED)
    page.button(key="share").click().run()
    assert not page.exception and page.session_state["is_sharing"]
    for elsewhere in ("../../pages/learn/home.py", PLAYGROUND):
        page.switch_page(elsewhere).run()
        assert not page.exception and not page.session_state["is_sharing"]


def _choosing() -> None:
    import streamlit as st

    from cgs_ui.session import choices

    st.session_state.page = "a page"
    if "is_open" not in st.session_state:
        st.session_state.is_open = True
        choices.keep("order", "first")
        choices.say_besides({"s": "a scenario"})
        choices.keep("kind", "large")
    elif st.session_state.is_open:
        st.session_state.is_open = False
        choices.keep("kind", None)
    else:
        st.session_state.page = "another page"
        choices.keep("order", "last")


def test_an_address_of_before_takes_nothing_out_of_the_link() -> None:
    """A browser that asks before it has heard of a change says the older one."""
    page = AppTest.from_function(_choosing).run()
    assert page.query_params == {"order": "first", "s": "a scenario", "kind": "large"}
    page.query_params.clear()
    page.query_params["s"] = "an older scenario"
    page.run()
    assert page.query_params == {"order": "first", "s": "a scenario"}
    page.run()  # of a page that says only what is chosen
    assert page.query_params == {"order": "last", "s": "a scenario"}
