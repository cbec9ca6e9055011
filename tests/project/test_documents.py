"""The documents are run: the README's program prints what it says, and every command exists."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cgs_ui.frame.pages import HOME, SECTIONS


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/**/*.md")]


def commands(text: str) -> list[str]:
    """The lines of shell blocks, without their prompts, and the code spans that begin like a command."""
    blocks = re.findall(r"^```(?:bash|sh|shell|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`((?:make|python -m|streamlit run) [^`\n]+)`", text)


def make_targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_first_program_of_the_readme_prints_what_is_shown_beneath_it(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    match = re.search(r"^```python\n(.*?)^```\n.*?^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert match, "README.md: a ```python block and a ```text block with its output are needed"
    program, output = match.groups()
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == output


def test_every_make_target_in_the_documents_exists(root: Path) -> None:
    named = {
        target
        for file in documents(root)
        for command in commands(file.read_text(encoding="utf-8"))
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", command)
    }
    assert named <= make_targets(root)
    assert {"run", "test"} <= named


def test_every_module_that_the_documents_run_exists(root: Path) -> None:
    named = {
        module
        for file in documents(root)
        for command in commands(file.read_text(encoding="utf-8"))
        for module in re.findall(r"\bpython3? -m ([\w.]+)", command)
    }
    assert "cgs_core" in named
    assert [module for module in sorted(named) if find_spec(module) is None] == []


def test_every_script_that_the_documents_run_exists(root: Path) -> None:
    named = {
        script
        for file in documents(root)
        for command in commands(file.read_text(encoding="utf-8"))
        for script in re.findall(r"(?:\bpython3?|\bstreamlit run) ([\w/.-]+\.py)\b", command)
    }
    assert [script for script in sorted(named) if not (root / script).is_file()] == []


def test_the_readme_names_every_page(root: Path) -> None:
    _, _, told = (root / "README.md").read_text(encoding="utf-8").partition("## What you see")
    told, _, _ = told.partition("## Install")
    titles = [page.title for section in SECTIONS.values() for page in section if page is not HOME]
    assert [title for title in titles if not re.search(rf"\*{title}\*|The {title} is", told)] == []


def test_every_variable_that_is_read_is_told_and_the_other_way_round(root: Path) -> None:
    sources = [file for folder in ("cgs_core", "cgs_ui") for file in (root / folder).rglob("*.py")]
    read, told, asked = (
        {name for file in files for name in re.findall(r"\bCGS_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8"))}
        for files in (sources, documents(root), [root / "deploy" / "compose.yaml"])
    )
    assert read <= told
    assert told <= read | asked


@pytest.mark.parametrize(
    ("document", "end"), [("accessibility.md", "## What is Streamlit's"), ("threat-model.md", "## What is not held")]
)
def test_every_line_names_tests_that_exist(root: Path, document: str, end: str) -> None:
    text, found, _ = (root / "docs" / document).read_text(encoding="utf-8").partition(end)
    heads = ("| What holds", "| What |", "| ---")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(heads)]
    assert found
    named = [re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row) for row in rows]
    assert rows and all(named), "each line names its test"
    for file, test in (one for row in named for one in row):
        assert f"\ndef {test}(" in (root / file).read_text(encoding="utf-8"), f"{file}::{test}"
