"""What the documents point at is there: functions, tests, files, and each other."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
TEXT = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)


def unique(pattern: str) -> list[str]:
    return sorted(set(re.findall(pattern, TEXT)))


@pytest.mark.parametrize("reference", unique(r"`(cgs_(?:core|ui)\.[\w.]+:\w+)`"))
def test_a_named_function_exists(reference: str) -> None:
    module, name = reference.split(":")
    assert hasattr(import_module(module), name)


@pytest.mark.parametrize("reference", unique(r"`(tests/[\w/]+\.py(?:::\w+)?)`"))
def test_a_named_test_exists(reference: str) -> None:
    file, _, name = reference.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_link_leads_to_a_file(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")]
    assert [target for target in targets if not (document.parent / target).is_file()] == []


@pytest.mark.parametrize("file", unique(r"`((?:cgs_core|cgs_ui|pages|tests|tools|docs)/[\w./-]*\.\w+)`"))
def test_a_named_file_exists(file: str) -> None:
    assert (ROOT / file).is_file()


def test_the_tree_of_the_architecture_names_every_module_of_the_core() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text.partition("## The tree")[2].partition("## ")[0]
    modules = {
        path.stem for path in (ROOT / "cgs_core").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    packages = [path.parent for path in (ROOT / "cgs_core").glob("*/__init__.py")]
    inside = {file.stem for package in packages if package.name != "figures" for file in package.glob("*.py")}
    missing = {name for name in (modules | inside) - {"__init__"} if not re.search(rf"\b{name}\b", tree)}
    assert missing == set()
