"""The page Paper in a browser: its tables fit, and a cell that is missing is run where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cgs_core.studies.paper import paper_grid, row_title
from cgs_core.studies.paper_tables import committed_results, table_of
from tests.browser.conftest import NewPage
from tests.browser.playground import stop_button
from tests.browser.server import Server, running_server
from tests.browser.test_first_paint import SCREENS


def cells(page: Page, name: str) -> list[str]:
    """A column of the first table, as screen readers hear it."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    expect(table.locator("th", has_text=name)).to_have_count(1)
    place = table.locator("th").all_text_contents().index(name)
    return table.locator(f"td[data-testid^='glide-cell-{place}-']").all_text_contents()


def open_page(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/paper?paper_dataset=digits")
    expect(page.get_by_text("Digits (8×8): 30 rounds")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_tables_fit_and_are_the_committed_ones(screen: str, new_page: NewPage, server: Server) -> None:
    page = new_page(server, **SCREENS[screen])
    open_page(page, server)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
    table = table_of(committed_results(), paper_grid("digits").cases)
    shown = [name.removesuffix(" †") for name in cells(page, "Mechanism")]
    assert shown == [row_title(row) for row in table.rows]
    expected = [table.entry(table.cells[0], row, "fairness_score").to_text().replace("-", "−") for row in table.rows]
    assert [text.removesuffix(" ★") for text in cells(page, "5 · uniform")] == expected


def test_what_is_missing_is_run_in_the_background(new_page: NewPage, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:  # of its own: tried again, it must not find what the first try has run
        page = new_page(server)
        _run_what_is_missing(page, server)
        page.context.close()  # else it calls for the server


def _run_what_is_missing(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/paper?paper_dataset=digits&paper_mechanisms=fedavg,sampled_sync")
    expect(page.get_by_text("45 of 90 runs have not been made")).to_be_visible()
    assert cells(page, "5 · uniform")[1] == ""
    page.get_by_role("button", name="Run", exact=True).click()
    expect(stop_button(page)).to_be_visible()
    expect(page.get_by_text("All 90 runs of this grid are there.")).to_be_visible()
    expect(stop_button(page)).to_have_count(0)
    assert cells(page, "5 · uniform")[1] != ""
