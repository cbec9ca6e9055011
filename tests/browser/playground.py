"""The Playground in a browser: open it, wait for it, read it; and what the core says of the same scenario."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario, Trace, run
from cgs_core.studies.presets import OPENING
from tests.browser.server import Server
from tests.browser.waiting import until

RATIOS = "plot => Array.from(plot.data?.find(drawn => drawn.type === 'bar' && drawn.xaxis === 'x3')?.x ?? [])"


# A fold that opens is as low as before for its first frames; what is in it is clicked in vain until it has opened. A
# chart may have an older picture of the same run until it has drawn the one that has come.
PAGE_IS_STILL = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
    return [...document.querySelectorAll("details")].every((fold) => fold.getAnimations().length === 0)
        && [...document.querySelectorAll(".cgs-chart[aria-busy=true]")].every((chart) => !chart.checkVisibility());
}"""
OWN_STYLE = "[...document.querySelectorAll('style')].some((one) => one.textContent.includes('stCaptionContainer'))"


def expect_at_rest(page: Page) -> None:
    """What was asked for has begun, the server has nothing more to send, and nothing on the page is of before.

    The app's own style, which a script of Streamlit's puts there, has come too.
    """
    until(page, OWN_STYLE)
    expect(page.locator("html[data-runs-asked]:not([data-runs-asked='0'])")).to_have_count(0)
    expect(page.locator("[data-test-script-state=running], [data-stale=true]")).to_have_count(0)
    until(page, PAGE_IS_STILL)


def trace_of(scenario: Scenario) -> Trace:
    """The scenario's run, by the core, in this process."""
    return _trace_of_link(scenario.to_link())


@cache
def _trace_of_link(link: str) -> Trace:
    return run(Scenario.from_link(link))


def url_of(server: Server, scenario: Scenario, round_number: int | None = None) -> str:
    """The link that the app gives a scenario, at a round."""
    parts = [f"s={scenario.to_link()}"] if scenario != OPENING.scenario else []
    parts += [f"round={round_number}"] if round_number is not None else []
    return f"{server.url}/playground" + ("?" + "&".join(parts) if parts else "")


def open_playground(page: Page, url: str, finished: bool = True) -> None:
    """Go there and wait for the first picture, and for the end of the run."""
    page.goto(url)
    expect(charts(page).first).to_be_visible()
    if finished:
        expect_finished(page)


def open_more(page: Page) -> None:
    """The controls that are not in the open."""
    page.get_by_test_id("stSidebar").get_by_text("More", exact=True).click()
    expect(page.get_by_role("button", name="New data")).to_be_visible()


def charts(page: Page) -> Locator:
    """The charts that are drawn."""
    return page.locator(".cgs-chart[data-drawn]")


def stop_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop", exact=True)


def expect_finished(page: Page) -> None:
    """Nothing is followed any more; of a run that has just begun the button may come after its first picture."""
    expect(page.locator(".cgs-pulse")).to_have_count(0)
    expect(stop_button(page)).to_have_count(0)
    expect(page.get_by_text("Still shown")).to_have_count(0)


def headline(page: Page) -> Locator:
    return page.get_by_test_id("stMain").locator(".cgs-sentence strong, [data-testid=stMarkdown] strong").first


def shown_round(page: Page) -> Locator:
    """The player's words: "Round 45 of 50", "All 50 rounds"."""
    return page.locator(".player .round")


def times_drawn(page: Page) -> int:
    """How often the ledger was drawn so far."""
    return int(charts(page).first.get_attribute("data-drawn") or 0)


def ledger_ratios(page: Page) -> list[float]:
    """The reward ratios that the ledger's bars show."""
    return page.locator(".cgs-plot").first.evaluate(RATIOS)


def expect_ledger(page: Page, trace: Trace, round_number: int | None = None) -> None:
    """The ledger comes to show the reward ratios of a round; the means over all rounds unless one is named."""
    all_ratios = trace.stack("reward_ratio")
    ratios = all_ratios.mean(axis=0) if round_number is None else all_ratios[round_number - 1]
    wanted = [round(float(ratio), 5) for ratio in ratios]
    script = f"""wanted => {{
        const plot = document.querySelector(".cgs-plot"), shown = plot ? ({RATIOS})(plot) : [];
        return shown.length === wanted.length && shown.every((x, i) => Math.abs(x - wanted[i]) < 1.1e-5);
    }}"""
    until(page, script, arg=wanted)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def sideways(page: Page) -> dict[str, Any]:
    """The parts of the page itself that can be scrolled sideways, and by how many pixels."""
    script = """names => Object.fromEntries(names.map(name => [name, document.querySelector(name)])
        .map(([name, part]) => [name, part.scrollWidth - part.clientWidth]).filter(([, more]) => more > 0))"""
    return page.evaluate(script, ["html", "body", "[data-testid=stApp]", "[data-testid=stMain]"])
