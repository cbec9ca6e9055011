"""The one way to write a table as CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.records.frame import tidy_frame
from cgs_core.tidy import as_it_was, csv_text, harmless


def test_a_table_is_its_head_and_a_line_a_row() -> None:
    assert csv_text(("round", "value"), [(1, 0.1), (2, 3)]) == "round,value\n1,0.1\n2,3\n"


def test_nothing_is_an_empty_cell_and_a_comma_or_a_quote_is_quoted() -> None:
    assert csv_text(("a", "b", "c"), [(None, "", "x, y"), ('"z"', True, "1")]) == 'a,b,c\n,,"x, y"\n"""z""",True,1\n'


def test_a_table_without_rows_is_its_head() -> None:
    assert csv_text(["agent"], iter(())) == "agent\n"


@pytest.mark.parametrize("word", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=1", "''@x", "-", "+"])
def test_no_spreadsheet_computes_a_word(word: str) -> None:
    (row,) = list(csv.reader(io.StringIO(csv_text((word,), []))))
    assert row == [f"'{word}"] and as_it_was(row[0]) == word


@pytest.mark.parametrize(
    "cell", [-1, -0.25, 1e-9, "-0.5", "+3", "-1e-9", "-inf", "cat", "a=b", "'quoted'", "", None, True]
)
def test_numbers_and_other_words_stay(cell: object) -> None:
    assert harmless(cell) is cell


@given(st.text(alphabet="=+-@'\t1.ea ", max_size=6))
def test_every_word_comes_back(word: str) -> None:
    assert as_it_was(harmless(word)) == word


def test_a_table_that_is_read_again_has_the_names_as_they_were() -> None:
    text = csv_text(("mechanism", "agent", "value"), [("=evil()", 1, -0.5), ("cgsv", None, 1)])
    assert "'=evil()" in text
    assert list(tidy_frame(text)["mechanism"]) == ["=evil()", "cgsv"]
