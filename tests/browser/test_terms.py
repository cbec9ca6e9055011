"""Terms that explain themselves, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cgs_core.words.terms import TERMS
from tests.browser.axe import Found
from tests.browser.server import Server
from tests.browser.waiting import until


def test_a_term_explains_itself_by_keyboard_and_by_pointer(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/method")
    term = page.get_by_role("link", name="coalition", exact=True).first
    box, more = page.locator(".cgs-definition"), page.get_by_role("link", name="More in the glossary")
    expect(term).to_be_visible()
    until(page, "() => window.cgsTerms")
    page.get_by_role("link", name="ψ", exact=True).first.focus()
    page.keyboard.press("Tab")
    expect(term).to_be_focused()
    expect(box).to_contain_text(TERMS["coalition"].words)
    expect(term).to_have_attribute("aria-expanded", "true")
    own, its = term.bounding_box(), box.bounding_box()
    assert own and its and (its["y"] >= own["y"] + own["height"] or its["y"] + its["height"] <= own["y"])
    found = Found()
    found.look(page, "a definition", "[data-testid=stMarkdownContainer]:has([aria-expanded=true]), .cgs-definition")
    assert found.ours == []
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(term).to_be_focused()
    page.keyboard.press("Enter")
    expect(more).to_be_focused()
    page.keyboard.press("Escape")
    expect(term).to_be_focused()
    term.blur()
    term.hover()
    expect(box).to_be_visible()
    box.hover()
    expect(term).to_have_attribute("aria-expanded", "true")
    more.click()
    expect(page).to_have_url(re.compile(r"/glossary\?term=coalition"))
    expect(page.locator(".st-key-term_coalition")).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_role("heading", name="What happens in one round?")).to_be_visible()


def test_a_tap_opens_and_closes_it(new_page, server: Server) -> None:
    page = new_page(server, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{server.url}/method")
    until(page, "() => window.cgsTerms")
    page.get_by_role("link", name="importance", exact=True).first.tap()
    box = page.locator(".cgs-definition")
    expect(box).to_contain_text(TERMS["importance"].words)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("heading").first.tap()
    expect(box).to_be_hidden()
