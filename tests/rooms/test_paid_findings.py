"""What is said and drawn of what was paid follows the numbers: effort, expectations, welfare."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from cgs_core.figures.runs.room_effort import room_effort_figure
from cgs_core.figures.style import Figure
from cgs_core.rooms import Move, PaidMove, PaidPlay, Result, Rule
from cgs_core.rooms.paid_findings import (
    effort_figure,
    effort_words,
    expected_figure,
    expected_words,
    welfare_figure,
    welfare_words,
)
from tests.rooms.rooms import small_game

GAME = small_game(n_agents=4, points_a_coin=0.1)


def play(coins: list[int], pays: list[float], accuracies: list[float], rule: str = "CGSV") -> PaidPlay:
    """Of four agents, the last a bot."""
    moves = [PaidMove(Move(2), cost, "bot" if agent == 3 else "moved") for agent, cost in enumerate(coins)]
    results = [Result(0.5, pay, 0.3, accuracy) for pay, accuracy in zip(pays, accuracies, strict=True)]
    return PaidPlay(0, Rule(rule, "cgsv"), "r" * 12, tuple(moves), tuple(results))


PAID = play([20, 20, 4, 4], [1.0, 0.6, 0.4, 0.2], [0.9, 0.8, 0.7, 0.6])


def test_effort_is_told_by_the_pay_of_those_who_spent_most_and_least() -> None:
    assert effort_words(PAID) == "2 spent 20 coins and got 80 % on average; 2 spent 4 coins and got 30 %."
    alike = play([20, 20, 4, 4], [1.0] * 4, [0.9] * 4)
    assert effort_words(alike) == "All were paid 100 %, whether they spent 4 coins or 20."
    assert effort_words(play([4] * 4, [1.0] * 4, [0.9] * 4)) == "All were paid 100 %."
    assert (
        effort_words(play([4] * 4, [1.0, 0.5, 0.5, 0.5], [0.9] * 4))
        == "All spent 4 coins, and were paid 50 % to 100 %."
    )


def test_each_agent_is_a_mark_with_its_number_in_the_column_of_its_coins() -> None:
    means, marks = effort_figure(PAID)["data"]
    assert [round(x) for x in marks["x"]] == [0, 0, 1, 1] and marks["y"] == [0.4, 0.2, 1.0, 0.6]
    assert [text.strip() for text in marks["text"]] == ["3", "4", "1", "2"]
    assert [text for text in means["text"] if text.strip()] == ["30 %", "80 %"]
    assert all(means["text"]) and all(marks["text"])  # of empty ones Plotly loses others when it draws anew


@pytest.mark.parametrize("n_agents", [1, 5, 30, 50])
def test_marks_of_one_height_stand_side_by_side_in_their_column_and_none_is_without_a_name(n_agents: int) -> None:
    figure = room_effort_figure(np.repeat([4, 20], n_agents)[:n_agents], np.ones(n_agents))
    marks = figure["data"][1]
    assert len(set(marks["x"])) == n_agents  # none hides another
    assert all(-0.5 <= x <= 0.5 for x in marks["x"])
    named = " ".join(note["text"] for note in figure["layout"].get("annotations", ()))
    assert all(marks["text"]) or re.search(rf"Agents 1 to {n_agents}\b", named)


def test_expectations_are_counted_to_the_nearest_fifth_beside_what_students_were_paid() -> None:
    said, paid = expected_figure(PAID, (0.4, 0.4, 0.8))["data"]
    assert said["y"] == [0, 0, 2, 0, 1, 0]
    assert paid["y"] == [0, 0, 1, 1, 0, 1]  # the bot's is not among them
    assert said["marker"]["pattern"]["shape"] and not paid["marker"]["pattern"]["shape"]
    words = expected_words(PAID, (0.4, 0.4, 0.8))
    assert words == "3 students expected 53 % on average; the 3 agents of students were paid 67 %."
    assert expected_words(PAID, ()) == ""
    alone = replace(PAID, moves=PAID.moves[:1] + tuple(replace(move, by="bot") for move in PAID.moves[1:]))
    assert expected_words(alone, (0.8,)) == "1 student expected 80 % on average; the student's agent was paid 100 %."
    assert [bar["name"] for bar in expected_figure(alone, (0.8,))["data"]] == [
        "expected, by 1 student",
        "paid, to 1 agent",
    ]
    bots = replace(PAID, moves=tuple(replace(move, by="bot") for move in PAID.moves))
    assert expected_words(bots, (0.4,)) == ""


def test_welfare_is_the_mean_and_the_lowest_payoff_and_says_what_the_test_can_tell() -> None:
    before = play([20] * 4, [1.0] * 4, [0.9, 0.8, 0.7, 0.6], "FedAvg")
    means, lowest = welfare_figure(GAME, (before, PAID))["data"]
    coins = GAME.points_a_coin * GAME.cost(Move(2))  # a payoff counts the move's coins
    assert means["y"] == [pytest.approx(75 - coins)] * 2 and lowest["y"] == [pytest.approx(60 - coins)] * 2
    assert means["line"]["dash"] != lowest["line"]["dash"] and means["marker"]["symbol"] != lowest["marker"]["symbol"]
    words = welfare_words(GAME, (before, PAID))
    assert "the models' part is 0.0, within the test's own error" in words and words.startswith("From FedAvg to CGSV")
    worse = play([20] * 4, [1.0] * 4, [0.2, 0.1, 0.1, 0.1])
    assert "the models' part is −62.5, more than the test's own error" in welfare_words(GAME, (before, worse))


@pytest.mark.parametrize(
    "figure", [effort_figure(PAID), expected_figure(PAID, (0.4,)), welfare_figure(GAME, (PAID, PAID))]
)
def test_figures_are_plotlys_and_have_words(figure: Figure) -> None:
    go.Figure(json.loads(json.dumps(figure)))
    assert figure["layout"]["meta"]["alt"].endswith(".")
    assert figure["layout"]["height"] <= 430  # with its words on a projector of 1024 x 768
