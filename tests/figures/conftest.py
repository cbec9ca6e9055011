"""The traces that figures are tested on."""

from __future__ import annotations

import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.records import Trace
from tests.figures.drawn import drawn_trace


@pytest.fixture(params=[2, 5, 24, 50], ids="{} agents".format)
def trace(request: pytest.FixtureRequest) -> Trace:
    return drawn_trace(request.param)


@pytest.fixture
def data(trace: Trace) -> FederatedData:
    return federated_data(trace.scenario)
