"""A table of rounds completed: a slow oracle, tables of low rank, who is absent, and random patterns of presence."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import shapley_values
from cgs_core.contribution.completion import RANK, RIDGE, completed, completed_shapley

N_AGENTS, N_ROUNDS = 4, 9
MEMBERS = np.arange(2**N_AGENTS)[:, None] >> np.arange(N_AGENTS) & 1 == 1


def seen(present: np.ndarray) -> np.ndarray:
    """(n_rounds, 2**n_agents) whether all of a coalition were there, of (n_rounds, n_agents)."""
    return np.array([[set(np.flatnonzero(own)) <= set(np.flatnonzero(there)) for own in MEMBERS] for there in present])


def rounds_of(rng: np.random.Generator, worth: np.ndarray) -> np.ndarray:
    """A table of rank 1: each round is a game, the same but for how much there is to gain."""
    game = np.sqrt(MEMBERS @ worth)
    return np.outer(rng.uniform(0.5, 2, N_ROUNDS), game)


def by_hand(table: np.ndarray, known: np.ndarray, rank: int, ridge: float) -> np.ndarray:
    """The same with one least-squares problem after the other, each with rows that hold its factors back."""
    scale = np.sqrt(np.mean(table[known] ** 2))
    values = table / scale
    columns = np.zeros((values.shape[1], 0))
    rows = np.zeros((len(values), 0))
    added = [values[known[:, column], column].mean() for column in range(values.shape[1])]

    def fit(others: np.ndarray, own: np.ndarray) -> np.ndarray:
        held = np.vstack([others, np.sqrt(ridge) * np.eye(others.shape[1])])
        return np.linalg.lstsq(held, np.concatenate([own, np.zeros(others.shape[1])]), rcond=None)[0]

    for width in range(1, rank + 1):
        columns, rows = np.column_stack([columns, added]), np.zeros((len(values), width))
        for _ in range(50):
            for row in range(len(values)):
                rows[row] = fit(columns[known[row]], values[row, known[row]])
            for column in range(values.shape[1]):
                columns[column] = fit(rows[known[:, column]], values[known[:, column], column])
        left = np.where(known, values - rows @ columns.T, 0)
        _, sizes, right = np.linalg.svd(left)
        added = np.sqrt(sizes[0]) * right[0]
    return np.where(known, table, scale * rows @ columns.T)


def test_it_is_what_least_squares_by_turns_find() -> None:
    rng = np.random.default_rng(0)
    table, known = rng.standard_normal((6, 8)), rng.random((6, 8)) < 0.7
    known[0] = True
    np.testing.assert_allclose(completed(table, known), by_hand(table, known, RANK, RIDGE), atol=1e-9)


def test_a_table_of_low_rank_is_found_again_and_what_is_known_stays() -> None:
    rng = np.random.default_rng(1)
    table = rounds_of(rng, np.array([1.0, 2.0, 3.0, 4.0]))
    present = np.ones((N_ROUNDS, N_AGENTS), bool)
    present[4:, 3] = False
    known = seen(present)
    hidden = np.where(known, table, np.nan)
    found = completed(hidden, known)
    np.testing.assert_array_equal(found[known], table[known])
    np.testing.assert_allclose(found, table, rtol=0.03, atol=0.02)


def test_where_all_are_always_there_it_is_the_mean_of_the_rounds() -> None:
    table = np.random.default_rng(2).standard_normal((N_ROUNDS, 2**N_AGENTS))
    expected = np.mean([shapley_values(row) for row in table], axis=0)
    np.testing.assert_allclose(completed_shapley(table, np.ones_like(table, bool)), expected, atol=1e-12)
    zeros = np.zeros((3, 4))
    np.testing.assert_array_equal(completed(zeros, np.array([[True] * 4] + [[False] * 4] * 2)), zeros)


def test_of_two_with_the_same_data_the_one_who_left_is_worth_as_much() -> None:
    """What the paper is for: round by round, who leaves after four of nine rounds would be worth less than half."""
    table = rounds_of(np.random.default_rng(3), np.array([1.0, 2.0, 2.0, 2.0]))
    present = np.ones((N_ROUNDS, N_AGENTS), bool)
    present[4:, 3] = False
    worth = completed_shapley(table, seen(present))
    assert worth[3] == pytest.approx(worth[2], rel=0.05)
    among_present = np.zeros((N_ROUNDS, N_AGENTS))
    for row, there, own in zip(table, present, among_present, strict=True):
        coalitions = [
            sum(1 << agent for place, agent in enumerate(np.flatnonzero(there)) if c >> place & 1)
            for c in range(2 ** there.sum())
        ]
        own[there] = shapley_values(row[coalitions])
    by_round = among_present.mean(axis=0)
    assert by_round[3] < 0.55 * by_round[2]


def test_200_random_patterns_of_presence_are_finite_and_shared_out_whole() -> None:
    """Efficiency holds in the completed table. That who is absent is worth 0 does not, by design."""
    rng = np.random.default_rng(4)
    n_once = n_credited = 0
    for _ in range(200):
        table = rounds_of(rng, rng.uniform(0.2, 2, N_AGENTS)) + rng.normal(0, 0.01, (N_ROUNDS, 2**N_AGENTS))
        table[:, 0] = 0
        present = rng.random((N_ROUNDS, N_AGENTS)) < rng.uniform(0.1, 0.9)
        present[0] = True
        known = seen(present)
        found = completed(table, known)
        worth = shapley_values(found.mean(axis=0))
        assert np.isfinite(worth).all() and (found[known] == table[known]).all()
        assert worth.sum() == pytest.approx(found[:, -1].mean(), abs=1e-12)
        once = present.sum(axis=0) == 1
        n_once += int(once.sum())
        n_credited += int((worth[once] > 2 * shapley_values(table[0])[once] / N_ROUNDS).sum())
    assert n_credited > n_once / 2 > 10


@pytest.mark.parametrize(
    ("known", "words"), [(np.ones((2, 3), bool), "shape"), (np.zeros((2, 4), bool), "every column")]
)
def test_what_cannot_be_completed_is_said(known: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        completed(np.ones((2, 4)), known)
