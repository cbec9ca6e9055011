"""What moves make of a scenario, what they cost, and which is whose: against what is written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import run
from cgs_core.data import federated_data
from cgs_core.errors import ScenarioError
from cgs_core.rooms import READY_GAMES, Game, Move, Rule, dealt
from cgs_core.rooms.game import game_of
from cgs_core.rooms.playing import Seat, SeatMove, moves_of, results_of
from cgs_core.scenario import Agent, Scenario
from tests.rooms.rooms import small_game

GAME = small_game()
FEDAVG, CGSV, GENEROUS = GAME.rules


def test_each_move_is_an_agent_and_a_shell_comes_after_all() -> None:
    moves = (Move(3), Move(4, is_cheap=True), Move(5, conduct="split"), Move(6, conduct="echo"))
    assert GAME.played(moves, CGSV) == Scenario(
        dataset="wine",
        model="logistic",
        split="uniform",
        n_rounds=1,
        n_agents=5,
        agents=(
            Agent(shard_size=3),
            Agent(shard_size=4, label_noise=0.4),
            Agent(shard_size=5),
            Agent(shard_size=6, conduct="echo"),
            Agent(shell_of=2),
        ),
    )
    data = federated_data(GAME.played(moves, CGSV))
    assert [len(shard.labels) for shard in data.shards] == [3, 4, 3, 6, 2]


@pytest.mark.parametrize(
    ("copiers", "sources"),
    [
        ((0,), {0: 1}),
        ((3,), {3: 0}),
        ((1, 2), {1: 3, 2: 3}),
        ((2, 3), {2: 0, 3: 0}),
        ((0, 1, 2, 3), {1: 0, 2: 0, 3: 0}),
    ],
)
def test_who_copies_a_copier_has_what_that_one_copies(copiers: tuple[int, ...], sources: dict[int, int]) -> None:
    moves = tuple(Move(5, conduct="copy" if index in copiers else "honest") for index in range(4))
    agents = GAME.played(moves, CGSV).full_agents
    assert {index: agent.copy_of for index, agent in enumerate(agents) if agent.copy_of is not None} == sources


def test_a_rule_changes_the_mechanism_alone() -> None:
    moves = (Move(3),) * 4
    fedavg, cgsv, generous = (GAME.played(moves, rule) for rule in GAME.rules)
    assert (fedavg.reward_rule, cgsv.reward_rule, generous.altruism_degree) == ("full", "sparsified", 20.0)
    assert cgsv.replace(altruism_degree=20.0) == generous and cgsv.agents == fedavg.agents


def test_samples_cost_coins_and_a_copy_costs_none() -> None:
    assert [GAME.cost(move) for move in (Move(7), Move(7, is_cheap=True), Move(7, conduct="copy"))] == [14, 7, 0]
    assert GAME.default_move == Move(10) and GAME.checked({"samples": 11, "is_cheap": True}) == Move(11, True)
    with pytest.raises(ScenarioError, match="samples: may cost 20 coins; got 22"):
        GAME.checked({"samples": 11})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "samples: must be one of 2, 3"),
        (None, "move: a move's fields by name"),
        ({"samples": 2.0}, "samples: must be one of"),
        ({"samples": True}, "samples: must be one of"),
        ({"samples": 2, "is_cheap": 1}, "is_cheap: must be true or false; got 1"),
        ({"samples": 2, "conduct": "private"}, "conduct: must be one of honest"),
        ({"samples": 2, "conduct": ["echo"]}, "conduct: must be one of"),
        ({"samples": 2, "prediction": 1.5}, "prediction: must be a number from 0 to 1"),
        ({"samples": 2, "prediction": float("nan")}, "prediction: must be"),
        ({"samples": 2, "agent": 3}, "move: samples, is_cheap, conduct and prediction"),
    ],
)
def test_a_move_that_is_none_is_told(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        GAME.checked(fields)


def test_bots_play_what_they_are_called_and_share_out_the_agents() -> None:
    game = small_game(n_agents=6, bots=("honest", "miser", "free_rider", "echo"))
    moves = [Move(10), Move(2, True), Move(2, True, "free_rider"), Move(2, True, "echo"), Move(10), Move(2, True)]
    assert [(one.move, one.by) for one in moves_of(game, [], [], 0)] == [(move, "bot") for move in moves]
    there = [Seat(0, 2, "there", "", 0.0)]  # of a student who has never moved nobody says that it rides free
    assert moves_of(game, there, [], 0)[2].move == Move(10)
    assert small_game(bots=("bulk_buyer",)).bot_move(0) == Move(11, True)
    assert small_game(bots=("miser",), cheap_price=2).bot_move(0) == Move(2)
    assert game_of(game.to_json()) == game and '"bots"' in game.to_json()
    assert game_of(GAME.to_json().replace(', "bots": ["honest"]', "")) == GAME  # as it was kept before there were any


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bots": ()}, "bots: at least one"),
        (
            {"bots": ("echo",), "conducts": ("honest",)},
            "bots: at least one of .* honest, miser, bulk_buyer, best_response; got",
        ),
        ({"sizes": (1, 2)}, "sizes: whole numbers of at least 2"),
        ({"sizes": (4, 3)}, "sizes"),
        ({"sizes": (2, 200)}, "shard_size: must be at most 142"),
        ({"coins": 3}, "coins: at least 4"),
        ({"clean_price": -1}, "clean_price: a whole number from 0"),
        ({"points_a_coin": -1}, "points_a_coin: a number of points from 0 to 10"),
        ({"cheap_noise": 2}, "cheap_noise: a number from 0 to 1"),
        ({"conducts": ("echo",)}, "conducts: 'honest'"),
        ({"conducts": ("honest", "split"), "n_agents": 26}, "n_agents"),
        ({"options": ("yes",)}, "options: at least two"),
        ({"open_questions": ("", "b")}, r"open_questions\[0\]"),
    ],
)
def test_a_game_that_cannot_be_played_is_told(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        small_game(**fields)  # type: ignore[arg-type]


def test_what_agents_do_is_not_dealt_but_their_classes_and_noise_are() -> None:
    scenario = Scenario(agents=(Agent(classes=(1,), conduct="echo", shard_size=9), Agent(copy_of=0, label_noise=0.2)))
    rules = (Rule("CGSV", "cgsv"),)
    with pytest.raises(ScenarioError, match=r"scenario\.agents\[0\]: dealt classes and noise alone"):
        Game("A game", scenario, rules)
    game = Game("A game", dealt(scenario, 3), rules)
    assert game.n_agents == 3 and game.scenario.agents == (Agent(classes=(1,)), Agent(label_noise=0.2))
    assert game.played((Move(25),) * 3, rules[0]).agents[0] == Agent(classes=(1,), shard_size=25)


@pytest.mark.parametrize("name", READY_GAMES)
def test_ready_games_are_played_by_two_and_by_fifty_and_nobody_need_hold_anothers_sample(name: str) -> None:
    assert [READY_GAMES[name](n_agents).n_agents for n_agents in (2, 50)] == [2, 50]
    game = READY_GAMES[name](10)
    assert game_of(game.to_json()) == game
    shards = federated_data(game.played((Move(game.sizes[-1]),) * 10, game.rules[0])).shards
    if not game.scenario.agents:
        rows = np.concatenate([shard.source_index for shard in shards])
        assert len(np.unique(rows)) == len(rows) == 2000


def test_what_is_no_game_is_told() -> None:
    for text in ("", "[]", "{}", GAME.to_json().replace('"title"', '"name"')):
        with pytest.raises(ScenarioError, match="game: a game as it was saved"):
            game_of(text)


def test_the_latest_move_of_an_agents_seats_counts() -> None:
    seats = [
        Seat(0, 0, None, "", 0.0),  # left, after it had moved now
        Seat(1, 0, "there", "", 0.0),
        Seat(2, 1, "there", "", 0.0),
        Seat(3, 2, "there", "", 0.0),
    ]
    made = [
        SeatMove(0, 1, 1, Move(2)),
        SeatMove(0, 2, 2, Move(4)),
        SeatMove(1, 0, 3, Move(3)),
    ]
    played = moves_of(GAME, seats, made, play=1)
    assert [(one.move.samples, one.by, one.seat) for one in played] == [
        (3, "kept", 0),
        (4, "kept", 2),
        (10, "default", None),
        (10, "bot", None),
    ]
    made.insert(0, SeatMove(1, 1, 4, Move(6)))
    assert (moves_of(GAME, seats, made, 1)[0].by, moves_of(GAME, seats, made, 1)[0].move) == ("moved", Move(6))


def test_who_split_in_two_is_worth_both_and_has_the_better_model() -> None:
    scenario = GAME.played((Move(3), Move(10, conduct="split"), Move(4), Move(5)), CGSV).replace(n_rounds=4)
    trace = run(scenario)
    worth, pay = trace.stack("contribution"), trace.stack("reward_ratio")
    last = trace.rounds[-1]
    results = results_of(trace, 4)
    assert len(results) == 4
    assert results[0].worth == pytest.approx(sum(worth[:, 0]) / 4) and results[0].accuracy == last.accuracy[0]
    assert results[1].worth == pytest.approx(sum(worth[:, 1] + worth[:, 4]) / 4)
    assert results[1].pay == pytest.approx(sum(pay[:, 1] + pay[:, 4]) / 8)
    assert results[1].accuracy_alone == max(last.standalone_accuracy[1], last.standalone_accuracy[4])
