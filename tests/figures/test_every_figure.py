"""What holds for every figure: plain JSON that Plotly accepts, a frame a round, fixed axes, words to be read aloud."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    Figure,
    accuracy_figure,
    class_accuracy_figure,
    contribution_figure,
    decision_figure,
    gain_figure,
    ledger_figure,
    pay_figure,
    samples_figure,
    shards_figure,
)
from cgs_core.records import Trace
from tests.figures.drawn import drawn_trace

ANIMATED: dict[str, Callable[..., Figure]] = {
    "ledger": ledger_figure,
    "contribution": lambda trace, data, **more: contribution_figure(trace, **more),
    "pay": lambda trace, data, **more: pay_figure(trace, **more),
    "accuracy": lambda trace, data, **more: accuracy_figure(trace, **more),
    "gain": lambda trace, data, **more: gain_figure(trace, **more),
    "classes": lambda trace, data, **more: class_accuracy_figure(trace, **more),
}
STILL: dict[str, Callable[..., Figure]] = {
    "shards": lambda trace, data: shards_figure(trace.scenario, data),
    "samples": lambda trace, data: samples_figure(trace.scenario, data),
}
EVERY = ANIMATED | STILL


def plane_case() -> tuple[Trace, FederatedData]:
    trace = drawn_trace(5, "spiral")
    return trace, federated_data(trace.scenario)


def accept(figure: Figure) -> None:
    """Plotly's own validation of the figure and of each frame applied to it; raises where something is unknown."""
    json.dumps(figure, allow_nan=False)
    go.Figure(figure)
    data, layout = figure["data"], figure["layout"]
    assert not layout.get("template")
    assert layout["height"] > 0
    assert layout["autosize"] is True
    assert "width" not in layout
    for frame in figure.get("frames", ()):
        assert len(frame["data"]) == len(frame["traces"])
        for place, part in zip(frame["traces"], frame["data"], strict=True):
            assert part.keys() <= data[place].keys(), "a frame may not set what the base does not: it would stay"


@pytest.mark.parametrize("kind", EVERY)
def test_plotly_accepts_the_figure(kind: str, trace: Trace, data: FederatedData) -> None:
    accept(EVERY[kind](trace, data))


@pytest.mark.parametrize("dataset", ["wine", "moons", "breast_cancer", "mnist"])
@pytest.mark.parametrize("kind", EVERY)
def test_plotly_accepts_other_data_sets(kind: str, dataset: str) -> None:
    trace = drawn_trace(5, dataset)
    accept(EVERY[kind](trace, federated_data(trace.scenario)))


def test_plotly_accepts_the_plane() -> None:
    accept(decision_figure(*plane_case()))


@pytest.mark.parametrize("kind", EVERY)
def test_words_say_which_figure_it_is(kind: str, trace: Trace, data: FederatedData) -> None:
    meta = EVERY[kind](trace, data)["layout"]["meta"]

    assert meta["filename"] == f"cgs-{kind}-{trace.scenario.scenario_id}"
    assert meta["title"]
    assert 20 < len(meta["alt"]) < 1000
    assert "nan" not in meta["alt"].lower()


@pytest.mark.parametrize("kind", EVERY)
def test_only_inks_that_the_page_knows_are_near_black_or_white(kind: str, trace: Trace, data: FederatedData) -> None:
    """Any other dark or light colour of text or lines would vanish on one of the grounds."""
    figure = EVERY[kind](trace, data)
    figure["layout"].pop("meta")

    def colors_of(value: Any, path: str = "") -> list[tuple[str, str]]:
        if isinstance(value, dict):
            return [pair for key, item in value.items() for pair in colors_of(item, f"{path}.{key}")]
        if isinstance(value, list):
            return [pair for item in value for pair in colors_of(item, path)]
        return [(path, value)] if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) else []

    for path, color in colors_of(figure):
        on_a_filled_part = path.endswith((".data.textfont.color",)) or ".colorscale" in path
        brightness = sum(int(color[start : start + 2], 16) for start in (1, 3, 5)) / 3
        assert color == "#31333F" or on_a_filled_part or 60 < brightness < 200, (path, color)


@pytest.mark.parametrize("kind", ANIMATED)
@pytest.mark.parametrize(("n_planned", "n_recorded"), [(4, 4), (4, 1), (30, 3), (1, 1)])
def test_a_frame_a_recorded_round(kind: str, n_planned: int, n_recorded: int) -> None:
    trace = drawn_trace(5, "digits", n_planned, n_recorded)

    figure = ANIMATED[kind](trace, federated_data(trace.scenario))

    accept(figure)
    assert [frame["name"] for frame in figure["frames"]] == [str(index) for index in range(n_recorded)]


@pytest.mark.parametrize("kind", ANIMATED)
def test_the_base_shows_the_round_asked_for_or_the_last(kind: str, trace: Trace, data: FederatedData) -> None:
    for round_index, shown in ((None, trace.n_rounds - 1), (1, 1)):
        figure = ANIMATED[kind](trace, data, round_index=round_index)
        frame = figure["frames"][shown]
        for place, part in zip(frame["traces"], frame["data"], strict=True):
            assert figure["data"][place] | part == figure["data"][place]


@pytest.mark.parametrize("kind", ANIMATED)
@pytest.mark.parametrize("round_index", [-1, 4])
def test_a_round_that_was_not_recorded_is_refused(kind: str, round_index: int) -> None:
    trace = drawn_trace(5)
    with pytest.raises(ValueError, match="round_index: from 0 to 3"):
        ANIMATED[kind](trace, federated_data(trace.scenario), round_index=round_index)


def numbers_by_axis(traces: list[dict[str, Any]], letter: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for drawn in traces:
        if drawn["type"] != "bar" or letter == "y":  # stacked bars are checked where they are drawn
            values = [value for value in drawn.get(letter, []) if value is not None]
            found.setdefault(drawn.get(f"{letter}axis", letter), []).extend(values)
        elif drawn.get("customdata") and drawn.get("xaxis") != "x":
            found.setdefault(drawn["xaxis"], []).extend(value for value in drawn["x"] if value is not None)
    return found


@pytest.mark.parametrize("kind", ["ledger", "contribution", "pay", "accuracy", "gain"])
def test_fixed_axes_hold_every_round(kind: str, trace: Trace, data: FederatedData) -> None:
    figure = ANIMATED[kind](trace, data)
    layout = figure["layout"]

    for frame in figure["frames"]:
        assert frame.keys() == {"name", "data", "traces"}, "a frame moves no axis"
        applied = list(figure["data"])
        for place, part in zip(frame["traces"], frame["data"], strict=True):
            applied[place] = applied[place] | part
        for letter in "xy":
            for axis, values in numbers_by_axis(applied, letter).items():
                fixed = layout[axis.replace(letter, f"{letter}axis")]
                low, high = sorted(fixed["range"])
                assert fixed["autorange"] is False
                assert low <= min(values)
                assert max(values) <= high
