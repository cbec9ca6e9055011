"""The screens of a lesson in their order: a step that asks is two, and two questions stand before and after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from cgs_core.lessons import Check, Lesson, Step

ScreenKind = Literal["check", "read", "predict", "reveal", "manipulate", "misconception", "follow_up", "done"]
WORDS: dict[ScreenKind, str] = {
    "check": "A question",
    "read": "Read",
    "predict": "Predict",
    "reveal": "What is so",
    "manipulate": "Change something",
    "misconception": "A common mistake",
    "follow_up": "Think on",
    "done": "Done",
}


@dataclass(frozen=True)
class Screen:
    """One screen.

    ``key``: under which its answer is kept; "" where nothing is answered. A reveal has that of its prediction.
    """

    kind: ScreenKind
    title: str
    key: str = ""
    step: Step | None = None
    check: Check | None = None
    is_after: bool = False  # of a check


def screens_of(lesson: Lesson) -> tuple[Screen, ...]:
    """All screens of a lesson."""
    before = [_check(lesson, number, False) for number in range(len(lesson.checks))]
    after = [_check(lesson, number, True) for number in range(len(lesson.checks))]
    steps = [screen for number, step in enumerate(lesson.steps) for screen in _of_step(step, number)]
    return (*before, *steps, *after, Screen("done", "Done"))


def key_of_check(number: int, is_after: bool) -> str:
    """Under which the answer to a check question is kept."""
    return f"{'after' if is_after else 'before'}-{number + 1}"


def n_open(screens: Collection[Screen], answered: Collection[str], released: Collection[str] | None) -> int:
    """How many screens from the first on may be seen: up to a question that is not answered, or a reveal that the
    teacher holds back (``released``: keys; None outside of a class), which is the last of them."""
    for number, screen in enumerate(screens, start=1):
        if screen.kind in ("check", "predict") and screen.key not in answered:
            return number
        if screen.kind == "reveal" and released is not None and screen.key not in released:
            return number
    return len(screens)


def _check(lesson: Lesson, number: int, is_after: bool) -> Screen:
    when = "after" if is_after else "before"
    title = f"Question {number + 1} of {len(lesson.checks)}, {when} the lesson"
    return Screen("check", title, key_of_check(number, is_after), check=lesson.checks[number], is_after=is_after)


def _of_step(step: Step, number: int) -> list[Screen]:
    if step.question is None:
        key = f"step-{number + 1}" if step.kind == "follow_up" else ""
        return [Screen("read" if step.kind == "predict" else step.kind, step.title, key, step)]
    key = f"step-{number + 1}"
    return [Screen("predict", step.title, key, step), Screen("reveal", step.title, key, step)]
