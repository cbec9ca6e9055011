"""The tables of fields in the how-to are those of the code, and its example is a scenario."""

from __future__ import annotations

import re

from cgs_core import Scenario
from cgs_core.studies.presets import PRESETS
from tests.recipes.field_table import DOCUMENT, OWNERS, table, with_tables


def test_the_tables_in_the_document_are_up_to_date() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert document == with_tables(document), "run: python -m tests.recipes.field_table"


def test_no_cell_breaks_its_row() -> None:
    for owner in OWNERS.values():
        header, *rows = table(owner).splitlines()
        assert {row.count("|") for row in rows} == {header.count("|")}


def test_the_example_file_is_a_valid_scenario() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert Scenario.from_json(example).full_agents[3].conduct == "free_rider"


def test_the_document_names_every_preset() -> None:
    (line,) = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "`/playground?preset=" in line]
    named = set(re.findall(r"`([a-z_]+)`", line.partition("The names:")[2]))
    assert named == set(PRESETS)
