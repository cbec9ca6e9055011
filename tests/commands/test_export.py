"""``python -m cgs_core export``: of a stored run, a folder or a scenario; the same files from all three."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from cgs_core import Scenario, run
from cgs_core.__main__ import main
from cgs_core.commands.export import FORMATS
from cgs_core.export.chromium import VARIABLE
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import run_figures
from cgs_core.runs import RunStore
from tests.data.uploads import csv_of
from tools.find_browser import find_browser

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
TEXTS = "csv,html,py,ipynb,zip"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A store of its own, and no Chromium."""
    monkeypatch.setenv("CGS_STORE", str(tmp_path / "runs.sqlite"))
    monkeypatch.setenv(VARIABLE, "/nowhere/chromium")
    monkeypatch.chdir(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def stored() -> str:
    """Keep the run in the store, as a worker does."""
    store = RunStore("runs.sqlite")
    try:
        store.submit(SMALL, "somebody")
        (claim,) = store.claim("worker")
        for record in run(SMALL).rounds:
            store.record(record.round_index, {claim: record.to_bytes()})
        store.finish(claim)
    finally:
        store.close()
    return SMALL.scenario_id


def test_a_stored_run_a_folder_and_a_scenario_give_the_same_files(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("s.json").write_text(SMALL.to_json(), encoding="utf-8")
    assert main(["export", "s.json", "--format", TEXTS]) == 0
    files = contents(Path(f"cgs-{SMALL.scenario_id}"))
    figures = run_figures(run(SMALL))
    tables = {f"{figure['layout']['meta']['filename']}.csv" for figure in figures.values()}
    assert set(files) == tables | {
        "trace.csv",
        "report.html",
        "script.py",
        "notebook.ipynb",
        f"cgs-run-{SMALL.scenario_id}.zip",
    }
    assert files["report.html"].decode() == run_report(run(SMALL))
    told = capsys.readouterr()
    assert told.err == "" and f"{SMALL.scenario_id}: {len(files)} files written to" in told.out

    run(SMALL).save("saved")
    run_id = stored()
    monkeypatch.setattr("cgs_core.federation.experiment.iterate", lambda scenario: pytest.fail("trained"))
    assert main(["export", "saved", "--format", TEXTS, "--out", "of_folder"]) == 0
    assert main(["export", run_id, "--format", TEXTS, "--out", "of_store"]) == 0
    assert contents(Path("of_folder")) == contents(Path("of_store")) == files


def test_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(VARIABLE, find_browser())
    run(SMALL).save("saved")
    assert main(["export", "saved", "--format", "svg", "--out", "out"]) == 0
    files = contents(Path("out"))
    assert len(files) == len(run_figures(run(SMALL)))
    assert all(content.startswith(b"<svg") and SMALL.scenario_id.encode() in content for content in files.values())


def test_standard_input_and_own_data(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.csv").write_bytes(csv_of())
    monkeypatch.setenv("CGS_OWN_DATA", "own")
    text = Scenario(n_rounds=1, n_agents=2).to_json().encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))
    assert main(["export", "-", "--format", "zip", "--data", "mine.csv", "--out", "out"]) == 0
    (file,) = Path("out").iterdir()
    assert b"not in here" in next(
        zipfile.ZipFile(file).read(name) for name in zipfile.ZipFile(file).namelist() if name.endswith("README.txt")
    )
    assert list(Path("own").glob("*.npz")) == []


BAD = {
    "format": (["s.json", "--format", "gif"], "format: must be of " + ", ".join(FORMATS)),
    "one of several": (["s.json", "--format", "csv,"], "format: must be of"),
    "no chromium": (["s.json", "--format", "csv,png"], "format: png needs a Chromium"),
    "no store": (["0123456789ab", "--format", "csv"], "RUN: must be the id of a stored run"),
    "no id": (["hello", "--format", "csv"], "RUN: must be a run's id"),
    "no file": (["missing.json", "--format", "csv"], "missing.json: No such file"),
    "no trace": (["empty", "--format", "csv"], "no readable trace in empty"),
    "no scenario": (["bad.json", "--format", "csv"], "bad.json: n_rounds: "),
}


@pytest.mark.parametrize(("arguments", "told"), BAD.values(), ids=list(BAD))
def test_what_cannot_be_exported_is_one_line_and_status_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("s.json").write_text(SMALL.to_json(), encoding="utf-8")
    Path("bad.json").write_text('{"n_rounds": 0}', encoding="utf-8")
    Path("empty").mkdir()
    monkeypatch.setattr("cgs_core.federation.experiment.iterate", lambda scenario: pytest.fail("trained"))
    assert main(["export", *arguments, "--out", "out"]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith(f"error: {told}") and shown.err.count("\n") == 1
    assert not Path("out").exists()


@pytest.mark.parametrize(("name", "package"), [("html", "plotly"), ("zip", "plotly"), ("svg", "kaleido")])
def test_a_format_whose_package_is_not_installed_names_it(
    name: str, package: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cgs_core.commands.export.find_spec", lambda module: None)
    assert main(["export", "--preset", "copycat", "--format", f"csv,{name}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: format: {name} needs the package {package}, which the extra app of cgs-core brings")
    assert main(["export", "--preset", "copycat", "--set", "n_rounds=1", "--format", "csv,py,ipynb"]) == 0


def test_a_run_that_the_store_does_not_have_or_has_no_round_of(capsys: pytest.CaptureFixture[str]) -> None:
    stored()
    assert main(["export", "0123456789ab", "--format", "csv"]) == 2
    assert capsys.readouterr().err.startswith("error: RUN: must be the id of a run with rounds")
