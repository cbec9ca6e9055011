"""A sweep: its points, their order, what trains together, its table; every row is that of a run by itself."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run
from cgs_core.mechanisms import with_mechanism
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.sweeps import MAX_BATCH, Sweep, SweepTable, parsed_grid, row_of, spread_order, sweep, varied

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
DEGREES = (0.5, 2.0, math.inf)


def test_every_row_is_that_of_its_run_by_itself() -> None:
    seen = []
    for point, row in sweep(SMALL, {"altruism_degree": DEGREES}, 2):
        trace = run(point.scenario)
        summary = trace.summary()
        for name, value in row.measures.items():
            assert value == summary[name] or (value is None and summary[name] is None)
        assert row.measures.keys() == summary.keys() - {"scenario_id", "n_rounds", "engine", "undefined"}
        np.testing.assert_array_equal(row.final["accuracy"], trace.rounds[-1].accuracy)
        np.testing.assert_array_equal(row.final["contribution"], trace.stack("contribution").mean(axis=0))
        assert point.scenario == SMALL.replace(
            altruism_degree=DEGREES[point.place[0]], data_seed=point.seed, start_seed=point.seed
        )
        seen.append((point.place, point.seed))
    assert sorted(seen) == [((index,), seed) for index in range(3) for seed in range(2)]


def test_a_sweep_is_a_frame_with_the_rows_of_its_table() -> None:
    grid = {"altruism_degree": DEGREES, "mechanism": ("cgsv", "fedavg")}
    coming = sweep(SMALL, grid, 2)
    assert next(iter(coming)) is not None
    assert repr(coming) == "<SweepRows over altruism_degree and mechanism: 1 of 12 points>"
    frame = coming.to_frame()  # the other eleven are computed
    table = SweepTable(Sweep(SMALL, grid, 2), dict(sweep(SMALL, grid, 2)))
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert list(frame.columns) == ["altruism_degree", "mechanism", "seed", "agent", "quantity", "value"]
    assert [str(kind) for kind in frame.dtypes] == ["float64", "str", "Int64", "Int64", "str", "float64"]
    assert frame["value"].tolist() == [float(row["value"]) for row in rows]
    assert frame["altruism_degree"].tolist() == [float(row["altruism_degree"]) for row in rows]
    accuracy = frame[(frame["quantity"] == "accuracy") & (frame["altruism_degree"] == math.inf)]
    assert accuracy[(accuracy["mechanism"] == "fedavg") & (accuracy["seed"] == 2)]["value"].tolist() == (
        run(Sweep(SMALL, grid, 2).at((2, 1), 1).scenario).rounds[-1].accuracy.tolist()
    )
    assert len(coming.to_frame()) == len(frame)  # nothing is computed twice
    assert list(coming) == []


def test_a_value_that_is_missing_is_missing_in_the_frame() -> None:
    frame = sweep(SMALL, {"agent2.copy_of": (None, 0)}).to_frame()
    assert set(frame["agent2.copy_of"].dropna()) == {0} and frame["agent2.copy_of"].isna().any()


@given(n=st.integers(1, 200))
def test_the_ends_come_first_and_every_next_point_falls_into_a_widest_gap(n: int) -> None:
    order = spread_order(n)
    assert sorted(order) == list(range(n))
    if n > 2:
        assert order[:2] == [0, n - 1]
        for taken in range(2, n):
            known = sorted(order[:taken])
            gaps = np.diff(known)
            left = known[int(np.searchsorted(known, order[taken])) - 1]
            own = gaps[known.index(left)]
            assert own * 2 + 1 >= gaps.max(), "no gap is more than twice as wide, but for rounding"


def test_the_first_seed_of_every_value_comes_before_the_second_of_any() -> None:
    points = Sweep(SMALL, {"altruism_degree": (0.5, 1.0, 2.0), "local_epochs": (1, 2)}, 3).points
    assert [point.seed for point in points] == sorted(point.seed for point in points)
    assert {point.place for point in points[:6]} == {(i, k) for i in range(3) for k in range(2)}
    assert points[0].place == (0, 0)


def test_what_trains_together_differs_in_its_mechanism_only_and_is_not_too_much() -> None:
    degrees = np.geomspace(0.1, 100, 30).tolist()
    batches = Sweep(SMALL, {"altruism_degree": degrees}, 2).batches()
    assert [len(batch) for batch in batches] == [8, 8, 8, 6] * 2
    assert MAX_BATCH == 8
    assert all(len({(point.seed, point.scenario.data_seed) for point in batch}) == 1 for batch in batches)
    mixed = Sweep(SMALL, {"local_epochs": (1, 2), "altruism_degree": (1.0, 2.0)}, 1).batches()
    assert sorted(len(batch) for batch in mixed) == [2, 2]
    assert all(len({point.scenario.local_epochs for point in batch}) == 1 for batch in mixed)


def test_batches_of_what_is_left_leave_out_the_rest() -> None:
    whole = Sweep(SMALL, {"altruism_degree": DEGREES}, 2)
    left = [point for point in whole.points if point.place != (0,)]
    assert [point for batch in whole.batches(left) for point in batch] == left


def test_an_agents_field_is_named_by_its_number_on_the_screen() -> None:
    scenario = Scenario(agents=(Agent(), Agent(label_noise=0.5)))
    changed = varied(scenario, "agent2.feature_noise", 1.0)
    assert changed.full_agents[1] == Agent(label_noise=0.5, feature_noise=1.0)
    assert changed.full_agents[:1] + changed.full_agents[2:] == scenario.full_agents[:1] + scenario.full_agents[2:]


@pytest.mark.parametrize(
    ("grid", "n_seeds", "words"),
    [
        ({}, 1, "vary: one or two fields"),
        ({"altruism_degree": (1.0,), "local_epochs": (1,), "n_rounds": (1,)}, 1, "vary: one or two fields"),
        ({"altruism_degree": ()}, 1, "altruism_degree: must have at least one value"),
        ({"altruism_degree": (1.0, 1)}, 1, "vary: different values"),
        ({"altruism_degree": (0.0,)}, 1, "altruism_degree: must be a number of at least 0.1"),
        ({"generosity": (1,)}, 1, "generosity: must be a field of a scenario"),
        ({"agents": ((),)}, 1, "agents: must be a field of a scenario"),
        ({"agent4.label_noise": (0.1,)}, 1, "agent4.label_noise: must name an agent from 1 to 3"),
        ({"agent1.hue": (0.1,)}, 1, "agent1.hue: .* one of shard_size"),
        ({"agent1.label_noise": (2.0,)}, 1, "label_noise: must be a number from 0 to 1"),
        ({"altruism_degree": (1.0,)}, 0, "seeds: at least 1"),
        ({"altruism_degree": (1.0,)}, 5001, "at most 5000 points"),
    ],
)
def test_bad_input_is_named(grid: dict[str, tuple[object, ...]], n_seeds: int, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        Sweep(SMALL, grid, n_seeds)


def test_the_table_has_gaps_where_nothing_is_there_yet_and_every_number_at_its_place() -> None:
    whole = Sweep(SMALL, {"altruism_degree": DEGREES, "local_epochs": (1, 2)}, 2)
    rows = dict(sweep(SMALL, whole.grid, 2))
    some = {point: row for point, row in rows.items() if (point.place, point.seed) != ((1, 1), 1)}
    table = SweepTable(whole, some)
    assert not table.is_complete and SweepTable(whole, rows).is_complete
    accuracy, mean = table.final("accuracy"), table.measure("mean_accuracy")
    assert accuracy.shape == (3, 2, 2, 3) and mean.shape == (3, 2, 2)
    assert np.isnan(accuracy[1, 1, 1]).all() and np.isnan(mean[1, 1, 1])
    assert np.isnan(mean).sum() == 1
    point = whole.at((2, 1), 1)
    np.testing.assert_array_equal(accuracy[2, 1, 1], run(point.scenario).rounds[-1].accuracy)


def test_only_seeds_that_every_value_has_are_compared() -> None:
    whole = Sweep(SMALL, {"altruism_degree": DEGREES}, 3)
    rows = dict(sweep(SMALL, whole.grid, 3))

    def shown(left_out: set[tuple[int, int]]) -> set[tuple[int, int]]:
        some = {point: row for point, row in rows.items() if (point.place[0], point.seed) not in left_out}
        return {(point.place[0], point.seed) for point in SweepTable(whole, some).of_whole_seeds().rows}

    everything = {(index, seed) for index in range(3) for seed in range(3)}
    assert shown(set()) == everything
    assert shown({(1, 1)}) == {(index, seed) for index, seed in everything if seed != 1}
    assert shown({(0, 0), (1, 1), (2, 2)}) == {(1, 0), (2, 0)}, (
        "before there is a whole seed: what there is of the first"
    )


def test_sweeps_are_equal_when_they_ask_the_same() -> None:
    one, same = (Sweep(SMALL, {"altruism_degree": [0.5, 1.0]}, 2) for _ in range(2))
    assert one == same and hash(one) == hash(same)
    assert one != Sweep(SMALL, {"altruism_degree": [0.5, 1.0]}, 3)
    assert one != Sweep(SMALL.replace(n_rounds=3), {"altruism_degree": [0.5, 1.0]}, 2)


def test_agents_that_a_point_does_not_have_are_gaps() -> None:
    whole = Sweep(SMALL, {"n_agents": (2, 3)})
    accuracy = SweepTable(whole, dict(sweep(SMALL, whole.grid))).final("accuracy")
    assert np.isnan(accuracy).tolist() == [[[False, False, True]], [[False, False, False]]]


def test_the_csv_is_tidy_and_the_same_whatever_the_order_of_computing() -> None:
    whole = Sweep(SMALL, {"altruism_degree": DEGREES}, 2)
    rows = {point: row_of(run(point.scenario)) for point in whole.points}
    text = SweepTable(whole, rows).to_csv()
    assert SweepTable(whole, dict(reversed(rows.items()))).to_csv() == text
    records = list(csv.DictReader(io.StringIO(text)))
    assert list(records[0]) == ["altruism_degree", "seed", "agent", "quantity", "value"]
    (value,) = [
        float(record["value"])
        for record in records
        if (record["altruism_degree"], record["seed"], record["agent"], record["quantity"])
        == ("inf", "2", "3", "accuracy")
    ]
    assert value == rows[whole.at((2,), 1)].final["accuracy"][2]
    undefined = {name for name, found in rows[whole.at((2,), 0)].measures.items() if found is None}
    told = {
        record["quantity"]
        for record in records
        if (record["altruism_degree"], record["seed"], record["agent"]) == ("inf", "1", "")
    }
    assert not undefined & told


def test_a_grid_is_read_from_text() -> None:
    assert parsed_grid(["altruism_degree=0.5,1,inf", "split=uniform,powerlaw"]) == {
        "altruism_degree": (0.5, 1, math.inf),
        "split": ("uniform", "powerlaw"),
    }
    for texts in (["altruism_degree"], ["local_epochs=1", "local_epochs=2"]):
        with pytest.raises(ScenarioError, match="vary: must be FIELD=VALUE"):
            parsed_grid(texts)


def test_the_mechanism_is_swept_by_its_name() -> None:
    whole = Sweep(SMALL, {"mechanism": ("cgsv", "fedavg", "iafl")})
    assert [len(batch) for batch in whole.batches()] == [3]
    assert [whole.at((index,), 0).scenario for index in range(3)] == [
        with_mechanism(SMALL, name) for name in ("cgsv", "fedavg", "iafl")
    ]
    with pytest.raises(ScenarioError, match="mechanism: must be one of standalone, fedavg"):
        Sweep(SMALL, {"mechanism": ("barter",)})
