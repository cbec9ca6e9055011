"""Figures for a projector: no small text, no thin line, no legend, and nothing of the figure lost."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    BarsState,
    Figure,
    LatticeHighlight,
    for_projector,
    lattice_figure,
    marginals_by_size_figure,
    projected_ledger_figure,
    projected_mechanisms_figure,
)
from cgs_core.figures.projector import HEIGHT, LINE_PITCH, PROJECTOR_INK, TEXT_SIZE
from cgs_core.figures.style import INK, axis, base_layout, legend_line
from cgs_core.mechanisms import MECHANISMS as MECHANISM_TABLE
from cgs_core.records import Trace
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY, accept, empty_words, game_of, plane_case

MECHANISMS = ("cgsv", "fedavg", "shapfed")


def projected_mechanisms_of(trace: Trace, data: FederatedData) -> Figure:
    """The rounds stand for seeds."""
    accuracy, alone = trace.stack("accuracy"), trace.stack("standalone_accuracy")
    by_mechanism = np.stack([accuracy, np.full_like(accuracy, 0.7), alone], axis=1)
    return projected_mechanisms_figure(by_mechanism, alone, MECHANISMS, scenario_id=trace.scenario.scenario_id)


def projected_lattice_of(trace: Trace, data: FederatedData) -> Figure:
    return lattice_figure(
        **game_of(trace, 5), highlight=LatticeHighlight(coalition=3), bars=BarsState(current=(1,)), is_projected=True
    )


LARGE: dict[str, Any] = EVERY | {
    "projected-ledger": projected_ledger_figure,
    "projected-mechanisms": projected_mechanisms_of,
    "projected-lattice": projected_lattice_of,
    "projected-marginals": lambda trace, data: marginals_by_size_figure(**game_of(trace, 8), is_projected=True),
}


def text_sizes(value: Any, key: str = "") -> list[float]:
    """Every size of a text in a figure: of fonts, and inside the texts."""
    if isinstance(value, dict):
        sizes = [size for name, part in value.items() for size in text_sizes(part, name)]
        if key.endswith("font") and "size" in value:
            sizes += value["size"] if isinstance(value["size"], list) else [value["size"]]
        return sizes
    if isinstance(value, list):
        return [size for part in value for size in text_sizes(part)]
    return [float(size) for size in re.findall(r"font-size:([\d.]+)px", value)] if isinstance(value, str) else []


def traces_of(figure: Figure) -> list[dict[str, Any]]:
    return [*figure["data"], *(part for frame in figure.get("frames", ()) for part in frame["data"])]


@pytest.mark.parametrize("kind", LARGE)
def test_no_point_with_words_has_empty_ones(kind: str, trace: Trace, data: FederatedData) -> None:
    assert empty_words(for_projector(LARGE[kind](trace, data))) == []


@pytest.mark.parametrize("kind", LARGE)
def test_a_class_can_read_it(kind: str, trace: Trace, data: FederatedData) -> None:
    plain = LARGE[kind](trace, data)
    before = deepcopy(plain)
    large = for_projector(plain)

    accept(large)
    assert plain == before, "the figure that is given stays as it is"
    assert len(large["data"]) == len(plain["data"])
    assert [len(frame["data"]) for frame in large.get("frames", ())] == [
        len(frame["data"]) for frame in plain.get("frames", ())
    ]
    assert large["layout"]["font"]["size"] == TEXT_SIZE
    assert min(text_sizes(large)) >= TEXT_SIZE
    assert all(drawn["line"]["width"] >= 2 for drawn in traces_of(large) if "line" in drawn)
    assert not large["layout"]["showlegend"] and large["layout"]["meta"]["min_width"] >= 900
    assert not any(drawn.get("showlegend") for drawn in large["data"])
    assert INK not in json.dumps(large) and PROJECTOR_INK in json.dumps(large)


def test_it_takes_a_plane_too() -> None:
    accept(for_projector(LARGE["gain"](*plane_case())))


@pytest.mark.parametrize("kind", ["contribution", "pay", "accuracy", "sweep-agents"])
def test_names_at_the_ends_of_lines_stand_apart(kind: str, trace: Trace, data: FederatedData) -> None:
    layout = for_projector(LARGE[kind](trace, data))["layout"]
    for name in [key for key in layout if key.startswith("yaxis")]:
        axis = layout[name]
        low, high = axis.get("domain", (0, 1))
        length = (HEIGHT - layout["margin"]["t"] - layout["margin"]["b"]) * (high - low)
        scale = length / (max(axis["range"]) - min(axis["range"]))
        heights = sorted(
            note["y"] * scale
            for note in layout["annotations"]
            if note.get("yref") == name.replace("axis", "") and note["xanchor"] == "left"
        )
        assert all(upper - lower > LINE_PITCH - 1 for lower, upper in pairwise(heights))


def test_words_for_a_kind_of_lines_stand_where_no_line_is() -> None:
    """On three flat lines with free room between them."""
    levels = np.array([0.1, 0.5, 0.9])
    figure = {
        "data": [
            legend_line("exact", {}),
            *(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": str(level),
                    "legendgroup": "exact",
                    "x": [1, 50],
                    "y": [level, level],
                    "line": {"width": 2, "color": INK},
                }
                for level in levels
            ),
        ],
        "layout": base_layout(
            kind="k",
            scenario_id="s",
            title="t",
            alt="a",
            height=300,
            showlegend=True,
            xaxis=axis(1, 50),
            yaxis=axis(0, 1),
        ),
    }
    (words,) = for_projector(figure)["layout"]["annotations"]
    assert words["text"] == "exact (solid)" and 1 < words["x"] < 50
    gap = abs(levels - words["y"])
    assert 0.02 < gap.min() < 0.1, "beside one line, not on it"


def test_words_for_kinds_of_lines_do_not_lie_over_one_another() -> None:
    """Two kinds of lines so near that the best place of one is the best of the other."""
    kinds = {"exact": "solid", "approximate": "dot"}
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": kind,
            "legendgroup": kind,
            "x": [1, 50],
            "y": [0.5, 0.5],
            "line": {"width": 2, "color": INK, "dash": dash},
        }
        for kind, dash in kinds.items()
    ]
    figure = {
        "data": [*(legend_line(kind, {"dash": dash}) for kind, dash in kinds.items()), *lines],
        "layout": base_layout(
            kind="k", scenario_id="s", title="t", alt="a", height=300, xaxis=axis(1, 50), yaxis=axis(0, 1)
        ),
    }
    large = for_projector(figure)["layout"]
    one, other = large["annotations"]
    high = HEIGHT - large["margin"]["t"] - large["margin"]["b"]
    assert "exact" in one["text"] and "approximate" in other["text"]
    assert abs(one["y"] - other["y"]) * high >= LINE_PITCH or abs(one["x"] - other["x"]) / 49 * 900 >= 200


def test_what_the_legend_said_stands_beside_the_lines_or_above_them() -> None:
    trace = drawn_trace(5)
    texts = " ".join(note["text"] for note in for_projector(LARGE["accuracy"](trace, None))["layout"]["annotations"])
    for words in ("with rewards (solid)", "alone (dashed)", "FedAvg", "server's model"):
        assert words in texts


def test_names_of_lines_on_a_logarithmic_axis_stand_on_it(trace: Trace, data: FederatedData) -> None:
    drawn = for_projector(EVERY["estimates"](trace, data))
    low, high = drawn["layout"]["xaxis"]["range"]
    names = [one for one in drawn["layout"]["annotations"] if one["text"] in ("approximate", "exact")]
    assert len(names) == (1 if trace.contribution_exact is None else 2)
    assert all(low < one["x"] <= high and one["xanchor"] == "right" for one in names)


@pytest.mark.parametrize(("n_agents", "n_rows"), [(2, 2), (14, 14), (15, 14), (50, 14)])
def test_of_many_agents_the_ledger_shows_the_first_and_the_last(n_agents: int, n_rows: int) -> None:
    trace = drawn_trace(n_agents)
    figure = projected_ledger_figure(trace, federated_data(trace.scenario), "pay")
    ratios = next(drawn["x"] for drawn in figure["data"] if drawn.get("name", "").startswith("is paid"))
    known = sorted(trace.stack("reward_ratio").mean(axis=0).round(5).tolist(), reverse=True)
    half = n_rows - n_rows // 2
    assert ratios == [*known[:half], *known[n_agents - n_rows // 2 :]]
    said = [note["text"] for note in figure["layout"]["annotations"]]
    assert (f"14 of<br>{n_agents}" in said) == (n_agents > 14)
    assert ("agents between them are not" in figure["layout"]["meta"]["alt"]) == (n_agents > 14)


def test_a_class_sees_who_is_best_and_worst_off_under_each_mechanism() -> None:
    trace = drawn_trace(5)
    figure = projected_mechanisms_of(trace, federated_data(trace.scenario))
    assert figure["layout"]["yaxis"]["ticktext"] == ["Alone", *(MECHANISM_TABLE[name].title for name in MECHANISMS)]
    worst, best = figure["data"][-2:]
    means = trace.stack("accuracy").mean(axis=0)
    assert worst["text"][1].strip() == f"Agent {means.argmin() + 1}" and worst["x"][1] == round(means.min(), 5)
    assert best["text"][1].strip() == f"Agent {means.argmax() + 1}"
    assert (worst["text"][2].strip(), best["text"][2].strip()) == ("", "all alike")


def test_six_agents_are_too_many_for_a_class_to_read_a_lattice() -> None:
    trace = drawn_trace(6)
    with pytest.raises(ValueError, match="agents: from 1 to 5"):
        lattice_figure(**game_of(trace, 6), highlight=LatticeHighlight(), bars=BarsState(), is_projected=True)


def test_agents_by_number_are_not_cut_at_random() -> None:
    trace = drawn_trace(20)
    data = federated_data(trace.scenario)
    by_number, by_worth = (projected_ledger_figure(trace, data, sort_by) for sort_by in ("agent", "worth"))
    assert by_number["layout"]["yaxis"]["ticktext"] == by_worth["layout"]["yaxis"]["ticktext"]
