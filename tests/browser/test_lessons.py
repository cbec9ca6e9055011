"""Lessons in a browser: by keyboard on a phone, with a class that waits, and that nothing leaks before the commit."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from shutil import rmtree
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from cgs_core import Scenario, Trace, run
from cgs_core.data import federated_data
from cgs_core.figures import ledger_figure, shards_figure
from cgs_core.lessons import Lesson, Step, lessons, load_lesson
from cgs_core.runs import RunStore
from cgs_ui.lessons.screens import Screen, screens_of
from cgs_ui.session.teacher_link import Lesson as Taught
from cgs_ui.session.teacher_link import control_token_of, token_of
from tests.browser.axe import Found
from tests.browser.conftest import NewPage
from tests.browser.playground import expect_at_rest, sideways
from tests.browser.server import Server, running_server
from tests.browser.test_accessibility import look
from tests.lessons.folders import LESSON, OPTIONS, lesson_folder

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MOST_TABS = 40
FOCUSED = """() => {
    let it = document.activeElement;
    while (it.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
    return it;
}"""
ORDER = f"""
[[step]]
kind = "predict"
title = "Put them in order"
text = "Who is worth how much?"
picture = "shards"
result = "ledger"
runs = ["main"]
facts = "of_worth"
[step.question]
kind = "order"
text = "Whose worth is largest?"
truth = "worth"
margin = 0
reveal = "The largest worth is {{most:.5f}}."
wrong = "This is what it means to be wrong."
{OPTIONS}
[[check]]"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Lesson]]:
    """A server that has a lesson of somebody's own too: two files in a folder."""
    place = tmp_path_factory.mktemp("lessons")
    lesson = load_lesson(lesson_folder(place, LESSON.replace("[[check]]", ORDER, 1).replace("A lesson", "One's own")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGS_LESSONS", str(place))
        with running_server(tmp_path_factory.mktemp("server")) as running:
            yield running, lesson


def numbered(number: int) -> Lesson:
    return next(lesson for lesson in lessons().values() if lesson.number == number)


def heading(page: Page) -> Locator:
    return page.locator(".cgs-lesson-head h2")


def where(page: Page) -> Locator:
    return page.locator(".cgs-lesson-head .where")


def expect_screen(page: Page, number: int, title: str | None = None) -> None:
    """The screen is there, and the address says so."""
    expect(where(page)).to_contain_text(f"screen {number} of")
    if number > 1:  # a link may leave out the first
        expect(page).to_have_url(re.compile(rf"[?&]step={number}$"))
    if title is not None:
        expect(heading(page)).to_have_text(title)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect_at_rest(page)


def tab_to(page: Page, wanted: Locator) -> None:
    """By the Tab key alone."""
    expect(wanted).to_be_visible()
    handle = wanted.element_handle()
    for _ in range(MOST_TABS):
        if page.evaluate(f"wanted => ({FOCUSED})() === wanted", handle):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not reach it")


def press(page: Page, name: str) -> None:
    """A button, by keyboard alone."""
    tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def choose(page: Page, places_down: int) -> None:
    """An option of the choice, by keyboard alone."""
    radios, checked = page.get_by_role("radio"), page.get_by_role("radio", checked=True)
    tab_to(page, checked if checked.count() else radios.first)
    page.keyboard.press("Space")
    while not radios.nth(places_down).is_checked():  # after the last one comes the first
        page.keyboard.press("ArrowDown")
    expect(radios.nth(places_down)).to_be_checked()


def answer_questions(page: Page) -> None:
    """Both questions of before, without knowing."""
    for number in (1, 2):
        expect_screen(page, number)
        page.get_by_role("button", name="I do not know").click()
    expect_at_rest(page)  # the last answer is kept before anybody goes elsewhere


# -- one lesson, by keyboard alone ---------------------------------------------------------------------------------


def test_lesson_3_by_keyboard_alone_on_a_phone(new_page: NewPage, server: Server) -> None:
    lesson = numbered(3)
    page = new_page(server, **PHONE)
    heard = listened(page)
    page.goto(f"{server.url}/lessons")
    press(page, f"Begin lesson {lesson.number}")
    number = 0
    while True:
        number += 1
        expect_screen(page, number)
        if number > 1:
            expect(heading(page)).to_be_focused()  # so that it is read aloud, and the Tab key goes on from there
        assert sideways(page) == {}, where(page).text_content()
        words = where(page).text_content() or ""
        if words.endswith("a question"):
            choose(page, 1)
            press(page, "That is my answer")
            if number <= 2:
                continue
        elif words.endswith("predict"):
            # its run is read by now, for the pay that the question tells, and nothing else of it is sent
            expect(page.locator("p").filter(has_text=re.compile(r"it is paid\s\d+\s% of the entries"))).to_be_visible()
            expect_no_result(page, heard, results_of(lesson, lesson.predictions[0]))
            predict_by_keyboard(page)
            continue
        elif words.endswith("change something"):
            told = page.locator(".st-key-lesson_told p")
            before = told.text_content()
            choose(page, 2)
            expect(told).not_to_have_text(before or "")
        elif page.locator(".st-key-lesson_tell").count():
            press(page, page.locator(".st-key-lesson_tell button").inner_text().split("\n")[-1])
            expect(page.locator(".st-key-lesson_told")).to_be_visible()
        elif words.endswith("done"):
            break
        press(page, "Next")
    expect(
        page.get_by_text("This was the last lesson.").or_(page.get_by_role("button", name="Next lesson"))
    ).to_be_visible()


def predict_by_keyboard(page: Page) -> None:
    slider = page.locator(".cgs-question input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", "not set yet")
    press(page, "Commit my prediction")
    expect(page.get_by_text("Move the slider first.")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(slider).to_be_focused()
    page.keyboard.press("PageUp")
    said = slider.get_attribute("aria-valuetext") or ""
    assert re.fullmatch(r"\d+ %", said)
    press(page, "Commit my prediction")
    expect(page.get_by_text(f"You said: {said}.")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(f"You said {said}; it is "))).to_have_count(1)


# -- somebody's own lesson, an order, Back and Forward ---------------------------------------------------------------


def labels(page: Page) -> list[str]:
    return page.locator(".cgs-question .row .label").all_text_contents()


def test_a_lesson_of_ones_own_and_an_order_by_dragging_by_touch_and_by_keys(
    new_page: NewPage, own: tuple[Server, Lesson]
) -> None:
    server, lesson = own
    page = new_page(server, **PHONE)
    page.goto(f"{server.url}/lessons")
    page.get_by_role("button", name=f"Begin “{lesson.title}”").click()
    answer_questions(page)
    for number in (3, 4, 5, 6):
        expect_screen(page, number)
        if number == 4:
            page.get_by_text("Agent 3", exact=True).click()
            page.get_by_role("button", name="Commit my prediction").click()
        else:
            page.get_by_role("button", name="Next", exact=True).click()
    expect_screen(page, 7, "Put them in order")
    expect(page.locator(".cgs-question .row")).to_have_count(3)

    page.get_by_role("button", name="Move Agent 1 down").focus()
    page.keyboard.press("ArrowDown")
    assert labels(page) == ["Agent 2", "Agent 1", "Agent 3"]
    expect(page.get_by_role("button", name="Move Agent 1 down")).to_be_focused()
    expect(page.locator(".cgs-question .told")).to_have_text("Agent 1 is now at place 2 of 3.")
    page.get_by_role("button", name="Move Agent 3 up").tap()
    assert labels(page) == ["Agent 2", "Agent 3", "Agent 1"]
    drag(page, "Agent 2", "Agent 1")
    assert labels(page) == ["Agent 3", "Agent 1", "Agent 2"]
    boxes = page.locator(".cgs-question button").evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    assert all(box["width"] >= 24 and box["height"] >= 24 for box in boxes)
    page.get_by_role("button", name="Commit my prediction").click()
    expect_screen(page, 8)
    expect(page.get_by_text("You said: Agent 3, Agent 1, Agent 2.")).to_be_visible()

    page.go_back()
    expect_screen(page, 7)
    expect(page.get_by_text("You have committed: Agent 3, Agent 1, Agent 2")).to_be_visible()
    page.go_back()
    expect_screen(page, 6, "Change")
    page.go_forward()
    page.go_forward()
    expect_screen(page, 8)
    page.get_by_role("button", name="Again with other seeds").click()
    expect(page.get_by_text(re.compile(r"in \d of 9 runs"))).to_be_visible()
    page.reload()  # how far one is, is the visitor's
    expect(page.get_by_text("You said: Agent 3, Agent 1, Agent 2.")).to_be_visible()


def drag(page: Page, label: str, onto: str) -> None:
    """By a finger on the row's grip."""
    grip = page.locator(f".cgs-question .row[data-label='{label}'] .grip").bounding_box()
    goal = page.locator(f".cgs-question .row[data-label='{onto}']").bounding_box()
    assert grip is not None and goal is not None
    x, start, end = grip["x"] + 10, grip["y"] + grip["height"] / 2, goal["y"] + 0.8 * goal["height"]
    finger = page.context.new_cdp_session(page)
    ways = [("touchStart", start), *(("touchMove", start + part * (end - start) / 8) for part in range(1, 9))]
    for kind, y in ways:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_broken_lesson_is_refused_with_its_line_and_the_others_stay(
    new_page: NewPage, own: tuple[Server, Lesson]
) -> None:
    server, lesson = own
    folder = lesson_folder(lesson.folder.parent, LESSON.replace('kind = "read"', 'kind = "reed"'), name="broken")
    try:
        page = new_page(server)
        page.goto(f"{server.url}/lessons")
        line = LESSON.splitlines().index('kind = "read"') + 1
        told = page.get_by_test_id("stAlert").filter(has_text="A lesson cannot be taught.")
        expect(told).to_contain_text(re.compile(rf"broken.lesson\.toml.*\b{line}\b.*kind: must be"))
        expect(page.get_by_role("button", name=f"Begin “{lesson.title}”")).to_be_visible()
        expect(page.get_by_role("button", name="Begin lesson 0")).to_be_visible()
    finally:
        rmtree(folder)


# -- nothing leaks -------------------------------------------------------------------------------------------------

_PACKED = re.compile(rb"[A-Za-z0-9+/=_-]{40,}")


def plain_text(content: bytes) -> str:
    """A frame's text, with what is packed in it (Base64, zlib) unpacked beside it."""
    parts = [content.decode("utf-8", "ignore")]
    for found in _PACKED.findall(content):
        for read in (base64.b64decode, base64.urlsafe_b64decode):
            try:
                parts.append(zlib.decompress(read(found + b"=" * (-len(found) % 4))).decode("utf-8", "ignore"))
                break
            except (ValueError, zlib.error):
                continue
    return "\n".join(parts)


def numbers_in(value: Any) -> set[str]:
    """The long numbers of a figure, as its JSON writes them."""
    return set(re.findall(r"\d+\.\d{4,}", json.dumps(value)))


def results_of(lesson: Lesson, step: Step) -> set[str]:
    """Numbers that what a step needs gives, and that what its agents bring does not have: its truth, and the ledger."""
    (job,) = lesson.needs(step)
    trace: Trace = run(job.scenario)
    data = federated_data(job.scenario)
    truth = {f"{value:.5f}"[:-2] for value in lesson.truth(step, {job: trace}).values.values()}
    return truth | numbers_in(ledger_figure(trace, data)) - numbers_in(shards_figure(job.scenario, data))


def listened(page: Page) -> list[str]:
    """All that the page hears from now on: frames, unpacked, and addresses."""
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        def hear(data: bytes | str) -> None:
            heard.append(plain_text(data if isinstance(data, bytes) else data.encode()))

        socket.on("framereceived", hear)

    page.on("websocket", listen)
    page.on("response", lambda answer: heard.append(answer.url))
    return heard


def whole(page: Page) -> str:
    """The page's elements, and its address."""
    return str(page.url + page.evaluate("document.documentElement.outerHTML"))


def expect_no_result(page: Page, heard: list[str], results: Iterable[str]) -> None:
    wanted = [*results, "lesson_reveal", "lesson_ledger", "cgs-ledger", "cgs-prediction"]
    for text in (*heard, whole(page)):
        assert not [one for one in wanted if one in text]


def test_before_the_commit_no_result_is_in_a_frame_the_page_or_the_link(
    new_page: NewPage, own: tuple[Server, Lesson]
) -> None:
    server, lesson = own
    first = new_page(server)
    first.goto(f"{server.url}/playground?s={lesson.scenarios['main'].to_link()}")  # so that the run is in the store
    expect(first.locator(".cgs-chart[data-drawn]").first).to_be_visible()
    expect(first.get_by_role("button", name="Stop", exact=True)).to_have_count(0)

    page = new_page(server)
    heard = listened(page)
    page.goto(f"{server.url}/lessons?course={lesson.name}&step=1")
    answer_questions(page)
    page.get_by_role("button", name="Next", exact=True).click()
    expect_screen(page, 4, "Guess")
    expect(page.get_by_role("radio")).to_have_count(3)
    page.get_by_text("Agent 1", exact=True).click()
    expect(page.get_by_role("radio").first).to_be_checked()
    expect_at_rest(page)
    results = results_of(lesson, lesson.predictions[0])
    assert len(results) > 20
    run_id = lesson.scenarios["main"].scenario_id
    expect_no_result(page, heard, [*results, "is worth 0", "It has few samples", f"run={run_id}"])

    page.get_by_role("button", name="Commit my prediction").click()
    expect_screen(page, 5)
    expect(page.get_by_text("It has few samples.")).to_be_visible()
    expect_all_seen(page, heard, results)
    every = "\n".join(heard)
    assert all(one in every for one in ("It has few samples", "lesson_reveal", "cgs-ledger", "cgs-prediction"))


# -- a class -------------------------------------------------------------------------------------------------------


def test_lesson_6_waits_in_a_teachers_link_for_each_release(new_page: NewPage, server: Server) -> None:
    lesson = numbered(6)
    store = RunStore(server.store)
    taught = Taught(Scenario(), "lessons", course=lesson.name, class_id=store.classes.open(lesson.name))
    store.close()
    student, teacher = new_page(server, **PHONE), new_page(server, viewport={"width": 1024, "height": 768})
    heard = listened(student)
    teacher.goto(f"{server.url}/lessons?class={control_token_of(taught, server.store)}")
    expect(teacher.get_by_text("0 have predicted.")).to_be_visible()
    student.goto(f"{server.url}/lessons?lesson={token_of(taught, server.store)}")
    expect(student.get_by_text("Your class takes this lesson.")).to_be_visible()
    expect(student.get_by_role("link", name="Playground")).to_have_count(0)
    answer_questions(student)
    predictions, since, seen = 0, 0, set[str]()  # since: which of what is heard comes after the last reveal
    for number, screen in list(enumerate(screens_of(lesson), start=1))[2:]:
        expect_screen(student, number)
        if screen.kind == "predict":
            predictions += 1
            assert screen.step is not None
            held_back = results_of(lesson, screen.step) - seen
            assert len(held_back) > 20
            predict(student, screen)
            if predictions == 1:
                expect(teacher.get_by_text("1 has predicted.")).to_be_visible()
            expect_no_result(student, heard[since:], held_back)
            release(student, teacher, screen, predictions)
            expect_all_seen(student, heard, held_back, since)
            seen |= held_back
        elif predictions == len(lesson.predictions) and screen.kind != "reveal":
            break
        else:
            if screen.kind == "reveal":
                since = len(heard)
            student.get_by_role("button", name="Next", exact=True).click()


def expect_all_seen(page: Page, heard: list[str], results: set[str], since: int = 0) -> None:
    """What is released has the numbers that were looked for, so that they would have been seen before."""
    page.get_by_text("The run behind it").click()
    expect(page.locator(".cgs-chart[data-drawn]")).to_have_count(2)
    every = "\n".join(heard[since:])
    assert len([one for one in results if one in every]) > 0.9 * len(results)


def last_option(screen: Screen) -> str:
    assert screen.step is not None and screen.step.question is not None
    return screen.step.question.options[-1].label


def predict(student: Page, screen: Screen) -> None:
    """Commit, and wait for the teacher."""
    student.get_by_text(last_option(screen), exact=True).click()
    student.get_by_role("button", name="Commit my prediction").click()
    expect(student.get_by_text("Your teacher will show what is so.")).to_be_visible()
    expect(student.locator(".cgs-chart")).to_have_count(0)
    expect(student.get_by_role("button", name="Next", exact=True)).to_have_count(0)


def release(student: Page, teacher: Page, screen: Screen, number: int) -> None:
    """The teacher sees what was predicted and shows the student what is so."""
    chosen = last_option(screen)
    teacher.get_by_role("radio", name=f"Prediction {number}").or_(
        teacher.get_by_role("button", name=f"Prediction {number}")
    ).click()
    expect(teacher.get_by_text("1 has predicted.")).to_be_visible()
    teacher.get_by_text("Show what they predict").click()
    chart = teacher.locator(".cgs-chart[data-drawn] [role=img]")
    expect(chart).to_have_attribute("aria-label", re.compile(rf"^What the class predicts\. .*{chosen}: 1$"))
    teacher.get_by_role("button", name="Release").click()
    expect(student.get_by_text(f"You said: {chosen}.")).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile("It is so: "))


# -- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", ["laptop", "phone"])
def test_axe_finds_nothing_on_a_lessons_screens_and_a_teachers_page(
    screen: str, new_page: NewPage, own: tuple[Server, Lesson]
) -> None:
    server, lesson = own
    size = PHONE if screen == "phone" else {"viewport": {"width": 1280, "height": 720}}
    page, found = new_page(server, **size, reduced_motion="reduce"), Found()
    page.goto(f"{server.url}/lessons")
    expect(page.get_by_role("heading", name=lesson.title)).to_be_visible()
    look(found, page, "list", settled=expect_at_rest)
    page.goto(f"{server.url}/lessons?course={lesson.name}&step=1")
    answer_questions(page)
    page.goto(f"{server.url}/lessons?course={lesson.name}&step=4")
    expect_screen(page, 4)
    look(found, page, "prediction", settled=expect_at_rest)
    page.get_by_text("Agent 1", exact=True).click()
    page.get_by_role("button", name="Commit my prediction").click()
    expect(page.locator(".cgs-chart[data-drawn]")).to_be_visible()
    look(found, page, "reveal", settled=expect_at_rest)
    page.goto(f"{server.url}/lessons?course={lesson.name}&step=7")
    expect(page.locator(".cgs-question .row")).to_have_count(3)
    look(found, page, "order", settled=expect_at_rest)
    page.goto(f"{server.url}/lessons?course={lesson.name}&step=1")
    expect_screen(page, 1)
    page.get_by_text("For teachers").click()
    expect_at_rest(page)
    page.get_by_role("button", name="Make the class's links").click()
    link = page.get_by_role("textbox", name="For you alone")
    expect(link).to_have_value(re.compile("class="))
    look(found, page, "for teachers", settled=expect_at_rest)
    page.goto(link.input_value())
    expect(page.get_by_text("0 have predicted.")).to_be_visible()
    look(found, page, "class", settled=expect_at_rest)
    assert not found.ours, "\n".join(found.ours)
