"""A thousand bad inputs of every door of a class room, and of the files that come from rooms and federations."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cgs_core import CgsError, Scenario
from cgs_core.federation import read_log
from cgs_core.rooms import Rooms, Seats, read_room
from cgs_core.rooms.game import game_of
from cgs_core.rooms.polls import question_of
from tests.federation.logs import served
from tests.rooms.rooms import small_game, visitor
from tests.rooms.test_polls import ASKED
from tests.ui.test_every_door import N_INPUTS, bytes_of, text_of, value

_FIELDS = ("samples", "is_cheap", "conduct", "prediction", "rules", "name", "scenario", "plays", "moves", "by", "game")


@dataclass(frozen=True)
class Room:
    """A room in which one student chooses, with its teacher's and the student's tokens."""

    rooms: Rooms
    seats: Seats
    teacher: str
    student: str
    good: tuple[bytes, ...]  # files


@pytest.fixture
def room(rooms: Rooms, seats: Seats) -> Room:
    code, teacher = rooms.open(small_game())
    student = seats.join(code, visitor("ann"))
    rooms.open_vote(teacher)
    rooms.open_poll(teacher, *next(asked for asked in ASKED if question_of(*asked).kind == "number"))
    rooms.advance(teacher, "choose")
    log, _ = served(Scenario())
    return Room(rooms, seats, teacher, student, (rooms.file(teacher).encode(), log.to_npz()))


def fields(dice: random.Random) -> dict[str, Any]:
    return {dice.choice(_FIELDS): value(dice) for _ in range(dice.randrange(5))}


def changed(dice: random.Random, good: bytes) -> bytes:
    """A good file of which some bytes are others, or its end is missing."""
    content = bytearray(good)
    for _ in range(dice.randrange(1, 6)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content[: dice.randrange(1, len(content) + 1)] if dice.random() < 0.3 else content)


def replaced(dice: random.Random, given: object) -> object:
    """JSON like the one that is given, one value of which is anything."""
    if isinstance(given, dict | list) and given and dice.random() < 0.8:
        place = dice.choice(list(given)) if isinstance(given, dict) else dice.randrange(len(given))
        copy = given.copy()
        copy[place] = replaced(dice, given[place])  # type: ignore[index]
        return copy
    return value(dice)


def room_file(room: Room, dice: random.Random) -> object:
    kind = dice.randrange(3)
    if kind == 0:
        return read_room(bytes_of(dice))
    if kind == 1:
        return read_room(changed(dice, room.good[0]))
    return read_room(json.dumps(replaced(dice, json.loads(room.good[0]))))


DOORS: dict[str, Callable[[Room, random.Random], object]] = {
    "code": lambda room, dice: room.seats.join(text_of(dice)[:20], visitor(str(dice.random())), str(value(dice))),
    "seat's token": lambda room, dice: room.seats.seat(dice.choice([text_of(dice), room.teacher, str(value(dice))])),
    "teacher's token": lambda room, dice: room.rooms.teacher(
        dice.choice([text_of(dice), room.student, str(value(dice))])
    ),
    "phase": lambda room, dice: room.rooms.advance(room.teacher, value(dice)),
    "rule": lambda room, dice: room.rooms.set_rule(room.teacher, value(dice)),
    "poll": lambda room, dice: room.rooms.open_poll(room.teacher, value(dice), value(dice)),
    "answer to a poll": lambda room, dice: room.seats.answer_poll(room.student, value(dice)),
    "move": lambda room, dice: room.seats.move(room.student, {"samples": 3} | fields(dice)),
    "vote": lambda room, dice: room.seats.vote(room.student, value(dice)),
    "nickname": lambda room, dice: room.seats.rename(room.student, value(dice)),
    "word of the talk": lambda room, dice: room.seats.reflect(room.student, str(value(dice)), value(dice)),
    "game": lambda room, dice: game_of(json.dumps(replaced(dice, json.loads(small_game().to_json())))),
    "room's file": room_file,
    "log of a federation": lambda room, dice: read_log(dice.choice([bytes_of(dice), changed(dice, room.good[1])])),
}


@pytest.mark.parametrize("door", DOORS)
def test_whatever_comes_is_taken_or_told(room: Room, door: str) -> None:
    dice = random.Random(door)
    told: list[str] = []
    for _ in range(N_INPUTS):
        try:
            DOORS[door](room, dice)
        except CgsError as error:
            told.append(str(error))
    assert told and all(0 < len(words.encode()) < 6_000 for words in told)  # a browser can be sent them
