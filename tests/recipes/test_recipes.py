"""The recipes of docs/architecture.md, each followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COPIED = ("app.py", "cgs_core", "cgs_ui", "pages", "content", "tests", "pyproject.toml", ".streamlit")
RECIPES = {
    "Add a data partition": [
        "tests/data/test_sorted_labels.py",
        "tests/data/test_partition.py::test_the_table_has_every_split_that_a_scenario_may_name",
        "tests/data/test_partition.py::test_every_split_shares_out_rows_and_leaves_nobody_empty[sorted_labels]",
    ],
    "Add a valuation or a reward rule": [
        "tests/federation/test_projection_and_shrunk.py",
        "tests/federation/test_experiment.py::test_everything_that_a_mechanism_may_be_made_of_is_in_its_table",
        "tests/federation/test_experiment.py::test_mechanisms_have_a_name_a_title_and_a_source",
    ],
    "Add a page": ["tests/app/test_datasets_page.py"],
}


@pytest.fixture
def copy(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """The project's files that a recipe may touch, in a folder of their own."""
    for name in COPIED:
        source = pytestconfig.rootpath / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def blocks(document: str, heading: str) -> list[str]:
    """The code blocks of one recipe, without their fences."""
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", document, re.MULTILINE | re.DOTALL)
    assert section, f"no recipe {heading!r}"
    return re.findall(r"^```(?:diff|python)\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)


def apply(block: str, folder: Path) -> None:
    """Make the new file of a block, or change the file that it names; what it quotes must be there exactly once."""
    first, rest = block.split("\n", 1)
    if first.startswith("# new file: "):
        file = folder / first.removeprefix("# new file: ")
        assert not file.exists(), f"{file.name} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rest, encoding="utf-8")
        return
    file = folder / first.removeprefix("+++ ")
    text = file.read_text(encoding="utf-8")
    for hunk in re.split(r"^@@\n", rest, flags=re.MULTILINE):
        lines = [(line[:1], line[1:] + "\n") for line in hunk.splitlines()]
        old = "".join(line for sign, line in lines if sign != "+")
        new = "".join(line for sign, line in lines if sign != "-")
        assert text.count(old) == 1, f"{first}: not exactly once in the file:\n{old}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_works_as_written(heading: str, copy: Path, pytestconfig: pytest.Config) -> None:
    document = (pytestconfig.rootpath / "docs" / "architecture.md").read_text(encoding="utf-8")
    for block in blocks(document, heading):
        apply(block, copy)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *RECIPES[heading]]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_recipe_of_the_document_is_followed(pytestconfig: pytest.Config) -> None:
    document = (pytestconfig.rootpath / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (Add .*)$", document, re.MULTILINE) == list(RECIPES)
