"""The browser's Back and Forward: the screen is what the address says."""

import re

from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.studies.presets import PRESETS
from tests.browser.playground import expect_ledger, open_playground, open_tab, shown_round, trace_of, url_of
from tests.browser.server import Server

QUICK = Scenario(dataset="wine", n_agents=3, n_rounds=4)


def test_back_and_forward_restore_the_scenario_the_round_and_the_tab(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, QUICK))
    expect_ledger(page, trace_of(QUICK))
    page.get_by_role("slider", name="Agents (N)").press("ArrowRight")
    changed = QUICK.replace(n_agents=4)
    expect(page).to_have_url(url_of(server, changed))
    expect_ledger(page, trace_of(changed))
    page.get_by_role("button", name="One round on").click()
    expect(page).to_have_url(url_of(server, changed, 1))
    open_tab(page, "Numbers")
    expect(page).to_have_url(f"{url_of(server, changed, 1)}&tab=Numbers")

    page.go_back()
    expect(page).to_have_url(url_of(server, changed, 1))
    expect(page.get_by_role("tab", name="Who has what")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page).to_have_url(url_of(server, changed))
    expect(shown_round(page)).to_have_text("All 4 rounds")
    page.go_back()
    expect(page).to_have_url(url_of(server, QUICK))
    expect_ledger(page, trace_of(QUICK))
    expect(page.get_by_role("slider", name="Agents (N)")).to_have_value("3")

    page.go_forward()
    expect_ledger(page, trace_of(changed))
    page.go_forward()
    expect(shown_round(page)).to_have_text("Round 1 of 4")
    expect(page).to_have_url(url_of(server, changed, 1))
    page.get_by_role("slider", name="Agents (N)").press("ArrowLeft")  # a change goes on from what is shown
    expect_ledger(page, trace_of(QUICK), 1)


def test_back_goes_to_the_page_before_with_what_it_showed(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, QUICK))
    page.get_by_role("link", name="Mechanisms").click()
    expect(page.get_by_role("heading", name="Which rule is fair, and to whom?")).to_be_visible()
    expect(page).to_have_title("Mechanisms · Fair rewards")
    expect(page).to_have_url(f"{server.url}/mechanisms?s={QUICK.to_link()}")
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_title("Home · Fair rewards")
    expect(page).not_to_have_url(re.compile("mechanisms"))  # the address follows the title
    page.go_back()
    expect(page).to_have_title("Mechanisms · Fair rewards")
    expect(page).to_have_url(f"{server.url}/mechanisms?s={QUICK.to_link()}")


def test_a_page_opened_from_the_navigation_is_one_step_back(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, QUICK))
    expect_ledger(page, trace_of(QUICK))
    page.get_by_role("link", name="Mechanisms").click()
    expect(page).to_have_url(f"{server.url}/mechanisms?s={QUICK.to_link()}")
    page.go_back()
    expect(page).to_have_url(url_of(server, QUICK))
    expect_ledger(page, trace_of(QUICK))


def test_back_to_a_storys_link_shows_the_story_again(page: Page, server: Server) -> None:
    story = PRESETS["four_alike"]
    open_playground(page, f"{server.url}/playground?preset={story.name}")
    expect(page).to_have_url(url_of(server, story.scenario))
    page.get_by_role("slider", name="Agents (N)").press("ArrowLeft")
    expect(page.get_by_role("slider", name="Agents (N)")).to_have_value(str(story.scenario.n_agents - 1))
    expect(page).to_have_url(re.compile("story="))
    page.go_back()
    expect(page).to_have_url(url_of(server, story.scenario))
    expect(page.get_by_role("slider", name="Agents (N)")).to_have_value(str(story.scenario.n_agents))
    page.go_back()
    expect(page).to_have_url(f"{server.url}/playground?preset={story.name}")
    expect_ledger(page, trace_of(story.scenario))
