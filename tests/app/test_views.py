"""The bare views: one picture for a class or inside another page, by the link and by the session."""

from __future__ import annotations

import json

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario, findings, run
from cgs_core.figures.projector import PROJECTOR_INK
from cgs_ui.lesson import Lesson, token_of
from tests.app.pages import charts, headline, playground, scenario_of, settle

SCENARIO = Scenario(n_agents=3, n_rounds=4)


def projected(**link: str) -> AppTest:
    return settle(playground(s=SCENARIO.to_link(), view="projector", **link))


def test_a_projector_shows_the_sentence_the_ledger_and_its_player() -> None:
    page = projected()
    assert headline(page) == f"**{findings.brief(run(SCENARIO))}**"
    assert charts(page) == ["ledger", "round_player"]
    assert not page.tabs and not page.main.selectbox
    drawn = json.loads(page.main.get("bidi_component")[0].proto.json)
    assert drawn["figure"]["layout"]["font"] == {"size": 24, "color": PROJECTOR_INK} and drawn["fills"]


def test_the_link_stays_and_the_way_back_leads_to_the_page() -> None:
    page = projected(sort_by="pay", round="2")
    assert set(page.query_params) == {"s", "view", "sort_by", "round"}
    assert scenario_of(page) == SCENARIO and page.session_state["round_index"] == 1
    page.button(key="leave_projector").click().run()
    assert "view" not in page.query_params and page.tabs and page.main.selectbox(key="sort_by").value == "pay"
    assert not page.exception


@pytest.mark.parametrize(
    ("asked", "shown"), [("pay", "pay"), ("shards", "shards"), ("decision", "ledger"), ("x", "ledger")]
)
def test_the_link_may_name_another_picture(asked: str, shown: str) -> None:
    assert charts(projected(figure=asked)) == [shown, "round_player"]


def test_a_lesson_keeps_its_locks_in_the_projector_view() -> None:
    page = settle(playground(lesson=token_of(Lesson(SCENARIO, "playground")), view="projector"))
    assert charts(page) == ["ledger", "round_player"] and page.session_state["scenario"] == SCENARIO
    assert set(page.query_params) == {"lesson", "view"}


def test_another_page_embeds_the_picture_with_its_player(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContextProxy, "is_embedded", True)
    page = settle(playground(s=SCENARIO.to_link(), figure="accuracy"))
    assert charts(page) == ["accuracy", "round_player"]
    assert not page.tabs and "leave_projector" not in {button.key for button in page.button}


def test_an_unknown_view_is_the_page_as_it_is() -> None:
    page = settle(playground(s=SCENARIO.to_link(), view="hologram"))
    assert page.tabs and "view" not in page.query_params
