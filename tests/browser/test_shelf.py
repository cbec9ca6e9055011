"""The shelf in a browser: pinned on two pages, named, there after a restart, nobody else's, taken off, as one file."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
from playwright.sync_api import Locator, Page, Route, expect

from cgs_core import Scenario
from cgs_core.figures import run_look
from cgs_core.mechanisms import with_mechanism
from cgs_core.studies.side_by_side import default_name
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_at_rest, expect_finished, open_playground, url_of
from tests.browser.server import Server, running_server
from tests.browser.test_runs_and_files import downloaded
from tests.browser.test_views import PROJECTOR, SIZES, expect_bare
from tests.browser.waiting import until
from tools.running_app import ROOT

WINE = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=4, n_validation=14)
FEDAVG = with_mechanism(WINE, "fedavg")
LINES = """plot => plot.data.map(line => [line.line.color, line.line.dash, line.marker.symbol, line.y])"""


def pin(page: Page) -> None:
    """Pin the run that the Playground shows."""
    page.get_by_role("button", name=re.compile(r"\bPin$")).click()
    expect(page.get_by_role("link", name="Pinned")).to_be_visible()


def pin_two(page: Page, server: Server) -> None:
    """The Playground's run, and under Mechanisms FedAvg's on the same agents."""
    open_playground(page, url_of(server, WINE))
    pin(page)
    page.get_by_role("link", name="Mechanisms").click()
    expect_finished(page)
    tab = page.get_by_test_id("stTabs")
    tab.get_by_role("button", name="FedAvg").click()
    expect(tab.get_by_role("link", name="FedAvg")).to_be_visible()


def open_shelf(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/shelf")
    expect(page.get_by_role("heading", name="How do the runs that you kept differ?")).to_be_visible()


def names(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Name of run"))


def test_a_run_is_one_row(page: Page, server: Server):
    open_playground(page, url_of(server, WINE))
    pin(page)
    open_shelf(page, server)
    name, button = names(page).first.bounding_box(), page.get_by_role("button", name="Take off").bounding_box()
    assert name and button and abs(name["y"] + name["height"] / 2 - button["y"] - button["height"] / 2) < 10


def test_two_runs_from_two_pages_are_named_kept_compared_and_taken_off(new_page: NewPage, tmp_path: Path):
    with running_server(tmp_path) as server:
        page = new_page(server)
        pin_two(page, server)
        page.get_by_role("button", name="Research").click()
        page.get_by_role("menuitem", name="Shelf").click()
        expect(names(page)).to_have_count(2)
        expect(names(page).first).to_have_value(default_name(WINE))
        names(page).nth(1).fill("Everybody gets everything")
        names(page).nth(1).press("Enter")
        expect(page.get_by_role("heading", name="Results")).to_be_visible()
        cookies = page.context.cookies()
        state = page.context.storage_state()
        page.close()  # else it calls for the server
    (cookie,) = [one for one in cookies if one["name"] == "cgs_visitor"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and not cookie["secure"]
    with running_server(tmp_path) as server:  # the same store, another server process
        page = new_page(server, storage_state=state)
        open_shelf(page, server)
        expect(names(page)).to_have_count(2)
        expect(names(page).nth(1)).to_have_value("Everybody gets everything")
        expect_lines(page)
        expect_file(page, tmp_path)
        stranger = new_page(server)
        open_shelf(stranger, server)
        expect(stranger.get_by_text("Nothing is pinned.")).to_be_visible()
        page.get_by_role("button", name="Take off").first.press("Enter")
        expect(names(page)).to_have_count(1)
        page.reload()
        expect(names(page)).to_have_count(1)
        expect(names(page).first).to_have_value("Everybody gets everything")
        for one in (page, stranger):
            one.context.close()  # else it calls for the server


def test_ticks_baseline_and_charts_outlive_the_server_and_a_run_put_back_keeps_its_colour(
    new_page: NewPage, tmp_path: Path
):
    with running_server(tmp_path) as server:
        page = new_page(server)
        pin_two(page, server)
        open_playground(page, url_of(server, WINE.replace(altruism_degree=5.0)))
        pin(page)
        page.get_by_role("link", name="Pinned").click()
        expect(names(page)).to_have_count(3)
        page.get_by_role("button", name="Take off").first.click()
        page.get_by_role("button", name="Put it back").click()
        expect(names(page)).to_have_count(3)
        page.get_by_text("Charts", exact=True).click()
        expect(charts(page)).to_have_count(1)
        page.locator("[data-testid=stCheckbox] label", has_text="Compare run 1").click()
        choose(page, "Show", "Pay")
        choose(page, "Baseline", default_name(WINE))
        expect(page.get_by_text(f"the difference to “{default_name(WINE)}”")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("^Pay"))).to_be_visible()
        state = page.context.storage_state()
        page.close()
    with running_server(tmp_path) as server:
        page = new_page(server, storage_state=state)
        open_shelf(page, server)
        expect(page.get_by_text(f"the difference to “{default_name(WINE)}”")).to_be_visible()
        ticks = page.get_by_role("checkbox", name=re.compile("^Compare run"))
        assert [ticks.nth(place).is_checked() for place in range(3)] == [False, True, True]
        expect(charts(page)).to_have_count(1)
        expect(page.get_by_role("img", name=re.compile("^Pay"))).to_be_visible()
        looks = [run_look(color) for color in (2, 0)]  # the second lies first now and is unticked; the first came back
        lines = page.locator(".cgs-plot").evaluate(LINES)
        assert [line[:3] for line in lines] == [[look.color, look.dash, look.symbol] for look in looks]
        page.context.close()  # else it calls for the server


def choose(page: Page, label: str, option: str) -> None:
    expect_at_rest(page)  # a list that is open while the page is redrawn may close
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def expect_lines(page: Page) -> None:
    """The chart shows the numbers of both runs, in their own looks, and says them aloud."""
    page.get_by_text("Charts", exact=True).click()
    expect(charts(page)).to_have_count(1)
    lines = page.locator(".cgs-plot").evaluate(LINES)
    looks = [run_look(index) for index in range(2)]
    assert [line[:3] for line in lines] == [[look.color, look.dash, look.symbol] for look in looks]
    assert all(len(line[3]) == WINE.n_rounds for line in lines)
    expect(page.get_by_role("img", name=re.compile("Everybody gets everything ends at"))).to_be_visible()


def expect_file(page: Page, folder: Path) -> None:
    """The file's rounds are the command line's, to the byte."""
    text = downloaded(page, re.compile(r"All runs \(CSV\)")).decode()
    frame = pd.read_csv(io.StringIO(text), keep_default_na=False)
    for number, scenario in enumerate((WINE, FEDAVG), 1):
        (folder / "asked.json").write_text(scenario.to_json(), encoding="utf-8")
        command = [sys.executable, "-m", "cgs_core", "run", str(folder / "asked.json"), "--out", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
        own = frame[(frame["run"] == number) & (frame["round"] != "")]
        assert set(own["scenario_id"]) == {scenario.scenario_id}
        rounds = own[["round", "agent", "quantity", "value"]].to_csv(index=False, lineterminator="\n")
        assert rounds == (folder / "trace.csv").read_text(encoding="utf-8")
    assert set(frame["name"]) == {default_name(WINE), "Everybody gets everything"}


def test_the_very_first_page_of_a_browser_has_its_shelf(new_page: NewPage, server: Server):
    page = new_page(server)
    open_shelf(page, server)
    expect(page.get_by_text("Nothing is pinned.")).to_be_visible()
    expect(page.get_by_text("no cookies")).to_have_count(0)


def test_without_cookies_the_shelf_lasts_as_long_as_the_page_and_says_so(new_page: NewPage, server: Server):
    page = new_page(server)
    page.route(re.compile(r"/static/js/"), lambda route: _let_through_without_cookie(page, route))
    open_playground(page, url_of(server, WINE))
    pin(page)
    page.get_by_role("link", name="Pinned").click()
    expect(page.get_by_text("This browser sends no cookies")).to_be_visible()
    expect(names(page)).to_have_count(1)
    open_shelf(page, server)
    expect(page.get_by_text("Nothing is pinned.")).to_be_visible()


def _let_through_without_cookie(page: Page, route: Route) -> None:
    """As a browser that keeps none: it is gone before the scripts open the websocket."""
    page.context.clear_cookies(name="cgs_visitor")
    route.continue_()


def test_the_shelfs_chart_on_a_projector_fits_its_screen(new_page: NewPage, server: Server):
    page = new_page(server, **PROJECTOR)
    pin_two(page, server)
    page.goto(f"{server.url}/shelf?view=projector")
    until(page, "() => document.querySelectorAll('.cgs-plot svg text').length > 0")
    expect_bare(page)
    assert min(page.evaluate(SIZES)) >= 24
    page.get_by_role("button", name="Leave projector view").click()
    expect(page.get_by_role("heading", name="How do the runs that you kept differ?")).to_be_visible()
