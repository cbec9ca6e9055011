"""What is taken away in a browser: each file is what the core makes of the same run."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from playwright.sync_api import Page, expect

from cgs_core import Agent, Scenario
from cgs_core.data.own.csv import read_upload
from cgs_core.export.code import comparison_notebook, comparison_script, run_notebook, run_script
from cgs_core.export.comparison_report import comparison_report
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import run_figures
from cgs_core.studies.comparison import compare
from cgs_ui.mechanisms.panel import with_validation
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished, open_playground, trace_of, url_of
from tests.browser.server import Server
from tests.browser.test_own_data import give, open_form
from tests.data.uploads import csv_of

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, agents=(Agent(label_noise=0.3),))


def taken(page: Page, label: str) -> tuple[str, bytes]:
    """The name and the content of one of the dialog's files."""
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("dialog").get_by_role("button", name=label).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_run_is_taken_away(page: Page, server: Server) -> None:
    trace, link = trace_of(QUICK), url_of(server, QUICK)
    open_playground(page, link)
    open_dialog(page)
    stem = f"cgs-{QUICK.scenario_id}"
    assert taken(page, "Report (HTML)") == (f"{stem}-report.html", run_report(trace, link).encode())
    assert taken(page, "Program (Python)") == (f"{stem}.py", run_script(trace).encode())
    assert taken(page, "Notebook") == (f"{stem}.ipynb", run_notebook(trace).encode())
    assert taken(page, "All rounds (CSV)") == (f"{stem}.csv", trace.to_csv().encode())
    name, content = taken(page, "Everything (ZIP)")
    assert name == f"{stem}.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [one.partition("/")[2] for one in archive.namelist()]
        drawn = sum(one.endswith(".png") for one in names)
        readme = archive.read(next(one for one in archive.namelist() if one.endswith("README.txt"))).decode()
    assert {"README.txt", "report.html", "scenario.json", "script.py"} <= set(names)
    assert drawn == len(run_figures(trace)) or "There are no pictures: No Chromium" in readme


def test_a_comparison_is_taken_away(page: Page, server: Server) -> None:
    names = ["fedavg", "cgsv"]
    page.goto(f"{server.url}/mechanisms?s={QUICK.to_link()}&mechanisms={','.join(names)}&comparison_seeds=1")
    expect(charts(page).first).to_be_visible()
    expect_finished(page)
    open_dialog(page)
    comparison = compare(with_validation(QUICK), names, 1)
    stem = f"cgs-{comparison.scenario.scenario_id}-mechanisms"
    assert taken(page, "Program (Python)") == (f"{stem}.py", comparison_script(comparison).encode())
    assert taken(page, "Notebook") == (f"{stem}.ipynb", comparison_notebook(comparison).encode())
    assert taken(page, "Comparison (CSV)") == (f"{stem}.csv", comparison.to_csv().encode())
    _, content = taken(page, "Comparison (JSON)")
    assert json.loads(content) == json.loads(comparison.to_json())
    _, report = taken(page, "Report (HTML)")
    link = report.decode().rpartition('<a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert link.startswith(f"{server.url}/mechanisms?")
    assert report == comparison_report(comparison, link).encode()


def test_of_own_data_it_is_said_that_they_stay(page: Page, server: Server) -> None:
    open_form(page, server)
    give(page, csv_of(60), "mine.csv")
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Use it").click()
    expect(form).to_have_count(0)
    open_dialog(page)  # perhaps before the run is there: the files come then
    expect(page.get_by_text("Your data are in none of these files")).to_be_visible()
    _, report = taken(page, "Report (HTML)")
    assert read_upload(csv_of(60), "mine").own.sha256[:12] in report.decode()
    assert "The data are not in this report" in report.decode()


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)])
def test_the_dialog_fits_the_screen(size: tuple[int, int], new_page: NewPage, server: Server) -> None:
    width, height = size
    page = new_page(server, viewport={"width": width, "height": height})
    open_playground(page, url_of(server, QUICK))
    open_dialog(page)
    box = page.get_by_role("dialog").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    last = page.get_by_role("dialog").get_by_role("button", name="Measures (JSON)")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
