"""``python -m cgs_core paper``: the tables are those of the runs by themselves; what is stored is not run again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.engines import engine_in_words
from cgs_core.scenario import Scenario
from cgs_core.studies.paper import SECONDS, Budget, Grid
from cgs_core.studies.paper_results import keep_results, kept_results
from cgs_core.studies.paper_runs import measured
from cgs_core.studies.paper_tables import PaperTable
from cgs_core.version import RESULT_VERSION

GRID = Grid("digits", (2, 3), ("uniform", "powerlaw"), ("fedavg", "cffl", "cgsv@1"), 2, Budget(2, 40, "logistic", 100))
ASKED = [
    "paper",
    "--dataset",
    "digits",
    "--agents",
    "2",
    "3",
    "--split",
    "uniform",
    "powerlaw",
    "--mechanism",
    "fedavg",
    "cffl",
    "cgsv@1",
    "--seeds",
    "2",
    "--rounds",
    "2",
    "--samples",
    "40",
    "--model",
    "logistic",
]


def test_the_files_are_what_the_runs_are_and_a_second_time_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    first = tmp_path / "first"
    assert main([*ASKED, "--out", str(first)]) == 0
    results = {case: own for batch in GRID.batches for case, own in measured(batch).items()}
    expected = PaperTable(results)
    kept = kept_results(first)
    assert {case: {**own, SECONDS: None} for case, own in kept.items()} == {
        case: {**own, SECONDS: None} for case, own in results.items()
    }
    made = json.loads((first / "made.json").read_text(encoding="utf-8"))
    assert (made["result_version"], made["n_runs"]) == (RESULT_VERSION, len(GRID.cases))
    assert made[SECONDS] == pytest.approx(sum(own[SECONDS] or 0 for own in kept.values())) and made[SECONDS] > 0
    told = capsys.readouterr()
    texts = "\n".join(expected.to_text(name) for name in ("fairness_score", "max_accuracy", "mean_accuracy"))
    assert (told.out, told.err) == (texts, "")
    assert (first / "paper.txt").read_text(encoding="utf-8") == texts
    scenarios = json.loads((first / "scenarios.json").read_text(encoding="utf-8"))
    assert {run_id: Scenario.from_json(json.dumps(own)).scenario_id for run_id, own in scenarios.items()} == {
        case.scenario.scenario_id: case.scenario.scenario_id for case in GRID.cases
    }

    before = (first / "paper.csv").read_bytes()
    monkeypatch.setenv("CGS_WORKERS", "0")  # what is in the folder needs nobody to compute it
    assert main([*ASKED, "--out", str(first)]) == 0
    assert capsys.readouterr().out == texts and (first / "paper.csv").read_bytes() == before


def test_torch_trains_the_same_grid_where_it_is_asked_for_and_no_folder_has_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    asked = [*ASKED, "--agents", "2", "--seeds", "1", "--split", "uniform", "--out", str(tmp_path / "out")]
    assert main([*asked, "--engine", "torch"]) == 0
    made = json.loads((tmp_path / "out" / "made.json").read_text(encoding="utf-8"))
    assert made["engine"] == engine_in_words("torch") and made["engine"].startswith("torch ")
    expected = [case for batch in GRID.batches for case in batch if case.cell.n_agents == 2 and case.seed == 0]
    for case, own in kept_results(tmp_path / "out").items():
        plain = measured([case])[case]
        assert own["max_accuracy"] == pytest.approx(plain["max_accuracy"], abs=0.01)
        assert own["fairness_score"] == pytest.approx(plain["fairness_score"], abs=1e-3, nan_ok=True)
    assert {case for case in expected if case.cell.split == "uniform"} == set(kept_results(tmp_path / "out"))
    capsys.readouterr()
    assert main(asked) == 2
    assert "these are by torch" in capsys.readouterr().err


def test_where_torch_is_not_installed_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cgs_core.commands.paper.has_torch", lambda: False)
    assert main([*ASKED, "--engine", "torch", "--out", str(tmp_path / "out")]) == 2
    assert "needs the package 'torch'" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_later_call_adds_rows_and_seeds_and_leaves_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    small = Grid("digits", (2,), ("uniform",), ("fedavg",), 1, GRID.budget)
    marked = {case: {**own, SECONDS: 1234.5} for case, own in measured(small.batches[0]).items()}
    keep_results(tmp_path / "paper", marked)  # beside the store: where results go that no folder is named for
    assert main(ASKED) == 0
    kept = kept_results(tmp_path / "paper")
    assert set(kept) == set(GRID.cases)
    assert {case: own for case, own in kept.items() if own[SECONDS] == 1234.5} == marked


def test_results_of_another_version_are_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_results(tmp_path, {})
    (tmp_path / "made.json").write_text('{"result_version": "0"}')
    assert main([*ASKED, "--out", str(tmp_path)]) == 2
    assert "results of version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--mechanism", "no such"], "mechanism"),
        (["--agents", "1"], "n_agents"),
        (["--seeds", "0"], "seeds"),
        (["--rounds", "501"], "n_rounds"),
    ],
)
def test_a_bad_grid_is_one_line_and_nothing_is_made(
    arguments: list[str], field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["paper", *arguments, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"error: {field}: ") and told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
