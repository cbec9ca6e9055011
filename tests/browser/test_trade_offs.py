"""Trade-offs in a browser: a ready question whose curve grows, its slider by keyboard, another sweep stopped."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.studies.sweeps import Sweep, SweepTable, sweep
from tests.browser.conftest import NewPage
from tests.browser.playground import RATIOS, charts, expect_at_rest, open_tab, shown_round, stop_button, trace_of
from tests.browser.server import Server
from tests.browser.test_first_paint import SCREENS, expect_charts_in_order

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=4, batch_size=16)
LONG = Scenario(n_rounds=100)


DRAWN_VALUES = "plot => Math.max(...plot.data.map(one => (one.y || []).filter(y => Number.isFinite(y)).length))"


def open_page(page: Page, server: Server, scenario: Scenario) -> None:
    page.goto(f"{server.url}/trade-offs?{urlencode({'s': scenario.to_link()})}")
    expect(charts(page).first).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_ready_question_is_answered_and_its_slider_moves_by_keyboard(page: Page, server: Server) -> None:
    open_page(page, server, SMALL)
    choose(page, "Question", "How unequal may data be?")
    expect(stop_button(page)).to_have_count(0)
    scenario = SMALL.replace(split="dirichlet")
    values = [float(f"{value:.3g}") for value in np.geomspace(0.05, 20, 12)]
    grid = {"concentration": values}
    accuracy = (
        SweepTable(Sweep(scenario, grid, 5), dict(sweep(scenario, grid, 5))).measure("mean_accuracy").mean(axis=1)
    )
    told = page.get_by_text("From 0.05 to 20").locator("..")
    expect(told).to_contain_text(f"{100 * accuracy[0]:.1f}\u00a0%")
    expect(told).to_contain_text(f"{100 * accuracy[-1]:.1f}\u00a0%")

    expect(shown_round(page)).to_have_text(re.compile(r"Dirichlet concentration: "))
    slider = page.get_by_role("slider", name="Value")
    slider.focus()
    page.keyboard.press("Home")
    expect(shown_round(page)).to_have_text("Dirichlet concentration: 0.05")
    page.keyboard.press("ArrowRight")
    expect(shown_round(page)).to_have_text(f"Dirichlet concentration: {values[1]:g}")
    shown = page.locator(".cgs-plot").first.locator("text", has_text=f"{100 * accuracy[1]:.1f} %")
    expect(shown.first).to_be_visible()
    open_tab(page, "This point")
    expect(page.get_by_text(f"Dirichlet concentration = {values[1]:g}, first seed.")).to_be_visible()


def test_a_curve_is_there_before_the_sweep_is_done_and_stopping_stops_the_work(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/trade-offs?{urlencode({'s': LONG.to_link()})}")
    start = page.get_by_role("button", name="Start", exact=True)  # asked for first, where its cost is known to be high
    expect(stop_button(page).or_(start)).to_be_visible()
    if start.count():
        expect(page.get_by_text(re.compile(r"120 runs, about .* on this server\."))).to_be_visible()
        start.click()
    expect(charts(page).first).to_be_visible()
    expect(stop_button(page)).to_be_visible()
    told = page.get_by_text(re.compile(r"From \S+ to \S+")).first
    expect(told).to_be_visible()
    expect(stop_button(page)).to_be_visible()
    drawn = page.locator(".cgs-plot").first.evaluate(DRAWN_VALUES)
    assert 2 <= drawn < 24, "a part of the curve"
    stop_button(page).click()
    expect(page.get_by_text(re.compile(r"Stopped after \d+ of 120 runs\."))).to_be_visible()
    with closing(sqlite3.connect(server.store)) as store:
        query = "SELECT COUNT(*) FROM runs WHERE status = 'queued' AND scenario LIKE '%\"n_rounds\": 100%'"
        assert store.execute(query).fetchone() == (0,)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_chart_is_drawn_and_named_and_fits(screen: str, new_page: NewPage, server: Server) -> None:
    page = new_page(server, **SCREENS[screen])
    open_page(page, server, SMALL)
    expect(stop_button(page)).to_have_count(0)
    fits = "places => places.length == 2 && places.every(place => place.scrollWidth <= place.clientWidth)"
    assert page.locator(".st-key-pair .cgs-scroll").evaluate_all(fits)
    n_cards = int(screen == "phone")  # where the ledger of a point is an agent a card
    for name, n_charts in (("Each agent", 3), ("This point", 3 - n_cards), ("Numbers", 2)):
        open_tab(page, name)
        expect(page.locator(".cgs-cards:visible")).to_have_count(n_cards if name == "This point" else 0)
        expect_charts_in_order(page, n_charts)


def test_vary_this_leads_from_a_control_to_its_sweep(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/playground?{urlencode({'s': SMALL.to_link()})}")
    expect(charts(page).first).to_be_visible()
    expect(stop_button(page)).to_have_count(0)
    expect_at_rest(page)
    page.locator(".st-key-vary_altruism_degree").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/trade-offs"))
    expect(page.get_by_label("Its values").first).to_have_value("0.25, 0.5, 1, 2, 4")
    expect(stop_button(page)).to_have_count(0)
    expect(page.get_by_text("From 0.25 to 4")).to_be_visible()


def test_the_run_of_a_point_is_shown_over_all_rounds_wherever_the_slider_is(page: Page, server: Server) -> None:
    open_page(page, server, SMALL)
    expect(stop_button(page)).to_have_count(0)
    page.get_by_role("slider", name="Value").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")  # the second value; rounds are counted alike in the browser
    open_tab(page, "This point")
    degree = float(f"{np.geomspace(0.1, 100, 23)[1]:.3g}")
    expect(page.get_by_text(f"Altruism (β) = {degree:g}, first seed.")).to_be_visible()
    ratio = trace_of(SMALL.replace(altruism_degree=degree)).stack("reward_ratio").mean(axis=0)
    expect(page.locator(".cgs-plot")).to_have_count(3)
    expect_charts_in_order(page, 3)
    shown = page.locator(".cgs-plot").nth(2).evaluate(RATIOS)
    assert shown == [round(float(one), 5) for one in ratio]
