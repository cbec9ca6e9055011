"""The player: what its buttons say, how fast it goes, and that playing draws what changes and nothing else."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_at_rest, open_playground, open_tab, shown_round, url_of
from tests.browser.server import Server
from tests.runs.helpers import eventually

SCENARIO = Scenario(n_agents=4, n_rounds=8)
WATCH_FIRST_COLUMN = """() => {
    const column = document.querySelector(".cgs-plot .cartesianlayer .subplot.xy");
    window.touched = 0;
    new MutationObserver((records) => {
        window.touched += records.filter((one) => one.type === "childList" || one.attributeName !== "class").length;
    }).observe(column, { subtree: true, childList: true, attributes: true, characterData: true });
    window.lengths = new Set();
    new MutationObserver(() => {
        window.lengths.add(column.parentNode.querySelectorAll(".subplot.x2y .bars path").length);
    }).observe(column.parentNode, { subtree: true, childList: true, attributes: true });
}"""
MARKS = """plot => [...plot.querySelectorAll(".cartesianlayer path, .cartesianlayer text")].map((mark) => {
    const box = mark.getBoundingClientRect(), from = plot.getBoundingClientRect();
    return [[mark.tagName, mark.children.length ? "" : mark.textContent, getComputedStyle(mark).fill],
        [box.x - from.x, box.y - from.y, box.width, box.height]];
})"""
DRAWN_ANEW = """async plot => {
    const copy = document.createElement("div");
    copy.style.width = `${plot.clientWidth}px`;
    document.body.append(copy);
    await Plotly.newPlot(copy, structuredClone(plot.data), structuredClone(plot.layout), { displayModeBar: false });
    const marks = (MARKS)(copy);
    copy.remove();
    return marks;
}""".replace("MARKS", MARKS)


def expect_as_drawn_anew(page: Page) -> None:
    """Every chart's marks are where they would be, had it been drawn in this round at once."""
    for plot in page.locator(".cgs-chart[data-drawn] .cgs-plot:visible").all():
        moved, anew = plot.evaluate(MARKS), plot.evaluate(DRAWN_ANEW)
        assert len(moved) == len(anew) > 0
        for (what, place), (what_anew, place_anew) in zip(moved, anew, strict=True):
            assert what == what_anew
            assert place == pytest.approx(place_anew, abs=1.5)  # bars drawn anew are rounded to pixels


def test_playing_draws_what_changes_and_leaves_the_first_column(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, SCENARIO, 1))
    expect_at_rest(page)
    expect(page.locator(".cgs-chart:visible:not([data-drawn])")).to_have_count(0)
    page.evaluate(WATCH_FIRST_COLUMN)
    page.get_by_label("Speed").select_option("fast")
    page.get_by_role("button", name="Play the rounds").click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_text("❚❚ Pause")
    expect(shown_round(page)).to_have_text("Round 8 of 8")
    page.get_by_role("button", name="One round back").click()
    expect(shown_round(page)).to_have_text("Round 7 of 8")
    assert page.evaluate("window.touched") == 0
    assert page.evaluate("[...window.lengths]") == [SCENARIO.n_agents]  # no bar is gone for a moment
    for name in ("Who contributed", "Who is paid what", "Who gets which model"):
        open_tab(page, name)
        expect(charts(page).nth(1)).to_be_visible()
        page.get_by_role("button", name="One round back").click()
        expect_as_drawn_anew(page)


def test_the_buttons_have_words_and_the_speed_is_remembered(new_page: NewPage, server: Server) -> None:
    page = new_page(server, reduced_motion="reduce")
    open_playground(page, url_of(server, SCENARIO))
    for name, words in {"One round back": "◀ Back", "Play the rounds": "▶ Play", "One round on": "Next ▶|"}.items():
        expect(page.get_by_role("button", name=name)).to_have_text(words)
    speed = page.get_by_label("Speed")
    expect(speed).to_have_value("slow")  # who wants little motion
    speed.select_option("fast")
    page.reload()
    expect(speed).to_have_value("fast")
    page.get_by_role("button", name="One round", exact=True).click()
    slider = page.get_by_role("group", name="Player").get_by_role("slider")
    slider.fill("0")
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        expect(slider).to_have_css("color-scheme", theme)
        if theme == "dark":
            eventually(lambda: left_of_the_way(slider) < 110, "a dark way")
        else:
            eventually(lambda: left_of_the_way(slider) > 150, "a light way")


def left_of_the_way(slider: Locator) -> int:
    """How light the way is that is left, from 0."""
    way = Image.open(BytesIO(slider.screenshot())).convert("L")
    light = way.getpixel((way.width - 12, way.height // 2))
    assert isinstance(light, int)
    return light
