"""The ghost of the run before a change: its own numbers in every frame, and the axes hold both runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgs_core.data import federated_data
from cgs_core.figures import Figure, ledger_figure
from cgs_core.figures.agents.ledger_ghost import is_comparable
from cgs_core.figures.style import NO_WORDS
from cgs_core.records import Trace
from tests.figures.drawn import drawn_trace
from tests.words.made_traces import made_trace

NOW = drawn_trace(5)
BEFORE = Trace(NOW.scenario.replace(start_seed=7), tuple(reversed(NOW.rounds)))


def ghost(figure: Figure, frame: str) -> dict[str, Any]:
    """The ghost's parts in a frame."""
    drawn = next(one for one in figure["frames"] if one["name"] == frame)
    places = figure["layout"]["meta"]["cards"]["traces"]
    return {
        name: drawn["data"][drawn["traces"].index(place)] for name, place in places.items() if name.startswith("before")
    }


@pytest.mark.parametrize("sort_by", ["agent", "pay"])
def test_it_draws_the_run_before(sort_by: Any) -> None:
    figure = ledger_figure(NOW, federated_data(NOW.scenario), sort_by, before=BEFORE)
    order = [agent["index"] for agent in figure["layout"]["meta"]["cards"]["agents"]]
    for frame, record in (("1", BEFORE.rounds[1]), ("all", None)):
        parts = ghost(figure, frame)
        worth, paid = (
            BEFORE.stack(name).mean(axis=0) if record is None else getattr(record, name)
            for name in ("contribution", "reward_ratio")
        )
        assert parts["before_worth"]["x"] == pytest.approx(worth[order], abs=1e-8)
        assert parts["before_paid"]["x"] == pytest.approx(paid[order], abs=1e-5)
        accuracy = (record or BEFORE.rounds[-1]).accuracy
        assert parts["before_rewarded"]["x"] == pytest.approx(accuracy[order], abs=1e-5)
        assert parts["before_words"]["text"] == ["\u00a0grey: before the change"]
    assert "Grey outlines show the run before the change. Worth: Agent" in figure["layout"]["meta"]["alt"]


def test_a_round_that_the_run_before_did_not_have_has_no_ghost() -> None:
    before = Trace(BEFORE.scenario.replace(n_rounds=2), BEFORE.rounds[:2])
    figure = ledger_figure(NOW, federated_data(NOW.scenario), before=before)
    assert ghost(figure, "1")["before_paid"]["x"] != [None] * 5
    gone = ghost(figure, "3")
    assert gone["before_paid"]["x"] == [None] * 5 and gone["before_words"]["text"] == [NO_WORDS]


def test_worth_of_another_kind_has_none() -> None:
    before = Trace(BEFORE.scenario.replace(valuation="cgsv_exact"), BEFORE.rounds)
    parts = ghost(ledger_figure(NOW, federated_data(NOW.scenario), before=before), "all")
    assert parts["before_worth"]["x"] == [None] * 5 and parts["before_paid"]["x"] != [None] * 5


def test_the_axes_hold_both_runs() -> None:
    now, before = (
        made_trace([[top, 0.2, 0.1]], accuracy=(right, 0.5, 0.5)) for top, right in ((0.3, 0.6), (0.9, 0.97))
    )
    layout = ledger_figure(now, federated_data(now.scenario), before=before)["layout"]
    assert max(layout["xaxis2"]["tickvals"]) >= 0.8 and layout["xaxis4"]["range"][1] > 0.97
    assert np.ptp(layout["xaxis2"]["range"]) > 0.9


def test_other_agents_or_data_are_no_ghost() -> None:
    assert is_comparable(BEFORE, NOW)
    for change in ({"n_agents": 4, "agents": ()}, {"dataset": "mnist", "agents": ()}):
        assert not is_comparable(Trace(NOW.scenario.replace(**change), NOW.rounds), NOW)
