"""The moving picture of a round, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cgs_core.words.method_words import STEP_NAMES
from tests.browser.playground import charts, sideways
from tests.browser.server import Server
from tests.browser.test_accessibility import QUICK, expect_settled

CUT = """all => all.filter(one => {
  const { top, bottom } = one.getBoundingClientRect();
  return [...one.querySelectorAll(".katex-html *")].some(part => {
    const own = part.getBoundingClientRect();
    return !part.children.length && part.textContent.trim() && (own.top < top - 1 || own.bottom > bottom + 1);
  });
}).map(one => one.textContent)"""
"""Of formulas: those of which letters are beyond the box that is seen."""


def shown(page: Page, place: int) -> None:
    """The words of this step are seen, and those of no other; the picture says aloud which it is."""
    for other in range(len(STEP_NAMES)):
        words = page.locator(f".st-key-step_{other} p").first
        expect(words).to_be_visible() if other == place else expect(words).not_to_be_visible()
    expect(page.locator(".cgs-plot")).to_have_attribute(
        "aria-label", re.compile(f"^Step {place + 1} of {len(STEP_NAMES)}")
    )


def test_the_steps_are_played_and_walked_by_keyboard(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/method?s={QUICK.to_link()}")
    expect(charts(page)).to_have_count(1)
    expect_settled(page)
    shown(page, 0)
    page.get_by_role("button", name="Next: one step on").focus()
    page.keyboard.press("Enter")
    shown(page, 1)
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("ArrowRight")
    shown(page, 2)
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuetext", f"3. {STEP_NAMES[2]}")
    page.get_by_label("Speed").select_option("fast")
    page.get_by_role("button", name="Play the steps").press("Enter")
    shown(page, len(STEP_NAMES) - 1)
    page.get_by_text("All steps at once").click()
    expect(page.locator(".st-key-every_step")).to_be_visible()
    for place in range(len(STEP_NAMES)):
        expect(page.locator(f".st-key-step_{place} p").first).to_be_visible()
    assert page.locator(".st-key-every_step .katex-display").evaluate_all(CUT) == []
    page.set_viewport_size({"width": 390, "height": 844})
    tall = page.locator(".st-key-every_step").evaluate("steps => steps.clientHeight")
    page.get_by_text("All steps at once").click()
    shown(page, len(STEP_NAMES) - 1)
    words = page.locator(f".st-key-step_{len(STEP_NAMES) - 1}")
    own, all_of_them = (
        place.evaluate("one => one.clientHeight") for place in (words, page.locator(".st-key-one_step"))
    )
    assert own <= all_of_them < own + 40 < tall  # no room is kept for the words of the other steps
    expect_settled(page)
    assert sideways(page) == {}
