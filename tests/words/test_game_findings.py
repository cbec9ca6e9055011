"""The coalition game's sentences: every number in them is counted here in another way."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.words import game_findings
from cgs_ui.game.games import Game
from cgs_ui.game.views import coalitions_csv

SMALL = Scenario(n_agents=3, n_rounds=2, n_samples=60)
ADDITIVE = np.array([0.25, 0.35, 0.45, 0.55, 0.75, 0.85, 0.95, 1.05])  # each adds 0.1, 0.2 and 0.5 to whatever there is


def game(name: str, tables: np.ndarray, agents: tuple[int, ...], **more: object) -> Game:
    unit = {"gradient": "cosine", "retrained": "accuracy", "sandbox": "worth"}[name]
    facts = {"unit": unit, "gram": None, "n_rounds": len(tables), "round_index": len(tables) - 1} | more
    return Game(name=name, scenario=None if name == "sandbox" else SMALL, tables=tables, agents=agents, **facts)


@pytest.mark.parametrize(
    ("name", "whole", "most", "least"),
    [
        ("gradient", "cosine 1.050", "Agent 7 has the largest Shapley value (+0.50)", "Agent 2 the smallest (+0.10)"),
        (
            "retrained",
            "105.0\u00a0% right; the untrained start is 25.0\u00a0% right",
            "Agent 7 has the largest Shapley value (+50.0 points)",
            "Agent 2 the smallest (+10.0 points)",
        ),
        (
            "sandbox",
            "All together are worth 1.050",
            "Agent 7 has the largest Shapley value (+0.50)",
            "Agent 2 the smallest (+0.10)",
        ),
    ],
)
def test_the_headline_names_most_and_least_by_their_numbers_in_the_scenario(
    name: str, whole: str, most: str, least: str
) -> None:
    words = game_findings.headline(game(name, ADDITIVE[np.newaxis], (1, 3, 6)))
    assert whole in words and most in words and least in words
    assert words.startswith("**Round 1:" if name != "sandbox" else "**All")


def test_a_game_of_equals_names_nobody() -> None:
    equal = np.array([bin(index).count("1") / 3 for index in range(8)])
    words = game_findings.headline(game("gradient", equal[np.newaxis], (0, 1, 2)))
    assert words.endswith("All have the same Shapley value (+0.33).") and "largest" not in words


def test_who_ties_is_named_together() -> None:
    table = np.array([sum((1, 1, 3)[agent] for agent in range(3) if index >> agent & 1) / 5 for index in range(8)])
    words = game_findings.headline(game("sandbox", table[np.newaxis], (0, 1, 2)))
    assert words.endswith("Agent 3 has the largest Shapley value (+0.60), Agents 1 and 2 the smallest (down to +0.20).")


def test_retrained_values_within_the_tests_error_are_the_same() -> None:
    table = np.array([0.1, 0.5, 0.5, 0.8, 0.5, 0.8, 0.8, 0.9]) + np.array([0, 0.01, 0, 0.01, 0, 0.01, 0, 0])
    words = game_findings.headline(game("retrained", table[np.newaxis], (0, 1, 2)))  # 6.3 points of 360 samples
    assert "All have the same Shapley value within the test's error (" in words


def test_ranks_made_of_ties_are_no_ranks() -> None:
    words = game_findings.tracking(np.array([0.1, 0.2, 0.3]), np.array([0.21, 0.20, 0.20]), 0.5, error=0.05)
    assert "number" not in words and "tells nobody apart" in words
    words = game_findings.tracking(np.array([0.1, 0.2, 0.3]), np.array([0.30, 0.29, 0.1]), -0.9, error=0.05)
    assert words.endswith("Agent 3: number 3 of 3 by retraining, number 1 by CGSV.")
    words = game_findings.tracking(np.array([0.2, 0.1, 0.3]), np.array([0.20, 0.21, 0.5]), 0.9, error=0.05)
    assert words.endswith("Both put the agents in the same order, but for ties.")


def test_no_weakness_is_named_where_the_most_useful_agent_ties() -> None:
    cgsv, retrained = np.array([0.1, 0.4, 0.5]), np.array([0.21, 0.2, 0.2])
    assert game_findings.tracking_warning(cgsv, retrained) is not None
    assert game_findings.tracking_warning(cgsv, retrained, error=0.05) is None


def test_who_is_alone_has_all() -> None:
    words = game_findings.headline(game("gradient", np.array([[0.0, 1.0]]), (4,)))
    assert "Agent 5 is alone" in words and "largest" not in words


def count_trainings(monkeypatch: pytest.MonkeyPatch, play: Callable[[Scenario], object]) -> int:
    """Local trainings a round, counted where they are made."""
    counted = []
    train = DenseNet.train

    def counting(net: DenseNet, params: np.ndarray, *more: object) -> np.ndarray:
        counted.append(len(params))
        return train(net, params, *more)

    with monkeypatch.context() as patch:
        patch.setattr(DenseNet, "train", counting)
        play(SMALL)
    n_trainings, rest = divmod(sum(counted), SMALL.n_rounds)
    assert rest == 0
    return n_trainings


def test_the_cost_of_retraining_is_what_the_engine_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    of_the_game, of_the_run = count_trainings(monkeypatch, retrained_game), count_trainings(monkeypatch, run)
    words = game_findings.retraining_cost(SMALL)
    assert f"the retrained game of 3 agents has {len(retrained_game(SMALL).values()) - 1} coalitions" in words.lower()
    assert f"{of_the_game:,} local trainings a round" in words
    times = float(re.findall(r"about ([\d,.]+) times", words)[0].replace(",", ""))
    assert times == pytest.approx(of_the_game / of_the_run, abs=0.5)


@pytest.mark.parametrize(("seconds", "of_a_run"), [(8.0, 99.0), (None, 8.0 / (2**5 / 3))])
def test_the_retrained_game_says_what_it_will_cost(seconds: float | None, of_a_run: float) -> None:
    words = game_findings.retraining_offer(6, seconds, of_a_run)
    assert words == "Retrained: 63 coalitions, about 8 s here."
    assert game_findings.retraining_offer(6, None, None) == "Retrained: 63 coalitions."


def test_too_many_agents_are_counted() -> None:
    assert "17 agents form 131,072 coalitions" in game_findings.too_many(17)


@pytest.mark.parametrize(
    ("cgsv", "retrained", "pearson", "words"),
    [
        (
            [0.2, 0.3, 0.5],
            [0.1, 0.2, 0.7],
            0.987,
            "Pearson correlation r = 0.99 over 3 agents. Both put the agents in the same order.",
        ),
        ([0.5, 0.3, 0.2], [0.1, 0.2, 0.7], -0.96, "Agent 1: number 3 of 3 by retraining, number 1 by CGSV."),
        ([0.3, 0.3, 0.4], [0.3, 0.3, 0.4], None, "The correlation is undefined: one side is nearly constant."),
    ],
    ids=["same order", "opposite orders", "undefined"],
)
def test_the_disagreement_is_named(
    cgsv: list[float], retrained: list[float], pearson: float | None, words: str
) -> None:
    assert words in game_findings.tracking(np.array(cgsv), np.array(retrained), pearson)


def test_a_file_of_all_coalitions_has_every_round_and_its_numbers() -> None:
    tables = np.array([ADDITIVE, ADDITIVE / 3])
    rows = list(csv.reader(io.StringIO(coalitions_csv(game("retrained", tables, (1, 3, 6))))))
    assert rows[0] == ["round", "coalition", "value"]
    names = ["", "2", "4", "2+4", "7", "2+7", "4+7", "2+4+7"]
    assert [row[:2] for row in rows[1:]] == [[number, name] for number in ("1", "2") for name in names]
    assert [float(row[2]) for row in rows[1:]] == tables.ravel().tolist()


def test_a_file_of_one_computed_round_says_which() -> None:
    one_of_three = game("gradient", ADDITIVE[np.newaxis], (0, 1, 2), n_rounds=3, round_index=1)
    rows = list(csv.reader(io.StringIO(coalitions_csv(one_of_three))))
    assert {row[0] for row in rows[1:]} == {"2"} and len(rows) == 9
