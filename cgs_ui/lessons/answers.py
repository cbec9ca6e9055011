"""What a visitor has answered in a lesson: kept by the server, in a link, in a file; checked whenever it comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.lessons import Answer, Lesson
from cgs_core.lessons.checked import checked_answer as checked_answer_to
from cgs_core.lessons.checked import one_of
from cgs_core.scenario.text import fields_of, packed, unpacked
from cgs_ui.lessons.screens import Screen, screens_of

SKIPPED = ""
"""The answer of who does not know."""

MOST_WORDS = 2_000  # characters of a text of one's own


@dataclass(frozen=True)
class Answered:
    """An answer; ``first`` is the one that was committed first, ``times`` how often one was."""

    answer: Answer
    first: Answer
    times: int = 1

    def again(self, answer: Answer) -> Answered:
        """After another commit."""
        return Answered(answer, self.first, self.times + 1)


Answers = Mapping[str, Answered]
"""By the keys of screens."""


def checked(lesson: Lesson, fields: Mapping[str, Any]) -> dict[str, Answered]:
    """Answers as they are kept, in a link or in a file, checked against the lesson's questions.

    Raises
    ------
    ScenarioError: a screen that asks nothing, or an answer that its question cannot have.
    """
    screens = {screen.key: screen for screen in screens_of(lesson) if screen.key}
    found: dict[str, Answered] = {}
    for key, value in fields.items():
        if key not in screens:
            raise ScenarioError(f"answers.{key}", f"must be one of {', '.join(screens)}", key)
        if not isinstance(value, Mapping) or set(value) != {"answer", "first", "times"}:
            raise ScenarioError(f"answers.{key}", "must have answer, first and times", value)
        times = value["times"]
        if type(times) is not int or not 0 < times < 1_000:
            raise ScenarioError(f"answers.{key}.times", "must be a whole number from 1 to 999", times)
        answer, first = (checked_answer(screens[key], value[name]) for name in ("answer", "first"))
        found[key] = Answered(answer, first, times)
    return found


def checked_answer(screen: Screen, value: Any) -> Answer:
    """One answer to what the screen asks; ``ScenarioError`` where it can be none."""
    field = f"answers.{screen.key}"
    if screen.check is not None:
        return one_of(field, [SKIPPED, *(option.key for option in screen.check.options)], value)
    question = None if screen.step is None else screen.step.question
    if question is not None:
        return checked_answer_to(field, question, value)
    if not isinstance(value, str) or len(value) > MOST_WORDS:
        raise ScenarioError(field, f"must be a text of at most {MOST_WORDS} characters", value)
    return value


def as_fields(answers: Answers) -> dict[str, Any]:
    """Answers as ``checked`` reads them again."""
    return {key: asdict(answered) for key, answered in answers.items()}


def to_file(lesson: Lesson, answers: Answers) -> bytes:
    """JSON that ``from_file`` reads."""
    return json.dumps({"lesson": lesson.name, "answers": as_fields(answers)}, indent=2).encode() + b"\n"


def from_file(content: bytes, known: Mapping[str, Lesson]) -> tuple[Lesson, dict[str, Answered]]:
    """The lesson and the answers of such a file; ``ScenarioError`` for any other."""
    return _of_lesson(fields_of(content), known)


def to_link(lesson: Lesson, answers: Answers) -> str:
    """The text that a link holds."""
    return packed({"lesson": lesson.name, "answers": as_fields(answers)})


def from_link(text: str, known: Mapping[str, Lesson]) -> tuple[Lesson, dict[str, Answered]]:
    """The lesson and the answers of such a text; ``ScenarioError`` for any other."""
    return _of_lesson(fields_of(unpacked(text)), known)


def _of_lesson(fields: Mapping[str, Any], known: Mapping[str, Lesson]) -> tuple[Lesson, dict[str, Answered]]:
    if set(fields) != {"lesson", "answers"}:
        raise ScenarioError("answers", "must have the fields lesson and answers", ", ".join(fields))
    name, answers = fields["lesson"], fields["answers"]
    if not isinstance(name, str) or name not in known:
        raise ScenarioError("lesson", f"must be one of {', '.join(known)}", name)
    if not isinstance(answers, Mapping):
        raise ScenarioError("answers", "must be an object of answers", answers)
    return known[name], checked(known[name], answers)
