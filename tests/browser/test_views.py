"""The projector view and the embedded picture: readable, light where it must be, and nothing to scroll."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cgs_core import Scenario
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished
from tests.browser.server import Server
from tests.browser.waiting import until

PROJECTOR: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "color_scheme": "dark"}
EMBED: dict[str, Any] = {"viewport": {"width": 960, "height": 540}}
SIZES = """() => [...document.querySelectorAll(".cgs-plot svg text")]
    .flatMap(text => [text, ...text.querySelectorAll("tspan")])
    .filter(text => text.textContent.trim()).map(text => parseFloat(getComputedStyle(text).fontSize))"""
SCROLLS = """() => ["html", "body", "[data-testid=stApp]", "[data-testid=stMain]", ".cgs-scroll"].flatMap(name => {
    const part = document.querySelector(name); // null while it is drawn anew, which is not whole either
    return part ? [part.scrollHeight - part.clientHeight, part.scrollWidth - part.clientWidth] : [1];
}).filter(more => more > 0)"""
GROUND = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"
OUTSIDE = """() => [...document.querySelectorAll(".cgs-plot, .st-key-sentence, .st-key-round_player")]
    .map(part => part.getBoundingClientRect())
    .filter(at => at.top < 0 || at.bottom > innerHeight || at.right > innerWidth).length"""


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(charts(page).first).to_be_visible()
    expect_finished(page)
    until(page, "() => document.querySelectorAll('.cgs-plot svg text').length > 0")
    return page


def expect_bare(page: Page) -> None:
    """One picture on the screen, whole, with nothing to scroll."""
    expect(charts(page)).to_have_count(1)
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    until(page, f"() => ({SCROLLS})().length === 0 && ({OUTSIDE})() === 0")  # when all is in its place


@pytest.mark.parametrize("n_agents", [2, 5, 8, 50])
def test_the_last_row_reads_a_projectors_ledger(new_page: NewPage, server: Server, n_agents: int) -> None:
    link = Scenario(n_agents=n_agents, n_rounds=3).to_link()
    page = opened(new_page(server, **PROJECTOR), f"{server.url}/playground?view=projector&s={link}")
    expect_bare(page)
    assert min(page.evaluate(SIZES)) >= 24
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("figure", ["shards", "contribution", "pay", "accuracy", "gain"])
def test_so_do_other_pictures(new_page: NewPage, server: Server, figure: str) -> None:
    page = opened(new_page(server, **PROJECTOR), f"{server.url}/playground?view=projector&figure={figure}")
    expect_bare(page)
    assert min(page.evaluate(SIZES)) >= 24


def test_a_projectors_link_opens_alike_and_leads_back(new_page: NewPage, server: Server) -> None:
    first, second = new_page(server, **PROJECTOR), new_page(server, **PROJECTOR)
    opened(first, f"{server.url}/playground?view=projector&sort_by=pay&round=7")
    opened(second, first.url)
    for page in (first, second):
        expect(page.locator(".player .round")).to_have_text("Round 7 of 50")
    names = "() => document.querySelector('.cgs-plot').layout.yaxis.ticktext"
    assert first.evaluate(names) == second.evaluate(names)
    second.get_by_role("button", name="Leave projector view").click()
    expect(second.get_by_role("tab").first).to_be_visible()
    expect(second).to_have_url(f"{server.url}/playground?round=7&sort_by=pay")


def test_a_picture_stands_in_another_page(new_page: NewPage, server: Server) -> None:
    page = opened(new_page(server, **EMBED), f"{server.url}/playground?embed=true&figure=accuracy")
    expect_bare(page)
    assert min(page.evaluate(SIZES)) >= 12
    page.get_by_role("button", name="One round back").click()
    expect(page.locator(".player .round")).to_have_text("Round 50 of 50")


LINKS = (
    "coalition-game?",
    "coalition-game?walk_of_5=12345-3-1&highlight=coalition+3",
    "coalition-game?game=sandbox",
    "mechanisms?comparison_seeds=1",
    "trade-offs?n_seeds=1&question=own&own_field=n_rounds&own_values=2,4",
)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("view", ["projector", "embed"])
def test_the_other_pages_too(new_page: NewPage, server: Server, link: str, view: str) -> None:
    options, query = (PROJECTOR, "view=projector") if view == "projector" else (EMBED, "embed=true")
    page = opened(new_page(server, **options), f"{server.url}/{link}&{query}")
    expect_bare(page)
    assert min(page.evaluate(SIZES)) >= (24 if view == "projector" else 11)


def test_another_sites_page_frames_the_picture(browser: Browser, server: Server, tmp_path: Path) -> None:
    frame = f'<iframe src="{server.url}/playground?embed=true" width="960" height="540"></iframe>'
    (tmp_path / "index.html").write_text(frame, encoding="utf-8")
    other = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    Thread(target=other.serve_forever, daemon=True).start()
    page = browser.new_page(viewport={"width": 1100, "height": 700})  # not ours: it may go to another host
    try:
        page.goto(f"http://127.0.0.1:{other.server_port}/")
        inside = page.frame_locator("iframe")
        expect(inside.locator(".cgs-chart[data-drawn]")).to_be_visible()
        expect(inside.locator(".player .round")).to_have_text("All 50 rounds")
    finally:
        page.close()
        other.shutdown()
        other.server_close()


def test_the_projector_is_turned_on_for_own_work(new_page: NewPage, server: Server) -> None:
    page = opened(new_page(server, **PROJECTOR), f"{server.url}/playground")
    page.get_by_role("button", name="Projector").click()
    expect(page.get_by_role("button", name="Leave projector view")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{server.url}/playground?view=projector")
    until(page, "() => document.querySelector('.cgs-plot')?.layout?.font.size === 24")
    expect_bare(page)


def test_a_lesson_works_in_both(new_page: NewPage, server: Server) -> None:
    token = token_of(Lesson(Scenario(), "playground"), server.store)
    for options, query in ((PROJECTOR, "view=projector"), (EMBED, "embed=true")):
        page = opened(new_page(server, **options), f"{server.url}/playground?lesson={token}&{query}")
        expect_bare(page)
        expect(page.get_by_text("This teacher's link cannot be opened.")).to_have_count(0)
