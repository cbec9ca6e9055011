"""Links in fresh browsers: what is on screen comes back, and nothing that a teacher has locked can be unlocked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_core.scenario_text import packed
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished, open_tab
from tests.browser.server import Server

SCENARIO = Scenario(n_agents=3, n_rounds=4, agents=(Agent(label_noise=0.5), Agent(), Agent(conduct="free_rider")))
TABS = {"playground": "Numbers", "coalition-game": "Axioms"}


def opened(page: Page, url: str) -> None:
    page.goto(url)
    expect(charts(page).first).to_be_visible()
    expect_finished(page)


@pytest.mark.parametrize("name", TABS)
def test_a_link_with_edited_agents_comes_back_in_a_fresh_browser(new_page: NewPage, server: Server, name: str) -> None:
    first, second = new_page(server), new_page(server)
    opened(first, f"{server.url}/{name}?s={SCENARIO.to_link()}&round=2")
    open_tab(first, TABS[name])
    first.wait_for_url("**tab*")
    opened(second, first.url)
    for page in (first, second):
        expect(page.locator(".player .round")).to_have_text("Round 2 of 4")
        expect(page.get_by_role("tab", name=TABS[name], exact=True)).to_have_attribute("aria-selected", "true")
    assert f"s={SCENARIO.to_link()}" in second.url and second.url == first.url


def test_a_clamped_link_says_so(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/playground?s={packed({'n_agents': 2, 'n_rounds': 3, 'update_norm': 99})}")
    expect(page.get_by_text("update_norm: 99 came, 10 is used.")).to_be_visible()


def test_a_forged_lesson_unlocks_nothing(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/playground?lesson={packed({'allowed': ['n_agents']})}.AAAA")
    expect(page.get_by_text("This teacher's link cannot be opened.")).to_be_visible()
    expect(page.get_by_role("slider", name="Agents")).to_be_disabled()
