"""What the ledgers of a page and of a projector share: which rows in which order, the columns' ranges, and words.

Worth is the value that drives the run, in its own unit. Of all rounds worth and pay are means, and models those of the
last round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.agents.ledger_ghost import has_same_worth
from cgs_core.figures.agents.shards import lacking_alt
from cgs_core.figures.frames import ALL_ROUNDS, framed_rounds, round_number
from cgs_core.figures.rows import accuracy_limits
from cgs_core.figures.style import (
    INK,
    agent_names,
    axis,
    extremes,
    note,
    percent,
    percent_tick,
    plain_number,
)
from cgs_core.figures.worth import worth_limits, worth_text
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario import choice_of

SortBy = Literal["agent", "data", "worth", "pay", "accuracy"]
SORT_CHOICES: tuple[SortBy, ...] = get_args(SortBy)
LONGEST_WORDS = 27  # letters that fit the first column of a narrow ledger


def _row_order(trace: Trace, data: FederatedData, sort_by: SortBy) -> list[int]:
    """Agent indices from the first row to the last, by what is drawn of all rounds; ties in the agents' order."""
    whole = Period(trace)
    keys = {
        "agent": -np.arange(trace.scenario.n_agents, dtype=np.float64),
        "data": np.array([shard.n_samples for shard in data.shards], dtype=np.float64),
        "worth": whole.worth,
        "pay": whole.pay,
        "accuracy": whole.record.accuracy,
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

    ``rooms``: the part of each column that is kept for its numbers. ``before``: a run drawn besides, as a ghost.
    """

    def __init__(self, trace: Trace, data: FederatedData, rooms: Sequence[float], before: Trace | None = None) -> None:
        most = max(shard.n_samples for shard in data.shards)
        valued = [trace] if before is None or not has_same_worth(before, trace) else [trace, before]
        drawn = [trace] if before is None else [trace, before]
        worth, accuracy = _around(map(worth_limits, valued)), _around(map(accuracy_limits, drawn))
        self.limits = ((0.0, float(most)), worth, (0.0, 1.0), accuracy)
        self.worth = worth_text(trace)
        self.ends = [
            round(high + (high - low) * room / (1 - room), 5)
            for (low, high), room in zip(self.limits, rooms, strict=True)
        ]

    def axis(self, column: int) -> dict[str, Any]:
        (low, high), end = self.limits[column], self.ends[column]
        return axis(
            low,
            high,
            tick_text=(plain_number, self.worth.tick, percent_tick, percent_tick)[column],
            is_sparse=True,
            least_step=0 if column else 1,
            zeroline=low < 0,
            zerolinecolor=INK,
            fixedrange=True,
            range=[round(low - 0.02 * (end - low), 5), end],
        )


def _around(limits: Iterable[tuple[float, float]]) -> tuple[float, float]:
    lows, highs = zip(*limits, strict=True)
    return min(lows), max(highs)


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


def period_words(period: Period) -> str:
    """Which rounds are drawn, in the picture's own few words."""
    n_rounds = period.trace.n_rounds
    if period.round_index is not None or n_rounds == 1:
        return f"\u00a0round {round_number(period.round_index or 0)}"
    if not period.trace.scenario.is_always_there:
        return "\u00a0mean while there"
    return f"\u00a0mean, {n_rounds} rounds"


def told_where_there(period: Period, order: Sequence[int], texts: Sequence[str]) -> list[str]:
    """The texts of agents in this order; "absent" of those who were not there, whatever the numbers are."""
    return [text if period.is_there[index] else "absent" for index, text in zip(order, texts, strict=True)]


def paid_hover(trace: Trace) -> str:
    """What the reward ratio, drawn as x, is under the run's rule; ``customdata[1]`` is the length that came back."""
    rule = choice_of("reward_rule", trace.scenario.reward_rule)
    if rule.counts_entries:
        return "paid %{x:.1%} of the shared update's entries<br>(%{customdata[1]:.1%} of its length)"
    return "pay (reward ratio) %{x:.1%}:<br>" + rule.ratio.replace(", ", ",<br>").replace(": ", ":<br>")


def ledger_alts(trace: Trace, data: FederatedData, is_live: bool = False) -> dict[str, str]:
    """What each frame shows, in words; that of all rounds also who lacks which classes, which no round changes."""
    rounds = {str(index): _alt(Period(trace, index)) for index in framed_rounds(trace.n_rounds, is_live)}
    return rounds | {ALL_ROUNDS: _alt(Period(trace)) + lacking_alt(data)}


def _alt(period: Period) -> str:
    """Who is first and who last in each column; who is written alike is named together, and nobody where all are."""
    trace, record, text = period.trace, period.record, worth_text(period.trace)
    there = period.is_there
    worth = extremes([text.number(one) for one in period.worth], np.where(there, period.worth, np.nan))
    pay = extremes([percent(one) for one in period.pay], np.where(there, period.pay, np.nan))
    models = extremes([percent(one, 1) for one in record.accuracy], record.accuracy)
    when = f"All {trace.n_rounds} rounds" if period.round_index is None else f"Round {round_number(period.round_index)}"
    after = " after the last round" if period.round_index is None else ""
    absent = "" if there.all() else f" Absent: {agent_names(np.flatnonzero(~there))}."
    return (
        f"{when}.{absent} Worth ({text.title}; {text.name}): {worth}. Pay (reward ratio): {pay}. "
        f"Right on the test{after}: {models}."
    )
