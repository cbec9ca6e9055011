"""Work that a change need not do, counted: a picture that stays the same, and Plotly's search for lists."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from cgs_core.data import federated_data
from cgs_ui.places import ASSETS
from tests.browser.playground import (
    expect_at_rest,
    expect_finished,
    expect_ledger,
    open_more,
    open_playground,
    trace_of,
    url_of,
)
from tests.browser.server import Server
from tests.browser.test_accessibility import QUICK
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY

LISTS = """figures => {
  const schema = Plotly.PlotSchema, whole = schema.findArrayAttributes, { crawl } = schema, place = document.body;
  const found = { whole: [], short: [], steps: { whole: 0, short: 0 } };
  let whose = "short";  // drawing searches too
  const counted = schema.crawl = (...how) => { found.steps[whose]++; crawl(...how); };
  withShortSearch(Plotly);
  for (const { data, layout } of figures) {
    Plotly.newPlot(place, data, layout);
    for (const trace of place._fullData) {
      whose = "whole";
      found.whole.push(whole(trace));
      whose = "short";
      found.short.push(schema.findArrayAttributes(trace));
    }
    Plotly.purge(place);
  }
  found.isAsItWas = schema.crawl === counted;
  return found;
}"""


def test_a_change_draws_no_picture_again_that_it_leaves_as_it_is(page: Page, server: Server) -> None:
    """What the agents have does not depend on altruism; what is saved of the picture is of the new run all the same."""
    page.set_viewport_size({"width": 1440, "height": 2600})  # all is on the screen, and drawn in its turn
    open_playground(page, url_of(server, QUICK))
    shards = page.locator(".st-key-shards .cgs-chart")
    samples = page.locator(".st-key-samples .cgs-chart")
    for chart in (shards, samples):
        expect(chart).to_have_attribute("data-drawn", "1")
    slider = page.get_by_role("slider", name="Altruism")
    slider.press("ArrowRight")
    expect(page).not_to_have_url(url_of(server, QUICK))
    changed = QUICK.replace(altruism_degree=float(slider.get_attribute("aria-valuetext") or "nan"))
    expect_ledger(page, trace_of(changed))
    expect_finished(page)
    expect_at_rest(page)
    for chart in (shards, samples):
        expect(chart).to_have_attribute("data-drawn", "1")
    shards.get_by_role("button", name="Save: ").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="CSV").click()
    assert waiting.value.suggested_filename == f"cgs-shards-{changed.scenario_id}.csv"
    open_more(page)
    page.get_by_role("button", name="New data").click()
    for chart in (shards, samples):
        expect(chart).to_have_attribute("data-drawn", "2")


@pytest.fixture
def empty_page(browser: Browser) -> Page:
    """Without the app's policy."""
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(path=ASSETS / "vendor" / "plotly-cartesian.min.js")
    page.add_script_tag(path=ASSETS / "plotly_lists.js")
    return page


def test_plotly_finds_the_same_lists_in_fewer_steps(empty_page: Page) -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    figures = [json.loads(json.dumps(make(trace, data))) for make in EVERY.values()]
    found = empty_page.evaluate(LISTS, figures)
    empty_page.context.close()
    assert found["short"] == found["whole"] and max(map(len, found["whole"])) > 3
    assert found["isAsItWas"] and 0 < found["steps"]["short"] < found["steps"]["whole"] / 20
