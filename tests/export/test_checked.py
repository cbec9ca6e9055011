"""What came from a browser is one of our figures, or it is refused with the part that is wrong."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from cgs_core.data import federated_data
from cgs_core.errors import ExportError
from cgs_core.export import checked_figure, drawn_csv
from cgs_core.export.checked import MAX_DEPTH
from cgs_core.figures import decision_figure, ledger_figure, samples_figure
from cgs_core.figures.style import Figure
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY


def sent(figure: Figure) -> Any:
    """As a browser sends it."""
    return json.loads(json.dumps(figure))


@pytest.fixture
def figure() -> Figure:
    trace = drawn_trace(3)
    return deepcopy(ledger_figure(trace, federated_data(trace.scenario)))


@pytest.mark.parametrize("kind", EVERY)
def test_every_figure_of_ours_passes_unchanged(kind: str) -> None:
    trace = drawn_trace(5)
    figure = sent(EVERY[kind](trace, federated_data(trace.scenario)))
    checked = checked_figure(figure)
    assert checked["data"] == figure["data"] and checked["layout"] == figure["layout"]
    assert checked.get("frames", []) == figure.get("frames", [])


@pytest.mark.parametrize("dataset", ["moons", "wine", "mnist"])
def test_the_figures_of_other_data_pass(dataset: str) -> None:
    scenario = drawn_trace(5, dataset).scenario
    assert checked_figure(sent(samples_figure(scenario, federated_data(scenario))))


def test_the_map_of_decisions_passes() -> None:
    trace = drawn_trace(5, "spiral")
    assert checked_figure(sent(decision_figure(trace, federated_data(trace.scenario))))


def changed(figure: Figure, path: str, value: Any) -> Figure:
    *way, last = path.split(".")
    part: Any = figure
    for step in way:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[int(last) if isinstance(part, list) else last] = value
    return figure


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("data.0.type", "scattermap", r"data\[0\].type: must be one of scatter, bar, heatmap, image; got 'scattermap'"),
        ("data.0", 3, r"data\[0\].type: must be one of"),
        ("data.0.x", "all", r"data\[0\].x, y: must be lists"),
        ("data.0.x", [1], r"data\[0\].x, y: must be of one length; got \(1, 3\)"),
        ("data.0.marker", [], r"data\[0\].marker: must be an object"),
        ("data.0.xaxis", "x'", r"data\[0\].xaxis: must be x or x and a number"),
        ("data.0.fillcolor", "url(http://a.example/b)", r"data\[0\].fillcolor: must not be or hold an address"),
        ("data.0.source", "file:///etc/hostname", r"data\[0\].source: must not be or hold an address"),
        ("layout.images", [], "layout.images: must not be there"),
        ("layout.mapbox2", {}, "layout.mapbox: must not be there"),
        ("layout.template", {}, "layout.template: must not be there"),
        ("layout.height", 1e9, "layout.height: must be a number from 1 to 8000; got 1000000000.0"),
        ("layout.height", None, "layout.height"),
        ("layout.width", "wide", "layout.width"),
        ("layout.font", "Arial", "layout.font: must be an object"),
        ("layout.font.family", "a; background: URL (b)", "layout.font.family: must not be or hold an address"),
        ("layout.margin", None, "layout.margin.l"),
        ("layout.meta", None, "layout.meta: must be an object"),
        ("layout.meta.filename", 1, "layout.meta.filename: must be text; got 1"),
        ("layout.meta.min_width", 10_000, "layout.meta.min_width"),
        ("frames.0", [], r"frames\[0\]: must have a name"),
        ("frames.0.traces.0", 999, r"frames\[0\].traces: must be places in data"),
        ("frames.0.data.0", 1, r"frames\[0\].data: must be objects"),
        ("frames.0.data.0.x", [1], r"frames\[0\].data.x, y: must be of one length"),
        ("frames.0.data.0.x", [float("nan")] * 3, r"must be a finite number"),
    ],
)
def test_a_part_that_is_wrong_is_named(figure: Figure, path: str, value: Any, words: str) -> None:
    with pytest.raises(ExportError, match=words):
        checked_figure(changed(figure, path, value))


@pytest.mark.parametrize("figure", [None, [], "x", {}, {"data": {}}, {"data": []}, {"data": [], "layout": []}])
def test_what_is_no_figure_is_refused(figure: object) -> None:
    with pytest.raises(ExportError, match="figure: must"):
        checked_figure(figure)


@pytest.mark.parametrize(
    "z",
    [
        None,
        3,
        [[1, 2], [3]],
        [1, 2],
        {"dtype": "O", "bdata": "", "shape": "0, 0"},
        {"dtype": "u1", "bdata": "AA=="},
        {"dtype": "u1", "bdata": "AA==", "shape": "2, 2"},
        {"dtype": "u1", "bdata": "!", "shape": "1, 1"},
    ],
)
def test_cells_that_are_not_a_table_are_refused(z: object) -> None:
    scenario = drawn_trace(3).scenario
    figure = samples_figure(scenario, federated_data(scenario))
    with pytest.raises(ExportError, match=r"data\[0\].z: must be rows"):
        checked_figure(changed(figure, "data.0.z", z))


def test_words_may_hold_an_address_and_a_deep_figure_may_not_be(figure: Figure) -> None:
    figure["data"][0]["text"] = "see https://example.org"
    assert drawn_csv(checked_figure(figure))
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    with pytest.raises(ExportError, match="deep"):
        checked_figure(changed(figure, "data.0.customdata", deep))


def test_a_huge_figure_is_refused(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.export.checked.MAX_VALUES", 100)
    with pytest.raises(ExportError, match="must hold at most 100 values"):
        checked_figure(figure)
