"""Reads a lesson: a folder with lesson.toml and truth.py. What is wrong is told with file, line and what is allowed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cgs_core.errors import LessonError, ScenarioError
from cgs_core.lessons.functions import read_functions
from cgs_core.lessons.lesson import LESSON_FILE, Lesson
from cgs_core.lessons.lines import line_of, lines_of
from cgs_core.lessons.parts import CHOSEN, LessonFile
from cgs_core.lessons.rules import Fail, check_together
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import Scenario
from cgs_core.studies.presets import PRESETS

_FOLDER = re.compile(r"(?:(\d+)_)?([a-z][a-z0-9_]*)")
_LINE_AT = re.compile(r"line (\d+)")
_OWN_KEYS = ("like", "preset", "mechanism", "seed")


def load_lesson(folder: str | Path) -> Lesson:
    """The lesson of a folder; its truth.py is run.

    Raises
    ------
    LessonError: what is wrong, with file and line.
    """
    folder = Path(folder)
    place = f"{folder.name}/{LESSON_FILE}"
    named = _FOLDER.fullmatch(folder.name)
    if named is None:
        allowed = "the folder's name must be small letters, digits and _, a number before it if need be: 3_worth_to_pay"
        raise LessonError(place, 1, f"{allowed}; got {folder.name!r}")
    text = _text(folder / LESSON_FILE, place)
    lines = lines_of(text)

    def fail(what: str, *path: str | int) -> LessonError:
        return LessonError(place, line_of(lines, path), what)

    content = _content(text, place, fail)
    scenarios = _scenarios(content.scenarios, fail)
    functions = read_functions(folder)
    check_together(content, functions, scenarios, fail)
    return Lesson(
        name=named[2].replace("_", "-"),
        number=None if named[1] is None else int(named[1]),
        title=content.title,
        minutes=content.minutes,
        aim=content.aim,
        plan=content.plan,
        scenarios=scenarios,
        arrows=content.arrows,
        steps=content.steps,
        checks=content.checks,
        folder=folder,
        functions=functions,
        lines=lines,
    )


# -- the file ------------------------------------------------------------------------------------------------


def _text(path: Path, place: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LessonError(place, 1, f"a lesson is a folder with {LESSON_FILE} and truth.py; there is none") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(place, 1, f"must be a text file in UTF-8; {error}") from None


def _content(text: str, place: str, fail: Fail) -> LessonFile:
    try:
        return LessonFile.model_validate(_with_tuples(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        found = _LINE_AT.search(str(error))
        line = int(found[1]) if found else len(text.splitlines()) or 1  # it ended too early
        raise LessonError(place, line, f"must be TOML; {error}") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = tuple(part for part in problem["loc"])
        raise fail(_allowed(problem, path), *path) from None


def _with_tuples(value: Any) -> Any:
    """TOML's lists as tuples, which frozen values are made of."""
    if isinstance(value, dict):
        return {key: _with_tuples(one) for key, one in value.items()}
    return tuple(_with_tuples(one) for one in value) if isinstance(value, list) else value


def _allowed(problem: Any, path: Sequence[str | int]) -> str:
    """A pydantic problem in words: the field, what it may be, what came."""
    field = _dotted(path)
    if problem["type"] == "extra_forbidden":
        owner = _owner(path[:-1])
        known = [one.alias or name for name, one in owner.model_fields.items()]
        return f"{field}: no such field; the fields there are {', '.join(known)}"
    if problem["type"] == "missing":
        return f"{field}: must be there"
    words = str(problem["msg"]).replace("Input should", "must").replace("valid string", "text")
    came = problem["input"]
    return f"{field}: {words}; got {came!r:.80}"


def _owner(path: Sequence[str | int]) -> type[BaseModel]:
    """The model whose fields stand at a path."""
    owner: Any = LessonFile
    for part in (one for one in path if isinstance(one, str)):
        by_key = {one.alias or name: one for name, one in owner.model_fields.items()}
        if part not in by_key:
            continue  # a name in a table of names
        owner = _model_in(by_key[part].annotation) or owner
    return owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(one) for one in getattr(annotation, "__args__", ()))
    return next((one for one in inner if one is not None), None)


def _dotted(path: Sequence[str | int]) -> str:
    """A path as people count: step 3, question, option 2, told."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int) and words:
            words[-1] += f" {part + 1}"
        else:
            words.append(str(part))
    return ", ".join(words)


# -- the scenarios -------------------------------------------------------------------------------------------


def _scenarios(tables: dict[str, dict[str, object]], fail: Fail) -> dict[str, Scenario]:
    """Each by its name; one may be like another that stands before it."""
    made: dict[str, Scenario] = {}
    for name, table in tables.items():
        if name == CHOSEN:
            raise fail(f'scenario: "{CHOSEN}" is the name of what a learner chooses; take another', "scenario", name)
        made[name] = _scenario(name, table, made, fail)
    return made


def _scenario(name: str, table: dict[str, object], made: dict[str, Scenario], fail: Fail) -> Scenario:
    start = Scenario()
    for key, known in (("like", made), ("preset", {one: preset.scenario for one, preset in PRESETS.items()})):
        if key in table:
            if table[key] not in known:
                raise fail(f"{key}: one of {', '.join(known) or 'none'}; got {table[key]!r}", "scenario", name, key)
            start = known[str(table[key])]
    fields = {key: value for key, value in table.items() if key not in _OWN_KEYS}
    if "seed" in table:
        fields |= {"data_seed": table["seed"], "start_seed": table["seed"]}
    try:
        base = start.changed_fields()
        scenario = Scenario.from_fields(base | {key: _with_lists(value) for key, value in fields.items()})
        mechanism = table.get("mechanism")
        if mechanism is None:
            return scenario
        if mechanism not in MECHANISMS:
            raise ScenarioError("mechanism", f"must be one of {', '.join(MECHANISMS)}", mechanism)
        return with_mechanism(scenario, str(mechanism))
    except ScenarioError as error:
        raise fail(f"scenario {name}, {error}", "scenario", name, error.field.partition("[")[0]) from None


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_lists(one) for key, one in value.items()}
    return [_with_lists(one) for one in value] if isinstance(value, tuple) else value
