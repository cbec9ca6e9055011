"""What a visitor sees first: by a cold deep link, by the plain address, by a card, at each size and theme."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_core.words import findings
from cgs_ui.playground.views import VIEWS
from tests.browser.conftest import NewPage
from tests.browser.playground import (
    charts,
    expect_ledger,
    headline,
    open_more,
    open_playground,
    open_tab,
    shown_round,
    sideways,
    trace_of,
    url_of,
)
from tests.browser.server import Server, running_server

SCREENS: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "projector": {"viewport": {"width": 1024, "height": 768}},
}

WATCH_FOR_STOP = """
    window.sawStop = false;
    new MutationObserver(() => {
        window.sawStop ||= [...document.querySelectorAll("button")].some(button => button.innerText === "Stop");
    }).observe(document, { childList: true, subtree: true, characterData: true });
"""
NAME_OF_FOCUSED = """() => {
    let it = document.activeElement;
    while (it.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
    const labels = [...(it.labels ?? [])].map(label => label.innerText);
    return [it.getAttribute("aria-label"), ...labels, it.innerText].filter(Boolean).join(" ");
}"""


def test_a_deep_link_as_a_servers_very_first_request(new_page: NewPage, tmp_path):
    scenario = Scenario(n_agents=4, n_rounds=12, agents=(Agent(), Agent(label_noise=0.5)))
    with running_server(tmp_path) as fresh:
        page = new_page(fresh)
        open_playground(page, url_of(fresh, scenario, 7))
        for name in ("Home", "Playground"):
            expect(page.get_by_role("link", name=name)).to_be_visible()
        expect(page).to_have_title("Playground · Fair rewards")
        expect(shown_round(page)).to_have_text("Round 7 of 12")
        expect_ledger(page, trace_of(scenario), 7)
        expect(headline(page)).to_have_text(findings.headline(trace_of(scenario), 6))
        expect(page.get_by_text("Page not found")).to_have_count(0)
        assert page.url == url_of(fresh, scenario, 7)
        page.context.close()  # else it calls for the server


def test_the_opening_run_is_there_at_first_paint(page: Page, server: Server):
    page.add_init_script(WATCH_FOR_STOP)
    open_playground(page, url_of(server, OPENING.scenario), finished=False)
    assert not page.evaluate("window.sawStop")
    expect(shown_round(page)).to_have_text("All 50 rounds")
    expect_ledger(page, trace_of(OPENING.scenario))
    expect(headline(page)).to_have_text(findings.headline(trace_of(OPENING.scenario)))


def test_a_card_opens_the_playground_with_its_scenario(page: Page, server: Server):
    preset = PRESETS["free_rider"]
    page.goto(server.url)
    page.locator(f".st-key-open_{preset.name}").get_by_role("button").click()
    expect(page).to_have_url(url_of(server, preset.scenario))
    expect_ledger(page, trace_of(preset.scenario))
    expect(headline(page)).to_have_text(findings.headline(trace_of(preset.scenario)))


def test_home_shows_the_end_of_its_run_whatever_round_was_looked_at(page: Page, server: Server):
    open_playground(page, url_of(server, OPENING.scenario, 7))
    expect_ledger(page, trace_of(OPENING.scenario), 7)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Who contributes, and who is paid?")).to_be_visible()
    expect_ledger(page, trace_of(OPENING.scenario))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_chart_is_drawn_and_named_and_fits(screen: str, new_page: NewPage, server: Server):
    page = new_page(server, **SCREENS[screen])
    n_ledgers = 0 if screen == "phone" else 1  # a phone has cards instead
    page.goto(server.url)
    expect(page.locator(".cgs-cards:visible")).to_have_count(1 - n_ledgers)
    expect_charts_in_order(page, n_ledgers)
    page.goto(url_of(server, OPENING.scenario))
    expect(page.locator(".cgs-cards:visible")).to_have_count(1 - n_ledgers)
    for name, n_below in zip(VIEWS, (2, 5, 1, 1, 3, 1, 0), strict=True):
        open_tab(page, name)
        expect_charts_in_order(page, n_ledgers + n_below)
    expect(page).to_have_url(f"{server.url}/playground?tab=Numbers")


def test_the_tab_key_reaches_every_control(page: Page, server: Server):
    open_playground(page, url_of(server, OPENING.scenario))
    open_more(page)
    page.locator("body").press("Tab")
    reached: set[str] = set()
    for _ in range(150):
        reached.add(page.evaluate(NAME_OF_FOCUSED))
        page.keyboard.press("Tab")
    sidebar = {
        "Home",
        "Playground",
        "Scenario",
        "Data set",
        "Agents (N)",
        "Split",
        "Altruism (β)",
        "New data",
        "New start",
        "More",
    }
    sidebar |= {"Projector", "Share", "Take it away", "Next story"}
    main = {"Save: The ledger", "One round back", "Play the rounds", "one round on", "Round", "Sort by", "Who has what"}
    assert {name for name in sidebar | main if not any(name in one for one in reached)} == set()


def expect_charts_in_order(page: Page, count: int) -> None:
    """So many charts, all drawn and with a text for who cannot see them; the page keeps to its width."""
    expect(page.locator(".cgs-plot:visible")).to_have_count(count)
    expect(charts(page).filter(has=page.locator(".cgs-plot:visible"))).to_have_count(count)
    for plot in page.locator(".cgs-plot:visible").all():
        assert (plot.get_attribute("aria-label") or "").strip()
        assert plot.locator("svg").count() > 0
    for chart in charts(page).filter(has=page.locator(".cgs-plot:visible")).all():
        menu = chart.get_by_role("button", name=re.compile("^Save: "))
        expect(menu).to_have_count(1)
        assert bottom_of(chart.locator(".cgs-scroll")) <= (menu.bounding_box() or {})["y"] + 0.5  # it hides nothing
    assert sideways(page) == {}


def bottom_of(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["y"] + box["height"]
