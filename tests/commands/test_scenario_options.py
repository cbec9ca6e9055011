"""Which scenario a command is of: a file or a preset, with fields changed; it means the same to every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.__main__ import main
from cgs_core.commands.scenario_option import read_scenario, with_changes
from cgs_core.errors import ScenarioError
from cgs_core.scenario import Agent
from cgs_core.studies.presets import PRESETS
from tests.data.uploads import csv_of

QUICK = ["--set", "dataset=wine", "--set", "n_rounds=2"]
RESULT = PRESETS["copycat"].scenario.replace(dataset="wine", n_rounds=2)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "command",
    [["run"], ["sweep", "--vary", "altruism_degree=1"], ["game"]],
    ids=["run", "sweep", "game"],
)
def test_a_preset_with_changes_takes_the_place_of_a_file(command: list[str]) -> None:
    assert main([*command, "--preset", "copycat", *QUICK, "--out", "out"]) == 0
    assert Scenario.from_json(Path("out", "scenario.json").read_text(encoding="utf-8")) == RESULT


def test_a_preset_with_changes_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--preset", "copycat", *QUICK, "--mechanisms", "fedavg", "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)["scenario"]
    assert (fields["dataset"], fields["n_rounds"], fields["agents"][4]["copy_of"]) == ("wine", 2, 0)


def test_a_preset_with_changes_is_exported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--preset", "copycat", *QUICK, "--format", "py"]) == 0
    assert capsys.readouterr().out.startswith(RESULT.scenario_id)
    assert [file.name for file in Path(f"cgs-{RESULT.scenario_id}").iterdir()] == ["script.py"]


def test_a_saved_run_is_exported_with_changes_by_running_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--preset", "copycat", *QUICK, "--out", "saved"]) == 0
    assert main(["export", "saved", "--set", "n_rounds=1", "--format", "py", "--out", "out"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(RESULT.replace(n_rounds=1).scenario_id)


def test_changes_are_of_fields_of_agents_and_of_the_mechanism() -> None:
    changed = with_changes(
        Scenario(),
        ["mechanism=fedavg", "altruism_degree=inf", "n_samples=null", "agent5.label_noise=0.4", "agent1.classes=[0,1]"],
    )
    expected = Scenario(
        altruism_degree=float("inf"),
        agents=(Agent(classes=(0, 1)), Agent(), Agent(), Agent(), Agent(label_noise=0.4)),
        valuation="data_size",
        upload_scaling="as_trained",
        aggregation_weight="data_size",
        reward_rule="full",
    )
    assert changed == expected


def test_fields_that_are_allowed_only_together_are_changed_together() -> None:
    for changes in (["dataset=sentences", "model=text_cnn"], ["model=text_cnn", "dataset=sentences"]):
        assert with_changes(Scenario(), changes).dataset == "sentences"
    assert with_changes(Scenario(), ["mechanism=cffl", "n_validation=50"]).valuation == "validation_accuracy"


def test_changes_come_after_the_own_data() -> None:
    Path("mine.csv").write_bytes(csv_of())
    Path("s.json").write_text('{"n_rounds": 1, "n_agents": 2}', encoding="utf-8")
    assert main(["run", "s.json", "--data", "mine.csv", "--set", "n_rounds=2", "--out", "out"]) == 0
    saved = Scenario.from_json(Path("out", "scenario.json").read_text(encoding="utf-8"))
    assert (saved.dataset, saved.n_rounds) == ("own", 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("n_rounds", "set: must be FIELD=VALUE, each field once; got 'n_rounds'"),
        ("n_rounds=0", "n_rounds: must be a whole number from 1 to 500; got 0"),
        ("hue=1", "hue: must be a field of a scenario"),
        ("agent9.label_noise=1", "agent9.label_noise: must name an agent from 1 to 5"),
        ("mechanism=pay", "mechanism: must be one of "),
    ],
)
def test_a_bad_change_is_one_line_that_does_not_blame_the_file(
    change: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("s.json").write_text("{}", encoding="utf-8")
    assert main(["run", "s.json", "--set", change]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith(f"error: {told}") and shown.err.count("\n") == 1


def test_a_field_is_changed_once() -> None:
    with pytest.raises(ScenarioError, match="each field once; got 'n_rounds=4'"):
        with_changes(Scenario(), ["n_rounds=3", "n_rounds=4"])


def test_a_byte_order_mark_is_passed_over() -> None:
    Path("s.json").write_bytes(b"\xef\xbb\xbf" + b'{"n_rounds": 7}')
    assert read_scenario("s.json") == Scenario(n_rounds=7)


def test_an_unknown_preset_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "--preset", "gigant"])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in PRESETS)
