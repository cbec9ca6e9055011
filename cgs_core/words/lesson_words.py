"""The texts of a lesson with their facts: numbers as people read them."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cgs_core.errors import LessonError
from cgs_core.figures.runs.answers import number_text
from cgs_core.figures.style import percent, points, signed
from cgs_core.lessons import Answer, Finished, Lesson, Question, Step
from cgs_core.lessons.trials import Trial

WORDS_A_MINUTE = 180
"""How fast somebody reads who wants to understand."""
ANSWER_MINUTES = 0.5


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


def alone_minutes(lesson: Lesson) -> float:
    """How long somebody takes the lesson alone: counted, since nobody has been timed."""
    n_words, n_answers = _counts(lesson)
    return n_words / WORDS_A_MINUTE + n_answers * ANSWER_MINUTES


def _counts(lesson: Lesson) -> tuple[int, int]:
    """Words to read, and answers to think of."""
    n_words = sum(len(text.split()) for text in _read(lesson))
    return n_words, 2 * len(lesson.checks) + sum(_n_answers(step) for step in lesson.steps)


def alone_words(lesson: Lesson) -> str:
    """The same, with what is counted."""
    n_words, n_answers = _counts(lesson)
    return (
        f"Alone it takes about {alone_minutes(lesson):.0f} minutes: {n_words} words to read, at {WORDS_A_MINUTE} a "
        f"minute, and half a minute for each of {n_answers} answers and settings to try."
    )


def _n_answers(step: Step) -> int:
    """How often a learner stops to think there: at a question, at each setting, before what is told of a mistake."""
    if step.change is not None:
        return len(step.change.options)
    return int(step.question is not None or bool(step.answer))


def _read(lesson: Lesson) -> Iterator[str]:
    """All that somebody reads who goes through it once; of what the answers of a question mean, one."""
    for check in lesson.checks:
        yield from 2 * [check.text, *(option.label for option in check.options)] + [check.why]
    for step in lesson.steps:
        yield from (step.title, step.text, step.answer)
        if step.question is not None:
            question, told_of = step.question, [option.told for option in step.question.options]
            yield from (question.text, *(option.label for option in question.options), question.reveal)
            yield max([*told_of, question.wrong, question.too_low, question.too_high], key=len)
        if step.change is not None:
            yield from (step.told, *(option.label for option in step.change.options))


def lines_of_step(lesson: Lesson, step: Step, finished: Finished) -> list[str]:
    """All that a step says, with its numbers: its text, its question with the right answer, what each setting gives.

    Raises
    ------
    LessonError: a function of the lesson fails, or a text names a fact that is not there.
    """
    given, facts = lesson.given(step, finished), lesson.facts(step, finished)
    lines = [filled(lesson, step, "text", given)]
    if step.question is not None:
        lines += _question_lines(lesson, step, step.question, finished, given, facts)
    if step.change is not None:
        for chosen, option in enumerate(step.change.options):
            at_chosen = lesson.facts(step, finished, chosen)
            lines.append(f"{step.change.label} {option.label}: {filled(lesson, step, 'told', at_chosen)}")
    if step.answer:
        lines.append(filled(lesson, step, "answer", facts))
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
    lines = [filled(lesson, step, "question", given), f"Right: {answer_words(question, truth.answer)}."]
    lines.append(filled(lesson, step, "reveal", facts))
    return lines + [f"{label}: {text}" for label, text in meanings(lesson, step, question, facts)]


def meanings(lesson: Lesson, step: Step, question: Question, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What each answer means: (the answer's label, the words), of those of which the lesson says something."""
    fields = [(option.label, f"option:{option.key}") for option in question.options]
    fields += [("Another order", "wrong"), ("Too low", "too_low"), ("Too high", "too_high")]
    said = [(label, filled(lesson, step, field, facts)) for label, field in fields]
    return [(label, text) for label, text in said if text]


def answer_words(question: Question, answer: Answer) -> str:
    """An answer as people read it: the labels of its options, or the number with its unit."""
    if isinstance(answer, int | float):
        return number_text(question)(float(answer))
    labels = {option.key: option.label for option in question.options}
    keys = (answer,) if isinstance(answer, str) else answer
    return (", then " if question.kind == "order" else "; ").join(labels[key] for key in keys) or "none of them"


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
        text = number_text(question)
        numbers = ", ".join(text(truth.values[""]) for truth in trial.truths)
        return f"{head}\n         {numbers}; it may differ by {text(question.margin)}"
    told_answers = " / ".join(answer_words(question, answer) for answer in answers)
    margins = ", ".join(signed(f"{by:.2f}") for by in trial.by)
    return f"{head}\n         {told_answers}: clear by {margins}; {question.margin:g} asked"


def spread_words(trial: Trial) -> str:
    """On how many seeds something is so, and how clear it is, as a sentence or two."""
    n_held, n_seeds = trial.held.count(True), len(trial.held)
    question = trial.step.question
    if not (trial.step.runs or trial.step.games):
        return "No chance is in it: every seed gives the same."
    if trial.what == "claim" or question is None:
        return f"On {n_held} of {n_seeds} seeds what is said here is so."
    if question.kind == "number":
        text, numbers = number_text(question), [truth.values[""] for truth in trial.truths]
        spread = f"from {text(min(numbers))} to {text(max(numbers))}"
        within = f"within {apart(question, question.margin)} of the shown run's"
        return f"Over {n_seeds} seeds it is {spread}; on {n_held} {within}."
    least = min(by for by, held in zip(trial.by, trial.held, strict=True) if held)
    return f"On {n_held} of {n_seeds} seeds the answer is the same, and clear by at least {apart(question, least)}."


def apart(question: Question, difference: float) -> str:
    """A difference of two numbers of a question: of percent, in points."""
    if question.unit.startswith("%"):
        return f"{f'{difference:.1f}'.removesuffix('.0')} points"
    return number_text(question)(difference)


def filled(lesson: Lesson, step: Step, field: str, facts: Mapping[str, Any]) -> str:
    """One of a step's texts with its facts.

    Parameters
    ----------
    field: text, told or answer; of its question question, reveal, wrong, too_low, too_high, or option:KEY.

    Raises
    ------
    LessonError: the text names a fact that is not there, with file and line.
    """
    try:
        return told(_text(step, field), facts)
    except ValueError as error:
        path = (field,) if step.question is None or field == "text" else ("question", field)
        raise LessonError(*lesson.place("step", lesson.steps.index(step), *path), f"{field}: {error}") from None


def _text(step: Step, field: str) -> str:
    question = step.question
    if field in ("text", "told", "answer") or question is None:
        return str(getattr(step, field))
    if field.startswith("option:"):
        return next(option.told for option in question.options if option.key == field.partition(":")[2])
    return question.text if field == "question" else str(getattr(question, field))
