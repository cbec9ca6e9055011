"""The rows of the leaderboard: valuations with the paper's pay, and mechanisms that pay, weigh or scale otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from cgs_core.errors import ScenarioError
from cgs_core.mechanisms import CGSV, MECHANISMS, VALUATIONS, with_mechanism
from cgs_core.mechanisms.table import PAID_AS_IN_THE_PAPER
from cgs_core.scenario import Scenario, choice_of
from cgs_core.scenario.presence import presence_of
from cgs_core.studies.leaderboard.whole_runs import WHOLE_RUNS


def own_mechanisms() -> tuple[str, ...]:
    """The mechanisms that are no valuation with the paper's pay: those that pay, weigh or scale otherwise."""
    papers = {name: value for name, value in CGSV.fields.items() if name != "valuation"}
    return tuple(
        row.name
        for row in MECHANISMS.values()
        if {name: value for name, value in row.fields.items() if name != "valuation"} != papers
    )


def default_methods() -> tuple[str, ...]:
    """Every valuation and mechanism that comes with the program, and no row twice."""
    valuations = [name for name in VALUATIONS if ":" not in name]
    return (*valuations, *(name for name in own_mechanisms() if ":" not in name), *WHOLE_RUNS)


def meant_for(scenario: Scenario, methods: Iterable[str]) -> tuple[str, ...]:
    """Those that are rows of a scenario: values of whole runs only where agents come and go."""
    return tuple(name for name in methods if name not in WHOLE_RUNS or not scenario.is_always_there)


def methods_named(names: Iterable[str]) -> tuple[str, ...]:
    """Methods by the names of valuations or mechanisms; "cgsv" is its valuation. ``ScenarioError`` for other names."""
    found = []
    for name in names:
        if name not in VALUATIONS and name not in MECHANISMS and name not in WHOLE_RUNS:
            known = dict.fromkeys((*VALUATIONS, *own_mechanisms(), *WHOLE_RUNS))
            raise ScenarioError("method", f"must be of {', '.join(known)}", name)
        is_own = name in VALUATIONS or name in own_mechanisms() or name in WHOLE_RUNS
        found.append(name if is_own or name in PAID_AS_IN_THE_PAPER else MECHANISMS[name].valuation)
    return tuple(dict.fromkeys(found))


def rules_of(scenario: Scenario, method: str) -> Scenario:
    """The scenario under a method: a valuation with the paper's pay, or a mechanism by its name."""
    if method in VALUATIONS:
        return with_mechanism(scenario, CGSV.name).replace(valuation=method)
    return with_mechanism(scenario, method)


def why_not_for(scenario: Scenario, method: str) -> str | None:
    """Why a method cannot take a scenario, as a sentence; None where it can."""
    if method in WHOLE_RUNS:
        return _why_not_whole(scenario, method)
    try:
        rules = rules_of(scenario, method)
    except ScenarioError as error:
        return f"{error}"
    for field in ("valuation", "reward_rule"):
        choice = choice_of(field, getattr(rules, field))
        if choice.most_agents is not None and scenario.n_agents > choice.most_agents:
            return f"it is for at most {choice.most_agents} agents"
        if choice.needs_validation and not scenario.n_validation:
            return "it needs samples set aside"
    return None


def _why_not_whole(scenario: Scenario, method: str) -> str | None:
    if scenario.n_agents > (most := WHOLE_RUNS[method].most_agents):
        return f"it is for at most {most} agents"
    if not presence_of(scenario).is_present.all(axis=1).any():
        return "it needs a round in which all are there"
    return None
