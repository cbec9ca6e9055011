"""The one door: the same scenario gives the same bytes, everything that may be chosen runs, rounds come one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from cgs_core.data.partition import PARTITIONS
from cgs_core.federation.conducts import CONDUCTS
from cgs_core.federation.experiment import iterate, iterate_batch, run, run_batch
from cgs_core.federation.models import MODELS
from cgs_core.mechanisms import IMPORTANCE_RULES, MECHANISMS
from cgs_core.mechanisms.reward_rules import REWARD_RULES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import CHOICES, MAX_AGENTS, Agent, Scenario, field_facts, models_for
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.scenario.registry import GROUPS

ROOT = Path(__file__).resolve().parents[2]
FILES = ("scenario.json", "summary.json", "trace.csv", "trace.npz")
SMALL = Scenario(
    dataset="wine",
    n_agents=4,
    n_samples=60,
    n_rounds=3,
    agents=(Agent(label_noise=0.5), Agent(conduct="free_rider"), Agent(feature_noise=1.0), Agent(copy_of=0)),
)
WIDE = Scenario(n_agents=8, hidden_units=256, n_rounds=2, local_epochs=1)  # large enough for many-threaded sums
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def assert_finite(record: RoundRecord) -> None:
    for field in fields(RoundRecord):
        assert np.isfinite(getattr(record, field.name)).all(), field.name
    for name in ("accuracy", "standalone_accuracy", "reward_ratio", "importance", "class_accuracy"):
        assert getattr(record, name).min() >= 0 and getattr(record, name).max() <= 1, name


# -- the same again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", [SMALL, WIDE, SMALL.replace(dataset="moons")], ids=["small", "wide", "plane"])
def test_the_same_scenario_gives_the_same_files_here_and_in_a_fresh_process(scenario: Scenario, tmp_path: Path) -> None:
    run(scenario).save(tmp_path / "once")
    run(scenario).save(tmp_path / "twice")
    (tmp_path / "in.json").write_text(scenario.to_json(), encoding="utf-8")
    free = {name: value for name, value in os.environ.items() if name not in THREADS}
    command = [sys.executable, "-m", "cgs_core", "run", str(tmp_path / "in.json"), "--out", str(tmp_path / "fresh")]
    subprocess.run(command, cwd=ROOT, env=free, check=True, capture_output=True)
    for name in FILES:
        once = (tmp_path / "once" / name).read_bytes()
        assert once == (tmp_path / "twice" / name).read_bytes(), name
        assert once == (tmp_path / "fresh" / name).read_bytes(), name


def test_other_seeds_give_other_runs() -> None:
    usual = run(SMALL).stack("gram")
    for changes in ({"data_seed": 1}, {"start_seed": 1}):
        assert (run(SMALL.replace(**changes)).stack("gram") != usual).any()


def test_more_rounds_begin_as_fewer_do() -> None:
    few, more = run(SMALL), run(SMALL.replace(n_rounds=5))
    for one, other in zip(few.rounds, more.rounds, strict=False):
        assert one.to_bytes() == other.to_bytes()


# -- one round after the other ---------------------------------------------------------------------------------------


def test_rounds_come_one_by_one() -> None:
    rounds = iterate(SMALL.replace(n_rounds=500))
    assert isinstance(rounds, Iterator)
    assert [next(rounds).round_index for _ in range(2)] == [0, 1]
    rounds.close()
    with pytest.raises(StopIteration):
        next(rounds)


def test_a_round_is_trained_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    init = RoundRecord.__post_init__

    def counted(record: RoundRecord) -> None:
        made.append(record.round_index)
        init(record)

    monkeypatch.setattr(RoundRecord, "__post_init__", counted)
    rounds = iterate(SMALL)
    assert made == []
    next(rounds)
    assert made == [0]
    next(rounds)
    assert made == [0, 1]


def test_two_runs_side_by_side_do_not_disturb_each_other() -> None:
    other = SMALL.replace(seed=5)
    mixed = list(zip(iterate(SMALL), iterate(other), strict=True))
    assert [record.to_bytes() for record, _ in mixed] == [record.to_bytes() for record in run(SMALL).rounds]
    assert [record.to_bytes() for _, record in mixed] == [record.to_bytes() for record in run(other).rounds]


def test_run_is_all_rounds_of_iterate() -> None:
    trace = run(SMALL)
    assert isinstance(trace, Trace) and trace.is_complete and trace.scenario == SMALL
    assert [record.round_index for record in trace.rounds] == [0, 1, 2]
    assert [record.to_bytes() for record in iterate(SMALL)] == [record.to_bytes() for record in trace.rounds]


def test_one_round_is_enough() -> None:
    assert run(SMALL.replace(n_rounds=1)).n_rounds == 1


# -- the tables agree --------------------------------------------------------------------------------------------------


TABLES = {
    "split": PARTITIONS,
    "conduct": CONDUCTS,
    "model": MODELS,
    "valuation": VALUATIONS,
    "importance_rule": IMPORTANCE_RULES,
    "reward_rule": REWARD_RULES,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_choice_that_does_something_is_a_row_of_its_table(name: str) -> None:
    owner = Agent if name == "conduct" else Scenario
    assert list(TABLES[name]) == list(CHOICES[name]) == list(field_facts(name, owner).choices)
    assert all(row.choice is CHOICES[name][one] and row.name == one for one, row in TABLES[name].items())


def test_tables_are_of_the_fields_that_others_may_add_to() -> None:
    assert set(TABLES) == set(GROUPS)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_passes_the_trial_that_an_added_one_must(name: str) -> None:
    for row in TABLES[name].values():
        row.check()


def test_mechanisms_have_a_name_a_title_and_a_source() -> None:
    assert all(row.name == name and row.title and row.source for name, row in MECHANISMS.items())
    assert {row.reward_rule for row in MECHANISMS.values()} == set(REWARD_RULES)
    assert {row.valuation for row in MECHANISMS.values()} == set(VALUATIONS)
    evaluating = {name for name, row in VALUATIONS.items() if row.n_models(5) > 0}
    assert evaluating == {name for name, row in VALUATIONS.items() if row.choice.needs_validation}


# -- everything that may be chosen runs ----------------------------------------

PAIRS = [
    (dataset, model)
    for dataset, info in DATASETS.items()
    for model in models_for(info)
    if model in ("logistic", "mlp", "text_cnn") or info.name == "digits"
]


@pytest.mark.parametrize(("dataset", "model"), PAIRS)
def test_every_data_set_runs_with_its_models(dataset: str, model: str) -> None:
    tiny = Scenario(dataset=dataset, model=model, n_agents=3, n_samples=45, n_rounds=2, local_epochs=1, hidden_units=8)
    records = list(iterate(tiny))
    assert len(records) == 2
    for record in records:
        assert_finite(record)
    assert (records[0].gram != records[1].gram).any()


@pytest.mark.parametrize("split", [name for name, row in PARTITIONS.items() if not row.is_by_owner])
@pytest.mark.parametrize("n_agents", [2, MAX_AGENTS])
def test_the_fewest_and_the_most_agents(split: str, n_agents: int) -> None:
    for record in iterate(Scenario(dataset="moons", split=split, n_agents=n_agents, n_rounds=2, local_epochs=1)):
        assert_finite(record)
        assert record.importance.shape == (n_agents,)
        assert record.importance.sum() == pytest.approx(1)


@pytest.mark.parametrize("valuation", VALUATIONS)
@pytest.mark.parametrize("mask_scope", ["global", "layer"])
@pytest.mark.parametrize("altruism_degree", [0.1, float("inf")])
def test_every_valuation_runs(valuation: str, mask_scope: str, altruism_degree: float) -> None:
    chosen = SMALL.replace(valuation=valuation, mask_scope=mask_scope, altruism_degree=altruism_degree, n_validation=20)
    for record in iterate(chosen):
        assert_finite(record)
        assert record.reward_ratio.max() == 1


def test_double_precision_is_near_single() -> None:
    single, double = list(iterate(SMALL)), list(iterate(SMALL, np.float64))
    np.testing.assert_allclose(single[-1].importance, double[-1].importance, atol=1e-4)
    assert single[-1].loss.tobytes() != double[-1].loss.tobytes()


BATCHES = {
    "mlp": Scenario(n_rounds=3, n_samples=300),
    "plane": Scenario(dataset="moons", n_rounds=3),
    "logistic": Scenario(dataset="wine", model="logistic", n_rounds=3),
    "convolutional": Scenario(
        model="cnn", n_agents=3, n_samples=120, n_rounds=2, agents=(Agent(conduct="free_rider"),)
    ),
}


@pytest.mark.parametrize("base", BATCHES.values(), ids=list(BATCHES))
def test_scenarios_side_by_side_are_each_what_it_is_by_itself_to_the_byte(base: Scenario) -> None:
    scenarios = [
        base,
        base.replace(altruism_degree=3.0),
        base.replace(valuation="cgsv_exact"),
        base.replace(mask_scope="layer", importance_smoothing=0.5),
        base.replace(altruism_degree=float("inf")),
    ]
    traces = run_batch(scenarios)
    assert [trace.scenario for trace in traces] == scenarios
    for trace in traces:
        alone = run(trace.scenario)
        assert [record.to_bytes() for record in trace.rounds] == [record.to_bytes() for record in alone.rounds]


def test_what_is_batched_may_differ_in_its_mechanism_only() -> None:
    with pytest.raises(ValueError, match=r"^scenarios: .* got two that differ in learning_rate$"):
        iterate_batch([Scenario(), Scenario(learning_rate=0.2)])
    with pytest.raises(ValueError, match=r"^scenarios: at least one; got none$"):
        iterate_batch([])
