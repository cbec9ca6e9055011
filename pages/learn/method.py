"""Method in pictures: one round of the run on screen, step by step; what is proved of it, and what is not."""

import streamlit as st

from cgs_ui import session
from cgs_ui.controls import own_data
from cgs_ui.controls.scenario_form import use_own_data
from cgs_ui.following.one_run import show_run
from cgs_ui.learn.method import one_round, other_mechanism, wanted
from cgs_ui.learn.texts import text

TEXTS = {
    "What is proved": "proved",
    "What that does not say": "not_said",
    "Where the method is weak": "weak",
    "What is the paper's, and what is ours": "ours",
    "Sources": "sources",
}

session.show_message()
session.update_link()
own_data.require(session.scenario(), use_own_data)
other_mechanism()
show_run(wanted, one_round, key="method")
for title, name in TEXTS.items():
    st.subheader(title, anchor=False)
    st.markdown(text(name))
