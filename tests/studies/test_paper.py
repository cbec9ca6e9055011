"""The paper's grid: its scenarios are the authors' settings; its tables are counted again from the runs."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import scipy.stats

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run, run_batch
from cgs_core.mechanisms import MECHANISMS, PAID_AS_IN_THE_PAPER
from cgs_core.records import Trace
from cgs_core.studies.paper import (
    DEFAULT_ROWS,
    QUANTITIES,
    ROWS,
    SETTINGS,
    SPLITS,
    Budget,
    Case,
    Cell,
    Grid,
    Measures,
    measures_of,
    mechanism_of,
    paper_grid,
    row_title,
    rows_named,
)
from cgs_core.studies.paper_tables import Duel, Entry, PaperTable

TINY = Budget(2, 40, "logistic", 20)
CELL = Cell("digits", 3, "powerlaw")
OTHER = Cell("digits", 3, "uniform")


_MADE = ("fairness_score", "max_accuracy", "mean_accuracy", "server_accuracy")


def made(values: dict[tuple[Cell, str], list[float | None]]) -> PaperTable:
    """A table in which some quantities of a run are the number given, a seed an entry."""
    results: dict[Case, Measures] = {
        Case(cell, row, seed, TINY): dict.fromkeys(_MADE, value)
        for (cell, row), of_seeds in values.items()
        for seed, value in enumerate(of_seeds)
    }
    return PaperTable(results)


# -- the grid --------------------------------------------------------------------------------------------------


def test_the_full_grid_of_mnist_is_the_authors() -> None:
    grid = paper_grid("mnist", "paper")
    assert (grid.n_agents, grid.splits, grid.n_seeds) == ((5, 10, 20), SPLITS, 10)
    for case in grid.cases:
        scenario = case.scenario
        assert (scenario.n_rounds, scenario.local_epochs, scenario.batch_size) == (200, 3, 32)
        assert (scenario.update_norm, scenario.importance_smoothing) == (0.5, 0.95)
        assert (scenario.learning_rate, scenario.learning_rate_decay) == (0.15, 0.977)
        assert (scenario.n_agents, scenario.split) == (case.cell.n_agents, case.cell.split)
        assert scenario.data_seed == scenario.start_seed == case.seed
        assert scenario.model == "paper_mnist"
        assert scenario.n_samples == min(600 * scenario.n_agents, scenario.n_pool)
    degrees = {case.scenario.altruism_degree for case in grid.cases if case.row.startswith("cgsv@")}
    assert degrees == {0.5, 1, 1.2, 1.5, 2, math.inf}


def test_what_stands_in_for_cifar_10_has_its_settings() -> None:
    scenario = paper_grid("fashion_mnist", "paper").cases[0].scenario
    assert (scenario.n_agents, scenario.update_norm, scenario.batch_size, scenario.learning_rate) == (
        10,
        0.15,
        128,
        0.015,
    )


@pytest.mark.parametrize("dataset", SETTINGS)
@pytest.mark.parametrize("budget", ["reduced", "paper"])
def test_every_run_of_a_grid_is_another_scenario_and_a_batch_trains_together(dataset: str, budget: str) -> None:
    grid = paper_grid(dataset, budget, n_seeds=2)  # type: ignore[arg-type]
    cases = grid.cases
    assert len(cases) == len(grid.cells) * len(DEFAULT_ROWS) * 2
    assert len({case.scenario.scenario_id for case in cases}) == len(cases)
    for batch in grid.batches:
        assert len({(case.cell, case.seed) for case in batch}) == 1
        assert len({(case.scenario.n_samples, case.scenario.n_validation) for case in batch}) == 1


def test_a_batch_is_what_its_runs_are_by_themselves() -> None:
    batch = Grid("digits", (3,), ("classimbalance",), ("q_ffl", "cffl", "cgsv@2"), 1, TINY).batches[0]
    for case, trace in zip(batch, run_batch([case.scenario for case in batch]), strict=True):
        assert measures_of(trace) == measures_of(run(case.scenario))
        mechanism = MECHANISMS[case.row.partition("@")[0]]
        assert (case.scenario.valuation, case.scenario.reward_rule) == (mechanism.valuation, mechanism.reward_rule)


def test_what_is_kept_of_a_run_is_in_its_last_round() -> None:
    case = Grid(
        "digits", (3,), ("classimbalance",), ("cgsv@1",), 1, replace(TINY, n_rounds=6, samples_per_agent=200)
    ).cases[0]
    trace = run(case.scenario)
    kept, summary = measures_of(trace), trace.summary()
    assert kept == measures_of(Trace(trace.scenario, trace.rounds[-1:]))
    assert tuple(kept) == QUANTITIES
    assert {name: own for name, own in kept.items() if name in summary} == {
        name: own for name, own in summary.items() if name in kept
    }
    last = trace.rounds[-1]
    assert kept["max_standalone_accuracy"] == last.standalone_accuracy.max()
    right, alone = (np.unpackbits(bits, axis=1) for bits in (last.right, last.standalone_right))
    lost = [
        mcnemar(ours, theirs) < 0.05 / 3 and ours.sum() < theirs.sum()
        for ours, theirs in zip(right, alone, strict=True)
    ]
    assert any(lost) and kept["below_alone_gap"] == sum(lost) / 3


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """The p-value of the exact test."""
    ours, theirs = int((first > second).sum()), int((first < second).sum())
    return float(scipy.stats.binomtest(ours, ours + theirs).pvalue) if ours + theirs else 1.0


def test_the_default_rows_are_the_papers_own_and_its_rivals_and_each_altruism_degree_once() -> None:
    assert len(set(DEFAULT_ROWS)) == len(DEFAULT_ROWS)
    named = {name for name in MECHANISMS if ":" not in name}
    left_out = {"weighed", "rho_shapley", *PAID_AS_IN_THE_PAPER}
    assert {mechanism_of(row).name for row in DEFAULT_ROWS} == named - left_out
    assert [row for row in DEFAULT_ROWS if "@" in row] == [row for row in ROWS if row.startswith("cgsv@")]


def test_rows_are_mechanisms_and_degrees() -> None:
    assert rows_named(["fedavg", "cgsv@1"]) == ("fedavg", "cgsv@1")
    assert rows_named(["cgsv", "cgsv@1"]) == tuple(row for row in ROWS if row.startswith("cgsv@"))
    assert row_title("cgsv@inf") == "CGSV, β = ∞" and row_title("q_ffl") == "q-FFL"
    assert {"cffl", "leave_one_out", "reconstructed_shapley"} <= {
        row for row in ROWS if mechanism_of(row).needs_validation
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dataset": "wine"}, "dataset"),
        ({"n_agents": ()}, "agents"),
        ({"n_agents": (1,)}, "n_agents"),
        ({"splits": ("dirichlet",)}, "split"),
        ({"rows": ("cgsv",)}, "mechanism"),
        ({"rows": ()}, "mechanism"),
        ({"n_seeds": 0}, "seeds"),
        ({"budget": replace(TINY, n_rounds=0)}, "n_rounds"),
    ],
)
def test_a_grid_that_cannot_be_run_names_the_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^{field}: "):
        replace(paper_grid("digits"), **changes)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match=r"^mechanism: "):
        rows_named(["no such"])


# -- the tables ------------------------------------------------------------------------------------------------


def test_a_place_is_mean_and_spread_over_the_seeds_that_define_it() -> None:
    table = made({(CELL, "cffl"): [0.5, None, 0.9, 0.7], (CELL, "fedavg"): [None, None], (CELL, "q_ffl"): [0.25]})
    found = table.entry(CELL, "cffl", "mean_accuracy")
    np.testing.assert_allclose((found.mean, found.spread), (0.7, math.sqrt((0.04 + 0.04) / 2)), rtol=1e-12)
    assert (found.n_defined, found.n_run, found.to_text()) == (3, 4, "70.0 ± 20.0 (3 of 4)")
    assert table.entry(CELL, "fedavg", "fairness_score").to_text() == "– (0 of 2)"
    assert table.entry(CELL, "q_ffl", "fairness_score").to_text() == "25.0"
    assert table.entry(OTHER, "cffl", "fairness_score").to_text() == ""
    assert table.entry(OTHER, "cffl", "fairness_score").n_run == 0


def test_the_best_are_those_that_nobody_is_clearly_above_and_training_alone_is_no_rival() -> None:
    table = made(
        {
            (CELL, "standalone"): [1.0, 1.0, 1.0],
            (CELL, "fedavg"): [0.90, 0.92, 0.94],
            (CELL, "cffl"): [0.80, 0.8201, 0.8399],  # 10 points behind FedAvg with every seed
            (CELL, "cgsv@1"): [0.88, 0.94, 0.94],
            (CELL, "q_ffl"): [None, 0.99, 0.99],
            (OTHER, "fedavg"): [0.5],
            (OTHER, "cffl"): [0.7],
        }
    )
    assert table.best(CELL, "max_accuracy") == {"fedavg", "cgsv@1"}
    assert table.best(OTHER, "max_accuracy") == frozenset()  # one seed cannot tell
    less_is_better = {case: {"below_alone_gap": own["max_accuracy"]} for case, own in table.results.items()}
    assert PaperTable(less_is_better).best(CELL, "below_alone_gap") == {"cffl"}


def test_the_best_are_those_of_scipys_tests_corrected_over_the_whole_table() -> None:
    rng = np.random.default_rng(0)
    rows, cells = ("fedavg", "cffl", "rffl", "cgsv@1"), (CELL, OTHER)
    values = rng.normal(0.9, 0.02, (2, 4, 6)) + np.array([0, 0, 0.03, 0.06])[:, None]
    table = made({(cell, row): values[c, r].tolist() for c, cell in enumerate(cells) for r, row in enumerate(rows)})
    tests = {
        (c, first, second): scipy.stats.ttest_rel(values[c, first], values[c, second])
        for c in range(2)
        for first, second in combinations(range(4), 2)
    }
    ordered = sorted(test.pvalue for test in tests.values())
    limit = max((p for k, p in enumerate(ordered, 1) if p <= 0.05 * k / len(ordered)), default=-1.0)
    assert 0 < sum(test.pvalue <= limit for test in tests.values()) < len(tests)
    for c, cell in enumerate(cells):
        behind = {
            (second if test.statistic > 0 else first)
            for (own, first, second), test in tests.items()
            if own == c and test.pvalue <= limit
        }
        assert table.best(cell, "max_accuracy") == {rows[r] for r in range(4) if r not in behind}


def duel(table: PaperTable, row: str, other: str) -> Duel:
    (found,) = [own for own in table.duels(row, ["mean_accuracy"]) if own.other == other]
    return found


def test_a_duel_is_fought_seed_by_seed() -> None:
    table = made(
        {
            (CELL, "cgsv@1"): [0.10, 0.52, 0.90, 0.33],
            (CELL, "fedavg"): [0.08, 0.5001, 0.8799, None],
            (CELL, "cffl"): [0.5, 0.5, 0.5, 0.5],
            (CELL, "q_ffl"): [None, None, None, 0.4],
        }
    )
    won = duel(table, "cgsv@1", "fedavg")  # by 2, 1.99 and 2.01 points
    np.testing.assert_allclose(won.difference, 0.02, rtol=1e-9)
    assert (won.outcome, won.n_seeds) == (1, 3)
    error = np.std([0.02, 0.0199, 0.0201], ddof=1) / math.sqrt(3)
    np.testing.assert_allclose(won.margin, scipy.stats.t.isf(0.025, 2) * error, rtol=1e-6)
    assert duel(table, "fedavg", "cgsv@1").outcome == -1
    assert duel(table, "cgsv@1", "cffl").outcome == 0
    assert duel(table, "cffl", "q_ffl").outcome is None  # one seed cannot tell
    assert duel(table, "fedavg", "q_ffl").outcome is None
    assert {own.other for own in table.duels("cgsv@1", ["mean_accuracy"])} == {"fedavg", "cffl", "q_ffl"}


def test_a_gain_is_held_against_nothing_and_training_alone_is_no_rival_in_fairness() -> None:
    table = made({(CELL, "cgsv@1"): [-0.03, -0.031, -0.0309], (CELL, "standalone"): [0.0, 0.0, 0.0]})
    (own,) = table.signs("cgsv@1", ["mean_accuracy"])
    assert (own.outcome, own.other, own.n_seeds) == (-1, None, 3)
    assert table.duels("cgsv@1", ["fairness_score"]) == ()


def test_the_table_to_read_has_a_row_a_mechanism_and_blanks_where_nothing_was_run() -> None:
    table = made({(CELL, "fedavg"): [0.9, 0.9], (CELL, "cffl"): [0.8, 0.8], (OTHER, "fedavg"): [0.5]})
    lines = table.to_text("max_accuracy").splitlines()
    assert lines[0] == "Accuracy, best agent x 100"
    assert "2 rounds, 40 samples an agent" in lines[1] and "logistic" in lines[1] and "20 validation" in lines[1]
    assert lines[2].strip() == "digits N = 3" and lines[3].split() == ["uniform", "powerlaw"]
    assert lines[4].split() == ["FedAvg", "50.0", "90.0", "±", "0.0*"]
    assert lines[5].startswith(row_title("cffl")) and "80.0 ± 0.0 " in lines[5] and "needs validation" in lines[5]
    assert lines[6].startswith("* nobody is clearly better: paired differences over 2 seeds")
    whole = PaperTable(table.results, [*table.results, Case(OTHER, "shapfed", 0, TINY)])
    assert whole.to_text("max_accuracy").splitlines()[-2] == row_title("shapfed")
    assert whole.to_csv() == table.to_csv()
    assert made({(CELL, "fedavg"): [0.9]}).to_text("max_accuracy").splitlines()[-1].startswith("One seed")
    assert PaperTable({}).to_text("max_accuracy") == "Nothing has been run.\n"


def test_the_best_agent_is_held_against_the_best_that_trained_alone() -> None:
    measures = dict.fromkeys(QUANTITIES, 0.5) | {"max_accuracy": 0.75, "max_standalone_accuracy": 0.875}
    table = PaperTable({Case(CELL, "fedavg", 0, TINY): measures, Case(CELL, "cffl", 0, TINY): {"max_accuracy": 0.5}})
    assert table.values(CELL, "fedavg", "best_gain") == {0: -0.125}
    assert math.isnan(table.values(CELL, "cffl", "best_gain")[0])  # a file that did not keep it


def test_an_entry_of_one_seed_has_no_spread() -> None:
    assert Entry(0.123, math.nan, 1, 1).to_text() == "12.3"
