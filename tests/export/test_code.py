"""The programs that are given away: they are run, and what they print is what the run says."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cgs_core import Agent, Scenario, Trace, run
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.files import keep_arrays, own_data_folder
from cgs_core.export.code import comparison_notebook, comparison_script, run_notebook, run_script
from cgs_core.studies.comparison import Comparison, compare
from cgs_core.studies.presets import PRESETS
from tests.data.uploads import csv_of, npz_of

ROOT = Path(__file__).parents[2]
SMALL = Scenario(
    dataset="wine",
    n_agents=3,
    n_rounds=3,
    altruism_degree=float("inf"),
    seed=4,
    agents=(Agent(label_noise=0.25), Agent(classes=(1,)), Agent(conduct="free_rider")),
)
PLAIN = Scenario(dataset="wine", n_agents=2, n_rounds=1)
NAMES = ["fedavg", "leave_one_out", "cgsv"]
HOSTILE = '"""\'); import os #\\{x}'


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path / "own"))


def done(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The program as a file, run in a folder, with the project on the path."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-W", "error", "program.py"]
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )


def printed(program: str, folder: Path) -> str:
    finished = done(program, folder)
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def printed_by_cells(notebook: str) -> str:
    """The notebook's cells of code in order, as a notebook runs them."""
    content = json.loads(notebook)
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    told, names = io.StringIO(), {}
    with contextlib.redirect_stdout(told):
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                assert (cell["outputs"], cell["execution_count"]) == ([], None)
                exec("".join(cell["source"]), names)
    return told.getvalue()


def assert_tells(text: str, trace: Trace) -> None:
    """The printed text has the trace's numbers, an agent a line and a measure a line, and nothing else."""
    head, columns, *lines = text.splitlines()
    assert head == f"Run {trace.scenario.scenario_id}, after {trace.n_rounds} rounds"
    assert columns.split() == [
        "agent",
        "contribution",
        "importance",
        "reward_ratio",
        "standalone_accuracy",
        "accuracy",
    ]
    last, n_agents = trace.rounds[-1], trace.scenario.n_agents
    worth = trace.stack("contribution").mean(axis=0)
    for agent, line in enumerate(lines[:n_agents]):
        expected = [worth, last.importance, last.reward_ratio, last.standalone_accuracy, last.accuracy]
        assert line.split() == [str(agent + 1), *(f"{values[agent]:.6f}" for values in expected)]
    summary = trace.summary()
    undefined = summary.pop("undefined")
    told = dict(line.split(": ", 1) for line in lines[n_agents:])
    assert list(told) == list(summary)
    for name, value in summary.items():
        assert told[name] == (str(value) if value is not None else f"undefined, {undefined[name]}")


@pytest.mark.parametrize("scenario", [SMALL, PLAIN, SMALL.replace(data_seed=1)], ids=["edited", "plain", "two seeds"])
def test_the_program_of_a_run_prints_its_numbers(scenario: Scenario, tmp_path: Path) -> None:
    trace = run(scenario)
    assert_tells(printed(run_script(trace), tmp_path), trace)


def test_the_notebook_of_a_run_prints_the_same() -> None:
    trace = run(SMALL)
    assert_tells(printed_by_cells(run_notebook(trace)), trace)


def test_the_program_names_what_differs_from_the_default_and_nothing_else() -> None:
    assert "\nscenario = Scenario()\n" in run_script(Trace(Scenario(), ()))
    script = run_script(Trace(Scenario(n_rounds=20, seed=2), ()))
    assert "\nscenario = Scenario(n_rounds=20, seed=2)\n" in script and "Agent" not in script


@pytest.mark.parametrize("scenario", [SMALL, *(preset.scenario for preset in PRESETS.values())])
def test_the_program_makes_the_same_scenario(scenario: Scenario) -> None:
    names: dict[str, object] = {}
    exec(run_script(Trace(scenario, ())).partition("\ntrace = ")[0], names)
    assert names["scenario"] == scenario


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(SMALL.replace(n_validation=20), NAMES, n_seeds=2)


def test_the_program_of_a_comparison_prints_its_table(comparison: Comparison, tmp_path: Path) -> None:
    told = printed(comparison_script(comparison), tmp_path)
    assert told == printed_by_cells(comparison_notebook(comparison))
    table, agents = told.split("Final accuracy of each agent, mean over the seeds:\n")
    assert table == comparison.to_text()
    for line, name, own in zip(agents.splitlines(), NAMES, comparison.accuracy.mean(axis=0), strict=True):
        assert line.split() == [name, *(f"{value:.6f}" for value in own)]


# -- own data ----------------------------------------------------------------------------------------------------


def own_trace(content: bytes, name: str) -> Trace:
    arrays = read_upload(content, name)
    keep_arrays(arrays)
    return run(Scenario(dataset="own", own_data=arrays.own, n_agents=2, n_rounds=2))


@pytest.mark.parametrize(("content", "file"), [(csv_of(), "mine.csv"), (npz_of(), "mine.npz")])
def test_own_data_are_asked_for_by_the_files_name(content: bytes, file: str, tmp_path: Path) -> None:
    trace = own_trace(content, "mine")
    for path in own_data_folder().glob("*.npz"):  # on the reader's machine they are not
        path.unlink()
    script = run_script(trace)
    without = done(script, tmp_path)
    assert without.returncode != 0
    assert without.stderr.splitlines()[-1].endswith(
        f"DataError: {file}: no such file; needed are the data 'mine' of this scenario"
    )
    (tmp_path / file).write_bytes(content)
    assert_tells(printed(script, tmp_path), trace)
    assert list(own_data_folder().glob("*.npz")) == []
    (tmp_path / file).write_bytes(csv_of(60))
    assert "does not hold the data of this scenario" in done(script, tmp_path).stderr


OLD_IMPORTS = {  # of programs that the app gave away, by what they named
    "compare": "from cgs_core.comparison import compare",
    "with_file": "from cgs_core.data.given_file import with_file",
    "OwnData": "from cgs_core.own_data import OwnData",
}


def with_old_imports(program: str) -> str:
    """The program as it was given away when these names had modules of their own."""
    head, names = re.search(r"^(from cgs_core import )(.*)$", program, re.MULTILINE).groups()
    used = names.split(", ")
    kept = [name for name in used if name not in OLD_IMPORTS]
    old = [line for name, line in OLD_IMPORTS.items() if name in used]
    assert old
    return program.replace(head + names, "\n".join([head + ", ".join(kept), *old]))


def test_a_comparisons_program_with_the_old_imports_still_runs(comparison: Comparison, tmp_path: Path) -> None:
    program = comparison_script(comparison)
    assert printed(with_old_imports(program), tmp_path) == printed(program, tmp_path)


def test_a_program_with_own_data_and_the_old_imports_still_runs(tmp_path: Path) -> None:
    trace = own_trace(csv_of(), "mine")
    (tmp_path / "mine.csv").write_bytes(csv_of())
    assert_tells(printed(with_old_imports(run_script(trace)), tmp_path), trace)


def test_what_a_person_wrote_stays_a_string() -> None:
    trace = own_trace(csv_of(), HOSTILE)
    for program in (run_script(trace), *code_of(run_notebook(trace))):
        strings = {node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)}
        assert "import os" not in program or HOSTILE in strings
        assert not any(isinstance(node, ast.Import) for node in ast.walk(ast.parse(program)))


def code_of(notebook: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
