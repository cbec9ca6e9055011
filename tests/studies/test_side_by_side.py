"""Runs side by side: settings that differ, measures and differences, series, and the tidy table read by pandas."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest

from cgs_core import Scenario, Trace, run
from cgs_core.data.own.csv import read_upload
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import Agent, field_facts
from cgs_core.studies.presets import PRESETS
from cgs_core.studies.side_by_side import (
    CSV_COLUMNS,
    MAX_NAME_LENGTH,
    NamedRun,
    default_name,
    differences,
    differing,
    mechanism_title,
    per_agent,
    results,
    series,
    settings,
    to_csv,
)
from tests.figures.drawn import drawn_trace

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)
EDITED = SMALL.replace(
    n_agents=4,
    n_rounds=2,
    altruism_degree=math.inf,
    agents=(Agent(), Agent(label_noise=0.5, classes=(0, 2)), Agent(conduct="free_rider"), Agent(copy_of=0)),
)


def by_title(scenarios: list[Scenario]) -> dict[str, tuple[object, ...]]:
    return {setting.title: setting.values for setting in differing(scenarios)}


# -- settings --------------------------------------------------------------------------------------------------


def test_only_what_differs_is_named_agent_by_agent() -> None:
    assert by_title([SMALL, EDITED]) == {
        "Agents": (3, 4),
        "Rounds": (3, 2),
        "Altruism": (1.0, math.inf),
        "Agent 2: wrong labels": (0.0, 0.5),
        "Agent 2: classes": (None, (0, 2)),
        "Agent 3: conduct": ("honest", "free_rider"),
        "Agent 4: copies": (None, 0),
    }


def test_an_agent_that_a_scenario_does_not_have_has_no_value() -> None:
    third = SMALL.replace(agents=(Agent(), Agent(), Agent(label_noise=0.2)))
    two = SMALL.replace(n_agents=2)
    assert by_title([third, two])["Agent 3: wrong labels"] == (0.2, None)


def test_the_same_scenario_differs_in_nothing_and_all_settings_are_there() -> None:
    assert differing([EDITED, EDITED]) == () == differing([SMALL]) == differing([])
    every = settings([EDITED])
    assert [setting.field for setting in every if setting.agent_index is None] == [
        name for name in Scenario.model_fields if name != "agents"
    ]
    edits = [(setting.agent_index, setting.field) for setting in every if setting.agent_index is not None]
    assert edits == [(1, "label_noise"), (1, "classes"), (2, "conduct"), (3, "copy_of")]


def test_a_difference_to_only_one_of_many_is_seen() -> None:
    assert by_title([SMALL, SMALL, SMALL.replace(data_seed=4)]) == {"Data seed": (0, 0, 4)}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_is_known_by_its_fields(name: str) -> None:
    scenario = with_mechanism(SMALL.replace(n_validation=10), name)
    assert mechanism_title(scenario) == MECHANISMS[name].title


def test_a_combination_without_a_name_says_so() -> None:
    assert mechanism_title(SMALL.replace(valuation="data_size", reward_rule="interpolated")) == "own mechanism"


def test_a_run_has_a_name_before_anybody_gives_it_one() -> None:
    assert default_name(PRESETS["copycat"].scenario) == PRESETS["copycat"].title
    assert default_name(Scenario()) == "Digits (8×8), 5 agents"
    assert default_name(Scenario(altruism_degree=math.inf, n_rounds=9)) == "9 rounds, β ∞, Digits (8×8), 5 agents"
    assert "1 edited" in default_name(Scenario(agents=(Agent(), Agent(label_noise=0.1))))
    assert "FedAvg" in default_name(with_mechanism(Scenario(), "fedavg"))
    assert 0 < len(default_name(EDITED.replace(learning_rate=0.2, batch_size=8, local_epochs=2))) <= MAX_NAME_LENGTH


def test_own_data_are_told_apart_by_their_hash() -> None:
    numbers = np.arange(40.0)
    tables = ["a,label\n" + "\n".join(f"{x},{x % 2:g}" for x in shift + numbers) for shift in (0, 100)]
    scenarios = [
        Scenario(dataset="own", own_data=read_upload(table.encode(), "mine").own, n_rounds=2) for table in tables
    ]
    assert by_title(scenarios).keys() == {field_facts("own_data").title}
    assert default_name(scenarios[0]) == f"2 rounds, {scenarios[0].info.title}, 5 agents"
    frame = pd.read_csv(io.StringIO(to_csv([NamedRun("own", 0, Trace(scenarios[0], ()))])), keep_default_na=False)
    (value,) = frame[frame["quantity"] == "setting.own_data"]["value"]
    assert value == scenarios[0].own_data.sha256


# -- results ---------------------------------------------------------------------------------------------------


def test_results_are_the_measures_of_each_run() -> None:
    traces = [run(SMALL), run(EDITED)]
    found = results(traces)
    assert list(found) == list(MEASURES)
    assert set(MEASURES) == set(traces[0].summary()) - {"scenario_id", "engine", "n_rounds", "undefined"}
    for place, trace in enumerate(traces):
        assert {name: values[place] for name, values in found.items()} == {
            name: trace.summary()[name] for name in MEASURES
        }


def test_a_run_without_rounds_has_no_results() -> None:
    assert set(results([Trace(SMALL, ())]).values()) == {(None,)}


def test_differences_are_to_the_baseline() -> None:
    assert differences([0.5, 0.75, None, 0.25], 1) == (-0.25, 0.0, None, -0.5)
    assert differences([None, 1.0], 0) == (None, None)


# -- series ----------------------------------------------------------------------------------------------------


def test_series_are_the_rounds_numbers() -> None:
    trace = drawn_trace(5)
    accuracy, alone = trace.stack("accuracy"), trace.stack("standalone_accuracy")
    for index, record in enumerate(trace.rounds):
        assert series(trace, "accuracy")[index] == pytest.approx(sum(record.accuracy) / 5)
        assert series(trace, "accuracy", "lowest")[index] == min(record.accuracy)
        assert series(trace, "gain", "highest")[index] == max(accuracy[index] - alone[index])
        assert series(trace, "reward_ratio", 3)[index] == record.reward_ratio[3]
        assert series(trace, "server_accuracy")[index] == record.server_accuracy
        expected = np.corrcoef(record.standalone_accuracy, record.accuracy)[0, 1]
        honest = Trace(trace.scenario.replace(agents=()), trace.rounds)
        assert series(honest, "fairness")[index] == pytest.approx(expected)
        assert np.isnan(series(trace, "fairness")[index])  # Agent 5 uploads noise


def test_shares_of_contribution_add_up_and_are_exact_where_asked_for() -> None:
    trace = drawn_trace(5)
    exact, approx = (per_agent(trace, "contribution_share", is_exact) for is_exact in (True, False))
    np.testing.assert_allclose(exact, trace.contribution_exact / trace.contribution_exact.sum(axis=1)[:, None])
    np.testing.assert_allclose(approx.sum(axis=1), 1)
    assert not np.allclose(exact, approx)
    np.testing.assert_allclose(per_agent(drawn_trace(50), "contribution_share").sum(axis=1), 1)


def test_an_agent_that_is_not_there_has_no_numbers_and_fairness_may_be_undefined() -> None:
    trace = drawn_trace(2)
    assert np.isnan(series(trace, "accuracy", 2)).all()
    (record, *_) = trace.rounds
    level = Trace(trace.scenario, (type(record)(**vars(record) | {"accuracy": np.full(2, 0.5)}),))
    assert np.isnan(series(level, "fairness")).all()


# -- the tidy table --------------------------------------------------------------------------------------------


def test_the_table_holds_every_run_and_reads_back() -> None:
    traces = {"plain": run(SMALL), 'odd, "name"\'s; ü': run(EDITED)}
    text = to_csv([NamedRun(name, place, trace) for place, (name, trace) in enumerate(traces.items())])
    frame = pd.read_csv(io.StringIO(text), keep_default_na=False)
    assert tuple(frame.columns) == CSV_COLUMNS
    assert frame[["run", "name", "scenario_id"]].drop_duplicates().values.tolist() == [
        [number, name, trace.scenario.scenario_id] for number, (name, trace) in enumerate(traces.items(), 1)
    ]
    for number, trace in enumerate(traces.values(), 1):
        own = frame[frame["run"] == number]
        rounds = own[own["round"] != ""][["round", "agent", "quantity", "value"]]
        assert rounds.to_csv(index=False, lineterminator="\n") == trace.to_csv()
        whole = own[own["round"] == ""]
        measures = whole[~whole["quantity"].str.startswith("setting.")].set_index("quantity")["value"]
        summary = trace.summary()
        for name in MEASURES:
            assert measures[name] == "" if summary[name] is None else float(measures[name]) == summary[name]


def test_settings_in_the_table_are_the_scenarios() -> None:
    frame = pd.read_csv(io.StringIO(to_csv([NamedRun("edited", 0, Trace(EDITED, ()))])), keep_default_na=False)
    assert set(frame["round"]) == {""}
    found = {
        (row.agent, row.quantity.removeprefix("setting.")): row.value
        for row in frame.itertuples()
        if row.quantity.startswith("setting.")
    }
    for name in Scenario.model_fields:
        if name != "agents":
            value = getattr(EDITED, name)
            assert found[("", name)] == ("" if value is None else str(value))
    assert float(found[("", "altruism_degree")]) == math.inf
    of_agents = {key: value for key, value in found.items() if key[0]}
    assert of_agents == {
        ("2", "label_noise"): "0.5",
        ("2", "classes"): "0 2",
        ("3", "conduct"): "free_rider",
        ("4", "copy_of"): "1",
    }
