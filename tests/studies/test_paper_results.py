"""The file of the paper's results is read as it was written; processes compute what one process computes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cgs_core.errors import DataError, JobError
from cgs_core.federation.experiment import run
from cgs_core.studies import paper_results
from cgs_core.studies.paper import QUANTITIES, SECONDS, Budget, Case, Cell, Grid, Measures, measures_of
from cgs_core.studies.paper_results import keep_results, kept_results, read_results, results_csv
from cgs_core.studies.paper_runs import computed, measured
from cgs_core.tidy import csv_text

TINY = Budget(2, 40, "logistic", 20)
CELL, OTHER = Cell("digits", 3, "powerlaw"), Cell("digits", 3, "uniform")
RESULTS: dict[Case, Measures] = {
    Case(CELL, "cgsv@inf", 0, TINY): dict.fromkeys((*QUANTITIES, SECONDS), 1 / 3),
    Case(CELL, "cgsv@inf", 1, TINY): dict.fromkeys((*QUANTITIES, SECONDS), None),
    Case(OTHER, "fedavg", 0, TINY): dict.fromkeys((*QUANTITIES, SECONDS), 0.1),
}


def test_the_file_gives_the_same_results_back() -> None:
    text = results_csv(RESULTS)
    assert read_results(text) == RESULTS
    assert results_csv(read_results(text)) == text
    records = list(csv.DictReader(io.StringIO(text)))
    assert [(record["split"], record["seed"], record["fairness_score"]) for record in records] == [
        ("uniform", "1", "0.1"),
        ("powerlaw", "1", repr(1 / 3)),
        ("powerlaw", "2", ""),
    ]


def test_what_was_not_kept_of_a_run_is_empty() -> None:
    case = Case(CELL, "fedavg", 0, TINY)
    assert read_results(results_csv({case: {"max_accuracy": 0.5}}))[case] == {
        **dict.fromkeys((*QUANTITIES, SECONDS)),
        "max_accuracy": 0.5,
    }


def test_a_measure_that_the_file_has_no_column_of_is_undefined() -> None:
    rows = list(csv.DictReader(io.StringIO(results_csv(RESULTS))))
    columns = [name for name in rows[0] if name not in ("worst_gain", SECONDS)]
    text = csv_text(columns, [[row[name] for name in columns] for row in rows])
    assert read_results(text) == {case: {**own, "worst_gain": None, SECONDS: None} for case, own in RESULTS.items()}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("fairness_score", "measure", "the columns"), (",0.1,", ",half,", "line 2"), ("digits", "dogs", "line 2")],
)
def test_another_file_is_refused(old: str, new: str, told: str) -> None:
    text = results_csv(RESULTS)
    assert old in text
    with pytest.raises(DataError, match=told):
        read_results(text.replace(old, new))


@pytest.mark.parametrize(("old", "new"), [(",2,40,", ",3,40,"), ("fedavg", "no_more")])
def test_a_run_that_would_be_another_one_now_is_left_out(old: str, new: str) -> None:
    first, *others = results_csv(RESULTS).splitlines(keepends=True)
    assert old in others[0]
    changed = first + others[0].replace(old, new) + "".join(others[1:])
    assert read_results(changed) == {case: own for case, own in RESULTS.items() if case.cell == CELL}


def test_a_folder_is_gone_on_with_only_by_the_version_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_results(tmp_path) == {}
    keep_results(tmp_path, RESULTS)
    assert kept_results(tmp_path) == RESULTS
    monkeypatch.setattr(paper_results, "RESULT_VERSION", "another")
    with pytest.raises(DataError, match="results of version another"):
        kept_results(tmp_path)
    (tmp_path / "made.json").unlink()
    with pytest.raises(DataError, match="got unknown"):
        kept_results(tmp_path)


def test_processes_compute_what_each_run_gives_by_itself_and_say_their_time() -> None:
    grid = Grid("digits", (2, 3), ("classimbalance",), ("fedavg", "cffl", "cgsv@1"), 2, TINY)
    found: dict[Case, Measures] = {}
    for of_batch in computed(grid.batches, 2):
        assert len({(case.cell, case.seed) for case in of_batch}) == 1
        found |= of_batch
    assert set(found) == set(grid.cases)
    for case, own in found.items():
        assert {**own, SECONDS: None} == {**measures_of(run(case.scenario)), SECONDS: None}
    seconds = measured(grid.batches[0])
    assert len({own[SECONDS] for own in seconds.values()}) == 1
    assert all(own[SECONDS] for own in found.values()) and np.isfinite([own[SECONDS] for own in found.values()]).all()


def test_nothing_to_compute_starts_nothing() -> None:
    assert list(computed([], 4)) == []


def test_a_batch_that_fails_is_told_and_ends_the_rest() -> None:
    grid = Grid("digits", (3,), ("uniform",), ("fedavg",), 1, TINY)
    (good,) = grid.cases
    bad = replace(good, budget=replace(TINY, samples_per_agent=10**6, n_validation=10**6))
    with pytest.raises(JobError, match="digits, N = 3, uniform, seed 1 failed: "):
        list(computed([[good], [bad]], 1))
