"""The bell of a room: who is told of what."""

from __future__ import annotations

import pytest

from cgs_core.rooms import Bell, RoomError, Rooms, Seats
from cgs_core.runs import RunStore
from tests.rooms.rooms import small_game, visitor
from tests.runs.helpers import Clock


def test_students_are_told_what_the_teacher_does_and_the_teacher_of_everybody(
    store: RunStore, rooms: Rooms, seats: Seats, clock: Clock
) -> None:
    code, teacher = rooms.open(small_game())
    other = rooms.open(small_game())[1]
    ann = seats.join(code, visitor("ann"))
    bell = Bell(store)
    room_id, is_teacher = bell.room_of(ann)
    assert (is_teacher, bell.room_of(teacher)) == (False, (room_id, True)) != bell.room_of(other)
    signs = [bell.signs()[room_id]]
    assert bell.sign(room_id) == signs[0] and bell.sign("none") is None

    def told(what: object) -> tuple[bool, bool]:
        signs.append(bell.signs()[room_id])
        assert bell.sign(room_id) == signs[-1]
        return signs[-1].students != signs[-2].students, signs[-1].teachers != signs[-2].teachers

    assert told(seats.join(code, visitor("bob"))) == (False, True)
    assert told(seats.rename(ann, "Ann")) == (False, True)
    clock.now += 1
    assert told(rooms.advance(teacher, "choose")) == (True, True)
    assert told(seats.move(ann, {"samples": 3})) == (False, True)
    assert told(seats.seat(ann)) == (False, False)
    assert told(rooms.close(other)) == (False, False)
    rooms.delete(teacher)
    assert room_id not in bell.signs()


@pytest.mark.parametrize("token", ["", "x", "a" * 22])
def test_a_forged_token_has_no_bell(store: RunStore, token: str) -> None:
    with pytest.raises(RoomError):
        Bell(store).room_of(token)
