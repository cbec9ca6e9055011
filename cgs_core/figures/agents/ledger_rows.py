"""What the ledgers of a page and of a projector share: which rows in which order, the columns' ranges, and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.frames import round_number
from cgs_core.figures.rows import accuracy_limits
from cgs_core.figures.shares import contribution_shares, share_limits
from cgs_core.figures.style import (
    INK,
    agent_name,
    axis,
    note,
    percent,
    percent_tick,
    plain_number,
)
from cgs_core.records import Trace
from cgs_core.typing import FloatArray

SortBy = Literal["agent", "data", "worth", "pay", "accuracy"]
SORT_CHOICES: tuple[SortBy, ...] = get_args(SortBy)
LONGEST_WORDS = 27  # letters that fit the first column of a narrow ledger


def _row_order(trace: Trace, data: FederatedData, sort_by: SortBy) -> list[int]:
    """Agent indices from the first row to the last; ties in the agents' order."""
    last = trace.rounds[-1]
    exact, approx = contribution_shares(trace)
    keys = {
        "agent": -np.arange(trace.scenario.n_agents, dtype=np.float64),
        "data": np.array([shard.n_samples for shard in data.shards], dtype=np.float64),
        "worth": np.nan_to_num((approx if exact is None else exact)[-1]),
        "pay": last.reward_ratio,
        "accuracy": last.accuracy,
    }
    return np.argsort(-keys[sort_by], kind="stable").tolist()


def outermost_rows(trace: Trace, data: FederatedData, sort_by: SortBy, most: int | None) -> list[int]:
    """All agents in their order or, where they are more than ``most``, the first and the last of them.

    Agents by number would be cut at random, so then the order is that of worth.
    """
    if most is None or trace.scenario.n_agents <= most:
        return _row_order(trace, data, sort_by)
    order = _row_order(trace, data, "worth" if sort_by == "agent" else sort_by)
    return [*order[: most - most // 2], *order[-(most // 2) :]]


def cut_marks(n_shown: int, n_agents: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Where rows are left out: words above the names, and a dotted line where the missing ones would be."""
    if n_shown == n_agents:
        return [], []
    gap = (n_shown + 1) // 2 - 0.5
    words = note(
        f"{n_shown} of<br>{n_agents}",
        xref="paper",
        x=0,
        xanchor="right",
        xshift=-8,
        yref="paper",
        y=1,
        yanchor="bottom",
        align="right",
    )
    line = {
        "type": "line",
        "xref": "paper",
        "x0": -0.12,
        "x1": 1,
        "yref": "y",
        "y0": gap,
        "y1": gap,
        "line": {"color": INK, "width": 2, "dash": "dot"},
    }
    return [words], [line]


class Ranges:
    """The four columns' fixed ranges over the whole trace: where values end and where the numbers stand.

    ``rooms``: the part of each column that is kept for its numbers.
    """

    def __init__(self, trace: Trace, data: FederatedData, rooms: Sequence[float]) -> None:
        most = max(shard.n_samples for shard in data.shards)
        self.limits = ((0.0, float(most)), share_limits(trace), (0.0, 1.0), accuracy_limits(trace))
        self.ends = [
            round(high + (high - low) * room / (1 - room), 5)
            for (low, high), room in zip(self.limits, rooms, strict=True)
        ]

    def axis(self, column: int) -> dict[str, Any]:
        (low, high), end = self.limits[column], self.ends[column]
        return axis(
            low,
            high,
            tick_text=percent_tick if column else plain_number,
            is_sparse=True,
            least_step=0 if column else 1,
            zeroline=low < 0,
            zerolinecolor=INK,
            fixedrange=True,
            range=[round(low - 0.02 * (end - low), 5), end],
        )


def fitted(words: Sequence[str], between: str = " · ", longest: int = LONGEST_WORDS) -> str:
    """As many of the words as fit the column, and an ellipsis for the others (they are in the hover)."""
    for n_kept in range(len(words), 0, -1):
        text = between.join(words[:n_kept]) + (" …" if n_kept < len(words) else "")
        if len(text) <= longest:
            return text
    return ""


def from_to(alone: float, rewarded: float) -> str:
    """An agent's accuracy before and after, for instance "62 → 71 %"."""
    return f"{percent(alone)[:-2]} → {percent(rewarded)}"


def ledger_alt(trace: Trace, shown: int) -> str:
    """One round of the ledger in words."""
    record = trace.rounds[shown]
    exact, approx = contribution_shares(trace)
    worth: FloatArray = np.nan_to_num((approx if exact is None else exact)[shown])
    top, least, best = int(worth.argmax()), int(record.reward_ratio.argmin()), int(record.accuracy.argmax())
    return (
        f"Round {round_number(shown)}: {agent_name(top)} is worth most ({percent(worth[top])} of the whole), "
        f"{agent_name(least)} is paid least ({percent(record.reward_ratio[least])} of the aggregate). "
        f"{agent_name(best)} has the most accurate model ({percent(record.accuracy[best], 1)}, "
        f"alone {percent(record.standalone_accuracy[best], 1)})."
    )
