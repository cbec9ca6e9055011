"""Classes in pictures: told apart by everybody, and one that an agent lacks is seen and said."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.data import federated_data
from cgs_core.figures import Figure, class_colors, ledger_figure, shards_figure
from cgs_core.figures.agents.shards import lacking_words
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from tests.figures.drawn import drawn_trace

# What people without one kind of cones see of linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
SEEN_WITHOUT = {
    "none": np.eye(3),
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def as_seen(colors: list[str], without: str) -> np.ndarray:
    """Colours ``#rrggbb`` in CIELAB, (n_colors, 3), as seen without one kind of cones."""
    channels = np.array([[int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)] for color in colors])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.asarray(SEEN_WITHOUT[without]).T, 0, 1) @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


@pytest.mark.parametrize("without", SEEN_WITHOUT)
def test_ten_classes_are_told_apart_by_everybody(without: str) -> None:
    seen = as_seen(class_colors(10), without)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(10, 1)]
    assert apart.min() >= 23


def test_neighbours_differ_in_lightness_however_many_there_are() -> None:
    lightness = as_seen(class_colors(12), "none")[:, 0]
    assert np.abs(np.diff(lightness)).min() >= 15
    assert len(set(class_colors(50))) == 50


def unlike(**more: object) -> Trace:
    """Agent 1 holds 0 and 1, Agent 2 all but 7, Agent 3 all."""
    agents = (Agent(classes=(0, 1)), Agent(classes=(0, 1, 2, 3, 4, 5, 6, 8, 9)))
    scenario = Scenario(n_agents=3, n_rounds=4, split="uniform", agents=agents).replace(**more)
    return Trace(scenario, drawn_trace(3).rounds)


def marks(figure: Figure) -> dict[str, float]:
    """What the marks of lacking classes say, and at how many samples they stand."""
    drawn = next(one for one in figure["data"] if one.get("name") == "classes lacking")
    return dict(zip(drawn["customdata"], drawn["x"], strict=True))


def test_a_class_that_an_agent_lacks_is_marked_and_said() -> None:
    trace = unlike()
    data = federated_data(trace.scenario)
    assert [lacking_words(data, index) for index in range(3)] == [["only 0 and 1"], ["no 7"], []]
    before = int(data.shards[1].class_counts(10)[:7].sum())
    for figure in (ledger_figure(trace, data), shards_figure(trace.scenario, data)):
        marked = marks(figure)
        assert marked["<b>Agent 1</b> has no 2, 3, 4, 5, 6, 7, 8, 9"] == data.shards[0].n_samples
        assert marked["<b>Agent 2</b> has no 7"] == before and len(marked) == 2
        assert "Classes held: Agent 1: only 0 and 1; Agent 2: no 7." in figure["layout"]["meta"]["alt"]
        words = [text for one in figure["data"] if one.get("mode") == "text" for text in one["text"]]
        assert any("no 7" in text for text in words)


@pytest.mark.parametrize("n_agents", [12, 20, 50])
def test_a_lacking_class_is_marked_in_thin_rows_too(n_agents: int) -> None:
    agents = (Agent(classes=(0, 1)), Agent(classes=(0, 1, 2, 3, 4, 5, 6, 8, 9)))
    scenario = Scenario(n_agents=n_agents, n_rounds=4, split="uniform", agents=agents)
    trace = Trace(scenario, drawn_trace(n_agents).rounds)
    data = federated_data(scenario)
    before = int(data.shards[1].class_counts(10)[:7].sum())
    for figure in (ledger_figure(trace, data), shards_figure(scenario, data)):
        drawn = next(one for one in figure["data"] if one.get("name") == "classes lacking")
        assert marks(figure)["<b>Agent 2</b> has no 7"] == before
        layout = figure["layout"]
        inside = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
        pitch = inside / abs(np.subtract(*layout["yaxis"]["range"]))
        thickness = next(one for one in figure["data"] if one["type"] == "bar")["width"] * pitch
        assert thickness < 20
        assert thickness <= drawn["marker"]["size"] < pitch, "as high as the bar, and not into the next row"


def test_where_nobody_lacks_a_class_nothing_is_said() -> None:
    trace = unlike(agents=())
    data = federated_data(trace.scenario)
    figure = ledger_figure(trace, data)
    assert not marks(figure) and "Classes held" not in figure["layout"]["meta"]["alt"]


def test_of_many_agents_those_who_lack_classes_are_counted() -> None:
    trace = drawn_trace(50)
    alt = ledger_figure(trace, federated_data(trace.scenario))["layout"]["meta"]["alt"]
    assert "of 50 agents hold no sample of some class." in alt


def test_classes_are_named_in_the_bars() -> None:
    trace = unlike(dataset="fashion_mnist", n_samples=300)
    figure = ledger_figure(trace, federated_data(trace.scenario))
    bars = [one for one in figure["data"] if one["type"] == "bar" and one["xaxis"] == "x"]
    for bar, name in zip(bars, trace.scenario.info.class_names, strict=True):
        wide = [count > max(sum(one["x"][row] for one in bars) for row in range(3)) / 3 for count in bar["x"]]
        assert all(text in (name, "") for text in bar["text"])
        assert all(text == name for text, is_wide in zip(bar["text"], wide, strict=True) if is_wide)
        assert all(text == "" for text, count in zip(bar["text"], bar["x"], strict=True) if count < 5)
