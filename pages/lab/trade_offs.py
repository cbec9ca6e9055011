"""Trade-offs: one setting varied over many runs, with the spread over seeds."""

from functools import partial

import streamlit as st

from cgs_core.studies.sweeps import SweepTable
from cgs_core.words.glossary import explained
from cgs_core.words.sweep_findings import brief, law
from cgs_ui import session
from cgs_ui.controls import own_data
from cgs_ui.controls.scenario_form import sidebar, use_own_data
from cgs_ui.session import choices, view
from cgs_ui.trade_offs.panel import show_sweep
from cgs_ui.trade_offs.questions import Asked, asked
from cgs_ui.trade_offs.views import VIEWS, main_picture


def draw(question: Asked, table: SweepTable, is_live: bool) -> None:
    if table.rows or is_live:  # while nothing is there, one calm line
        if view.is_bare():
            view.sentence(brief(table, question.measures))
        else:
            st.markdown(explained(law(table, question.measures)))
    if not table.rows:
        return
    main_picture(table, question)
    if view.is_bare():
        return
    views = VIEWS if len(table.sweep.fields) == 1 else {"Numbers": VIEWS["Numbers"]}
    choices.show_views("tab_of_4" if len(views) > 1 else "tab_of_1", views, table, is_live)  # as links have them


sidebar(session.scenario())
session.show_message()
session.update_link()
own_data.require(session.scenario(), use_own_data)
with view.aside("question"):
    question = asked(session.scenario())
if question is not None:
    show_sweep(question.sweep, partial(draw, question))
