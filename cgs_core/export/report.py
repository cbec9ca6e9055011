"""A run as a report: one HTML file that can be read offline, played round by round, and printed."""

from __future__ import annotations

import numpy as np

from cgs_core.data import FederatedData, federated_data
from cgs_core.export.code import check_is_of_scenario
from cgs_core.export.definitions import definition_list
from cgs_core.export.page_parts import figure_part, page, paragraph, section, table
from cgs_core.export.report_settings import brings, own_data_note, settings_part, source_part
from cgs_core.export.run_figures import RUN_FIGURES, run_figures
from cgs_core.export.why_part import why_part
from cgs_core.figures.style import agent_name, percent, points
from cgs_core.figures.worth import worth_text
from cgs_core.measures import MEASURES
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario import Scenario, choice_of
from cgs_core.studies.side_by_side import default_name, mechanism_title
from cgs_core.words import findings, holds
from cgs_core.words.owner_findings import OWNERS_NOTE, owner_note, owner_rows
from cgs_core.words.written import written

_CONTENTS = (
    ("findings", "Findings"),
    ("agents", "Agents"),
    ("why", "Why"),
    ("figures", "Figures"),
    ("measures", "Measures"),
    ("definitions", "Definitions"),
    ("settings", "Settings"),
    ("source", "How to get this again"),
)


def run_report(trace: Trace, link: str | None = None) -> str:
    """All there is to say of a run, as one HTML file of about 5 MB. Every number is the trace's.

    Parameters
    ----------
    trace: at least one round; one that has stopped early says so.
    link: where the run can be opened.

    Raises
    ------
    DataError: the run learned from own data that are not on this machine.
    ExportError: it is of a model that a program gave, which the scenario does not say.
    """
    check_is_of_scenario(trace)
    scenario, data = trace.scenario, federated_data(trace.scenario)
    sections = [
        _question(trace),
        section("Findings", "findings", *_findings(trace)),
        section("Agents", "agents", agents_table(trace, data), owners_table(trace, data)),
        why_part(trace),
        _figures(trace),
        section("Measures", "measures", measures_table(trace)),
        section("Definitions", "definitions", _what_drove_the_pay(scenario), definition_list()),
        settings_part(scenario),
        source_part(scenario, link),
    ]
    return page(f"A run: {default_name(scenario)}", sections, _CONTENTS)


def _question(trace: Trace) -> str:
    scenario = trace.scenario
    ended = (
        "" if trace.is_complete else f" The run was stopped after round {trace.n_rounds}: this is what there is of it."
    )
    words = (
        f"{scenario.n_agents} agents train together on {scenario.info.title} for {scenario.n_rounds} rounds, under the "
        f"mechanism {mechanism_title(scenario)}. What is each one's contribution worth, what is it paid, which model "
        f"does it get, and is that fair?{ended}"
    )
    return paragraph(words) + own_data_note(scenario)


def _findings(trace: Trace) -> list[str]:
    notes = [owner_note(trace), findings.presence_note(trace), findings.zero_note(trace), findings.pay_note(trace)]
    return [
        paragraph(f"**{findings.headline(trace)}**"),
        *(paragraph(one.words) for one in ([] if findings.is_lost(trace) else holds.verdicts(trace))),
        paragraph(findings.fairness(trace)),
        *(paragraph(note) for note in notes if note),
    ]


def agents_table(trace: Trace, data: FederatedData) -> str:
    """What each agent brings, is worth, is paid and gets, after the last round."""
    scenario, last = trace.scenario, trace.rounds[-1]
    whole, text = Period(trace), worth_text(trace)
    gain = last.accuracy - last.standalone_accuracy
    rows = [
        [
            agent_name(agent).replace(" ", "\u00a0"),
            brings(scenario, data, agent),
            _classes(data, agent),
            text.number(whole.worth[agent]),
            f"{last.importance[agent]:.3f}",
            percent(whole.pay[agent]),
            percent(whole.length[agent]),
            percent(last.standalone_accuracy[agent], 1),
            percent(last.accuracy[agent], 1),
            points(gain[agent]),
        ]
        for agent in range(scenario.n_agents)
    ]
    heads = [
        "Agent",
        "Brings",
        "Classes",
        f"Is worth ({text.name})",
        "Importance",
        "Is paid (reward ratio)",
        "Paid, by length",
        "Alone",
        "Rewarded",
        "Gain (points)",
    ]
    caption = (
        f"After round {trace.n_rounds}. Worth ({text.title}) and pay are means over the rounds"
        f"{'' if scenario.is_always_there else ' that each was there'}; the reward ratio is "
        f"{findings.ratio_is(trace)}. Alone and rewarded: accuracy on the test samples."
    )
    return table(caption, heads, rows)


def owners_table(trace: Trace, data: FederatedData) -> str:
    """Totals by owner; empty where nobody has several agents."""
    rows = owner_rows(trace, data)
    return table(OWNERS_NOTE, list(rows[0]), [list(row.values()) for row in rows]) if rows else ""


def _classes(data: FederatedData, agent: int) -> str:
    """Which classes an agent has samples of, by the labels that it holds; or which few it lacks."""
    names = data.dataset.info.class_names
    counts = data.shards[agent].class_counts(len(names))
    held, missing = ([names[label] for label in np.flatnonzero(there)] for there in (counts > 0, counts == 0))
    if not missing:
        return f"all {len(names)}"
    return f"all but {', '.join(missing)}" if 2 * len(missing) < len(held) else ", ".join(held)


def _figures(trace: Trace) -> str:
    note = (
        "The ledger shows all rounds, the other figures the last one; where there is a slider, it shows each round."
        if trace.n_rounds > 1
        else ""
    )
    parts = [figure_part(name, RUN_FIGURES[name].question, figure) for name, figure in run_figures(trace).items()]
    return section("Figures", "figures", paragraph(note, is_note=True) if note else "", *parts)


def measures_table(trace: Trace) -> str:
    """Every measure of the run; of an undefined one, why it is."""
    summary = trace.summary()
    rows = []
    for name, measure in MEASURES.items():
        why = summary["undefined"].get(name)
        value = "undefined" if why else written(name, summary[name])
        rows.append([measure.title, value, measure.definition + (f" Undefined here: {why}." if why else "")])
    return table(f"After round {trace.n_rounds}.", ["Measure", "Value", "What it is"], rows)


def _what_drove_the_pay(scenario: Scenario) -> str:
    parts = {
        "what an update is worth": "valuation",
        "how that becomes importance": "importance_rule",
        "how long an update is": "upload_scaling",
        "what an update weighs": "aggregation_weight",
        "what an agent gets back": "reward_rule",
    }
    titles = {what: choice_of(field, getattr(scenario, field)).title for what, field in parts.items()}
    words = "; ".join(f"{what}: {title}" for what, title in titles.items())
    is_papers = mechanism_title(scenario) == "CGSV"
    return paragraph(
        f"In this run, {words}."
        + (
            ""
            if is_papers
            else " The definitions below are of the paper's mechanism, which this run departs from there."
        )
    )
