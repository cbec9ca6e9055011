"""Runs side by side: which settings differ, what came out, by how much it differs, and all of it as one tidy table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, ROW_FIELDS
from cgs_core.metrics import pearson, shares
from cgs_core.records import Trace
from cgs_core.scenario import CHOICES, Agent, Scenario, choice_of, field_facts
from cgs_core.scenario.own_data import OwnData
from cgs_core.studies.presets import PRESETS
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray

MAX_NAME_LENGTH = 60

_NOT_IN_A_NAME = ("dataset", "own_data", "n_agents", "agents", "n_validation", *ROW_FIELDS)


@dataclass(frozen=True, eq=False)
class NamedRun:
    """A run under the name that somebody gave it; ``color_index`` says what it looks like in every picture."""

    name: str
    color_index: int
    trace: Trace


# -- settings --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One field of several scenarios, side by side: of the scenario, or of one of its agents.

    A value is None where the field is empty or where a scenario has no such agent.
    """

    field: str
    title: str
    agent_index: int | None  # whose field it is; None: the scenario's
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values)


def settings(scenarios: Sequence[Scenario]) -> tuple[Setting, ...]:
    """All fields of the scenarios in their order; of the agents those that are edited in at least one of them."""
    own = [
        Setting(name, field_facts(name).title, None, tuple(getattr(scenario, name) for scenario in scenarios))
        for name in Scenario.model_fields
        if name != "agents"
    ]
    n_edited = max((len(scenario.agents) for scenario in scenarios), default=0)
    of_agents = (_agent_setting(scenarios, index, name) for index in range(n_edited) for name in Agent.model_fields)
    return (*own, *(setting for setting in of_agents if setting is not None))


def differing(scenarios: Sequence[Scenario]) -> tuple[Setting, ...]:
    """The settings that are not the same in all scenarios."""
    return tuple(setting for setting in settings(scenarios) if setting.differs)


def _agent_setting(scenarios: Sequence[Scenario], index: int, name: str) -> Setting | None:
    """One field of one agent; None where nobody has edited it."""
    default = Agent.model_fields[name].default
    values = tuple(
        getattr(scenario.full_agents[index], name) if index < scenario.n_agents else None for scenario in scenarios
    )
    if all(value in (default, None) for value in values):
        return None
    return Setting(name, f"Agent {index + 1}: {_lower_first(field_facts(name, Agent).title)}", index, values)


def default_name(scenario: Scenario) -> str:
    """What a run is called until somebody gives it a name: a preset's title, or first what is particular about it."""
    for preset in PRESETS.values():
        if preset.scenario == scenario:
            return preset.title
    name = scenario_words(scenario)
    return name if len(name) <= MAX_NAME_LENGTH else name[: MAX_NAME_LENGTH - 1].rstrip(" ,") + "…"


def scenario_words(scenario: Scenario) -> str:
    """A scenario in a line: what differs from the default, then its data set and how many agents."""
    title = mechanism_title(scenario)
    parts = [] if title == MECHANISMS["cgsv"].title else [title]
    plain = Scenario()
    parts += [
        _field_words(name, getattr(scenario, name))
        for name in Scenario.model_fields
        if name not in _NOT_IN_A_NAME and getattr(scenario, name) != getattr(plain, name)
    ]
    if n_edited := sum(agent != Agent() for agent in scenario.agents):
        parts.append(f"{n_edited} edited")
    parts += [scenario.info.title, f"{scenario.n_agents} agents"]
    return ", ".join(parts)


def mechanism_title(scenario: Scenario) -> str:
    """The name of the scenario's mechanism; "own mechanism" for a combination that has none."""
    own = {field: getattr(scenario, field) for field in ROW_FIELDS}
    for row in MECHANISMS.values():
        if row.fields == own:
            return row.title
    return "own mechanism"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _field_words(name: str, value: Any) -> str:
    """A field and its value, briefly: "20 rounds", "β ∞", "local epochs 5"."""
    if name == "n_rounds":
        return f"{value} rounds"
    facts = field_facts(name)
    if name in CHOICES:
        value = choice_of(name, value).title
    text = ("∞" if math.isinf(value) else f"{value:g}") if isinstance(value, float) else str(value)
    return f"{facts.symbol or _lower_first(facts.title)} {text}"


# -- results ---------------------------------------------------------------------------------------------------


def results(traces: Sequence[Trace]) -> dict[str, tuple[float | None, ...]]:
    """Every measure, a run an entry; None where it is undefined or no round is there yet."""
    summaries = [trace.summary() if trace.n_rounds else {} for trace in traces]
    return {name: tuple(summary.get(name) for summary in summaries) for name in MEASURES}


def differences(values: Sequence[float | None], baseline: int) -> tuple[float | None, ...]:
    """Each value less the baseline's, which is 0; None where one of the two is undefined."""
    base = values[baseline]
    return tuple(None if value is None or base is None else value - base for value in values)


# -- series over the rounds -----------------------------------------------------------------------------------

PER_AGENT = ("accuracy", "gain", "standalone_accuracy", "contribution_share", "importance", "reward_ratio")
PER_RUN = ("fairness", "server_accuracy", "fedavg_accuracy")
REDUCTIONS: dict[str, Callable[..., FloatArray]] = {"mean": np.mean, "lowest": np.min, "highest": np.max}


def per_agent(trace: Trace, quantity: str, is_exact: bool = True) -> FloatArray:
    """One of ``PER_AGENT``, (n_rounds, n_agents); accuracies and gains are fractions.

    ``contribution_share`` is the agent's part of all CGSVs, exact or approximate; NaN where there is nothing to share.
    """
    if quantity == "gain":
        return trace.stack("accuracy") - trace.stack("standalone_accuracy")
    if quantity != "contribution_share":
        return trace.stack(quantity)
    exact = trace.contribution_exact if is_exact else None
    return shares(trace.contribution_approx if exact is None else exact)


def per_run(trace: Trace, quantity: str) -> FloatArray:
    """One of ``PER_RUN``, (n_rounds,). Fairness is the correlation of standalone and rewarded accuracy.

    It is NaN where it is undefined, as in ``Trace.summary``.
    """
    if quantity != "fairness":
        return trace.stack(quantity)
    scores = [
        None
        if not trace.is_honest or any(trace.all_are_same(index))
        else pearson(record.standalone_accuracy, record.accuracy)
        for index, record in enumerate(trace.rounds)
    ]
    return np.array(scores, dtype=np.float64)  # None becomes NaN


def series(trace: Trace, quantity: str, whose: str | int = "mean", is_exact: bool = True) -> FloatArray:
    """A quantity over the rounds, (n_rounds,): the run's own, or its agents' mean, lowest or highest, or one agent's.

    Parameters
    ----------
    quantity: of ``PER_AGENT`` or ``PER_RUN``; for the latter ``whose`` says nothing.
    whose: of ``REDUCTIONS``, or an agent's index; NaN where the run has no such agent.
    """
    if quantity in PER_RUN:
        return per_run(trace, quantity)
    values = per_agent(trace, quantity, is_exact)
    if isinstance(whose, str):
        return REDUCTIONS[whose](values, axis=1)
    return values[:, whose] if whose < values.shape[1] else np.full(len(values), np.nan)


# -- one tidy table -------------------------------------------------------------------------------------------

CSV_COLUMNS = ("run", "name", "scenario_id", "round", "agent", "quantity", "value")


def to_csv(runs: Sequence[NamedRun]) -> str:
    """Everything of all runs, tidy: a value a row.

    Runs, rounds and agents are numbered from 1. A row without a round is about the whole run: its measures, and its
    settings, whose quantities begin with "setting."; a row without an agent is about all of them.
    """
    rows = (
        (number, run.name, run.trace.scenario.scenario_id, *row)
        for number, run in enumerate(runs, 1)
        for row in _run_rows(run.trace)
    )
    return csv_text(CSV_COLUMNS, rows)


def _run_rows(trace: Trace) -> Iterator[tuple[Any, ...]]:
    """Settings, results, then the rounds."""
    for setting in settings([trace.scenario]):
        agent = "" if setting.agent_index is None else setting.agent_index + 1
        yield "", agent, f"setting.{setting.field}", _cell(setting)
    for name, (value,) in results([trace]).items():
        yield "", "", name, "" if value is None else value
    if trace.n_rounds:
        yield from trace.tidy_rows()


def _cell(setting: Setting) -> Any:
    """A setting as CSV: empty for None, classes with spaces between, agents from 1, own data as their hash."""
    (value,) = setting.values
    if value is None:
        return ""
    if setting.field in ("copy_of", "shell_of"):
        return value + 1
    if isinstance(value, OwnData):
        return value.sha256
    return " ".join(map(str, value)) if isinstance(value, tuple) else value
