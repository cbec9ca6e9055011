"""The study of estimators: its games, values that train once, and what is told of the errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgs_core.contribution import shapley_values
from cgs_core.contribution.estimators import ESTIMATORS
from cgs_core.errors import DataError
from cgs_core.studies.estimators import rebuilt
from cgs_core.studies.estimators.errors import BUDGETS, rebuilt_errors, relative_error, sampling_errors
from cgs_core.studies.estimators.games import Game, Rebuilt, coalition_weights, rebuilt_games, trained_game
from cgs_core.studies.estimators.results import (
    COMMITTED_FOLDER,
    ERROR_COLUMNS,
    Study,
    committed_study,
    kept_study,
    write_study,
)
from cgs_core.studies.estimators.told import Told
from cgs_core.studies.leaderboard.results import committed_results
from cgs_core.words.estimator_findings import estimator_rows, findings, heads

CASE = "wine/dirichlet-05"  # five agents


@pytest.fixture(scope="module")
def game() -> Game:
    return trained_game(CASE, 1)


@pytest.fixture(scope="module")
def models() -> Rebuilt:
    return rebuilt_games(CASE, 1)


def test_a_game_is_that_of_the_leaderboards_truth(game: Game) -> None:
    truth = [line["accuracy"] for line in committed_results().truth[CASE, 1]]
    np.testing.assert_allclose(game.truth, np.array(truth, float), rtol=0, atol=0.06)  # another processor: a sample
    assert game.n_test == 36 and game.right.dtype.kind == "i" and len(game.right) == 32


def test_rebuilt_from_all_is_what_all_have_trained(game: Game, models: Rebuilt) -> None:
    assert models.by_round[-1, -1] == models.over_all[-1] == game.values[-1]
    assert models.by_round[0, 0] == models.over_all[0] == game.values[0]
    np.testing.assert_array_equal(models.by_round[1:, 0], models.by_round[:-1, -1])


def test_a_coalition_weighs_its_members_by_their_samples() -> None:
    weights = coalition_weights(np.array([10, 30, 60]))
    np.testing.assert_allclose(weights[[0, 1, 3, 7]], [[0, 0, 0], [1, 0, 0], [0.25, 0.75, 0], [0.1, 0.3, 0.6]])


def test_what_trains_once_shares_out_what_all_have_learnt(models: Rebuilt) -> None:
    gained = models.by_round[-1, -1] - models.by_round[0, 0]
    for worth, count, expected in (
        (*rebuilt.equal(models), 0),
        (*rebuilt.once(models), 31),
        (*rebuilt.by_round(models), 31 * len(models.by_round)),
    ):
        assert worth.sum() == pytest.approx(gained) and count == expected


def test_tmr_leaves_out_rounds_that_change_accuracy_by_a_point_at_most(models: Rebuilt) -> None:
    still, steep = shifted([0.009, 0.0, 0.0, 0.0]), shifted([0.1, 0.2, 0.3, 0.1])
    worth, count = rebuilt.by_gain(Rebuilt(np.array([still, steep, still]), steep))
    np.testing.assert_allclose(worth, [0.1, 0.2, 0.3, 0.1], atol=1e-12)
    assert count == 1 + 15 + 1
    worth, count = rebuilt.by_gain(Rebuilt(still[None], still))
    assert not worth.any() and count == 1
    gains = models.by_round[:, -1] - models.by_round[:, 0]
    counts = np.abs(gains) > rebuilt.ROUND_GAIN
    assert rebuilt.by_gain(models)[0].sum() == pytest.approx(gains[counts].sum())


def test_gtg_leaves_out_rounds_that_change_nothing_and_scales_the_others() -> None:
    still, steep = np.full(16, 0.5), shifted([0.1, 0.2, 0.3, 0.1])
    worth, count = rebuilt.gtg(Rebuilt(np.array([still, steep]), steep), np.random.default_rng(0))
    np.testing.assert_allclose(worth, [0.1, 0.2, 0.3, 0.1], atol=1e-12)  # agents add up: any order is exact
    assert 2 < count <= 1 + 15
    falling = shifted([0.3, -0.2, -0.3, 0.0])
    worth, _ = rebuilt.gtg(Rebuilt(falling[None], falling), np.random.default_rng(0))
    assert worth[worth < 0].sum() == pytest.approx(falling[-1] - falling[0])


def shifted(worth: list[float]) -> np.ndarray:
    return 0.3 + (np.arange(16)[:, None] >> np.arange(4) & 1) @ np.array(worth)


def test_gtg_is_near_what_it_cuts_short(models: Rebuilt) -> None:
    rng = np.random.default_rng(0)
    exact = np.array([shapley_values(own) for own in models.by_round])
    gains = models.by_round[:, -1] - models.by_round[:, 0]
    scaled = [
        rebuilt._scaled_to(float(gain), own) if abs(gain) > rebuilt.ROUND_TOLERANCE else 0 * own
        for gain, own in zip(gains, exact, strict=True)
    ]
    found = np.mean([rebuilt.gtg(models, rng)[0] for _ in range(20)], axis=0)
    assert np.linalg.norm(found - np.sum(scaled, axis=0)) < 0.25 * np.linalg.norm(np.sum(scaled, axis=0))


def test_an_error_is_the_length_of_the_gap() -> None:
    np.testing.assert_allclose(relative_error([[3, 4], [6, 0]], np.array([3.0, 0.0])), [4 / 3, 1])


# -- what is told ------------------------------------------------------------------------------------------------------


def made_up(gap: float, n_seeds: int = 4) -> Study:
    """Every estimator is off by half, but the last one by less (``gap``); a little otherwise each seed."""
    cases = ("digits/equal-8", "fashion-mnist/equal-8")
    games, errors, once = {}, {}, {}
    last = list(ESTIMATORS)[-1]
    for case in cases:
        for seed in range(n_seeds):
            key = case, seed
            games[key] = Game(*key, 100, np.arange(256))
            errors[key] = {
                (name, budget): (0.5 + 0.01 * seed - gap * (name == last), float(budget))
                for name in ESTIMATORS
                for budget in BUDGETS
                if (name, budget) != ("permutation", BUDGETS[0])
            }
            once[key] = dict.fromkeys(rebuilt.TITLES, (0.3, 1.0))
    return Study(games, errors, once)


def test_who_is_clearly_nearer_stands_alone_and_equals_stand_together() -> None:
    last = list(ESTIMATORS)[-1]
    told = Told(made_up(0.2))
    assert told.nearest(64) == [last] and told.at(64)[last].error == pytest.approx(0.315)
    assert "permutation" not in told.at(BUDGETS[0]) and "permutation" in told.at(BUDGETS[1])
    assert len(Told(made_up(0.0)).nearest(64)) == len(ESTIMATORS)
    assert ESTIMATORS[last].title in findings(told, 0.4)[0]
    assert f"takes {BUDGETS[0]} of 255 models ({ESTIMATORS[last].title})" in findings(told, 0.4)[2]
    assert estimator_rows(told)[-1][1].endswith("★") and not estimator_rows(told)[0][2].endswith("★")
    assert {len(row) for row in estimator_rows(told)} == {len(heads(told))}


def test_one_seed_ranks_nobody_and_no_data_tell_nothing() -> None:
    told = Told(made_up(0.2, n_seeds=1))
    assert told.at(64)["owen"].rank is None and not any("★" in cell for row in estimator_rows(told) for cell in row)
    assert findings(told, None)[0].startswith("One seed")
    assert Told(made_up(0.2), ["wine"]).is_empty and findings(Told(made_up(0.2), ["wine"]), None) == []
    assert Told(made_up(0.2), ["digits"]).cases == ("digits/equal-8",)


def test_what_is_written_is_read_and_another_version_is_refused(game: Game, models: Rebuilt, tmp_path: Path) -> None:
    errors = rebuilt_errors(game, models)
    write_study(tmp_path, [game], {(CASE, 1): errors}, 1.0)
    read = kept_study(tmp_path)
    np.testing.assert_array_equal(read.games[CASE, 1].right, game.right)
    for name, (error, count) in errors.items():
        assert read.rebuilt[CASE, 1][name] == pytest.approx((error, count), rel=1e-3)
    assert kept_study(tmp_path / "nothing").games == {}
    made = tmp_path / "made.json"
    made.write_text(made.read_text(encoding="utf-8").replace('"result_version": "', '"result_version": "0'))
    with pytest.raises(DataError, match="results of version"):
        kept_study(tmp_path)


# -- what comes with the program ---------------------------------------------------------------------------------------


def test_the_committed_games_are_those_of_the_leaderboard() -> None:
    study, truths = committed_study(), committed_results().truth
    both = [key for key in study.games if key in truths]
    assert len(both) >= 3
    gaps = [
        np.abs(study.games[key].truth - np.array([line["accuracy"] for line in truths[key]], float)).max()
        for key in both
    ]
    assert max(gaps) < 1e-3 and np.median(gaps) < 1e-6  # another processor's kernels move a test sample at times


def test_the_committed_errors_follow_from_the_games() -> None:
    (case, seed), game = next(iter(committed_study().games.items()))
    lines = (COMMITTED_FOLDER / "errors.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(ERROR_COLUMNS)
    kept = [line for line in lines[1:] if line.startswith(f"{case},{seed + 1},")]
    again = [
        f"{case},{seed + 1},{name},{budget},{models:.4g},{error:.4g}"
        for (name, budget), (error, models) in sampling_errors(game).items()
    ]
    assert again == kept
