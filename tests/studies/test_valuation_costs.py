"""What a valuation costs: measured on what a server really holds, and in the order that the definitions say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cgs_core import Scenario
from cgs_core.federation import model_of
from cgs_core.federation.dense import DenseNet
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.studies.valuation_costs import (
    ExactCost,
    exact_cost,
    random_round,
    rests_on_gram,
    valuation_seconds,
)
from cgs_core.words.comparison_findings import efficiency

SCENARIO = Scenario(n_agents=6, n_validation=100)


def test_the_offer_is_as_large_as_the_scenarios() -> None:
    offer, n_params = random_round(SCENARIO), model_of(SCENARIO).n_params
    assert offer.uploads.shape == offer.starts.shape == (6, n_params)
    np.testing.assert_allclose(
        offer.gram, (offer.uploads.astype(float) @ offer.uploads.T.astype(float)) / 36, rtol=1e-4
    )
    assert offer.n_samples.sum() == SCENARIO.total_samples


@pytest.mark.parametrize("name", VALUATIONS)
def test_every_valuation_is_finite_on_it(name: str) -> None:
    assert np.isfinite(VALUATIONS[name].of(random_round(SCENARIO))).all()


def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ticks once a look: a call costs a tick."""
    ticks = iter(range(10_000))
    monkeypatch.setattr("cgs_core.studies.valuation_costs.thread_time", lambda: float(next(ticks)))


def test_models_and_the_gram_matrix_come_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch)
    spent, given = valuation_seconds(SCENARIO, VALUATIONS), random_round(SCENARIO)
    for name, row in VALUATIONS.items():
        assert spent[name] == 1 + row.n_models(6) / 16 + rests_on_gram(row, given), name


def test_an_accuracy_costs_what_predicting_does_and_a_loss_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a round takes them (``cgs_core.federation.rounds:knowledge_of``): a model's loss costs 32 here, a look at its
    classes 16, and everything else nothing."""
    costs = {"evaluate": 32.0, "predict": 16.0}

    def seconds(call: Callable[[], object]) -> float:
        asked: list[str] = []
        with monkeypatch.context() as patched:
            for name in costs:
                patched.setattr(DenseNet, name, lambda *given, name=name: asked.append(name))
            call()
        return sum(costs[name] for name in asked)

    monkeypatch.setattr("cgs_core.studies.valuation_costs._seconds", seconds)
    spent = valuation_seconds(SCENARIO, ["reconstructed_shapley", "validation_accuracy", "fedsv", "in_run_first"])
    coalitions = VALUATIONS["fedsv"].n_models(6)
    assert spent == {
        "reconstructed_shapley": coalitions,
        "validation_accuracy": 6,
        "fedsv": 2 * coalitions,
        "in_run_first": 2,
    }


def test_which_valuations_rest_on_the_gram_matrix_is_seen_from_their_worths() -> None:
    given = random_round(SCENARIO)
    resting = {name for name, row in VALUATIONS.items() if rests_on_gram(row, given)}
    assert {"cgsv_approx", "cgsv_exact"} <= resting
    assert not resting & {"data_size", "classwise_cosine", "validation_accuracy", "reconstructed_shapley"}


def test_exact_and_approximate_are_compared_with_the_gram_matrix_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch)
    assert exact_cost(SCENARIO) == ExactCost(6, 2.0, 2.0, 1.0, 1 / 6, None)  # every call takes one tick
    assert exact_cost(SCENARIO.replace(n_agents=25, n_samples=1000)) is None


def test_it_matters_from_the_first_number_of_agents_that_takes_a_training_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With calls of known cost: training 600 for six, the Gram matrix 3 N, the exact value 2 ** N, the cosines N."""
    costs = iter([600.0, *(cost for n in (6, *range(2, 25)) for cost in (3.0 * n, 2.0**n, 1.0 * n))])
    monkeypatch.setattr("cgs_core.studies.valuation_costs._seconds", lambda call: next(costs))
    assert exact_cost(SCENARIO) == ExactCost(
        6, 18.0 + 64, 18.0 + 6, 18.0, 100.0, 7
    )  # 128 - 7 is above 100, 64 - 6 is not


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (ExactCost(5, 0.0002, 0.0001, 0.00008, 0.01, 7), ("0.10 ms a round for ψ and 0.20 ms for φ, 2 times", "10.00")),
        (
            ExactCost(12, 0.004, 0.0001, 0.00008, 0.01, 7),
            ("40 times as long", "from 7 agents on φ takes so much longer"),
        ),
        (
            ExactCost(5, 0.00011, 0.0001, 0.00008, 0.01, None),
            ("hardly longer", "up to 24 agents φ never takes so much longer"),
        ),
    ],
)
def test_more_efficient_is_said_with_its_numbers(cost: ExactCost, told: tuple[str, ...]) -> None:
    words = efficiency(cost).replace("\u00a0", " ")
    assert all(part in words for part in told), words


def test_without_validation_samples_nothing_is_evaluated() -> None:
    assert set(valuation_seconds(Scenario(), ["cgsv_approx"])) == {"cgsv_approx"}
