"""How steady a valuation is: from another start, where data are dealt anew, and where an agent has two names.

It needs no truth: only what uploads are worth in a few federations. Every case has agents that stay what they are when
data are dealt anew: the smallest stays the smallest, the specialist the specialist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cgs_core.data import FederatedData, federated_data
from cgs_core.errors import AddedError
from cgs_core.reward import shares
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.leaderboard import scores
from cgs_core.studies.leaderboard.cases import CASES, Case
from cgs_core.studies.leaderboard.methods import why_not_for
from cgs_core.studies.leaderboard.outcomes import ANOTHER_START, worths_of_uploads
from cgs_core.typing import Contribution

STEADY_CASES = tuple(
    CASES[f"{dataset}/{story}"]
    for dataset in ("digits", "fashion-mnist", "wine")
    for story in ("sizes", "labels-steps", "specialist")
)
"""Five agents each, whose differences the story fixes and no lot."""

TWO_NAMES = ("copy_gain", "split_gain")
STEADY_SCORES = ("start_spearman", "start_distance", "data_spearman", "data_distance", *TWO_NAMES)


@dataclass(frozen=True)
class Steadiness:
    """What came of a case with a seed (from 0): by valuation, by ``STEADY_SCORES``; NaN where undefined.

    ``refused`` says of valuations why they cannot take the case.
    """

    case: str
    seed: int
    lines: Mapping[str, Mapping[str, float]]
    refused: Mapping[str, str] = field(default_factory=dict)


def steadiness(case: Case, seed: int, valuations: Sequence[str]) -> Steadiness:
    """Compute a case with a seed. One of another package that fails, or cannot take it, is refused."""
    scenario = case.scenario_of(seed)
    largest = split_in_two(scenario, 0)
    refused = {name: why for name in valuations if (why := why_not_for(largest, name)) is not None}
    able = [name for name in valuations if name not in refused]
    ours = [name for name in able if ":" not in name]
    lines: dict[str, dict[str, float]] = {}
    for group in [ours, *([name] for name in able if ":" in name)]:
        try:
            lines |= _scored(scenario, group)
        except AddedError as error:
            refused[group[0]] = str(error)
    return Steadiness(case.name, seed, lines, refused)


def _scored(scenario: Scenario, valuations: Sequence[str]) -> dict[str, dict[str, float]]:
    """By valuation. The first and the last agent are doubled, one at a time; their gains' mean counts."""
    if not valuations:
        return {}
    worth = worths_of_uploads(scenario, valuations)
    start = worths_of_uploads(scenario.replace(start_seed=scenario.start_seed + ANOTHER_START), valuations)
    dealt = worths_of_uploads(scenario.replace(data_seed=scenario.data_seed + ANOTHER_START), valuations)
    doubled = (0, scenario.n_agents - 1)
    copied = [_worth_twice(scenario, agent, valuations) for agent in doubled]
    split = [worths_of_uploads(split_in_two(scenario, agent), valuations) for agent in doubled]

    def gain(name: str, after: Sequence[Mapping[str, Contribution]]) -> float:
        before = shares(worth[name])
        own = [shares(later[name])[[agent, -1]].sum() for agent, later in zip(doubled, after, strict=True)]
        return round(float(np.mean(own - before[list(doubled)])), 9) + 0.0  # not what rounding makes of nothing

    return {
        name: {
            "start_spearman": same_order(worth[name], start[name]),
            "start_distance": scores.share_error(worth[name], start[name]),
            "data_spearman": same_order(worth[name], dealt[name]),
            "data_distance": scores.share_error(worth[name], dealt[name]),
            "copy_gain": gain(name, copied),
            "split_gain": gain(name, split),
        }
        for name in valuations
    }


def _worth_twice(scenario: Scenario, agent: int, valuations: Sequence[str]) -> dict[str, Contribution]:
    wider, data = joined_twice(scenario, agent)
    return worths_of_uploads(wider, valuations, data)


def same_order(worth: Contribution, again: Contribution) -> float:
    """Correlation of the ranks; 0 where one of the two tells nobody apart, NaN where neither tells anybody."""
    if scores.tells_nobody_apart(again):
        worth, again = again, worth
    return scores.spearman(worth, again)


def joined_twice(scenario: Scenario, agent: int) -> tuple[Scenario, FederatedData]:
    """The agent is there a second time, as the last one, with the same samples; nobody else's are changed.

    Its mini-batches are its own. A scenario's ``copy_of`` cannot say it: the split would deal anew, for one more.
    """
    data, agents = federated_data(scenario), scenario.full_agents
    again = replace(data.shards[agent], agent_index=len(agents))
    wider = scenario.replace(n_agents=len(agents) + 1, agents=(*agents, agents[agent]))
    return wider, replace(data, shards=(*data.shards, again))


def split_in_two(scenario: Scenario, agent: int) -> Scenario:
    """The agent's samples are dealt out in turn to it and to a second name, the last one; nobody else's are changed."""
    shell = Agent(shell_of=agent, conduct=scenario.full_agents[agent].conduct)
    return scenario.replace(n_agents=scenario.n_agents + 1, agents=(*scenario.full_agents, shell))
