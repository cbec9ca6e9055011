"""The textbook games: their closed forms against the general computation, and against published numbers."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pytest

from cgs_core.contribution import (
    CLASSIC_GAMES,
    ClassicGame,
    airport_game,
    glove_game,
    shapley_values,
    unanimity_game,
    voting_game,
)


def _agrees(game: ClassicGame) -> None:
    np.testing.assert_allclose(shapley_values(game.values), game.shapley, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_left", range(1, 6))
@pytest.mark.parametrize("n_right", range(1, 6))
def test_gloves(n_left: int, n_right: int) -> None:
    _agrees(glove_game(n_left, n_right))


def test_gloves_in_numbers() -> None:
    """2/3 and 1/6 in any textbook; two against three: 39/60 and 14/60 by counting."""
    np.testing.assert_allclose(glove_game(1, 2).shapley, [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    np.testing.assert_allclose(glove_game(2, 3).shapley, [39 / 60] * 2 + [14 / 60] * 3, atol=1e-15)
    np.testing.assert_allclose(glove_game(2, 2).shapley, [0.5] * 4, atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_airport_in_any_order_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _agrees(airport_game([float(cost) for cost in rng.integers(0, 6, size=3 + seed)]))


def test_airport_in_numbers() -> None:
    """The first 8 are shared by four, the next 3 by three, the next 2 by two: costs 2, 3, 4 and 9."""
    game = airport_game([8, 11, 13, 18])
    np.testing.assert_allclose(game.shapley, [8 - 2, 11 - 3, 13 - 4, 18 - 9], atol=1e-14)
    assert game.values[0b0011] == 8 and game.values[0b1100] == 13 and game.values[-1] == 50 - 18


@pytest.mark.parametrize(
    ("quota", "weights"),
    [
        (51, [50, 49, 1]),
        (3, [1, 1, 1, 1, 1]),
        (5, [2, 0, 3, 1, 4]),
        (1, [2, 1]),
        (9, [4, 3, 2]),
        (12, [4, 4, 4, 2, 2, 1]),
    ],
)
def test_voting(quota: int, weights: list[int]) -> None:
    game = voting_game(quota, weights)
    _agrees(game)
    wins = np.zeros(len(weights))
    orders = list(permutations(range(len(weights))))
    for order in orders:
        votes = np.cumsum([weights[agent] for agent in order])
        wins[order[int(np.argmax(votes >= quota))]] += 1
    np.testing.assert_allclose(game.shapley, wins / len(orders), rtol=0, atol=1e-12)


def test_council_of_1958() -> None:
    """The EEC's Council, 12 of 17 votes: 14, 14, 14, 9, 9 and 0 sixtieths (Luxembourg never decides)."""
    np.testing.assert_allclose(
        voting_game(12, [4, 4, 4, 2, 2, 1]).shapley, np.array([14, 14, 14, 9, 9, 0]) / 60, rtol=0, atol=1e-15
    )


@pytest.mark.parametrize("carrier", [(0,), (2, 0), (1, 2, 3)])
def test_unanimity(carrier: tuple[int, ...]) -> None:
    game = unanimity_game(4, carrier)
    _agrees(game)
    assert game.values.sum() == 2 ** (4 - len(carrier))


def test_menu() -> None:
    assert 4 <= len(CLASSIC_GAMES) <= 6
    for name, game in CLASSIC_GAMES.items():
        assert game.name == name and re.fullmatch(r"[a-z0-9_]+", name)
        assert 3 <= len(game.shapley) <= 5 and game.values.shape == (2 ** len(game.shapley),)
        assert game.values[0] == 0
        _agrees(game)
    assert len({game.title for game in CLASSIC_GAMES.values()}) == len(CLASSIC_GAMES)


def test_stories_count_agents_from_one() -> None:
    assert "Agent 1 owns a left one, Agents 2 and 3 each own a right one" in glove_game(1, 2).story
    assert "when Agents 1, 2 and 4 are in it" in unanimity_game(4, (3, 0, 1)).story
    assert "when Agent 2 is in it" in unanimity_game(3, (1,)).story


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^n_left, n_right: .*0 and 2"):
        glove_game(0, 2)
    for costs in ([], [1.0, -2.0]):
        with pytest.raises(ValueError, match=r"^costs: "):
            airport_game(costs)
    for quota in (0, 4):
        with pytest.raises(ValueError, match=rf"^quota: 1 to 3.*got {quota}"):
            voting_game(quota, [1, 2])
    for weights in ([], [1, -1]):
        with pytest.raises(ValueError, match=r"^weights: "):
            voting_game(1, weights)
    for carrier in ((), (3,), (-1,)):
        with pytest.raises(ValueError, match=r"^carrier: "):
            unanimity_game(3, carrier)
