"""The pay that nobody regrets: against a search over rho, and on models whose accuracy is known along the way."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.mechanisms import REWARD_RULES, with_mechanism
from cgs_core.mechanisms.rational_pay import first_that_reaches, largest_rho, targets
from cgs_core.studies.presets import PRESETS
from tests.mechanisms.rounds import a_round


def searched_rho(alone: np.ndarray, together: float, share: np.ndarray) -> float:
    """The largest of many rhos that puts nobody below alone who could be above."""
    can_gain = alone < together
    allowed = [rho for rho in np.linspace(0, 1, 20_001) if (together * share**rho >= alone - 1e-12)[can_gain].all()]
    return float(max(allowed))


@pytest.mark.parametrize("seed", range(8))
def test_rho_is_the_largest_that_puts_nobody_below_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.05, 1, 5)
    share[rng.integers(5)] = 1
    alone, together = rng.uniform(0.2, 0.9, 5), float(rng.uniform(0.5, 1))
    rho = largest_rho(alone, together, share)
    assert rho == pytest.approx(searched_rho(alone, together, share), abs=1e-4)
    wanted = targets(alone, together, share)
    assert (wanted >= alone - 1e-12).all()
    assert wanted[share == 1] == pytest.approx(max(together, alone[share == 1][0]))


def test_worth_alone_counts_where_nobody_would_regret_it() -> None:
    """rho = 1: half the worth is half the accuracy."""
    share, alone = np.array([1.0, 0.5]), np.array([0.3, 0.3])
    assert largest_rho(alone, 0.8, share) == 1
    np.testing.assert_allclose(targets(alone, 0.8, share), [0.8, 0.4])


def test_who_is_better_alone_keeps_its_own_and_binds_nobody() -> None:
    share, alone = np.array([1.0, 0.5, 0.25]), np.array([0.6, 0.9, 0.2])
    np.testing.assert_allclose(targets(alone, 0.8, share), [0.8, 0.9, 0.2])
    assert largest_rho(np.array([0.9, 0.95]), 0.8, share[:2]) == 1  # nobody can gain
    assert largest_rho(np.array([0.0, 0.0]), 0.8, share[:2]) == 1


def test_the_first_model_that_is_good_enough_is_taken() -> None:
    accuracy = np.array([[0.2, 0.5, 0.9], [0.7, 0.4, 0.8], [0.6, 0.6, 0.6]])
    assert first_that_reaches(accuracy, np.array([0.6, 0.55, 0.9])).tolist() == [1, 2, 0]


def test_paid_models_are_as_good_as_earned_and_none_is_below_its_own() -> None:
    """Accuracy grows along the first parameter: the server's is 1 there, agents start at 0 and learn 0.2 and 0.4."""
    uploads = np.zeros((3, 12))
    uploads[:, 0] = [0.4, 0.2, 0.2]
    given = a_round(
        uploads, server_params=np.eye(1, 12)[0] - uploads.mean(axis=0), validation_accuracy=lambda params: params[:, 0]
    )
    importance = np.array([0.5, 0.3, 0.2])
    rho = min(1.0, np.log(0.2) / np.log(0.4))
    reward = REWARD_RULES["rho_shapley"].of(given, importance)
    wanted = (importance / 0.5) ** rho
    got = (given.starts + reward.updates)[:, 0]
    assert (got >= wanted - 1e-9).all() and (got >= uploads[:, 0]).all()
    np.testing.assert_allclose(got[0], 1)  # who is worth most gets the server's model
    own = uploads[:, 0]
    steps = np.ceil((wanted - own) / (1 - own) * 8 - 1e-9)
    np.testing.assert_allclose(reward.ratio, steps / 8)
    assert (reward.n_bytes == 4 * 12 * (reward.ratio > 0)).all()


def test_models_are_evaluated_as_often_as_is_said() -> None:
    n_evaluated = 0

    def counted(params: np.ndarray) -> np.ndarray:
        nonlocal n_evaluated
        n_evaluated += len(params)
        return np.linspace(0.2, 0.8, len(params))

    given = a_round(np.eye(5, 12), validation_accuracy=counted)
    REWARD_RULES["rho_shapley"].of(given, np.full(5, 0.2))
    assert n_evaluated == REWARD_RULES["rho_shapley"].n_models(5) == 41


def test_a_specialist_does_not_lose_by_joining() -> None:
    """Under CGSV the only agent that knows two classes does."""
    scenario = PRESETS["specialist"].scenario.replace(n_rounds=15, n_validation=200)
    gain = {}
    for name in ("cgsv", "rho_shapley"):
        last = run(with_mechanism(scenario, name)).rounds[-1]
        gain[name] = last.accuracy - last.standalone_accuracy
    assert gain["cgsv"].min() < -0.05
    assert gain["rho_shapley"].min() > -0.03


def test_in_a_run_the_best_paid_have_the_servers_model() -> None:
    scenario = with_mechanism(Scenario(n_rounds=4, n_validation=100), "rho_shapley")
    trace = run(scenario)
    ratio = trace.stack("reward_ratio")
    assert ((ratio >= 0) & (ratio <= 1)).all()
    last = trace.rounds[-1]
    assert last.accuracy[ratio[-1] == 1].tolist() == [last.server_accuracy] * int((ratio[-1] == 1).sum())
