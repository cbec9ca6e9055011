"""The other figures draw the trace's and the shards' own numbers."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.data import FederatedData, federated_data
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.files import keep_arrays
from cgs_core.export.drawn import as_pixels
from cgs_core.figures import (
    Figure,
    accuracy_figure,
    agent_look,
    agent_name,
    class_accuracy_figure,
    class_colors,
    contribution_figure,
    decision_figure,
    gain_figure,
    pay_figure,
    samples_figure,
    shards_figure,
)
from cgs_core.figures.agents.sample_parts import picked_samples
from cgs_core.figures.many_agents import usual_picks
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.style import FAINT, few_ticks, percent, points, rounded
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from tests.data.uploads import colored, npz_of
from tests.figures.drawn import drawn_trace


def lines(figure: Figure, group: str) -> list[dict[str, Any]]:
    """The lines of a group in the agents' order; drawn are those in colour last."""
    found = [drawn for drawn in figure["data"] if drawn.get("legendgroup") == group and drawn["x"] != [None]]
    return sorted(found, key=lambda drawn: int(drawn["name"].split(",")[0].removeprefix("Agent ")))


def test_agents_differ_by_more_than_colour() -> None:
    looks = [agent_look(index) for index in range(50)]
    assert len({look.name for look in looks}) == 50
    assert len({(look.color, look.symbol) for look in looks}) == 50
    assert len({look.symbol for look in looks[:10]}) == 10
    assert len({(look.symbol, look.dash) for look in looks[:10]}) == 10
    for first, second in zip(looks, looks[10:], strict=False):
        assert first.color == second.color
        assert first.symbol != second.symbol
        assert first.dash != second.dash


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_class_colours_are_different_and_not_an_agents(n_classes: int) -> None:
    colors = class_colors(n_classes)
    assert len(set(colors)) == n_classes
    assert not set(colors) & {agent_look(index).color for index in range(10)}


def test_contribution_lines(trace: Trace) -> None:
    figure = contribution_figure(trace)
    has_exact = trace.scenario.n_agents <= 24
    for group, value in (("exact", cgsv_exact), ("approximate", cgsv_approx)):
        if group == "exact" and not has_exact:
            assert not lines(figure, "exact")
            continue
        drawn = lines(figure, group)
        expected = np.array([value(record.gram) / value(record.gram).sum() for record in trace.rounds])
        assert [line["y"] for line in drawn] == [pytest.approx(column, abs=1e-5) for column in expected.T]
        dash = "dot" if group == "approximate" and has_exact else "solid"
        assert {line["line"]["dash"] for line in drawn} == {dash}


def test_pay_lines(trace: Trace) -> None:
    figure = pay_figure(trace)
    for group, axis, name in (("importance", None, "importance"), ("pay (reward ratio)", "y2", "reward_ratio")):
        drawn = lines(figure, group)
        assert [line["y"] for line in drawn] == [pytest.approx(column, abs=1e-5) for column in trace.stack(name).T]
        assert {line.get("yaxis") for line in drawn} == {axis}


def test_accuracy_lines_and_their_dashes(trace: Trace) -> None:
    figure = accuracy_figure(trace)
    for group, name, dash in (("with rewards", "accuracy", "solid"), ("alone", "standalone_accuracy", "dash")):
        drawn = lines(figure, group)
        assert [line["y"] for line in drawn] == [pytest.approx(column, abs=1e-5) for column in trace.stack(name).T]
        assert {line["line"]["dash"] for line in drawn} == {dash}
    by_name = {drawn.get("name"): drawn for drawn in figure["data"]}
    assert by_name["FedAvg"]["y"] == pytest.approx(trace.stack("fedavg_accuracy"), abs=1e-5)
    assert by_name["server's model"]["y"] == pytest.approx(trace.stack("server_accuracy"), abs=1e-5)


def test_frames_of_lines_move_a_line_and_marks_to_the_round(trace: Trace) -> None:
    for figure, names in (
        (accuracy_figure(trace), ["accuracy"]),
        (pay_figure(trace), ["importance", "reward_ratio"]),
    ):
        for index, frame in enumerate(figure["frames"]):
            for panel, name in enumerate(names):
                line, marks = frame["data"][2 * panel : 2 * panel + 2]
                assert line["x"] == [index + 1, index + 1]
                assert marks["x"] == [index + 1] * trace.scenario.n_agents
                assert marks["y"] == pytest.approx(trace.stack(name)[index], abs=1e-5)


def test_the_round_axis_is_as_long_as_the_run_is_planned() -> None:
    figure = accuracy_figure(drawn_trace(5, "digits", 30, 3))
    assert figure["layout"]["xaxis"]["range"][1] >= 30


@pytest.mark.parametrize("n_agents", [2, 5, 8])
def test_every_agent_is_named_at_its_line(n_agents: int) -> None:
    figure = accuracy_figure(drawn_trace(n_agents))
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    assert sorted(text.split("</span> ")[1] for text in texts) == sorted(agent_name(index) for index in range(n_agents))


@pytest.mark.parametrize("draw", [contribution_figure, pay_figure, accuracy_figure])
@pytest.mark.parametrize(("picked", "wanted"), [(None, {0, 12, 19}), ([4, 2], {2, 4}), ([], set())])
def test_of_many_agents_the_picked_ones_are_in_colour(draw: Any, picked: list[int] | None, wanted: set[int]) -> None:
    figure = draw(drawn_trace(20), picked=picked)
    drawn = [one for one in figure["data"] if one.get("name", "").startswith("Agent ")]
    colored = [one["line"]["color"] != FAINT for one in drawn]
    indices = [int(one["name"].split(",")[0].removeprefix("Agent ")) - 1 for one in drawn]
    assert {index for index, one in zip(indices, colored, strict=True) if one} == wanted
    for one, index in zip(drawn, indices, strict=True):
        assert one["line"]["color"] == (agent_look(index).color if index in wanted else FAINT)
    texts = [note["text"].split("</span> ")[1] for note in figure["layout"]["annotations"]]
    assert set(texts) == {agent_name(index) for index in wanted}
    for group in {one["legendgroup"] for one in drawn}:  # those in colour lie on top
        of_group = [one["line"]["color"] != FAINT for one in drawn if one["legendgroup"] == group]
        assert of_group == sorted(of_group)


@pytest.mark.parametrize("n_agents", range(9, 51))
def test_the_usual_picks_have_three_colours(n_agents: int) -> None:
    picks = usual_picks(n_agents)
    assert len({agent_look(index).color for index in picks}) == 3 and max(picks) < n_agents


def test_a_pick_that_is_no_agent_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        pay_figure(drawn_trace(10), picked=[10])


def test_names_keep_apart_and_inside() -> None:
    places = spread([10, 11, 12, 95, 99], 15, 100)
    assert np.diff(places).min() >= 15 - 1e-9
    assert places[0] >= 0
    assert places[-1] <= 100


def test_gain_is_rewarded_less_alone(trace: Trace) -> None:
    figure = gain_figure(trace)
    for record, frame in zip(trace.rounds, figure["frames"], strict=True):
        _, alone, final, gain, text = frame["data"]
        assert alone["x"] == pytest.approx(record.standalone_accuracy, abs=1e-5)
        assert final["x"] == pytest.approx(record.accuracy, abs=1e-5)
        expected = record.accuracy - record.standalone_accuracy
        assert gain["x"] == pytest.approx(expected, abs=1e-5)
        shown = [float(words.replace("−", "-")) for words in text["text"]]
        assert shown == pytest.approx(100 * expected, abs=0.051)


def test_gain_alt_names_who_gains_most_and_least() -> None:
    trace = drawn_trace(5)
    gains = trace.rounds[2].accuracy - trace.rounds[2].standalone_accuracy
    alt = gain_figure(trace, round_index=2)["layout"]["meta"]["alt"]
    assert f"{agent_name(int(gains.argmax()))} most, " in alt
    assert f"{agent_name(int(gains.argmin()))} least, " in alt


def test_class_accuracy_strips(trace: Trace) -> None:
    figure = class_accuracy_figure(trace)
    for record, frame in zip(trace.rounds, figure["frames"], strict=True):
        alone, final = (np.array(part["z"]) for part in frame["data"])
        assert alone == pytest.approx(100 * record.standalone_class_accuracy, abs=0.1)
        assert final == pytest.approx(100 * record.class_accuracy, abs=0.1)
    assert all((drawn["zmin"], drawn["zmax"]) == (0, 100) for drawn in figure["data"])


def test_decision_maps_are_the_trace_s() -> None:
    trace = drawn_trace(5, "spiral")
    agents = [4, 0, 2]
    figure = decision_figure(trace, federated_data(trace.scenario), agents)
    for record, frame in zip(trace.rounds, figure["frames"], strict=True):
        maps = [*record.standalone_decision[agents], *record.decision[agents]]
        for part, expected in zip(frame["data"], maps, strict=True):
            rows, columns = map(int, part["z"]["shape"].split(", "))
            drawn = np.frombuffer(base64.b64decode(part["z"]["bdata"]), np.uint8).reshape(rows, columns)
            assert (drawn == expected).all()


def test_a_long_run_s_maps_are_coarser_over_the_same_plane() -> None:
    short, long = drawn_trace(5, "spiral"), drawn_trace(5, "spiral", 126, 126)
    data = federated_data(short.scenario)
    fine, coarse = decision_figure(short, data)["data"][0], decision_figure(long, data)["data"][0]
    assert fine["z"]["shape"] == "40, 40"
    assert coarse["z"]["shape"] == "20, 20"
    assert coarse["dx"] == pytest.approx(2 * fine["dx"], abs=1e-5)


def test_decision_figure_says_what_it_cannot_draw() -> None:
    trace = drawn_trace(5)
    with pytest.raises(ValueError, match="in the plane"):
        decision_figure(trace, federated_data(trace.scenario))
    plane = drawn_trace(50, "moons")
    with pytest.raises(ValueError, match="from 1 to 6; got 7"):
        decision_figure(plane, federated_data(plane.scenario), range(7))


def test_shards_add_up(trace: Trace, data: FederatedData) -> None:
    figure = shards_figure(trace.scenario, data)
    info = data.dataset.info
    bars = [drawn for drawn in figure["data"] if drawn["type"] == "bar"]
    for label, name in enumerate(info.class_names):
        total = np.sum([bar["x"] for bar in bars if bar["name"] == name], axis=0)
        assert total.tolist() == [shard.class_counts(info.n_classes)[label] for shard in data.shards]
    named = [bar["name"] for bar in bars if bar["showlegend"]]
    assert named == [
        name
        for label, name in enumerate(info.class_names)
        if any((shard.labels == label).any() for shard in data.shards)
    ]


def test_shards_alt_names_who_holds_most(trace: Trace, data: FederatedData) -> None:
    sizes = [shard.n_samples for shard in data.shards]
    alt = shards_figure(trace.scenario, data)["layout"]["meta"]["alt"]
    assert f"{agent_name(int(np.argmax(sizes)))} holds most" in alt


def test_picked_samples_stand_for_the_shard() -> None:
    shard = federated_data(drawn_trace(5).scenario).shards[1]  # half of its labels are wrong
    picked = picked_samples(shard, 8)
    assert len(set(picked.tolist())) == 8
    assert shard.is_flipped[picked].sum() == pytest.approx(8 * shard.is_flipped.mean(), abs=1)
    assert len(set(shard.labels[picked].tolist())) >= 4
    assert len(picked_samples(shard, 10_000)) == shard.n_samples


def test_images_carry_their_labels_and_say_which_are_wrong() -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    figure = samples_figure(trace.scenario, data, [0, 1], n_each=6)
    mosaic, right, wrong = figure["data"]

    texts: list[str] = []
    n_wrong = 0
    for index in (0, 1):
        shard = data.shards[index]
        for position in picked_samples(shard, 6):
            held, true = shard.labels[position], shard.true_labels[position]
            n_wrong += int(held != true)
            texts.append(str(held) if held == true else f"<b>✗ {true} → {held}</b>")
    assert n_wrong > 0
    assert sorted(right["text"] + wrong["text"]) == sorted(texts)
    rows, columns = map(int, mosaic["z"]["shape"].split(", "))
    pixels = np.frombuffer(base64.b64decode(mosaic["z"]["bdata"]), np.uint8).reshape(rows, columns)
    first = data.shards[0].features[picked_samples(data.shards[0], 6)[0]].reshape(8, 8)
    assert pixels[:8, :8] == pytest.approx(1 + 254 * first, abs=0.51)
    assert (pixels[:, 8] == 0).all(), "clear ground between two images"


def test_images_in_colour_are_drawn_as_they_are_and_noise_stays_within_what_a_screen_can_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path))
    arrays = read_upload(npz_of(images=colored()))
    keep_arrays(arrays)
    noisy = (Agent(), Agent(feature_noise=2.0))
    scenario = Scenario(dataset="own", own_data=arrays.own, n_agents=2, split="uniform", agents=noisy)
    data = federated_data(scenario)
    picture = samples_figure(scenario, data, n_each=6)["data"][0]
    assert (picture["type"], picture["colormodel"]) == ("image", "rgba256")
    pixels = as_pixels(picture["z"])
    shard = data.shards[0]
    first = shard.features[picked_samples(shard, 6)[0]].reshape(8, 8, 3)
    np.testing.assert_array_equal(pixels[:8, :8], np.insert(np.round(255 * first).astype(np.uint8), 3, 255, axis=2))
    assert (pixels[:, 8] == 0).all(), "clear ground between two images"
    noise = data.shards[1].features
    assert noise.min() < 0 and noise.max() > 1 and pixels[11:, :8, :3].min() == 0 and pixels[11:, :8, :3].max() == 255


def test_points_with_wrong_labels_are_ringed() -> None:
    trace = drawn_trace(5, "moons")
    data = federated_data(trace.scenario)
    figure = samples_figure(trace.scenario, data, [1])
    ring = figure["data"][-1]
    shard = data.shards[1]
    drawn = sorted(zip(ring["x"], ring["y"], strict=True))
    expected = sorted(map(tuple, np.round(shard.features[shard.is_flipped].astype(np.float64), 2).tolist()))
    assert shard.is_flipped.any()
    assert drawn == expected


def test_tables_lie_along_the_directions_of_most_variance() -> None:
    trace = drawn_trace(5, "wine")
    data = federated_data(trace.scenario)
    figure = samples_figure(trace.scenario, data, [4])
    shard = data.shards[4]
    _, directions = np.linalg.eigh(np.cov(data.dataset.train_features.T))
    first, second = (shard.features @ directions[:, -1], shard.features @ directions[:, -2])
    for drawn, expected in ((0, first), (1, second)):
        values = np.array([value for part in figure["data"][:-1] for value in part["xy"[drawn]]])
        assert np.sort(np.abs(values)) == pytest.approx(np.sort(np.abs(expected)), abs=0.0051)


def test_samples_of_too_many_agents_are_refused() -> None:
    trace = drawn_trace(24)
    with pytest.raises(ValueError, match="from 1 to 8; got 9"):
        samples_figure(trace.scenario, federated_data(trace.scenario), range(9))


def test_numbers_as_text() -> None:
    assert percent(0.314) == "31 %"
    assert percent(-0.0004) == "0 %"
    assert percent(-0.05, 1) == "−5.0 %"
    assert percent(float("nan")) == "–"
    assert points(0.0321) == "+3.2"
    assert rounded([1 / 3, float("nan"), -1e-9]) == [0.33333, None, 0.0]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.05, 0.95), (-0.3, 1.7), (0, 12_000), (0.95, 1), (0, 0.011)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = few_ticks(low, high, 6)
    assert 2 <= len(ticks) <= 6
    assert low - 1e-9 <= ticks[0]
    assert ticks[-1] <= high + 1e-9


def test_what_is_counted_has_whole_ticks() -> None:
    assert few_ticks(0, 1, 6, least_step=1) == [0, 1]
