"""Whether an answer is one that its question can have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.lessons.parts import Question
from cgs_core.lessons.truths import Answer


def checked_answer(field: str, question: Question, value: Any) -> Answer:
    """The answer as it is kept; ``ScenarioError``, which names ``field``, where the question can have none such."""
    if question.kind == "choice":
        return one_of(field, question.keys, value)
    if question.kind == "number":
        low, high = question.low or 0.0, question.high or 0.0
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise ScenarioError(field, f"must be a number from {low:g} to {high:g}", value)
        return float(value)
    keys = list(value) if isinstance(value, list | tuple) else value
    if not isinstance(keys, list) or any(not isinstance(key, str) for key in keys):
        raise ScenarioError(field, f"must be a list of {', '.join(question.keys)}", value)
    is_order = question.kind == "order"
    if (
        len(set(keys)) < len(keys)
        or not set(keys) <= set(question.keys)
        or (is_order and set(keys) < set(question.keys))
    ):
        raise ScenarioError(field, f"must be a list of {', '.join(question.keys)}, each once", value)
    return tuple(keys) if is_order else tuple(key for key in question.keys if key in keys)


def one_of(field: str, keys: Collection[str], value: Any) -> str:
    """``value`` where it is one of ``keys``, else ``ScenarioError``; "" among them is not named."""
    if not isinstance(value, str) or value not in keys:
        raise ScenarioError(field, f"must be one of {', '.join(filter(None, keys))}", value)
    return value
