"""The pay on the projector: the ledger of all first, and what the class has said."""

from __future__ import annotations

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.figures import ledger_figure
from cgs_core.figures.runs.class_predictions import class_choice_figure
from cgs_core.records import Trace
from cgs_core.rooms import TeacherView
from cgs_core.words import findings
from cgs_core.words.glossary import LEDGER_HEADS, explained, linked
from cgs_ui.background import finished_rounds
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart
from cgs_ui.charts.drawn import drawn
from cgs_ui.plain_text import plain


def pay(token: str, view: TeacherView) -> None:
    """Of the last round of play that was paid."""
    play = view.paid[-1]
    try:
        trace = finished_rounds(play.run_id)
    except JobError as error:
        st.info(str(error), icon=":material/info:")
        return
    if not isinstance(trace, Trace):
        return
    st.markdown(f"### {plain(play.rule.name)}: {explained(findings.headline(trace))}")
    chart(drawn(ledger_figure, trace), "room_ledger", captions.of_example(trace.scenario))
    cards("room_ledger")
    st.caption(linked(LEDGER_HEADS))


def reflections(view: TeacherView) -> None:
    """What the class says: the closed question counted, the open ones as they came, in no order."""
    game, said = view.game, view.reflections
    st.markdown(f"### {plain(game.closed_question)}")
    counts = [said["closed"].count(option) for option in game.options]
    figure = class_choice_figure([plain(option) for option in game.options], counts, None, name="room")
    chart(figure, "room_closed", captions.of_page())
    for number, question in enumerate(game.open_questions, start=1):
        answers = said[f"open_{number}"]
        st.markdown(f"**{plain(question)}** {len(answers)} answered.")
        st.markdown("\n".join(f"- {plain(str(answer))}" for answer in answers))
