"""The run before a change, as grey outlines in the ledger: what each agent was worth, was paid, and got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    CLEAR,
    FAINT,
    INK,
    NO_WORDS,
    SMALL_FONT_SIZE,
    PlotlyTrace,
    agent_look,
    agent_name,
    extremes,
    percent,
    rounded,
)
from cgs_core.figures.worth import worth_text
from cgs_core.records import Trace
from cgs_core.records.period import Period

GHOST = ("before_worth", "before_paid", "before_rewarded", "before_words")
"""The ghost's traces, in their order; they move with the round, as the ledger's others."""
GHOST_WORDS = "grey: before the change"


def is_comparable(before: Trace, now: Trace) -> bool:
    """Whether one run can be the ghost of the other: the same agents, by number, on the same data set."""
    one, other = before.scenario, now.scenario
    return (one.n_agents, one.dataset, one.own_data) == (other.n_agents, other.dataset, other.own_data)


def has_same_worth(before: Trace, now: Trace) -> bool:
    """Whether worth is one value in both, in one unit."""
    return before.scenario.valuation == now.scenario.valuation


def ghost_traces(rows: Rows, order: Sequence[int]) -> list[PlotlyTrace]:
    """Outlines around the bars of worth and pay, and around the rewarded models; and what they are, in words."""
    names = [agent_name(index) for index in order]
    hover = "<b>%{{customdata}}</b>, before the change<br>{}<extra></extra>"
    bar = {
        "type": "bar",
        "orientation": "h",
        "yaxis": "y",
        "y": rows.y(),
        "base": 0,  # so that it is not stacked on the bar of now
        "width": min(1.5 * rows.bar, 0.95),
        "customdata": names,
        "marker": {"color": CLEAR, "line": {"color": FAINT, "width": 1.5}},
    }
    rewarded = {
        "type": "scatter",
        "mode": "markers",
        "xaxis": "x4",
        "yaxis": "y",
        "y": rows.y(),
        "customdata": names,
        "name": "rewarded, before the change",
        "marker": {
            "symbol": [f"{agent_look(index).symbol}-open" for index in order],
            "color": FAINT,
            "size": 11 if rows.is_thin else 17,
            "line": {"width": 1.5},
        },
        "hovertemplate": hover.format("%{x:.1%} right on the test"),
    }
    words = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x3",
        "yaxis": "y",
        "x": [0.0],
        "y": [rows.top],
        "textposition": "middle right",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    return [
        bar | {"xaxis": "x2", "name": "is worth, before the change", "hovertemplate": hover.format("worth %{x:.3~g}")},
        bar | {"xaxis": "x3", "name": "is paid, before the change", "hovertemplate": hover.format("paid %{x:.1%}")},
        rewarded,
        words,
    ]


def ghost_parts(before: Trace, now: Period, order: Sequence[int]) -> list[dict[str, Any]]:
    """The lengths of ``ghost_traces`` at what is drawn of now; nothing in a round that the run before did not have."""
    picked = list(order)
    if now.round_index is not None and now.round_index >= before.n_rounds:
        return [{"x": [None] * len(picked)}] * 3 + [{"text": [NO_WORDS]}]
    then = Period(before, now.round_index)
    worth = rounded(then.worth[picked], 9) if has_same_worth(before, now.trace) else [None] * len(picked)
    return [
        {"x": worth},
        {"x": rounded(then.pay[picked])},
        {"x": rounded(then.record.accuracy[picked])},
        {"text": [f"\u00a0{GHOST_WORDS}"]},
    ]


def ghost_alt(before: Trace) -> str:
    """The outlines in words, of all rounds."""
    whole = Period(before)
    worth, pay, models = whole.worth, whole.pay, whole.record.accuracy
    values = extremes([worth_text(before).number(one) for one in worth], worth)
    return (
        f" Grey outlines show the run before the change. Worth: {values}. "
        f"Pay: {extremes([percent(one) for one in pay], pay)}. "
        f"Right on the test: {extremes([percent(one, 1) for one in models], models)}."
    )
