"""Leaderboard: valuations and mechanisms against a truth, in named cases."""

import streamlit as st

from cgs_core.studies.leaderboard.board import PAY_COLUMNS, VALUE_COLUMNS, Board
from cgs_core.words.glossary import explained
from cgs_core.words.leaderboard_findings import eyes, how_sure, leaders, where_right
from cgs_ui import session
from cgs_ui.leaderboard.estimators import show_estimators
from cgs_ui.leaderboard.panel import VIEWS, board, chosen_case, chosen_value, chosen_view, open_button, steady_board
from cgs_ui.leaderboard.views import show_case, show_claims, show_map, show_steady, show_table
from cgs_ui.session import choices

TABS = ("Map of the cases", "All values", "All mechanisms", "How many models", "What holds")
HOW = (
    "The truth is the Shapley value of the retrained game: every coalition trains a model of its own. All values see "
    "the uploads of plain federated averaging; what each pays is in a federation of its own. Your own method gets its "
    "row by `python -m cgs_core leaderboard` (docs/how-to/add-a-method.md)."
)


def map_of_cases(table: Board) -> None:
    method = chosen_value(table)
    st.markdown(explained(where_right(table, method)))
    show_map(table, method)
    case = chosen_case(table)
    show_case(table, case)
    open_button(case)


def all_values(table: Board) -> None:
    if chosen_view() == VIEWS[0]:
        show_table(table, table.valuations, VALUE_COLUMNS, "board_values")
    else:
        show_steady(steady_board(table))


def draw(table: Board) -> None:
    st.markdown("\n".join(f"- {explained(own)}" for own in (leaders(table), eyes(table)) if own))
    tabs = st.tabs(TABS, key="tab", default=choices.tab("tab", TABS), on_change="rerun")
    for name, tab in zip(TABS, tabs, strict=True):
        if tab.open:
            with tab:
                if name == TABS[0]:
                    map_of_cases(table)
                elif name == TABS[1]:
                    all_values(table)
                elif name == TABS[2]:
                    show_table(table, table.payers, PAY_COLUMNS, "board_payers")
                elif name == TABS[3]:
                    show_estimators([case.dataset for case in table.cases])
                else:
                    show_claims()
    st.caption(f"{how_sure(table)} {HOW}")


session.show_message()
session.update_link()
shown = board()
if shown.methods:
    draw(shown)
else:
    st.info("Nothing has been computed yet: `python -m cgs_core leaderboard` does.", icon=":material/info:")
