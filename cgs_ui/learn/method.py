"""One round of the run on screen as a moving picture, with the words and numbers of the step that is shown."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.figures import one_round_figure
from cgs_core.figures.style import agent_name
from cgs_core.mechanisms import with_mechanism
from cgs_core.words.glossary import explained
from cgs_core.words.method_words import STEP_NAMES, MethodStep, method_steps, picture_words, shown_agent
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart, value_player
from cgs_ui.charts.drawn import drawn
from cgs_ui.places import asset, style
from cgs_ui.session import choices

_FIRST_ROUND = 10  # late enough for agents to differ, early enough to be there soon


def wanted() -> Scenario:
    """The scenario on screen, under the paper's mechanism."""
    return with_mechanism(session.scenario(), "cgsv")


def other_mechanism() -> None:
    """Say so where the run on screen is of another one."""
    if wanted() != session.scenario():
        st.caption("The agents and their data are those on screen; they are valued and paid here as in the paper.")


def one_round(trace: Trace, is_live: bool) -> None:
    """The picture, its player, and the words; below them what is chosen: round, agent, and all words at once."""
    shown = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        round_index = _round(trace)
        if is_live and round_index >= trace.n_rounds:
            return  # it is there in a moment
        round_index = min(round_index, trace.n_rounds - 1)
        agent = _agent(trace, round_index)
        are_all = st.toggle("All steps at once", key="all_steps", help="The words of the steps one below the other.")
    figure = drawn(one_round_figure, trace, round_index=round_index)
    with shown:
        chart(figure, "one_round", replace(captions.of_example(trace.scenario), labels=STEP_NAMES))
        _player(trace, round_index)
        st.html(style("steps.css"))
        with st.container(key="every_step" if are_all else "one_step"):
            for place, step in enumerate(method_steps(trace, round_index, agent)):
                with st.container(key=f"step_{place}", gap="xsmall"):
                    _words(place, step)
        _component()(key="steps")
    st.caption(explained(picture_words(trace, round_index)))


def _round(trace: Trace) -> int:
    """From 0; it need not have been trained yet."""
    rounds = range(1, trace.scenario.n_rounds + 1)
    kept = choices.one("method_round", min(_FIRST_ROUND, trace.scenario.n_rounds), rounds)
    return int(st.selectbox("Round", rounds, rounds.index(kept), key="method_round", width=110)) - 1


def _agent(trace: Trace, round_index: int) -> int:
    agents = range(trace.scenario.n_agents)
    kept = choices.one("method_agent", shown_agent(trace, round_index), agents)
    return int(st.selectbox("In numbers", agents, kept, key="method_agent", width=150, format_func=agent_name))


@st.fragment
def _player(trace: Trace, round_index: int) -> None:
    """By itself, so that letting go of its slider sends no chart again."""
    labels = [f"{place}. {name}" for place, name in enumerate(STEP_NAMES, 1)]
    value_player(f"{trace.scenario.scenario_id} {round_index}", labels, 0, "step")


def _words(place: int, step: MethodStep) -> None:
    """What happens, and beside it what happened."""
    what, numbers = st.columns(2, gap="medium")
    what.markdown(f"**{place + 1}. {step.title}.** {explained(step.words)}\n\n$$\n{step.formula}\n$$")
    numbers.markdown("\n\n".join([step.told, *(f"$$\n{formula.tex}\n$$" for formula in step.numbers)]))


@cache
def _component() -> Any:
    return st.components.v2.component("cgs_steps", html="<div></div>", js=asset("steps.js"), isolate_styles=False)
