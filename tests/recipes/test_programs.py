"""What the documents under docs/ show is what happens: programs, a run of the command line, and its error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_LINE = ROOT / "docs" / "how-to" / "command-line.md"


def programs() -> list[tuple[str, str, str]]:
    """Every Python program of the documents that is followed by its output: (document, program, output)."""
    found = []
    for document in sorted((ROOT / "docs").rglob("*.md")):
        blocks = BLOCK.findall(document.read_text(encoding="utf-8"))
        for (language, program), (next_language, output) in pairwise(blocks):
            if language == "python" and next_language == "text" and not program.startswith("# new file: "):
                found.append((document.name, program, output))
    return found


def run(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """This Python with the project on its path, in a folder of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, input=text, capture_output=True, text=True
    )


def test_there_are_programs() -> None:
    assert {name for name, _, _ in programs()} == {
        "command-line.md",
        "lessons-in-class.md",
        "links-and-files.md",
        "method.md",
        "notebook.md",
        "own-data.md",
        "own-federation.md",
        "own-model.md",
        "plug-ins.md",
        "shelf.md",
    }


@pytest.mark.parametrize(("name", "program", "output"), programs())
def test_a_program_prints_what_is_shown_beneath_it(name: str, program: str, output: str, tmp_path: Path) -> None:
    done = run(tmp_path, "-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == output


def test_the_run_of_the_command_line_ends_as_shown(tmp_path: Path) -> None:
    text = COMMAND_LINE.read_text(encoding="utf-8")
    scenario = next(content for language, content in BLOCK.findall(text) if language == "json")
    (command,) = re.findall(r"^python (-m cgs_core run small\.json .*)$", text, re.MULTILINE)
    (tmp_path / "small.json").write_text(scenario, encoding="utf-8")
    done = run(tmp_path, *command.split())
    assert done.returncode == 0, done.stderr
    assert f"```text\n{done.stdout}```\n" in text
    files = {file.name for file in (tmp_path / "small").iterdir()}
    (table,) = re.findall(r"^The folder then holds:\n\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert files == set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE))


@pytest.mark.parametrize("start", ["run --preset", "game"])
def test_a_table_of_the_command_line_is_as_shown(start: str, tmp_path: Path) -> None:
    text = COMMAND_LINE.read_text(encoding="utf-8")
    scenario = next(content for language, content in BLOCK.findall(text) if language == "json")
    ((command, shown),) = re.findall(
        rf"^python (-m cgs_core {start} [^\n]*)\n```\n+```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    (tmp_path / "small.json").write_text(scenario, encoding="utf-8")
    done = run(tmp_path, *command.split())
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown


def test_every_command_is_in_the_document(tmp_path: Path) -> None:
    text = COMMAND_LINE.read_text(encoding="utf-8")
    listed = run(tmp_path, "-m", "cgs_core", "--help").stdout
    verbs = set(re.findall(r"^    (\w+)(?: {2,}|$)", listed, re.MULTILINE))  # a long one has a line of its own
    named = set(re.findall(r"^python -m cgs_core (\w+)", text, re.MULTILINE))
    assert verbs - {"datasets"} == named


def test_the_export_of_the_command_line_ends_as_shown(tmp_path: Path) -> None:
    text = COMMAND_LINE.read_text(encoding="utf-8")
    scenario = next(content for language, content in BLOCK.findall(text) if language == "json")
    (tmp_path / "small.json").write_text(scenario, encoding="utf-8")
    assert run(tmp_path, "-m", "cgs_core", "run", "small.json", "--out", "small").returncode == 0
    (command,) = re.findall(r"^python (-m cgs_core export .*)$", text, re.MULTILINE)
    done = run(tmp_path, *command.split())
    assert done.returncode == 0, done.stderr
    assert f"```text\n{done.stdout}```\n" in text


def test_the_error_of_the_command_line_is_as_shown(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "cgs_core", "run", "-", "--out", "folder", text='{"n_agents": 1}')
    assert (done.returncode, done.stdout) == (2, "")
    assert f"```text\n{done.stderr}```\n" in COMMAND_LINE.read_text(encoding="utf-8")
