"""What must go together in a lesson's file, beyond the type of each field."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence

from cgs_core.errors import LessonError
from cgs_core.lessons.functions import Functions
from cgs_core.lessons.lesson import MAIN
from cgs_core.lessons.parts import CHOSEN, MAX_WORDS, Arrows, ChangeOption, Check, LessonFile, Option, Question, Step
from cgs_core.scenario import Scenario

Fail = Callable[..., LessonError]
"""(what is wrong, *path of the field) -> the error, to be raised."""


def check_together(content: LessonFile, functions: Functions, scenarios: Mapping[str, Scenario], fail: Fail) -> None:
    """Raises what ``fail`` makes of the first thing that does not go together."""
    planned = sum(item.minutes for item in content.plan)
    if content.minutes != planned:
        raise fail(f"minutes: as many as the plan has, {planned:g}; got {content.minutes:g}", "minutes")
    for index, step in enumerate(content.steps):
        _check_step(step, content, functions, scenarios, _within(fail, "step", index))
    for index, check in enumerate(content.checks):
        _check_check(check, _within(fail, "check", index))
    _check_order(content.steps, fail)


def _within(fail: Fail, *start: str | int) -> Fail:
    """``fail`` for paths that begin there."""

    def within(what: str, *path: str | int) -> LessonError:
        return fail(what, *start, *path)

    return within


def _check_order(steps: Sequence[Step], fail: Fail) -> None:
    """There is a prediction, and no result stands before it."""
    first = next((index for index, step in enumerate(steps) if step.question is not None), None)
    if first is None:
        raise fail('step: at least one of kind "predict"; got none')
    for index, step in enumerate(steps[:first]):
        for field in ("result", "facts", "claim"):
            if getattr(step, field) is not None:
                raise fail(f"{field}: not before the first prediction, which it would give away", "step", index, field)


def _check_step(
    step: Step, content: LessonFile, functions: Functions, scenarios: Mapping[str, Scenario], fail: Fail
) -> None:
    if (step.kind == "predict") != (step.question is not None):
        raise fail(f'question: a step of kind "predict" has one, no other has; this is a "{step.kind}"', "kind")
    if (step.kind == "manipulate") != (step.change is not None):
        raise fail(f'change: a step of kind "manipulate" has one, no other has; this is a "{step.kind}"', "kind")
    if step.kind in ("misconception", "follow_up") and not step.answer:
        raise fail(f'answer: a step of kind "{step.kind}" says what is so; there is none', "kind")
    _check_names(step, content.arrows, scenarios, fail)
    for field, name in _functions_named(step):
        if name not in functions.by_name:
            known = ", ".join(functions.by_name) or "none"
            raise fail(f"{field}: a function of truth.py, which has {known}; got {name!r}", *field.split(", "))
    if step.question is not None:
        _check_question(step.question, _within(fail, "question"))
    for path, text, is_after in _texts(step):
        source = "facts" if is_after else "given"
        _check_text(text, source, getattr(step, source) is not None, _within(fail, *path))


def _functions_named(step: Step) -> Iterator[tuple[str, str]]:
    named = [("given", step.given), ("facts", step.facts), ("claim", step.claim)]
    named.append(("question, truth", None if step.question is None else step.question.truth))
    yield from ((field, name) for field, name in named if name is not None)


def _check_names(step: Step, arrows: dict[str, Arrows], scenarios: Mapping[str, Scenario], fail: Fail) -> None:
    """Scenarios and arrows that the step names must be the lesson's."""
    known = [*scenarios, *([] if step.change is None else [CHOSEN])]
    for field in ("runs", "games"):
        for name in getattr(step, field):
            if name not in known:
                raise fail(f"{field}: of {', '.join(known) or 'none'}; got {name!r}", field)
    options = () if step.change is None else step.change.options
    places: list[tuple[tuple[str | int, ...], ChangeOption | Step]] = [((), step)]
    places += [(("change", "option", index), one) for index, one in enumerate(options)]
    for place, one in places:
        for field, there in (("scenario", scenarios), ("arrows", arrows)):
            name = getattr(one, field)
            if name is not None and name not in there:
                raise fail(f"{field}: one of {', '.join(there) or 'none'}; got {name!r}", *place, field)
    of_arrows = [step.arrows, *(one.arrows for one in options)]
    for field in ("picture", "result"):
        drawn = getattr(step, field)
        if drawn == "arrows" and not any(of_arrows):
            raise fail(f"{field}: arrows must be named under arrows", field)
        if drawn not in (None, "arrows") and step.scenario is None and step.change is None and MAIN not in scenarios:
            raise fail(f'{field}: is of a scenario, "main" unless another is named; there is none', field)


def _check_question(question: Question, fail: Fail) -> None:
    keys = question.keys
    _check_keys(question.options, fail)
    if question.kind == "number":
        _check_range(question, fail)
    elif len(keys) < 2:
        raise fail(f'option: a question of kind "{question.kind}" has at least two; got {len(keys)}', "kind")
    if question.border and question.kind != "card":
        raise fail(f'border: of a question of kind "card"; got {question.border:g} with "{question.kind}"', "border")
    if question.expected is None or question.kind == "number":
        return
    expected = question.expected if isinstance(question.expected, tuple) else (question.expected,)
    if question.kind == "choice" and len(expected) != 1:
        raise fail("expected: one option's key", "expected")
    if not set(expected) <= set(keys) or (question.kind == "order" and sorted(expected) != sorted(keys)):
        raise fail(f"expected: of the keys {', '.join(keys)}; got {question.expected!r}", "expected")


def _check_keys(options: Sequence[Option], fail: Fail) -> None:
    keys = [option.key for option in options]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise fail(f"key: each once; got {', '.join(keys)}", "option", index, "key")


def _check_range(question: Question, fail: Fail) -> None:
    low, high, step = question.low, question.high, question.step
    if low is None or high is None or step is None or not low < high or step > high - low:
        raise fail(
            f'low, high, step: a question of kind "number" has all three, low below high; got {low}, {high}, {step}',
            "kind",
        )


def _check_check(check: Check, fail: Fail) -> None:
    keys = [option.key for option in check.options]
    _check_keys(check.options, fail)
    if check.right not in keys:
        raise fail(f"right: one of {', '.join(keys)}; got {check.right!r}", "right")
    for name, text in (("text", " ".join([check.text, *(one.label for one in check.options)])), ("why", check.why)):
        _check_text(text, "given", False, _within(fail, name))


def _texts(step: Step) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """(path, what stands on one screen, whether it is shown after an answer)."""
    question = step.question
    if question is None:
        options = () if step.change is None else step.change.options
        yield ("text",), " ".join([step.text, *(one.label for one in options)]), False
        yield ("told",), step.told, True
        yield ("answer",), step.answer, True
        return
    yield ("text",), " ".join([step.text, question.text, *(one.label for one in question.options)]), False
    told = [("option", index, "told") for index in range(len(question.options))]
    said = [option.told for option in question.options]
    others = [("wrong",), ("too_low",), ("too_high",)]
    yield ("question", "reveal"), question.reveal, True
    for path, text in zip([*told, *others], [*said, question.wrong, question.too_low, question.too_high], strict=True):
        yield ("question", *path), f"{question.reveal} {text}", True  # they stand on one screen


def _check_text(text: str, source: str, has_facts: bool, fail: Fail) -> None:
    """At most so many words, and facts only where the step names their function, under ``source``."""
    n_words = len(text.split())
    if n_words > MAX_WORDS:
        raise fail(f"text: at most {MAX_WORDS} words a screen, with its options; got {n_words}")
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise fail(f"text: braces hold a fact's name, such as {{share:.0%}}; {error}") from None
    if named and not has_facts:
        raise fail(f"text: facts in braces here need a function of truth.py under {source}; got {', '.join(named)}")
