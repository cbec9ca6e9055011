"""A phone's screen: the answer first, controls and player within reach of a thumb; and nothing lies over the focus."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from cgs_core import Agent, Scenario
from tests.browser.conftest import NewPage
from tests.browser.playground import expect_ledger, headline, open_playground, shown_round, trace_of, url_of
from tests.browser.server import Server
from tests.browser.waiting import until

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, agents=(Agent(label_noise=0.3),))
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
REACH = 168  # pixels at the foot of the screen
PRESSES = 45  # of the Tab key: the page's controls, its charts, and a part of its tabs
MOST_SCROLLING_MS = 3_000  # until what has the focus is scrolled into view
COVERED = """() => {
    let it = document.activeElement, root = document;
    while (it.shadowRoot?.activeElement) { root = it.shadowRoot; it = root.activeElement; }
    it = it.closest("[data-testid=stDataFrame]") ?? it; // of a table the canvas has it, which lies under the table
    const box = it.getBoundingClientRect(), parts = [0.1, 0.5, 0.9];
    if (it === document.body || box.width * box.height === 0) return null;
    const events = it.style.pointerEvents;
    it.style.pointerEvents = "auto"; // else it would not be found under its own picture
    const isSeen = parts.some(across => parts.some(down => {
        const top = root.elementFromPoint(box.x + across * box.width, box.y + down * box.height);
        return it.contains(top) || (top?.contains(it) && ![document.body, document.documentElement].includes(top));
    }));
    it.style.pointerEvents = events;
    return isSeen ? null : it.outerHTML.slice(0, 200);
}"""


def is_within_reach(part: Locator) -> bool:
    box, screen = part.bounding_box(), part.page.viewport_size
    assert box is not None and screen is not None
    return screen["height"] - REACH <= box["y"] and box["y"] + box["height"] <= screen["height"]


def test_the_answer_is_first_and_controls_and_player_are_under_the_thumb(new_page: NewPage, server: Server) -> None:
    page = new_page(server, **PHONE)
    open_playground(page, url_of(server, QUICK))
    expect(headline(page)).to_be_in_viewport(ratio=1)
    controls = page.get_by_role("button", name="Controls", exact=True)
    player = page.get_by_role("group", name="Player")
    for width in (320, 360, 390):  # of the phones that there are
        page.set_viewport_size({"width": width, "height": 844})
        for part in (controls, *player.get_by_role("button").all(), player.get_by_role("slider"), shown_round(page)):
            assert is_within_reach(part), (width, part)
    player.get_by_role("button", name="One round back").tap()
    expect_ledger(page, trace_of(QUICK), 3)
    expect(shown_round(page)).to_have_text("Round 3 of 3")

    controls.tap()
    agents = page.get_by_test_id("stSidebar").get_by_text("Agents (N)", exact=True)
    expect(agents).to_be_in_viewport()
    until(page, "() => document.querySelector('.st-key-vary_n_agents').getBoundingClientRect().x > 250")  # it slides in
    label, vary = agents.bounding_box(), page.locator(".st-key-vary_n_agents").bounding_box()
    assert label is not None and vary is not None
    assert vary["y"] - label["y"] < 60, "it stands beside its slider"
    back = page.get_by_role("button", name="See the answer")
    expect(back).to_have_attribute("aria-expanded", "true")
    back.tap()
    expect(agents).not_to_be_in_viewport()
    expect(controls).to_be_in_viewport(ratio=1)


def test_by_keyboard_too(new_page: NewPage, server: Server) -> None:
    page = new_page(server, **PHONE)
    open_playground(page, url_of(server, QUICK))
    for name, is_closed in (("Controls", "false"), ("See the answer", "true")):
        page.get_by_role("button", name=name, exact=True).press("Enter")
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", is_closed)


@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_lies_over_what_has_the_focus(screen: dict[str, Any], new_page: NewPage, server: Server) -> None:
    page = new_page(server, **screen)
    open_playground(page, url_of(server, QUICK))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    assert covered(page, "Tab") == []
    assert covered(page, "Shift+Tab") == []


def covered(page: Page, key: str) -> list[str]:
    """What has had the focus and did not come to be seen."""
    found = []
    for _ in range(PRESSES):
        page.keyboard.press(key)
        try:
            until(page, f"() => !({COVERED})()", most_ms=MOST_SCROLLING_MS)
        except TimeoutError:
            found.append(page.evaluate(COVERED))
    return [one for one in found if one]


def test_a_picture_in_another_page_has_no_foot(new_page: NewPage, server: Server) -> None:
    page = new_page(server, **PHONE)
    page.goto(f"{server.url}/playground?embed=true&s={QUICK.to_link()}")
    expect(shown_round(page)).to_have_text("All 3 rounds")
    expect(page.get_by_role("button", name="Controls", exact=True)).to_have_count(0)


def test_a_table_that_is_wider_than_the_screen_says_so(new_page: NewPage, server: Server) -> None:
    page = new_page(server, **PHONE)
    open_playground(page, f"{url_of(server, QUICK)}&tab=Numbers")
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_have_class(re.compile("cgs-wide"))
    words = "e => getComputedStyle(e.closest('[data-testid=stElementContainer]'), '::after').content"
    assert "move it sideways" in table.evaluate(words)
    page.goto(f"{server.url}/coalition-game?tab_of_6=Axioms&s={QUICK.to_link()}")
    table_of_words = page.get_by_test_id("stMarkdownContainer").locator("table")
    expect(table_of_words).to_have_class(re.compile("cgs-wide"))
    assert "move it sideways" in table_of_words.evaluate(words)
    open_playground(page, f"{url_of(server, QUICK)}&tab=Numbers")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert table.evaluate(words) == "none"
