"""The table of a figure's drawn numbers, against the numbers that the figure was made of."""

from __future__ import annotations

import base64
import csv
import io

import numpy as np
import pytest

from cgs_core.data import federated_data
from cgs_core.errors import ExportError
from cgs_core.export import at_frame, drawn_csv, plain_text
from cgs_core.export.drawn import as_array, as_pixels
from cgs_core.figures import accuracy_figure, class_accuracy_figure, ledger_figure, samples_figure
from cgs_core.figures.runs.mechanisms import BAND
from cgs_core.figures.style import Figure
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY, measures_of, mechanisms_of


def rows(figure: Figure) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(drawn_csv(figure))))


def test_lines_hold_the_traces_numbers() -> None:
    trace = drawn_trace(5)
    table = rows(at_frame(accuracy_figure(trace), "1"))

    for agent in range(5):
        own = [row for row in table if row["name"] == f"Agent {agent + 1}, with rewards"]
        assert [float(row["x"]) for row in own] == [1, 2, 3, 4]
        assert [float(row["y"]) for row in own] == pytest.approx(trace.stack("accuracy")[:, agent], abs=1e-5)
    marks = [row for row in table if row.get("label")]
    assert [row["label"] for row in marks] == [f"Agent {agent + 1}" for agent in range(5)]
    assert [float(row["y"]) for row in marks] == pytest.approx(trace.stack("accuracy")[1], abs=1e-5)
    assert "frame" not in table[0]


def test_legend_entries_and_gaps_are_no_points() -> None:
    table = rows(accuracy_figure(drawn_trace(5)))
    assert all(row["x"] and row["y"] for row in table)
    assert {row["name"] for row in table}.isdisjoint({"with rewards", "alone"})


def test_frames_are_numbered_and_only_what_moves_is_repeated() -> None:
    trace = drawn_trace(5)
    table = rows(accuracy_figure(trace))

    assert {row["frame"] for row in table} == {"", "1", "2", "3", "4"}
    fedavg = [row for row in table if row["name"] == "FedAvg"]
    assert [row["frame"] for row in fedavg] == [""] * 4
    for frame in range(4):
        own = [row for row in table if row["frame"] == str(frame + 1) and row["label"] == "Agent 3"]
        assert float(own[0]["y"]) == pytest.approx(trace.stack("accuracy")[frame, 2], abs=1e-5)


def test_rows_of_the_ledger_are_named() -> None:
    trace = drawn_trace(5)
    table = rows(at_frame(ledger_figure(trace, federated_data(trace.scenario)), "3"))
    paid = [row for row in table if row["name"] == "is paid (reward ratio)"]
    assert [row["label"] for row in paid] == [f"Agent {number}" for number in range(1, 6)]
    assert paid[3]["y_label"] == "Agent 4 copies Agent 2"
    assert [float(row["x"]) for row in paid] == pytest.approx(trace.stack("reward_ratio")[3], abs=1e-5)
    words = [row for row in table if row["text"] and row["text"] != row["name"]]  # a class' name stands in its bar
    assert all(row["x"] == row["y"] == "" for row in words)
    assert {f"{value:.0%}".replace("%", " %") for value in trace.stack("reward_ratio")[3]} <= {
        row["text"] for row in words
    }


def test_cells_of_a_heat_map() -> None:
    trace = drawn_trace(5)
    table = rows(at_frame(class_accuracy_figure(trace), "2"))
    cells = [row for row in table if row["z"]]
    assert len(cells) == 2 * 5 * 10
    expected = np.concatenate([trace.rounds[2].class_accuracy, trace.rounds[2].standalone_class_accuracy])
    found = np.array([float(row["z"]) for row in cells]) / 100
    assert sorted(found) == pytest.approx(sorted(expected.ravel()), abs=1e-3)


def test_pictures_of_samples_are_read_from_their_bytes() -> None:
    trace = drawn_trace(3)
    figure = samples_figure(trace.scenario, federated_data(trace.scenario))
    values = [float(row["z"]) for row in rows(figure) if row["z"]]
    height, width = map(int, figure["data"][0]["z"]["shape"].split(","))
    assert len(values) == height * width
    assert 0 <= min(values) < max(values) <= 255


PIXELS = np.array([[[255, 0, 16, 255], [0, 0, 0, 0]], [[1, 2, 3, 255], [9, 9, 9, 255]]], np.uint8)


def as_bytes(array: np.ndarray, shape: str) -> dict[str, str]:
    return {"dtype": "u1", "bdata": base64.b64encode(array.tobytes()).decode(), "shape": shape}


def test_pixels_in_colour_are_written_as_such() -> None:
    trace = {"type": "image", "z": as_bytes(PIXELS, "2, 2, 4"), "colormodel": "rgba256"}
    table = rows({"data": [trace], "layout": {}})
    assert [(row["x"], row["y"], row["z"]) for row in table] == [
        ("0", "0", "#ff0010"),
        ("0", "1", "#010203"),
        ("1", "1", "#090909"),
    ]


@pytest.mark.parametrize("shape", ["2, 2, 3", "4, 4", "99999999999, 0, 4"])
def test_bytes_of_another_shape_are_no_pixels(shape: str) -> None:
    with pytest.raises(ValueError, match=r"reshape|unpack|four bytes"):
        as_pixels(as_bytes(PIXELS, shape))


@pytest.mark.parametrize("cells", [[[1], [1, 2]], as_bytes(PIXELS, "3, 3")])
def test_rows_of_unequal_length_are_no_cells(cells: object) -> None:
    with pytest.raises(ValueError, match=r"equal length|reshape"):
        as_array(cells)


def test_error_bars_have_their_ends() -> None:
    trace = drawn_trace(5)
    table = rows(mechanisms_of(trace))
    own = next(row for row in table if row["name"] == "CGSV" and row["label"] == "Agent 1")
    drawn = trace.stack("accuracy")[:, 0]
    assert [float(own["x_minus"]), float(own["x_plus"])] == pytest.approx(np.percentile(drawn, BAND), abs=1e-4)
    undefined = [row for row in rows(measures_of(trace)) if row["text"] == "undefined"]
    assert len(undefined) == 3


@pytest.mark.parametrize("kind", EVERY)
def test_every_figure_has_a_table_of_plain_words(kind: str) -> None:
    trace = drawn_trace(5)
    text = drawn_csv(EVERY[kind](trace, federated_data(trace.scenario)))
    table = list(csv.reader(io.StringIO(text)))
    assert len(table) > 1
    assert all(len(row) == len(table[0]) for row in table)
    assert "<b>" not in text and "<br>" not in text and "</span>" not in text and "nan" not in text


def test_a_frame_that_is_not_there_is_refused() -> None:
    with pytest.raises(ExportError, match=r"frame: must be one of 0, 1, 2, 3; got '4'"):
        at_frame(accuracy_figure(drawn_trace(5)), "4")


def test_text_without_markup() -> None:
    assert plain_text("<b>Agent 1</b>:<br>a &lt; b\u00a0<span style='color:#fff'>●</span>") == "Agent 1: a < b ●"
