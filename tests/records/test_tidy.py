"""The one way to write a table as CSV."""

from __future__ import annotations

from cgs_core.tidy import csv_text


def test_a_table_is_its_head_and_a_line_a_row() -> None:
    assert csv_text(("round", "value"), [(1, 0.1), (2, 3)]) == "round,value\n1,0.1\n2,3\n"


def test_nothing_is_an_empty_cell_and_a_comma_or_a_quote_is_quoted() -> None:
    assert csv_text(("a", "b", "c"), [(None, "", "x, y"), ('"z"', True, "1")]) == 'a,b,c\n,,"x, y"\n"""z""",True,1\n'


def test_a_table_without_rows_is_its_head() -> None:
    assert csv_text(["agent"], iter(())) == "agent\n"
