"""Worth and pay by owner, where one has several agents: what splitting in two brings is seen in the total."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.metrics import mean_shares
from cgs_core.records import Trace
from cgs_core.scenario.owners import Owner, owners_of


@dataclass(frozen=True)
class OwnerTotal:
    """What one owner's agents are worth and get.

    Attributes
    ----------
    owner: who, with its agents.
    worth: the sum of its agents' contributions, each the mean over the rounds.
    share: the same as a part of all agents' sum; None where that is no whole to share.
    pay: the mean reward ratio of its agents over the rounds.
    best_accuracy: of the best of its agents' models after the last round, which is the one that it will use.
    """

    owner: Owner
    worth: float
    share: float | None
    pay: float
    best_accuracy: float


def totals_by_owner(trace: Trace) -> tuple[OwnerTotal, ...]:
    """One total an owner; none where nobody has more than one agent."""
    owners = owners_of(trace.scenario)
    if len(owners) == trace.scenario.n_agents:
        return ()
    worth = trace.stack("contribution").mean(axis=0)
    pay = trace.stack("reward_ratio").mean(axis=0)
    shares = mean_shares(worth)
    return tuple(
        OwnerTotal(
            owner,
            float(worth[(own := list(owner.agents))].sum()),
            None if shares is None else float(shares[own].sum()),
            float(pay[own].mean()),
            float(trace.rounds[-1].accuracy[own].max()),
        )
        for owner in owners
    )
