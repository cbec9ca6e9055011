"""The rows of the leaderboard: valuations with the paper's pay, and mechanisms that pay, weigh or scale otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from cgs_core.errors import ScenarioError
from cgs_core.mechanisms import CGSV, MECHANISMS, VALUATIONS, with_mechanism
from cgs_core.mechanisms.table import PAID_AS_IN_THE_PAPER
from cgs_core.scenario import Scenario, choice_of


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
    return (*valuations, *(name for name in own_mechanisms() if ":" not in name))


def methods_named(names: Iterable[str]) -> tuple[str, ...]:
    """Methods by the names of valuations or mechanisms; "cgsv" is its valuation. ``ScenarioError`` for other names."""
    found = []
    for name in names:
        if name not in VALUATIONS and name not in MECHANISMS:
            known = dict.fromkeys((*VALUATIONS, *own_mechanisms()))
            raise ScenarioError("method", f"must be of {', '.join(known)}", name)
        is_own = name in VALUATIONS or name in own_mechanisms()
        found.append(name if is_own or name in PAID_AS_IN_THE_PAPER else MECHANISMS[name].valuation)
    return tuple(dict.fromkeys(found))


def rules_of(scenario: Scenario, method: str) -> Scenario:
    """The scenario under a method: a valuation with the paper's pay, or a mechanism by its name."""
    if method in VALUATIONS:
        return with_mechanism(scenario, CGSV.name).replace(valuation=method)
    return with_mechanism(scenario, method)


def why_not_for(scenario: Scenario, method: str) -> str | None:
    """Why a method cannot take a scenario, as a sentence; None where it can."""
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
