"""What a visitor changes: a cell of the table, a file, the rounds; and what nobody else sees of it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_core.words import findings
from tests.browser.conftest import NewPage
from tests.browser.playground import (
    expect_at_rest,
    expect_finished,
    expect_ledger,
    headline,
    ledger_ratios,
    open_more,
    open_playground,
    shown_round,
    times_drawn,
    trace_of,
    url_of,
)
from tests.browser.server import Server

DEFAULT = Scenario()
QUICK = Scenario(n_rounds=20)
FIRST_COLUMN_X, SECOND_ROW_Y = 42 + 20, 35 + 35 + 17  # in the table, in pixels: a canvas has no cells


def type_wrong_labels_of_agent_2(page: Page, text: str) -> None:
    """Open the table, then the cell's editor, replace its content, leave it."""
    page.get_by_text("Edit the agents in a table").click()
    grid = page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    expect_at_rest(page)  # before that a click may leave the focus on the fold, which Enter closes
    grid.click(position={"x": FIRST_COLUMN_X, "y": SECOND_ROW_Y})
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    editor = page.locator("#portal input")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(text, delay=60)
    expect(editor).to_have_value(re.compile(text))
    page.keyboard.press("Enter")


def test_an_edited_cell_is_run_and_stays_after_a_reload(page: Page, server: Server):
    open_playground(page, url_of(server, DEFAULT))
    before = headline(page).inner_text()
    type_wrong_labels_of_agent_2(page, "60")
    edited = Scenario(agents=(Agent(), Agent(label_noise=0.6)))
    expect(page).to_have_url(url_of(server, edited))
    after = findings.headline(trace_of(edited))
    assert after != before
    for _ in range(2):
        expect(headline(page)).to_have_text(after)
        expect_finished(page)
        expect_ledger(page, trace_of(edited))
        page.reload()
    assert page.url == url_of(server, edited)


def test_the_player_moves_the_rounds_by_keyboard(page: Page, server: Server):
    messages: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda message: messages.append(message)))
    open_playground(page, url_of(server, DEFAULT))
    trace = trace_of(DEFAULT)
    expect_ledger(page, trace)
    drawn = times_drawn(page)
    expect(page.get_by_role("button", name="All rounds", exact=True)).to_have_attribute("aria-pressed", "true")
    slider = page.get_by_role("slider", name="Round", exact=True)
    slider.focus()
    for number in (49, 48, 47, 46, 45):
        page.keyboard.press("ArrowLeft")
        expect(shown_round(page)).to_have_text(f"Round {number} of 50")
        expect_ledger(page, trace, number)
        expect(headline(page)).to_have_text(findings.headline(trace, number - 1))
    expect(page).to_have_url(url_of(server, DEFAULT, 45))
    page.get_by_role("button", name="One round on").press("Enter")
    expect(page).to_have_url(url_of(server, DEFAULT, 46))
    page.get_by_role("button", name="Play the rounds").press("Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    n_before = len(messages)
    expect(shown_round(page)).to_have_text("Round 50 of 50")
    expect(page.get_by_role("button", name="Play the rounds")).to_be_visible()
    expect_ledger(page, trace, 50)
    expect(page).to_have_url(url_of(server, DEFAULT, 50))
    assert times_drawn(page) == drawn and len(messages) == n_before + 1  # the server hears of the end alone
    page.get_by_role("button", name="All rounds", exact=True).press("Enter")
    expect_ledger(page, trace)
    expect(headline(page)).to_have_text(findings.headline(trace))
    expect(page).to_have_url(url_of(server, DEFAULT))


def test_the_slider_takes_from_2_to_50_agents(page: Page, server: Server):
    start = Scenario(n_rounds=5)
    open_playground(page, url_of(server, start))
    slider = page.get_by_role("slider", name="Agents (N)")
    expect(slider).to_have_value("5")
    for key, n_agents in (("Home", 2), ("End", 50)):
        slider.press(key)
        changed = start.replace(n_agents=n_agents)
        expect(page).to_have_url(url_of(server, changed))
        expect_ledger(page, trace_of(changed))
        expect_finished(page)
        assert len(ledger_ratios(page)) == n_agents


def test_a_bad_file_names_its_field_and_leaves_the_picture(page: Page, server: Server):
    open_playground(page, url_of(server, DEFAULT))
    expect_ledger(page, trace_of(DEFAULT))
    shown, drawn = headline(page).inner_text(), times_drawn(page)
    open_more(page)
    file = {"name": "scenario.json", "mimeType": "application/json", "buffer": b'{"n_agents": 1}'}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files([file])
    message = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(message).to_contain_text("This file cannot be opened. n_agents: ")
    expect(headline(page)).to_have_text(shown)
    expect_ledger(page, trace_of(DEFAULT))
    assert times_drawn(page) == drawn and page.url == url_of(server, DEFAULT)


def test_two_visitors_do_not_see_each_others_changes(new_page: NewPage, server: Server):
    one, other = new_page(server), new_page(server)
    for page in (one, other):
        open_playground(page, url_of(server, QUICK))
        expect_ledger(page, trace_of(QUICK))
    drawn, changed = times_drawn(other), QUICK.replace(data_seed=1)
    open_more(one)
    one.get_by_role("button", name="New data").click()
    expect(one).to_have_url(url_of(server, changed))
    expect_ledger(one, trace_of(changed))
    expect(headline(one)).to_have_text(findings.headline(trace_of(changed)))
    assert other.url == url_of(server, QUICK) and times_drawn(other) == drawn
    other.get_by_role("button", name="One round on").click()  # its next answer is its own still
    expect(other).to_have_url(url_of(server, QUICK, 1))
    expect_ledger(other, trace_of(QUICK), 1)
    expect(headline(other)).to_have_text(findings.headline(trace_of(QUICK), 0))
    assert ledger_ratios(other) != ledger_ratios(one)


def test_no_part_of_the_agents_table_is_wider_than_a_laptops_page(page: Page, server: Server):
    page.set_viewport_size({"width": 1440, "height": 1200})
    open_playground(page, url_of(server, QUICK))
    page.get_by_text("Edit the agents in a table").click()
    table = page.get_by_test_id("stDataFrame").first
    for part, column in (("Data", "Repeats"), ("Conduct", "Shell of"), ("When they are there", "Late")):
        page.get_by_role("radiogroup", name="What to edit").get_by_text(part, exact=True).click()
        expect(table.locator("[role=columnheader]").get_by_text(column, exact=True)).to_be_attached()
        assert table.locator(".dvn-scroller").evaluate("of => of.scrollWidth <= of.clientWidth"), part
