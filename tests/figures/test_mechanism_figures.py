"""Mechanisms side by side: every symbol, band and word is a mean, a percentile or a count of the arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cgs_core.figures import (
    Figure,
    MeasureColumn,
    agent_look,
    agent_name,
    measures_figure,
    mechanism_accuracy_figure,
    mechanism_look,
    waterfall_figure,
)
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import Scenario
from cgs_core.studies.steps import Waterfall
from cgs_core.typing import FloatArray
from tests.figures.test_every_figure import accept

NAMES = tuple(MECHANISMS)[:4]


def drawn(n_seeds: int, n_agents: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(n_seeds * 100 + n_agents)
    return rng.uniform(0.3, 0.9, (n_seeds, len(NAMES), n_agents)), rng.uniform(0.2, 0.7, (n_seeds, n_agents))


def named(figure: Figure, title: str) -> dict[str, Any]:
    (found,) = [trace for trace in figure["data"] if trace.get("name") == title and trace["x"] != [None]]
    return found


def percentile_of(values: FloatArray, percent: float) -> float:
    """Linear between the two values beside the rank."""
    known = sorted(values.tolist())
    rank = percent / 100 * (len(known) - 1)
    low, high = known[int(rank)], known[min(int(rank) + 1, len(known) - 1)]
    return low + (rank - int(rank)) * (high - low)


def ends_of(trace: dict[str, Any]) -> list[tuple[float, float]]:
    """The two ends of each symbol's band."""
    band = trace["error_x"]
    return [(x - down, x + up) for x, down, up in zip(trace["x"], band["arrayminus"], band["array"], strict=True)]


def test_mechanisms_differ_by_more_than_colour() -> None:
    looks = [mechanism_look(name) for name in MECHANISMS]
    assert len({look.symbol for look in looks}) == len(looks)
    assert [look.title for look in looks] == [MECHANISMS[name].title for name in MECHANISMS]
    others = {look.color for name, look in zip(MECHANISMS, looks, strict=True) if name != "fedavg"}
    assert mechanism_look("fedavg").color not in others | {agent_look(agent).color for agent in range(10)}


# -- accuracy --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_seeds", [1, 2, 5])
@pytest.mark.parametrize("n_agents", [2, 5, 30])
def test_symbols_are_means_over_the_seeds(n_agents: int, n_seeds: int) -> None:
    accuracy, standalone = drawn(n_seeds, n_agents)
    figure = mechanism_accuracy_figure(accuracy, standalone, NAMES, scenario_id="s")

    accept(figure)
    for place, name in enumerate(NAMES):
        trace = named(figure, MECHANISMS[name].title)
        own = accuracy[:, place]
        assert trace["x"] == pytest.approx([sum(column) / n_seeds for column in own.T], abs=1e-5)
        assert np.round(trace["y"]).tolist() == list(range(n_agents))
        assert trace["customdata"] == [agent_name(agent) for agent in range(n_agents)]
        assert trace["marker"]["symbol"] == mechanism_look(name).symbol
        if n_seeds == 1:
            assert "error_x" not in trace
            continue
        for (low, high), column in zip(ends_of(trace), own.T, strict=True):
            mean = column.mean()
            assert low == pytest.approx(min(percentile_of(column, 10), mean), abs=2e-5)
            assert high == pytest.approx(max(percentile_of(column, 90), mean), abs=2e-5)


def test_the_grey_line_is_training_alone() -> None:
    accuracy, standalone = drawn(3, 4)
    line = mechanism_accuracy_figure(accuracy, standalone, NAMES, scenario_id="s")["data"][0]
    for agent in range(4):
        x, y = line["x"][3 * agent : 3 * agent + 3], line["y"][3 * agent : 3 * agent + 3]
        assert x == [pytest.approx(standalone[:, agent].mean(), abs=1e-5)] * 2 + [None]
        assert sorted(y[:2]) == pytest.approx([agent - 0.45, agent + 0.45])


def test_mechanisms_in_a_row_keep_their_own_lane() -> None:
    figure = mechanism_accuracy_figure(*drawn(1, 3), NAMES, scenario_id="s")
    heights = np.array([named(figure, MECHANISMS[name].title)["y"] for name in NAMES])
    assert (np.diff(heights, axis=0) > 0.1).all()
    assert (np.abs(heights - np.arange(3)) < 0.45).all()


@pytest.mark.parametrize("n_seeds", [1, 5])
def test_the_fixed_axis_holds_every_symbol_and_band(n_seeds: int) -> None:
    accuracy, standalone = drawn(n_seeds, 6)
    figure = mechanism_accuracy_figure(accuracy, standalone, NAMES, scenario_id="s")
    low, high = figure["layout"]["xaxis"]["range"]
    for trace in figure["data"]:
        assert all(low <= x <= high for x in trace["x"] if x is not None)
        if "error_x" in trace:
            assert all(low <= end <= high for ends in ends_of(trace) for end in ends)


@pytest.mark.parametrize(("n_agents", "side"), [(5, None), (20, None), (50, "top")])
def test_of_more_agents_than_a_screen_has_room_for_the_axis_is_on_top(n_agents: int, side: str | None) -> None:
    layout = mechanism_accuracy_figure(*drawn(2, n_agents), NAMES, scenario_id="s")["layout"]
    assert layout["xaxis"].get("side") == side
    above = layout["margin"]["t"] - (layout["legend"]["y"] - 1) * (
        layout["height"] - sum(layout["margin"][e] for e in "tb")
    )
    assert above == pytest.approx(62, abs=0.1), "the legend keeps its room above what is on top"


def test_accuracy_words_are_the_means() -> None:
    accuracy = np.array([[[0.5, 0.7], [0.6, 0.6]], [[0.7, 0.9], [0.6, 0.8]]])
    standalone = np.array([[0.3, 0.4], [0.3, 0.6]])
    alt = mechanism_accuracy_figure(accuracy, standalone, NAMES[:2], scenario_id="s")["layout"]["meta"]["alt"]
    first, second = (MECHANISMS[name].title for name in NAMES[:2])
    assert alt == (
        f"Final accuracy of 2 agents under 2 mechanisms, mean over 2 seeds: {first} from 60 % to 80 %; "
        f"{second} from 60 % to 70 %; alone from 30 % to 50 %."
    )


# -- the measures ----------------------------------------------------------------------------------------


def measure_traces(figure: Figure, column: int) -> list[dict[str, Any]]:
    """The traces of one column, a mechanism a trace."""
    xaxis = f"x{column + 1}" if column else "x"
    return [trace for trace in figure["data"] if trace["xaxis"] == xaxis]


def test_measures_are_means_with_bands_over_the_seeds() -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (6, len(NAMES)))
    values[2:, 1] = np.nan  # two seeds
    values[1:, 2] = np.nan  # one seed
    columns = [MeasureColumn("Fairness", values), MeasureColumn("Mean accuracy", np.abs(values), is_percent=True)]
    figure = measures_figure(columns, NAMES, scenario_id="s")

    accept(figure)
    for place, column in enumerate(columns):
        traces = measure_traces(figure, place)
        assert len(traces) == len(NAMES)
        low, high = figure["layout"]["xaxis2" if place else "xaxis"]["range"]
        for row, (name, trace) in enumerate(zip(NAMES, traces, strict=True)):
            known = column.values[~np.isnan(column.values[:, row]), row]
            assert trace["y"] == [row]
            assert trace["name"] == MECHANISMS[name].title
            assert trace["x"] == [pytest.approx(sum(known) / len(known), abs=1e-5)]
            assert ("error_x" in trace) == (len(known) > 1)
            if len(known) > 1:
                ((left, right),) = ends_of(trace)
                assert left == pytest.approx(min(percentile_of(known, 10), known.mean()), abs=2e-5)
                assert right == pytest.approx(max(percentile_of(known, 90), known.mean()), abs=2e-5)
                assert low <= left and right <= high


def test_what_is_undefined_says_so() -> None:
    values = np.array([[0.2, np.nan, 0.4, 0.3]])
    columns = [MeasureColumn("Fairness", values), MeasureColumn("Equality", np.full((1, 4), np.nan))]
    figure = measures_figure(columns, NAMES, scenario_id="s")

    accept(figure)
    texts = [[trace.get("text") for trace in measure_traces(figure, place)] for place in range(2)]
    word = "\u00a0\u00a0undefined"  # apart from the row's name
    assert texts == [[None, [word], None, None], [[word]] * 4]
    alt = figure["layout"]["meta"]["alt"]
    highest, lowest = MECHANISMS[NAMES[2]].title, MECHANISMS[NAMES[0]].title
    assert f"Fairness: highest for {highest} (0.4), lowest for {lowest} (0.2)" in alt
    assert "Equality: undefined" in alt


def test_every_measures_head_has_room_on_a_phone() -> None:
    """Seven pixels a letter of the longest line; the figure scrolls there."""
    columns = [MeasureColumn("No worse<br>than alone", np.ones((1, len(NAMES)))) for _ in range(6)]
    layout = measures_figure(columns, NAMES, scenario_id="s")["layout"]
    wide = layout["meta"]["min_width"] - layout["margin"]["l"] - layout["margin"]["r"]
    left = [one["x"] * wide for one in layout["annotations"]]
    assert np.diff(left).min() >= 7 * len("than alone")


def test_no_tick_stands_where_no_value_can_be() -> None:
    columns = [
        MeasureColumn("Equality", np.array([[0.981, 0.99, 0.999, 1.0]])),
        MeasureColumn("Gain", np.array([[0.5, 1.2, 2.0, 3.0]]), is_points=True),
    ]
    layout = measures_figure(columns, NAMES, scenario_id="s")["layout"]
    assert max(layout["xaxis"]["tickvals"]) == 1 < layout["xaxis"]["range"][1]
    assert max(layout["xaxis2"]["tickvals"]) == 3


def test_columns_stand_beside_each_other_under_their_titles() -> None:
    columns = [MeasureColumn(title, np.ones((1, len(NAMES)))) for title in ("Fairness", "Equality", "Gain")]
    layout = measures_figure(columns, NAMES, scenario_id="s")["layout"]
    domains = [layout[name]["domain"] for name in ("xaxis", "xaxis2", "xaxis3")]
    assert all(left[1] < right[0] for left, right in pairwise(domains))
    assert [(entry["text"], entry["x"]) for entry in layout["annotations"]] == [
        (f"<b>{column.title}</b>", domain[0]) for column, domain in zip(columns, domains, strict=True)
    ]
    assert layout["yaxis"]["ticktext"] == [MECHANISMS[name].title for name in NAMES]


# -- step by step ------------------------------------------------------------------------------------------


def made_waterfall(n_agents: int) -> Waterfall:
    rng = np.random.default_rng(n_agents)
    accuracy = np.vstack([np.full(n_agents, 0.9), np.full(n_agents, 0.85), rng.uniform(0.4, 0.9, (2, n_agents))])
    nothing = np.zeros((3, n_agents), np.bool_)
    return Waterfall(Scenario(n_agents=n_agents), 50, rng.uniform(0.3, 0.6, n_agents), accuracy, nothing, nothing[0])


@pytest.mark.parametrize("n_agents", [2, 5, 20])
def test_each_bar_of_a_waterfall_starts_where_the_last_one_ended(n_agents: int) -> None:
    result = made_waterfall(n_agents)
    figure = waterfall_figure(result)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]

    assert [bar["name"] for bar in bars] == ["scaled", "weighed", "paid"]
    np.testing.assert_allclose(bars[0]["base"], result.accuracy[0], atol=1e-5)
    for before, after in pairwise(bars):
        np.testing.assert_allclose(np.add(before["base"], before["x"]), after["base"], atol=2e-5)
    np.testing.assert_allclose(named(figure, "in the end")["x"], result.accuracy[-1], atol=1e-5)
    np.testing.assert_allclose(named(figure, "alone")["x"], result.alone, atol=1e-5)
    looks = [agent_look(agent) for agent in range(n_agents)]
    for trace in (*bars, named(figure, "in the end")):
        assert trace["marker"]["color"] == [look.color for look in looks]
    assert named(figure, "alone")["marker"]["symbol"] == [f"{look.symbol}-open" for look in looks]


def test_hovering_over_a_bar_tells_the_points() -> None:
    bar = next(trace for trace in waterfall_figure(made_waterfall(5))["data"] if trace["type"] == "bar")
    assert bar["customdata"][1] == ["Agent 2", "−5.0", "90.0 %", "85.0 %"]
    assert "%{customdata[1]} points" in bar["hovertemplate"]


@pytest.mark.parametrize(("n_agents", "is_there"), [(5, True), (20, False)])
def test_words_stand_beside_bars_where_rows_have_room(n_agents: int, is_there: bool) -> None:
    traces = [trace for trace in waterfall_figure(made_waterfall(n_agents))["data"] if trace.get("mode") == "text"]
    assert bool(traces) == is_there
    if is_there:
        assert traces[0]["text"][0].strip("\u00a0") == "scaled −5.0"


def test_on_a_phone_the_whole_axis_is_seen() -> None:
    layout = mechanism_accuracy_figure(*drawn(1, 3), NAMES, scenario_id="s")["layout"]
    narrow = layout["meta"]["narrow"]
    assert narrow["min_width"] <= 358 and len(narrow["layout"]["xaxis"]["tickvals"]) <= 4
    assert narrow["layout"]["xaxis"]["range"] == layout["xaxis"]["range"]
    more = narrow["layout"]["margin"]["t"] - layout["margin"]["t"]
    assert narrow["layout"]["height"] - layout["height"] == more > 0, "the legend takes no room of the rows"
