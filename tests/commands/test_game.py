"""``python -m cgs_core game``: the coalitions and Shapley values that the core computes of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.__main__ import main
from cgs_core.contribution import coalition_values, leave_one_out_values, shapley_values, singleton_values
from cgs_core.federation.retrained_game import retrained_game

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3)
NAMES = ["", "1", "2", "3", "1+2", "1+3", "2+3", "1+2+3"]
BITS = [0, 1, 2, 4, 3, 5, 6, 7]


@pytest.fixture(autouse=True)
def scenario_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text(SMALL.to_json(), encoding="utf-8")


def tables() -> dict[str, np.ndarray]:
    """What each way to ask must give."""
    values = [coalition_values(gram) for gram in run(SMALL).gram]
    game = retrained_game(SMALL)
    return {
        "": np.mean(values, axis=0),
        "--round 2": values[1],
        "--retrained": game.values(),
        "--retrained --round 2": game.values(1),
    }


@pytest.mark.parametrize("options", ["", "--round 2", "--retrained", "--retrained --round 2"])
def test_the_game_is_that_of_the_run(options: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["game", "s.json", *options.split(), "--json"]) == 0
    told = capsys.readouterr()
    content = json.loads(told.out)
    expected = tables()[options]
    assert told.err == "" and content["scenario"] == SMALL.model_dump(mode="json")
    assert content["game"] == ("retrained" if "--retrained" in options else "gradient")
    assert [row["agents"] for row in content["coalitions"]] == NAMES
    np.testing.assert_allclose([row["value"] for row in content["coalitions"]], expected[BITS])
    np.testing.assert_allclose(content["agents"]["shapley"], shapley_values(expected))
    np.testing.assert_allclose(content["agents"]["alone"], singleton_values(expected))
    np.testing.assert_allclose(content["agents"]["leave_one_out"], leave_one_out_values(expected))


def test_the_round_that_was_played_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for options, number in {"": None, "--round 2": 2, "--retrained": 3}.items():
        assert main(["game", "s.json", *options.split(), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["round"] == number


def test_a_table_is_printed_and_the_files_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["game", "s.json", "--out", "out"]) == 0
    expected = tables()[""]
    told = capsys.readouterr().out
    assert told.startswith(f"{SMALL.scenario_id}: ") and "written to out" in told
    for name, value in zip(NAMES, expected[BITS], strict=True):
        assert f"\n{name or 'nobody':<9}  {value:.3f}\n" in told
    for number, value in enumerate(shapley_values(expected), 1):
        (line,) = [line for line in told.splitlines() if line.strip().startswith(f"{number} ") and line.count(".") == 3]
        assert line.endswith(f"{value:.3f}")
    assert {file.name for file in Path("out").iterdir()} == {
        "scenario.json",
        "game.json",
        "coalitions.csv",
        "shapley.csv",
    }
    with Path("out", "coalitions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["coalition"] for row in rows] == NAMES
    np.testing.assert_allclose([float(row["value"]) for row in rows], expected[BITS])
    with Path("out", "shapley.csv").open(newline="", encoding="utf-8") as file:
        shapley = [float(row["shapley"]) for row in csv.DictReader(file)]
    np.testing.assert_allclose(shapley, shapley_values(expected))
    assert json.loads(Path("out", "game.json").read_text(encoding="utf-8"))["agents"]["shapley"] == shapley


def test_of_many_agents_only_the_agents_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["game", "s.json", "--set", "n_agents=6", "--set", "n_rounds=1"]) == 0
    told = capsys.readouterr().out
    assert "Shapley value" in told and "1+2" not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--round", "0"], "round: must be from 1 to the scenario's 3 rounds; got 0"),
        (["--round", "4"], "round: must be from 1 to the scenario's 3 rounds; got 4"),
        (["--set", "n_agents=17"], "n_agents: at most 16"),
        (["--set", "n_agents=11", "--retrained"], "n_agents: at most 10 for the retrained game"),
    ],
)
def test_a_game_that_cannot_be_played_is_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["game", "s.json", *arguments, "--out", "out"]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith(f"error: {told}") and shown.err.count("\n") == 1
    assert not Path("out").exists()
