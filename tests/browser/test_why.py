"""Why? of each agent: asked by keyboard, by a click on a row, in a card; every formula's digits against the trace."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cgs_core import Agent, Scenario, Trace
from cgs_core.mechanisms import with_mechanism
from cgs_core.words.why import why_question, why_steps
from cgs_ui.mechanisms.panel import with_validation
from tests.browser.axe import Found
from tests.browser.conftest import NewPage
from tests.browser.playground import expect_finished, open_playground, shown_round, sideways, trace_of, url_of
from tests.browser.server import Server
from tests.browser.test_accessibility import INK, NOBODY_IN
from tests.browser.waiting import until

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=4, batch_size=16)
START = Scenario(n_agents=3, n_rounds=4, agents=(Agent(), Agent(label_noise=0.4), Agent(conduct="free_rider")))
FORMULAS = "annotation[encoding='application/x-tex']"  # what KaTeX has drawn, for screen readers
PANEL, DIALOG = ".st-key-why_panel", "[role=dialog]"
SIZES = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"


def expect_steps(page: Page, trace: Trace, agent: int, round_index: int | None, within: str = PANEL) -> None:
    """All five steps, with exactly these formulas."""
    steps, panel = why_steps(trace, agent, round_index), page.locator(within)
    expect(panel).to_contain_text(why_question(trace, agent, round_index))
    expect(panel.locator(FORMULAS)).to_have_text([formula.tex for step in steps for formula in step.formulas])
    for step in steps:
        expect(panel.get_by_text(step.sentence, exact=True)).to_be_visible()
    expect(panel.locator(".cgs-chart[data-drawn]")).to_have_count(5)


def expect_nothing_of_ours(page: Page) -> None:
    """Before axe-core, in the dialog: as it is with every rule, and in the other scheme what has to do with colours."""
    found = Found()
    found.look(page, "the dialog", DIALOG)
    schemes = ["light", "dark"] if "view=projector" not in page.url else []  # a projector has one
    for scheme, other in zip(schemes[::-1], schemes, strict=True):
        page.emulate_media(color_scheme=scheme)
        until(page, NOBODY_IN, arg=[INK[other], DIALOG])
        found.look(page, f"the dialog, {scheme}", DIALOG, ["color-contrast"])
    assert not found.ours, "\n".join(found.ours)


def test_by_keyboard_and_with_the_player(page: Page, server: Server) -> None:
    trace = trace_of(START)
    open_playground(page, url_of(server, START))
    first = page.get_by_role("button", name="Why? Agent 1")
    first.focus()
    box = first.bounding_box()
    assert box is not None and box["width"] >= 24 and box["height"] >= 24
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Why? Agent 2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Why")).to_have_attribute("aria-selected", "true")
    expect_steps(page, trace, 1, None)
    expect(page.locator(".st-key-why_panel")).to_be_focused()
    expect(page).to_have_url(f"{url_of(server, START)}&tab=Why&why=2")

    page.get_by_role("button", name="One round", exact=True).click()
    expect(shown_round(page)).to_have_text("Round 4 of 4")
    expect_steps(page, trace, 1, 3)
    page.get_by_role("slider", name="Round").press("Home")
    expect_steps(page, trace, 1, 0)

    plot = page.locator(".st-key-ledger .cgs-plot")
    rows = plot.evaluate("plot => [plot._fullLayout.margin.t, plot._fullLayout.height - plot._fullLayout.margin.b]")
    width = plot.bounding_box()
    assert width is not None
    plot.click(position={"x": 0.6 * width["width"], "y": rows[0] + (rows[1] - rows[0]) * 0.87})
    expect_steps(page, trace, 2, 0)
    expect(page.locator(".st-key-why_panel")).to_be_in_viewport()


def test_a_phone_has_it_in_the_cards(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 390, "height": 844})
    page.goto(url_of(server, START))
    expect_finished(page)
    page.locator(".cgs-cards .card").nth(2).get_by_role("button", name="Why? Agent 3").click()
    expect_steps(page, trace_of(START), 2, None)
    assert sideways(page) == {}


def test_a_class_is_shown_one_step_at_a_time(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 1024, "height": 768})
    page.goto(f"{url_of(server, START)}&view=projector")
    expect(page.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    expect_finished(page)
    page.get_by_role("button", name="Why? Agent 1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    trace = trace_of(START)
    for name, step in zip(
        ("1 Update", "2 Worth", "4 Pay"), [why_steps(trace, 1)[place] for place in (0, 1, 3)], strict=True
    ):
        page.get_by_role("radio", name=name).click()
        drawn = page.locator(".st-key-why_bare annotation[encoding='application/x-tex']")
        expect(drawn).to_have_text([formula.tex for formula in step.formulas])
        sizes = page.locator(".st-key-why_bare p").evaluate_all(
            "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 24
    page.get_by_role("button", name="Ledger").click()
    expect(page.locator(".st-key-ledger .cgs-chart[data-drawn]")).to_be_visible()


def test_a_bar_of_the_coalition_game_opens_the_same(page: Page, server: Server) -> None:
    trace = trace_of(START)
    page.goto(f"{server.url}/coalition-game?s={START.to_link()}&round=2")
    plot = page.locator(".st-key-lattice .cgs-chart[data-drawn]")
    expect(plot).to_be_visible()
    expect_finished(page)
    plot.locator(".x2y2 .bars .point path").first.click(force=True)
    expect_steps(page, trace, 0, 1, DIALOG)
    expect_nothing_of_ours(page)
    page.get_by_role("radio", name="All rounds").click()
    expect_steps(page, trace, 0, None, DIALOG)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    plot.locator(".subplot.xy .scatterlayer .points path").last.click(force=True)  # a coalition is picked as ever
    expect(page).to_have_url(re.compile("highlight=coalition"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    box = page.get_by_role("combobox", name="Why is an agent paid what it is?")
    box.focus()
    page.keyboard.type("Agent 3")
    page.keyboard.press("Enter")
    expect_steps(page, trace, 2, 1, DIALOG)


def test_a_bar_of_the_projected_game_opens_the_same_by_click_and_by_keyboard(new_page: NewPage, server: Server) -> None:
    trace, page = trace_of(START), new_page(server, viewport={"width": 1024, "height": 768}, color_scheme="dark")
    page.goto(f"{server.url}/coalition-game?s={START.to_link()}&round=2&view=projector")
    plot = page.locator(".st-key-lattice .cgs-chart[data-drawn]")
    expect(plot).to_be_visible()
    expect_finished(page)
    expect_whole_screen(page)
    plot.locator(".x2y2 .bars .point path").nth(1).click(force=True)
    expect_steps(page, trace, 1, 1, DIALOG)
    assert min(page.locator(f"{DIALOG} .st-key-why_dialog_bare p").evaluate_all(SIZES)) >= 24
    expect_nothing_of_ours(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    ask_by_keyboard(page, "Agent 3")
    expect_steps(page, trace, 2, 1, DIALOG)


def test_a_point_of_the_projected_mechanisms_opens_the_same(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 1024, "height": 768})
    link = f"s={QUICK.to_link()}&mechanisms=fedavg,cgsv&comparison_seeds=1&view=projector"
    page.goto(f"{server.url}/mechanisms?{link}")
    plot = page.locator(".st-key-mechanism_accuracy .cgs-chart[data-drawn]")
    expect(plot).to_be_visible()
    expect_finished(page)
    expect_whole_screen(page)
    cgsv = trace_of(with_mechanism(with_validation(QUICK), "cgsv"))
    marks = plot.locator(".scatterlayer g.trace:has(.points path)")
    marks.last.locator(".points path").nth(1).click(force=True)  # Agent 3, drawn over the others, in the second row
    expect_steps(page, cgsv, 2, None, DIALOG)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    ask_by_keyboard(page, "Agent 2, CGSV")
    expect_steps(page, cgsv, 1, None, DIALOG)


def expect_whole_screen(page: Page) -> None:
    """A bare page needs no scrolling, and what asks by keyboard is not seen."""
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight")
    expect(page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-why_quiet)")).to_have_css("opacity", "0")


def ask_by_keyboard(page: Page, words: str) -> None:
    box = page.get_by_role("combobox", name="Why is an agent paid what it is?")
    box.focus()
    expect(page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-why_quiet)")).to_have_css("opacity", "1")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_point_of_mechanisms_opens_the_same(page: Page, server: Server) -> None:
    link = f"s={QUICK.to_link()}&mechanisms=fedavg,cgsv&comparison_seeds=1"
    page.goto(f"{server.url}/mechanisms?{link}")
    plot = page.locator(".st-key-mechanism_accuracy .cgs-chart[data-drawn]")
    expect(plot).to_be_visible()
    expect_finished(page)
    scenario = with_validation(QUICK)
    plot.locator(".scatterlayer g.trace").last.locator(".points path").nth(1).click(force=True)
    expect_steps(page, trace_of(with_mechanism(scenario, "cgsv")), 1, None, DIALOG)
    expect_nothing_of_ours(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("combobox", name="Why is an agent paid what it is?").focus()
    page.keyboard.type("Agent 3, FedAvg")
    page.keyboard.press("Enter")
    expect_steps(page, trace_of(with_mechanism(scenario, "fedavg")), 2, None, DIALOG)
