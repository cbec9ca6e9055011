"""``python -m cgs_core``: a scenario in, four files out; bad input is one line on standard error and status 2."""

from __future__ import annotations

import io
import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.federation.experiment import run
from cgs_core.scenario import SCHEMA_VERSION, Agent, Scenario
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.comparison import compare
from cgs_core.studies.sweeps import Sweep, SweepTable, sweep
from cgs_core.version import __version__
from tests.data.uploads import csv_of
from tests.runs.helpers import eventually

ROOT = Path(__file__).resolve().parents[2]
FILES = ("scenario.json", "summary.json", "trace.csv", "trace.npz")
SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, agents=(Agent(label_noise=0.5),))


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(SMALL.to_json(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("expected")
    run(SMALL).save(folder)
    return folder


def assert_same_files(folder: Path, expected: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (folder / name).read_bytes() == (expected / name).read_bytes(), name


def process(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cgs_core", *arguments]
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, check=False)


def test_a_file_is_run_and_its_trace_written(
    small_file: Path, tmp_path: Path, expected: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a" / "new folder"
    assert main(["run", str(small_file), "--out", str(out)]) == 0
    assert_same_files(out, expected)
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.count("\n") == 1
    assert SMALL.scenario_id in told.out and "3 rounds, 3 agents" in told.out and str(out) in told.out


def test_a_process_reads_standard_input(tmp_path: Path, expected: Path) -> None:
    done = process("run", "-", "--out", str(tmp_path / "out"), given=SMALL.to_json().encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert_same_files(tmp_path / "out", expected)


def test_running_twice_into_one_folder_gives_the_last(small_file: Path, tmp_path: Path, expected: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(SMALL.replace(n_rounds=1).to_json(), encoding="utf-8")
    assert main(["run", str(other), "--out", str(tmp_path / "out")]) == 0
    assert main(["run", str(small_file), "--out", str(tmp_path / "out")]) == 0
    assert_same_files(tmp_path / "out", expected)


# -- bad input ---------------------------------------------------------------------------------------------------

BAD = {
    "range": (b'{"n_rounds": 0}', "n_rounds: must be a whole number from 1 to 500; got 0"),
    "agent": (b'{"agents": [{}, {"label_noise": 2}]}', "agents[1].label_noise: "),
    "unknown": (b'{"colour": "red"}', "colour: unknown field"),
    "newer": (json.dumps({"schema_version": SCHEMA_VERSION + 1}).encode(), "schema_version: "),
    "clash": (b'{"dataset": "wine", "model": "cnn"}', "model: "),
    "no json": (b'{\n\n"n_rounds": 3,,\n', "line 3: must be JSON (Expecting property name"),
    "no object": (b"[]", "scenario: must be a JSON object"),
    "empty": (b"", "line 1: must be JSON"),
    "twice": (b'{"n_rounds": 3, "n_rounds": 4}', "n_rounds: must stand in its object once; got [3, 4]"),
    "twice inside": (b'{"agents": [{"repeats": 2, "repeats": 2}]}', "repeats: must stand in its object once"),
    "nan": (b'{"learning_rate": NaN}', "scenario: must not contain NaN"),
    "line breaks": (b'{"a\\nb": "c\\nd"}', "a b: unknown field"),
    "no utf-8": (b'{"dataset": "\xff\xfe"}', "must be text in UTF-8"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=list(BAD))
def test_a_bad_scenario_is_one_line_and_status_2(
    text: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text)
    assert main(["run", str(path), "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"error: {path}: {told}")
    assert shown.err.endswith("\n") and shown.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["range", "unknown", "newer", "no utf-8"])
def test_bad_standard_input_is_told_by_the_process_too(name: str, tmp_path: Path) -> None:
    text, told = BAD[name]
    done = process("run", "-", "--out", str(tmp_path / "out"), given=text)
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"error: standard input: {told}")


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.json"
    assert main(["run", str(missing), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: {missing}: No such file or directory\n"


def test_a_folder_that_cannot_be_made_is_told_before_the_training(
    small_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cgs_core.federation.experiment.iterate", lambda scenario: pytest.fail("trained"))
    assert main(["run", str(small_file), "--out", str(small_file)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {small_file}: ")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["run", "x.json", "--preset", "copycat"]], ids=" ".join)
def test_a_wrong_command_has_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m cgs_core" in capsys.readouterr().err


# -- the bar -----------------------------------------------------------------------------------------------------------


def on_a_terminal(*arguments: str) -> str:
    """What a process writes on standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cgs_core", *arguments], cwd=ROOT, stderr=theirs, stdout=subprocess.DEVNULL
    ) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal is closed at the other end
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    assert child.returncode == 0
    return shown.decode()


def test_a_terminal_sees_a_bar_from_the_start_to_the_end(small_file: Path, tmp_path: Path) -> None:
    shown = on_a_terminal("run", str(small_file), "--out", str(tmp_path / "out"))
    states = [state for state in shown.strip().split("\r") if state]
    assert [state.split("] ")[1].partition(",")[0].rstrip() for state in states] == [
        f"round {n} of 3" for n in (0, 1, 2, 3)
    ]
    assert [state.count("#") for state in states] == [0, 10, 20, 30]
    assert [state.rstrip().endswith(" left") for state in states] == [False, True, True, False]
    assert shown.endswith("\n")


def test_a_pipe_sees_no_bar(small_file: Path, tmp_path: Path) -> None:
    assert process("run", str(small_file), "--out", str(tmp_path / "out")).stderr == b""


# -- the rest ----------------------------------------


def test_datasets_are_listed_with_their_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    for line, info in zip(lines, DATASETS.values(), strict=True):
        assert {str(info.n_train), str(info.n_test), str(info.n_classes)} <= set(line.split()) and info.about in line


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_standard_input_is_read_only_when_asked(
    small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"not a scenario"), encoding="utf-8"))
    assert main(["run", str(small_file), "--out", str(tmp_path / "out")]) == 0
    assert main(["run", "-", "--out", str(tmp_path / "out")]) == 2


# -- sweep -----------------------------------------------------------------------------------------------------


def sweep_arguments(scenario: Path, out: Path) -> list[str]:
    return ["sweep", str(scenario), "--vary", "altruism_degree=0.5,2,inf", "--seeds", "2", "--out", str(out)]


def test_a_sweep_is_what_its_runs_are_and_a_second_one_computes_nothing(
    small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    assert main(sweep_arguments(small_file, tmp_path / "first")) == 0
    assert capsys.readouterr().out.startswith("6 points of altruism_degree, 2 seeds")
    grid = {"altruism_degree": (0.5, 2, float("inf"))}
    expected = SweepTable(Sweep(SMALL, grid, 2), dict(sweep(SMALL, grid, 2))).to_csv()
    assert (tmp_path / "first" / "sweep.csv").read_text(encoding="utf-8") == expected
    assert Scenario.from_json((tmp_path / "first" / "scenario.json").read_text(encoding="utf-8")) == SMALL

    monkeypatch.setenv("CGS_WORKERS", "0")  # what is stored needs nobody to compute it
    assert main(sweep_arguments(small_file, tmp_path / "second")) == 0
    assert (tmp_path / "second" / "sweep.csv").read_bytes() == (tmp_path / "first" / "sweep.csv").read_bytes()


def test_a_sweep_that_was_killed_goes_on_and_gives_the_same_bytes(small_file: Path, tmp_path: Path) -> None:
    scenario = SMALL.replace(n_rounds=60)
    small_file.write_text(scenario.to_json(), encoding="utf-8")
    store = tmp_path / "runs.sqlite"
    command = [sys.executable, "-m", "cgs_core", *sweep_arguments(small_file, tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"CGS_STORE": str(store), "CGS_WORKERS": "1"}) as cut_off:
        eventually(lambda: n_stored(store) > 0, "a first round")
        cut_off.kill()
    before = n_stored(store)
    assert 0 < before < 360
    subprocess.run(command, cwd=ROOT, env=os.environ | {"CGS_STORE": str(store)}, check=True, stdout=subprocess.DEVNULL)
    grid = {"altruism_degree": (0.5, 2, float("inf"))}
    expected = SweepTable(Sweep(scenario, grid, 2), dict(sweep(scenario, grid, 2))).to_csv()
    assert (tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8") == expected


def n_stored(store: Path) -> int:
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store)) as connection:
        try:
            return int(connection.execute("SELECT COUNT(*) FROM rounds").fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return 0


@pytest.mark.parametrize(
    ("vary", "seeds", "words"),
    [
        ("altruism_degree", "1", "vary: must be FIELD=VALUE,VALUE,..."),
        ("altruism_degree=0", "1", "altruism_degree: must be a number of at least 0.1"),
        ("hue=1", "1", "hue: must be a field of a scenario"),
        ("altruism_degree=1", "0", "seeds: at least 1"),
    ],
)
def test_a_bad_sweep_is_one_line_and_status_2(
    small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], vary: str, seeds: str, words: str
) -> None:
    arguments = ["sweep", str(small_file), "--vary", vary, "--seeds", seeds, "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"error: {words}") and told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


# -- mechanisms side by side -----------------------------------------------------------------------------------------


def test_a_comparison_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "in.json", tmp_path / "a" / "new folder"
    path.write_text(SMALL.replace(n_validation=20).to_json(), encoding="utf-8")
    names = ["fedavg", "cgsv", "leave_one_out"]
    assert main(["compare", str(path), "--mechanisms", *names, "--seeds", "2", "--out", str(out)]) == 0
    expected = compare(SMALL.replace(n_validation=20), names, n_seeds=2)
    told = capsys.readouterr()
    assert (told.out, told.err) == (expected.to_text(), "")
    assert sorted(file.name for file in out.iterdir()) == ["comparison.csv", "comparison.json"]
    assert (out / "comparison.csv").read_text(encoding="utf-8") == expected.to_csv()
    assert (out / "comparison.json").read_text(encoding="utf-8") == expected.to_json()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--mechanisms", "no such"], "mechanisms"),
        (["--mechanisms", "cgsv", "cffl"], "n_validation"),
        (["--mechanisms", "cgsv", "--seeds", "0"], "n_seeds"),
    ],
)
def test_a_bad_comparison_is_one_line(
    arguments: list[str], field: str, small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(small_file), *arguments, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"error: {field}: ") and told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_own_data_take_the_place_of_the_data_set_and_are_gone_afterwards(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path / "own"))
    (tmp_path / "boxes.csv").write_bytes(csv_of())
    (tmp_path / "small.json").write_text('{"n_rounds": 2, "n_agents": 2}')
    command = ["run", str(tmp_path / "small.json"), "--data", str(tmp_path / "boxes.csv"), "--out", str(tmp_path / "a")]
    assert main(command) == 0
    again = Scenario.from_json((tmp_path / "a" / "scenario.json").read_text())
    assert (again.info.title, again.own_data.label_column) == ("boxes", "label")
    assert list((tmp_path / "own").iterdir()) == []

    saved, other = str(tmp_path / "a" / "scenario.json"), tmp_path / "other.csv"
    other.write_bytes(csv_of(42))
    for data, words in ([[], "are not on this machine"], [["--data", str(other)], "does not hold the data"]):
        assert main(["run", saved, *data, "--out", str(tmp_path / "b")]) == 2
        assert words in capsys.readouterr().err
    assert main(["run", saved, "--data", str(tmp_path / "boxes.csv"), "--out", str(tmp_path / "b")]) == 0
    assert (tmp_path / "b" / "trace.csv").read_bytes() == (tmp_path / "a" / "trace.csv").read_bytes()
    assert (
        main(
            [
                "compare",
                saved,
                "--data",
                str(tmp_path / "boxes.csv"),
                "--mechanisms",
                "fedavg",
                "cgsv",
                "--out",
                str(tmp_path / "c"),
            ]
        )
        == 0
    )
