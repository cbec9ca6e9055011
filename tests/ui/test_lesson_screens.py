"""A lesson's screens, which of them may be seen, and answers that come back from a link or a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cgs_core.errors import ScenarioError
from cgs_core.lessons import Lesson, load_lesson
from cgs_ui.lessons.answers import Answered, checked, from_file, from_link, to_file, to_link
from cgs_ui.lessons.listed import progress_words
from cgs_ui.lessons.screens import n_open, screens_of
from tests.lessons.folders import LESSON, lesson_folder

OPTIONS = """
[[step.question.option]]
key = "a"
label = "Agent 1"
[[step.question.option]]
key = "b"
label = "Agent 2"
"""
MORE = "".join(
    f"""
[[step]]
kind = "predict"
title = "Another of kind {kind}"
text = "Look at it."
runs = ["main"]
[step.question]
kind = "{kind}"
text = "What do you say?"
truth = "worth"
margin = 0
reveal = "So it is."
{fields}
"""
    for kind, fields in {"order": OPTIONS, "card": OPTIONS, "number": "low = 0\nhigh = 10\nstep = 0.5\n"}.items()
)
WITH_ALL = LESSON.replace(
    "[[check]]", MORE + '[[step]]\nkind = "follow_up"\ntitle = "On"\ntext = "?"\nanswer = "!"\n[[check]]', 1
)
KEYS = ["before-1", "before-2", "step-2", "step-4", "step-5", "step-6", "after-1", "after-2"]


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    return load_lesson(lesson_folder(tmp_path, WITH_ALL))


def test_a_step_that_asks_is_two_screens_between_the_questions_of_before_and_after(lesson: Lesson):
    kinds = [screen.kind for screen in screens_of(lesson)]
    asked = ["predict", "reveal"]
    steps = ["read", *asked, "manipulate", *asked * 3, "follow_up"]
    assert kinds == ["check", "check", *steps, "check", "check", "done"]
    assert [screen.key for screen in screens_of(lesson) if screen.kind in ("check", "predict")] == KEYS


def test_screens_open_one_question_after_the_other(lesson: Lesson):
    screens = screens_of(lesson)
    opened = [n_open(screens, KEYS[:count], None) for count in range(len(KEYS) + 1)]
    assert opened == [1, 2, 4, 7, 9, 11, 14, 15, 16]
    assert n_open(screens, KEYS[1:], None) == 1, "one that was left out"


def test_in_a_class_the_reveal_is_the_last_that_opens_until_it_is_released(lesson: Lesson):
    screens = screens_of(lesson)
    assert screens[4].kind == "reveal"
    assert n_open(screens, KEYS, frozenset()) == 5
    assert n_open(screens, KEYS, {"step-2"}) == 8
    assert n_open(screens, KEYS, {"step-2", "step-4", "step-5", "step-6"}) == len(screens)


ANSWERS = {
    "before-1": Answered("", ""),
    "step-2": Answered("b", "a", 2),
    "step-4": Answered(("b", "a"), ("a", "b"), 3),
    "step-5": Answered((), ("a",), 2),
    "step-6": Answered(2.5, 2.5),
    "step-7": Answered("Words of my own; <b>", "Words"),
}


def test_answers_come_back_from_a_link_and_from_a_file(lesson: Lesson):
    known = {lesson.name: lesson}
    assert from_link(to_link(lesson, ANSWERS), known) == (lesson, ANSWERS)
    assert from_file(to_file(lesson, ANSWERS), known) == (lesson, ANSWERS)


def given(answer: Any, first: Any = None, times: Any = 1) -> dict[str, Any]:
    return {"answer": answer, "first": answer if first is None else first, "times": times}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("step-9", given("a"), "answers.step-9: must be one of before-1"),
        ("step-2", "a", "must have answer, first and times"),
        ("step-2", given("a", times=0), "answers.step-2.times"),
        ("step-2", given("d"), "must be one of a, b, c; got 'd'"),
        ("step-2", given("a", first="d"), "must be one of a, b, c"),
        ("step-2", given(["a"]), "must be one of a, b, c"),
        ("step-4", given(["a"]), "each once"),
        ("step-4", given(["a", "a"]), "each once"),
        ("step-4", given([{}, "a"]), "must be a list of a, b"),
        ("step-5", given(["a", "x"]), "each once"),
        ("step-6", given(True), "must be a number from 0 to 10"),
        ("step-6", given(11), "must be a number from 0 to 10"),
        ("step-6", given(float("nan")), "must be a number from 0 to 10"),
        ("before-1", given("maybe"), "must be one of yes, no"),
        ("step-7", given("x" * 2_001), "at most 2000 characters"),
    ],
)
def test_an_answer_that_its_question_cannot_have_is_refused(lesson: Lesson, key: str, value: Any, words: str):
    with pytest.raises(ScenarioError, match=words):
        checked(lesson, {key: value})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"lesson": "a-lesson"}',
        b'{"lesson": "other", "answers": {}}',
        b'{"lesson": 1, "answers": {}}',
        b'{"lesson": "a-lesson", "answers": []}',
    ],
)
def test_a_file_of_something_else_is_refused(lesson: Lesson, content: bytes):
    with pytest.raises(ScenarioError):
        from_file(content, {lesson.name: lesson})


def test_a_file_holds_the_answers_and_nothing_of_what_is_so(lesson: Lesson):
    held = json.loads(to_file(lesson, ANSWERS))
    assert set(held) == {"lesson", "answers"} and set(held["answers"]) == set(ANSWERS)
    assert set(held["answers"]["step-2"]) == {"answer", "first", "times"}


def test_progress_in_words():
    assert [progress_words(number, 9) for number in (0, 4, 9)] == ["not begun", "up to screen 4 of 9", "done"]
