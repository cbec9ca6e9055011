"""What the pictures of images, sentences and points share: the samples picked, bare axes, and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.data import FederatedData, Shard
from cgs_core.figures.style import (
    agent_name,
    percent,
)
from cgs_core.typing import IntArray


def picked_samples(shard: Shard, n_each: int) -> IntArray:
    """Positions of at most ``n_each`` samples that stand for the shard: evenly spaced over it, ordered by label.

    Right and wrong labels are shown in the shard's own proportion.
    """
    order = np.lexsort((shard.labels, shard.is_flipped))
    n_picked = min(n_each, len(order))
    picked = order[((np.arange(n_picked) + 0.5) * len(order) / n_picked).astype(int)]
    return picked[np.argsort(shard.labels[picked], kind="stable")]


def bare(limits: list[float]) -> dict[str, Any]:
    """A fixed axis of which nothing is seen."""
    return {
        "range": limits,
        "autorange": False,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
        "fixedrange": True,
    }


def short(numbers: list[float]) -> list[float]:
    """To five decimals."""
    return [round(number, 5) for number in numbers]


def samples_alt(data: FederatedData, agents: Sequence[int], what: str) -> str:
    """The picture in words; ``what`` says what there is of each agent."""
    wrong = {index: float(data.shards[index].is_flipped.mean()) for index in agents}
    worst = max(agents, key=lambda index: wrong[index])
    ending = (
        f"{agent_name(worst)} has most wrong labels ({percent(wrong[worst])})."
        if wrong[worst]
        else "No label is wrong."
    )
    return f"{data.dataset.info.title}, {what}, as {len(agents)} agents hold them. {ending}"
