"""The recipes of docs/architecture.md, each followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

COPIED = (
    "app.py",
    "benchmarks",
    "cgs_core",
    "cgs_ui",
    "pages",
    "content",
    "docs",
    "examples",
    "tests",
    "tools",
    "pyproject.toml",
    ".streamlit",
)
KNOW_THE_TABLES = [
    "tests/scenario",
    "tests/federation/test_experiment.py",
    "tests/figures/test_mechanism_figures.py",
    "tests/recipes/test_field_table.py",
    "tests/recipes/test_references.py",
    "tests/app/test_every_choice.py",
]
RECIPES = {
    "Add a data partition": ["tests/data/test_sorted_labels.py", "tests/data/test_partition.py"],
    "Add a valuation or a reward rule": [
        "tests/federation/test_projection_and_shrunk.py",
        "tests/federation/test_mechanisms.py",
        "tests/mechanisms",
    ],
    "Add a page": ["tests/app/test_datasets_page.py"],
}
"""By heading: the tests that it adds or that are about its part."""
NEW = "sorted_labels or projection_share or shrunk or not test_every_page_is_drawn_with_the_choice"
"""Of the pages' tests the new choices, which are what a recipe adds; the others are drawn by the suite itself."""


@pytest.fixture
def copy(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """The project's files that a recipe may touch, in a folder of their own.

    With what mypy keeps of files, by their contents, if it has been run: then it reads only what a recipe changes.
    """
    for name in (*COPIED, ".mypy_cache"):
        source = pytestconfig.rootpath / name
        if name == ".mypy_cache" and not source.exists():
            continue
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def blocks(document: str, heading: str) -> list[str]:
    """The code blocks of one recipe, without their fences."""
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", document, re.MULTILINE | re.DOTALL)
    assert section, f"no recipe {heading!r}"
    return re.findall(r"^```(?:diff|python|bash)\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)


def apply(block: str, folder: Path) -> None:
    """Run a block's line, make its new file, or change the file that it names, where what it quotes is just once."""
    first, rest = block.split("\n", 1)
    if first.startswith("python -m "):
        done(["-m", *first.split()[2:]], folder)
        return
    if first.startswith("# new file: "):
        file = folder / first.removeprefix("# new file: ")
        assert not file.exists() or file.read_text(encoding="utf-8") == rest, f"another {file.name} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rest, encoding="utf-8")
        return
    file = folder / first.removeprefix("+++ ")
    text = file.read_text(encoding="utf-8")
    for hunk in re.split(r"^@@\n", rest, flags=re.MULTILINE):
        lines = [(line[:1], line[1:] + "\n") for line in hunk.splitlines()]
        old = "".join(line for sign, line in lines if sign != "+")
        new = "".join(line for sign, line in lines if sign != "-")
        if text.count(new) == 1:  # of a project in which somebody has followed the recipe
            continue
        assert text.count(old) == 1, f"{first}: not exactly once in the file:\n{old}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def done(arguments: list[str], folder: Path) -> None:
    """Run Python in a folder; what went wrong is the test's failure."""
    ended = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, f"{arguments}:\n{ended.stdout}{ended.stderr}"


def test_the_recipes_work_as_written(copy: Path, pytestconfig: pytest.Config) -> None:
    """One after the other in one copy, which all checks are run on: a check takes longer than what a recipe adds."""
    document = (pytestconfig.rootpath / "docs" / "architecture.md").read_text(encoding="utf-8")
    for block in (block for heading in RECIPES for block in blocks(document, heading)):
        apply(block, copy)
    for module, *arguments in (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",)):
        done(["-m", module, *arguments], copy)
    done(["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"], copy)
    tests = [*KNOW_THE_TABLES, *chain.from_iterable(RECIPES.values())]
    done(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", NEW, *tests], copy)


def test_every_recipe_of_the_document_is_followed(pytestconfig: pytest.Config) -> None:
    document = (pytestconfig.rootpath / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (Add .*)$", document, re.MULTILINE) == list(RECIPES)
