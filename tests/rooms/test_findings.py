"""What is said and drawn of a teacher's questions follows the numbers."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from cgs_core.rooms import Gain, Move, UnderRule, gains_of, play_on
from cgs_core.rooms.best_responses import Moves
from cgs_core.rooms.findings import (
    gains_figure,
    gains_words,
    move_text,
    path_figure,
    path_words,
    rule_figure,
    rule_words,
)
from cgs_core.rooms.playing import Result
from tests.rooms.rooms import small_game

GAME = small_game(n_agents=2, sizes=(2, 4), coins=8, clean_price=2, cheap_price=2, conducts=("honest",))


def _pennies(moves: Moves) -> tuple[float, float]:
    return (51.0, 50.0) if moves[0].samples == moves[1].samples else (50.0, 51.0)


def test_a_move_in_a_few_words() -> None:
    moves = [Move(9), Move(9, True), Move(2, True, "free_rider"), Move(2, conduct="copy"), Move(9, conduct="split")]
    assert [move_text(move) for move in moves] == [
        "9 clean",
        "9 cheap",
        "2 cheap, free rider",
        "a copy",
        "9 clean, in two",
    ]


def test_gains_are_drawn_from_what_was_had_and_said_with_the_tests_error() -> None:
    gains = (
        Gain(0, Move(4), 60.0, ((Move(2), 63.5),)),
        Gain(1, Move(2), 70.0, ((Move(4), 70.2),)),
    )
    hollow, filled = (trace["x"] for trace in gains_figure(gains)["data"][1:3])
    assert (hollow, filled) == ([60.0, 70.0], [63.5, 70.0])
    assert gains_figure(gains)["data"][3]["text"][1].endswith("its own is best")
    words = gains_words(GAME, gains)
    assert (
        words.startswith("1 of 2 agents could have gained")
        and "Agent 1, +3.5 points with 2 clean instead of 4 clean" in words
    )
    assert "within the test's own error" in words  # of 36 wines
    clear = gains_words(GAME, (Gain(0, Move(4), 10.0, ((Move(2), 95.0),)),))
    assert "own error" not in clear
    assert "an equilibrium among them" in gains_words(GAME, gains[1:])


def test_a_path_is_drawn_turn_by_turn_and_says_how_it_ends() -> None:
    cycle = play_on(GAME, (Move(4), Move(4)), _pennies)
    figure = path_figure(GAME, cycle)
    assert figure is not None and "the moves come again" in path_words(cycle)
    assert figure["data"][0]["text"] == [
        ["4 clean", "4 clean", "<b>2 clean</b>", "<b>4 clean</b>"],
        ["4 clean", "<b>2 clean</b>", "<b>4 clean</b>", "4 clean"],
    ]
    assert path_figure(GAME, play_on(GAME, (Move(4), Move(4)), lambda _: None)) is None
    still = play_on(GAME, (Move(4), Move(4)), lambda _: (50.0, 50.0))
    assert path_words(still).startswith("Nobody changes")


@pytest.mark.parametrize("n_agents", [2, 30, 50])
def test_pictures_of_many_agents_are_plain_json_that_plotly_takes_and_can_be_read_aloud(n_agents: int) -> None:
    game = small_game(n_agents=n_agents, sizes=(2, 4), conducts=("honest",))

    def payoffs(moves: Moves) -> list[float]:
        return [50 + agent % 7 - move.samples for agent, move in enumerate(moves)]

    start = (Move(4),) * n_agents
    gains, path = gains_of(game, start, payoffs), play_on(game, start, payoffs)
    assert gains is not None and path.end == "equilibrium"
    for figure, words in ((gains_figure(gains), "more, up to +2.0"), (path_figure(game, path), "an equilibrium")):
        assert figure is not None
        drawn = json.loads(json.dumps(figure, allow_nan=False))
        go.Figure(data=drawn["data"], layout=drawn["layout"])
        assert words in figure["layout"]["meta"]["alt"] and figure["layout"]["meta"]["narrow"]["min_width"] <= 560


@pytest.mark.parametrize(
    ("after", "words"), [(0.5, "nobody's model is better or worse"), (0.9, "Agent 1 a better model")]
)
def test_another_rule_is_said_to_pay_more_only_beyond_the_tests_error(after: float, words: str) -> None:
    def under(name: int, accuracy: float) -> UnderRule:
        results = (Result(0.0, 1.0, 0.4, accuracy), Result(0.0, 1.0, 0.4, 0.5))
        return UnderRule(GAME.rules[name], "", results, None, not name)

    played, other = under(0, 0.45), under(1, after)
    assert words in rule_words(GAME, played, other)
    figure = rule_figure(played, other)
    assert figure is not None and np.allclose(figure["data"][2]["x"], [100 * after, 50])
    missing = UnderRule(GAME.rules[1], "", None, None, False)
    assert rule_figure(played, missing) is None and rule_words(GAME, played, missing) == ""
