"""One agent's five steps in a round or over all: each a sentence, its formulas, a picture and its program."""

from __future__ import annotations

import streamlit as st

from cgs_core import Trace
from cgs_core.export.code import log_code, run_code
from cgs_core.figures import agent_name
from cgs_core.figures.agents.why import why_figure
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.words.glossary import explained
from cgs_core.words.why import Step, why_question, why_steps
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.following.exact import exact_is_there
from cgs_ui.places import style
from cgs_ui.session import choices, view
from cgs_ui.why.follow import shown_round

TAB = "Why"
"""The name of the Playground's tab, and of the figure that a bare page's link asks for in small letters."""

AGENT = "why"
"""Whose steps are shown: the key of the control, and the link's parameter (from 1)."""

_STEP = "why_step"  # of a bare page, which has room for one
_NOTE = "Numbers are rounded where they are written; the programs below print them."


def ask(agent: int) -> None:
    """Show this agent's steps, and bring them into view; for a callback."""
    st.session_state[AGENT] = agent
    st.session_state.n_whys = st.session_state.get("n_whys", 0) + 1
    if view.is_bare():
        choices.keep(view.FIGURE_PARAMETER, "why")
        choices.keep(AGENT, None if agent == 0 else str(agent + 1))
    else:
        st.session_state.tab = TAB
        choices.keep("tab", TAB)
    session.update_link()


def chosen_agent(trace: Trace) -> int:
    """Whose steps are to be shown, by the control or the link; the first one's unless told."""
    everybody = range(trace.scenario.n_agents)
    if st.session_state.get(AGENT, 0) not in everybody:
        del st.session_state[AGENT]  # of a run with more agents
    return choices.one(AGENT, 0, everybody, lambda agent: str(agent + 1))


@st.fragment
def why_tab(trace: Trace) -> None:
    """The Playground's tab: it follows the round player without the rest of the page."""
    with st.container(key="why_panel"):
        index = _shown(trace, "why_panel")
        with st.container(horizontal=True, vertical_alignment="center", key="why_head"):
            agent = _agent_control(trace)
            st.markdown(f"**{why_question(trace, agent, index)}**")
        st.caption(_when(trace, index))
        steps(trace, agent, index, "why")


def why_bare(trace: Trace) -> None:
    """One step after the other, as large as a class can read; on a page that shows one picture."""
    st.html(style("why_panel.css"))
    with st.container(key="why_bare"):
        index = _shown(trace, "why_bare")
        view.sentence(f"**{why_question(trace, chosen_agent(trace), index)}**")
        with st.container(horizontal=True, vertical_alignment="center", key="why_head"):
            agent = _agent_control(trace)
            found = why_steps(trace, agent, index)
            names = [step.name for step in found]
            first = choices.one(_STEP, names[0], names)
            name = st.segmented_control(
                "Step",
                names,
                default=first,
                required=True,
                key=_STEP,
                format_func=lambda one: f"{names.index(one) + 1} {one.capitalize()}",
                label_visibility="collapsed",
            )
            st.button("Ledger", on_click=_leave, key="leave_why", icon=":material/arrow_back:")
        step = found[names.index(name or first)]
        st.markdown(step.sentence)
        with st.container(key="why_steps_bare"):
            left, right = st.columns(2, vertical_alignment="center")
            with left:
                _formulas(step)
            with right:
                _picture(trace, agent, step.name, index, "why_bare")


def steps(trace: Trace, agent: int, round_index: int | None, place: str) -> None:
    """The five steps, and the programs that print their numbers; ``place`` keeps two panels of a page apart."""
    if round_index is None:
        exact_is_there(trace)
    found = why_steps(trace, agent, round_index)
    st.html(style("why_panel.css"))
    with st.container(key=f"why_steps_{place}"):
        for step in found:
            left, right = st.columns([3, 2], vertical_alignment="center", gap="medium")
            with left:
                st.markdown(f"**{step.title}**")
                st.markdown(explained(step.sentence))
                _formulas(step)
            with right:
                _picture(trace, agent, step.name, round_index, place)
    st.caption(_NOTE)
    with st.expander("The Python that prints these numbers", icon=":material/code:", key=f"{place}_code"):
        st.caption(f"First the {'log' if isinstance(trace, LoggedTrace) else 'run'}, then a step at a time.")
        st.code(log_code(trace) if isinstance(trace, LoggedTrace) else run_code(trace.scenario), language="python")
        for step in found:
            if step.code:
                st.markdown(f"**{step.title}**")
                st.code(step.code, language="python")


def _formulas(step: Step) -> None:
    for formula in step.formulas:
        st.latex(formula.tex)


def _picture(trace: Trace, agent: int, step: str, round_index: int | None, place: str) -> None:
    figure = why_figure(trace, agent, step, round_index, view.is_projected())
    when = "all rounds" if round_index is None else f"round {round_index + 1}"
    caption = captions.of_trace(trace).after(f"{agent_name(agent)}, {when}")
    chart(figure, f"{place}_{step}", caption, is_part=True)


def _agent_control(trace: Trace) -> int:
    agent = chosen_agent(trace)
    st.selectbox(
        "Agent",
        range(trace.scenario.n_agents),
        agent,
        key=AGENT,
        format_func=agent_name,
        label_visibility="collapsed",
        width=150,
    )
    return agent


def _shown(trace: Trace, place: str) -> int | None:
    """The round that the player rests at, within those that there are."""
    index = shown_round(place, session.round_index(), st.session_state.get("n_whys", 0))
    return None if index is None else min(index, trace.n_rounds - 1)


def _when(trace: Trace, round_index: int | None) -> str:
    if round_index is None:
        return f"Over all {trace.n_rounds} rounds. Under the ledger the player shows one round at a time."
    return f"Round {round_index + 1} of {trace.n_rounds}, where the player under the ledger stands."


def _leave() -> None:
    choices.keep(view.FIGURE_PARAMETER, None)
    session.update_link()
