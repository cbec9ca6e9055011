"""From a number of a chart to its definition in one click: what stands over it is a link."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from cgs_core.words.terms import TERMS
from tests.browser.playground import open_playground, shown_round, sideways, url_of
from tests.browser.server import Server
from tests.browser.test_accessibility import QUICK
from tests.browser.waiting import until


def test_a_head_opens_its_definition_by_keyboard_and_follows_the_chart(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, QUICK))
    ledger = page.locator(".st-key-ledger")
    link = ledger.get_by_role("link", name="is paid", exact=True)
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(page.locator(".cgs-definition")).to_contain_text(TERMS["pay"].words)
    page.keyboard.press("Escape")
    expect(page.locator(".cgs-definition")).to_be_hidden()
    over = """link => {
        const head = [...link.closest(".cgs-chart").querySelectorAll(".annotation-text")]
            .find(text => text.textContent.includes("is paid"));
        const [a, b] = [link.getBoundingClientRect(), head.getBoundingClientRect()];
        return a.left >= b.left - 12 && a.right <= b.right + 12 && a.bottom > b.top && a.top < b.bottom;
    }"""
    assert link.evaluate(over)
    page.set_viewport_size({"width": 1024, "height": 768})
    until(page, f"link => ({over})(link)", arg=link.element_handle())
    page.get_by_role("button", name="One round", exact=True).click()
    expect(shown_round(page)).to_have_text("Round 3 of 3")
    until(page, f"link => ({over})(link)", arg=link.element_handle())
    assert ledger.locator("a.cgs-head").count() == 4
    link.click()
    expect(page.locator(".cgs-definition")).to_contain_text(TERMS["pay"].words)
    assert sideways(page) == {}
    page.keyboard.press("Escape")
    ledger.evaluate("place => { place.style.width = '600px'; }")  # without the window, as by a style that comes late
    until(
        page, "place => Math.abs(place.querySelector('.main-svg').clientWidth - 600) <= 1", arg=ledger.element_handle()
    )
    until(page, f"link => ({over})(link)", arg=link.element_handle())


def test_a_title_that_stands_upright_has_its_line_beside_it(page: Page, server: Server) -> None:
    """However short the word is; one that lies has it below."""
    open_playground(page, url_of(server, QUICK) + "&tab=Who+contributed")
    chart = page.get_by_role("tabpanel", name="Who contributed", exact=True)
    expect(chart.get_by_role("link", name="CGSV", exact=True).and_(page.locator(".cgs-head"))).to_have_class(
        "cgs-head upright"
    )
    expect(chart.get_by_role("link", name="round", exact=True).and_(page.locator(".cgs-head"))).to_have_class(
        "cgs-head"
    )
