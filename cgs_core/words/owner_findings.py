"""What is said of owners that have several agents: their totals, in a sentence and in a table."""

from __future__ import annotations

from cgs_core.data import FederatedData
from cgs_core.figures.style import agent_names, percent
from cgs_core.figures.worth import worth_text
from cgs_core.records import Trace
from cgs_core.studies.owners import OwnerTotal, totals_by_owner
from cgs_core.words.written import unbroken

OWNERS_NOTE = (
    "By owner. Worth: the sum over its agents, mean over the rounds. Pay: mean reward ratio over its agents and the "
    "rounds. Best model: the most accurate of its agents' after the last round."
)
_MOST_TOLD = 3  # of more owners with several agents, those worth most and least


def owner_note(trace: Trace, round_index: int | None = None) -> str | None:
    """What each owner of several agents is worth in all, is paid, and gets: over all rounds so far, or in one.

    None where nobody has several.
    """
    several = [total for total in totals_by_owner(trace, round_index) if len(total.owner.agents) > 1]
    if not several:
        return None
    if len(several) > _MOST_TOLD:
        by_worth = sorted(several, key=lambda total: -total.worth)
        several = [by_worth[0], by_worth[-1]]
    over = f", mean over {trace.n_rounds} rounds" if round_index is None and trace.n_rounds > 1 else ""
    return unbroken(" ".join(_told(trace, total, over) for total in several))


def owner_rows(trace: Trace, data: FederatedData) -> list[dict[str, str]]:
    """One row an owner, as people read it; none where nobody has several agents."""
    sizes = [shard.n_samples for shard in data.shards]
    return [
        {
            "Owner": ": ".join(part for part in (total.owner.name, agent_names(total.owner.agents)) if part),
            "Part of the samples": percent(sum(sizes[agent] for agent in total.owner.agents) / sum(sizes)),
            "Worth": _worth(trace, total),
            "Pay": percent(total.pay),
            "Best model": percent(total.best_accuracy, 1),
        }
        for total in totals_by_owner(trace)
    ]


def _told(trace: Trace, total: OwnerTotal, over: str) -> str:
    agents = agent_names(total.owner.agents)
    who = f"{agents} are {total.owner.name}'s" if total.owner.name else f"{agents} are one owner's"
    return (
        f"{who}: together they are worth {_worth(trace, total)}{over}, they are paid {percent(total.pay)} on average, "
        f"and the best of their models gets {percent(total.best_accuracy, 1)} right."
    )


def _worth(trace: Trace, total: OwnerTotal) -> str:
    return worth_text(trace).named(total.worth) if total.share is None else f"{percent(total.share)} of the whole"
