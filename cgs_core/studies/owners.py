"""Worth and pay by owner, where one has several agents: what splitting in two brings is seen in the total."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.metrics import mean_shares
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario.owners import Owner, owners_of


@dataclass(frozen=True)
class OwnerTotal:
    """What one owner's agents are worth and get.

    Attributes
    ----------
    owner: who, with its agents.
    worth: the sum of its agents' contributions.
    share: the same as a part of all agents' sum; None where there is no whole to share.
    pay: the mean reward ratio of its agents.
    best_accuracy: of the best of its agents' models, which is the one that it will use.
    """

    owner: Owner
    worth: float
    share: float | None
    pay: float
    best_accuracy: float


def totals_by_owner(trace: Trace, round_index: int | None = None) -> tuple[OwnerTotal, ...]:
    """One total an owner, of all rounds so far or of one (``cgs_core.records.period``); none where nobody has several
    agents."""
    owners = owners_of(trace.scenario)
    if len(owners) == trace.scenario.n_agents:
        return ()
    period = Period(trace, round_index)
    worth, pay, accuracy = period.worth, period.pay, period.record.accuracy
    shares = mean_shares(worth)
    return tuple(
        OwnerTotal(
            owner,
            float(worth[(own := list(owner.agents))].sum()),
            None if shares is None else float(shares[own].sum()),
            float(pay[own].mean()),
            float(accuracy[own].max()),
        )
        for owner in owners
    )
