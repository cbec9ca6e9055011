"""The dialog "Share": seen whole on a projector, and its links copied by keyboard, on plain http too."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.browser.conftest import NETWORK_NAME, NewPage
from tests.browser.playground import charts, expect_finished, open_playground
from tests.browser.server import Server
from tests.browser.waiting import until

QUICK = Scenario(n_agents=2, n_rounds=2)
LEAST_CODE = 380  # pixels
PASTED = """() => { const field = document.body.appendChild(document.createElement("textarea"));
                    field.id = "pasted"; field.focus(); }"""


def shared(page: Page, url: str) -> Locator:
    """The dialog, opened by keyboard on a page whose run is finished."""
    open_playground(page, url)
    page.get_by_role("button", name="Share", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("QR code")).to_be_visible()
    expect_finished(page)
    return dialog


def expect_read(dialog: Locator) -> None:
    """What is chosen is in the dialog's own ink: axe-core does not look through what lies behind a dialog."""
    chosen, ink = dialog.locator("[data-testid=stButtonGroup] button[data-selected]"), "e => getComputedStyle(e).color"
    if chosen.count():
        assert chosen.first.locator("p").evaluate(ink) == dialog.evaluate(ink)


def expect_seen_whole(dialog: Locator) -> None:
    """The code is large, and it and the links lie within the window without scrolling."""
    code = dialog.locator("img")
    expect(code).to_be_visible()
    until(dialog.page, "code => code.naturalWidth > 0", arg=code.element_handle())
    box, window = code.bounding_box(), dialog.page.viewport_size
    assert box and window and box["width"] >= LEAST_CODE and box["height"] >= LEAST_CODE
    for part in (code, *dialog.locator("input[readonly]").all()):
        expect(part).to_be_in_viewport(ratio=1)
    scrolled = "part => part.scrollHeight > part.clientHeight && getComputedStyle(part).overflowY !== 'visible'"
    assert not dialog.evaluate(scrolled)


@pytest.mark.parametrize("kind", ["page", "lesson to give", "locked by a lesson"])
@pytest.mark.parametrize(("width", "height", "scheme"), [(1024, 768, "light"), (1280, 720, "dark")])
def test_links_and_code_are_seen_without_scrolling(
    new_page: NewPage, server: Server, width: int, height: int, scheme: str, kind: str
) -> None:
    page = new_page(server, viewport={"width": width, "height": height}, color_scheme=scheme)
    token = token_of(Lesson(QUICK, "playground"), server.store)
    which = f"lesson={token}" if kind == "locked by a lesson" else f"s={QUICK.to_link()}"
    dialog = shared(page, f"{server.url}/playground?{which}")
    if kind == "lesson to give":
        dialog.get_by_role("radio", name="A lesson on it").click()
        expect(dialog.get_by_role("textbox", name="Teacher link, for this server")).to_be_visible()
    else:
        name = "Link that works everywhere" if kind == "page" else "Link to this lesson, for this server"
        expect(dialog.get_by_role("textbox", name=name)).to_have_value(page.url)
    expect(dialog.get_by_role("radio")).to_have_count(0 if kind == "locked by a lesson" else 2)
    expect_seen_whole(dialog)
    expect_read(dialog)


@pytest.mark.parametrize("host", ["localhost", NETWORK_NAME])
def test_a_link_is_copied_by_keyboard_alone(new_page: NewPage, server: Server, host: str) -> None:
    there = replace(server, url=f"http://{host}:{urlsplit(server.url).port}")
    page = new_page(there)
    dialog = shared(page, f"{there.url}/playground?s={QUICK.to_link()}")
    assert page.evaluate("window.isSecureContext") == (host == "localhost")
    link = page.url
    copy = dialog.get_by_role("button", name="Copy: Link that works everywhere")
    for _ in range(8):
        if copy.evaluate("button => button.matches(':focus')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Copied.", exact=True)).to_be_visible()
    expect(copy).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_focused()
    page.evaluate(PASTED)
    page.keyboard.press("Control+V")
    expect(page.locator("#pasted")).to_have_value(link)


def test_the_dialog_stays_while_a_run_goes_on_and_closes_for_good(page: Page, server: Server) -> None:
    slow = Scenario(n_agents=20, n_rounds=60, n_samples=1400, data_seed=77)
    open_playground(page, f"{server.url}/playground?s={slow.to_link()}", finished=False)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("QR code")).to_be_visible()
    expect_finished(page)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name=re.compile("Home")).click()
    page.wait_for_url(f"{server.url}/")
    page.get_by_role("link", name=re.compile("Playground")).first.click()
    expect(charts(page).first).to_be_visible()
    expect(dialog).to_have_count(0)
