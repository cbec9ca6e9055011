"""The coalition game in a browser: walked by keyboard, without an agent, retrained; numbers are read off the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from cgs_core.contribution import cgsv_exact, coalition_values, gram_of_arrows, marginals_in_order, shapley_values
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.studies.presets import OPENING
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_at_rest, expect_finished, headline, open_tab, shown_round, trace_of
from tests.browser.server import Server, running_server
from tests.browser.test_first_paint import NAME_OF_FOCUSED, SCREENS, expect_charts_in_order
from tests.browser.waiting import until

SMALL = Scenario(n_agents=3, n_rounds=4, n_samples=90)
VIEWS = {
    "Arrows": 2,
    "Exact or estimated": 3,
    "Axioms": 1,
    "Who leaves, who joins": 1,
    "Does it track the truth?": 1,
    "Numbers": 1,
}
MOST_TABS = 90  # presses of the Tab key that go once round the page


def url_of(server: Server, scenario: Scenario) -> str:
    return f"{server.url}/coalition-game" + (f"?s={scenario.to_link()}" if scenario != OPENING.scenario else "")


def open_game(page: Page, url: str) -> None:
    """Go there and wait for the lattice and the end of the run."""
    page.goto(url)
    expect(charts(page).first).to_be_visible()
    expect_finished(page)


# -- what the page shows -------------------------------------------------------------------------------------


def written(values: Iterable[float], mark: str = "") -> list[str]:
    """Numbers as the bars' texts have them."""
    return [f"{mark}{value:.3f}".replace("-", "−") for value in values]


def texts_of_bars(page: Page, part: str) -> Locator:
    """The numbers beside the Shapley bars: the exact ones, of the mean so far, of the order being walked."""
    place = {"exact": 3, "mean": 4, "order": 5}[part]
    traces = page.locator(".cgs-plot").filter(has=page.locator(".x2y2")).locator(".x2y2 .scatterlayer g.trace")
    return traces.nth(place).locator("text")


def expect_exact(page: Page, shapley: Iterable[float], is_walked: bool = False) -> None:
    expect(texts_of_bars(page, "exact")).to_have_text(written(shapley, "│ " if is_walked else ""))


def column(page: Page, name: str) -> list[str]:
    """A column of the table on the page, "" where it has nothing to show; as screen readers hear it."""
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1)  # the table of a tab that was left goes a moment later
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    heads = page.locator("[data-testid=stDataFrame] th")
    expect(heads.filter(has_text=name)).to_have_count(1)
    place = heads.all_text_contents().index(name)
    return page.locator(f"[data-testid=stDataFrame] td[data-testid^='glide-cell-{place}-']").all_text_contents()


def numbers(cells: Iterable[str]) -> list[float]:
    return [float(cell) for cell in cells if cell not in ("", "–", "None")]


# -- what the keyboard does ----------------------------------------------------------------------------------


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(MOST_TABS):
        if name_of_focused(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name!r}")


def name_of_focused(page: Page) -> str:
    return page.evaluate(NAME_OF_FOCUSED)


def arrow_to(page: Page, name: str) -> None:
    """Press the right arrow key within a group until its part of that name has the focus."""
    for _ in range(20):
        if name_of_focused(page) == name:
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"the arrow keys do not reach {name!r}")


def tab_by_arrow(page: Page, name: str) -> None:
    """Press the right arrow key, tab by tab, each drawn before the next: a key pressed meanwhile is lost."""
    for _ in range(20):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        reached = name_of_focused(page)
        expect(page.get_by_role("tab", name=reached, exact=True)).to_have_attribute("aria-selected", "true")
        until(page, "tab => [...new URLSearchParams(location.search).values()].includes(tab)", arg=reached)
        expect_at_rest(page)
        if reached == name:
            return
    raise AssertionError(f"the arrow keys do not reach {name!r}")


# -- the tests -----------------------------------------------------------------------------------------------


def test_a_deep_link_as_a_servers_very_first_request(new_page: NewPage, tmp_path):
    with running_server(tmp_path) as fresh:
        page = new_page(fresh)
        open_game(page, f"{url_of(fresh, SMALL)}&round=3")
        expect(page.get_by_role("link", name="Coalition game")).to_be_visible()
        expect(shown_round(page)).to_have_text("Round 3 of 4")
        expect(headline(page)).to_contain_text("Round 3:")
        expect_exact(page, cgsv_exact(trace_of(SMALL).gram[2]))
        assert page.url == f"{url_of(fresh, SMALL)}&round=3"
        page.context.close()  # else it calls for the server


def test_every_order_walked_by_keyboard_alone_ends_at_the_exact_values(page: Page, server: Server):
    open_game(page, url_of(server, SMALL))
    values = coalition_values(trace_of(SMALL).gram[-1])
    exact = shapley_values(values)
    expect_exact(page, exact)
    page.locator("body").press("Tab")
    tab_to(page, "Step")
    for n_joined in (1, 2, 3):
        expect_at_rest(page)
        page.keyboard.press("Enter")
        added = [*written(marginals_in_order(values, range(n_joined))), *[""] * (3 - n_joined)]
        expect(texts_of_bars(page, "order")).to_have_text(added)
        assert name_of_focused(page) == "Step"
    arrows = page.locator(".cgs-plot").first.locator(".xyz2 g.trace .points path")  # a layer above the circles'
    expect(arrows).not_to_have_count(0)
    expect(page.get_by_text("The bars are the mean over 1 of 6 orders.")).to_be_visible()
    expect(texts_of_bars(page, "mean")).to_have_text(written(marginals_in_order(values, range(3))))
    tab_to(page, "Walk it")
    for n_orders in range(2, 7):
        expect_at_rest(page)  # a key pressed while the page is redrawn is lost
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"The bars are the mean over {n_orders} of 6 orders.")).to_be_visible()
    expect_exact(page, exact, is_walked=True)
    expect(texts_of_bars(page, "mean")).to_have_text(written(exact))
    expect_at_rest(page)  # a key pressed while the page is redrawn is lost
    tab_to(page, "Arrows")
    tab_by_arrow(page, "Who leaves, who joins")
    table = numbers(column(page, "Shapley value now"))
    assert written(table) == [text.strip() for text in texts_of_bars(page, "mean").all_text_contents()]
    assert table == pytest.approx(exact, abs=1e-9)


def test_an_order_of_a_run_is_walked_to_its_end(page: Page, server: Server):
    open_game(page, url_of(server, Scenario()))
    values = coalition_values(trace_of(Scenario()).gram[-1])
    page.get_by_role("combobox", name="Order of joining to walk").click()
    page.keyboard.type("31524")  # all orders are offered; what is typed finds one
    page.get_by_role("option", name="Order 3→1→5→2→4").click()
    page.get_by_role("button", name="Walk it", exact=True).click()
    expect(page.get_by_text("The bars are the mean over 1 of 120 orders.")).to_be_visible()
    added = np.empty(5)
    added[[2, 0, 4, 1, 3]] = marginals_in_order(values, [2, 0, 4, 1, 3])
    for part in ("mean", "order"):
        expect(texts_of_bars(page, part)).to_have_text(written(added))
    page.get_by_role("button", name="Walk all", exact=True).click()
    expect(page.get_by_text("The bars are the mean over 120 of 120 orders.")).to_be_visible()
    all_orders = np.zeros(5)
    for order in permutations(range(5)):
        all_orders[list(order)] += marginals_in_order(values, order) / 120
    expect(texts_of_bars(page, "mean")).to_have_text(written(all_orders))
    expect_exact(page, all_orders, is_walked=True)


def test_an_agent_is_switched_off_by_keyboard_and_the_others_values_change(page: Page, server: Server):
    open_game(page, url_of(server, SMALL))
    gram = trace_of(SMALL).gram[-1]
    everybody, stay = cgsv_exact(gram), [0, 2]
    without = cgsv_exact(gram[np.ix_(stay, stay)])
    assert np.abs(without - everybody[stay]).min() > 0.01
    expect_exact(page, everybody)
    page.locator("body").press("Tab")
    tab_to(page, "Agent 1")
    arrow_to(page, "Agent 2")
    page.keyboard.press("Enter")
    expect_exact(page, without)
    open_tab(page, "Who leaves, who joins")
    assert numbers(column(page, "Shapley value, all there")) == pytest.approx(everybody, abs=1e-9)
    assert numbers(column(page, "Shapley value now")) == pytest.approx(without, abs=1e-9)
    page.get_by_role("button", name="Agent 2", exact=True).click()
    expect_exact(page, everybody)


def test_the_retrained_game_is_trained_and_shown(page: Page, server: Server):
    open_game(page, url_of(server, SMALL))
    page.locator("body").press("Tab")
    tab_to(page, "Gradient game")
    arrow_to(page, "Retrained game")
    page.keyboard.press("Enter")
    game = retrained_game(SMALL)
    expect(headline(page)).to_contain_text(f"{100 * game.values()[-1]:.1f}")
    expect_finished(page)
    shown = 100 * game.shapley()
    expect(texts_of_bars(page, "exact")).to_have_text([f"{value:.1f}".replace("-", "−") for value in shown])
    open_tab(page, "Does it track the truth?")
    expect_charts_in_order(page, 2)


def test_a_coalition_is_chosen_by_a_click_and_by_keyboard(page: Page, server: Server):
    open_game(page, url_of(server, SMALL))
    highlight = page.get_by_role("combobox", name="Highlight")
    circle = page.locator(".cgs-plot").first.locator(".xy .scatterlayer g.trace").last.locator("path").nth(0b011)
    circle.hover(force=True)  # Plotly's own layer lies above
    expect(page.locator(".hoverlayer .hovertext")).to_be_visible()
    circle.click(force=True)
    expect(highlight).to_have_value("Coalition 1 + 2")
    page.keyboard.press("Escape")
    tab_to(page, "Highlight")
    page.keyboard.type("Where Agent 3")
    page.keyboard.press("Enter")
    expect(highlight).to_have_value("Where Agent 3 joins")


def test_arrows_are_set_by_keyboard(page: Page, server: Server):
    open_game(page, url_of(server, SMALL))
    page.locator("body").press("Tab")
    tab_to(page, "Gradient game")
    arrow_to(page, "Sandbox")
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="Agent 2: angle (°)")
    before = int(slider.input_value())
    tab_to(page, "Agent 2: angle (°)")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value(str(before + 10))
    arrows = [
        [page.get_by_role("slider", name=f"Agent {agent}: {what}").input_value() for agent in (1, 2, 3)]
        for what in ("length", "angle (°)")
    ]
    lengths, angles = [list(map(float, own)) for own in arrows]
    expect_exact(page, cgsv_exact(gram_of_arrows(lengths, angles)))


def test_the_tips_of_arrows_are_dragged_and_moved_by_keys(page: Page, server: Server):
    page.goto(f"{server.url}/coalition-game?game=sandbox&n_arrows=2")
    tip = page.get_by_role("slider", name="Agent 2: tip of its arrow")
    expect(tip).to_have_attribute("aria-valuetext", "angle 30°, length 1.0")
    at = tip.bounding_box()
    assert at is not None and min(at["width"], at["height"]) >= 24
    middle = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 20, middle[1] - 60, steps=3)
    expect(tip).not_to_have_attribute("aria-valuetext", "angle 30°, length 1.0")
    page.mouse.up()
    expect(page).to_have_url(re.compile("angle_2="))  # the address is there before the sliders are
    sliders = [page.get_by_role("slider", name=f"Agent 2: {what}") for what in ("length", "angle (°)")]
    for slider, before in zip(sliders, ("1", "30"), strict=True):
        expect(slider).not_to_have_value(before)
    length, angle = (slider.input_value() for slider in sliders)
    assert float(length) > 1.2 and 35 < int(angle) < 90
    expect_exact(page, cgsv_exact(gram_of_arrows([1.0, float(length)], [0, int(angle)])))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    shorter, turned = round(float(length) - 0.1, 1), int(angle) - 5
    expect(tip).to_have_attribute("aria-valuetext", f"angle {turned}°, length {shorter:.1f}")
    expect(tip).to_be_focused()
    expect_exact(page, cgsv_exact(gram_of_arrows([1.0, shorter], [0, turned])))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_chart_is_drawn_and_named_and_fits(screen: str, new_page: NewPage, server: Server):
    page = new_page(server, **SCREENS[screen])
    open_game(page, url_of(server, Scenario()))
    for name, n_charts in VIEWS.items():
        open_tab(page, name)
        expect_charts_in_order(page, n_charts)
    page.get_by_role("radio", name="Sandbox").click()
    expect_charts_in_order(page, 4)


def test_on_a_phone_the_bars_are_under_the_lattice_and_nothing_is_cut_off(new_page: NewPage, server: Server):
    page = new_page(server, **SCREENS["phone"])
    open_game(page, url_of(server, SMALL))
    plot = page.locator(".cgs-plot").first
    lattice, bars = (plot.locator(f".cartesianlayer .{name}").first.bounding_box() for name in ("xy", "x2y2"))
    assert lattice is not None and bars is not None and bars["y"] >= lattice["y"] + lattice["height"]
    assert page.locator(".cgs-scroll").first.evaluate("place => place.scrollWidth <= place.clientWidth")


def test_a_lecturer_projects_the_lattice_whole_and_large(new_page: NewPage, server: Server):
    page = new_page(server, **SCREENS["projector"])
    open_game(page, url_of(server, Scenario()))
    expect_finished(page)
    until(page, "() => document.querySelector('.cgs-plot').getBoundingClientRect().bottom <= 768")
    sizes = page.locator(".cgs-plot").first.evaluate(
        "plot => [...plot.querySelectorAll('.textpoint text')].map(text => parseFloat(getComputedStyle(text).fontSize))"
    )
    assert len(sizes) > 32 and min(sizes) >= 13
