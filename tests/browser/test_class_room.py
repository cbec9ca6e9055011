"""A class room's game in real browsers: a teacher, a student on a phone, bots for the rest; and who may not come in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import Found
from tests.browser.conftest import NewPage
from tests.browser.playground import sideways
from tests.browser.server import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
PROJECTOR = {"viewport": {"width": 1024, "height": 768}, "reduced_motion": "reduce", "color_scheme": "dark"}


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def look(found: Found, where: str, teacher: Page, student: Page) -> None:
    """Both screens as they stand: axe finds nothing, and a phone's is not wider than the phone."""
    found.look(teacher, f"{where}, projector", "body")
    found.look(student, f"{where}, phone", "body")
    assert sideways(student) == {}, where
    assert found.ours == []


def test_a_game_from_the_letters_to_the_talk(new_page: NewPage, server: Server) -> None:
    teacher, student, found = new_page(server, **PROJECTOR), new_page(server, **PHONE), Found()
    teacher.goto(f"{server.url}/class-room")
    press(teacher, "Open the room")
    letters = re.sub(r"\s", "", teacher.locator(".cgs-room-code").inner_text())

    student.goto(f"{server.url}/join")
    student.get_by_role("textbox").fill(f"{letters[:3].lower()} {letters[3:]}")
    press(student, "Join")
    expect(student.get_by_text("You are Agent 1")).to_be_visible()
    expect(teacher.get_by_text("1 student has joined")).to_be_visible()
    look(found, "lobby", teacher, student)

    press(teacher, "Begin: let them choose")
    move = student.get_by_role("button", name="This is my move")
    expect(move).to_be_in_viewport(ratio=1)  # at once, under the thumb
    look(found, "choose", teacher, student)
    student.get_by_text("Noise: I train nothing").click()
    student.get_by_text("80 %", exact=True).click()
    move.click()
    expect(student.get_by_text("Your move is in")).to_be_visible()
    expect(teacher.get_by_text("1 of 1 has chosen")).to_be_visible()
    assert "Noise" not in teacher.locator("body").inner_text()

    student.reload()  # a phone that slept: the same place, the same move
    expect(student.get_by_text("Your move is in")).to_be_visible()
    press(teacher, "Train on what they have chosen")
    expect(student.get_by_text("It is trained now")).to_be_visible()
    press(teacher, "Show the pay")
    expect(student.get_by_text(re.compile("^You get .* of the class's model$"))).to_be_visible()
    expect(teacher.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    teacher.reload()
    expect(teacher.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    look(found, "pay", teacher, student)

    press(teacher, "Talk about it")
    student.get_by_text("partly", exact=True).click()
    student.get_by_label("What surprised you?").fill("Noise is paid, too")
    press(student, "Send")
    expect(teacher.get_by_text("Noise is paid, too")).to_be_visible()
    look(found, "talk", teacher, student)


@pytest.mark.parametrize("address", ["class-room?room=forged", "join?seat=forged", "join?code=AAAAAA"])
def test_what_opens_no_room_is_one_sentence(address: str, page: Page, server: Server) -> None:
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.locator(".cgs-room-code, .cgs-room-me")).to_have_count(0)
