"""What the leaderboard's page shows: which results there are, of which data sets, for which value and case."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import streamlit as st

from cgs_core.errors import DataError
from cgs_core.runs.settings import default_leaderboard_folder
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.leaderboard.board import Board, method_title
from cgs_core.studies.leaderboard.cases import CASES, SETTINGS, Case
from cgs_core.studies.leaderboard.claims import Checked, checked
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.leaderboard.results import Results, committed_results, kept_results
from cgs_core.studies.leaderboard.steady import STEADY_CASES
from cgs_core.studies.leaderboard.steady_board import FILE as STEADY_FILE
from cgs_core.studies.leaderboard.steady_board import SteadyBoard, committed_steady, read_steady
from cgs_ui import session
from cgs_ui.places import PLAYGROUND
from cgs_ui.session import choices

EVERYWHERE = "all"
_FIRST = "cgsv_approx"
VIEWS = ("Against the truth", "Over seeds and names")
CLAIMED = ("digits", "fashion_mnist")
"""The data sets that a finding is held against: those that have all stories."""


def board() -> Board:
    """Of the data sets that are chosen: all, or one."""
    there = _there()
    options = [EVERYWHERE, *SETTINGS]
    place = options.index(choices.one("board_dataset", EVERYWHERE, options))
    left, _ = st.columns(2)
    dataset = left.selectbox("Data sets", options, place, key="board_dataset", format_func=_dataset_words)
    return _board(_stamp(), dataset if there.truth else EVERYWHERE)


def chosen_value(table: Board) -> str:
    """The value whose map is drawn."""
    names = [name for name in table.valuations if name != TRUTH]
    first = choices.one("board_value", _FIRST if _FIRST in names else names[0], names)
    return st.selectbox("Value", names, names.index(first), key="board_value", format_func=method_title)


def chosen_case(table: Board) -> Case:
    """The case that is looked at: of the menu, or clicked in the map."""
    names = [case.name for case in table.cases]
    first = choices.one("board_case", names[0], names)
    name = st.selectbox("Case", names, names.index(first), key="board_case", format_func=_case_words)
    return CASES[name]


def chosen_view() -> str:
    """What the table of all values is of: a name of ``VIEWS``."""
    first = choices.one("board_view", VIEWS[0], VIEWS)
    return st.segmented_control("Table of", VIEWS, default=first, required=True, key="board_view") or first


def steady_board(table: Board) -> SteadyBoard:
    """Of the data sets that the other table is of."""
    datasets = {case.dataset for case in table.cases}
    return _steady(_stamp(STEADY_FILE), tuple(case for case in STEADY_CASES if case.dataset in datasets))


def pick_case(number: int) -> None:
    """A click on the map: the menu shows the case."""
    names = list(CASES)
    if number < len(names):
        st.session_state.board_case = names[number]


def open_button(case: Case) -> None:
    """Its first seed, in the Playground."""
    if st.button("Open in the Playground", on_click=session.open_scenario, args=(case.scenario,), key="open_case"):
        st.switch_page(PLAYGROUND)


def claims() -> dict[str, dict[str, tuple[Checked, ...]]]:
    """What came of each claim, on both data sets that have all stories."""
    return _claims(_stamp())


def _dataset_words(name: str) -> str:
    return "All of them" if name == EVERYWHERE else DATASETS[name].title


def _case_words(name: str) -> str:
    case = CASES[name]
    return f"{DATASETS[case.dataset].title}: {case.title}"


# -- what there is -----------------------------------------------------------------------------------------------------


def _stamp(file: str = "scores.csv") -> tuple[Path, int]:
    """The folder that the command fills, and when it last did."""
    folder = default_leaderboard_folder()
    with suppress(OSError):
        return folder, (folder / file).stat().st_mtime_ns
    return folder, 0


def _there() -> Results:
    return _results(*_stamp())


@lru_cache(maxsize=1)
def _results(folder: Path, changed: int) -> Results:
    """What comes with the program, and what ``python -m cgs_core leaderboard`` has computed on this machine."""
    with suppress(DataError, OSError):
        return committed_results().with_more(kept_results(folder))
    return committed_results()


@lru_cache(maxsize=8)
def _board(stamp: tuple[Path, int], dataset: str) -> Board:
    wanted = [case for case in CASES.values() if dataset in (EVERYWHERE, case.dataset)]
    return Board(_results(*stamp), wanted)


@lru_cache(maxsize=8)
def _steady(stamp: tuple[Path, int], cases: tuple[Case, ...]) -> SteadyBoard:
    with suppress(DataError, OSError):
        return SteadyBoard({**committed_steady(), **read_steady(stamp[0])}, cases)
    return SteadyBoard(committed_steady(), cases)


@lru_cache(maxsize=1)
def _claims(stamp: tuple[Path, int]) -> dict[str, dict[str, tuple[Checked, ...]]]:
    return {name: dict(found) for name, found in checked(_results(*stamp), CLAIMED).items()}
