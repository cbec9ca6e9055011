"""What the coalition game's page says of a game: never one game's numbers under the other's name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cgs_core import Scenario, Trace, run
from cgs_core.records.game import GameRecord, RetrainedGame
from cgs_core.words import game_findings
from cgs_ui.game.games import Game
from cgs_ui.game.views import _shapley_of_all

SCENARIO = Scenario(n_agents=2, n_rounds=2)
TABLES = np.array([[0.1, 0.4, 0.5, 0.7], [0.1, 0.5, 0.6, 0.8]])


@pytest.fixture(scope="module")
def trace() -> Trace:
    return run(SCENARIO)


def game(name: str) -> Game:
    return Game(name, SCENARIO, TABLES, (0, 1), "accuracy", None, 2, round_index=0)


def test_before_somebody_left_is_of_the_same_game_and_round(trace: Trace):
    retrained = RetrainedGame(SCENARIO, tuple(GameRecord(index, table, table) for index, table in enumerate(TABLES)))
    assert trace.contribution_exact is not None
    assert _shapley_of_all(trace, game("retrained"), retrained) == pytest.approx([0.25, 0.35])
    assert _shapley_of_all(trace, game("gradient"), retrained) == pytest.approx(trace.contribution_exact[0])


def test_an_unfinished_retrained_game_does_not_borrow_the_gradient_games_values(trace: Trace):
    assert _shapley_of_all(trace, game("retrained"), None) is None


def test_updates_that_cancel_are_not_called_the_shared_update():
    words = game_findings.headline(replace(game("gradient"), tables=np.zeros((2, 4)), unit="cosine"))
    assert "every coalition is worth 0" in words and "cancel" not in words and "update itself" not in words


def test_the_weakness_is_named_where_the_most_useful_agent_is_valued_least():
    retrained = np.array([0.1, 0.1, 0.5])
    assert "Agent 3 adds most" in (game_findings.tracking_warning(np.array([0.4, 0.4, 0.2]), retrained) or "")
    assert game_findings.tracking_warning(np.array([0.2, 0.3, 0.5]), retrained) is None
