"""The Playground's tab Why, and the same on a page that shows one picture: the numbers of the run on screen."""

from __future__ import annotations

import math

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Agent, Scenario, run
from cgs_core.words.glossary import explained
from cgs_core.words.why import why_question, why_steps
from tests.app.pages import charts, given, playground, scenario_of, settle

SMALL = Scenario(dataset="wine", n_agents=3, n_rounds=4, n_validation=15, agents=(Agent(), Agent(conduct="free_rider")))
OTHERS = {
    "nothing masked": SMALL.replace(reward_rule="interpolated", valuation="leave_one_out"),
    "all for all": SMALL.replace(altruism_degree=math.inf, importance_rule="cffl"),
}


def formulas(page: AppTest) -> list[str]:
    return [one.value.strip("$\n") for one in page.latex]


def assert_shown(page: AppTest, scenario: Scenario, agent: int, round_index: int | None) -> None:
    trace = run(scenario)
    found = why_steps(trace, agent, round_index)
    assert f"**{why_question(trace, agent, round_index)}**" in [one.value for one in page.markdown]
    assert formulas(page) == [formula.tex for step in found for formula in step.formulas]
    assert {explained(step.sentence) for step in found} <= {one.value for one in page.markdown}
    assert [one.value.strip() for one in page.code][1:] == [step.code.strip() for step in found if step.code]


@pytest.mark.parametrize(("link", "agent", "round_index"), [({}, 0, None), ({"why": "2", "round": "3"}, 1, 2)])
def test_the_link_says_whose_steps_and_of_which_round(
    link: dict[str, str], agent: int, round_index: int | None
) -> None:
    page = settle(playground(SMALL, tab="Why", **link))
    assert scenario_of(page) == SMALL
    assert_shown(page, SMALL, agent, round_index)
    pictures = [key for key in charts(page) if key.startswith("why_")]
    assert pictures == ["why_update", "why_worth", "why_importance", "why_pay", "why_model"]


@pytest.mark.parametrize("name", OTHERS)
def test_of_other_rules(name: str) -> None:
    page = settle(playground(OTHERS[name], tab="Why", why="3"))
    assert_shown(page, OTHERS[name], 2, None)


def test_choosing_another_agent_goes_into_the_link() -> None:
    page = settle(playground(SMALL, tab="Why"))
    page.selectbox(key="why").set_value(2).run()
    assert_shown(page, SMALL, 2, None)
    assert page.query_params["why"] == "3"


def test_a_browser_that_begins_anew_is_told_what_is_shown_and_not_what_was_shown_first() -> None:
    """Where its player stands elsewhere it says so: a panel that Streamlit mounted anew would keep silent else."""
    page = settle(playground(SMALL, tab="Why"))
    page.session_state["follow_why_panel"] = {"round": 2}
    page.run()
    assert_shown(page, SMALL, 0, 2)
    (follower,) = [one for one in page.main.get("bidi_component") if one.key == "follow_why_panel"]
    assert given(follower)["round"] == 2


def test_an_agent_that_is_not_there_is_the_first() -> None:
    page = settle(playground(SMALL, tab="Why", why="9"))
    assert_shown(page, SMALL, 0, None)


def test_a_page_for_a_class_shows_one_step_as_large_as_it_can() -> None:
    page = settle(playground(SMALL, view="projector", figure="why", why="3", why_step="pay"))
    trace = run(SMALL)
    step = why_steps(trace, 2)[3]
    assert formulas(page) == [formula.tex for formula in step.formulas]
    assert step.sentence in [one.value for one in page.markdown]
    assert [key for key in charts(page) if key.startswith("why_")] == ["why_bare_pay"]
    (drawn,) = [one for one in page.main.get("bidi_component") if one.key == "why_bare_pay"]
    assert given(drawn)["figure"]["layout"]["font"]["size"] == 24
    page.button(key="leave_why").click().run()
    assert "ledger" in charts(page) and "figure" not in page.query_params
