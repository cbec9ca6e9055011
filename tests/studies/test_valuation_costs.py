"""What a valuation costs: measured on what a server really holds, and in the order that the definitions say."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import Scenario
from cgs_core.federation import model_of
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.studies.valuation_costs import random_round, valuation_seconds

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


def test_whoever_evaluates_models_costs_as_many_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that ticks once a look, a call costs a tick; models come on top."""
    ticks = iter(range(10_000))
    monkeypatch.setattr("cgs_core.studies.valuation_costs.thread_time", lambda: float(next(ticks)))
    spent = valuation_seconds(SCENARIO, VALUATIONS)
    for name, row in VALUATIONS.items():
        assert spent[name] == 1 + row.n_models(6) / 16, name


def test_without_validation_samples_nothing_is_evaluated() -> None:
    assert set(valuation_seconds(Scenario(), ["cgsv_approx"])) == {"cgsv_approx"}
