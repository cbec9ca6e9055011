"""The Nash question: against trying everything, and of moves that are really trained in the store."""

from __future__ import annotations

import zlib
from dataclasses import replace
from itertools import product

import pytest

from cgs_core import run
from cgs_core.errors import JobError
from cgs_core.records import Trace
from cgs_core.records.ending import Ending
from cgs_core.rooms import Game, Move, Questions, RoomError, Rooms, Seats, alternatives, gains_of, play_on
from cgs_core.rooms.best_responses import LEAST_GAIN, MOST_RUNS, Moves, most_runs_of_path, wanted_for_gains
from cgs_core.rooms.playing import accuracies_of, results_of
from cgs_core.runs import RunStore
from cgs_core.scenario import Scenario
from tests.rooms.rooms import ending, go_to, small_game, train, visitor
from tests.runs.helpers import Clock

GAME = small_game(n_agents=3, sizes=(2, 5, 10), conducts=("honest", "echo"))
START = (Move(10), Move(5), Move(2, True, "echo", 0.5))


def _made_up(seed: int) -> dict[Moves, tuple[float, ...]]:
    """Payoffs of every three moves of these: whole points, so that some are equal."""
    every = {*alternatives(GAME, Move(10)), Move(10), Move(5)}
    return {
        moves: tuple(float(zlib.crc32(repr((seed, agent, moves)).encode()) % 7) for agent in range(3))
        for moves in product(every, repeat=3)
    }


def test_alternatives_are_few_allowed_and_never_the_move_itself() -> None:
    assert alternatives(GAME, Move(10)) == (Move(2, True), Move(2, True, "echo"), Move(10, True), Move(5))
    assert Move(10) in alternatives(GAME, Move(5)) and Move(5) not in alternatives(GAME, Move(5))
    everything = small_game(conducts=("honest", "copy", "split"))
    assert alternatives(everything, Move(3, conduct="copy"))[:2] == (Move(2, True), Move(10, conduct="split"))
    for n_agents in (2, 30, 50):
        game = small_game(n_agents=n_agents, conducts=("honest", "echo", "copy", "sign_flipper", "free_rider"))
        moves = (game.default_move,) * n_agents
        assert n_agents < len(wanted_for_gains(game, moves)) <= MOST_RUNS + 1
        for move in alternatives(game, moves[0]):
            assert game.checked(vars(move)) == move


@pytest.mark.parametrize("seed", range(12))
def test_gains_and_the_end_of_the_path_are_those_of_trying_everything(seed: int) -> None:
    table = _made_up(seed)

    def best_gain(moves: Moves, agent: int) -> float:
        tried = [(*moves[:agent], other, *moves[agent + 1 :]) for other in alternatives(GAME, moves[agent])]
        return max(table[one][agent] for one in tried) - table[moves][agent]

    start = (Move(10), Move(5), Move(2, True))
    found = gains_of(GAME, start, table.get)
    assert found is not None
    assert [one.gain for one in found] == [max(0.0, best_gain(start, agent)) for agent in range(3)]
    path = play_on(GAME, start, table.get, most_passes=20)
    moves = start
    for step in path.steps:
        assert step.gain == best_gain(moves, step.agent) >= LEAST_GAIN and step.agent == step.turn % 3
        changed = [agent for agent in range(3) if step.moves[agent] != moves[agent]]
        assert changed == [step.agent] and step.payoffs == table[step.moves]
        moves = step.moves
    is_stable = all(best_gain(moves, agent) < LEAST_GAIN for agent in range(3))
    assert (path.end == "equilibrium") == is_stable and path.end in ("equilibrium", "cycle")
    if path.end == "cycle":
        assert path.cycle_from is not None
        assert [path.start, *(step.moves for step in path.steps)][path.cycle_from] == path.moves
    assert path == play_on(GAME, start, table.get, most_passes=20)


def test_pennies_go_round_for_ever() -> None:
    game = small_game(n_agents=2, sizes=(2, 4), coins=8, clean_price=2, cheap_price=2, conducts=("honest",))

    def pennies(moves: Moves) -> tuple[float, float]:
        is_alike = moves[0].samples == moves[1].samples
        return (1.0, 0.0) if is_alike else (0.0, 1.0)

    path = play_on(game, (Move(4), Move(4)), pennies)
    assert path.end == "cycle" and path.cycle_from == 0
    assert [(step.agent, step.gain) for step in path.steps] == [(1, 1.0), (0, 1.0), (1, 1.0), (0, 1.0)]
    assert play_on(game, (Move(4), Move(4)), pennies, most_passes=1).end == "longest"


def test_a_path_says_what_must_be_trained_next_and_goes_on_from_there() -> None:
    table = _made_up(3)
    known: dict[Moves, tuple[float, ...]] = {}
    start, n_asked = (Move(10), Move(5), Move(2, True)), 0
    while (path := play_on(GAME, start, known.get)).end is None:
        assert path.wanted and not set(path.wanted) & set(known)
        known |= {moves: table[moves] for moves in path.wanted}
        n_asked += len(path.wanted)
    assert path == play_on(GAME, start, table.get) and n_asked <= most_runs_of_path(GAME, start)
    assert gains_of(GAME, start, {start: table[start]}.get) is None


def test_a_coin_costs_what_the_game_says() -> None:
    game = replace(GAME, points_a_coin=0.5)
    assert game.payoff(Move(10), 0.8) == pytest.approx(80 - 10)
    assert game.payoff(Move(10, conduct="copy"), 0.8) == replace(GAME, points_a_coin=0).payoff(Move(10), 0.8) == 80


def _paid(rooms: Rooms, seats: Seats, store: RunStore, game: Game) -> tuple[str, str]:
    """A teacher and a student of a room whose first round of play was paid."""
    code, teacher = rooms.open(game)
    ann = seats.join(code, visitor("ann"))
    go_to(rooms, store, teacher, "choose")
    seats.move(ann, {"samples": 5, "prediction": 0.5})
    go_to(rooms, store, teacher, "pay")
    return teacher, ann


def accuracies(scenario: Scenario) -> tuple[float, ...]:
    """Of both agents, by the worker of these tests."""
    return accuracies_of(Ending(scenario, tuple(ending(scenario))), 2)


def test_each_gain_is_that_of_runs_which_workers_train(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    game = small_game(n_agents=2, sizes=(2, 5, 10))
    teacher, ann = _paid(rooms, seats, store, game)
    questions = Questions(store)
    before = questions.gains(teacher)
    assert (before.n_done, before.n_waiting, before.gains, questions.own_gain(ann)) == (1, 0, None, None)
    asked = questions.ask_gains(teacher)
    assert asked.n_waiting == len(asked.missing) == asked.n_runs - 1
    assert questions.ask_gains(teacher).n_waiting == asked.n_waiting  # a second click
    train(store)
    found = questions.gains(teacher).gains
    assert found is not None and questions.own_gain(ann) == found[0]
    for gain in found:
        for move, payoff in gain.tried:
            moves = [Move(5), game.default_move]
            moves[gain.agent] = move
            scenario = game.played(tuple(moves), game.rules[0])
            assert payoff == game.payoff(move, accuracies(scenario)[gain.agent])
            assert store.progress([scenario.scenario_id], "") == {}  # what stands beside a run is not wanted


def test_playing_on_asks_turn_by_turn_and_ends_where_a_program_would(
    store: RunStore, rooms: Rooms, seats: Seats
) -> None:
    game = small_game(n_agents=2, sizes=(2, 5, 10), conducts=("honest",))
    teacher, _ = _paid(rooms, seats, store, game)
    questions = Questions(store)
    while (asked := questions.ask_path(teacher)).path.end is None:
        train(store)

    def payoffs(moves: Moves) -> list[float]:
        found = accuracies(game.played(moves, game.rules[0]))
        return [game.payoff(move, one) for move, one in zip(moves, found, strict=True)]

    assert asked.path == play_on(game, (Move(5), Move(10)), payoffs)


def test_the_same_moves_under_every_rule_are_trained_side_by_side(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    game = small_game()
    teacher, _ = _paid(rooms, seats, store, game)
    questions = Questions(store)
    with pytest.raises(RoomError, match="opens no room"):
        questions.rules("forged")
    assert [one.results is None for one in questions.ask_rules(teacher).rules] == [False, True, True]
    assert len(store.claim("a worker")) == 2  # at once
    store.release("a worker", died=False)
    train(store)
    told = questions.rules(teacher).rules
    moves = (Move(5), *(game.default_move,) * 3)
    assert [one.run_id for one in told] == [game.played(moves, rule).scenario_id for rule in game.rules]
    assert told[0].is_played and told[0].results == rooms.teacher(teacher).paid[0].results
    for one in told:
        trace = store.load(one.run_id)
        assert isinstance(trace, Trace) and one.results == results_of(trace, 4)
        assert one.payoffs == tuple(
            game.payoff(move, result.accuracy) for move, result in zip(moves, one.results, strict=True)
        )


def test_a_bot_that_replies_plays_what_would_have_been_best(store: RunStore, rooms: Rooms, seats: Seats) -> None:
    game = small_game(n_agents=2, sizes=(2, 5, 10), bots=("best_response",), points_a_coin=10.0)
    teacher, _ = _paid(rooms, seats, store, game)
    go_to(rooms, store, teacher, "reflect")
    rooms.advance(teacher, "choose")
    go_to(rooms, store, teacher, "pay")  # nobody has asked what would have been best
    assert rooms.teacher(teacher).paid[1].moves[1].move == game.default_move
    questions = Questions(store)
    questions.ask_gains(teacher)
    train(store)
    best = (questions.gains(teacher).gains or ())[1].best
    go_to(rooms, store, teacher, "reflect")
    rooms.advance(teacher, "choose")
    go_to(rooms, store, teacher, "pay")
    played = rooms.teacher(teacher).paid[2].moves[1]
    assert (played.move, played.by) == (best, "bot") and game.cost(best) == 0  # where coins are dear


def test_questions_are_left_when_nobody_looks_and_asked_again(
    store: RunStore, rooms: Rooms, seats: Seats, clock: Clock
) -> None:
    teacher, _ = _paid(rooms, seats, store, small_game(n_agents=2, conducts=("honest",)))
    questions = Questions(store)
    with pytest.raises(RoomError, match="No round of play was paid yet"):
        questions.gains(rooms.open(small_game())[1])
    questions.ask_gains(teacher)
    questions.stop(teacher)
    assert questions.gains(teacher).n_waiting == 0

    def refuse(*_: object, **__: object) -> list[list[str]]:
        raise JobError("too many wait")

    with pytest.raises(JobError, match="too many"):
        Questions(store, refuse).ask_gains(teacher)
    assert questions.ask_gains(teacher).n_waiting > 0


def test_a_real_game_of_two_is_that_of_trying_everything() -> None:
    game = small_game(n_agents=2, sizes=(2, 10), conducts=("honest",), points_a_coin=0.3)
    payoffs: dict[Moves, list[float]] = {}
    for moves in product([Move(2), Move(10), Move(2, True), Move(10, True)], repeat=2):
        results = results_of(run(game.played(moves, game.rules[1])), 2)
        payoffs[moves] = [game.payoff(move, one.accuracy) for move, one in zip(moves, results, strict=True)]
    path = play_on(game, (Move(10), Move(10)), payoffs.get)
    stable = [
        moves
        for moves, (first, second) in payoffs.items()
        if all(payoffs[other, moves[1]][0] < first + LEAST_GAIN for other in alternatives(game, moves[0]))
        and all(payoffs[moves[0], other][1] < second + LEAST_GAIN for other in alternatives(game, moves[1]))
    ]
    assert path.end == "equilibrium" and path.moves in stable
