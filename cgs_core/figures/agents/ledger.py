"""The ledger: an agent a row, read from left to right as the story of a round.

brings (its data) -> is worth (CGSV) -> is paid (reward ratio) -> gets (test accuracy, alone and rewarded).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgs_core.data import FederatedData
from cgs_core.figures.agents.ledger_rows import (
    LONGEST_WORDS,
    Ranges,
    SortBy,
    cut_marks,
    fitted,
    from_to,
    ledger_alt,
    outermost_rows,
)
from cgs_core.figures.agents.shards import class_bars, noise_words, size_words
from cgs_core.figures.frames import animated_figure, shown_round
from cgs_core.figures.rows import Rows, conduct_words, dumbbell_parts, dumbbells
from cgs_core.figures.shares import contribution_shares
from cgs_core.figures.style import (
    FEDAVG,
    INK,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    base_layout,
    note,
    percent,
    rounded,
)
from cgs_core.records import Trace
from cgs_core.typing import FloatArray

_COLUMNS = {"xaxis": (0.0, 0.255), "xaxis2": (0.29, 0.475), "xaxis3": (0.515, 0.69), "xaxis4": (0.72, 1.0)}
_NUMBER_ROOM = (0.0, 0.4, 0.44, 0.42)  # part of each column that is kept for its numbers


def ledger_figure(
    trace: Trace,
    data: FederatedData,
    sort_by: SortBy = "agent",
    round_index: int | None = None,
    most_rows: int | None = None,
) -> Figure:
    """What every agent brings, is worth, is paid and gets; a frame a round.

    Worth is the exact CGSV as a bar with the approximate one as a tick across it, both as shares of their sum
    (above 24 agents the approximate one as the bar). Accuracy runs from alone (hollow) to rewarded (filled).

    Parameters
    ----------
    sort_by: what orders the rows, largest first, by the last recorded round; rows keep their places in all frames.
    round_index: the round to show at first; the last recorded one unless told.
    most_rows: of more agents only the first and the last rows are shown (see ``outermost_rows``).

    Raises
    ------
    ValueError: the trace has no such round.
    """
    order = outermost_rows(trace, data, sort_by, most_rows)
    rows = Rows(len(order))
    ranges, shares = Ranges(trace, data, _number_room(trace, data, rows)), contribution_shares(trace)
    return animated_figure(
        trace.n_rounds,
        still=_brought(trace, data, rows, order),
        moving=_moving(trace, rows, order),
        parts_at=lambda index: _parts(trace, rows, order, ranges, shares, index),
        layout=_layout(trace, data, rows, order, ranges, shown_round(trace.n_rounds, round_index)),
        round_index=round_index,
    )


def _number_room(trace: Trace, data: FederatedData, rows: Rows) -> tuple[float, ...]:
    """The part of each column that is kept for its words and numbers; thin rows have them beside the bar of samples."""
    is_noisy = any(noise_words(trace.scenario, data, index) for index in range(trace.scenario.n_agents))
    brings_room = (0.55 if is_noisy else 0.22) if rows.is_thin else 0.02
    return (brings_room, *_NUMBER_ROOM[1:])


# -- the traces ------------------------------------------------------------------------------------------


def _brought(trace: Trace, data: FederatedData, rows: Rows, order: Sequence[int]) -> list[PlotlyTrace]:
    sizes = [data.shards[index].n_samples for index in order]
    words: PlotlyTrace = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x",
        "yaxis": "y",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": rows.font_size, "color": INK},
    }
    bars = class_bars(trace.scenario, data, rows, order, raise_by=0.0 if rows.is_thin else 0.27)
    if rows.is_thin:
        notes = [noise_words(trace.scenario, data, index) + conduct_words(trace.scenario, index) for index in order]
        texts = ["\u00a0" + (fitted(some) or f"{size:,}") for some, size in zip(notes, sizes, strict=True)]
        return [*bars, words | {"x": sizes, "y": rows.y(), "text": texts, "textposition": "middle right"}]
    texts = [_below_bar(trace, data, rows, index) for index in order]
    return [*bars, words | {"x": [0] * len(order), "y": rows.y(), "text": texts, "textposition": "bottom right"}]


def _below_bar(trace: Trace, data: FederatedData, rows: Rows, agent_index: int) -> str:
    """A shard in words, on two lines where the row has room; else what fits on one."""
    notes = noise_words(trace.scenario, data, agent_index)
    if not _has_two_lines(rows):
        return fitted([f"{data.shards[agent_index].n_samples:,}", *notes, *conduct_words(trace.scenario, agent_index)])
    words = size_words(data, agent_index)
    is_long = len(" · ".join([words, *notes])) > LONGEST_WORDS
    return words + ("<br>" if is_long else " · ") + " · ".join(notes) if notes else words


def _has_two_lines(rows: Rows) -> bool:
    return rows.pitch >= 44


def _moving(trace: Trace, rows: Rows, order: Sequence[int]) -> list[PlotlyTrace]:
    names, colors = [agent_name(index) for index in order], [agent_look(index).color for index in order]
    row = {"yaxis": "y", "y": rows.y(), "customdata": names}
    bar = row | {"type": "bar", "orientation": "h", "width": rows.bar, "marker": {"color": colors}}
    number = row | {
        "type": "scatter",
        "mode": "text",
        "textposition": "middle left",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": max(rows.font_size, 11), "color": INK},
    }
    tick_size = round((rows.pitch * rows.bar + (2 if rows.is_thin else 8)) / 1.4, 1)  # Plotly draws 1.4 times the size
    worth_hover = "<b>%{{customdata}}</b><br>worth %{{x:.1%}} of the whole ({})<extra></extra>"
    is_exact = trace.contribution_exact is not None
    kind = "exact CGSV" if is_exact else "approximate CGSV"
    worth = bar | {"xaxis": "x2", "name": f"is worth ({kind})", "hovertemplate": worth_hover.format(kind)}
    tick = row | {
        "type": "scatter",
        "mode": "markers",
        "xaxis": "x2",
        "visible": is_exact,
        "name": "is worth (approximate CGSV)",
        "marker": {"symbol": "line-ns", "size": tick_size, "color": INK, "line": {"width": 2, "color": INK}},
        "hovertemplate": worth_hover.format("approximate CGSV"),
    }
    paid_hover = (
        "<b>%{customdata[0]}</b><br>paid %{x:.1%} of the aggregate's entries<br>(%{customdata[1]:.1%} of its length)"
    )
    paid = bar | {"xaxis": "x3", "name": "is paid (reward ratio)", "hovertemplate": paid_hover + "<extra></extra>"}
    return [
        worth,
        tick,
        number | {"xaxis": "x2"},
        paid,
        number | {"xaxis": "x3"},
        *_fedavg(rows),
        *dumbbells(rows, order, "x4"),
        number | {"xaxis": "x4"},
    ]


def _fedavg(rows: Rows) -> list[PlotlyTrace]:
    """A line down the accuracies, and its name above the rows."""
    line = {
        "type": "scatter",
        "mode": "lines",
        "xaxis": "x4",
        "yaxis": "y",
        "y": [rows.n_rows - 0.5, -0.5],
        "name": "FedAvg",
        "line": {"color": FEDAVG, "width": 2},
        "hovertemplate": "FedAvg, one model for all: %{x:.1%} right<extra></extra>",
    }
    name = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x4",
        "yaxis": "y",
        "y": [rows.top],
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": SMALL_FONT_SIZE, "color": FEDAVG},
    }
    return [line, name]


def _parts(
    trace: Trace,
    rows: Rows,
    order: Sequence[int],
    ranges: Ranges,
    shares: tuple[FloatArray | None, FloatArray],
    round_index: int,
) -> list[dict[str, Any]]:
    """What one round draws; ``shares`` are the exact and the approximate ones of all rounds."""
    record, picked = trace.rounds[round_index], list(order)
    exact, approx = shares
    worth = (approx if exact is None else exact)[round_index][picked]
    decimals = 1 if rows.n_rows > 12 else 0
    low, high = ranges.limits[3]
    fedavg = round(record.fedavg_accuracy, 5)
    is_right = (fedavg - low) / (high - low) > 0.75
    gets = [from_to(*pair) for pair in zip(record.standalone_accuracy[picked], record.accuracy[picked], strict=True)]
    return [
        {"x": rounded(worth)},
        {"x": rounded(approx[round_index][picked])},
        _numbers(ranges.ends[1], [percent(value, decimals) for value in worth]),
        {"x": rounded(record.reward_ratio[picked]), "customdata": _named(picked, record.reward_length)},
        _numbers(ranges.ends[2], [percent(value) for value in record.reward_ratio[picked]]),
        {"x": [fedavg, fedavg]},
        {
            "x": [fedavg],
            "text": [f"FedAvg {percent(fedavg)}"],
            "textposition": "middle left" if is_right else "middle right",
        },
        *dumbbell_parts(trace, order, round_index),
        _numbers(ranges.ends[3], gets),
    ]


def _named(order: Sequence[int], values: FloatArray) -> list[list[Any]]:
    return [[agent_name(index), round(float(values[index]), 3)] for index in order]


def _numbers(x: float, texts: list[str]) -> dict[str, Any]:
    return {"x": [x] * len(texts), "text": texts}


# -- the frame around them -------------------------------------------------------------------------------


def _layout(
    trace: Trace, data: FederatedData, rows: Rows, order: Sequence[int], ranges: Ranges, shown: int
) -> dict[str, Any]:
    scenario = trace.scenario
    axes: dict[str, Any] = {
        name: ranges.axis(column) | {"domain": list(domain)} for column, (name, domain) in enumerate(_COLUMNS.items())
    }
    words, line = cut_marks(len(order), scenario.n_agents)
    names = [_row_name(trace, rows, index) for index in order]
    has_notes = any("<br>" in name for name in names)
    return base_layout(
        kind="ledger",
        scenario_id=scenario.scenario_id,
        title="The ledger",
        alt=ledger_alt(trace, shown),
        height=rows.plot_height + 76,
        margin={"l": 104 if has_notes else 70, "r": 8, "t": 44, "b": 32},
        barmode="stack",
        bargap=0,
        yaxis=rows.axis(names),
        shapes=rows.rules() + line,
        annotations=_heads(trace, data) + words,
        **axes,
    )


def _heads(trace: Trace, data: FederatedData) -> list[dict[str, Any]]:
    """What the four columns show."""
    is_wrong = any(shard.is_flipped.any() for shard in data.shards)
    brings_key = "by class, hatched: wrong" if is_wrong else "samples by class"
    worth_key = "▮ exact | approx." if trace.contribution_exact is not None else "approximate"
    heads = (
        ("brings", "(data)", brings_key),
        ("is worth", "(CGSV)", worth_key),
        ("is paid", "", "(reward ratio)"),
        ("gets", "(test accuracy)", "○ alone  ● rewarded"),
    )
    return [
        note(
            f"<b>{word}</b> {_small(term)}<br>{_small(key)}",
            xref="paper",
            x=domain[0],
            xanchor="left",
            yref="paper",
            y=1,
            yanchor="bottom",
            align="left",
            font={"size": 15, "color": INK},
        )
        for (word, term, key), domain in zip(heads, _COLUMNS.values(), strict=True)
    ]


def _row_name(trace: Trace, rows: Rows, agent_index: int) -> str:
    """The agent's name, with what is particular about it underneath where the row has room."""
    words = conduct_words(trace.scenario, agent_index) if _has_two_lines(rows) else []
    return "<br>".join([agent_name(agent_index), *map(_small, words)])


def _small(text: str) -> str:
    return f"<span style='font-size:{SMALL_FONT_SIZE}px'>{text}</span>"
