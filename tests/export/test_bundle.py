"""The ZIP: what is in it is what is given one by one; without a Chromium it says why there are no pictures."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from cgs_core import Scenario, Trace, run
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.files import keep_arrays
from cgs_core.export.bundle import comparison_bundle, run_bundle
from cgs_core.export.chromium import VARIABLE
from cgs_core.export.code import comparison_script, run_notebook, run_script
from cgs_core.export.comparison_report import comparison_report
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import run_figures
from cgs_core.studies.comparison import Comparison, compare
from tests.data.uploads import csv_of

LINK = "http://class.example/playground?run=1"
SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
RUN_FILES = [
    "README.txt",
    "report.html",
    "scenario.json",
    "trace.csv",
    "trace.npz",
    "summary.json",
    "script.py",
    "notebook.ipynb",
]


@pytest.fixture(scope="module")
def trace() -> Trace:
    return run(SMALL)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(SMALL, ["fedavg", "cgsv"])


def opened(content: bytes, folder: str) -> dict[str, bytes]:
    """The files by name, all of which lie in one folder and are dated 1980."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
        assert all(name.startswith(f"{folder}/") for name in names) and len(set(names)) == len(names)
        return {name.removeprefix(f"{folder}/"): archive.read(name) for name in names}


def test_a_run_with_all_its_pictures(trace: Trace) -> None:
    files = opened(run_bundle(trace, LINK), f"cgs-run-{trace.scenario.scenario_id}")
    stems = sorted(figure["layout"]["meta"]["filename"] for figure in run_figures(trace).values())
    endings = ("csv", "pdf", "png", "svg")
    assert list(files) == RUN_FILES + [f"figures/{stem}.{ending}" for stem in stems for ending in endings]
    for stem in stems:
        with Image.open(io.BytesIO(files[f"figures/{stem}.png"])) as picture:
            assert picture.width >= 1920 and picture.convert("L").getextrema() != (255, 255)
        assert len(PdfReader(io.BytesIO(files[f"figures/{stem}.pdf"])).pages) == 1
        assert trace.scenario.scenario_id in files[f"figures/{stem}.svg"].decode()  # of the caption
    readme = files["README.txt"].decode()
    assert "no pictures" not in readme and LINK in readme
    assert all(name in readme for name in RUN_FILES if name != "README.txt")


def test_without_a_chromium_the_files_are_the_same_every_time(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/chromium")
    content = run_bundle(trace, LINK)
    assert content == run_bundle(trace, LINK)
    files = opened(content, f"cgs-run-{trace.scenario.scenario_id}")
    assert {Path(name).suffix for name in files if name.startswith("figures/")} == {".csv"}
    readme = files["README.txt"].decode()
    assert "There are no pictures: No Chromium is on this machine" in readme and "report.html" in readme
    assert files["report.html"].decode() == run_report(trace, LINK)
    assert files["script.py"].decode() == run_script(trace)
    assert files["notebook.ipynb"].decode() == run_notebook(trace)
    assert files["trace.csv"].decode() == trace.to_csv()
    assert json.loads(files["summary.json"]) == trace.summary()


def test_why_no_pictures_are_drawn_is_said(trace: Trace) -> None:
    files = opened(run_bundle(trace, no_pictures="Others are waiting."), f"cgs-run-{trace.scenario.scenario_id}")
    assert "There are no pictures: Others are waiting." in files["README.txt"].decode()
    assert not any(name.endswith(".png") for name in files)


def test_what_was_unpacked_is_a_trace_again(trace: Trace, tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(run_bundle(trace, no_pictures="-"))).extractall(tmp_path)
    folder = tmp_path / f"cgs-run-{trace.scenario.scenario_id}"
    again = Trace.load(folder)
    assert again.scenario == trace.scenario and again.to_csv() == trace.to_csv()
    table = pd.read_csv(folder / "figures" / f"cgs-pay-{trace.scenario.scenario_id}.csv")
    assert {"frame", "trace", "x", "y"} <= set(table.columns) and len(table) > 10


def test_a_comparison(comparison: Comparison) -> None:
    words = "FedAvg, CGSV · seed 0"
    files = opened(
        comparison_bundle(comparison, words, LINK, no_pictures="-"), f"cgs-comparison-{comparison.scenario.scenario_id}"
    )
    assert files["comparison.csv"].decode() == comparison.to_csv()
    assert files["comparison.json"].decode() == comparison.to_json()
    assert files["script.py"].decode() == comparison_script(comparison)
    assert files["report.html"].decode() == comparison_report(comparison, LINK)
    assert words in files["README.txt"].decode()
    drawn = [name for name in files if name.startswith("figures/")]
    assert len(drawn) == 2
    for name in drawn:
        assert len(list(csv.reader(io.StringIO(files[name].decode())))) > 1


def test_own_data_are_not_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path))
    arrays = read_upload(csv_of().replace(b"height", b"unlikely_column"), "mine")
    keep_arrays(arrays)
    trace = run(Scenario(dataset="own", own_data=arrays.own, n_agents=2, n_rounds=1))
    files = opened(run_bundle(trace, no_pictures="-"), f"cgs-run-{trace.scenario.scenario_id}")
    assert "The data that were learned from are not in here" in files["README.txt"].decode()
    assert not any("samples" in name for name in files)
    assert not any(b"unlikely_column" in content for content in files.values())
