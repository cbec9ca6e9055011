"""A run computed once more by torch: both engines take the same rounds, and one that is wrong is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from cgs_core import CgsError, Scenario, iterate
from cgs_core.data import federated_data
from cgs_core.federation import Federation, iterate_federations, model_of
from cgs_core.federation.engine_check import iterate_check
from cgs_core.federation.flat_net import FlatNet
from cgs_core.federation.models import second_model
from cgs_core.federation.torch_net import BundledNet
from cgs_core.mechanisms import with_mechanism
from cgs_core.records.engine_check import ENGINE_TOLERANCE, CheckRecord, EngineCheck
from cgs_core.scenario import Agent
from cgs_core.words.check_words import check_words
from tests.federation.test_torch_net import FIFTY, SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_engines_agree_in_every_round_of_every_net(scenario: Scenario) -> None:
    check = EngineCheck(scenario, tuple(iterate_check(scenario)))
    assert check.is_complete and check.agrees
    assert 0 < check.worst.largest < 1e-12 < ENGINE_TOLERANCE
    assert check.worst.engine.startswith("torch ") and check.worst.engine.endswith(" on cpu")
    assert all(0 < record.shown_worth < 1e-3 for record in check.rounds)
    assert CheckRecord.from_bytes(check.worst.to_bytes()) is not check.worst
    assert vars(CheckRecord.from_bytes(check.worst.to_bytes())) == vars(check.worst)


def test_what_is_compared_with_double_precision_is_the_run_itself() -> None:
    """In the first round, which has one start, that is how far the whole run in float64 is from it."""
    scenario = SCENARIOS["logistic"]
    shown, double = next(iterate(scenario)), next(iterate(scenario, np.float64))
    first = next(iterate_check(scenario))
    assert first.shown_worth == pytest.approx(np.abs(shown.contribution - double.contribution).max(), rel=1e-3)


def test_agents_who_cheat_or_are_evicted_are_checked_too() -> None:
    scenario = with_mechanism(
        SCENARIOS["mlp"].replace(
            n_validation=20, agents=(Agent(conduct="echo"), Agent(conduct="free_rider", label_noise=0.5))
        ),
        "cffl",
    )
    assert EngineCheck(scenario, tuple(iterate_check(scenario))).agrees


def test_who_climbs_by_its_pay_climbs_alike_in_both_engines() -> None:
    """Also where its pay changes by rounding alone: it is paid everything."""
    climbing = (Agent(conduct="climber"), Agent(conduct="climber", label_noise=0.5))
    for degree in (0.5, 1000.0):
        scenario = SCENARIOS["mlp"].replace(n_rounds=12, agents=climbing, altruism_degree=degree)
        assert EngineCheck(scenario, tuple(iterate_check(scenario))).agrees


def test_a_small_mistake_of_an_engine_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A learning rate that is one part in a million too high."""
    train = BundledNet.train
    monkeypatch.setattr(BundledNet, "train", lambda self, *given: train(self, *given[:-1], given[-1] * (1 + 1e-6)))
    check = EngineCheck(SCENARIOS["mlp"], tuple(iterate_check(SCENARIOS["mlp"])))
    assert not check.agrees and check.worst.params > 10 * ENGINE_TOLERANCE
    assert "The two engines do not agree in round" in check_words(check)


def test_without_torch_or_a_second_engine_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.records.engine_check.has_torch", lambda: False)
    with pytest.raises(CgsError, match="Checking a run takes the package 'torch', which is not installed here"):
        next(iterate_check(FIFTY))


def params_of(model: object, scenario: Scenario) -> Iterator[np.ndarray]:
    everybody = np.ones(scenario.n_agents, np.bool_)
    for played in iterate_federations(
        scenario, federated_data(scenario), model, [Federation(scenario, everybody)], np.float64
    ):
        yield played.params.copy()


def nudged(plain: FlatNet) -> FlatNet:
    """The same net whose start has one number changed in its last digit."""

    class Nudged(type(plain)):  # type: ignore[misc]
        def initial_params(self, rng: np.random.Generator) -> np.ndarray:
            start = super().initial_params(rng)
            start[0] = np.nextafter(start[0], 1)
            return start

    plain.__class__ = Nudged
    return plain


def test_over_many_rounds_training_magnifies_rounding_whoever_rounds() -> None:
    """NumPy's own run from a start with one last digit changed drifts as far as torch's run, which changes none.

    So no two engines agree to 1e-12 after fifty rounds of the paper's mechanism, and they are compared round by round.
    """
    plain = list(params_of(model_of(FIFTY, np.float64), FIFTY))
    by_torch, by_a_digit = (
        np.array([np.abs(own - other).max() for own, other in zip(plain, params_of(model, FIFTY), strict=True)])
        for model in (second_model(FIFTY, np.float64), nudged(model_of(FIFTY, np.float64)))
    )
    assert 0 < by_a_digit[0] < 1e-15 and 0 < by_torch[0] < 1e-15
    assert by_a_digit[-1] > 1e-12 and by_torch[-1] > 1e-12
    assert 0.01 < by_torch[-1] / by_a_digit[-1] < 100
