"""Components of which Streamlit ends a call because another one is on its way: what they have kept stays."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from cgs_ui.served import component_script
from tests.browser.server import Server
from tests.browser.waiting import until

DRAW = """async (script) => {
    const file = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    window.heard = [];
    window.draw = (element, round) => file.default({
        data: { round, asked: 0, panel: "x" },
        parentElement: element,
        setStateValue: (name, now) => window.heard.push([element.id, now]),
    });
    window.place = (id) => document.body.appendChild(Object.assign(document.createElement("div"), { id }));
}"""


def test_an_overtaken_call_ends_nothing_and_the_last_one_with_its_element(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/glossary")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate(DRAW, component_script("why_follow.js"))
    page.evaluate("""() => {
        window.cgsRound = 0;
        const element = window.place("first");
        window.draw(element, 3)(); // what the server shows, and Streamlit ends the call
        window.end = window.draw(element, 0); // what somebody else has told meanwhile
    }""")
    until(page, "window.heard.length")
    assert page.evaluate("window.heard") == [["first", 0]]

    page.evaluate("""() => {
        document.getElementById("first").remove();
        window.end();
        window.draw(window.place("second"), 0);
        window.cgsRound = 5;
        window.dispatchEvent(new CustomEvent("cgs-round"));
    }""")
    until(page, "window.heard.length > 1")
    assert page.evaluate("window.heard") == [["first", 0], ["second", 5]]


def test_a_page_that_is_left_takes_its_player_with_it(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/method")
    until(page, "window.cgsPlayer !== undefined && document.body.dataset.cgsStep !== undefined")
    page.get_by_role("button", name="Learn").click()
    page.get_by_role("link", name="Glossary").click()
    until(page, "window.cgsPlayer === undefined && document.body.dataset.cgsStep === undefined")
