"""The reference page is what its tool makes of today's docstrings, and has every public name."""

from __future__ import annotations

from pathlib import Path

import pytest

import cgs_core
from tools.make_reference import PUBLIC, reference


@pytest.fixture(scope="module")
def made() -> str:
    return reference()


def test_the_reference_is_made_of_the_docstrings_as_they_are(root: Path, made: str) -> None:
    committed = (root / "docs" / "reference.md").read_text(encoding="utf-8")
    assert committed == made, "docstrings have changed: make reference writes the page anew"


def test_every_name_of_the_package_is_in_the_reference() -> None:
    errors = {name for name in cgs_core.__all__ if name.endswith("Error")}
    assert set(PUBLIC["cgs_core"]) == set(cgs_core.__all__) - errors - {"__version__"}


def test_no_section_of_a_docstring_is_left_as_it_stands_in_the_source(made: str) -> None:
    assert "------" not in made and ":\n    " not in made
