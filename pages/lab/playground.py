"""Playground: choose agents and data, see what each contributes, is paid and gets."""

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.data import federated_data
from cgs_core.figures import SORT_CHOICES, ledger_figure
from cgs_core.figures.frames import frame_name
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.words import findings
from cgs_core.words.glossary import LEDGER_HEADS, linked
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart, round_player, sentences
from cgs_ui.charts.drawn import drawn
from cgs_ui.controls import own_data
from cgs_ui.controls.scenario_form import sidebar, use_own_data
from cgs_ui.controls.story_card import has_story, story_card
from cgs_ui.following.one_run import begin, show_run
from cgs_ui.frame.take_away import offer_run
from cgs_ui.playground.before import before_change, before_words
from cgs_ui.playground.hands import hands
from cgs_ui.playground.told import told
from cgs_ui.playground.views import VIEWS, bare_picture, is_why
from cgs_ui.session import choices, view
from cgs_ui.why.opener import opener, with_room


@st.fragment
def player(trace: Trace) -> None:
    """By itself, so that letting go of the slider sends no chart again."""
    stopped_at = round_player(
        trace.scenario.scenario_id, trace.n_rounds, trace.scenario.n_rounds, session.round_index(), has_all=True
    )
    if stopped_at != session.round_index():
        session.set_round_index(stopped_at)


def draw(trace: Trace, is_live: bool) -> None:
    offer_run(trace, is_live)
    data = federated_data(trace.scenario)
    index = session.round_index()
    shown = frame_name(None if index is None else min(index, trace.n_rounds - 1))
    if view.is_bare():
        if is_live or not is_why():
            sentences(told(trace, is_live, is_brief=True), shown)
        bare_picture(trace, data, is_live)
        player(trace)
        return
    with st.container(horizontal=True, key="answer"):
        words = st.container(key="answer_words")
        if has_story():
            story_card(trace)
    with st.container():  # so that the ledger keeps its place
        if note := findings.zero_note(trace):
            st.warning(note, icon=":material/warning:")
        if note := findings.presence_note(trace):
            st.caption(note)
        if trace.scenario.valuation != Scenario().valuation:
            st.caption(f"Worth is another value here than the paper's: {VALUATIONS[trace.scenario.valuation].title}.")
    sort_by = choices.one("sort_by", "agent", SORT_CHOICES)
    before = before_change(trace)
    figure = drawn(ledger_figure, trace, sort_by=sort_by, before=before, is_live=is_live)
    chart(with_room(figure), "ledger", captions.of_run(trace.scenario), is_live)
    cards("ledger")
    with words:  # made while the browser draws
        sentences(told(trace, is_live, is_brief=False), shown)
    st.caption(linked(LEDGER_HEADS))
    hands(trace, "ledger")
    opener("ledger", trace.scenario.n_agents)
    with st.container(horizontal=True, vertical_alignment="center", key="under_ledger"):
        before_words(trace, before)
        st.selectbox(
            "Sort by",
            SORT_CHOICES,
            SORT_CHOICES.index(sort_by),
            key="sort_by",
            label_visibility="collapsed",
            format_func="by {}".format,
            width=150,
        )
    player(trace)
    choices.show_views("tab", VIEWS, trace, data, is_live)


begin(session.scenario(), "playground")
sidebar(session.scenario(), "altruism_degree")
session.show_message()
session.update_link()
own_data.require(session.scenario(), use_own_data)
show_run(session.scenario, draw, key="playground")
