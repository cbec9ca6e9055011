"""The one list of a run's figures: what is in it for which run, under the names of the pages' charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.contribution import cgsv_exact
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.files import keep_arrays
from cgs_core.export.run_figures import COMPARISON_FIGURES, RUN_FIGURES, comparison_figures, run_figures
from cgs_core.studies.comparison import compare
from tests.data.uploads import csv_of
from tests.figures.drawn import drawn_trace

OF_ALL = {"ledger", "shards", "samples", "contribution", "pay", "accuracy", "gain"}


@pytest.mark.parametrize(
    ("n_agents", "dataset", "more"),
    [
        (5, "digits", {"arrows", "class_accuracy", "lattice"}),
        (7, "digits", {"arrows", "class_accuracy", "marginals"}),
        (12, "moons", {"arrows", "decision", "marginals"}),
        (17, "wine", {"class_accuracy"}),
    ],
)
def test_every_figure_that_a_run_has_is_drawn_at_its_end(n_agents: int, dataset: str, more: set[str]) -> None:
    trace = drawn_trace(n_agents, dataset)
    figures = run_figures(trace)
    assert set(figures) == OF_ALL | more
    assert list(figures) == [name for name in RUN_FIGURES if name in figures]
    ratios = next(
        drawn["x"] for drawn in figures["ledger"]["data"] if drawn["type"] == "bar" and drawn["xaxis"] == "x3"
    )
    np.testing.assert_allclose(ratios, trace.stack("reward_ratio").mean(axis=0), atol=1e-5)  # of all rounds


def test_rounds_can_be_played_in_all_figures_that_follow_them() -> None:
    trace = drawn_trace(5)
    framed = {name for name, figure in run_figures(trace).items() if len(figure.get("frames", [])) >= trace.n_rounds}
    assert framed == {"ledger", "contribution", "pay", "accuracy", "gain", "class_accuracy", "lattice"}


def test_the_lattice_is_the_gradient_game_of_the_run() -> None:
    trace = drawn_trace(5)
    words = str(run_figures(trace)["lattice"])
    for worth in cgsv_exact(trace.gram[-1]):
        assert f"{worth:.2f}".replace("-", "−") in words


def test_a_persons_own_samples_are_in_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path))
    arrays = read_upload(csv_of())
    keep_arrays(arrays)
    trace = run(Scenario(dataset="own", own_data=arrays.own, n_agents=2, n_rounds=1))
    assert set(run_figures(trace)) == (OF_ALL | {"arrows", "class_accuracy", "lattice"}) - {"samples"}


def test_the_figures_of_a_comparison() -> None:
    comparison = compare(Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2), ["cgsv", "fedavg"])
    figures = comparison_figures(comparison)
    assert list(figures) == list(COMPARISON_FIGURES) == ["mechanism_accuracy", "measures"]
    for figure in figures.values():
        assert comparison.scenario.scenario_id in figure["layout"]["meta"]["filename"]


@pytest.mark.parametrize("figure", [*RUN_FIGURES.values(), *COMPARISON_FIGURES.values()])
def test_each_answers_a_question(figure) -> None:
    assert figure.question.endswith("?") and figure.question[0].isupper()
