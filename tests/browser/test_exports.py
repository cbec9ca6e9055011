"""The menu "Save" of a chart in a browser: by keyboard alone, and every file opened by somebody else's program."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.export import at_frame, drawn_csv
from cgs_core.figures import ledger_figure
from cgs_core.figures.style import INK, agent_look
from tests.browser.conftest import NewPage
from tests.browser.playground import (
    charts,
    expect_finished,
    expect_ledger,
    open_playground,
    open_tab,
    shown_round,
    trace_of,
    url_of,
)
from tests.browser.server import Server
from tests.browser.waiting import until
from tools.running_app import running_app

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=6, batch_size=16)
ROUND = 4
FORMATS = ("SVG", "PNG", "PDF", "CSV", "HTML")
SVG = "{http://www.w3.org/2000/svg}"
NAME = f"cgs-ledger-{SMALL.scenario_id}"
BRIGHTNESS = """text => text === null ? 0
    : getComputedStyle(text).fill.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + part / 765, 0)"""


def menu_button(page: Page, chart: int = 0) -> Locator:
    return charts(page).nth(chart).get_by_role("button", name=re.compile("^Save: "))


def menu(page: Page) -> Locator:
    """The one that is open."""
    return page.get_by_role("menu", name=re.compile("^Save: "))


def open_menu(page: Page, chart: int = 0) -> None:
    menu_button(page, chart).focus()
    page.keyboard.press("Enter")
    expect(menu(page).get_by_role("menuitem").first).to_be_focused()


def saved(page: Page, file_format: str, folder: Path, chart: int = 0) -> Path:
    """The file of a format, asked for with the keyboard."""
    open_menu(page, chart)
    for _ in range(FORMATS.index(file_format)):
        page.keyboard.press("ArrowDown")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    expect(menu_button(page, chart)).to_be_focused()
    expect(charts(page).nth(chart).get_by_role("status")).to_have_text(f"Saved: {file.name}")
    return file


@pytest.fixture
def dark(new_page: NewPage, server: Server) -> Page:
    """The dark Playground at a round in the middle."""
    page = new_page(server, color_scheme="dark")
    open_playground(page, url_of(server, SMALL, ROUND))
    return page


# -- the files -----------------------------------------------------------------------------------------------


def test_svg_has_the_round_the_caption_and_the_ink_of_paper(dark: Page, tmp_path: Path) -> None:
    is_bright = f"() => ({BRIGHTNESS})(document.querySelector('.cgs-plot .ytick text')) > 0.7"
    until(dark, is_bright)  # the dark theme's
    file = saved(dark, "SVG", tmp_path)
    assert file.name == f"{NAME}-round-{ROUND}.svg"
    texts = {"".join(text.itertext()): text for text in ElementTree.parse(file).iter(f"{SVG}text")}
    assert {f"Agent {number}" for number in range(1, 4)} <= set(texts)
    words = " ".join(texts)
    for part in (f"round {ROUND}", "Wine", "3 agents", "seed 0", SMALL.scenario_id, "cgs 0."):
        assert part in words
    link = re.search(r"http://\S+", words)
    assert link is not None and len(link[0]) <= 120
    opened = dark.context.new_page()
    opened.goto(link[0])
    expect(shown_round(opened)).to_have_text(re.compile(f"^All {SMALL.n_rounds} rounds$"))
    accuracy = trace_of(SMALL).rounds[ROUND - 1].accuracy
    assert any(f"{100 * accuracy[0]:.0f} %" in text for text in texts)
    inks = [re.search(r"fill: (#\w+|rgba?\(.*?\))", text.get("style", "")) for text in texts.values()]
    assert all(brightness(ink[1]) < 0.7 for ink in inks if ink)
    assert any(brightness(ink[1]) == brightness(INK) for ink in inks if ink)


def test_png_is_wide_on_white_and_not_blank(dark: Page, tmp_path: Path) -> None:
    with Image.open(saved(dark, "PNG", tmp_path)) as picture:
        assert picture.format == "PNG" and picture.width >= 1920 and picture.height > 500
        colors = picture.convert("RGB").getcolors(1_000_000) or []
    assert len(colors) > 20
    assert max(colors)[1] == (255, 255, 255)
    agents = {ImageColor.getrgb(agent_look(index).color) for index in range(3)}
    assert agents <= {color for _, color in colors}


def test_pdf_has_one_page_with_the_words(dark: Page, tmp_path: Path) -> None:
    file = saved(dark, "PDF", tmp_path)
    assert file.name == f"{NAME}-round-{ROUND}.pdf"
    (sheet,) = PdfReader(file).pages
    text = sheet.extract_text()
    assert "Agent 3" in text and f"round {ROUND}" in text and SMALL.scenario_id in text


def test_csv_has_exactly_the_drawn_numbers(dark: Page, tmp_path: Path) -> None:
    file = saved(dark, "CSV", tmp_path)
    trace = trace_of(SMALL)
    figure = at_frame(ledger_figure(trace, federated_data(SMALL)), str(ROUND - 1))
    assert file.read_text(encoding="utf-8") == drawn_csv(figure)
    ratios = [round(float(ratio), 5) for ratio in trace.rounds[ROUND - 1].reward_ratio]
    by_trace: dict[str, list[float]] = {}
    for row in rows(file.read_text(encoding="utf-8")):
        by_trace.setdefault(row["trace"], []).append(float(row["x"] or "nan"))
    assert ratios in by_trace.values()


def test_html_draws_offline_and_plays_its_rounds(dark: Page, browser: Browser, tmp_path: Path) -> None:
    file = saved(dark, "HTML", tmp_path)
    assert file.name == f"{NAME}.html"
    context = browser.new_context(offline=True)
    asked: list[str] = []
    told: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: told.append(message.text))
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.get_by_text("Agent 3", exact=True).first).to_be_visible()
    expect(page.get_by_text(SMALL.scenario_id)).to_contain_text(dark.url)
    slider = page.locator("text.slider-label").first  # what it stands at
    expect(slider).to_have_text(f"round {ROUND}")  # where the reader was
    handle = page.locator(".slider-rail-touch-rect").bounding_box()
    assert handle is not None
    page.mouse.click(handle["x"] + 2, handle["y"] + handle["height"] / 2)
    first = trace_of(SMALL).rounds[0].accuracy
    expect(slider).to_have_text("round 1")
    expect(page.get_by_text(re.compile(rf"→ {100 * first[2]:.0f} %")).first).to_be_visible()
    context.close()
    assert told == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_chart_is_saved_as_it_stands(page: Page, server: Server, tmp_path: Path) -> None:
    open_playground(page, url_of(server, SMALL))
    open_tab(page, "Who gets which model")
    expect(charts(page)).to_have_count(4)
    charts(page).nth(1).locator(".legendtoggle").nth(1).click()  # training alone is hidden
    expect(charts(page).nth(1).locator(".legend .traces").nth(1)).to_have_css("opacity", "0.5")
    names = {row["name"] for row in rows(saved(page, "CSV", tmp_path, 1).read_text(encoding="utf-8"))}
    assert any("with rewards" in name for name in names) and not any("alone" in name for name in names)
    assert '"visible": "legendonly"' in saved(page, "HTML", tmp_path, 1).read_text(encoding="utf-8")


@pytest.mark.parametrize("view", ["view=projector", "embed=true"])
def test_a_bare_page_has_the_menu_too(view: str, new_page: NewPage, server: Server, tmp_path: Path) -> None:
    page = new_page(server, viewport={"width": 1024, "height": 768})
    open_playground(page, f"{url_of(server, SMALL, ROUND)}&{view}")
    expect(menu_button(page)).to_have_css("opacity", "0")
    open_menu(page)
    expect(menu(page)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    texts = list(ElementTree.parse(saved(page, "SVG", tmp_path)).iter(f"{SVG}text"))
    sizes = {float(size[1]) for text in texts if (size := re.search(r"font-size: ([\d.]+)px", text.get("style", "")))}
    assert (24 in sizes) == (view == "view=projector")  # as on the screen; the caption is smaller


# -- the menu ------------------------------------------------------------------------------------------------


def test_the_menu_by_keyboard(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_playground(page, url_of(server, SMALL))
    assert not any("save.js" in url for url in asked)  # the first paint does without
    button, focused = menu_button(page), page.locator(".cgs-menu :focus")
    expect(button).to_have_attribute("aria-haspopup", "menu")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("ArrowUp")
    expect(focused).to_have_attribute("role", "menuitemcheckbox")
    expect(button).to_have_attribute("aria-expanded", "true")
    for key, name in {"ArrowDown": "SVG", "ArrowUp": "with caption", "Home": "SVG", "h": "HTML", "End": "with"}.items():
        page.keyboard.press(key)
        expect(focused).to_have_text(re.compile(f"^{name}"))
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(menu(page)).to_have_count(0)
    page.keyboard.press(" ")
    expect(focused).to_have_text(re.compile("^SVG"))
    page.keyboard.press("Tab")
    expect(menu(page)).to_have_count(0)
    button.click()
    expect(menu(page)).to_be_visible()
    page.locator("h1, strong").first.click()
    expect(menu(page)).to_have_count(0)


def test_the_menu_by_pointer_beside_the_buttons_of_a_table(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/mechanisms?{urlencode({'s': SMALL.to_link(), 'comparison_seeds': 1})}")
    expect(charts(page)).to_have_count(2)
    expect_finished(page)
    button = menu_button(page, 1)
    expect(button).to_have_css("opacity", "0")
    charts(page).nth(1).hover()
    expect(button).to_have_css("opacity", "1")
    button.click()  # fails where something lies over it
    with page.expect_download() as waiting:
        menu(page).get_by_role("menuitem", name=re.compile("^CSV")).click()
    assert waiting.value.suggested_filename.startswith("cgs-measures-")
    assert {"FedAvg", "CGSV"} <= {row["name"] for row in rows(waiting.value.path().read_text(encoding="utf-8"))}


def test_the_menu_stays_on_the_screen(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 1024, "height": 768})
    open_playground(page, url_of(server, SMALL))
    button = menu_button(page, 1)
    for scrolled in (0, 2000):
        page.get_by_test_id("stMain").evaluate("(main, top) => main.scrollTo(0, top)", scrolled)
        button.focus()
        page.keyboard.press("Enter")
        expect(menu(page)).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")


def test_no_caption_is_a_choice_for_the_session(page: Page, server: Server, tmp_path: Path) -> None:
    open_playground(page, url_of(server, SMALL))
    open_menu(page)
    page.keyboard.press("End")
    tick = menu(page).get_by_role("menuitemcheckbox")
    expect(tick).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Enter")
    expect(tick).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Escape")
    assert "cgs 0." not in saved(page, "SVG", tmp_path).read_text(encoding="utf-8")
    page.reload()
    expect(charts(page).first).to_be_visible()
    assert "cgs 0." not in saved(page, "SVG", tmp_path, 1).read_text(encoding="utf-8")


def test_a_server_without_a_chromium_makes_all_but_pdf(new_page: NewPage, tmp_path: Path) -> None:
    with running_app(tmp_path, {"CGS_WORKERS": "1", "CGS_CHROMIUM": "no-such-program"}) as (url, pid):
        bare = Server(url, pid, tmp_path / "runs.sqlite")
        page = new_page(bare)
        open_playground(page, url_of(bare, SMALL))
        open_menu(page)
        entry = menu(page).get_by_role("menuitem", name=re.compile("^PDF"))
        expect(entry).to_be_disabled()
        expect(entry).to_contain_text("needs a Chromium on the server")
        entry.click(force=True)
        expect(menu(page)).to_be_visible()
        page.keyboard.press("Escape")
        with Image.open(saved(page, "PNG", tmp_path)) as picture:
            assert picture.width >= 1920
        assert rows(saved(page, "CSV", tmp_path).read_text(encoding="utf-8"))
        page.close()  # else it calls for the server


ANSWERED_LATER = """() => {
    const real = window.fetch;
    window.asked = 0;
    window.fetch = (...given) => String(given[0]).includes("cgs/export") && ++window.asked < 3
        ? Promise.resolve(new Response("others are waiting", { status: 503, headers: { "Retry-After": "1" } }))
        : real(...given);
}"""


def test_who_finds_others_waiting_comes_again(page: Page, server: Server, tmp_path: Path) -> None:
    open_playground(page, url_of(server, SMALL))
    page.evaluate(ANSWERED_LATER)
    assert rows(saved(page, "CSV", tmp_path).read_text(encoding="utf-8"))
    assert page.evaluate("window.asked") == 3


FORGOTTEN = "the server does not know this chart any more; reload the page, then save again"
ANSWERED_410 = f"""() => {{
    window.fetch = () => Promise.resolve(new Response("{FORGOTTEN}", {{ status: 410 }}));
}}"""


def test_a_chart_that_the_server_has_forgotten_is_saved_when_the_page_is_loaded_anew(
    new_page: NewPage, server: Server, tmp_path: Path
) -> None:
    page = new_page(server)
    open_playground(page, url_of(server, SMALL))
    page.evaluate(ANSWERED_410)
    open_menu(page)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(charts(page).first.get_by_role("status")).to_have_text(f"No CSV: {FORGOTTEN}")
    page.reload()
    expect(charts(page).first).to_be_visible()
    assert rows(saved(page, "CSV", tmp_path).read_text(encoding="utf-8"))


def test_after_every_step_of_the_player_the_round_that_is_shown_is_saved(
    page: Page, server: Server, tmp_path: Path
) -> None:
    open_playground(page, url_of(server, SMALL, ROUND))
    trace = trace_of(SMALL)
    for number in (ROUND - 1, ROUND - 2):
        page.get_by_role("button", name="One round back").click()
        expect_ledger(page, trace, number)
        file = saved(page, "CSV", tmp_path)
        assert file.name == f"{NAME}-round-{number}.csv"
        figure = at_frame(ledger_figure(trace, federated_data(SMALL)), str(number - 1))
        assert file.read_text(encoding="utf-8") == drawn_csv(figure)


def test_what_cannot_be_made_is_told(new_page: NewPage, server: Server) -> None:
    page = new_page(server)
    open_playground(page, url_of(server, SMALL))
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('the network is down')); }")
    open_menu(page)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(charts(page).first.get_by_role("status")).to_have_text("No CSV: the network is down")


def rows(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


def brightness(color: str) -> float:
    """From 0, black, to 1, white: the mean of red, green and blue of "#rrggbb" or "rgb(...)"."""
    if color.startswith("#"):
        parts = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    else:
        parts = [int(part) for part in re.findall(r"\d+", color)[:3]]
    return sum(parts) / 3 / 255
