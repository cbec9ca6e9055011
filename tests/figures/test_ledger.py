"""The ledger draws the trace's own numbers, in rows that keep their places."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import SORT_CHOICES, Figure, SortBy, agent_name, ledger_figure
from cgs_core.records import Trace
from tests.figures.drawn import drawn_trace


def moving_parts(figure: Figure, round_index: int) -> dict[str, Any]:
    """The frame's parts by what they are."""
    frame = figure["frames"][round_index]
    names = (
        "worth",
        "approx",
        "worth_text",
        "paid",
        "paid_text",
        "fedavg",
        "fedavg_text",
        "between",
        "alone",
        "final",
        "gets_text",
    )
    return dict(zip(names, frame["data"], strict=True))


def rows_of(figure: Figure) -> list[int]:
    """Agent index of each row, from the names at the left."""
    names = [text.split("<br>")[0] for text in figure["layout"]["yaxis"]["ticktext"]]
    return [int(name.removeprefix("Agent ")) - 1 for name in names]


@pytest.mark.parametrize("sort_by", SORT_CHOICES)
def test_every_number_of_every_frame(sort_by: SortBy, trace: Trace, data: FederatedData) -> None:
    figure = ledger_figure(trace, data, sort_by)
    order = rows_of(figure)

    assert sorted(order) == list(range(trace.scenario.n_agents))
    for index, record in enumerate(trace.rounds):
        parts = moving_parts(figure, index)
        approx = cgsv_approx(record.gram)
        worth = cgsv_exact(record.gram) if trace.scenario.n_agents <= 24 else approx
        assert parts["worth"]["x"] == pytest.approx((worth / worth.sum())[order], abs=1e-5)
        assert parts["approx"]["x"] == pytest.approx((approx / approx.sum())[order], abs=1e-5)
        assert parts["paid"]["x"] == pytest.approx(record.reward_ratio[order], abs=1e-5)
        assert parts["alone"]["x"] == pytest.approx(record.standalone_accuracy[order], abs=1e-5)
        assert parts["final"]["x"] == pytest.approx(record.accuracy[order], abs=1e-5)
        assert parts["between"]["x"][0::3] == parts["alone"]["x"]
        assert parts["between"]["x"][1::3] == parts["final"]["x"]
        assert parts["fedavg"]["x"] == pytest.approx([record.fedavg_accuracy] * 2, abs=1e-5)


def test_the_approximate_tick_is_there_where_the_bar_is_exact() -> None:
    for n_agents, is_there in ((24, True), (50, False)):
        trace = drawn_trace(n_agents)
        ticks = [
            drawn
            for drawn in ledger_figure(trace, federated_data(trace.scenario))["data"]
            if drawn.get("marker", {}).get("symbol") == "line-ns"
        ]
        assert [tick["visible"] for tick in ticks] == [is_there]


@pytest.mark.parametrize(
    ("sort_by", "key"),
    [
        ("data", lambda trace, data: [shard.n_samples for shard in data.shards]),
        ("pay", lambda trace, data: trace.rounds[-1].reward_ratio),
        ("accuracy", lambda trace, data: trace.rounds[-1].accuracy),
        ("worth", lambda trace, data: cgsv_exact(trace.rounds[-1].gram)),
        ("agent", lambda trace, data: -np.arange(trace.scenario.n_agents)),
    ],
)
def test_rows_are_sorted_by_the_last_round(sort_by: SortBy, key: Any) -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    values = np.asarray(key(trace, data))

    figure = ledger_figure(trace, data, sort_by, round_index=0)

    sorted_values = values[rows_of(figure)]
    assert (np.diff(sorted_values) <= 0).all()


def test_bars_add_up_to_the_shards(trace: Trace, data: FederatedData) -> None:
    figure = ledger_figure(trace, data)
    bars = [drawn for drawn in figure["data"] if drawn["type"] == "bar" and drawn["xaxis"] == "x"]
    hatched = [bar for bar in bars if "pattern" in bar["marker"]]

    sizes = [shard.n_samples for shard in data.shards]
    assert np.sum([bar["x"] for bar in bars], axis=0).tolist() == sizes
    wrong = [int(shard.is_flipped.sum()) for shard in data.shards]
    assert np.sum([bar["x"] for bar in hatched] or [[0] * len(sizes)], axis=0).tolist() == wrong
    assert figure["layout"]["xaxis"]["range"][1] >= max(sizes)
    assert figure["layout"]["barmode"] == "stack"


def test_what_is_particular_about_an_agent_is_written() -> None:
    trace = drawn_trace(5)
    figure = ledger_figure(trace, federated_data(trace.scenario))
    names = figure["layout"]["yaxis"]["ticktext"]
    words = next(drawn["text"] for drawn in figure["data"] if drawn["type"] == "scatter" and drawn.get("xaxis") == "x")
    hover = next(drawn["customdata"] for drawn in figure["data"] if drawn["type"] == "bar")

    assert "free rider" in names[4]
    assert "copies Agent 2" in names[3]
    assert names[0] == "Agent 1"
    assert "50 % wrong" in words[1]
    assert "blur 1.5" in words[2]
    assert "free rider" in hover[4]


def test_a_copy_shows_the_noise_of_its_source() -> None:
    trace = drawn_trace(5)
    agents = (
        *trace.scenario.agents[:3],
        trace.scenario.agents[3].model_copy(update={"copy_of": 2, "feature_noise": 2.0}),
    )
    scenario = trace.scenario.replace(agents=agents)
    figure = ledger_figure(Trace(scenario, trace.rounds), federated_data(scenario))
    hover = next(drawn["customdata"] for drawn in figure["data"] if drawn["type"] == "bar")

    assert f"blur {math.hypot(1.5, 2.0):.1f}" in hover[3]


@pytest.mark.parametrize(
    ("n_agents", "lowest", "highest"), [(2, 150, 260), (5, 330, 400), (10, 330, 400), (50, 700, 800)]
)
def test_it_fits_its_place(n_agents: int, lowest: int, highest: int) -> None:
    trace = drawn_trace(n_agents)
    assert lowest <= ledger_figure(trace, federated_data(trace.scenario))["layout"]["height"] <= highest


def test_alt_text_names_the_right_agents() -> None:
    trace = drawn_trace(5)
    for index, record in enumerate(trace.rounds):
        alt = ledger_figure(trace, federated_data(trace.scenario), round_index=index)["layout"]["meta"]["alt"]
        worth = cgsv_exact(record.gram)
        assert alt.startswith(f"Round {index + 1}: {agent_name(int(worth.argmax()))} is worth most")
        assert f"{agent_name(int(record.reward_ratio.argmin()))} is paid least" in alt
        assert f"{agent_name(int(record.accuracy.argmax()))} has the most accurate model" in alt


def test_cancelling_contributions_have_no_share() -> None:
    """Two opposite updates of one length: the aggregate is zero, and so is everybody's contribution."""
    trace = drawn_trace(2, "digits", 4, 1)
    opposite = np.array([[1.0, -1.0], [-1.0, 1.0]])
    fresh = Trace(trace.scenario, (replace(trace.rounds[0], gram=opposite, contribution_exact=np.zeros(2)),))

    parts = moving_parts(ledger_figure(fresh, federated_data(fresh.scenario)), 0)

    assert parts["worth"]["x"] == [None, None]
    assert parts["worth_text"]["text"] == ["–", "–"]
