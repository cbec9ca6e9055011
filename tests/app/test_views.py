"""The bare views: one picture for a class or inside another page, by the link and by the session."""

from __future__ import annotations

import json

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario, run
from cgs_core.figures.projector import PROJECTOR_INK
from cgs_core.words import findings
from cgs_core.words.game_findings import too_many
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.app.pages import chart_of, charts, cold, headline, playground, scenario_of, settle, told

SCENARIO = Scenario(n_agents=3, n_rounds=4)


def projected(**link: str) -> AppTest:
    return settle(playground(s=SCENARIO.to_link(), view="projector", **link))


def test_a_projector_shows_the_sentence_the_ledger_and_its_player() -> None:
    page = projected()
    trace = run(SCENARIO)
    assert told(page) == {"head": findings.headline(trace)}  # nothing else
    assert told(page, "1") == {"head": findings.headline(trace, 1)}
    assert charts(page) == ["ledger", "round_player"]
    assert not page.tabs and not page.main.selectbox
    drawn = chart_of(page)
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


@pytest.mark.parametrize(("n_agents", "picture"), [(5, "lattice"), (6, "marginals")])
def test_the_coalition_game_for_a_class_walks_as_far_as_the_link_says(n_agents: int, picture: str) -> None:
    game = SCENARIO.replace(n_agents=n_agents)
    page = settle(cold("coalition-game", game, view="projector", walk_of_5="12345-2-0"))
    assert charts(page) == [picture, "round_player"] and not page.tabs
    drawn = chart_of(page)["figure"]
    said = " ".join(note["text"] for note in drawn["layout"]["annotations"])
    assert ("this order" in said) == (n_agents == 5)


def test_of_too_many_coalitions_a_class_sees_what_can_be_estimated() -> None:
    game = SCENARIO.replace(n_agents=17, n_rounds=1)
    page = settle(cold("coalition-game", game, view="projector"))
    assert charts(page) == ["estimates"] and not page.info
    assert headline(page) == too_many(17)


def test_the_sandbox_for_a_class() -> None:
    assert charts(cold("coalition-game", view="projector", game="sandbox")) == ["lattice"]


def test_mechanisms_and_trade_offs_for_a_class_ask_what_the_link_asks() -> None:
    quick = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)
    page = settle(cold("mechanisms", quick, view="projector", mechanisms="fedavg,cffl", comparison_seeds=1))
    assert charts(page) == ["mechanism_accuracy"]
    drawn = chart_of(page)["figure"]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["Alone", "FedAvg", "CFFL"]
    own = {"question": "own", "own_field": "altruism_degree", "own_values": "1, 5", "n_seeds": 1}
    page = settle(cold("trade-offs", quick, view="projector", **own))
    assert charts(page) == ["sweep_curves", "value_player_2"]
    assert headline(page).startswith("**Altruism (β) 1 → 5**: fairness (Pearson r) ") and not page.tabs


def test_share_gives_the_frame_and_turns_the_view_on() -> None:
    page = settle(playground(SCENARIO, sort_by="pay"))
    page.button(key="share").click().run()
    links = {one.key: json.loads(one.proto.json) for one in page.get("bidi_component") if one.key.startswith("link_")}
    frame = links["link_embed"]["url"]
    assert frame.startswith('<iframe src="') and "sort_by=pay&amp;embed=true" in frame and 'width="960"' in frame
    page.button(key="show_projected").click().run()
    assert charts(page)[0] == "ledger" and "view" in page.query_params and not page.tabs
    assert "link_embed" not in {one.key for one in page.get("bidi_component")}


def test_an_unknown_view_is_the_page_as_it_is() -> None:
    page = settle(playground(s=SCENARIO.to_link(), view="hologram"))
    assert page.tabs and "view" not in page.query_params
