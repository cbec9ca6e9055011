"""One word for one thing: what people read says worth, pay and gets, and none of the words that a term rules out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgs_core.words.terms import TERMS
from tests.app.pages import ROOT

PLACES = (
    "cgs_ui",
    "pages",
    "cgs_core/words",
    "cgs_core/figures",
    "cgs_core/studies",
    "cgs_core/scenario",
    "cgs_core/lessons",
    "cgs_core/measures.py",
)
RULED_OUT = {word: key for key, term in TERMS.items() for word in term.never}


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that somebody may read: strings of several words, but for docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lone = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in lone and " " in one.value:
            yield one.lineno, one.value


def files() -> list[Path]:
    found = [ROOT / place for place in PLACES]
    code = [file for place in found for file in (place.rglob("*.py") if place.is_dir() else [place])]
    prose = [*(ROOT / "content").rglob("*.md"), *(ROOT / "cgs_core" / "lessons").rglob("*.toml")]
    return [file for file in code if file.name != "truth.py"] + prose


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    """Where it stands, and what it says."""
    found = []
    for file in files():
        name = file.relative_to(ROOT).as_posix()
        if file.suffix != ".py":
            found.append((name, file.read_text(encoding="utf-8")))
        else:
            found.extend((f"{name}:{line}", text) for line, text in texts_of(file))
    return found


@pytest.mark.parametrize("word", RULED_OUT)
def test_a_word_that_is_ruled_out_is_not_used(word: str, texts: list[tuple[str, str]]) -> None:
    is_used = re.compile(rf"(?<![\w.\"-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
    own = "cgs_core/words/terms.py"
    assert [f"{where}: {text}" for where, text in texts if is_used.search(text) and not where.startswith(own)] == []
