"""The table of agents: one row each, edited in place; rows added and removed are agents that join and leave.

Streamlit's editor reports its edits relative to the table that it was given. The table stays the same while
only cells are edited (the cursor stays where it is); it is made anew when rows come or go, or when something
else changed the agents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from cgs_core import Scenario, ScenarioError
from cgs_core.data import FederatedData
from cgs_core.figures.style import agent_name
from cgs_core.scenario import MAX_AGENTS, Agent, choice_of, choices_of, field_facts
from cgs_ui import session

_PRESENCE = {"Joins": "joins", "Leaves": "leaves", "Late": "delay"}
"""Columns of when an agent is there; empty: always, and never late."""


_PARTS = {
    "Data": ("Samples", "Wrong labels", "Blur", "Classes", "Repeats"),
    "Conduct": ("Conduct", "Noise σ", "Copies", "Shell of"),
    "When they are there": tuple(_PRESENCE),
}
"""What is edited together: all columns at once are wider than a laptop's page."""


def _conducts() -> dict[str, str]:
    """The conducts by their titles."""
    return {choice.title: name for name, choice in choices_of("conduct").items()}


def _conduct_help() -> str:
    """What each conduct is, a line each."""
    lines = (f"- {choice.title}: {choice.sentence}" for choice in choices_of("conduct").values())
    return "\n".join((field_facts("conduct", Agent).help, *lines))


def agents_table(scenario: Scenario, data: FederatedData) -> None:
    """Show the table, a part of its columns at a time, and change the scenario by it."""
    part = st.segmented_control(
        "What to edit",
        list(_PARTS),
        default=next(iter(_PARTS)),
        required=True,
        key="agents_part",
        label_visibility="collapsed",
        on_change=_anew,
    )
    base = st.session_state.get("table_base")
    if base is None or st.session_state.table_shows != scenario:
        st.session_state.table_version = st.session_state.get("table_version", 0) + 1
        st.session_state.table_base = base = scenario
        st.session_state.table_frame = table_of(scenario, data)
        st.session_state.table_shows = scenario
    key = _key_now()
    is_locked = session.is_locked("agents")
    st.data_editor(
        st.session_state.table_frame,
        key=key,
        hide_index=True,
        width="stretch",
        column_order=("Agent", *_PARTS.get(str(part), ())),
        disabled=is_locked,
        num_rows="fixed" if is_locked else "dynamic",
        column_config=_columns(base),
        placeholder="–",
        on_change=_edited,
        args=(key,),
        alt="The agents and the quality of their data; edit a cell, or add and remove rows.",
    )


def _anew() -> None:
    """What was edited is in the scenario, and the editor forgets its edits where its columns are other ones."""
    st.session_state.pop("table_base", None)


def table_of(scenario: Scenario, data: FederatedData) -> pd.DataFrame:
    """One row an agent, as people read it: agents numbered from 1, percent, class names."""
    names = scenario.info.class_names
    rows = [
        {
            "Agent": agent_name(index),
            "Samples": shard.n_samples // agent.repeats,
            "Wrong labels": round(100 * agent.label_noise, 1),
            "Blur": agent.feature_noise,
            "Conduct": choice_of("conduct", agent.conduct).title,
            "Copies": None if agent.copy_of is None else agent_name(agent.copy_of),
            "Shell of": None if agent.shell_of is None else agent_name(agent.shell_of),
            "Classes": [names[label] for label in agent.classes or ()],
            "Repeats": agent.repeats,
            "Noise σ": agent.privacy_noise if agent.conduct == "private" else None,
            "Joins": agent.joins if agent.joins > 1 else None,
            "Leaves": agent.leaves,
            "Late": agent.delay or None,
        }
        for index, (agent, shard) in enumerate(zip(scenario.full_agents, data.shards, strict=True))
    ]
    return pd.DataFrame(rows)


def _columns(scenario: Scenario) -> dict[str, Any]:
    column = st.column_config
    blur, noise = (field_facts(name, Agent) for name in ("feature_noise", "privacy_noise"))
    presence = {
        title: column.NumberColumn(
            min_value=1, max_value=int(facts.maximum or 1), step=1, width=88, help=f"{facts.title}. {facts.help}"
        )
        for title, facts in ((title, field_facts(name, Agent)) for title, name in _PRESENCE.items())
    }
    return {
        "Agent": column.TextColumn(disabled=True, width=80),
        "Samples": column.NumberColumn(
            min_value=1, max_value=scenario.info.n_train, step=1, width=95, help="How many samples the agent holds."
        ),
        "Wrong labels": column.NumberColumn(
            min_value=0, max_value=100, format="%g %%", width=115, help=field_facts("label_noise", Agent).help
        ),
        "Blur": column.NumberColumn(
            min_value=0,
            max_value=blur.maximum,
            format="%g",
            width=65,
            help=blur.help,
            disabled=scenario.info.kind == "text",
        ),
        "Conduct": column.SelectboxColumn(options=list(_conducts()), required=True, width=120, help=_conduct_help()),
        "Copies": column.SelectboxColumn(
            options=[agent_name(index) for index in range(scenario.n_agents)],
            width=85,
            help="Holds the same samples as this agent.",
        ),
        "Shell of": column.SelectboxColumn(
            options=[agent_name(index) for index in range(scenario.n_agents)],
            width=85,
            help="Takes half of this agent's samples: two agents of one owner.",
        ),
        "Classes": column.MultiselectColumn(
            options=list(scenario.info.class_names), width=110, help="Only these classes; empty: as the split made it."
        ),
        "Repeats": column.NumberColumn(
            min_value=1,
            max_value=int(field_facts("repeats", Agent).maximum or 1),
            step=1,
            width=95,
            help=field_facts("repeats", Agent).help,
        ),
        "Noise σ": column.NumberColumn(min_value=0, max_value=noise.maximum, format="%g", width=80, help=noise.help),
    } | presence


def _key_now() -> str:
    return f"agents_table_{st.session_state.table_version}"


def _edited(key: str) -> None:
    """Apply the editor's report to the scenario that the table shows; an invalid edit is told and taken back."""
    if key != _key_now():
        return  # the last word of a table that another has replaced
    base, report = st.session_state.table_base, st.session_state[key]
    try:
        new = edited_scenario(base, report)
    except ScenarioError as error:
        session.tell(f"Nothing was changed. {error}")
        st.session_state.pop("table_base")
        return
    session.set_scenario(new)
    rows_moved = report["added_rows"] or report["deleted_rows"]
    is_as_edited = session.scenario() == new  # a lesson may have kept something
    st.session_state.table_shows = new if is_as_edited and not rows_moved else None


def edited_scenario(base: Scenario, report: Mapping[str, Any]) -> Scenario:
    """The scenario after a data editor's report (``edited_rows``, ``added_rows``, ``deleted_rows``).

    Raises
    ------
    ScenarioError: it is no such report, which a browser may send all the same, or the scenario would be none.
    """
    names = base.info.class_names
    agents = [agent.model_dump() for agent in base.full_agents]
    edited, added, deleted = _read_report(report, len(agents))
    for index, cells in edited.items():
        agents[index] |= _fields(cells, names)
    agents += [_fields(cells, names) for cells in added]
    kept = [index for index in range(len(agents)) if index not in deleted]
    place = {old: new for new, old in enumerate(kept)}
    left = [_moved(agents[index], place) for index in kept]
    if not 2 <= len(left) <= MAX_AGENTS:
        raise ScenarioError("n_agents", f"must be from 2 to {MAX_AGENTS}", len(left))
    n_samples = base.n_samples if base.n_samples is None or base.n_samples >= len(left) else None
    return base.replace(n_agents=len(left), agents=tuple(left), n_samples=n_samples)


def _read_report(
    report: Mapping[str, Any], n_rows: int
) -> tuple[dict[int, Mapping[str, Any]], list[Mapping[str, Any]], set[int]]:
    """The edited, added and deleted rows of a report, of the kinds that the editor's own have."""
    edited, added, deleted = (report.get(name) for name in ("edited_rows", "added_rows", "deleted_rows"))
    if not (isinstance(edited, Mapping) and isinstance(added, list) and isinstance(deleted, list)):
        raise ScenarioError("agents", "must be edits of the table", dict(report))
    rows = [*edited.values(), *added]
    places = [*edited, *deleted]
    if len(added) > MAX_AGENTS or not all(isinstance(cells, Mapping) for cells in rows):
        raise ScenarioError("agents", f"must be edits of the table, of at most {MAX_AGENTS} new rows", dict(report))
    if not all(type(place) is int and 0 <= place < n_rows + len(added) for place in places) or not all(
        place < n_rows for place in edited
    ):
        raise ScenarioError("agents", "must be edits of rows that the table has", places)
    return dict(edited), added, set(deleted)


def _moved(agent: dict[str, Any], place: Mapping[int, int]) -> dict[str, Any]:
    """The same agent where others have left: the one that it is tied to has another number, or is gone."""
    ties = {name: agent.get(name) for name in ("copy_of", "shell_of")}
    return agent | {name: None if other is None else place.get(other) for name, other in ties.items()}


def _fields(cells: Mapping[str, Any], class_names: Sequence[str]) -> dict[str, Any]:
    """The scenario's fields of edited cells; a copy or a shell drops what it would contradict."""
    fields: dict[str, Any] = {}
    for column, value in cells.items():
        if column == "Samples":
            fields["shard_size"] = value
        elif column == "Repeats":
            fields["repeats"] = value or 1
        elif column == "Wrong labels":
            fields["label_noise"] = _percent(value)
        elif column == "Blur":
            fields["feature_noise"] = value or 0
        elif column == "Classes":
            fields["classes"] = _classes(value, class_names)
        elif column == "Conduct":
            fields["conduct"] = _conduct(value)
        elif column in _PRESENCE:
            name = _PRESENCE[column]
            fields[name] = field_facts(name, Agent).default if value is None else value
        elif column == "Noise σ":
            fields["privacy_noise"] = field_facts("privacy_noise", Agent).default if value is None else value
    for column, name in (("Copies", "copy_of"), ("Shell of", "shell_of")):
        if other := cells.get(column):
            fields |= dict.fromkeys(("copy_of", "shell_of", "shard_size", "classes"))
            fields[name] = _agent(column, other)
        elif column in cells:
            fields[name] = None
    return fields


def _percent(value: object) -> float:
    try:
        return (value or 0) / 100  # type: ignore[operator]
    except (TypeError, OverflowError):
        raise ScenarioError("Wrong labels", "must be from 0 to 100 percent", value) from None


def _classes(value: object, class_names: Sequence[str]) -> tuple[int, ...] | None:
    if not value:
        return None
    if not isinstance(value, list | tuple) or any(name not in class_names for name in value):
        raise ScenarioError("Classes", f"must be of {', '.join(class_names)}", value)
    return tuple(sorted({class_names.index(name) for name in value}))


def _conduct(value: object) -> str:
    titles = _conducts()
    if value and (not isinstance(value, str) or value not in titles):
        raise ScenarioError("Conduct", f"must be one of {', '.join(titles)}", value)
    return titles[value] if isinstance(value, str) and value else "honest"


def _agent(column: str, value: object) -> int:
    number = value.removeprefix("Agent ") if isinstance(value, str) else ""
    if not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise ScenarioError(column, "must be an agent of the table, as Agent 1", value)
    return int(number) - 1
