"""What rules ask of a server besides uploads, and the sentence where it was not given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cgs_core.errors import ScenarioError
from cgs_core.mechanisms.reward_rules import REWARD_RULES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.scenario import CHOICES, Scenario, choice_of

OF_ROUND = frozenset({"starts", "losses"})
"""What ``Server.round`` takes; all else is taken by ``Server``."""

_OF_WEIGHTS: Mapping[str, tuple[str, ...]] = {"loss_power": ("losses",)}


def check_needs(rules: Scenario, given: set[str], is_of_round: bool) -> None:
    """Raise ``ScenarioError`` where a rule needs an argument of ``Server.round`` (or else ``Server``) not ``given``."""
    for field, needs in _needs():
        name, call = getattr(rules, field), "Server.round" if is_of_round else "Server"
        missing = [need for need in needs[name] if (need in OF_ROUND) == is_of_round and need not in given]
        if missing:
            without = [other for other, own in needs.items() if given.issuperset(own)]
            allowed = f"'{name}' needs {' and '.join(missing)} of {call}(...); without: {', '.join(without)}"
            raise ScenarioError(field, allowed, name)


def check_most_agents(rules: Scenario, n_agents: int) -> None:
    """Raise ``ScenarioError`` where a rule is for fewer agents."""
    for field in ("valuation", "reward_rule"):
        most = choice_of(field, getattr(rules, field)).most_agents
        if most is not None and n_agents > most:
            allowed = f"must be at most {most} for the {field.replace('_', ' ')} '{getattr(rules, field)}'"
            raise ScenarioError("n_agents", allowed, n_agents)


def _needs() -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """By field of a scenario: what each of its choices needs."""
    yield "valuation", {name: row.needs for name, row in VALUATIONS.items()}
    yield "aggregation_weight", {name: _OF_WEIGHTS.get(name, ()) for name in CHOICES["aggregation_weight"]}
    yield "reward_rule", {name: row.needs for name, row in REWARD_RULES.items()}
