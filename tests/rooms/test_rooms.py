"""Rooms in the store: who may do what, when, and what outlives whom."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from cgs_core import run
from cgs_core.errors import JobError, ScenarioError
from cgs_core.records import Trace
from cgs_core.rooms import NEXT, PHASES, Move, RoomError, Rooms, Seats
from cgs_core.rooms import rooms as rooms_module
from cgs_core.rooms.limits import GUESS_SECONDS, MOST_GUESSES, MOST_ROOMS_A_VISITOR
from cgs_core.rooms.playing import results_of
from cgs_core.rooms.rooms import KEPT_SECONDS
from cgs_core.rooms.state import OPEN_SECONDS
from cgs_core.rooms.tokens import LETTERS, new_code, seat_token, teacher_token, typed_code
from cgs_core.runs import JobRunner, RunStore
from cgs_ui.frame.housekeeping import keep_house
from tests.rooms.rooms import go_to, made_store, small_game, train, visitor
from tests.runs.helpers import Clock, eventually
from tests.ui.asgi import in_a_loop


def test_a_whole_game(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    code, teacher = rooms.open(small_game())
    ann, bob = (seats.join(code, visitor(name)) for name in ("ann", "bob"))
    go_to(rooms, store, teacher, "choose")
    seats.move(ann, {"samples": 3, "is_cheap": True, "prediction": 0.25})
    rooms.advance(teacher, "training")
    with pytest.raises(RoomError, match="not done"):
        rooms.advance(teacher, "pay")
    train(store)
    rooms.advance(teacher, "pay")
    view = seats.seat(ann)
    (paid,) = view.paid
    assert [(one.move.samples, one.cost, one.by) for one in paid.moves] == [
        (3, 3, "moved"),
        (10, 20, "default"),
        (10, 20, "bot"),
        (10, 20, "bot"),
    ]
    trace = store.load(paid.run_id)
    assert isinstance(trace, Trace) and paid.results == results_of(trace, 4)
    assert (view.move, view.coins_left, view.predictions) == (Move(3, True, "honest", 0.25), 17, (0.25,))
    assert rooms.teacher(teacher).paid == seats.seat(bob).paid == (paid,)
    rooms.advance(teacher, "reflect")
    seats.reflect(ann, "closed", "no")
    seats.reflect(bob, "open_1", "  that noise\tis paid ")
    told = rooms.teacher(teacher).reflections
    assert told == {"closed": ("no",), "open_1": ("that noise is paid",), "open_2": ()}
    assert seats.seat(ann).reflections == {"closed": "no"}
    rooms.set_rule(teacher, "CGSV")
    rooms.advance(teacher, "choose")
    view = seats.seat(ann)
    assert (view.play, view.rule.name, view.move, view.last_move) == (1, "CGSV", None, paid_move(3))
    assert (view.coins_left, len(view.paid), view.reflections) == (17, 1, {})
    go_to(rooms, store, teacher, "pay")
    assert [one.by for one in seats.seat(ann).paid[1].moves] == ["kept", "default", "bot", "bot"]
    rooms.close(teacher)
    assert len(seats.seat(bob).paid) == 2 and rooms.teacher(teacher).code is None


def test_answers_that_are_sent_together_are_kept_together_or_not_at_all(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    ann = seats.join(code, visitor("ann"))
    go_to(rooms, store, teacher, "reflect")
    with pytest.raises(RoomError, match="answer: at most 500 characters"):
        seats.reflect_on_all(ann, {"closed": "no", "open_1": "x" * 501})
    assert seats.seat(ann).reflections == {}
    seats.reflect_on_all(ann, {"closed": "no", "open_1": "noise is paid"})
    assert seats.seat(ann).reflections == {"closed": "no", "open_1": "noise is paid"}


def paid_move(samples: int) -> Move:
    return Move(samples, True, "honest", 0.25)


def test_only_the_next_phase_may_follow_and_a_second_click_does_nothing(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    ann = seats.join(code, visitor("ann"))
    for phase in ("lobby", "choose", "training", "pay", "reflect"):
        go_to(rooms, store, teacher, phase)
        rooms.advance(teacher, phase)
        for other in PHASES:
            if other not in (phase, NEXT[phase]):
                with pytest.raises(RoomError, match=f"after '{phase}' comes '{NEXT[phase]}'; got '{other}'"):
                    rooms.advance(teacher, other)
        if phase != "choose":
            with pytest.raises(RoomError, match=f"move: in the phase 'choose'; the room is in '{phase}'"):
                seats.move(ann, {"samples": 2})
        if phase != "reflect":
            with pytest.raises(RoomError, match="reflection: in the phase 'reflect'"):
                seats.reflect(ann, "closed", "no")
        if phase in ("choose", "training"):
            with pytest.raises(RoomError, match="rule: in the phase 'lobby' or 'pay' or 'reflect'"):
                rooms.set_rule(teacher, "CGSV")
    assert rooms.teacher(teacher).phase == "reflect"


def test_a_second_click_on_the_next_round_of_play_is_one(store: RunStore, rooms: Rooms) -> None:
    _, teacher = rooms.open(small_game())
    go_to(rooms, store, teacher, "reflect")
    rooms.advance(teacher, "choose")
    rooms.advance(teacher, "choose")
    assert rooms.teacher(teacher).play == 1


def test_before_the_pay_nobody_is_shown_anothers_move_and_whose_a_prediction_was_never(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    tokens = [seats.join(code, visitor(name)) for name in range(6)]  # two agents are shared
    go_to(rooms, store, teacher, "choose")
    for index, token in enumerate(tokens):
        seats.move(token, {"samples": 3 + index, "conduct": "echo", "prediction": 0.123 + index / 10_000})
    for phase in ("choose", "training"):
        go_to(rooms, store, teacher, phase)
        for index, token in enumerate(tokens):
            view = seats.seat(token)
            assert view.move == Move(3 + index, False, "echo", 0.123 + index / 10_000)
            seen = {**asdict(view), "game": None, "move": None}
            assert "Move" not in repr(seen) and "echo" not in repr(seen) and "samples" not in repr(seen)
            assert view.paid == () and rooms.teacher(teacher).run_id not in {*map(str, seen.values())}
        shown = asdict(rooms.teacher(teacher)) | {"game": None}
        assert "echo" not in repr(shown) and "samples" not in repr(shown) and "0.123" not in repr(shown)
    go_to(rooms, store, teacher, "pay")
    for index, token in enumerate(tokens):
        view = seats.seat(token)
        assert [one.move.samples for one in view.paid[0].moves] == [7, 8, 5, 6]  # the later of two partners counts
        assert view.predictions == (0.123 + index / 10_000,)
        assert repr(view).count("0.123") == 2  # the own one, in the move and beside the pay
    told = asdict(rooms.teacher(teacher))
    (expected,) = told.pop("predictions")
    assert expected == tuple(sorted(expected)) and len(expected) == 6 and "0.123" not in repr(told)


def test_two_tabs_are_one_seat_and_who_comes_back_has_it_again(rooms: Rooms, seats: Seats) -> None:
    code, teacher = rooms.open(small_game())
    token = seats.join(code, visitor("ann"), "Ann")
    assert seats.join(f" {code[:3].lower()}-{code[3:]} ", visitor("ann"), "Other") == token
    (only,) = rooms.teacher(teacher).seats
    assert only.nickname == "Ann"
    seats.rename(token, "")
    assert rooms.teacher(teacher).seats[0].nickname == ""
    with pytest.raises(RoomError, match="nickname: at most 24 characters that can be seen"):
        seats.rename(token, "a\u202eb")


def test_a_changed_phone_takes_the_seat_along_and_the_old_link_opens_nothing(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    old, other = seats.join(code, visitor("old phone")), seats.join(code, visitor("another's"))
    go_to(rooms, store, teacher, "choose")
    seats.move(old, {"samples": 5})
    new = seats.move_seat(old, visitor("new phone"))
    assert seats.seat(new).move == Move(5) and seats.join(code, visitor("new phone")) == new
    with pytest.raises(RoomError, match="opens no seat"):
        seats.move(old, {"samples": 2})
    with pytest.raises(RoomError, match="has a seat in the room already"):
        seats.move_seat(other, visitor("new phone"))
    assert len(rooms.teacher(teacher).seats) == 2


def test_who_leaves_keeps_the_last_move_until_somebody_else_sits_there_and_moves(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game(n_agents=2))
    ann, bob = (seats.join(code, visitor(name), name) for name in ("ann", "bob"))
    go_to(rooms, store, teacher, "choose")
    seats.move(ann, {"samples": 5})
    seats.leave(ann)
    with pytest.raises(RoomError, match="opens no seat"):
        seats.seat(ann)
    assert [one.nickname for one in rooms.teacher(teacher).seats] == ["bob"]
    late = seats.join(code, visitor("late"))
    assert seats.seat(late).agent == 0 and seats.seat(late).move is None and seats.seat(late).last_move is None
    go_to(rooms, store, teacher, "pay")
    assert [(one.move.samples, one.by) for one in seats.seat(late).paid[0].moves] == [(5, "kept"), (10, "default")]
    go_to(rooms, store, teacher, "reflect")
    rooms.advance(teacher, "choose")
    seats.move(late, {"samples": 7})
    go_to(rooms, store, teacher, "pay")
    assert [(one.move.samples, one.by) for one in seats.seat(bob).paid[1].moves] == [(7, "moved"), (10, "default")]


def test_sixty_students_play_thirty_agents_and_one_more_finds_no_seat(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game(n_agents=30, conducts=("honest",)))
    go_to(rooms, store, teacher, "choose")

    def play(name: int) -> str:
        token = seats.join(code, visitor(name))
        seats.move(token, {"samples": 2 + name % 9})
        return token

    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(play, range(60)))
    views = [seats.seat(token) for token in tokens]
    assert sorted(view.agent for view in views) == sorted([*range(30)] * 2) and all(view.is_shared for view in views)
    assert [view.move for view in views] == [Move(2 + name % 9) for name in range(60)]
    with pytest.raises(RoomError, match="The room is full: two students play each of its 30 agents"):
        seats.join(code, visitor("one more"))
    go_to(rooms, store, teacher, "pay")
    assert {one.by for one in seats.seat(tokens[0]).paid[0].moves} == {"moved"}
    seats.leave(tokens[7])
    assert seats.seat(seats.join(code, visitor("one more"))).agent == views[7].agent


def test_a_vote_counts_each_seat_once_and_is_told_when_it_is_closed(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    ann, bob, eve = (seats.join(code, visitor(name)) for name in ("ann", "bob", "eve"))
    with pytest.raises(RoomError, match="No vote is open"):
        seats.vote(ann, "CGSV")
    rooms.open_vote(teacher)
    for token, rule in ((ann, "FedAvg"), (bob, "CGSV"), (ann, "generous"), (eve, "generous")):
        seats.vote(token, rule)
    with pytest.raises(ScenarioError, match="rule: must be one of FedAvg, CGSV, generous"):
        seats.vote(eve, "anarchy")
    assert seats.seat(bob).votes is None and seats.seat(bob).own_vote == "CGSV"
    assert rooms.teacher(teacher).votes is None and rooms.teacher(teacher).n_votes == 3
    rooms.close_vote(teacher)
    assert seats.seat(bob).votes == rooms.teacher(teacher).votes == {"FedAvg": 0, "CGSV": 1, "generous": 2}
    assert seats.seat(bob).rule.name == "generous"
    rooms.open_vote(teacher)  # another one: those of before do not count, and of a tie the rule that is there stays
    seats.vote(ann, "FedAvg")
    seats.vote(bob, "generous")
    rooms.close_vote(teacher)
    assert seats.seat(bob).rule.name == "generous" and rooms.teacher(teacher).n_votes == 2
    go_to(rooms, store, teacher, "choose")
    assert seats.seat(bob).vote == ""


def test_a_token_that_is_forged_old_or_of_another_kind_or_room_opens_nothing(rooms: Rooms, seats: Seats) -> None:
    code, teacher = rooms.open(small_game())
    other_code, other_teacher = rooms.open(small_game())
    seat, same = seats.join(code, visitor("ann")), seats.join(other_code, visitor("ann"))
    assert len({seat, same, teacher, other_teacher}) == 4 and len({code, other_code}) == 2
    rooms.delete(other_teacher)
    for token in ("", "x" * 22, teacher, same, seat[:-1], seat + "x", "\ud800", visitor("ann"), "' OR 1 --"):
        for attempt in (
            seats.seat,
            seats.leave,
            lambda token: seats.move(token, {"samples": 2}),
            lambda token: seats.vote(token, "CGSV"),
            lambda token: seats.reflect(token, "closed", "no"),
            lambda token: seats.rename(token, "x"),
            lambda token: seats.move_seat(token, visitor("eve")),
        ):
            with pytest.raises(RoomError, match="opens no seat"):
                attempt(token)
    for token in ("", "x" * 22, seat, other_teacher, teacher[:-1], code, "\ud800"):
        for attempt in (
            rooms.teacher,
            rooms.close,
            rooms.delete,
            rooms.train,
            rooms.open_vote,
            rooms.close_vote,
            lambda token: rooms.advance(token, "choose"),
            lambda token: rooms.advance(token, "training"),
            lambda token: rooms.advance(token, "pay"),
            lambda token: rooms.set_rule(token, "CGSV"),
        ):
            with pytest.raises(RoomError, match="opens no room"):
                attempt(token)
    for typed in ("", "ABCDEF", other_code, code[:-1], "\ud800"):
        with pytest.raises(RoomError, match="There is no open room"):
            seats.join(typed, visitor("ann"))
    with pytest.raises(ValueError, match="visitor: a token of at least 16 characters"):
        seats.join(code, "ann")
    assert seats.seat(seat).phase == "lobby"


def test_no_token_is_in_the_file_and_of_a_deleted_room_nothing_is(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    code, teacher = rooms.open(small_game(open_questions=("A question of one's own?",)))
    token = seats.join(code, visitor("ann"), "Nickname")
    go_to(rooms, store, teacher, "reflect")
    seats.reflect(token, "open_1", "Something private")
    store.close()
    held = b"".join(path.read_bytes() for path in store.path.parent.glob("runs.sqlite*"))
    assert b"Something private" in held and b"Nickname" in held
    assert not any(text.encode() in held for text in (token, teacher, visitor("ann")))
    rooms.delete(teacher)
    with pytest.raises(RoomError, match="opens no seat"):
        seats.seat(token)
    with store.database.read() as connection:
        for table in ("rooms", "room_seats", "room_answers", "room_plays"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
    store.close()
    held = store.path.read_bytes()
    assert not any(text in held for text in (b"Something private", b"Nickname", b"A question of one's own?"))


def test_who_guesses_codes_waits_a_minute_and_nobody_else_does(rooms: Rooms, seats: Seats, clock: Clock) -> None:
    code, _ = rooms.open(small_game())
    for _ in range(MOST_GUESSES):
        with pytest.raises(RoomError, match="There is no open room"):
            seats.join("BBBBBB", visitor("eve"))
    with pytest.raises(RoomError, match="10 codes were wrong: wait a minute"):
        seats.join(code, visitor("eve"))
    assert seats.seat(seats.join(code, visitor("ann"))).phase == "lobby"
    clock.advance(GUESS_SECONDS)
    assert seats.seat(seats.join(code, visitor("eve"))).phase == "lobby"
    clock.now = 1.0  # the machine was started, and the clock with it
    for _ in range(MOST_GUESSES):
        with pytest.raises(RoomError, match="There is no open room"):
            seats.join("BBBBBB", visitor("eve"))


def test_one_visitor_has_a_few_rooms_and_others_have_theirs(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    own = [rooms.open(small_game(), visitor("ann"))[1] for _ in range(MOST_ROOMS_A_VISITOR)]
    with pytest.raises(RoomError, match="You have 5 rooms open"):
        rooms.open(small_game(), visitor("ann"))
    rooms.open(small_game(), visitor("bob"))
    rooms.close(own[0])
    rooms.open(small_game(), visitor("ann"))
    monkeypatch.setattr(rooms_module, "MOST_ROOMS", 6)
    with pytest.raises(RoomError, match="6 rooms are open, which is as many as this server keeps"):
        rooms.open(small_game(), visitor("eve"))


def test_a_teachers_browser_has_its_rooms_again_without_a_link_and_no_other_has_them(rooms: Rooms) -> None:
    code, teacher = rooms.open(small_game(), visitor("ann"))
    _, closed = rooms.open(small_game(), visitor("ann"))
    rooms.open(small_game())
    rooms.close(closed)
    ((room_id, view),) = rooms.own(visitor("ann")).items()
    assert view.code == code and teacher_token(room_id, visitor("ann")) == teacher
    assert rooms.own(visitor("bob")) == {}
    for stranger in (teacher_token(room_id, visitor("bob")), room_id, seat_token(room_id, visitor("ann"))):
        with pytest.raises(RoomError, match="opens no room"):
            rooms.teacher(stranger)
    rooms.delete(teacher)
    assert rooms.own(visitor("ann")) == {}


def test_what_students_expected_is_shown_when_it_is_paid_sorted_and_without_whose_it_was(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    code, teacher = rooms.open(small_game())
    tokens = [seats.join(code, visitor(name)) for name in ("ann", "bob", "eve")]
    rooms.advance(teacher, "choose")
    for token, expected in zip(tokens, (0.8, None, 0.2), strict=True):
        seats.move(token, {"samples": 4, "prediction": expected})
    assert rooms.teacher(teacher).predictions == ()
    go_to(rooms, store, teacher, "pay")
    assert rooms.teacher(teacher).predictions == ((0.2, 0.8),)
    assert seats.seat(tokens[0]).predictions == (0.8,) and seats.seat(tokens[1]).predictions == (None,)


def test_a_server_ends_a_room_that_nobody_closes_though_nobody_looks(
    store: RunStore, rooms: Rooms, clock: Clock
) -> None:
    rooms.open(small_game())
    clock.advance(OPEN_SECONDS + 1)

    async def until_it_is_closed() -> None:
        tidying = asyncio.create_task(keep_house(store, 0.01))
        await asyncio.to_thread(eventually, lambda: _phases(store) == ["closed"], "the room's end")
        tidying.cancel()

    in_a_loop(until_it_is_closed())


def _phases(store: RunStore) -> list[str]:
    with store.database.read() as connection:
        return [phase for (phase,) in connection.execute("SELECT phase FROM rooms")]


def test_a_room_that_nobody_closes_ends_by_itself(tmp_path: Path) -> None:
    day, ticks = Clock(), Clock()
    store = made_store(tmp_path, day, ticks)
    rooms, seats = Rooms(store), Seats(store)
    code, teacher = rooms.open(small_game())
    token = seats.join(code, visitor("ann"))
    day.advance(30 * 86_400.0)  # somebody has set the time of day, or the machine has slept
    ticks.advance(OPEN_SECONDS - 1)
    rooms.advance(teacher, "choose")  # the teacher is there
    ticks.advance(OPEN_SECONDS)
    seats.move(token, {"samples": 2})
    ticks.advance(1)
    with pytest.raises(RoomError, match="The room is closed"):
        seats.move(token, {"samples": 2})
    with pytest.raises(RoomError, match="The room is closed"):
        rooms.advance(teacher, "training")
    with pytest.raises(RoomError, match="There is no open room"):
        seats.join(code, visitor("bob"))
    assert (seats.seat(token).phase, rooms.teacher(teacher).phase, rooms.teacher(teacher).code) == (
        "closed",
        "closed",
        None,
    )
    with store.database.read() as connection:
        assert connection.execute("SELECT phase, code FROM rooms").fetchall() == [("closed", None)]
    day.advance(KEPT_SECONDS)
    rooms.open(small_game())
    with pytest.raises(RoomError, match="opens no seat"):
        seats.seat(token)
    store.close()


def test_a_room_that_was_seen_to_have_ended_does_not_begin_again_with_the_machine(rooms: Rooms, clock: Clock) -> None:
    _, teacher = rooms.open(small_game())
    clock.advance(OPEN_SECONDS + 1)
    assert rooms.teacher(teacher).phase == "closed"
    clock.now = 1.0
    assert rooms.teacher(teacher).phase == "closed"


def test_after_a_start_of_the_machine_the_clock_begins_anew_and_the_room_goes_on(
    store: RunStore, rooms: Rooms, seats: Seats, clock: Clock
) -> None:
    code, teacher = rooms.open(small_game())
    token = seats.join(code, visitor("ann"))
    clock.now = 5.0
    assert rooms.teacher(teacher).seats[0].is_here
    clock.advance(31)
    assert not rooms.teacher(teacher).seats[0].is_here
    assert seats.seat(token).phase == "lobby" and rooms.teacher(teacher).seats[0].is_here
    clock.advance(OPEN_SECONDS + 1)
    assert rooms.teacher(teacher).phase == "closed"


def test_a_run_that_is_refused_leaves_the_room_as_it_is(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    def refuse(*_: object) -> str:
        raise JobError("too long for this server")

    _, teacher = rooms.open(small_game())
    go_to(rooms, store, teacher, "choose")
    with pytest.raises(JobError, match="too long"):
        Rooms(store, refuse).advance(teacher, "training")
    assert rooms.teacher(teacher).phase == "choose" and rooms.teacher(teacher).run_id is None


def test_a_run_that_was_left_is_asked_for_once_more(store: RunStore, rooms: Rooms, clock: Clock) -> None:
    _, teacher = rooms.open(small_game())
    go_to(rooms, store, teacher, "training")
    run_id = rooms.teacher(teacher).run_id

    def supervise(seconds: float) -> None:
        for _ in range(int(seconds / 4)):
            clock.advance(4.0)
            store.expire()

    supervise(100)
    rooms.teacher(teacher)  # somebody looks
    supervise(100)
    assert store.events(str(run_id)).status == "queued"
    supervise(124)
    assert store.events(str(run_id)).status == "cancelled"
    assert rooms.train(teacher) == run_id
    go_to(rooms, store, teacher, "pay")


def test_a_move_that_comes_while_the_run_is_asked_for_is_in_it(store: RunStore, seats: Seats) -> None:
    asked = []

    def slow(scenario: object, owner: str) -> str:
        if not asked:
            seats.move(ann, {"samples": 9})
        asked.append(scenario)
        return store.submit(scenario, owner)  # type: ignore[arg-type]

    rooms = Rooms(store, slow)
    code, teacher = rooms.open(small_game())
    ann = seats.join(code, visitor("ann"))
    rooms.advance(teacher, "choose")
    rooms.advance(teacher, "training")
    assert [one.agents[0].shard_size for one in asked] == [10, 9]  # type: ignore[attr-defined]
    assert rooms.teacher(teacher).run_id == asked[1].scenario_id  # type: ignore[attr-defined]


def test_what_is_damaged_in_the_store_is_left_out(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    code, teacher = rooms.open(small_game())
    token = seats.join(code, visitor("ann"))
    go_to(rooms, store, teacher, "choose")
    seats.move(token, {"samples": 5})
    with store.database.write() as connection:
        connection.execute("UPDATE room_answers SET answer = '{'")
    assert seats.seat(token).move is None
    go_to(rooms, store, teacher, "training")
    with store.database.write() as connection:
        connection.execute("UPDATE room_plays SET moves = '[{}]'")
    assert seats.seat(token).phase == "training" and rooms.teacher(teacher).run_id is None
    with pytest.raises(RoomError, match="damaged in the server's store: close the room"):
        rooms.advance(teacher, "pay")
    with store.database.write() as connection:
        connection.execute("UPDATE rooms SET game = '{'")
    with pytest.raises(RoomError, match="opens no room"):
        rooms.teacher(teacher)


def test_bots_alone_play_a_game_that_a_servers_worker_trains(tmp_path: Path) -> None:
    with JobRunner(tmp_path / "runs.sqlite", n_workers=1) as runner:
        rooms = Rooms(runner.store, runner.submit)
        game = small_game(bots=("honest", "miser", "free_rider", "echo"))
        _, teacher = rooms.open(game)
        rooms.advance(teacher, "choose")
        rooms.advance(teacher, "training")
        run_id = str(rooms.teacher(teacher).run_id)
        eventually(lambda: runner.store.events(run_id).is_finished, "the run")
        rooms.advance(teacher, "pay")
        (paid,) = rooms.teacher(teacher).paid
    scenario = game.played(tuple(game.bot_move(agent) for agent in range(4)), game.rules[0])
    assert run_id == scenario.scenario_id and paid.results == results_of(run(scenario), 4)


def test_codes_are_six_letters_that_nobody_takes_for_others() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200 and all(len(code) == 6 and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("AEIOUYLSN0123456789")
    assert typed_code("bcd-fgh ") == "BCDFGH"


_MOVER = """
import sys
from tests.rooms.rooms import made_store
from tests.runs.helpers import Clock
from tests.ui.asgi import in_a_loop
from cgs_core.rooms import Seats
from pathlib import Path
seats = Seats(made_store(Path(sys.argv[1]), Clock()))
for number in range(1, 10_000):
    seats.move(sys.argv[2], {"samples": 2, "prediction": number / 10_000})
    print(number, flush=True)
"""


def test_a_kill_loses_no_move_that_was_acknowledged(store: RunStore, rooms: Rooms, seats: Seats, root: Path) -> None:
    code, teacher = rooms.open(small_game())
    token = seats.join(code, visitor("ann"))
    go_to(rooms, store, teacher, "choose")
    for n_lines in (1, 7):
        command = [sys.executable, "-c", _MOVER, str(store.path.parent), token]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as mover:
            assert mover.stdout is not None
            lines = [int(mover.stdout.readline()) for _ in range(n_lines)]
            mover.send_signal(signal.SIGKILL)
            lines += [int(line) for line in mover.stdout.read().split()]
        move = seats.seat(token).move
        assert move is not None and move.prediction is not None
        assert move.prediction * 10_000 == pytest.approx(lines[-1]) or move.prediction * 10_000 == pytest.approx(
            lines[-1] + 1
        )
