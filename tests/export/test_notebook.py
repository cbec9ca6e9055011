"""Figures in a notebook: plotly's own figure takes every one of them, loses nothing, and does not start to play."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import plotly.io
import pytest

from cgs_core import Scenario, compare, run
from cgs_core.export import with_slider
from cgs_core.export.run_figures import comparison_figures, run_figures

SMALL = Scenario(dataset="wine", n_agents=3, n_rounds=3)
SCENARIOS = {
    "table": SMALL,
    "plane": SMALL.replace(dataset="moons"),
    "pictures": SMALL.replace(dataset="digits", n_samples=150),
    "many": SMALL.replace(n_agents=12),
}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_plotly_takes_every_figure_of_a_run_whole(scenario: Scenario) -> None:
    figures = run_figures(run(scenario))
    if scenario == SMALL:
        figures |= comparison_figures(compare(scenario, ["fedavg", "cgsv"]))
    for name, figure in figures.items():
        wanted = json.loads(json.dumps(with_slider(figure)))
        taken = json.loads(go.Figure(with_slider(figure)).to_json())
        assert taken["data"] == wanted["data"], name
        assert [frame["name"] for frame in taken.get("frames", [])] == [
            frame["name"] for frame in wanted.get("frames", [])
        ]
        assert [frame["data"] for frame in taken.get("frames", [])] == [
            frame["data"] for frame in wanted.get("frames", [])
        ]
        assert {key: taken["layout"].get(key) for key in wanted["layout"]} == wanted["layout"], name


@pytest.mark.parametrize("name", ["notebook", "notebook_connected", "colab", "iframe"])
def test_a_figure_in_a_notebook_stands_still_until_its_slider_is_moved(name: str) -> None:
    assert plotly.io.renderers[name].auto_play is False
