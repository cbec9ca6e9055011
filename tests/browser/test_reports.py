"""A report in a browser that has no network: it draws, plays its rounds, reads on a phone, and prints whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

from cgs_core import Agent, Scenario, run
from cgs_core.export.comparison_report import comparison_report
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import COMPARISON_FIGURES, RUN_FIGURES, run_figures
from cgs_core.studies.comparison import compare
from tests.browser.playground import RATIOS

SCENARIO = Scenario(dataset="spiral", n_agents=5, n_rounds=6, agents=(Agent(label_noise=0.4),))
N_OF_WHY = 5 * SCENARIO.n_agents  # a picture a step
LINK = "http://class.example/playground?s=abc"


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network; whatever it asks for or complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.set_default_timeout(15_000)
    page, problems = context.new_page(), list[str]()
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else problems.append(asked.url))
    yield page
    context.close()
    assert problems == []


def opened(page: Page, report: str, folder: Path, n_figures: int) -> Page:
    file = folder / "report.html"
    file.write_text(report, encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.locator(".js-plotly-plot .subplot").first).to_be_attached()
    expect(page.locator(".js-plotly-plot")).to_have_count(n_figures)
    return page


def printed(page: Page) -> tuple[str, pypdf.PdfReader]:
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return " ".join(sheet.extract_text() for sheet in reader.pages).replace("\u00a0", " "), reader


def test_a_report_plays_its_rounds_and_prints_all_its_figures(offline: Page, tmp_path: Path) -> None:
    trace = run(SCENARIO)
    figures = run_figures(trace)
    page = opened(offline, run_report(trace, LINK), tmp_path, len(figures) + N_OF_WHY)

    ledger = page.locator("#plot-ledger")
    ledger.locator(".slider-rail-touch-rect").click(position={"x": 1, "y": 5})
    expect(ledger.locator(".slider-label").first).to_have_text("round 1")
    assert ledger.evaluate(RATIOS) == [round(float(ratio), 5) for ratio in trace.rounds[0].reward_ratio]

    page.set_viewport_size({"width": 1100, "height": 700})  # a window that was resized prints as well
    page.wait_for_timeout(500)
    text, reader = printed(page)
    for name in figures:
        assert RUN_FIGURES[name].question in " ".join(text.split()), name
    assert {f"{box[2]:.0f}x{box[3]:.0f}" for box in (sheet.mediabox for sheet in reader.pages)} == {"595x842"}
    assert text.count("Agent 5") >= len(figures)  # the words in the figures are words of the paper
    assert LINK in text.replace("\n", "")
    width = ledger.locator(".main-svg").first.evaluate("svg => svg.getBoundingClientRect().width")
    assert width == ledger.evaluate("plot => plot.clientWidth")  # as it was before


@pytest.mark.parametrize("width", [390, 1024])
def test_a_report_is_not_wider_than_the_screen(width: int, offline: Page, tmp_path: Path) -> None:
    offline.set_viewport_size({"width": width, "height": 800})
    page = opened(offline, run_report(run(SCENARIO)), tmp_path, len(run_figures(run(SCENARIO))) + N_OF_WHY)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_that_is_printed_is_cut_off_at_the_margin(offline: Page, tmp_path: Path) -> None:
    """While it is printed nothing is wider than the sheet: else a browser makes all smaller, or cuts."""
    trace = run(SCENARIO.replace(n_agents=20))
    page = opened(offline, run_report(trace), tmp_path, len(run_figures(trace)))
    page.evaluate("""() => matchMedia("print").addEventListener("change", (print) => {
        if (print.matches) window.sheet = [document.body.clientWidth,
            ...Array.from(document.querySelectorAll("table, .main-svg"), (one) => one.getBoundingClientRect().right)];
    })""")
    page.pdf(prefer_css_page_size=True)
    sheet, *rights = page.evaluate("window.sheet")
    assert sheet == 688 and max(rights) <= sheet  # A4 less twice 14 mm


def test_a_comparisons_report_draws_and_prints(offline: Page, tmp_path: Path) -> None:
    scenario = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, n_validation=20)
    comparison = compare(scenario, ["fedavg", "cgsv", "cffl"], 2)
    page = opened(offline, comparison_report(comparison), tmp_path, len(COMPARISON_FIGURES))
    expect(page.locator("math").first).to_be_visible()
    text, _ = printed(page)
    for figure in COMPARISON_FIGURES.values():
        assert figure.question in " ".join(text.split())
