"""A page that Streamlit has taken down: nothing of it is left."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.playground import charts, open_playground, url_of
from tests.browser.server import Server
from tests.browser.test_accessibility import QUICK

BREAK = "document.getElementById('root').replaceChildren()"
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_page_that_broke_down_is_loaded_anew_but_not_for_ever(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, QUICK))
    with page.expect_navigation():
        page.evaluate(BREAK)
    expect(charts(page).first).to_be_visible()
    page.evaluate("window.isSame = true")
    page.evaluate(BREAK)
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("window.isSame") is True
    assert page.locator(".stApp").count() == 0
