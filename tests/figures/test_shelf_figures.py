"""Runs over each other: their own numbers, their own look, whatever their agents and rounds."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.figures import QUANTITIES, Figure, run_look, shelf_agents_figure, shelf_rounds_figure
from cgs_core.records import Trace
from cgs_core.studies.side_by_side import PER_AGENT, PER_RUN, NamedRun, per_agent, series
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import accept, accept_narrow

RUNS = [
    NamedRun("five agents", 0, drawn_trace(5)),
    NamedRun("two agents, cut short", 4, drawn_trace(2, "digits", 30, 3)),
    NamedRun("<b>many</b> & %{x}", 11, drawn_trace(50, "wine")),
]


def lines_of(figure: Figure) -> list[dict[str, object]]:
    return [line for line in figure["data"] if line["type"] == "scatter"]


@pytest.mark.parametrize("whose", ["mean", "lowest", "highest", 0, 3])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_line_a_run_as_far_as_it_goes(quantity: str, whose: str | int) -> None:
    figure = shelf_rounds_figure(RUNS, quantity, whose)
    accept(figure)
    lines = lines_of(figure)
    assert [line["x"] for line in lines] == [[1, 2, 3, 4], [1, 2, 3], [1, 2, 3, 4]]
    for line, run in zip(lines, RUNS, strict=True):
        drawn = np.array(line["y"], dtype=np.float64)
        expected = series(run.trace, quantity, whose, is_exact=False)
        if quantity == "contribution_share":
            expected = np.clip(expected, -1, 2)
        np.testing.assert_allclose(drawn, expected, atol=1e-5)
    low, high = figure["layout"]["yaxis"]["range"]
    every = [value for line in lines for value in line["y"] if value is not None]
    assert all(low <= value <= high for value in every)
    assert figure["layout"]["xaxis"]["range"][1] >= 30


@pytest.mark.parametrize("quantity", PER_AGENT)
def test_a_symbol_a_run_in_every_agents_row(quantity: str) -> None:
    figure = shelf_agents_figure(RUNS, quantity)
    accept(figure)
    for drawn, run in zip(lines_of(figure), RUNS, strict=True):
        np.testing.assert_allclose(
            np.array(drawn["x"], dtype=np.float64),
            np.clip(per_agent(run.trace, quantity, is_exact=False)[-1], -1, 2),
            atol=1e-5,
        )
        assert len(drawn["y"]) == run.trace.scenario.n_agents
        assert [round(y) for y in drawn["y"]] == [*range(run.trace.scenario.n_agents)]
    assert figure["layout"]["yaxis"]["ticktext"][49] == "Agent 50"


def test_on_a_phone_the_names_stand_over_the_picture() -> None:
    for figure in (shelf_rounds_figure(RUNS, "accuracy"), shelf_agents_figure(RUNS, "accuracy")):
        accept_narrow(figure, "shelf")
        narrow = figure["layout"]["meta"]["narrow"]
        shown = [trace | narrow["traces"].get(str(place), {}) for place, trace in enumerate(figure["data"])]
        assert narrow["layout"]["showlegend"] and all(trace["showlegend"] for trace in shown)


def test_every_quantity_has_its_words() -> None:
    assert set(QUANTITIES) == {*PER_AGENT, *PER_RUN}


def test_a_run_looks_the_same_in_every_picture_and_unlike_the_others() -> None:
    for runs in (RUNS, RUNS[::-1]):
        for line, run in zip(lines_of(shelf_rounds_figure(runs, "fairness")), runs, strict=True):
            look = run_look(run.color_index)
            drawn = (line["line"]["color"], line["line"]["dash"], line["marker"]["symbol"])
            assert drawn == (look.color, look.dash, look.symbol)
    for drawn, run in zip(lines_of(shelf_agents_figure(RUNS, "accuracy")), RUNS, strict=True):
        look = run_look(run.color_index)
        assert (drawn["marker"]["color"], drawn["marker"]["symbol"]) == (look.color, look.symbol)
    assert len({(run_look(index).color, run_look(index).symbol) for index in range(24)}) == 24


def test_names_are_shown_as_they_were_typed() -> None:
    figure = shelf_rounds_figure(RUNS, "accuracy")
    (line,) = [line for line in lines_of(figure) if "many" in str(line["name"])]
    assert line["name"] == "&lt;b&gt;many&lt;/b&gt; &amp; %{x}"
    assert "%{x}</b>" not in str(line["hovertemplate"])  # a name is data there, no template
    labels = [label["text"] for label in figure["layout"]["annotations"]]
    assert len(labels) == 3 and any(label.endswith("&lt;b&gt;many&lt;/b&gt; &amp; %{x}") for label in labels)
    heights = sorted(label["y"] for label in figure["layout"]["annotations"])
    low, high = figure["layout"]["yaxis"]["range"]
    assert min(np.diff(heights)) > 0.04 * (high - low)  # apart enough to be read
    long = shelf_rounds_figure([NamedRun("x" * 60, 0, RUNS[0].trace)], "accuracy")
    assert "…" in long["layout"]["annotations"][0]["text"] and len(lines_of(long)[0]["name"]) == 60


def test_words_say_where_the_runs_end() -> None:
    meta = shelf_rounds_figure(RUNS, "accuracy", "lowest")["layout"]["meta"]
    for run in RUNS:
        assert run.name in meta["alt"]
        assert f"{100 * run.trace.rounds[-1].accuracy.min():.1f} %" in meta["alt"]
    assert meta["filename"] == f"cgs-shelf-accuracy-{RUNS[0].trace.scenario.scenario_id}-and-2"
    alt = shelf_agents_figure(RUNS, "accuracy")["layout"]["meta"]["alt"]
    assert f"from {100 * RUNS[1].trace.rounds[-1].accuracy.min():.1f} %" in alt
    assert "undefined" in shelf_rounds_figure(RUNS, "accuracy", 3)["layout"]["meta"]["alt"]


def test_the_exact_value_is_drawn_where_all_have_it() -> None:
    two = RUNS[:2]
    (first, _) = lines_of(shelf_rounds_figure(two, "contribution_share", 1))
    np.testing.assert_allclose(first["y"], np.clip(series(two[0].trace, "contribution_share", 1), -1, 2), atol=1e-5)
    assert "approximate" not in shelf_rounds_figure(two, "contribution_share", 1)["layout"]["yaxis"]["title"]["text"]
    assert "approximate" in shelf_rounds_figure(RUNS, "contribution_share", 1)["layout"]["yaxis"]["title"]["text"]


def test_runs_without_rounds_are_left_out_and_there_is_an_end_to_many() -> None:
    empty = NamedRun("empty", 1, Trace(RUNS[0].trace.scenario, ()))
    assert len(lines_of(shelf_rounds_figure([empty, *RUNS], "accuracy"))) == 3
    for bad in ([], [empty], [RUNS[0]] * 9):
        with pytest.raises(ValueError, match="1 to 8 with at least one round"):
            shelf_rounds_figure(bad, "accuracy")


def test_near_black_is_the_pages_ink_alone() -> None:
    for color_index in range(24):
        color = run_look(color_index).color
        assert 60 < sum(int(color[start : start + 2], 16) for start in (1, 3, 5)) / 3 < 200
