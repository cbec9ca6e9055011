"""Mechanisms in a browser: four are chosen, and the table says what the command line says."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cgs_core import Scenario
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.words.comparison_findings import TABULATED
from cgs_core.words.written import number
from cgs_ui.mechanisms.panel import with_validation
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_at_rest, open_tab, stop_button
from tests.browser.server import Server
from tests.browser.test_coalition_game import column
from tests.browser.test_first_paint import SCREENS, expect_charts_in_order
from tools.running_app import ROOT

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=4, batch_size=16)
CHOSEN = ("q_ffl", "cffl", "cgsv", "reconstructed_shapley")


def open_page(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/mechanisms?{urlencode({'s': SMALL.to_link()})}")
    expect(charts(page).first).to_be_visible()
    expect(stop_button(page)).to_have_count(0)


def choose_mechanisms(page: Page) -> None:
    """The ones that are there go, the wanted ones are typed and picked."""
    box = page.get_by_role("combobox", name="Mechanisms")
    box.focus()
    chosen = page.locator(".react-aria-ComboBox [data-tag]")
    for n_left in (4, 3, 2, 1, 0):
        page.keyboard.press("Backspace")
        expect(chosen).to_have_count(n_left)
    expect_at_rest(page)  # what is typed while the page is redrawn may be lost
    for n_chosen, name in enumerate(CHOSEN, 1):
        box.press_sequentially(MECHANISMS[name].title)
        page.get_by_role("option", name=MECHANISMS[name].title, exact=True).click()
        expect(chosen).to_have_count(n_chosen)
        expect_at_rest(page)
    page.keyboard.press("Escape")


def command_lines(folder: Path) -> list[dict[str, str]]:
    """What ``python -m cgs_core compare`` writes of the same agents, mechanisms and seeds."""
    (folder / "scenario.json").write_text(with_validation(SMALL).to_json(), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "cgs_core",
        "compare",
        str(folder / "scenario.json"),
        "--mechanisms",
        *CHOSEN,
        "--seeds",
        "5",
        "--out",
        str(folder / "out"),
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with (folder / "out" / "comparison.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_the_table_of_four_is_the_command_lines(new_page: NewPage, server: Server, tmp_path: Path) -> None:
    page = new_page(server, viewport={"width": 2200, "height": 1200})  # so that no column is out of sight
    open_page(page, server)
    choose_mechanisms(page)
    records = command_lines(tmp_path)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    heads = page.locator("[data-testid=stDataFrame] th")
    expect(heads.filter(has_text="Reconstructed Shapley")).to_have_count(1)
    expect(stop_button(page)).to_have_count(0)
    assert heads.all_text_contents() == ["", *(MECHANISMS[name].title for name in CHOSEN)]
    named = page.locator("[data-testid=stDataFrame] td[data-testid^='glide-cell-0-']").all_text_contents()
    assert named[: len(TABULATED)] == [MEASURES[measure].column for measure in TABULATED]
    for name in CHOSEN:
        cells = [cell.removeprefix("★ ") for cell in column(page, MECHANISMS[name].title)]
        assert cells[: len(TABULATED)] == [told(records, name, measure) for measure in TABULATED], name


def told(records: list[dict[str, str]], mechanism: str, measure: str) -> str:
    """The mean over the seeds, with their number where the measure is undefined for some."""
    own = [one for one in records if (one["mechanism"], one["quantity"]) == (mechanism, measure) and one["seed"]]
    values = [float(one["value"]) for one in own if one["value"]]
    text = number(measure, float(np.mean(values)) if values else np.nan)
    return f"{text} ({len(values)} of {len(own)})" if 0 < len(values) < len(own) else text


@pytest.mark.parametrize("screen", SCREENS)
def test_every_chart_is_drawn_and_named_and_fits(screen: str, new_page: NewPage, server: Server) -> None:
    page = new_page(server, **SCREENS[screen])
    open_page(page, server)
    for name, n_charts in (("Measures", 2), ("Properties", 1), ("Game the rule", 1)):
        open_tab(page, name)
        expect(stop_button(page)).to_have_count(0)
        expect_charts_in_order(page, n_charts)


def test_who_cheats_is_told_under_every_mechanism(page: Page, server: Server) -> None:
    open_page(page, server)
    open_tab(page, "Game the rule")
    expect(page.get_by_text("Agent 3 puts each of its samples in twice: ")).to_be_visible()
    assert len(column(page, "Change (points)")) == 5
