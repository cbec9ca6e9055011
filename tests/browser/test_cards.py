"""On a phone the ledger is a card an agent: the figure's own words, following the player, nothing off screen."""

from __future__ import annotations

from playwright.sync_api import expect

from cgs_core import Agent, Scenario
from cgs_core.data import federated_data
from cgs_core.figures import Figure, ledger_figure
from cgs_core.studies.presets import OPENING
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_finished, sideways, trace_of, url_of
from tests.browser.server import Server

CARDS = ".cgs-cards .card"


def written(figure: Figure, frame: str) -> list[list[str]]:
    """What each row of a frame says it is worth, is paid and gets."""
    traces = figure["layout"]["meta"]["cards"]["traces"]
    drawn = next(one for one in figure["frames"] if one["name"] == frame)
    columns = [drawn["data"][drawn["traces"].index(traces[name])]["text"] for name in ("worth_words", "paid_words")]
    columns.append(drawn["data"][drawn["traces"].index(traces["gets_words"])]["text"])
    return [list(row) for row in zip(*columns, strict=True)]


def test_a_phone_shows_a_card_an_agent(new_page: NewPage, server: Server) -> None:
    page = new_page(server, viewport={"width": 390, "height": 844})
    page.goto(f"{server.url}/playground")
    cards = page.locator(CARDS)
    expect(cards).to_have_count(5)
    expect_finished(page)
    trace = trace_of(OPENING.scenario)
    figure = ledger_figure(trace, federated_data(trace.scenario))

    def expect_cards(frame: str) -> None:
        for row, words in enumerate(written(figure, frame)):
            expect(cards.nth(row).locator(".line .words")).to_have_text(words)

    expect_cards("all")
    expect(cards.nth(1).locator(".brings")).to_have_text("brings 288 samples · blur 1.0")
    page.get_by_role("button", name="One round", exact=True).click()
    page.get_by_role("button", name="One round back").click()
    expect_cards("48")
    assert sideways(page) == {}
    cut = "cards => cards.flatMap(card => [card, ...card.querySelectorAll('p, .bar, .line, .words, .label')])"
    cut += ".filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.textContent)"
    assert cards.evaluate_all(cut) == []
    expect(charts(page).first.locator(".cgs-plot")).not_to_be_visible()

    page.set_viewport_size({"width": 1024, "height": 768})  # turned round: the columns again
    expect(charts(page).first.locator(".cgs-plot")).to_be_visible()
    expect(cards.first).not_to_be_visible()


def test_a_class_that_an_agent_lacks_is_marked_in_its_card(new_page: NewPage, server: Server) -> None:
    agents = (Agent(), Agent(classes=(0, 1, 2, 3, 4, 5, 6, 8, 9)))
    scenario = Scenario(n_agents=12, n_rounds=2, split="uniform", agents=agents)
    page = new_page(server, viewport={"width": 390, "height": 844})
    page.goto(url_of(server, scenario))
    cards = page.locator(CARDS)
    expect(cards).to_have_count(12)
    expect_finished(page)  # cards are made anew with the rounds
    expect(cards.nth(0).locator(".lacking")).to_have_count(0)
    marks = cards.nth(1).locator(".lacking")
    expect(marks).to_have_count(1)
    mark, sixes = marks.bounding_box(), cards.nth(1).locator(".bar span").nth(6).bounding_box()
    assert mark and sixes and abs(mark["x"] + mark["width"] / 2 - (sixes["x"] + sixes["width"])) < 2
