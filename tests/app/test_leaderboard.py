"""The page "Leaderboard": its sentences and tables are those of the results, and a case opens in the Playground."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core.studies.estimators.results import committed_study
from cgs_core.studies.estimators.told import Told
from cgs_core.studies.leaderboard.board import VALUE_COLUMNS, Board, board_of, method_title, needs_samples
from cgs_core.studies.leaderboard.cases import CASES, SETTINGS
from cgs_core.studies.leaderboard.claims import CLAIMS, checked
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.leaderboard.results import committed_results
from cgs_core.studies.leaderboard.steady_board import STEADY_COLUMNS, SteadyBoard, committed_steady
from cgs_core.words.estimator_findings import estimator_rows, findings, how_made, once_rows
from cgs_core.words.leaderboard_findings import claim_text, entry_text, evidence, leaders, where_right
from cgs_core.words.steady_findings import steady_text, two_names
from cgs_core.words.written import unbroken
from cgs_ui.leaderboard.panel import CLAIMED, VIEWS
from tests.app.pages import charts, opened, unlinked

PAGE = "../../pages/research/leaderboard.py"


@pytest.fixture(scope="module")
def whole() -> Board:
    return board_of(committed_results(), list(SETTINGS))


def texts(page: AppTest) -> str:
    return unlinked("\n".join(one.value for one in page.main.markdown))


def test_the_sentences_are_those_of_the_results_and_a_value_has_its_own(whole: Board) -> None:
    page = opened(PAGE)
    assert unbroken(leaders(whole)) in texts(page) and unbroken(where_right(whole, "cgsv_approx")) in texts(page)
    assert charts(page) == ["case_map"]
    page.selectbox(key="board_value").set_value("fedce").run()
    assert unbroken(where_right(whole, "fedce")) in texts(page) and not page.exception
    page.selectbox(key="board_dataset").set_value("digits").run()
    assert unbroken(where_right(board_of(committed_results(), ["digits"]), "fedce")) in texts(page)


def test_every_value_is_a_row_with_its_entries(whole: Board) -> None:
    page = opened(PAGE, tab="All values")
    (frame,) = page.dataframe
    rows = frame.value.set_index("Method")
    agreement = whole.entries(VALUE_COLUMNS[0])
    for method in whole.valuations:
        row = rows.loc[method_title(method) + (" †" if needs_samples(method) else "")]
        star = " ★" if agreement[method].rank == 1 else ""
        few = f" (of {agreement[method].n_cases})" if agreement[method].n_cases < agreement[TRUTH].n_cases else ""
        assert row["Agreement"] == entry_text(VALUE_COLUMNS[0], agreement[method]) + star + few


def test_how_steady_values_are_is_the_other_table_of_all_values() -> None:
    page = opened(PAGE, tab="All values", board_view=VIEWS[1])
    board = SteadyBoard(committed_steady())
    assert all(unbroken(own) in texts(page) for own in two_names(board))
    rows = page.dataframe[0].value.set_index("Method")
    assert list(rows.columns) == [score.title for score in STEADY_COLUMNS.values()]
    for method, entry in board.entries("copy_gain").items():
        cell = rows.loc[
            method_title(method) + (" †" if needs_samples(method) else ""), STEADY_COLUMNS["copy_gain"].title
        ]
        arrow = {1: " ▲", -1: " ▼", 0: ""}[board.gains[method, "copy_gain"].outcome]
        assert cell == steady_text("copy_gain", entry) + arrow
    page.selectbox(key="board_dataset").set_value("sentences").run()
    assert not page.exception and "--steady" in page.info[0].value


def test_what_holds_is_said_for_both_data_sets() -> None:
    page = opened(PAGE, tab="What holds")
    found = checked(committed_results(), CLAIMED)
    for claim in CLAIMS:
        words = claim_text(claim, dict(found[claim.name]))
        assert words in texts(page) and words.count("hold") >= 2
    rows = page.dataframe[0].value
    assert len(rows) == 2 * sum(len(claim.checks) for claim in CLAIMS)
    for claim in CLAIMS:  # a claim holds where all of its checks do
        assert all(
            (one.told.outcome == one.check.sign) == (evidence(one)["So"] == "yes")
            for checks in found[claim.name].values()
            for one in checks
        )


def test_how_many_models_it_takes_is_told_of_the_games_on_the_data_that_are_chosen() -> None:
    page = opened(PAGE, tab="How many models")
    truths = committed_results().truth
    for datasets in (None, ["fashion_mnist"]):
        if datasets:
            page.selectbox(key="board_dataset").set_value(datasets[0]).run()
        told = Told(committed_study(), datasets)
        assert not page.exception and charts(page) == ["estimators"]
        assert all(unbroken(own) in texts(page) for own in findings(told, told.restarted(truths)))
        estimators, once = (own.value for own in page.dataframe)
        assert estimators.to_numpy().tolist() == [list(row) for row in estimator_rows(told)]
        assert once.to_numpy().tolist() == [list(row.values()) for row in once_rows(told)]
        assert any(how_made(told) in own.value for own in page.caption)
    page.selectbox(key="board_dataset").set_value("wine").run()
    assert not page.exception and charts(page) == [] and "digits and Fashion-MNIST" in page.info[0].value


def test_a_case_opens_in_the_playground() -> None:
    page = opened(PAGE, board_case="digits/unique")
    assert page.dataframe[0].value["Agent"].tolist() == [f"Agent {number}" for number in range(1, 6)]
    page.button(key="open_case").click().run()
    assert not page.exception and page.session_state["scenario"] == CASES["digits/unique"].scenario
