"""``python -m cgs_core leaderboard``: to the byte, gone on with, and with somebody else's method from the registry."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import pytest
from distributed import LocalCluster

from cgs_core.__main__ import main
from cgs_core.errors import JobError
from cgs_core.studies.leaderboard.board import method_title
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.leaderboard.results import kept_parts, kept_results, results_of
from cgs_core.studies.leaderboard.runs import SteadyTask, Task, computed, played, steady, steady_played
from cgs_core.studies.leaderboard.steady_board import FILE as STEADY_FILE
from tests.plug_ins import GOOD, LATE, install_both

ROOT = Path(__file__).resolve().parents[2]
ASKED = [
    "leaderboard",
    "--case",
    "wine/free-rider-1",
    "wine/equal-4",
    "--method",
    "cgsv_approx",
    "rffl",
    "--seeds",
    "2",
]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.setenv("CGS_WORKERS", "1")


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("scores.csv", "truth.csv", "refused.csv")}


def test_it_comes_out_to_the_byte_and_what_is_there_is_not_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "leaderboard"  # beside the store, where no folder is named
    assert main([*ASKED, "--out", str(first)]) == 0
    told = capsys.readouterr().out
    assert "CGSV, cosine approximation" in told and "RFFL" in told and "nobody is clearly better" in told
    some = [*ASKED[:2], "wine/equal-4", *ASKED[4:6]]  # a part first, as if it had been stopped
    assert main([*some, "--seeds", "1"]) == 0 and main(ASKED) == 0
    assert tables(first) == tables(second)
    made = json.loads((first / "made.json").read_text(encoding="utf-8"))
    assert made["seeds_of_cases"] == {"wine/equal-4": 2, "wine/free-rider-1": 2} and made["processor_seconds"] > 0

    monkeypatch.setenv("CGS_WORKERS", "0")  # nobody is needed to compute what is there
    capsys.readouterr()
    assert main([*ASKED, "--out", str(first)]) == 0 and capsys.readouterr().out == told
    before = tables(first)
    rmtree(first / "parts")  # as the results that come with the program are: they are gone on with too
    assert main([*ASKED, "--out", str(first)]) == 0 and tables(first) == before
    assert main([*ASKED[:-1], "3", "--out", str(first)]) == 2 and "CGS_WORKERS" in capsys.readouterr().err


def test_the_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert main([*ASKED[:-1], "1", "--out", str(tmp_path / "out")]) == 0
    read = kept_results(tmp_path / "out")
    whole = results_of(kept_parts(tmp_path / "out").values())
    assert read.truth == whole.truth and set(read.scores) == set(whole.scores)
    for key, line in whole.scores.items():
        for name, value in line.items():
            assert read.scores[key][name] == (None if value is None else pytest.approx(value, rel=1e-3))
    with (tmp_path / "out" / "scores.csv").open(encoding="utf-8") as file:
        methods = [record["method"] for record in csv.DictReader(file)]
    assert methods == [TRUTH, "cgsv_approx", "rffl"] * 2


def test_a_method_from_outside_gets_its_row_and_one_that_fails_is_said(tmp_path: Path) -> None:
    """As docs/how-to/add-a-method.md says, with the package of docs/how-to/plug-ins.md."""
    site = install_both(tmp_path)
    paths = os.pathsep.join([str(site), str(ROOT)])
    command = [sys.executable, "-m", "cgs_core", *ASKED[:2], "wine/equal-4", "--method", GOOD, LATE, "--seeds", "1"]
    done = subprocess.run(
        [*command, "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Projection (my-worth)" in done.stdout
    assert f"{LATE} cannot take wine/equal-4" in done.stdout and "round 2" in done.stdout
    (part,) = kept_parts(tmp_path / "out").values()
    assert set(part.lines) == {TRUTH, GOOD} and set(part.refused) == {LATE}


def test_how_steady_values_are_is_gone_on_with_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["leaderboard", "--steady", "--case", "wine", "--seeds", "1", "--out", str(tmp_path / "out")]
    few = [*asked[:3], "wine/sizes", *asked[4:]]
    assert main([*few, "--method", "data_size"]) == 0
    assert main([*few, "--method", "data_size", "cgsv"]) == 0
    first = (tmp_path / "out" / STEADY_FILE).read_bytes()
    assert main([*few[:-1], str(tmp_path / "again"), "--method", "cgsv", "data_size"]) == 0
    assert (tmp_path / "again" / STEADY_FILE).read_bytes() == first
    monkeypatch.setenv("CGS_WORKERS", "0")  # nobody is needed to compute what is there
    capsys.readouterr()
    assert main([*few, "--method", "data_size", "cgsv"]) == 0
    told = capsys.readouterr().out
    assert "Joins twice" in told and method_title("cgsv_approx") in told
    assert main(asked) == 2 and "CGS_WORKERS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--case", "digits/none"], "case: must be of digits/equal-3"),
        (["--method", "no such"], "method: must be of cgsv_approx"),
        (["--seeds", "0"], "seeds: must be at least 1"),
        (["--steady", "--case", "sentences"], "steady: is looked at in the cases digits/sizes"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["leaderboard", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["leaderboard", "--list"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in CASES)


def test_a_dask_cluster_computes_the_same_and_a_failure_is_said() -> None:
    task = Task("wine/equal-4", 0, ("data_size",))
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        ((found, _),) = computed([task], 0, cluster.scheduler_address)
        assert found.to_json() == played(task)[0].to_json()
        twice = SteadyTask("wine/equal-4", 0, ("data_size",))
        (looked_at,) = steady([twice], 0, cluster.scheduler_address)
        assert repr(looked_at) == repr(steady_played(twice))  # NaN is NaN
        with pytest.raises(JobError, match=r"wine/none, seed 1 failed: KeyError"):
            list(computed([Task("wine/none", 0, ())], 0, cluster.scheduler_address))
