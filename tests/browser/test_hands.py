"""Handles in the ledger: by pointer, by keys and on a phone; nothing is trained until the hand lets go."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_ui.playground.hands import moved_scenario
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished, expect_ledger, open_playground, trace_of, url_of
from tests.browser.server import Server
from tests.browser.waiting import until

START = Scenario(n_agents=3, n_rounds=3, agents=(Agent(), Agent(label_noise=0.2)))

GHOST = "plot => plot?.data?.find(drawn => drawn.name === 'is paid, before the change')?.x"


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def expect_ghost(page: Page, before: Scenario) -> None:
    """The outlines around the bars of pay are as long as another run's."""
    wanted = trace_of(before).stack("reward_ratio").mean(axis=0).tolist()
    script = (
        f"wanted => ({GHOST})(document.querySelector('.cgs-plot'))?.every((x, i) => Math.abs(x - wanted[i]) < 1e-4)"
    )
    until(page, script, arg=wanted)


def expect_shown(page: Page, server: Server, scenario: Scenario) -> None:
    expect(page).to_have_url(url_of(server, scenario))
    expect_finished(page)
    expect_ledger(page, trace_of(scenario))


def expect_large_enough(page: Page) -> None:
    """Names are 24 pixels high and wide, and so are thumbs: by their style as wide as the sliders are high."""
    for box in page.locator(".cgs-hands .name").evaluate_all("all => all.map(one => one.getBoundingClientRect())"):
        assert box["width"] >= 24 and box["height"] >= 24
    assert page.locator(".cgs-hands input").evaluate_all("all => Math.min(...all.map(one => one.offsetHeight))") >= 24


def test_by_pointer_by_keys_and_by_menu(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, START))
    expect_large_enough(page)
    size = slider(page, "Agent 3: samples")
    start, samples = size.bounding_box(), int(size.input_value())
    assert start is not None
    per_sample = size.evaluate("slider => slider.perValue")
    x, y = start["x"] + 12 + (samples - 1) * per_sample, start["y"] + 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    wanted = int(size.input_value())
    assert abs(wanted - samples - 60 / per_sample) <= 2
    expect(page.locator(".cgs-hands .told")).to_have_text(f"{samples} samples → {wanted} samples")
    expect(page).to_have_url(url_of(server, START))  # the hand is still on it
    page.mouse.up()
    now = moved_scenario(START, {"agent": 2, "field": "shard_size", "value": wanted})
    expect_shown(page, server, now)

    noise = slider(page, "Agent 2: wrong labels")
    noise.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(noise).to_have_attribute("aria-valuetext", "23 % wrong")
    page.keyboard.press("Enter")
    now = moved_scenario(now, {"agent": 1, "field": "label_noise", "value": 0.23})
    expect_shown(page, server, now)
    expect(noise).to_be_focused()

    name = page.get_by_role("button", name="Agent 2: honest")
    name.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Agent 1: honest")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect_shown(page, server, moved_scenario(now, {"agent": 0, "field": "conduct", "value": "free_rider"}))
    expect(page.get_by_role("button", name="Agent 1: free rider")).to_be_focused()

    expect_ghost(page, now)  # of the run before the last change, until it is put away
    expect(page.get_by_text("Grey outlines: before the change of agents' data.")).to_be_visible()
    page.get_by_role("button", name="Put away").click()
    until(page, f"() => !({GHOST})(document.querySelector('.cgs-plot'))")
    expect(page.get_by_text("Grey outlines")).to_have_count(0)


def test_a_phone_has_them_in_the_cards(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 390, "height": 844})
    page.goto(url_of(server, START))
    expect_finished(page)
    card = page.locator(".cgs-cards .card").nth(1)
    card.get_by_text("Change", exact=True).click()
    card.get_by_role("slider", name="Agent 2: wrong labels").press("Home")
    expect(page).to_have_url(url_of(server, moved_scenario(START, {"agent": 1, "field": "label_noise", "value": 0})))
    expect_finished(page)
    expect(card.locator(".brings")).not_to_contain_text("wrong")
    expect(card.get_by_label("Agent 2: conduct", exact=True)).to_be_visible()  # it is still open


def test_a_lesson_that_locks_the_agents_has_none(page: Page, server: Server) -> None:
    lesson = Lesson(START, "playground", frozenset({"altruism_degree"}))
    page.goto(f"{server.url}/playground?lesson={token_of(lesson, server.store)}")
    expect(charts(page).first).to_be_visible()
    expect_finished(page)
    expect(page.locator(".cgs-hands")).to_have_count(0)


def test_in_thin_rows_one_is_seen_at_a_time_whatever_size_the_window_gets(page: Page, server: Server) -> None:
    open_playground(page, url_of(server, Scenario(n_agents=20, n_rounds=2)))
    over = [page.locator(".cgs-whys"), page.locator(".cgs-hands")]
    for width in (1280, 1200, 1100, 1024):
        page.set_viewport_size({"width": width, "height": 1100})
        until(
            page,
            """() => { // drawn for this size
            const plot = document.querySelector(".st-key-ledger .cgs-plot");
            return Number(plot.querySelector(".main-svg").getAttribute("width")) === plot.clientWidth;
        }""",
        )
        for one in over:
            expect(one).to_have_class(re.compile(r"\bcrowded\b"))
    seen = "all => all.filter(one => getComputedStyle(one).opacity === '1').length"
    assert page.locator(".cgs-whys button").evaluate_all(seen) == 1
