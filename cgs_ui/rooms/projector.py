"""The pay on the projector, one picture at a time, the ledger of all first; and what the class has said."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.figures import ledger_figure
from cgs_core.figures.runs.class_predictions import class_choice_figure
from cgs_core.records import Trace
from cgs_core.rooms import TeacherView
from cgs_core.rooms.paid_findings import (
    effort_figure,
    effort_words,
    expected_figure,
    expected_words,
    welfare_figure,
    welfare_words,
)
from cgs_core.words import findings
from cgs_core.words.glossary import LEDGER_HEADS, explained, linked
from cgs_ui.background import finished_rounds
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart
from cgs_ui.charts.drawn import drawn
from cgs_ui.plain_text import plain


def pay(token: str, view: TeacherView) -> None:
    """Of the last round of play that was paid: one of the pictures that there are."""
    there = {name: title for name, (title, _, is_there) in _PICTURES.items() if is_there(view)}
    chosen = st.segmented_control(
        "Picture",
        there,
        default="ledger",
        required=True,
        format_func=there.__getitem__,
        key="room_picture",
        label_visibility="collapsed",
    )
    _PICTURES[str(chosen)][1](view)


def _ledger(view: TeacherView) -> None:
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


def _effort(view: TeacherView) -> None:
    play = view.paid[-1]
    st.markdown(f"### {plain(play.rule.name)}: {plain(effort_words(play))}")
    chart(effort_figure(play), "room_effort", captions.of_page())


def _expected(view: TeacherView) -> None:
    play, expected = view.paid[-1], view.predictions[-1]
    st.markdown(f"### {plain(play.rule.name)}: {plain(expected_words(play, expected))}")
    chart(expected_figure(play, expected), "room_expected", captions.of_page())


def _welfare(view: TeacherView) -> None:
    st.markdown(f"### {plain(welfare_words(view.game, view.paid))}")
    chart(welfare_figure(view.game, view.paid), "room_welfare", captions.of_page())
    st.caption(
        f"Payoff: how often the own model is right, in points, less {view.game.points_a_coin:g} points a coin that was "
        "spent. Of all agents, bots too."
    )


_PICTURES: dict[str, tuple[str, Callable[[TeacherView], None], Callable[[TeacherView], bool]]] = {
    "ledger": ("The ledger", _ledger, lambda view: True),
    "effort": ("Effort and pay", _effort, lambda view: True),
    "expected": (
        "Expected and paid",
        _expected,
        lambda view: bool(expected_words(view.paid[-1], view.predictions[-1])),
    ),
    "welfare": ("Round by round", _welfare, lambda view: len(view.paid) > 1),
}
"""By name: its title, how it is drawn, and whether there is anything to draw."""


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
