"""Properties of a mechanism, looked for in one run: they held, they did not, or the run cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray

_TOLERANCE = 1e-6
_NOTHING_OF_ITS_OWN = {"free_rider": "noise", "echo": "what it got back"}  # by conduct
_NEAR = 0.05  # of the agents' mean contribution: how near two worths, or one and nothing, must be in a noisy run


@dataclass(frozen=True)
class Property:
    """A property looked for in one run: it held, it did not, or the run cannot tell (None)."""

    holds: bool | None
    evidence: str


def found_properties(trace: Trace) -> dict[str, Property]:
    """Five properties, looked for in one run: what the numbers of this run say, not what is true in general."""
    contribution, ratio = trace.stack("contribution"), trace.stack("reward_ratio")
    last = trace.rounds[-1]
    return {
        "efficiency": _efficiency(trace, contribution),
        "symmetry": _symmetry(trace, contribution.mean(axis=0)),
        "null_agent": _null_agent(trace.scenario, contribution.mean(axis=0)),
        "monotone_pay": _monotone_pay(trace.scenario, contribution.mean(axis=0), ratio.mean(axis=0)),
        "individual_rationality": _rationality(last.accuracy - last.standalone_accuracy),
    }


def _efficiency(trace: Trace, contribution: FloatArray) -> Property:
    """Contributions add up to 1 in every round: to v(N) of the cosine game, or to the whole of what is shared out."""
    unit = VALUATIONS[trace.scenario.valuation].unit
    if unit not in ("cosine", "share"):
        return Property(None, f"worth is told as {unit}, and the run does not record the total")
    is_round = np.array([np.abs(gram).sum() > 0 for gram in trace.gram])
    if not is_round.any():
        return Property(None, "nothing was uploaded")
    off = np.abs(contribution.sum(axis=1) - 1) * is_round
    worst = int(off.argmax())
    evidence = f"round {worst + 1}: worth adds up to {contribution[worst].sum():.6g}"
    return Property(bool(off[worst] <= _TOLERANCE), evidence)


def _symmetry(trace: Trace, mean: FloatArray) -> Property:
    """Honest agents with the same samples are worth the same, but for a twentieth of the mean: their batches differ.

    Of those who were there in the same rounds.
    """
    scenario, there = trace.scenario, trace.is_present
    pairs = [
        (agent.copy_of, index)
        for index, agent in enumerate(scenario.full_agents)
        if agent.copy_of is not None
        and agent.label_noise == agent.feature_noise == 0
        and agent.conduct == scenario.full_agents[agent.copy_of].conduct == "honest"
        and (there[:, index] == there[:, agent.copy_of]).all()
    ]
    if not pairs:
        always = "" if scenario.is_always_there else " and were there in the same rounds"
        return Property(None, f"no two honest agents hold the same samples{always}")
    first, second = max(pairs, key=lambda pair: abs(mean[pair[0]] - mean[pair[1]]))
    holds = abs(mean[first] - mean[second]) <= _NEAR * np.abs(mean).mean()
    return Property(bool(holds), f"Agent {first + 1} {mean[first]:.4g}, its copy Agent {second + 1} {mean[second]:.4g}")


def _null_agent(scenario: Scenario, mean: FloatArray) -> Property:
    """Who uploads nothing of its own is worth nothing, but for a twentieth of the mean."""
    riders = [index for index, agent in enumerate(scenario.full_agents) if agent.conduct in _NOTHING_OF_ITS_OWN]
    if not riders:
        return Property(None, "no agent uploads noise or an echo")
    worst = max(riders, key=lambda index: abs(mean[index]))
    holds = abs(mean[worst]) <= _NEAR * np.abs(mean).mean()
    what = _NOTHING_OF_ITS_OWN[scenario.full_agents[worst].conduct]
    return Property(bool(holds), f"Agent {worst + 1} uploads {what} and is worth {mean[worst]:.4g}")


def _monotone_pay(scenario: Scenario, mean: FloatArray, pay: FloatArray) -> Property:
    """Who is worth more over the run is not paid less: mean contribution against mean reward ratio."""
    if scenario.reward_rule == "own":
        return Property(None, "nobody is paid")
    drop = np.where(mean[:, None] > mean + _TOLERANCE, pay - pay[:, None], 0.0)  # [i, j]: i is worth more than j
    more, less = np.unravel_index(int(drop.argmax()), drop.shape)
    if drop[more, less] <= _TOLERANCE:
        return Property(True, f"{len(mean)} agents are paid in the order of their worth")
    evidence = (
        f"Agent {more + 1} is worth {mean[more]:.4g} and paid {pay[more]:.4g}, "
        f"Agent {less + 1} {mean[less]:.4g} and {pay[less]:.4g}"
    )
    return Property(False, evidence)


def _rationality(gain: FloatArray) -> Property:
    worst = int(gain.argmin())
    points = f"{round(100 * float(gain[worst]), 1) + 0.0:.1f}".replace("-", "−")
    return Property(bool(gain[worst] >= 0), f"Agent {worst + 1} gains least: {points} points")
