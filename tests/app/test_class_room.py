"""A lesson's question in a class room, without a browser: each kind of it on a phone, and the teacher's buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core.lessons import Question, lessons
from cgs_core.rooms.polls import question_of
from cgs_ui.lessons import trainings
from cgs_ui.plain_text import plain
from cgs_ui.rooms import place
from tests.app.pages import chart_of, charts, cold
from tests.rooms.rooms import small_game, visitor

OF_A_KIND = {
    step.question.kind: (name, number)
    for name, lesson in lessons().items()
    for number, step in enumerate(lesson.steps)
    if step.question is not None
}


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is so is drawn in a browser's test; the rooms are those of this test's store."""
    monkeypatch.setattr(trainings, "ask", lambda jobs, priority=0: "")
    for made in (place.rooms, place.seats, place.bell):
        made.cache_clear()
    yield
    for made in (place.rooms, place.seats, place.bell):
        made.cache_clear()


@pytest.fixture
def tokens() -> tuple[str, str]:
    """Of a teacher and of a student in its room."""
    code, teacher = place.rooms().open(small_game())
    return teacher, place.seats().join(code, visitor(code))


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception and not page.error
    return page


def own(student: str) -> object:
    poll = place.seats().seat(student).poll
    assert poll is not None
    return poll.own


def choose(page: AppTest, question: Question) -> object:
    label = question.options[-1].label
    radio = next(one for one in page.main.radio if label in one.options)
    radio.set_value(question.keys[-1])
    return question.keys[-1]


def tick(page: AppTest, question: Question) -> object:
    next(one for one in page.main.checkbox if one.label == question.options[0].label).check()
    return (question.keys[0],)


@pytest.mark.parametrize(
    ("kind", "first", "answer"),
    [
        ("choice", "Choose one of them first.", choose),
        ("card", None, tick),
        ("number", "Move the slider first.", None),
        ("order", None, lambda page, question: question.keys),
    ],
)
def test_each_kind_of_question_has_its_own_controls_on_a_phone(
    tokens: tuple[str, str], kind: str, first: str | None, answer: Callable[[AppTest, Question], object] | None
) -> None:
    teacher, student = tokens
    name, step = OF_A_KIND[kind]
    place.rooms().open_poll(teacher, name, step)
    page = cold("join", seat=student)
    if first is not None:  # nothing is said yet, and nothing is kept
        press(page, "room_poll_send")
        assert [one.value for one in page.warning] == [plain(first)] and own(student) is None
    if answer is None:
        return
    said = answer(page, question_of(name, step))
    press(page, "room_poll_send")
    assert own(student) == said
    assert page.success[0].value.startswith("Your answer is in: **")
    press(page, "room_poll_change")
    assert page.button(key="room_poll_send")


def test_a_teacher_counts_answers_shows_them_and_goes_back_to_the_game(tokens: tuple[str, str]) -> None:
    teacher, student = tokens
    page = cold("class-room", room=teacher)
    name, step = OF_A_KIND["choice"]
    place.rooms().open_poll(teacher, name, step)
    place.seats().answer_poll(student, question_of(name, step).keys[0])
    press(page.run(), "room_next_poll_open")
    label, alt = question_of(name, step).options[0].label, chart_of(page)["alt"]
    assert f"{label}: 1" in alt and "It is so" not in alt
    phone = cold("join", seat=student)
    assert charts(phone) == [] and any("You said" in one.value for one in phone.markdown)
    press(page, "room_next_poll_counted")
    press(page, "room_next_poll_revealed")
    assert place.rooms().teacher(teacher).poll is None
    assert page.button(key="room_next_lobby")
