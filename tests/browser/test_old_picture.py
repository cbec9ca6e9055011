"""While another run trains, the picture of the run before is grey and says whose it is."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from cgs_core import Scenario
from tests.browser.playground import charts, stop_button, url_of
from tests.browser.server import Server

FIRST = Scenario(
    n_agents=5, n_rounds=60, local_epochs=20, batch_size=2, data_seed=82
)  # too long for the express worker
LONG = FIRST.model_copy(update={"data_seed": 83})


def test_the_old_picture_is_grey_until_the_new_one_comes(page: Page, server: Server) -> None:
    page.goto(url_of(server, FIRST))
    expect(charts(page).first).to_be_visible()
    plot = page.locator(".st-key-ledger .cgs-plot")
    stop_button(page).click()
    expect(page.get_by_text("Stopped after round")).to_be_visible()
    expect(plot).to_have_css("filter", "none")
    other = page.context.new_page()  # somebody else has the only worker that takes what is long
    other.goto(url_of(server, LONG))
    expect(other.get_by_text("Training: round")).to_be_visible()
    page.get_by_role("button", name="Agent 2: honest").click()
    page.get_by_role("menuitemradio", name="free rider").click()
    expect(page.get_by_text("Still shown, in grey: the run before the change of agents' data.")).to_be_visible()
    expect(plot).to_have_css("filter", "grayscale(1)")
    stop_button(other).click()
    expect(page.get_by_text("Still shown")).to_have_count(0)
    expect(plot).to_have_css("filter", "none")
    stop_button(page).click()
    expect(page.get_by_text("Stopped after round")).to_be_visible()
