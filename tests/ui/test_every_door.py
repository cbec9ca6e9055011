"""A thousand bad inputs of every door: each is told in a sentence that can be shown, and nothing else is raised."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cgs_core import CgsError, Scenario
from cgs_core.data.own.csv import read_upload
from cgs_core.lessons import lessons
from cgs_core.scenario.links import scenario_from_link
from cgs_ui.controls.agents_table import edited_scenario
from cgs_ui.frame.class_password import Tries, _Gate
from cgs_ui.frame.export_route import read_order
from cgs_ui.game.tips import read_tip
from cgs_ui.lessons.answers import from_file, from_link
from cgs_ui.plain_text import plain, unlinked
from cgs_ui.playground.hands import moved_scenario
from cgs_ui.session.teacher_link import Lesson, control_token_of, controlled_lesson_of, lesson_of, token_of
from tests.data.uploads import csv_of, npz_of

N_INPUTS = 1_000
ATOMS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 10**400, 0.5, 1e308, float("nan"), float("inf"), "", "x", "\x00", "\ud800", "∞"),
    *("digits", "own", "cgsv", "0" * 64, "x" * 5_000, "[a](http://evil.example)", [], {}, [[]], {"": None}),
)
SCENARIO = Scenario(n_agents=3)
KNOWN = lessons()
FIELDS = (
    "schema_version",
    "answers",
    "lesson",
    "format",
    "digest",
    "hidden",
    "shown",
    "agent",
    "field",
    "value",
    "moved",
)


def value(dice: random.Random, depth: int = 0) -> Any:
    """Anything that JSON can say, and more."""
    kind = dice.random()
    if depth > 3 or kind < 0.5:
        return dice.choice(ATOMS)
    if kind < 0.7:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    names = (*Scenario.model_fields, *FIELDS)
    return {dice.choice(names): value(dice, depth + 1) for _ in range(dice.randrange(5))}


def text_of(dice: random.Random) -> str:
    """A text as a link has it: packed values, a good one that was changed, or noise."""
    kind = dice.randrange(4)
    if kind == 0:
        return base64.urlsafe_b64encode(zlib.compress(json.dumps(fields_of(dice)).encode())).decode().rstrip("=")
    good = SCENARIO.to_link() if kind == 1 else token_of(Lesson(SCENARIO))
    place = dice.randrange(len(good))
    return good[:place] + dice.choice(["", "A", "é", ".", "\x00", "===", "A" * 50]) + good[place + dice.randrange(3) :]


def fields_of(dice: random.Random) -> dict[str, Any]:
    names = (*Scenario.model_fields, *FIELDS)
    return {dice.choice(names): value(dice) for _ in range(dice.randrange(6))}


def bytes_of(dice: random.Random) -> bytes:
    """A file: JSON, a good table or archive of which bytes were changed, or noise."""
    kind = dice.randrange(4)
    if kind == 0:
        return json.dumps(value(dice)).encode()
    if kind == 1:
        return dice.randbytes(dice.randrange(300))
    good = bytearray(csv_of() if kind == 2 else npz_of())
    for _ in range(dice.randrange(1, 6)):
        good[dice.randrange(len(good))] = dice.randrange(256)
    return bytes(good[: dice.randrange(1, len(good) + 1)] if dice.random() < 0.3 else good)


def cookie(dice: random.Random) -> None:
    gate = _Gate(b"p" * 32, b"k" * 32, Tries(1, 1), Tries(1, 1))
    assert not gate.knows(str(value(dice)) + dice.choice(["", ".", "." + "0" * 64]), 0.0)


DOORS: dict[str, Callable[[random.Random], object]] = {
    "scenario file": lambda dice: Scenario.from_json(json.dumps(value(dice))),
    "scenario file of noise": lambda dice: Scenario.from_json(bytes_of(dice).decode("utf-8", "replace")),
    "scenario link": lambda dice: scenario_from_link(text_of(dice)),
    "teacher's link": lambda dice: lesson_of(text_of(dice)),
    "class link": lambda dice: controlled_lesson_of(text_of(dice)),
    "answers' link": lambda dice: from_link(text_of(dice), KNOWN),
    "answers' file": lambda dice: from_file(bytes_of(dice), KNOWN),
    "upload": lambda dice: read_upload(bytes_of(dice)),
    "order of a file": lambda dice: read_order(json.dumps(fields_of(dice)).encode()),
    "order of noise": lambda dice: read_order(bytes_of(dice)),
    "table": lambda dice: edited_scenario(SCENARIO, fields_of(dice) | {"edited_rows": value(dice), "added_rows": []}),
    "handle": lambda dice: moved_scenario(SCENARIO, value(dice)),
    "tip": lambda dice: read_tip(value(dice), 3),
    "cookie": cookie,
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))


@pytest.mark.parametrize("door", DOORS)
def test_whatever_comes_is_taken_or_told(door: str) -> None:
    dice = random.Random(door)
    told: list[str] = []
    for _ in range(N_INPUTS):
        try:
            DOORS[door](dice)
        except CgsError as error:
            told.append(str(error))
    assert all(0 < len(words.encode()) < 6_000 for words in told)  # a browser can be sent them


def test_a_teachers_own_link_is_no_students_and_the_other_way_round() -> None:
    taught = Lesson(SCENARIO, course="from-worth-to-pay", class_id="a-class")
    for read, token in ((lesson_of, control_token_of(taught)), (controlled_lesson_of, token_of(taught))):
        with pytest.raises(CgsError):
            read(token)


@pytest.mark.parametrize("show", [plain, unlinked])
def test_an_address_in_what_somebody_typed_is_no_link(show: Callable[[str], str]) -> None:
    shown = show("see https://evil.example WWW.evil.example a@evil.example").replace("\\", "")
    assert "://" not in shown and "WWW." not in shown and "a@" not in shown
    assert shown.replace("\u2060", "") == "see https://evil.example WWW.evil.example a@evil.example"
