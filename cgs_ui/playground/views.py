"""What goes deeper under the ledger: one tab a question."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from cgs_core import Trace
from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    SORT_CHOICES,
    accuracy_figure,
    agent_name,
    class_accuracy_figure,
    contribution_figure,
    decision_figure,
    gain_figure,
    ledger_figure,
    pay_figure,
    projected_ledger_figure,
    samples_figure,
    shards_figure,
)
from cgs_core.figures.style import percent, points
from cgs_core.measures import MEASURES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records.period import Period
from cgs_core.reward import effective_memory
from cgs_core.scenario import MAX_EXACT_AGENTS
from cgs_core.words import findings
from cgs_core.words.glossary import explained, linked, measures_linked
from cgs_core.words.owner_findings import OWNERS_NOTE, owner_rows
from cgs_core.words.written import written
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart
from cgs_ui.charts.drawn import drawn
from cgs_ui.controls.agents_table import agents_table
from cgs_ui.controls.picks import kept_picks, picked_agents
from cgs_ui.following.exact import exact_is_there
from cgs_ui.playground.checked import check_this_run
from cgs_ui.playground.steps import what_each_step_cost
from cgs_ui.session import choices, view
from cgs_ui.why.opener import opener
from cgs_ui.why.panel import TAB, why_bare, why_tab

_MOST_EMBEDDED_ROWS = 16  # of a ledger 540 pixels high, to be read
_HEADS = (
    ("Alone", "alone"),
    ("Rewarded", "gets"),
    ("Gain", "gain"),
    ("Worth", "worth"),
    ("Importance", "importance"),
    ("Pay", "pay"),
)
_MOST_SHOWN = 6  # agents in pictures of single samples and boundaries


def _who_has_what(trace: Trace, data: FederatedData, is_live: bool) -> None:
    scenario = session.scenario()  # not the trace's: that may still be the run before
    with st.expander("Edit the agents in a table", key="agents_table", on_change="rerun") as place:
        if place.open:
            agents_table(scenario, federated_data(scenario))
    chart(drawn(shards_figure, scenario), "shards", captions.of_run(scenario))
    chosen = _chosen(scenario.n_agents, "samples_of")
    chart(drawn(samples_figure, scenario, tuple(chosen)), "samples", captions.of_run(scenario))


def _who_contributed(trace: Trace, data: FederatedData, is_live: bool) -> None:
    approximate = "the paper's approximation, the cosine of the agent's own update"
    has_exact = trace.scenario.n_agents <= MAX_EXACT_AGENTS  # of some they are yet to be computed
    lines = f"Solid: exact; dotted: {approximate}" if has_exact else f"Of so many agents {approximate}"
    st.caption(
        explained(
            "The cosine gradient Shapley value (CGSV) of each agent, as a share of all agents': how much its update "
            f"agrees with everybody's. {lines}. A round whose values cancel has no shares."
        )
    )
    exact_is_there(trace)
    chart(
        contribution_figure(trace, picked=picked_agents(trace.scenario.n_agents), is_live=is_live),
        "contribution",
        captions.of_run(trace.scenario),
        is_live,
    )


def _who_is_paid(trace: Trace, data: FederatedData, is_live: bool) -> None:
    memory = effective_memory(trace.rounds[-1].contribution, trace.scenario.importance_smoothing)
    st.caption(
        explained(
            f"Importance is the smoothed worth; pay (the reward ratio) is {findings.ratio_is(trace)}. "
            f"Effective memory in the last round: {percent(memory)} of importance is the past "
            f"(α = {trace.scenario.importance_smoothing:g})."
        )
    )
    if note := findings.pay_note(trace):
        st.info(note, icon=":material/info:")
    chart(
        pay_figure(trace, picked=picked_agents(trace.scenario.n_agents), is_live=is_live),
        "pay",
        captions.of_run(trace.scenario),
        is_live,
    )


def _who_gets(trace: Trace, data: FederatedData, is_live: bool) -> None:
    st.caption(
        explained(
            "Accuracy on test samples that nobody holds. Solid: the rewarded model; dashed: training alone; grey: "
            "FedAvg."
        )
    )
    chart(
        accuracy_figure(trace, picked=picked_agents(trace.scenario.n_agents), is_live=is_live),
        "accuracy",
        captions.of_run(trace.scenario),
        is_live,
    )
    chart(gain_figure(trace, is_live=is_live), "gain", captions.of_run(trace.scenario), is_live)
    if trace.scenario.info.kind == "plane":
        chart(
            decision_figure(trace, data, _chosen(trace.scenario.n_agents, "boundaries_of"), is_live=is_live),
            "decision",
            captions.of_run(trace.scenario),
            is_live,
        )
    else:
        by_class = class_accuracy_figure(trace, is_live=is_live)
        chart(by_class, "class_accuracy", captions.of_run(trace.scenario), is_live)


def _numbers(trace: Trace, data: FederatedData, is_live: bool) -> None:
    last, scenario, whole = trace.rounds[-1], trace.scenario, Period(trace)
    table = pd.DataFrame(
        {
            "Agent": [agent_name(index) for index in range(scenario.n_agents)],
            "Samples": [shard.n_samples for shard in data.shards],
            "Alone": 100 * last.standalone_accuracy,
            "Rewarded": 100 * last.accuracy,
            "Gain (points)": 100 * (last.accuracy - last.standalone_accuracy),
            "Worth, mean": whole.worth,
            "Importance, at the end": last.importance,
            "Pay, mean": 100 * whole.pay,
            "Paid, by length, mean": 100 * whole.length,
        }
    )
    shares = ("Pay, mean", "Paid, by length, mean", "Alone", "Rewarded")
    columns = {name: st.column_config.NumberColumn(format="%.4f") for name in ("Worth, mean", "Importance, at the end")}
    columns |= {name: st.column_config.NumberColumn(format="%.1f %%") for name in shares}
    columns["Agent"] = st.column_config.Column(pinned=True)
    st.caption(
        f"After round {trace.n_rounds} of {scenario.n_rounds}; means are over the rounds. "
        f"Worth: {VALUATIONS[scenario.valuation].title}."
    )
    told = table.style.format({"Gain (points)": lambda gain: points(gain / 100)})
    st.dataframe(told, hide_index=True, width="stretch", column_config=columns, alt="Each agent's numbers.")
    st.caption(linked(_HEADS))
    if owned := owner_rows(trace, data):
        st.caption(explained(OWNERS_NOTE))
        st.dataframe(
            pd.DataFrame(owned), hide_index=True, width="stretch", alt="What each owner's agents are worth and paid."
        )
    _measures(trace)
    check_this_run(trace, is_live)


def _measures(trace: Trace) -> None:
    exact_is_there(trace)
    summary = trace.summary()
    rows = [
        {
            "Measure": measure.title,
            "Value": "undefined" if summary[name] is None else written(name, summary[name]),
            "What it is": measure.definition,
            "Why undefined": summary["undefined"].get(name, ""),
        }
        for name, measure in MEASURES.items()
    ]
    with st.expander("Measures of the run"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            width="stretch",
            alt="The measures of the run, with reasons where undefined.",
        )
        st.caption(measures_linked(MEASURES))


def _chosen(n_agents: int, key: str) -> list[int]:
    """Which agents a picture of single samples shows: all if they are few, else the reader picks."""
    everybody = list(range(n_agents))
    if n_agents <= _MOST_SHOWN:
        return everybody
    first = choices.several(key, everybody[:_MOST_SHOWN], everybody, lambda agent: str(agent + 1))
    picked = st.multiselect(
        "Agents shown", everybody, first, format_func=agent_name, key=key, max_selections=_MOST_SHOWN
    )
    return sorted(picked) or everybody[:_MOST_SHOWN]


def is_why() -> bool:
    """Whether a bare page is asked for an agent's steps instead of a picture."""
    return view.figure_name() == "why"


def bare_picture(trace: Trace, data: FederatedData, is_live: bool) -> None:
    """The one picture of a bare page: the ledger, or the figure that the link names."""
    from cgs_core.export.run_figures import RUN_FIGURES  # loads what a page that draws need not

    if is_why() and not is_live:
        why_bare(trace)
        return
    asked = RUN_FIGURES.get(view.figure_name() or "ledger")
    name = view.figure_name() if asked is not None and asked.is_of(trace) else "ledger"
    if asked is None or name in (None, "ledger"):
        sort_by = choices.one("sort_by", "agent", SORT_CHOICES)
        figure = (
            projected_ledger_figure(trace, data, sort_by, is_live=is_live)
            if view.is_projected()
            else ledger_figure(trace, data, sort_by, most_rows=_MOST_EMBEDDED_ROWS, is_live=is_live)
        )
        chart(figure, "ledger", captions.of_run(trace.scenario), is_live)
        cards("ledger")
        opener("ledger", trace.scenario.n_agents)
    else:
        picks = [kept_picks(trace.scenario.n_agents)] if asked.has_picks else []
        chart(asked.draw(trace, data, *picks), str(name), captions.of_run(trace.scenario), is_live)


def _why(trace: Trace, data: FederatedData, is_live: bool) -> None:
    if is_live:
        st.info("Ready when the run is.", icon=":material/hourglass_top:")
    else:
        why_tab(trace)


VIEWS: dict[str, Callable[[Trace, FederatedData, bool], None]] = {
    "Who has what": _who_has_what,
    TAB: _why,
    "Who contributed": _who_contributed,
    "Who is paid what": _who_is_paid,
    "Who gets which model": _who_gets,
    "What did each step cost?": what_each_step_cost,
    "Numbers": _numbers,
}
