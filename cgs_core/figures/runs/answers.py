"""The figure of a lesson's question: what was said beside what is so, or what a class has said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from cgs_core.figures.runs.class_predictions import class_choice_figure, class_number_figure, class_order_figure
from cgs_core.figures.runs.prediction import Text, choice_figure, number_figure, order_figure
from cgs_core.figures.style import Figure, signed
from cgs_core.lessons import Answer, Question, Truth


def number_text(question: Question, span: float = 1.0) -> Text:
    """How numbers of a question are written: "37 %", "0.25"; as exactly as its slider moves, if it has one.

    ``span``: else, how far apart the numbers are: of small ones three digits are written. What a unit says besides
    "%" stands on the axis alone (``axis_words``).
    """
    unit = f" {number_unit(question)}" if question.unit else ""
    if question.step is not None:
        decimals = len(f"{question.step:.10f}".rstrip("0").partition(".")[2])
    else:
        decimals = 2 - math.floor(math.log10(span)) if 0 < span < 10 else 0

    def text(value: float) -> str:
        return signed(f"{value:,.{decimals}f}") + unit

    return text


def number_unit(question: Question) -> str:
    """What stands behind each number of a question: of "% of the shared update" the sign."""
    return "%" if question.unit.startswith("%") else question.unit


def axis_words(question: Question) -> str:
    """What the axis of a question's numbers says: of "% of the shared update" the words."""
    return question.unit.removeprefix("%").strip()


def answer_figure(
    question: Question, truth: Truth, answer: Answer | None, *, name: str, others: Sequence[Truth] = ()
) -> Figure:
    """What was said beside what is so.

    Parameters
    ----------
    answer: the learner's; None: nothing was said. others: the truths of other seeds.
    name: of the lesson, for the file's name.
    """
    if isinstance(truth.values.get(""), float):
        return _on_a_line(question, truth, answer, name, others)
    keys = question.keys
    labels = [option.label for option in question.options]
    values = [truth.values[key] for key in keys]
    seeds = [[other.values[key] for key in keys] for other in others]
    said = _numbers(keys, answer)
    text = number_text(question, max(*values, 0.0) - min(*values, 0.0))
    if question.kind == "order":
        return order_figure(labels, said, values, text=text, name=name, others=seeds, what=axis_words(question))
    border = question.border if question.kind == "card" else None
    what = f"above {question.border:g}: it is so" if question.kind == "card" else axis_words(question)
    true = _numbers(keys, truth.answer)
    return choice_figure(labels, said, true, values, text=text, name=name, others=seeds, what=what, border=border)


def class_figure(question: Question, answers: Sequence[Answer], truth: Truth | None, *, name: str) -> Figure:
    """What a class has said, counted. ``truth``: None while it is held back."""
    keys = question.keys
    labels = [option.label for option in question.options]
    if question.kind == "number":
        values = [float(answer) for answer in answers if isinstance(answer, float | int)]
        number = None if truth is None else truth.values[""]
        text = number_text(question)
        low, high, what = question.low or 0.0, question.high or 1.0, axis_words(question)
        return class_number_figure(values, low, high, number, text=text, name=name, what=what)
    true = None if truth is None else _numbers(keys, truth.answer)
    if question.kind == "order":
        table = np.zeros((len(keys), len(keys)), np.int64)
        for answer in answers:
            for place, option in enumerate(_numbers(keys, answer)):
                table[option, place] += 1
        return class_order_figure(labels, table.tolist(), true, name=name)
    counted = Counter(option for answer in answers for option in _numbers(keys, answer))
    return class_choice_figure(labels, [counted[option] for option in range(len(keys))], true, name=name)


def _on_a_line(question: Question, truth: Truth, answer: Answer | None, name: str, others: Sequence[Truth]) -> Figure:
    """Of a number, and of a choice among numbers."""
    ends = [option.value for option in question.options if option.value is not None]
    low, high = (question.low, question.high) if question.kind == "number" else (min(ends), max(ends))
    by_key = {option.key: option.value for option in question.options}
    said = by_key.get(answer) if isinstance(answer, str) else answer
    return number_figure(
        low=low or 0.0,
        high=high or 0.0,
        said=float(said) if isinstance(said, float | int) else None,
        truth=truth.values[""],
        text=number_text(question, (high or 0.0) - (low or 0.0)),
        name=name,
        others=[other.values[""] for other in others],
        what=axis_words(question),
    )


def _numbers(keys: Sequence[str], answer: Answer | None) -> list[int]:
    """An answer as numbers of its options, from 0."""
    chosen = [answer] if isinstance(answer, str) else list(answer) if isinstance(answer, tuple | list) else []
    return [keys.index(key) for key in chosen]
