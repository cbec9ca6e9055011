"""While another run trains, the picture of the run before is grey and says whose it is."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from cgs_core import Scenario
from tests.browser.playground import charts, stop_button, url_of
from tests.browser.server import Server

SLOW = Scenario(n_agents=5, local_epochs=20, batch_size=2)  # a round takes longer than a change waits for its first one


def test_the_old_picture_is_grey_until_the_new_one_comes(page: Page, server: Server) -> None:
    look = "plot => getComputedStyle(plot).filter"
    page.goto(url_of(server, SLOW))
    expect(charts(page).first).to_be_visible()
    plot = page.locator(".st-key-ledger .cgs-plot")
    assert plot.evaluate(look) == "none"
    page.get_by_role("button", name="Agent 2: honest").click()
    page.get_by_role("menuitemradio", name="free rider").click()
    expect(page.get_by_text("Still shown, in grey: the run before the change of agents' data.")).to_be_visible()
    assert plot.evaluate(look) == "grayscale(1)"
    expect(page.get_by_text("Still shown")).to_have_count(0)
    assert plot.evaluate(look) == "none"
    stop_button(page).click()
