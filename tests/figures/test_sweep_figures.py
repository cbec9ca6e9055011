"""The figures of a sweep draw the table's own numbers, leave gaps where there are none, and never invent a value."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.figures import (
    Figure,
    Swept,
    SweptMeasure,
    agent_look,
    pareto_front,
    sweep_agents_figure,
    sweep_curves_figure,
    sweep_heat_figure,
    sweep_scatter_figure,
)
from cgs_core.figures.many_agents import in_color
from cgs_core.figures.runs.sweep_axis import tick_texts
from cgs_core.figures.style import FAINT
from cgs_core.typing import FloatArray
from tests.figures.test_every_figure import accept, empty_words

ALTRUISM = Swept("Altruism (β)", ("0.1", "0.5", "1", "2", "5", "10", "∞"), (-1.0, -0.3, 0.0, 0.3, 0.7, 1.0, 1.4))
AGENTS = Swept("Agents", ("2", "5", "10"), (2.0, 5.0, 10.0))
N_VALUES, N_SEEDS = len(ALTRUISM.texts), 5
NOTHING = np.full((N_VALUES, N_SEEDS), np.nan)


def drawn(seed: int, *more: int) -> FloatArray:
    return np.random.default_rng(seed).uniform(0.2, 0.9, (N_VALUES, N_SEEDS, *more))


def partly(values: FloatArray) -> FloatArray:
    """One seed at the ends, two in the middle, all at 5 alone, nothing elsewhere."""
    part = np.full_like(values, np.nan)
    for index, n_seeds in {0: 1, 3: 2, 4: N_SEEDS, 6: 1}.items():
        part[index, :n_seeds] = values[index, :n_seeds]
    return part


def curves(*values: FloatArray) -> Figure:
    titles = ("Fairness (Pearson r)", "Mean accuracy", "Equality")
    measures = [SweptMeasure(title, own, title == "Mean accuracy") for title, own in zip(titles, values, strict=False)]
    return sweep_curves_figure(ALTRUISM, measures, scenario_id="s")


def scatter(x: FloatArray, y: FloatArray) -> Figure:
    return sweep_scatter_figure(
        ALTRUISM, SweptMeasure("Fairness", x), SweptMeasure("Accuracy", y, True), scenario_id="s"
    )


def agents(accuracy: FloatArray, standalone: FloatArray) -> Figure:
    return sweep_agents_figure(ALTRUISM, accuracy, standalone, scenario_id="s")


def heat(values: FloatArray, is_percent: bool = False) -> Figure:
    return sweep_heat_figure(ALTRUISM, AGENTS, values, "Fairness", is_percent, scenario_id="s")


MARKED: dict[str, Callable[[Callable[[FloatArray], FloatArray]], Figure]] = {
    "sweep": lambda keep: curves(keep(drawn(0)), keep(drawn(1)), keep(drawn(2))),
    "sweep-scatter": lambda keep: scatter(keep(drawn(0)), keep(drawn(1))),
    "sweep-agents": lambda keep: agents(keep(drawn(0, 4)), keep(drawn(1, 4))),
}
STATES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "all": lambda values: values,
    "part": partly,
    "one seed": lambda values: values[:, :1],
    "nothing": lambda values: np.full_like(values, np.nan),
}


def named(figure: Figure, name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def at(figure: Figure, index: int) -> list[dict[str, Any]]:
    """The figure's traces with one frame applied."""
    frame = figure["frames"][index]
    applied = list(figure["data"])
    for place, part in zip(frame["traces"], frame["data"], strict=True):
        applied[place] = applied[place] | part
    return applied


def points_of(trace: dict[str, Any]) -> FloatArray:
    return np.column_stack([trace["x"], trace["y"]])


def texts_at(figure: Figure, index: int) -> str:
    return " | ".join(text for trace in at(figure, index) for text in trace.get("text", ()))


def mean_of(values: FloatArray) -> float | None:
    known = [float(value) for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else None


def percentile_of(values: FloatArray, percent: float) -> float:
    """Linear between the two values beside the rank."""
    known = sorted(float(value) for value in values if not math.isnan(value))
    rank = percent / 100 * (len(known) - 1)
    low, high = known[math.floor(rank)], known[math.ceil(rank)]
    return low + (rank - math.floor(rank)) * (high - low)


# -- all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", MARKED)
def test_a_frame_a_value_and_at_first_the_last(kind: str, state: str) -> None:
    figure = MARKED[kind](STATES[state])

    accept(figure)
    meta = figure["layout"]["meta"]
    assert meta["filename"] == f"cgs-{kind}-s"
    assert 20 < len(meta["alt"]) < 1000
    assert "nan" not in meta["alt"].lower()
    assert [frame["name"] for frame in figure["frames"]] == [str(index) for index in range(N_VALUES)]
    assert at(figure, N_VALUES - 1) == figure["data"]
    assert figure["layout"]["height"] <= {"sweep": 420, "sweep-scatter": 390, "sweep-agents": 380}[kind]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", MARKED)
def test_fixed_axes_hold_what_is_drawn(kind: str, state: str) -> None:
    figure = MARKED[kind](STATES[state])
    for index in range(N_VALUES):
        for trace in at(figure, index):
            for letter in "xy":
                axis = figure["layout"][trace.get(f"{letter}axis", letter).replace(letter, f"{letter}axis")]
                assert axis["autorange"] is False
                values = [value for value in trace[letter] if value is not None]
                assert all(axis["range"][0] - 1e-5 <= value <= axis["range"][1] + 1e-5 for value in values)


@pytest.mark.parametrize("kind", ["sweep", "sweep-agents"])
def test_the_mark_is_at_the_value_in_every_panel(kind: str) -> None:
    figure = MARKED[kind](STATES["all"])
    n_panels = {"sweep": 3, "sweep-agents": 1}[kind]
    for index, (text, position) in enumerate(zip(ALTRUISM.texts, ALTRUISM.positions, strict=True)):
        upright = [trace for trace in at(figure, index) if trace["x"] == [position, position]]
        assert len(upright) == n_panels
        assert f"<b>{text}</b>" in texts_at(figure, index)
        assert "not computed" not in texts_at(figure, index)
    assert len({trace["yaxis"] for trace in upright}) == n_panels


@pytest.mark.parametrize("kind", MARKED)
def test_between_computed_values_the_mark_says_which(kind: str) -> None:
    figure = MARKED[kind](partly)
    expected = {1: "0.1 and 2", 2: "0.1 and 2", 5: "5 and ∞"}
    for index in range(N_VALUES):
        words = f"<b>{ALTRUISM.texts[index]}</b> not computed yet: between {expected.get(index)}"
        assert (words in texts_at(figure, index)) == (index in expected)


@pytest.mark.parametrize("kind", MARKED)
def test_beyond_the_computed_values_and_without_any(kind: str) -> None:
    def only_two(values: FloatArray) -> FloatArray:
        kept = np.full_like(values, np.nan)
        kept[2:4] = values[2:4]
        return kept

    figure = MARKED[kind](only_two)
    assert "<b>0.1</b> not computed yet: before 1" in texts_at(figure, 0)
    assert "<b>∞</b> not computed yet: after 2" in texts_at(figure, 6)

    figure = MARKED[kind](STATES["nothing"])
    assert "<b>1</b> not computed yet" in texts_at(figure, 2)
    assert "between" not in texts_at(figure, 2)
    assert any("not computed yet" in entry["text"] for entry in figure["layout"]["annotations"])
    assert "not computed yet" in figure["layout"]["meta"]["alt"]


# -- curves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["all", "part", "one seed"])
def test_curves_are_means_and_gaps(state: str) -> None:
    values = [STATES[state](drawn(seed)) for seed in range(3)]
    figure = curves(*values)
    for title, own in zip(("Fairness (Pearson r)", "Mean accuracy", "Equality"), values, strict=True):
        (line,) = named(figure, title)
        assert line["x"] == list(ALTRUISM.positions)
        assert line["mode"] == "lines+markers"
        assert not line.get("connectgaps")
        expected = [mean_of(row) for row in own]
        assert line["y"] == [None if mean is None else pytest.approx(mean, abs=1e-5) for mean in expected]
        assert [count for _, count, _ in line["customdata"]] == [int((~np.isnan(row)).sum()) for row in own]


def bands_of(figure: Figure, yaxis: str) -> list[list[tuple[float, float]]]:
    """The closed shapes of a panel as lists of points."""
    (band,) = [trace for trace in figure["data"] if trace.get("fill") and trace["yaxis"] == yaxis]
    shapes: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(band["x"], band["y"], strict=True):
        if x is None:
            shapes.append([])
        else:
            shapes[-1].append((x, y))
    return [shape for shape in shapes if shape]


def test_bands_are_the_10th_and_90th_percentile() -> None:
    values = drawn(4)
    values[2] = np.nan
    values[5, 1:3] = np.nan
    first, second = bands_of(curves(values), "y")

    for shape, stretch in ((first, [0, 1]), (second, [3, 4, 5, 6])):
        low = [(ALTRUISM.positions[k], percentile_of(values[k], 10)) for k in stretch]
        high = [(ALTRUISM.positions[k], percentile_of(values[k], 90)) for k in stretch[::-1]]
        assert np.array(shape) == pytest.approx(np.array(low + high), abs=1e-5)


def test_no_band_below_three_seeds() -> None:
    assert bands_of(curves(drawn(0)[:, :2]), "y") == []
    (alone,) = bands_of(curves(partly(drawn(0))), "y")
    assert [x for x, _ in alone] == [ALTRUISM.positions[4]] * 2
    for n_seeds, has_words in ((2, False), (3, True)):
        title = curves(drawn(0)[:, :n_seeds])["layout"]["xaxis"]["title"]["text"]
        assert ("10th to 90th percentile" in title) == has_words


def test_the_mark_reads_the_mean_and_the_count_of_every_panel() -> None:
    values = [partly(drawn(0)), partly(drawn(1))]
    figure = curves(*values)
    for index, n_seeds in {0: "1 seed", 3: "2 seeds", 4: "5 seeds"}.items():
        fairness, accuracy = (mean_of(own[index]) for own in values)
        assert fairness is not None and accuracy is not None
        words = texts_at(figure, index)
        assert f"<b>{float(f'{fairness:.3g}'):.10g}</b> ({n_seeds})" in words
        assert f"<b>{100 * accuracy:.1f} %</b> ({n_seeds})" in words
        lit = [trace["y"] for trace in at(figure, index) if trace.get("marker", {}).get("size") == 12]
        assert lit == [[pytest.approx(fairness, abs=1e-5)], [pytest.approx(accuracy, abs=1e-5)]]


def test_the_axis_says_how_many_seeds() -> None:
    assert "7 values, mean over 5 seeds" in curves(drawn(0))["layout"]["xaxis"]["title"]["text"]
    assert "7 values, mean over 2 seeds" in curves(drawn(0)[:, :2])["layout"]["xaxis"]["title"]["text"]
    assert "7 values, one seed" in curves(drawn(0)[:, :1])["layout"]["xaxis"]["title"]["text"]
    part = curves(partly(drawn(0)))["layout"]["xaxis"]["title"]["text"]
    assert "4 of 7 values so far, mean over 1 to 5 seeds" in part


def test_no_point_with_words_has_empty_ones_while_values_are_to_come() -> None:
    few = drawn(2)
    few[3:] = np.nan
    assert empty_words(curves(few, few)) == []


def test_a_measure_that_is_undefined_says_so_beside_one_that_is_not() -> None:
    figure = curves(drawn(0), NOTHING)
    notes = [entry["text"] for entry in figure["layout"]["annotations"]]
    assert notes == ["<b>Fairness (Pearson r)</b>", "<b>Mean accuracy</b>: undefined"]  # no mark crosses it there
    assert figure["layout"]["yaxis2"]["ticktext"] == []
    assert "undefined" in texts_at(figure, 3)
    assert "Mean accuracy: undefined" in figure["layout"]["meta"]["alt"]


def test_words_for_readers_are_the_means() -> None:
    values = np.repeat(np.array([0.5, 0.9, 0.8, 0.7, 0.6, 0.2, 0.4])[:, np.newaxis], 3, axis=1)
    alt = curves(values, values)["layout"]["meta"]["alt"]
    assert "Fairness (Pearson r): from 0.5 at 0.1 to 0.4 at ∞; lowest 0.2 at 10, highest 0.9 at 0.5" in alt
    assert "Mean accuracy: from 50.0 % at 0.1 to 40.0 % at ∞; lowest 20.0 % at 10, highest 90.0 % at 0.5" in alt


def test_infinity_has_its_own_tick() -> None:
    axis = curves(drawn(0))["layout"]["xaxis"]
    assert axis["tickvals"] == list(ALTRUISM.positions)
    assert axis["ticktext"][-1] == "∞"
    assert axis["range"][1] > ALTRUISM.positions[-1]


@pytest.mark.parametrize("is_apart", [False, True])
def test_the_axis_breaks_before_a_value_that_is_not_on_its_scale(is_apart: bool) -> None:
    swept = Swept(ALTRUISM.title, ALTRUISM.texts, ALTRUISM.positions, is_last_apart=is_apart)
    values = drawn(0, 2)
    for figure in (
        sweep_curves_figure(swept, [SweptMeasure("Fairness", values[:, :, 0])], scenario_id="s"),
        sweep_agents_figure(swept, values, values, scenario_id="s"),
    ):
        breaks = [entry["x"] for entry in figure["layout"]["annotations"] if "//" in entry["text"]]
        assert breaks == [pytest.approx((1.0 + 1.4) / 2)] * is_apart


def test_of_many_agents_the_picked_ones_are_in_colour() -> None:
    values = drawn(0, 12)
    figure = sweep_agents_figure(ALTRUISM, values, values, scenario_id="s", picked=[2, 7])
    lines = [one for one in figure["data"] if one.get("name", "").startswith("Agent ")]
    colored = {one["name"].split(",")[0] for one in lines if one["line"]["color"] != FAINT}
    named = {one["text"].split("</span> ")[1] for one in figure["layout"]["annotations"] if "●" in one["text"]}
    assert len(lines) == 24 and colored == named == {"Agent 3", "Agent 8"}


@pytest.mark.parametrize("n_measures", [0, 4])
def test_what_does_not_fit_is_refused(n_measures: int) -> None:
    measures = [SweptMeasure("Fairness", drawn(0))] * n_measures
    with pytest.raises(ValueError, match=f"measures: from 1 to 3; got {n_measures}"):
        sweep_curves_figure(ALTRUISM, measures, scenario_id="s")


def test_one_value_and_constant_measures_are_drawn() -> None:
    one = Swept("Agents", ("5",), (5.0,))
    accept(sweep_curves_figure(one, [SweptMeasure("Fairness", np.zeros((1, 3)))], scenario_id="s"))
    accept(sweep_agents_figure(one, np.ones((1, 1, 2)), np.ones((1, 1, 2)), scenario_id="s"))
    accept(scatter(np.ones((N_VALUES, 1)), np.zeros((N_VALUES, 1))))


@given(st.lists(st.integers(0, 500), min_size=2, max_size=40, unique=True), st.integers(120, 600))
def test_tick_texts_keep_apart_and_the_ends_come_first(positions: list[int], width: int) -> None:
    places = [position / 50 for position in sorted(positions)]
    texts = tuple(f"{place:.3g}" for place in places)
    shown = tick_texts(Swept("x", texts, tuple(places)), width)

    assert (shown[0], shown[-1]) == (texts[0], texts[-1])
    span = places[-1] - places[0]
    boxes = [
        ((place - places[0]) / span * width, 7 * len(text) / 2)
        for place, text in zip(places, shown, strict=True)
        if text
    ]
    for (one, half), (other, other_half) in pairwise(boxes):
        assert other - one >= half + other_half
    assert all(text in ("", full) for text, full in zip(shown, texts, strict=True))


# -- every agent -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["all", "part", "one seed"])
@pytest.mark.parametrize("n_agents", [2, 6, 7, 20])
def test_agents_lines_are_their_means(n_agents: int, state: str) -> None:
    accuracy, alone = (STATES[state](drawn(seed, n_agents)) for seed in (0, 1))
    figure = agents(accuracy, alone)

    accept(figure)
    for agent in range(n_agents):
        look = agent_look(agent)
        for kind, values in (("with rewards", accuracy), ("alone", alone)):
            (line,) = named(figure, f"{look.name}, {kind}")
            expected = [mean_of(row) for row in values[:, :, agent]]
            assert line["y"] == [None if mean is None else pytest.approx(mean, abs=1e-5) for mean in expected]
            is_colored = agent in in_color(n_agents)
            assert line["line"]["color"] == (look.color if is_colored else FAINT)
            assert line["line"]["dash"] == ("dash" if kind == "alone" else look.dash if is_colored else "solid")
    n_bands = sum("fill" in trace for trace in figure["data"])
    assert n_bands == (n_agents if n_agents <= 6 else 0)
    for index in range(N_VALUES):
        *_, marks = at(figure, index)
        expected = [mean_of(accuracy[index, :, agent]) for agent in range(n_agents)]
        assert marks["y"] == [None if mean is None else pytest.approx(mean, abs=1e-5) for mean in expected]
        assert marks["x"] == [ALTRUISM.positions[index]] * n_agents


def test_agents_bands_are_percentiles_over_the_seeds() -> None:
    accuracy = drawn(0, 3)
    shapes = [trace for trace in agents(accuracy, accuracy)["data"] if "fill" in trace]
    for agent, shape in enumerate(shapes):
        low = [percentile_of(row, 10) for row in accuracy[:, :, agent]]
        high = [percentile_of(row, 90) for row in accuracy[:, :, agent]]
        assert shape["y"] == [*(pytest.approx(value, abs=1e-5) for value in low + high[::-1]), None]


@pytest.mark.parametrize(("n_agents", "n_named"), [(1, 1), (8, 8), (13, 3), (50, 3)])
def test_agents_names_keep_apart_at_the_right_end(n_agents: int, n_named: int) -> None:
    accuracy = drawn(0, n_agents)
    figure = agents(accuracy, drawn(1, n_agents))
    low, high = figure["layout"]["yaxis"]["range"]
    names = [entry for entry in figure["layout"]["annotations"] if "Agent" in entry["text"]]
    pixels = [(high - entry["y"]) / (high - low) * 270 for entry in names]

    assert len(names) == n_named
    assert (np.diff(pixels) >= 15 - 0.01).all()
    assert min(pixels) >= 0 and max(pixels) <= 270
    ends = accuracy[-1].mean(axis=0)
    shown = [int(entry["text"].split("Agent ")[1]) - 1 for entry in names]
    assert (np.diff(ends[shown]) <= 0).all()
    assert sorted(shown) == in_color(n_agents)


def test_names_stand_at_the_last_computed_values() -> None:
    accuracy = np.broadcast_to(np.array([[0.9, 0.3], [0.4, 0.8]])[[0, 0, 0, 0, 1, 1, 1], np.newaxis], (7, 2, 2)).copy()
    for n_known, first in ((7, "Agent 2"), (4, "Agent 1")):
        part = accuracy.copy()
        part[n_known:] = np.nan
        names = [entry for entry in agents(part, part)["layout"]["annotations"] if "Agent" in entry["text"]]
        assert [first in entry["text"] for entry in names] == [True, False]
        expected = sorted(part[n_known - 1, 0], reverse=True)
        assert [entry["y"] for entry in names] == [pytest.approx(value, abs=1e-4) for value in expected]


def test_agents_that_only_some_values_have_are_drawn_and_named() -> None:
    """A sweep over the number of agents: the third agent is not there at first."""
    accuracy = drawn(0, 3)
    accuracy[:4, :, 2] = np.nan
    figure = agents(accuracy, accuracy)
    (line,) = named(figure, "Agent 3, with rewards")
    assert [y is None for y in line["y"]] == [True] * 4 + [False] * 3
    assert any("Agent 3" in entry["text"] for entry in figure["layout"]["annotations"])
    assert "not computed" not in texts_at(figure, 0)


# -- the scatter -----------------------------------------------------------------------------------------


def is_on_front(points: list[tuple[float, float]], index: int) -> bool:
    """From the definition, a point at a time."""
    x, y = points[index]
    if math.isnan(x) or math.isnan(y):
        return False
    beaten_by = [other for other in points if other[0] >= x and other[1] >= y and other != (x, y)]
    return not beaten_by


numbers = st.one_of(st.integers(0, 4).map(float), st.floats(0, 1), st.just(math.nan))


@given(st.lists(st.tuples(numbers, numbers), max_size=12))
def test_the_pareto_front_is_what_the_definition_says(pairs: list[tuple[float, float]]) -> None:
    x, y = (np.array([pair[axis] for pair in pairs], dtype=np.float64) for axis in (0, 1))
    assert pareto_front(x, y).tolist() == [is_on_front(pairs, index) for index in range(len(pairs))]


def test_the_pareto_front_of_a_known_case() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 2.0, 0.5, np.nan, 3.0]), np.array([3.0, 2.0, 1.0, 2.0, 0.5, 9.0, 0.5])
    assert pareto_front(x, y).tolist() == [True, True, True, True, False, False, False]
    assert pareto_front(np.array([0.0, np.nan]), np.array([1.0, 5.0])).tolist() == [True, False]


@pytest.mark.parametrize("state", ["all", "part", "one seed"])
def test_scatter_points_path_and_rings(state: str) -> None:
    x, y = STATES[state](drawn(0)), STATES[state](drawn(1))
    figure = scatter(x, y)
    pairs = [(mean_of(own), mean_of(other)) for own, other in zip(x, y, strict=True)]
    known = [index for index, pair in enumerate(pairs) if None not in pair]
    expected = np.array([pairs[index] for index in known], dtype=np.float64)

    for name in ("points", "path"):
        (trace,) = named(figure, name)
        assert points_of(trace) == pytest.approx(expected, abs=1e-5)
    (points,) = named(figure, "points")
    assert [text for text, _, _ in points["customdata"]] == [ALTRUISM.texts[index] for index in known]
    (rings,) = named(figure, "rings")
    front = sorted(tuple(point) for k, point in enumerate(expected) if is_on_front([tuple(p) for p in expected], k))
    assert points_of(rings) == pytest.approx(np.array(front), abs=1e-5)
    (steps,) = named(figure, "front")
    assert steps["line"]["shape"] == "vh"
    assert points_of(steps)[1:-1] == pytest.approx(np.array(front), abs=1e-5)
    assert steps["x"][0] == figure["layout"]["xaxis"]["range"][0] and steps["y"][0] == steps["y"][1]
    assert steps["y"][-1] == figure["layout"]["yaxis"]["range"][0] and steps["x"][-1] == steps["x"][-2]


def test_the_lit_point_is_named_and_read_out() -> None:
    x, y = drawn(0), drawn(1)
    figure = scatter(x, y)
    for index, text in enumerate(ALTRUISM.texts):
        lit, names, state = at(figure, index)[-3:]
        assert lit["x"] == [pytest.approx(x[index].mean(), abs=1e-5)]
        assert lit["y"] == [pytest.approx(y[index].mean(), abs=1e-5)]
        assert names["text"][0] == f"<b>{text}</b>"
        assert [names["x"][0], names["y"][0]] == [*lit["x"], *lit["y"]]
        assert set(names["text"][1:]) <= {"0.1", "∞"} - {text}
        read = f"{100 * y[index].mean():.1f} % at {float(f'{x[index].mean():.3g}'):.10g}"
        assert state["text"] == [f"<b>{text}</b>: {read}"]


def test_a_value_with_one_of_the_two_has_no_point() -> None:
    x, y = drawn(0), drawn(1)
    y[3] = np.nan
    figure = scatter(x, y)
    lit, _, state = at(figure, 3)[-3:]
    assert lit["x"] == lit["y"] == []
    assert state["text"] == ["<b>2</b> undefined"]
    (points,) = named(figure, "points")
    assert "2" not in [text for text, _, _ in points["customdata"]]


def test_scatter_words_name_the_front() -> None:
    x = np.array([[0.9], [0.8], [0.7], [0.6], [0.5], [0.4], [0.3]])
    y = np.array([[0.1], [0.2], [0.15], [0.4], [0.3], [0.2], [0.5]])
    assert "On the Pareto front: 0.1, 0.5, 2, ∞." in scatter(x, y)["layout"]["meta"]["alt"]


# -- two swept fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_percent", [False, True])
def test_cells_have_their_numbers_and_gaps_are_empty(is_percent: bool) -> None:
    values = np.random.default_rng(0).uniform(0.1, 0.9, (N_VALUES, 3))
    values[1, 2] = values[4, 0] = np.nan
    figure = heat(values, is_percent)
    cells, numbers = figure["data"]

    accept(figure)
    written = {(x, y): text for x, y, text in zip(numbers["x"], numbers["y"], numbers["text"], strict=True)}
    assert len(written) == values.size - 2
    for x in range(N_VALUES):
        for y in range(3):
            if (x, y) in {(1, 2), (4, 0)}:
                assert cells["z"][y][x] is None
                assert (x, y) not in written
            else:
                assert cells["z"][y][x] == pytest.approx(values[x, y], abs=1e-5)
                expected = f"{100 * values[x, y]:.1f}" if is_percent else f"{float(f'{values[x, y]:.3g}'):.10g}"
                assert written[x, y] == expected
    assert figure["layout"]["xaxis"]["ticktext"] == list(ALTRUISM.texts)
    assert figure["layout"]["yaxis"]["ticktext"] == list(AGENTS.texts)


def test_the_highest_cell_is_outlined() -> None:
    values = np.linspace(0.1, 0.5, N_VALUES * 3).reshape(N_VALUES, 3)
    values[2, 1] = values[5, 0] = 0.75
    figure = heat(values)
    outlined = {
        ((shape["x0"] + shape["x1"]) / 2, (shape["y0"] + shape["y1"]) / 2) for shape in figure["layout"]["shapes"]
    }
    assert outlined == {(2.0, 1.0), (5.0, 0.0)}
    assert "highest 0.75 at 1 and 5; lowest 0.1 at 0.1 and 2" in figure["layout"]["meta"]["alt"]


def test_many_cells_have_a_colour_bar_instead_of_numbers() -> None:
    places = tuple(float(k) for k in range(24))
    wide = Swept("Altruism (β)", tuple(f"{k:g}" for k in places), places)
    values = np.random.default_rng(0).uniform(size=(24, 3))
    figure = sweep_heat_figure(wide, AGENTS, values, "Fairness", False, scenario_id="s")
    accept(figure)
    (cells,) = figure["data"]
    assert cells["showscale"] is True


def test_a_heat_map_without_any_number_says_so() -> None:
    figure = heat(np.full((N_VALUES, 3), np.nan))
    accept(figure)
    assert figure["layout"]["shapes"] == []
    assert "not computed yet, or undefined" in [entry["text"] for entry in figure["layout"]["annotations"]]
    assert "0 of 21 cells" in figure["layout"]["meta"]["alt"]


def test_gains_are_written_in_points_and_not_in_percent() -> None:
    gain = SweptMeasure("Gain", 0.1 * drawn(0) - 0.05, is_percent=True, is_points=True)
    accuracy = SweptMeasure("Accuracy", drawn(1), is_percent=True)
    curve = sweep_curves_figure(ALTRUISM, [gain], scenario_id="s")
    cloud = sweep_scatter_figure(ALTRUISM, gain, accuracy, scenario_id="s")
    cells = sweep_heat_figure(ALTRUISM, AGENTS, np.full((7, 3), -0.012), "Gain", True, is_points=True, scenario_id="s")
    assert all("%" not in text for text in curve["layout"]["yaxis"]["ticktext"])
    assert "<b>Gain (points)</b>" in str(curve["layout"]["annotations"])
    assert cloud["layout"]["xaxis"]["title"]["text"] == "Gain (points)"
    assert all("%" not in text for text in cloud["layout"]["xaxis"]["ticktext"])
    assert "−1.2 points" in cells["layout"]["meta"]["alt"] and cells["data"][1]["text"][0] == "−1.2"
    assert gain.words(0.2694) == "+26.9 points" and gain.words(-0.003) == "−0.3 points"


def test_a_single_curve_has_room_beside_its_scatter() -> None:
    curve = sweep_curves_figure(ALTRUISM, [SweptMeasure("Accuracy", drawn(1), is_percent=True)], scenario_id="s")
    pair = (curve, scatter(drawn(0), drawn(1)))
    assert all(figure["layout"]["meta"]["min_width"] <= 432 for figure in pair)
    heights = [figure["layout"]["height"] for figure in pair]
    assert abs(heights[0] - heights[1]) < 20
