"""A stranger's package in the app: installed, started, opened; and what is said of a broken one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cgs_core.scenario.text import packed
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished
from tests.browser.server import Server
from tests.plug_ins import GOOD, LATE, NET, install_both, install_net
from tools.running_app import running_app

SMALL = {"schema_version": 1, "dataset": "wine", "n_agents": 3, "n_rounds": 3}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the packages installed."""
    folder = tmp_path_factory.mktemp("plug-ins")
    path = os.pathsep.join([str(ROOT), *{str(install_both(folder)), str(install_net(folder))}])
    with running_app(folder, {"CGS_WORKERS": "1", "PYTHONPATH": path}) as (url, pid):
        yield Server(url, pid, folder / "runs.sqlite")


def test_its_valuation_is_in_the_sidebar_and_runs_by_a_link(new_page: NewPage, extended: Server) -> None:
    page = new_page(extended)
    page.goto(f"{extended.url}/playground?s={packed(SMALL | {'valuation': GOOD})}")
    expect_finished(page)
    expect(charts(page).first).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
    expect(page.get_by_role("combobox", name="Valuation")).to_have_value("Projection (my-worth)")
    warnings = page.get_by_test_id("stSidebar").get_by_role("alert")
    expect(warnings.filter(has_text="my-faults:nan")).to_contain_text("switched off")
    expect(warnings).to_have_count(5)


def test_a_torch_model_trains_by_a_link_in_a_worker_and_never_in_the_server(
    new_page: NewPage, extended: Server
) -> None:
    page = new_page(extended)
    page.goto(f"{extended.url}/playground?s={packed(SMALL | {'model': NET})}")
    expect_finished(page)
    page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("Net with layer norm (my-net)")
    maps = {pid: Path(f"/proc/{pid}/maps") for pid in (extended.pid, *extended.worker_pids())}
    loaded = {pid: "libtorch" in file.read_text(encoding="utf-8") for pid, file in maps.items()}
    assert not loaded.pop(extended.pid) and any(loaded.values())


def test_it_is_compared_and_a_failing_one_harms_no_other(new_page: NewPage, extended: Server) -> None:
    page = new_page(extended, viewport={"width": 1600, "height": 1200})
    asked = f"mechanisms=cgsv,{GOOD},{LATE}&comparison_seeds=1"
    page.goto(f"{extended.url}/mechanisms?s={packed(SMALL)}&{asked}")
    expect(page.get_by_text("Not all runs were made (2 of 3).")).to_contain_text("must give finite numbers; got nan")
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("td, th", has_text="Projection (my-worth)")).to_have_count(1)
    expect(table.locator("td, th", has_text="Late (my-faults)")).to_have_count(0)


def test_its_run_lies_on_the_shelf_under_its_title(new_page: NewPage, extended: Server) -> None:
    page = new_page(extended)
    page.goto(f"{extended.url}/playground?s={packed(SMALL | {'valuation': GOOD})}")
    expect_finished(page)
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("link", name="Pinned").click()
    expect(page.get_by_test_id("stDataFrame").first.locator("td", has_text="Projection (my-worth)")).to_have_count(1)


def test_elsewhere_the_link_says_which_package_has_it(new_page: NewPage, server: Server) -> None:
    page = new_page(server)
    page.goto(f"{server.url}/playground?s={packed(SMALL | {'valuation': GOOD})}")
    expect(page.get_by_role("alert").first).to_contain_text("needs the package 'my-worth', which is not installed here")
