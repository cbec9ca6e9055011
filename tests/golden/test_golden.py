"""The engine still gives the numbers that the plain loop once wrote down (``python -m tests.golden.make``)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cgs_core.federation.experiment import iterate, run
from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from tests.golden.make import PATH, SCENARIO, golden

RELATIVE = 1e-9
STORED: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
QUANTITIES = sorted(set(STORED) - {"scenario"})


@pytest.fixture(scope="module")
def trace() -> Trace:
    return Trace(SCENARIO, tuple(iterate(SCENARIO, np.float64)))


def test_the_stored_scenario_is_the_one_that_is_made() -> None:
    assert Scenario.from_json(json.dumps(STORED["scenario"])) == SCENARIO


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_engine_agrees_with_the_stored_numbers(trace: Trace, quantity: str) -> None:
    np.testing.assert_allclose(trace.stack(quantity), STORED[quantity], rtol=RELATIVE, atol=1e-12)


@pytest.mark.parametrize("quantity", ["contribution", "importance", "reward_ratio", "loss"])
def test_the_engine_as_it_ships_is_near_them(quantity: str) -> None:
    np.testing.assert_allclose(run(SCENARIO).stack(quantity), STORED[quantity], rtol=1e-3, atol=1e-4)


def test_the_plain_loop_still_makes_them() -> None:
    made = golden()
    assert made.keys() == STORED.keys()
    for quantity in QUANTITIES:
        np.testing.assert_allclose(made[quantity], STORED[quantity], rtol=RELATIVE, atol=1e-12)


def test_the_numbers_tell_the_agents_apart() -> None:
    last = np.array(STORED["importance"])[-1]
    assert len(set(last.round(6).tolist())) == SCENARIO.n_agents
    assert np.array(STORED["reward_ratio"]).min() < 0.95
