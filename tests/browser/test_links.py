"""Links in fresh browsers: what is on screen comes back, and nothing that a teacher has locked can be unlocked."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_core.scenario.text import packed
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.browser.conftest import NewPage
from tests.browser.playground import charts, expect_at_rest, expect_finished, open_tab
from tests.browser.server import Server
from tests.browser.waiting import until

SCENARIO = Scenario(n_agents=3, n_rounds=4, agents=(Agent(label_noise=0.5), Agent(), Agent(conduct="free_rider")))
SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, agents=(Agent(repeats=2),))
TABS = {"playground": "Numbers", "coalition-game": "Axioms"}


def opened(page: Page, url: str) -> None:
    page.goto(url)
    expect(charts(page).first).to_be_visible()
    expect_finished(page)


@pytest.mark.parametrize("name", TABS)
def test_a_link_with_edited_agents_comes_back_in_a_fresh_browser(new_page: NewPage, server: Server, name: str) -> None:
    first, second = new_page(server), new_page(server)
    opened(first, f"{server.url}/{name}?s={SCENARIO.to_link()}&round=2")
    open_tab(first, TABS[name])
    first.wait_for_url("**tab*")
    opened(second, first.url)
    for page in (first, second):
        expect(page.locator(".player .round")).to_have_text("Round 2 of 4")
        expect(page.get_by_role("tab", name=TABS[name], exact=True)).to_have_attribute("aria-selected", "true")
    assert f"s={SCENARIO.to_link()}" in first.url
    expect(second).to_have_url(first.url)


def test_a_clamped_link_says_so(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/playground?s={packed({'n_agents': 2, 'n_rounds': 3, 'update_norm': 99})}")
    expect(page.get_by_text("update_norm: 99 came, 10 is used.")).to_be_visible()


def test_a_forged_lesson_unlocks_nothing(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/playground?lesson={packed({'allowed': ['n_agents']})}.AAAA")
    expect(page.get_by_text("This teacher's link cannot be opened.")).to_be_visible()
    expect(page.get_by_role("slider", name="Agents")).to_be_disabled()


def test_a_lessons_link_is_made_and_what_a_student_puts_back_stays_put_back(new_page: NewPage, server: Server) -> None:
    teacher, student, friend = new_page(server), new_page(server), new_page(server)
    opened(teacher, f"{server.url}/playground?s={SCENARIO.to_link()}&round=2&tab=Numbers")
    teacher.get_by_role("button", name="Share", exact=True).click()
    teacher.get_by_role("dialog").get_by_role("radio", name="A lesson on it").click()
    field = teacher.get_by_role("textbox", name="Teacher link, for this server")
    before = field.input_value()
    teacher.get_by_role("combobox", name="May be changed").click()
    teacher.get_by_role("option", name="Altruism", exact=True).click()
    teacher.keyboard.press("Escape")  # the list, not the dialog
    expect(field).not_to_have_value(before)
    opened(student, field.input_value())
    expect(student.get_by_role("slider", name="Altruism")).to_be_enabled()
    expect(student.get_by_role("slider", name="Agents")).to_be_disabled()
    expect(student.locator(".player .round")).to_have_text("Round 2 of 4")
    expect(student.get_by_role("tab", name="Numbers", exact=True)).to_have_attribute("aria-selected", "true")
    open_tab(student, "Who has what")
    student.get_by_role("button", name="All rounds", exact=True).click()
    until(student, "['round', 'tab'].every(name => new URLSearchParams(location.search).get(name) === '')")
    opened(friend, student.url)
    expect(friend.locator(".player .round")).to_have_text("All 4 rounds")
    expect(friend.get_by_role("tab", name="Who has what", exact=True)).to_have_attribute("aria-selected", "true")


def test_a_forged_link_does_not_choose_what_a_lesson_compares(page: Page, server: Server) -> None:
    lesson = Lesson(SMALL, "mechanisms", frozenset(), {"mechanisms": "cgsv,fedavg", "comparison_seeds": "1"})
    forged = urlencode({"lesson": token_of(lesson, server.store), "mechanisms": "cffl,iafl,cgsv", "tab": "Properties"})
    opened(page, f"{server.url}/mechanisms?{forged}")
    expect(page.get_by_text("Locked in this lesson, and not changed: What is compared.")).to_be_visible()
    expect(page.get_by_test_id("stMain").get_by_role("combobox", name="Mechanisms")).to_be_disabled()
    rows = page.get_by_role("tabpanel").locator("table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("FedAvg")
    page.wait_for_url("**mechanisms=cgsv**")


# -- the pages of many runs ------------------------------------------------------------------------------------


def combobox(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("combobox", name=name, exact=True)


def choose(page: Page, name: str, option: str) -> None:
    combobox(page, name).click()
    page.get_by_role("option", name=option, exact=True).click()


def opened_again(new_page: NewPage, server: Server, page: Page) -> Page:
    """A fresh browser at the same address, which must stay what it is."""
    again = new_page(server)
    opened(again, page.url)
    assert again.url == page.url and f"s={SMALL.to_link()}" in again.url
    return again


def test_a_comparison_of_mechanisms_comes_back_in_a_fresh_browser(new_page: NewPage, server: Server) -> None:
    first = new_page(server)
    opened(first, f"{server.url}/mechanisms?s={SMALL.to_link()}&comparison_seeds=1")
    tags = first.get_by_test_id("stMultiSelect").locator("[data-tag], [data-baseweb=tag]")
    expect(tags).to_have_count(5)
    for left in (4, 3):  # the last two, one after the other: a key that comes before the list is open is lost
        combobox(first, "Mechanisms").press("Backspace")
        expect(tags).to_have_count(left)
    first.keyboard.press("Escape")
    expect_finished(first)
    open_tab(first, "Game the rule")
    choose(first, "Who cheats", "Agent 2")
    choose(first, "What it does", "has four of five labels wrong")
    first.wait_for_url("**cheat=flip*")
    expect(first.get_by_text("Agent 2 has four of five labels wrong:")).to_be_visible()
    second = opened_again(new_page, server, first)
    expect(second.get_by_role("tab", name="Game the rule")).to_have_attribute("aria-selected", "true")
    expect(second.get_by_text("Agent 2 has four of five labels wrong:")).to_be_visible()
    expect(second.get_by_test_id("stMultiSelect").locator("[data-tag], [data-baseweb=tag]")).to_have_count(3)


def test_a_sweep_of_ones_own_comes_back_in_a_fresh_browser(new_page: NewPage, server: Server) -> None:
    first = new_page(server)
    opened(first, f"{server.url}/trade-offs?s={SMALL.to_link()}&question=own&own_field=update_norm&n_seeds=1")
    first.get_by_label("Its values").first.fill("0.1, 0.2, 0.4, 0.8")
    first.keyboard.press("Enter")
    first.wait_for_url("**own_values=*")
    expect_finished(first)
    expect_at_rest(first)  # else the slider that has the focus may be another one when the key comes
    first.get_by_role("slider", name="Value").focus()
    first.keyboard.press("Home")
    first.wait_for_url("**value=1*")
    open_tab(first, "Numbers")
    choose(first, "Against", "Gain of the worst agent")
    first.wait_for_url("**across=*")
    second = opened_again(new_page, server, first)
    expect(second.locator(".player .round")).to_have_text("Update norm (Γ): 0.1")
    expect(second.get_by_label("Its values").first).to_have_value("0.1, 0.2, 0.4, 0.8")
    expect(second.get_by_role("tab", name="Numbers")).to_have_attribute("aria-selected", "true")
    expect(second.get_by_text("Gain of the worst agent").first).to_be_visible()
