"""Whose the agents are: an agent's shell companies are its owner's, and a split by owner gives one several agents."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.scenario.scenario import Scenario


@dataclass(frozen=True)
class Owner:
    """Who has agents: ``name`` as the data say it, empty where they do not; ``agents`` counted from 0."""

    name: str
    agents: tuple[int, ...]


def owners_of(scenario: Scenario) -> tuple[Owner, ...]:
    """Every owner once, in the order of its first agent.

    Examples
    --------
    >>> from cgs_core.scenario import Agent, Scenario
    >>> [owner.agents for owner in owners_of(Scenario(n_agents=4, agents=(Agent(), Agent(), Agent(shell_of=1))))]
    [(0,), (1, 2), (3,)]
    """
    names = scenario.info.owner_names if scenario.split == "owners" else ()
    held: dict[int, list[int]] = {}
    n_before = 0  # agents that are no shells, for which the split is
    place = {}
    for index, agent in enumerate(scenario.full_agents):
        if agent.shell_of is None:
            place[index] = n_before % len(names) if names else n_before
            n_before += 1
    for index, agent in enumerate(scenario.full_agents):
        held.setdefault(place[index if agent.shell_of is None else agent.shell_of], []).append(index)
    return tuple(Owner(names[owner] if names else "", tuple(agents)) for owner, agents in held.items())
