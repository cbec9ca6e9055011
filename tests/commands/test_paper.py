"""``python -m cgs_core paper``: the tables are those of the runs by themselves; what is stored is not run again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.federation.experiment import run_batch
from cgs_core.scenario import Scenario
from cgs_core.studies.paper import Budget, Grid, measures_of
from cgs_core.studies.paper_tables import PaperTable

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
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*ASKED, "--out", str(first)]) == 0
    results = {
        case: measures_of(trace)
        for batch in GRID.batches
        for case, trace in zip(batch, run_batch([case.scenario for case in batch]), strict=True)
    }
    expected = PaperTable(results)
    assert (first / "paper.csv").read_text(encoding="utf-8") == expected.to_csv()
    told = capsys.readouterr()
    texts = "\n".join(expected.to_text(name) for name in ("fairness_score", "max_accuracy", "mean_accuracy"))
    assert (told.out, told.err) == (texts, "")
    assert (first / "paper.txt").read_text(encoding="utf-8") == texts
    scenarios = json.loads((first / "scenarios.json").read_text(encoding="utf-8"))
    assert {run_id: Scenario.from_json(json.dumps(own)).scenario_id for run_id, own in scenarios.items()} == {
        case.scenario.scenario_id: case.scenario.scenario_id for case in GRID.cases
    }

    monkeypatch.setenv("CGS_WORKERS", "0")  # what is stored needs nobody to compute it
    assert main([*ASKED, "--out", str(second)]) == 0
    assert (second / "paper.csv").read_bytes() == (first / "paper.csv").read_bytes()


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
