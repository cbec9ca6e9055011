"""How a page follows a run: what is asked for before it is drawn, and how often it is looked at."""

from __future__ import annotations

import time

import pytest

from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.figures import ledger_figure
from cgs_ui.charts.drawn import drawn
from cgs_ui.following import one_run
from cgs_ui.following.one_run import Following
from tests.figures.drawn import drawn_trace


@pytest.mark.parametrize(("n_rounds", "seconds"), [(1, 0.7), (10, 0.4), (19, 0.25)])
def test_the_next_look_comes_when_the_rest_is_thought_to_be_done(
    n_rounds: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rounds:
        pass

    trace = Rounds()
    trace.n_rounds = n_rounds  # type: ignore[attr-defined]
    following = Following(Scenario(n_rounds=20), "run", "running", trace, since=100.0)  # type: ignore[arg-type]
    monkeypatch.setattr(time, "monotonic", lambda: 100.4)
    assert one_run._until_next_look(following) == pytest.approx(seconds)


def test_the_same_figure_is_made_once() -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    one = drawn(ledger_figure, trace, data, sort_by="pay")
    assert drawn(ledger_figure, trace, data, sort_by="pay") is one
    assert one == ledger_figure(trace, data, sort_by="pay") != drawn(ledger_figure, trace, data, sort_by="agent")
