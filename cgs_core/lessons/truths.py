"""What is so: a truth function's numbers as an answer, how clear it is, and what a learner's answer means beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cgs_core.lessons.parts import Question

Answer = str | tuple[str, ...] | float
"""A choice: the option's key. An order: all keys, the largest first. A card: the ticked keys. A number."""


@dataclass(frozen=True)
class Truth:
    """The answer that the runs give.

    Attributes
    ----------
    answer: as a learner's is.
    margin: how clear it is, in the question's unit (``Question.margin`` says of what); of a number infinite.
    values: by option, the numbers behind it, to be drawn; of options that stand for numbers and of a number
        question the one number, under "".
    """

    answer: Answer
    margin: float
    values: Mapping[str, float]


def truth_of(question: Question, given: Any) -> Truth:
    """A truth function's result as the truth of its question.

    Parameters
    ----------
    given: a number, or for an order, a card and a choice a number for every option's key. Options of a choice that
        stand for numbers are held against one number: the nearest is right.

    Raises
    ------
    ValueError: it is neither; the message says what is allowed.
    """
    if question.kind == "number" or (question.kind == "choice" and not isinstance(given, Mapping)):
        return _of_number(question, given)
    values = _values(question, given)
    falling = sorted(question.keys, key=lambda key: -values[key])
    gaps = [values[one] - values[other] for one, other in pairwise(falling)]
    if question.kind == "choice":
        return Truth(falling[0], gaps[0], values)
    if question.kind == "order":
        return Truth(tuple(falling), min(gaps), values)
    ticked = tuple(key for key in question.keys if values[key] > question.border)
    return Truth(ticked, min(abs(value - question.border) for value in values.values()), values)


def agrees(question: Question, truth: Truth, shown: Truth) -> bool:
    """Whether the truth of another seed is that of the shown run, and as clear as the question's margin asks."""
    if isinstance(truth.answer, float) and isinstance(shown.answer, float):
        return abs(truth.answer - shown.answer) <= question.margin
    return truth.answer == shown.answer and truth.margin >= question.margin


def is_right(question: Question, truth: Truth, answer: Answer) -> bool:
    """Whether a learner's answer is the truth; a number within the question's margin of it."""
    if question.kind == "number":
        return abs(float(answer) - float(truth.answer)) <= question.margin  # type: ignore[arg-type]
    return set(answer) == set(truth.answer) if question.kind == "card" else answer == truth.answer  # type: ignore[arg-type]


def meaning(question: Question, truth: Truth, answer: Answer) -> str:
    """What the answer means, in the lesson's words (facts in braces not yet filled in); "" where it says nothing.

    Of a card, the words of the options that were answered wrongly.
    """
    told = {option.key: option.told for option in question.options}
    if question.kind == "choice":
        return told[str(answer)]
    if is_right(question, truth, answer):
        return ""
    if question.kind == "number":
        return question.too_low if float(answer) < float(truth.answer) else question.too_high  # type: ignore[arg-type]
    if question.kind == "order":
        return question.wrong
    missed = set(answer) ^ set(truth.answer)  # type: ignore[arg-type]
    return " ".join(told[key] for key in question.keys if key in missed)


def _of_number(question: Question, given: Any) -> Truth:
    number = _number(given, "the truth")
    if question.kind == "number":
        return Truth(number, math.inf, {"": number})
    if any(option.value is None for option in question.options):
        raise ValueError("options: each must have a value where the truth is one number")
    by_distance = sorted(question.options, key=lambda option: abs(number - (option.value or 0.0)))
    nearest, second = (abs(number - (option.value or 0.0)) for option in by_distance[:2])
    return Truth(by_distance[0].key, (second - nearest) / 2, {"": number})


def _values(question: Question, given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping) or set(given) != set(question.keys):
        came = sorted(given) if isinstance(given, Mapping) else given
        raise ValueError(f"must give a number for each of {', '.join(question.keys)}; got {came!r}")
    return {key: _number(given[key], key) for key in question.keys}


def _number(given: Any, name: str) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name}: must be a finite number; got {given!r}")
    return number
