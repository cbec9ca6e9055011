"""What holds for every figure: plain JSON that Plotly accepts, a frame a round, fixed axes, words to be read aloud."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from cgs_core.contribution import (
    cgsv_approx,
    coalition_values,
    gram_game,
    permutation_path,
    plane_view,
    stratified_path,
)
from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    BarsState,
    CaseCell,
    CostLine,
    Figure,
    LatticeHighlight,
    MeasureColumn,
    Swept,
    SweptMeasure,
    accuracy_figure,
    arrows_figure,
    case_map_figure,
    class_accuracy_figure,
    contribution_figure,
    cost_error_figure,
    cost_figure,
    decision_figure,
    estimates_figure,
    gain_figure,
    lattice_figure,
    ledger_figure,
    marginals_by_size_figure,
    measures_figure,
    mechanism_accuracy_figure,
    one_round_figure,
    pay_figure,
    samples_figure,
    shards_figure,
    sweep_agents_figure,
    sweep_curves_figure,
    sweep_heat_figure,
    sweep_scatter_figure,
    tracking_figure,
    waterfall_figure,
)
from cgs_core.figures.style import FAINT, FONT_SIZE, SMALL_FONT_SIZE
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.steps import Waterfall
from tests.figures.drawn import drawn_trace


def game_of(trace: Trace, most: int) -> dict[str, Any]:
    """What the figures of a game are given: the gradient game of the first agents of a trace."""
    n_agents = min(trace.scenario.n_agents, most)
    tables = np.array([coalition_values(gram[:n_agents, :n_agents]) for gram in trace.gram])
    scenario_id = trace.scenario.scenario_id
    return {"values_by_round": tables, "agents": range(n_agents), "unit": "cosine", "scenario_id": scenario_id}


def lattice_of(trace: Trace, **more: Any) -> Figure:
    """In the middle of a walk, with the coalition of the first two chosen."""
    n_agents = min(trace.scenario.n_agents, 6)
    order = tuple(reversed(range(n_agents)))
    bars = BarsState((order, tuple(range(n_agents))), order[:1])
    return lattice_figure(
        **game_of(trace, 6), highlight=LatticeHighlight(coalition=3, path=order[:1]), bars=bars, **more
    )


def arrows_of(trace: Trace) -> Figure:
    gram = trace.gram[-1]
    return arrows_figure(
        plane_view(gram), agents=range(len(gram)), cosines=cgsv_approx(gram), scenario_id=trace.scenario.scenario_id
    )


def estimates_of(trace: Trace) -> Figure:
    gram, rng = trace.gram[-1], np.random.default_rng(0)
    n_agents, exact = len(gram), trace.contribution_exact
    paths = {
        name: sample(gram_game(gram), n_agents, 4, rng)
        for name, sample in {"sampled orders": permutation_path, "stratified by size": stratified_path}.items()
    }
    return estimates_figure(
        None if exact is None else exact[-1],
        cgsv_approx(gram),
        paths,
        agent=1,
        agents=range(n_agents),
        unit="cosine",
        scenario_id=trace.scenario.scenario_id,
    )


def tracking_of(trace: Trace) -> Figure:
    return tracking_figure(
        trace.contribution_approx.mean(axis=0),
        trace.stack("accuracy")[-1],
        agents=range(trace.scenario.n_agents),
        pearson=None,
        scenario_id=trace.scenario.scenario_id,
    )


def waterfall_of(trace: Trace) -> Figure:
    """Four rounds stand for the stages."""
    stages = np.resize(trace.stack("accuracy"), (4, trace.scenario.n_agents))
    nothing = np.zeros((3, trace.scenario.n_agents), np.bool_)
    alone = trace.rounds[-1].standalone_accuracy
    return waterfall_figure(Waterfall(trace.scenario, trace.n_rounds, alone, stages, nothing, nothing[0]))


MECHANISM_NAMES = ("cgsv", "fedavg", "standalone")


def mechanisms_of(trace: Trace) -> Figure:
    """The rounds stand for seeds, three times the same accuracy for mechanisms."""
    accuracy, alone = trace.stack("accuracy"), trace.stack("standalone_accuracy")
    by_mechanism = np.stack([accuracy, accuracy + 0.01, alone], axis=1)
    return mechanism_accuracy_figure(by_mechanism, alone, MECHANISM_NAMES, scenario_id=trace.scenario.scenario_id)


def measures_of(trace: Trace) -> Figure:
    means = trace.stack("accuracy").mean(axis=1)
    columns = [
        MeasureColumn("Mean accuracy", np.stack([means, means + 0.01, means - 0.1], axis=1), is_percent=True),
        MeasureColumn("Fairness", np.full((len(means), 3), np.nan)),
    ]
    return measures_figure(columns, MECHANISM_NAMES, scenario_id=trace.scenario.scenario_id)


def swept_of(trace: Trace) -> Swept:
    """The rounds stand for swept values."""
    places = range(trace.n_rounds)
    return Swept("Altruism (β)", tuple(map(str, places)), tuple(map(float, places)))


def swept_measure(trace: Trace, quantity: str) -> SweptMeasure:
    """The agents stand for seeds."""
    return SweptMeasure(quantity.replace("_", " "), trace.stack(quantity), is_percent=True)


def sweep_of(trace: Trace, kind: str) -> Figure:
    x, y = (swept_measure(trace, quantity) for quantity in ("accuracy", "standalone_accuracy"))
    swept, scenario_id = swept_of(trace), trace.scenario.scenario_id
    if kind == "scatter":
        return sweep_scatter_figure(swept, x, y, scenario_id=scenario_id)
    if kind == "agents":
        accuracy, alone = (measure.values[:, np.newaxis] for measure in (x, y))
        return sweep_agents_figure(swept, accuracy, alone, scenario_id=scenario_id)
    if kind == "heat":
        cells = x.values[:, : trace.n_rounds]
        down = Swept("Agents", swept.texts[: cells.shape[1]], swept.positions[: cells.shape[1]])
        return sweep_heat_figure(swept, down, cells, "Accuracy", True, scenario_id=scenario_id)
    return sweep_curves_figure(swept, [x, y], scenario_id=scenario_id)


def case_map_of(trace: Trace) -> Figure:
    """The agents stand for stories, the accuracy alone and with pay for data sets."""
    last = trace.rounds[-1]
    columns = {"Alone": last.standalone_accuracy, "Paid": last.accuracy}
    stories = {
        f"Agent {agent + 1}": [
            CaseCell(name, 2 * float(own[agent]) - 1, agent % 3 - 1, agent % 2 == 0, agent, f"{name}, {agent}")
            for name, own in columns.items()
        ]
        for agent in range(trace.scenario.n_agents)
    }
    return case_map_figure({"Agents": stories}, list(columns), "Agreement", filename=trace.scenario.scenario_id)


def estimators_of(trace: Trace) -> Figure:
    """An agent stands for an estimator, its growing accuracy for errors that shrink."""
    errors = 1.01 - trace.stack("accuracy")
    lines = [
        CostLine(f"Way {agent + 1}", [20, 64, 192], np.sort(own[:3])[::-1].tolist(), [0.02, 0.01, 0.0])
        for agent, own in enumerate(errors.T[:8])
    ]
    once = [("Equal shares", 0.3), ("Rebuilt", 1.5)]
    return cost_error_figure(lines, once, 255, 0.14, filename=trace.scenario.scenario_id)


ANIMATED: dict[str, Callable[..., Figure]] = {
    "ledger": ledger_figure,
    "contribution": lambda trace, data, **more: contribution_figure(trace, **more),
    "pay": lambda trace, data, **more: pay_figure(trace, **more),
    "accuracy": lambda trace, data, **more: accuracy_figure(trace, **more),
    "gain": lambda trace, data, **more: gain_figure(trace, **more),
    "classes": lambda trace, data, **more: class_accuracy_figure(trace, **more),
    "lattice": lambda trace, data, **more: lattice_of(trace, **more),
    "marginals": lambda trace, data, **more: marginals_by_size_figure(**game_of(trace, 8), **more),
}
STILL: dict[str, Callable[..., Figure]] = {
    "shards": lambda trace, data: shards_figure(trace.scenario, data),
    "samples": lambda trace, data: samples_figure(trace.scenario, data),
    "arrows": lambda trace, data: arrows_of(trace),
    "one_round": lambda trace, data: one_round_figure(trace, data, round_index=1),
    "estimates": lambda trace, data: estimates_of(trace),
    "case-map": lambda trace, data: case_map_of(trace),
    "estimators": lambda trace, data: estimators_of(trace),
    "cost": lambda trace, data: cost_figure(
        {"exact": [(4, 1e-4), (24, 0.1)], "approximate": [(4, 1e-5), (4096, 0.03)]},
        scenario_id=trace.scenario.scenario_id,
    ),
    "tracking": lambda trace, data: tracking_of(trace),
    "mechanisms": lambda trace, data: mechanisms_of(trace),
    "waterfall": lambda trace, data: waterfall_of(trace),
    "measures": lambda trace, data: measures_of(trace),
    "sweep": lambda trace, data: sweep_of(trace, "curves"),
    "sweep-scatter": lambda trace, data: sweep_of(trace, "scatter"),
    "sweep-agents": lambda trace, data: sweep_of(trace, "agents"),
    "sweep-heat": lambda trace, data: sweep_of(trace, "heat"),
}
EVERY = ANIMATED | STILL
OF_ALL_ROUNDS = ("ledger",)  # besides of each


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


@pytest.mark.parametrize("kind", ["contribution", "pay", "accuracy", "gain"])
def test_on_a_phone_all_of_it_is_seen_with_fewer_ticks(kind: str, trace: Trace, data: FederatedData) -> None:
    figure = EVERY[kind](trace, data)
    layout, narrow = figure["layout"], figure["layout"]["meta"]["narrow"]
    accept(figure | {"layout": layout | narrow["layout"]})
    assert narrow["min_width"] <= 358 and len(narrow["layout"]["xaxis"]["tickvals"]) <= 4
    assert narrow["layout"]["xaxis"]["range"] == layout["xaxis"]["range"]
    more = narrow["layout"]["margin"]["t"] - layout["margin"]["t"]
    assert narrow["layout"]["height"] - layout["height"] == more >= 0, "legends and heads take no room of the lines"


NARROW = (
    *("shards", "samples", "waterfall", "measures", "sweep-agents", "sweep-heat", "classes", "estimates", "cost"),
    "tracking",
)


def narrow_cases() -> Iterator[tuple[str, Figure]]:
    for dataset in ("digits", "fashion_mnist", "wine"):
        trace = drawn_trace(5, dataset)
        yield from ((kind, EVERY[kind](trace, federated_data(trace.scenario))) for kind in NARROW)
    plane, data = plane_case()
    yield "decisions", decision_figure(plane, data)
    yield "points", samples_figure(plane.scenario, data)
    text = Scenario(dataset="sentences", model="text_cnn", n_agents=3, agents=(Agent(label_noise=0.3),))
    yield "sentences", samples_figure(text, federated_data(text))


def accept_narrow(figure: Figure, kind: str) -> None:
    """All of it fits on a phone, as Plotly accepts it: each trace on axes that are there, and no frame sets it back."""
    narrow = figure["layout"]["meta"]["narrow"]
    assert narrow["min_width"] <= 358, kind
    traces = [trace | narrow["traces"].get(str(place), {}) for place, trace in enumerate(figure["data"])]
    layout = figure["layout"] | narrow["layout"]
    accept(figure | {"data": traces, "layout": layout})
    for frame in figure.get("frames", ()):
        for place, part in zip(frame["traces"], frame["data"], strict=True):
            assert not part.keys() & narrow["traces"].get(str(place), {}).keys(), kind
    for letter in "xy":
        names = {trace.get(f"{letter}axis", letter) for trace in traces}
        assert {name.replace(letter, f"{letter}axis") for name in names} <= layout.keys(), kind


def beyond_an_axis(layout: dict[str, Any]) -> list[str]:
    """The words that Plotly leaves out: their place, a value of an axis, is not on it, if only by a rounding."""
    found = []
    for words in layout.get("annotations", ()):
        for letter in "xy":
            name = words.get(f"{letter}ref", letter).replace(letter, f"{letter}axis")
            span = layout.get(name, {}).get("range")
            if span is not None and not min(span) <= words[letter] <= max(span):
                found.append(words["text"])
    return found


@pytest.mark.parametrize("kind", EVERY)
def test_all_words_stand_on_their_axes(kind: str, trace: Trace, data: FederatedData) -> None:
    layout = EVERY[kind](trace, data)["layout"]
    assert beyond_an_axis(layout) == []
    assert beyond_an_axis(layout | layout["meta"].get("narrow", {"layout": {}})["layout"]) == []


def empty_words(figure: Figure) -> list[tuple[str, Any]]:
    """The traces of points with words of which some are empty: when Plotly redraws them it may lose others' words."""
    traces = list(figure["data"])
    for frame in figure.get("frames", ()):
        traces += [figure["data"][place] | part for place, part in zip(frame["traces"], frame["data"], strict=True)]
    words = [one for one in traces if one["type"] == "scatter" and "text" in one.get("mode", "")]
    return [(one.get("name", ""), one["text"]) for one in words if "" in one["text"]]


@pytest.mark.parametrize("kind", EVERY)
def test_no_point_with_words_has_empty_ones(kind: str, trace: Trace, data: FederatedData) -> None:
    assert empty_words(EVERY[kind](trace, data)) == []


def test_nor_has_a_ledger_before_a_change_or_a_walk_that_has_begun() -> None:
    trace, before = drawn_trace(5), drawn_trace(5, "digits", 4, 2)
    assert empty_words(ledger_figure(trace, federated_data(trace.scenario), before=before)) == []
    assert empty_words(lattice_of(trace)) == []


def test_on_a_phone_a_wide_picture_is_another_one() -> None:
    for kind, figure in narrow_cases():
        accept_narrow(figure, kind)


def test_a_methods_name_stands_right_of_its_line_within_the_margin(trace: Trace, data: FederatedData) -> None:
    layout = EVERY["cost"](trace, data)["layout"]
    assert {(name["xanchor"], name["xshift"] > 0) for name in layout["annotations"]} == {("left", True)}
    assert layout["margin"]["r"] >= 8 + 7 * len("● cosine approximation")  # what the longest name takes


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


@pytest.mark.parametrize("kind", EVERY)
def test_text_is_large_enough_and_never_faint(kind: str, trace: Trace, data: FederatedData) -> None:
    """Grey that is seen as a line on both grounds is too faint for text on one of them."""
    fonts = list(fonts_of(EVERY[kind](trace, data)))
    assert fonts and min(size for size, _ in fonts) >= SMALL_FONT_SIZE
    assert FAINT not in {color for _, color in fonts}


def test_so_it_is_of_fifty_agents() -> None:
    trace = drawn_trace(50, "moons")
    data = federated_data(trace.scenario)
    for kind in ("ledger", "shards", "classes"):
        assert min(size for size, _ in fonts_of(EVERY[kind](trace, data))) >= SMALL_FONT_SIZE, kind


def fonts_of(part: Any) -> Iterator[tuple[float, str | None]]:
    """The sizes and colours of all texts of a figure."""
    if isinstance(part, str):
        yield from ((float(size), None) for size in re.findall(r"font-size: ?(\d+)px", part))
    elif isinstance(part, list):
        yield from (font for item in part for font in fonts_of(item))
    elif isinstance(part, dict):
        for name, item in part.items():
            if name in ("font", "textfont", "tickfont"):
                sizes = item.get("size", FONT_SIZE)
                color = item.get("color") if isinstance(item.get("color"), str) else None
                yield from ((size, color) for size in (sizes if isinstance(sizes, list) else [sizes]))
            else:
                yield from fonts_of(item)


@pytest.mark.parametrize("kind", ANIMATED)
@pytest.mark.parametrize(("n_planned", "n_recorded"), [(4, 4), (4, 1), (30, 3), (1, 1)])
def test_a_frame_a_recorded_round(kind: str, n_planned: int, n_recorded: int) -> None:
    trace = drawn_trace(5, "digits", n_planned, n_recorded)

    figure = ANIMATED[kind](trace, federated_data(trace.scenario))

    accept(figure)
    if kind == "lattice" and n_recorded == 1:  # also a game without rounds; it is drawn as it is
        assert figure["frames"] == []
    else:
        names = [str(index) for index in range(n_recorded)]
        assert [frame["name"] for frame in figure["frames"]] == names + ["all"] * (kind in OF_ALL_ROUNDS)


@pytest.mark.parametrize("kind", ["contribution", "pay", "accuracy", "gain", "classes", "decisions"])
def test_while_more_rounds_come_it_is_the_same_figure_with_the_newest_rounds_frame_alone(kind: str) -> None:
    trace = drawn_trace(5, "spiral")
    draw = EVERY.get(kind, decision_figure)
    whole, live = (draw(trace, federated_data(trace.scenario), is_live=is_live) for is_live in (False, True))
    assert live == whole | {"frames": whole["frames"][-1:]}


@pytest.mark.parametrize("kind", ANIMATED)
def test_the_base_shows_the_round_asked_for_or_all_or_the_last(kind: str, trace: Trace, data: FederatedData) -> None:
    for round_index, shown in ((None, -1), (1, 1)):
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


@pytest.mark.parametrize("kind", ["ledger", "contribution", "pay", "accuracy", "gain", "lattice", "marginals"])
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


def test_gains_of_the_last_round_alone_have_an_axis_of_their_own(trace: Trace, data: FederatedData) -> None:
    figure = gain_figure(trace, is_of_last=True)
    accept(figure)
    last = trace.rounds[-1]
    gains = last.accuracy - last.standalone_accuracy
    low, high = figure["layout"]["xaxis2"]["range"]
    assert not figure["frames"] and low <= min(gains.min(), 0.0) and high >= max(gains.max(), 0.1)
    assert low >= 1.1 * min(gains.min(), -0.1), "no room for gains of other rounds"
