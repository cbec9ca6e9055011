"""The texts of a lesson with their facts: numbers as people read them."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from cgs_core.errors import LessonError
from cgs_core.figures.style import percent, points, signed
from cgs_core.lessons import Answer, Finished, Lesson, Question, Step
from cgs_core.lessons.trials import Trial


class _Formatter(string.Formatter):
    """``{share:%}`` and ``{share:.1%}`` are percent, ``{gain:points}`` a difference in points; others as in Python."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "points":
            return points(float(value))
        if format_spec.endswith("%"):
            return percent(float(value), int(format_spec[1:-1]) if format_spec.startswith(".") else 0)
        return signed(format(value, format_spec)) if isinstance(value, int | float) else format(value, format_spec)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if key not in kwargs:
            raise ValueError(f"no fact {key!r}; the function gives {', '.join(kwargs) or 'none'}")
        return kwargs[str(key)]


def told(text: str, facts: Mapping[str, Any]) -> str:
    """A text of a lesson with its facts in place of their names in braces.

    Raises
    ------
    ValueError: a fact is not there, or is not to be written so.
    """
    return _Formatter().vformat(text, (), facts)


def lines_of_step(lesson: Lesson, step: Step, finished: Finished) -> list[str]:
    """All that a step says, with its numbers: its text, its question with the right answer, what each setting gives.

    Raises
    ------
    LessonError: a function of the lesson fails, or a text names a fact that is not there.
    """
    given, facts = lesson.given(step, finished), lesson.facts(step, finished)
    lines = [_filled(lesson, step, "text", step.text, given)]
    if step.question is not None:
        lines += _question_lines(lesson, step, step.question, finished, given, facts)
    if step.change is not None:
        for chosen, option in enumerate(step.change.options):
            at_chosen = lesson.facts(step, finished, chosen)
            lines.append(f"{step.change.label} {option.label}: {_filled(lesson, step, 'told', step.told, at_chosen)}")
    if step.answer:
        lines.append(_filled(lesson, step, "answer", step.answer, facts))
    return [line for text in lines for line in text.splitlines() if line]


def _question_lines(
    lesson: Lesson,
    step: Step,
    question: Question,
    finished: Finished,
    given: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> list[str]:
    truth = lesson.truth(step, finished)
    lines = [_filled(lesson, step, "question", question.text, given), f"Right: {answer_words(question, truth.answer)}."]
    lines.append(_filled(lesson, step, "question", question.reveal, facts))
    said = [(option.label, option.told) for option in question.options]
    said += [("Another order", question.wrong), ("Too low", question.too_low), ("Too high", question.too_high)]
    return lines + [f"{label}: {_filled(lesson, step, 'question', text, facts)}" for label, text in said if text]


def answer_words(question: Question, answer: Answer) -> str:
    """An answer as people read it: the labels of its options, or the number with its unit."""
    if isinstance(answer, int | float):
        return number_words(question, float(answer))
    labels = {option.key: option.label for option in question.options}
    keys = (answer,) if isinstance(answer, str) else answer
    return (", then " if question.kind == "order" else "; ").join(labels[key] for key in keys) or "none of them"


def number_words(question: Question, number: float) -> str:
    """A number in the question's unit: "89 %", "+3.2 points", "0.20"."""
    decimals = 0 if abs(number) >= 10 else 1 if question.unit else 2
    unit = f"\u00a0{question.unit}" if question.unit else ""
    return signed(f"{number:.{decimals}f}") + unit


def trial_words(trial: Trial) -> str:
    """What a trial came to: the answer and how clear it is on each seed, in two lines."""
    n_held = trial.held.count(True)
    verdict = "held" if trial.is_held else "NOT HELD"
    head = f"{verdict:8} {n_held} of {len(trial.held)}  {trial.step.title} ({trial.what})"
    question = trial.step.question
    if trial.what == "claim" or question is None:
        return f"{head}\n         so by " + ", ".join(signed(f"{by:.2f}") for by in trial.by)
    answers = list(dict.fromkeys(truth.answer for truth in trial.truths))
    if question.kind == "number":
        numbers = ", ".join(number_words(question, float(truth.values[""])) for truth in trial.truths)
        return f"{head}\n         {numbers}; it may differ by {number_words(question, question.margin)}"
    told_answers = " / ".join(answer_words(question, answer) for answer in answers)
    margins = ", ".join(signed(f"{by:.2f}") for by in trial.by)
    return f"{head}\n         {told_answers}: clear by {margins}; {question.margin:g} asked"


def _filled(lesson: Lesson, step: Step, field: str, text: str, facts: Mapping[str, Any]) -> str:
    try:
        return told(text, facts)
    except ValueError as error:
        raise LessonError(*lesson.place("step", lesson.steps.index(step), field), f"{field}: {error}") from None
