"""A class room's game in real browsers: a teacher, a student on a phone, bots for the rest; and who may not come in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cgs_core.lessons import lessons
from tests.browser.axe import Found
from tests.browser.conftest import NewPage
from tests.browser.playground import sideways
from tests.browser.server import Server
from tests.browser.waiting import until
from tests.runs.helpers import eventually

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
PROJECTOR = {"viewport": {"width": 1024, "height": 768}, "reduced_motion": "reduce", "color_scheme": "dark"}

TOLD = ("could do least", "gains less", "has little to gain")
"""What the first lesson's answers mean, without a term in it: it is told after the reveal."""


def as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def look(found: Found, where: str, teacher: Page, student: Page) -> None:
    """Both screens as they stand: axe finds nothing, and a phone's is not wider than the phone."""
    found.look(teacher, f"{where}, projector", "body")
    found.look(student, f"{where}, phone", "body")
    assert sideways(student) == {}, where
    assert found.ours == []


def grows_with_its_screen(teacher: Page) -> None:
    """On a larger screen words and pictures are larger by as much as it is higher, and none goes beyond its place."""
    head, words = teacher.locator(".cgs-room-head"), teacher.locator(".cgs-plot .ytick text").first
    small = [one.evaluate("(of) => of.getBoundingClientRect().height") for one in (head, words)]
    teacher.set_viewport_size({"width": 1920, "height": 1080})
    for one, height in zip((head, words), small, strict=True):
        expect_height(one, 1080 / 768 * height)
    within = """() => {
        const chart = document.querySelector(".cgs-chart"), place = chart.querySelector(".cgs-scroll");
        const [around, drawn] = [chart, chart.querySelector("svg")].map((one) => one.getBoundingClientRect());
        return place.scrollWidth <= place.clientWidth && around.bottom >= drawn.bottom;
    }"""
    until(teacher, within)  # its words grow first
    teacher.set_viewport_size({"width": 1024, "height": 768})
    expect_height(words, small[1])


def expect_height(one: Locator, height: float) -> None:
    """As soon as it is drawn anew, to a pixel."""
    told = "([of, height]) => Math.abs(of.getBoundingClientRect().height - height) <= 2"
    eventually(
        lambda: one.evaluate_all(f"(all, height) => ({told})([all[0], height])", height), f"a height of {height}"
    )


def test_a_game_from_the_letters_to_the_talk(new_page: NewPage, server: Server) -> None:
    teacher, student, found = new_page(server, **PROJECTOR), new_page(server, **PHONE, color_scheme="dark"), Found()
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
    under = "bar => getComputedStyle(bar.closest('.stApp') ?? bar).backgroundColor"
    bar = student.locator("[data-testid=stLayoutWrapper]:has(> .st-key-room_send)")
    assert bar.evaluate("bar => getComputedStyle(bar).backgroundColor") == bar.evaluate(under)
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
    expect(
        student.get_by_text(re.compile(r"^share \d+\.\d+.%$"))
    ).to_be_visible()  # in the unit of the projector's ledger
    expect(teacher.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    teacher.reload()
    expect(teacher.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    look(found, "pay", teacher, student)
    for picture, alt in (("Effort and pay", "^Coins"), ("Expected and paid", "^Pay to the nearest")):
        teacher.get_by_text(picture, exact=True).click()
        expect(teacher.get_by_role("img", name=re.compile(alt))).to_have_count(1)
        found.look(teacher, f"{picture}, projector", "body")
    expect(student.get_by_role("link", name="The whole run in the Playground")).to_have_attribute("target", "_blank")

    grows_with_its_screen(teacher)
    press(teacher, "Talk about it")
    student.get_by_text("partly", exact=True).click()
    student.get_by_label("What surprised you?").fill("Noise is paid, too")
    press(student, "Send")
    expect(teacher.get_by_text("Noise is paid, too")).to_be_visible()
    look(found, "talk", teacher, student)


def test_a_lessons_question_is_asked_answered_counted_and_revealed(new_page: NewPage, server: Server) -> None:
    teacher, student, found = new_page(server, **PROJECTOR), new_page(server, **PHONE), Found()
    teacher.goto(f"{server.url}/class-room")
    press(teacher, "Open the room")
    letters = re.sub(r"\s", "", teacher.locator(".cgs-room-code").inner_text())
    frames: list[bytes] = []
    student.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(as_bytes(frame))))
    student.goto(f"{server.url}/join?code={letters}")
    expect(student.get_by_text("You are Agent 1")).to_be_visible()

    teacher.get_by_text("Ask a lesson's question").click()
    press(teacher, "Ask the class")  # of the first lesson
    question = lessons()["what-is-going-on"].predictions[0].question
    assert question is not None
    expect(teacher.get_by_text("0 of 1 has answered")).to_be_visible()
    press(student, "Send my answer")
    expect(student.get_by_text("Choose one of them first.")).to_be_visible()
    student.get_by_role("radiogroup").get_by_text(question.options[-1].label, exact=True).click()
    look(found, "poll", teacher, student)
    press(student, "Send my answer")
    expect(student.get_by_text("Your answer is in")).to_be_visible()
    expect(teacher.get_by_text("1 of 1 has answered")).to_be_visible()
    press(student, "Change my answer")
    student.get_by_role("radiogroup").get_by_text(question.options[0].label, exact=True).click()
    press(student, "Send my answer")
    expect(student.get_by_text(f"Your answer is in: {question.options[0].label}")).to_be_visible()

    press(teacher, "Close: show the answers")
    expect(teacher.get_by_role("img", name=re.compile(f"{question.options[0].label}: 1"))).to_be_visible()
    expect(student.get_by_text(f"You said: {question.options[0].label}")).to_be_visible()
    look(found, "poll, counted", teacher, student)
    expect(student.locator(".cgs-chart")).to_have_count(0)
    assert all(words in option.told for words, option in zip(TOLD, question.options, strict=True))
    assert frames and not [words for words in TOLD if words.encode() in b"".join(frames)]

    press(teacher, "Reveal what is so")
    expect(teacher.get_by_role("img", name=re.compile("It is so"))).to_be_visible()
    expect(student.get_by_text(TOLD[0])).to_be_visible()
    assert TOLD[0].encode() in b"".join(frames)  # of the own answer alone
    assert not [words for words in TOLD[1:] if words.encode() in b"".join(frames)]
    expect(student.locator(".cgs-chart[data-drawn]")).to_be_visible()
    look(found, "poll, revealed", teacher, student)
    press(teacher, "Back to the game")
    expect(teacher.locator(".cgs-room-code")).to_be_visible()
    expect(student.get_by_text("Wait here")).to_be_visible()


def test_a_teachers_address_tells_the_class_nothing_and_the_browser_has_its_room_again(
    new_page: NewPage, server: Server
) -> None:
    teacher, stranger = new_page(server, **PROJECTOR), new_page(server, **PROJECTOR)
    teacher.goto(f"{server.url}/class-room")
    press(teacher, "Open the room")
    code = teacher.locator(".cgs-room-code").inner_text()
    address = teacher.url
    stranger.goto(address)
    expect(stranger.get_by_role("alert")).to_have_count(1)
    expect(stranger.locator(".cgs-room-code")).to_have_count(0)
    teacher.goto(f"{server.url}/class-room")  # the browser was closed
    press(teacher, "Back to it")
    expect(teacher.locator(".cgs-room-code")).to_have_text(code)

    teacher.get_by_text("The room", exact=True).click()
    teacher.get_by_text("Show the key").click()
    key = teacher.get_by_role("textbox", name="Yours alone: it opens this room as its teacher").input_value()
    stranger.goto(key)
    expect(stranger.locator(".cgs-room-code")).to_have_text(code)
    teacher.goto(key)  # here the address is the short one again
    expect(teacher.locator(".cgs-room-code")).to_have_text(code)
    expect(teacher).to_have_url(address)


@pytest.mark.parametrize(
    "address", ["class-room?room=forged", "class-room?own=forged", "join?seat=forged", "join?code=AAAAAA"]
)
def test_what_opens_no_room_is_one_sentence(address: str, page: Page, server: Server) -> None:
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.locator(".cgs-room-code, .cgs-room-me")).to_have_count(0)
