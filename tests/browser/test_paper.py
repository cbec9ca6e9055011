"""The page Paper in a browser: its tables fit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from cgs_core.studies.paper import paper_grid, row_title
from cgs_core.studies.paper_results import committed_results
from cgs_core.studies.paper_tables import table_of
from cgs_ui.paper.views import cell_words
from tests.browser.conftest import NewPage
from tests.browser.server import Server
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
    assert [text.removesuffix(" ★") for text in cells(page, cell_words(table.cells[0]))] == expected
