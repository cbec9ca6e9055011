"""What the commands print: one JSON document and nothing else where it is asked for, else a table to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgs_core import Scenario, run
from cgs_core.__main__ import main
from cgs_core.commands.output import json_text, table
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import Agent
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.comparison import compare
from cgs_core.studies.presets import PRESETS
from cgs_core.studies.sweeps import sweep

ROOT = Path(__file__).resolve().parents[2]
SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text(SMALL.to_json(), encoding="utf-8")


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)


def test_a_run_as_json_has_every_round(capsys: pytest.CaptureFixture[str]) -> None:
    content, trace = document(capsys, "run", "s.json"), run(SMALL)
    assert content["scenario"] == SMALL.model_dump(mode="json")
    assert content["summary"] == trace.summary()
    assert [own["round"] for own in content["rounds"]] == [1, 2, 3]
    for name in ("contribution", "importance", "reward_ratio", "accuracy", "standalone_accuracy"):
        np.testing.assert_array_equal([own[name] for own in content["rounds"]], trace.stack(name))
    assert [own["server_accuracy"] for own in content["rounds"]] == trace.stack("server_accuracy").tolist()


def test_json_and_files_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    document(capsys, "run", "s.json", "--out", "out")
    assert len(list(Path("out").iterdir())) == 4


def test_a_run_without_a_folder_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "s.json"]) == 0
    head, *agents, last = capsys.readouterr().out.splitlines()
    trace = run(SMALL)
    assert head.split()[0] == "agent" and len(agents) == 3 and last.startswith(SMALL.scenario_id)
    for number, line in enumerate(agents):
        accuracy = trace.rounds[-1].accuracy[number]
        assert line.split()[0] == str(number + 1) and line.endswith(f"{accuracy:.3f}")
    assert sorted(path.name for path in Path().iterdir()) == ["s.json"]


def test_a_sweep_as_json_has_every_point(capsys: pytest.CaptureFixture[str]) -> None:
    content = document(capsys, "sweep", "s.json", "--vary", "altruism_degree=1,inf", "--seeds", "2")
    expected = {
        (point.place[0], point.seed): (point, row)
        for point, row in sweep(SMALL, {"altruism_degree": (1, float("inf"))}, 2)
    }
    assert [(own["values"]["altruism_degree"], own["seed"]) for own in content["points"]] == [
        (1, 1),
        (1, 2),
        ("inf", 1),
        ("inf", 2),
    ]
    for own, place in zip(content["points"], sorted(expected), strict=True):
        point, row = expected[place]
        assert own["scenario_id"] == point.scenario.scenario_id
        assert own["measures"] == row.measures
        assert own["agents"]["accuracy"] == row.final["accuracy"].tolist()


def test_a_sweep_without_a_folder_is_a_table_of_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "s.json", "--vary", "altruism_degree=1,inf", "--seeds", "2"]) == 0
    head, *rows, told, last = capsys.readouterr().out.splitlines()
    assert told.startswith("From 1 to ∞ (Altruism (β)): ") and "2 seeds, paired" in told
    assert head.split()[0] == "altruism_degree" and [row.split()[0] for row in rows] == ["1", "inf"]
    assert last == "4 points of altruism_degree, 2 seeds"
    rows_of = [row for point, row in sweep(SMALL, {"altruism_degree": (1,)}, 2)]
    mean = np.mean([row.measures["mean_accuracy"] for row in rows_of])
    assert f"{mean:.3f}" in rows[0].split()


def test_a_comparison_as_json_is_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    content = document(capsys, "compare", "s.json", "--mechanisms", "fedavg", "cgsv")
    assert content == json.loads(compare(SMALL, ["fedavg", "cgsv"]).to_json())


def test_a_comparison_without_a_folder_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "s.json", "--mechanisms", "fedavg", "cgsv"]) == 0
    assert capsys.readouterr().out == compare(SMALL, ["fedavg", "cgsv"]).to_text()


# -- lists -----------------------------------------------------------------------------------------------------------


FIELDS = {f"scenario.{name}" for name in Scenario.model_fields} | {f"agent.{name}" for name in Agent.model_fields}
LISTS = {
    "presets": set(PRESETS),
    "mechanisms": set(MECHANISMS),
    "datasets": set(DATASETS),
    "fields": FIELDS - {"scenario.agents"},
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_names_all_that_there_is_as_json_and_to_read(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    content = document(capsys, "list", what)
    names = [f"{row['of']}.{row['name']}" if what == "fields" else row["name"] for row in content]
    assert set(names) == LISTS[what] and len(names) == len(set(names))
    assert main(["list", what]) == 0
    words = set(capsys.readouterr().out.replace("=", " ").split())
    as_typed = {name.replace("agent.", "agentN.").removeprefix("scenario.") for name in LISTS[what]}
    assert as_typed <= words


def test_the_scenario_of_a_listed_preset_is_the_preset(capsys: pytest.CaptureFixture[str]) -> None:
    for row in document(capsys, "list", "presets"):
        assert Scenario.from_fields(row["scenario"]) == PRESETS[row["name"]].scenario


def test_datasets_is_the_older_name_of_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == main(["list", "datasets"]) == 0
    told = capsys.readouterr().out
    assert told[: len(told) // 2] == told[len(told) // 2 :]


def test_a_terminal_that_lacks_a_character_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    command = [sys.executable, "-m", "cgs_core", "list", "datasets"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "8?8" in done.stdout


# -- their parts -----------------------------------------------------------------------------------------------------


def test_json_has_no_number_that_is_none() -> None:
    assert json.loads(json_text({"a": [float("nan"), float("inf"), -float("inf"), 1.5]})) == {
        "a": [None, "inf", "-inf", 1.5]
    }


def test_a_table_aligns_words_left_and_numbers_right() -> None:
    assert table(("name", "n"), [("a", 10), ("longer", None)]) == "name     n\na       10\nlonger   -\n"
