"""What a ledger's figure says beside its pictures, so that a narrow screen shows its rows as cards.

The cards' words, numbers and lengths are those of the figure's own traces and frames; here is only where they stand.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from cgs_core.data import FederatedData
from cgs_core.figures.agents.ledger_ghost import GHOST
from cgs_core.figures.agents.ledger_rows import Ranges
from cgs_core.figures.agents.shards import shard_words
from cgs_core.figures.style import agent_look
from cgs_core.scenario import Scenario

MOVING = (
    "worth",
    "worth_words",
    "period",
    "paid",
    "paid_words",
    "fedavg",
    "fedavg_words",
    "between",
    "alone",
    "rewarded",
    "gets_words",
)
"""The moving traces of a ledger, in their order."""


def card_facts(
    scenario: Scenario,
    data: FederatedData,
    order: Sequence[int],
    ranges: Ranges,
    n_still: int,
    has_ghost: bool = False,
) -> dict[str, Any]:
    """For ``meta["cards"]`` of a ledger's layout.

    Returns
    -------
    "agents": of each row, from the first: the agent's index, name, colour, marker, and its data in plain words.
    "limits": lowest and highest value of the four columns.
    "worth": what worth is.
    "traces": places in the figure's ``data`` of the traces of ``MOVING`` (and of ``GHOST``). The bars of
        samples are those on the axis x.
    """
    looks = [agent_look(index) for index in order]
    return {
        "agents": [
            {
                "index": index,
                "name": look.name,
                "color": look.color,
                "symbol": look.symbol,
                "brings": html.unescape(" · ".join(shard_words(scenario, data, index))),
            }
            for index, look in zip(order, looks, strict=True)
        ],
        "limits": [[round(low, 9), round(high, 9)] for low, high in ranges.limits],
        "worth": ranges.worth.head,
        "traces": {name: n_still + place for place, name in enumerate(MOVING + (GHOST if has_ghost else ()))},
    }
