"""The ledger draws the trace's own numbers, in rows that keep their places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    SORT_CHOICES,
    Figure,
    SortBy,
    agent_name,
    ledger_figure,
    projected_ledger_figure,
    still_ledger_figure,
)
from cgs_core.records import Trace
from cgs_core.scenario import Agent
from cgs_core.scenario.choices import REWARD_RULES
from tests.figures.drawn import drawn_trace
from tests.words.made_traces import made_trace


def moving_parts(figure: Figure, round_index: int) -> dict[str, Any]:
    """The frame's parts by what they are; -1 is that of all rounds."""
    frame = figure["frames"][round_index]
    names = (
        "worth",
        "worth_text",
        "period",
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
    for index, record in [*enumerate(trace.rounds), (-1, trace.rounds[-1])]:
        parts = moving_parts(figure, index)
        worth, paid = record.contribution, record.reward_ratio
        if index == -1:
            worth = np.mean([one.contribution for one in trace.rounds], axis=0)
            paid = np.mean([one.reward_ratio for one in trace.rounds], axis=0)
        assert parts["worth"]["x"] == pytest.approx(worth[order], abs=1e-8)
        assert [float(text) for text in parts["worth_text"]["text"]] == pytest.approx(worth[order], abs=5.1e-4)
        assert [text for _, text in parts["worth"]["customdata"]] == [
            f"cosine {text}" for text in parts["worth_text"]["text"]
        ]
        assert [text.strip() for text in parts["period"]["text"]] == [
            f"mean, {trace.n_rounds} rounds" if index == -1 and trace.n_rounds > 1 else f"round {max(index, 0) + 1}"
        ]
        assert parts["paid"]["x"] == pytest.approx(paid[order], abs=1e-5)
        assert parts["alone"]["x"] == pytest.approx(record.standalone_accuracy[order], abs=1e-5)
        assert parts["final"]["x"] == pytest.approx(record.accuracy[order], abs=1e-5)
        assert parts["between"]["x"][0::3] == parts["alone"]["x"]
        assert parts["between"]["x"][1::3] == parts["final"]["x"]
        assert parts["fedavg"]["x"] == pytest.approx([record.fedavg_accuracy] * 2, abs=1e-5)


@pytest.mark.parametrize(
    ("valuation", "head", "number"),
    [
        ("cgsv_approx", "(cosine)", "0.800"),
        ("cgsv_exact", "(CGSV)", "0.800"),
        ("data_size", "(share)", "80.0 %"),
        ("leave_one_out", "points)", "+80.0"),
    ],
)
def test_worth_is_the_value_that_drives_the_run_in_its_own_unit(valuation: str, head: str, number: str) -> None:
    trace = made_trace([[0.2, 0.8]], valuation=valuation, n_validation=20)
    for draw in (ledger_figure, projected_ledger_figure):
        figure = draw(trace, federated_data(trace.scenario))
        heads = " ".join(one["text"] for one in figure["layout"]["annotations"])
        assert head.strip("()") in heads
        texts = [text for one in figure["data"] if one.get("mode") == "text" for text in one["text"]]
        assert number in texts


@pytest.mark.parametrize("reward_rule", REWARD_RULES)
def test_a_ratio_that_counts_no_entries_is_not_called_entries(reward_rule: str) -> None:
    trace = made_trace([[0.2, 0.8]], reward_rule=reward_rule, n_validation=10)
    for draw in (ledger_figure, projected_ledger_figure):
        figure = draw(trace, federated_data(trace.scenario))
        (paid,) = [one for one in figure["data"] if one.get("name") == "is paid (reward ratio)"]
        is_mask = reward_rule == "sparsified"
        assert ("paid %{x:.1%} of the shared update's entries" in paid["hovertemplate"]) == is_mask
        assert "aggregate" not in figure["layout"]["meta"]["alt"]


def test_an_axis_of_worth_that_goes_below_nothing_has_more_than_nothing_on_it() -> None:
    for worth in ([[-0.02, 0.9]], [[-0.5, 0.9]], [[-0.5, -0.2]], [[0.0, 0.0]]):
        trace = made_trace(worth)
        axis = ledger_figure(trace, federated_data(trace.scenario))["layout"]["xaxis2"]
        assert 0.0 in axis["tickvals"] and len(axis["tickvals"]) > 1
        assert axis["range"][0] <= min(worth[0]) and axis["range"][1] >= max(worth[0])


@pytest.mark.parametrize(
    ("sort_by", "key"),
    [
        ("data", lambda trace, data: [shard.n_samples for shard in data.shards]),
        ("pay", lambda trace, data: trace.stack("reward_ratio").mean(axis=0)),
        ("accuracy", lambda trace, data: trace.rounds[-1].accuracy),
        ("worth", lambda trace, data: trace.stack("contribution").mean(axis=0)),
        ("agent", lambda trace, data: -np.arange(trace.scenario.n_agents)),
    ],
)
def test_rows_are_sorted_by_all_rounds(sort_by: SortBy, key: Any) -> None:
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
    words = next(drawn["text"] for drawn in figure["data"] if drawn.get("mode") == "text" and drawn["xaxis"] == "x")
    hover = next(drawn["customdata"] for drawn in figure["data"] if drawn["type"] == "bar")

    assert "free rider" in names[4]
    assert "copies Agent 2" in names[3]
    assert names[0] == "Agent 1"
    assert "50 % wrong" in words[1]
    assert "blur 1.5" in words[2]
    assert "free rider" in hover[4]


def test_words_of_two_lines_begin_higher_so_that_they_end_above_the_next_rows_bar() -> None:
    odd = (Agent(classes=(0, 1, 2, 3, 4), label_noise=0.4), Agent(classes=(0, 2, 4), feature_noise=1.5))
    trace = drawn_trace(4, agents=odd)
    figure = ledger_figure(trace, federated_data(trace.scenario))
    words = next(drawn for drawn in figure["data"] if drawn.get("mode") == "text" and drawn["xaxis"] == "x")
    assert ["<br>" in text for text in words["text"]] == [False, True, False, False]  # one line where it has room
    assert words["text"][0] == "42 · no 5 · 40 % wrong" and words["text"][1].endswith("<br>only 0, 2 and 4 · blur 1.5")
    assert words["y"] == [0, pytest.approx(1 - 6 / 54, abs=1e-3), 2, 3]


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
    data = federated_data(trace.scenario)
    alts = ledger_figure(trace, data)["layout"]["meta"]["alts"]
    for index, record in enumerate(trace.rounds):
        alt = ledger_figure(trace, data, round_index=index)["layout"]["meta"]["alt"]
        assert alt == alts[str(index)] and alt.startswith(f"Round {index + 1}. Worth (")
        for values, what in (
            (record.contribution, "Worth (CGSV, cosine approximation; cosine): "),
            (record.reward_ratio, "Pay (reward ratio): "),
            (record.accuracy, "Right on the test: "),
        ):
            most, least = (agent_name(int(place)) for place in (values.argmax(), values.argmin()))
            part = alt.partition(what)[2]
            assert part.startswith(f"{most} most, ") and f"; {least} least, " in part
    whole = ledger_figure(trace, data)["layout"]["meta"]["alt"]
    assert whole == alts["all"] and whole.startswith("All 4 rounds. ") and "Right on the test after the last" in whole


@pytest.mark.parametrize("draw", [ledger_figure, projected_ledger_figure])
def test_while_more_rounds_come_it_is_the_whole_ledger_with_the_newest_rounds_frame_alone(draw: Any) -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    whole, live = draw(trace, data), draw(trace, data, is_live=True)
    newest = str(trace.n_rounds - 1)
    assert live["frames"] == whole["frames"][-2:] and [frame["name"] for frame in live["frames"]] == [newest, "all"]
    alts = whole["layout"]["meta"].pop("alts")
    assert live["layout"]["meta"].pop("alts") == {name: alts[name] for name in (newest, "all")}
    assert (live["data"], live["layout"]) == (whole["data"], whole["layout"])
    with pytest.raises(ValueError, match=f"round_index: from {newest} to {newest}, the newest"):
        draw(trace, data, round_index=0, is_live=True)


def test_a_still_ledger_is_that_of_all_rounds_without_a_frame() -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    whole, still = ledger_figure(trace, data), still_ledger_figure(trace, data)
    assert still["frames"] == [] and still["data"] == whole["data"]
    assert still["layout"]["meta"]["alt"] == whole["layout"]["meta"]["alt"]


def test_alt_text_names_nobody_among_equals() -> None:
    trace = made_trace([[0.5, 0.5, 0.2]], accuracy=(0.8, 0.8, 0.8), ratio=(1.0, 0.4, 0.4))
    alt = ledger_figure(trace, federated_data(trace.scenario))["layout"]["meta"]["alt"]
    assert "cosine): Agents 1 and 2 most, 0.500; Agent 3 least, 0.200. " in alt
    assert "Agent 1 most, 100 %; Agents 2 and 3 least, 40 %. " in alt and "all alike, 80.0 %." in alt


@pytest.mark.parametrize("draw", [ledger_figure, projected_ledger_figure])
def test_cards_point_at_the_figures_own_traces(draw: Any, trace: Trace, data: FederatedData) -> None:
    figure = draw(trace, data)
    facts = figure["layout"]["meta"]["cards"]
    drawn = {name: figure["data"][place] for name, place in facts["traces"].items()}

    assert drawn["worth"]["name"].startswith("is worth") and drawn["paid"]["name"].startswith("is paid")
    assert (drawn["alone"]["name"], drawn["rewarded"]["name"], drawn["fedavg"]["name"]) == (
        "alone",
        "rewarded",
        "FedAvg",
    )
    assert all(drawn[name]["mode"] == "text" for name in drawn if name.endswith("_words") or name == "period")
    assert [agent["name"] for agent in facts["agents"]] == [agent_name(index) for index in rows_of(figure)]
    sizes = [f"{data.shards[agent['index']].n_samples:,} sample" for agent in facts["agents"]]
    assert all(agent["brings"].startswith(size) for agent, size in zip(facts["agents"], sizes, strict=True))
