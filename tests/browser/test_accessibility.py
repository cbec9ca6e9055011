"""Every page and dialog before axe-core, on a laptop and on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from cgs_core import Agent, Scenario
from tests.browser.axe import Found, known_findings
from tests.browser.conftest import NewPage
from tests.browser.playground import sideways, stop_button
from tests.browser.server import Server
from tests.browser.waiting import until
from tests.federation.logs import served

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, agents=(Agent(label_noise=0.3),))
SCREENS: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1280, "height": 720}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
INK = {"light": "rgb(35, 38, 46)", "dark": "rgb(232, 235, 240)"}  # the themes' text
NOBODY_IN = """([ink, within]) => {
    const rgb = color => color.match(/\\d+/g).slice(0, 3).join(); // a paler ink has an alpha besides
    const isInked = part => rgb(getComputedStyle(part).color) === rgb(ink);
    return ![...document.querySelectorAll(`${within} :is(p, button, label, li, h1, h2, h3, th, td, a, strong)`)]
        .some(part => part.checkVisibility({ visibilityProperty: true }) && isInked(part));
}"""
ALL_DRAWN = """() => ![...document.querySelectorAll(".cgs-chart:not([data-drawn])")]
    .some(chart => chart.checkVisibility({ visibilityProperty: true }) && !chart.closest("[inert]"))"""
PAGES = {
    "": "",
    "coalition-game": "",
    "coalition-game?game=retrained": "",
    "coalition-game?game=sandbox": "",
    "mechanisms": "mechanisms=fedavg,cgsv&comparison_seeds=1",
    "trade-offs": "n_seeds=1&question=own&own_field=n_rounds&own_values=2,4",
    "paper": "paper_dataset=digits",
    "leaderboard": "",
    "glossary?term=psi": "",
    "method": "",
    "playground": "",
}
SAME_TABS = ("coalition-game?game=retrained",)  # as those of another address, with other numbers
DIALOGS = ("Share", "Take it away", "Use your own data")
TABPANEL = "[role=tabpanel]:not([inert])"


def open_page(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.url}/{address}{'&' if '?' in address else '?'}s={QUICK.to_link()}&{PAGES[address]}")
    expect_settled(page)


def expect_settled(page: Page) -> None:
    """What the page shows is computed and drawn.

    Charts are looked at last, when no more of them can come: also such as are still too empty to be seen.
    """
    shown = ".cgs-plot, .cgs-cards, [data-testid=stDataFrame], [class*=st-key-term_]"
    expect(page.locator(shown).filter(visible=True)).not_to_have_count(0)
    expect(stop_button(page)).to_have_count(0)
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton], [data-test-script-state=running]")).to_have_count(
        0
    )
    until(page, ALL_DRAWN)


def scheme_of(page: Page) -> str:
    """Light or dark, as the page was asked to be."""
    return str(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"))


def switch_scheme(page: Page, within: str, settled: Callable[[Page], None]) -> None:
    """The same page in the other scheme, where it stays: the next one is looked at in that one first."""
    was = scheme_of(page)
    page.emulate_media(color_scheme="light" if was == "dark" else "dark")
    for _ in range(2):  # what comes while the page settles is looked at too
        until(page, NOBODY_IN, arg=[INK[was], within])
        settled(page)


def look(
    found: Found, page: Page, where: str, within: str = "body", settled: Callable[[Page], None] = expect_settled
) -> None:
    """With every rule as the page is, light or dark; in the other scheme only colours are others."""
    settled(page)
    found.look(page, f"{where}, {scheme_of(page)}", within)
    switch_scheme(page, within, settled)
    found.look(page, f"{where}, {scheme_of(page)}", within, ["color-contrast"])


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
    expect_settled(page)


def show_controls(page: Page, are_wanted: bool) -> None:
    """Open the sidebar, or close it, where it lies over the page: on a phone."""
    if page.viewport_size != SCREENS["phone"]["viewport"]:
        return
    sidebar = page.get_by_test_id("stSidebar")
    if (sidebar.get_attribute("data-collapsed") == "false") != are_wanted:
        name = "stExpandSidebarButton" if are_wanted else "stSidebarCollapseButton"
        page.locator(f"button[data-testid={name}], [data-testid={name}] button").click()
    expect(sidebar).to_have_attribute("data-collapsed", str(not are_wanted).lower())


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_that_is_ours(screen: str, new_page: NewPage, server: Server) -> None:
    found, page = Found(), new_page(server, **SCREENS[screen], reduced_motion="reduce")  # nothing is half faded
    for address in PAGES:
        open_page(page, server, address)
        name, scheme = address or "home", scheme_of(page)
        found.look(page, f"{name}, {scheme}", "body")
        has_new_tabs = screen == "laptop" and address not in SAME_TABS
        tabs = page.get_by_role("tab").all_text_contents() if has_new_tabs else []
        for tab in tabs[1:]:
            open_tab(page, tab)
            found.look(page, f"{name}, {tab}, {scheme}", TABPANEL)
        switch_scheme(page, "body", expect_settled)  # only colours are others
        scheme = scheme_of(page)
        found.look(page, f"{name}, {scheme}", "body", ["color-contrast"])
        for tab in tabs[:-1]:  # the last one is open
            open_tab(page, tab)
            found.look(page, f"{name}, {tab}, {scheme}", TABPANEL, ["color-contrast"])
    dialogs(found, page)
    shelf(found, page, server)
    federation(found, page, server)
    assert not found.ours, "\n".join(found.ours)
    assert {one for one in known_findings() if screen in one.screens} - found.occurred == set(), "no longer Streamlit's"


def dialogs(found: Found, page: Page) -> None:
    """Those of the Playground, which is open, wherever their buttons are, and a chart's menu."""
    for name in DIALOGS:
        button = page.get_by_role("button", name=name, exact=True)
        is_control = name == "Use your own data"
        show_controls(page, is_control)
        if is_control:
            page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
            expect(button).to_be_visible()
            look(found, page, "controls", "[data-testid=stSidebar]")
        button.click()
        expect(page.get_by_role("dialog").get_by_role("button").first).to_be_visible()
        expect_settled(page)
        look(found, page, name, "[role=dialog]")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    show_controls(page, False)
    page.get_by_role("button", name="Save: The ledger").click()
    expect(page.get_by_role("menu")).to_be_visible()
    look(found, page, "Save", ".cgs-save")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)


def shelf(found: Found, page: Page, server: Server) -> None:
    """With a run on it."""
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("link", name="Pinned").wait_for()
    page.goto(f"{server.url}/shelf")
    page.get_by_text("Charts", exact=True).click()
    expect(page.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    expect_settled(page)
    look(found, page, "shelf")


def federation(found: Found, page: Page, server: Server) -> None:
    """The form, and a log with its steps."""
    page.goto(f"{server.url}/your-federation")
    log = FilePayload(name="log.npz", mimeType="application/octet-stream", buffer=served()[0].to_npz())
    page.locator("input[type=file]").set_input_files(log)
    expect(page.locator(".cgs-chart[data-drawn]")).to_have_count(2)
    page.get_by_text("By these rules", exact=True).click()
    expect(page.get_by_text("Importance smoothing")).to_be_visible()
    expect_settled(page)
    look(found, page, "federation")
    page.get_by_role("tab", name="Why").click()
    expect(page.locator("[class*=st-key-log_why] .cgs-chart[data-drawn]")).to_have_count(4)
    expect_settled(page)
    look(found, page, "federation, why", TABPANEL)


def test_axe_sees_what_is_wrong(page: Page) -> None:
    page.set_content(
        "<main><h1>Wrong</h1><img src='data:,'><p style='color: #999'>faint</p>"
        "<button style='width: 9px; height: 9px'>a</button><button style='width: 9px; height: 9px'>b</button></main>"
    )
    found = Found()
    found.look(page, "here", "body")
    for rule in ("image-alt", "color-contrast", "target-size"):
        assert any(rule in one for one in found.ours), rule


BROKEN_WORDS = """() => [...document.querySelectorAll("h1, p, label, button, summary, [role=tab]")].flatMap(part => {
    const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT), range = document.createRange(), broken = [];
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        for (const word of text.data.matchAll(/[\\p{L}\\d]+/gu)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (part.checkVisibility() && new Set([...range.getClientRects()].map(box => box.top)).size > 1)
                broken.push(word[0]);
        }
    }
    return broken;
})"""
LARGE = """addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "html { font-size: 200% !important }";
    document.head.append(style);
})"""


def test_text_of_twice_the_size_is_whole(new_page: NewPage, server: Server) -> None:
    page = new_page(server, **SCREENS["laptop"])
    page.add_init_script(LARGE)
    for address in ("playground", "coalition-game", "mechanisms", "paper"):
        open_page(page, server, address)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        assert sideways(page) == {}
        assert page.evaluate(BROKEN_WORDS) == []


def test_nothing_moves_for_who_wants_no_motion(new_page: NewPage, server: Server) -> None:
    page = new_page(server, reduced_motion="reduce")
    open_page(page, server, "playground")
    moves = """() => [...document.querySelectorAll("*")].map(part => getComputedStyle(part)).filter(style =>
        `${style.transitionDuration},${style.animationDuration}`.split(",").some(one => parseFloat(one) > 0.001)
        || style.scrollBehavior === "smooth").length"""
    assert page.evaluate(moves) == 0
