"""The content security policy lets through all that the pages do and nothing more; a class's password in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import Found
from tests.browser.conftest import APP_PAGES
from tests.browser.playground import expect_finished, open_more
from tests.browser.server import Server, running_server
from tests.browser.waiting import until

DIALOGS = ("Share", "Take it away", "Why? Agent 1", "Use your own data")
NOT_SHARED = ("shelf", "your-federation", "glossary", "lessons", "class-room", "join")  # they have no such button
FORGED = "see https://evil.example www.evil.example a@evil.example [b](http://evil.example)"
PASSWORD = "gänse füttern 9"


@pytest.mark.parametrize("name", APP_PAGES)
def test_no_page_asks_for_what_the_policy_forbids(page: Page, server: Server, name: str):
    """What is forbidden is told by ``conftest._watch``, in every test of a browser; here on each page."""
    page.goto(f"{server.url}/{name}")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_role("button", name="Share", exact=True)).to_have_count(int(name not in NOT_SHARED))
    if name not in NOT_SHARED:
        for dialog in DIALOGS if name == "playground" else ("Share",):
            open_and_close(page, dialog)


def open_and_close(page: Page, name: str) -> None:
    """A dialog, with all that it loads."""
    button = page.get_by_role("button", name=name, exact=True)
    if name == "Use your own data":
        open_more(page)
    if name == "Why? Agent 1":
        expect_finished(page)  # the ledger's buttons are drawn anew until then
    button.click()
    if name == "Why? Agent 1":  # not a dialog, but a tab of the page
        expect(page.get_by_text("5. Model: what it gets").first).to_be_visible()
        return
    expect(page.get_by_role("dialog").get_by_role("button").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    for picture in page.get_by_role("dialog").locator("img").all():
        until(page, "picture => picture.naturalWidth > 0", arg=picture.element_handle())
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_policy_holds(browser: Browser, server: Server):
    """That the tests would see it: a script in a page's text is not run, nor text made a script."""
    page = browser.new_context().new_page()  # unwatched
    page.goto(f"{server.url}/glossary")
    page.evaluate(
        """() => {
          window.told = [];
          document.addEventListener("securitypolicyviolation", (event) => window.told.push(event.blockedURI));
          setTimeout(() => new Function("window.isRun = true")());
          const script = document.createElement("script");
          script.textContent = "window.isRun = true";
          document.head.append(script);
        }"""
    )
    until(page, "() => window.told.length >= 2")
    assert sorted(page.evaluate("window.told")) == ["eval", "inline"] and page.evaluate("window.isRun") is None
    page.context.close()


def test_an_address_in_a_forged_value_is_no_link(page: Page, server: Server):
    page.goto(f"{server.url}/playground?preset={FORGED}")
    told = page.get_by_test_id("stAlert").first
    expect(told).to_contain_text("This link cannot be opened")
    expect(told.locator("a, img")).to_have_count(0)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory):
    with running_server(tmp_path_factory.mktemp("guarded"), CGS_CLASS_PASSWORD=PASSWORD) as running:
        yield running


def test_a_class_types_its_password_once(browser: Browser, guarded: Server):
    page = browser.new_context().new_page()  # unwatched: a browser tells of the answer 403 as of a problem
    found = Found()
    page.goto(f"{guarded.url}/trade-offs?own_field=n_agents")
    expect(page.get_by_role("heading", name="This app is for a class")).to_be_visible()
    found.look(page, "asked", "body")
    page.get_by_label("The class's password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not the class's password")
    found.look(page, "asked again", "body")
    assert found.ours == []
    page.get_by_label("The class's password").fill(PASSWORD)
    page.get_by_role("button", name="Open the app").click()
    expect(page).to_have_url(f"{guarded.url}/trade-offs?own_field=n_agents")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_role("heading").first).to_be_visible()
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "cgs_class"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    page.reload()
    expect(page.get_by_test_id("stApp")).to_be_visible()
    page.context.close()
