"""A lesson's prediction asked in a room: who may answer when, and what is shown before it is revealed."""

from __future__ import annotations

import json

import pytest

from cgs_core.errors import ScenarioError
from cgs_core.lessons import Question, lessons
from cgs_core.rooms import PHASES, RoomError, Rooms, Seats
from cgs_core.rooms.polls import question_of
from cgs_core.runs import RunStore
from tests.rooms.rooms import go_to, small_game, train, visitor

ASKED = [(name, place) for name, one in lessons().items() for place, step in enumerate(one.steps) if step.question]


def answers_to(question: Question) -> tuple[object, object]:
    """Two different ones that the question can have, as a browser sends them."""
    if question.kind == "number":
        return question.low, question.high
    if question.kind == "choice":
        return question.keys[0], question.keys[-1]
    return (
        (list(question.keys), list(reversed(question.keys))) if question.kind == "order" else ([], [question.keys[0]])
    )


@pytest.mark.parametrize(("lesson", "step"), ASKED)
def test_every_prediction_of_the_course_is_asked_counted_and_revealed(
    rooms: Rooms, seats: Seats, lesson: str, step: int
) -> None:
    code, teacher = rooms.open(small_game())
    ann, bob, eve = (seats.join(code, visitor(name)) for name in ("ann", "bob", "eve"))
    rooms.open_poll(teacher, lesson, step)
    question = question_of(lesson, step)
    first, second = answers_to(question)
    for token, answer in ((ann, first), (bob, first), (ann, second)):
        seats.answer_poll(token, answer)
    with pytest.raises(ScenarioError, match="answer: must be"):
        seats.answer_poll(eve, "nothing of the kind")
    own, seen = seats.seat(ann).poll, rooms.teacher(teacher).poll
    assert own is not None and seen is not None and (own.answers, seen.answers, seen.n_answers) == (None, None, 2)
    assert own.own is not None and seats.seat(eve).poll.own is None  # type: ignore[union-attr]
    assert own.question.expected is seen.question.expected is None and not own.question.truth
    for hidden in (question.reveal, question.wrong, question.too_low, *(option.told for option in question.options)):
        assert not hidden or (hidden not in repr(own) and hidden not in repr(seen))
    with pytest.raises(RoomError, match="after 'open' comes 'counted'; got 'revealed'"):
        rooms.go_on_with_poll(teacher, "revealed")
    rooms.go_on_with_poll(teacher, "counted")
    rooms.go_on_with_poll(teacher, "counted")
    with pytest.raises(RoomError, match="No poll is open"):
        seats.answer_poll(eve, first)
    counted, hers = rooms.teacher(teacher).poll, seats.seat(eve).poll
    assert counted is not None and counted.answers is not None and len(counted.answers) == 2
    assert counted.answers == tuple(sorted(counted.answers, key=str)) and own.own in counted.answers
    assert question.reveal not in repr(counted)
    assert hers is not None and (hers.stand, hers.answers) == ("counted", None)  # others' are on the projector alone
    assert seats.seat(ann).poll.own == own.own and question.reveal not in repr(hers)  # type: ignore[union-attr]
    rooms.go_on_with_poll(teacher, "revealed")
    shown = seats.seat(eve).poll
    assert shown is not None and (shown.question, shown.answers) == (question, counted.answers)
    rooms.end_poll(teacher)
    assert seats.seat(eve).poll is None and rooms.teacher(teacher).poll is None
    with pytest.raises(RoomError, match="No poll is on"):
        rooms.go_on_with_poll(teacher, "counted")


def test_a_poll_is_asked_in_every_phase_and_is_none_of_the_reflections(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    (lesson, step), (other, other_step) = ASKED[:2]
    first, _ = answers_to(question_of(lesson, step))
    code, teacher = rooms.open(small_game())
    ann = seats.join(code, visitor("ann"))
    for phase in PHASES[:-1]:
        go_to(rooms, store, teacher, phase)
        rooms.open_poll(teacher, lesson, step)
        seats.answer_poll(ann, first)
    assert rooms.teacher(teacher).poll.n_answers == 1  # type: ignore[union-attr]
    assert json.loads(rooms.file(teacher))["plays"][0]["polls"] == {}  # it is still open
    rooms.open_poll(teacher, other, other_step)
    assert rooms.teacher(teacher).poll.n_answers == 0  # type: ignore[union-attr]
    assert seats.seat(ann).reflections == {}
    filed = json.loads(rooms.file(teacher))["plays"][0]
    assert filed["polls"] == {f"{lesson}:{step}": [first]} and filed["reflections"] == {}
    rooms.advance(teacher, "choose")
    assert seats.seat(ann).poll is None and rooms.teacher(teacher).poll is None
    rooms.open_poll(teacher, lesson, step)
    rooms.advance(teacher, "training")
    train(store)
    assert rooms.teacher(teacher).poll.n_answers == 0  # type: ignore[union-attr]
    rooms.close(teacher)
    for attempt in (
        lambda: rooms.open_poll(teacher, lesson, step),
        lambda: rooms.go_on_with_poll(teacher, "counted"),
        lambda: seats.answer_poll(ann, first),
    ):
        with pytest.raises(RoomError, match="The room is closed"):
            attempt()


def test_what_is_no_poll_is_told_and_a_lesson_that_is_gone_is_none(
    store: RunStore, rooms: Rooms, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, teacher = rooms.open(small_game())
    ann = seats.join(code, visitor("ann"))
    lesson, step = ASKED[0]
    with pytest.raises(RoomError, match="lesson: one of what-is-going-on"):
        rooms.open_poll(teacher, "no lesson", 0)
    for wrong in (0, 99, "1", None, True):
        with pytest.raises(RoomError, match="step: one that asks, of"):
            rooms.open_poll(teacher, lesson, wrong)  # type: ignore[arg-type]
    with pytest.raises(RoomError, match="opens no room"):
        rooms.open_poll(ann, lesson, step)
    rooms.open_poll(teacher, lesson, step)
    with store.database.write() as connection:
        connection.execute("UPDATE room_answers SET answer = json_set(answer, '$.lesson', 'gone')")
    assert rooms.teacher(teacher).poll is None and seats.seat(ann).poll is None
