"""The ledger: an agent a row, read from left to right as the story of a round.

brings (its data) -> is worth (CGSV) -> is paid (reward ratio) -> gets (test accuracy, alone and rewarded).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cgs_core.data import FederatedData
from cgs_core.figures.agents.ledger_cards import card_facts
from cgs_core.figures.agents.ledger_ghost import ghost_alt, ghost_parts, ghost_traces
from cgs_core.figures.agents.ledger_rows import (
    LONGEST_WORDS,
    Ranges,
    SortBy,
    cut_marks,
    fitted,
    from_to,
    ledger_alts,
    outermost_rows,
    paid_hover,
    period_words,
    told_where_there,
)
from cgs_core.figures.agents.shards import class_bars, lacking_words, noise_words, size_words
from cgs_core.figures.frames import ALL_ROUNDS, animated_figure, frame_name, shown_round
from cgs_core.figures.rows import Rows, conduct_words, dumbbell_parts, dumbbells
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
from cgs_core.records.period import Period

_COLUMNS = {"xaxis": (0.0, 0.255), "xaxis2": (0.29, 0.475), "xaxis3": (0.515, 0.69), "xaxis4": (0.72, 1.0)}
_LIFT = 6  # pixels
_NUMBER_ROOM = (0.0, 0.4, 0.44, 0.42)  # part of each column that is kept for its numbers


def ledger_figure(
    trace: Trace,
    data: FederatedData,
    sort_by: SortBy = "agent",
    round_index: int | None = None,
    most_rows: int | None = None,
    before: Trace | None = None,
    is_live: bool = False,
) -> Figure:
    """What every agent brings, is worth, is paid and gets: of all rounds, and a frame a round.

    Worth is the value that drives the run, in its own unit. Of all rounds worth and pay are means, and models those of
    the last one. Accuracy runs from alone (hollow) to rewarded (filled).

    Parameters
    ----------
    sort_by: what orders the rows, largest first, by all rounds; rows keep their places in all frames.
    round_index: the round to show at first; all of them unless told.
    most_rows: of more agents only the first and the last rows are shown (see ``outermost_rows``).
    before: the run before a change, drawn as grey outlines; of as many agents and on the same data set.
    is_live: more rounds are coming: of single rounds only the newest has a frame.

    Raises
    ------
    ValueError: the trace has no such round, or it has no frame.
    """
    shown_round(trace.n_rounds, round_index, is_live)  # that there is one
    order = outermost_rows(trace, data, sort_by, most_rows)
    rows = Rows(len(order))
    ranges = Ranges(trace, data, _number_room(trace, data, rows), before)
    still = _brought(trace, data, rows, order)

    def parts(period: Period) -> list[dict[str, Any]]:
        return _parts(period, order, ranges) + (ghost_parts(before, period, order) if before else [])

    figure = animated_figure(
        trace.n_rounds,
        still=still,
        moving=_moving(trace, rows, order, ranges) + (ghost_traces(rows, order) if before else []),
        parts_at=lambda index: parts(Period(trace, index)),
        layout=_layout(trace, data, rows, order, ranges, Period(trace, round_index), before, is_live),
        round_index=round_index,
        of_all=parts(Period(trace)),
        is_live=is_live,
    )
    figure["layout"]["meta"]["cards"] = card_facts(trace.scenario, data, order, ranges, len(still), before is not None)
    return figure


def still_ledger_figure(trace: Trace, data: FederatedData) -> Figure:
    """The ledger of all rounds, without a frame: for a place where nobody plays them."""
    return ledger_figure(trace, data, is_live=True) | {"frames": []}  # the newest round's is made and left out


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
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    bars = class_bars(trace.scenario, data, rows, order, raise_by=0.0 if rows.is_thin else 0.31)
    if rows.is_thin:
        notes = [noise_words(trace.scenario, data, index) + conduct_words(trace.scenario, index) for index in order]
        texts = ["\u00a0" + (fitted(some) or f"{size:,}") for some, size in zip(notes, sizes, strict=True)]
        return [*bars, words | {"x": sizes, "y": rows.y(), "text": texts, "textposition": "middle right"}]
    texts = [_below_bar(trace, data, rows, index) for index in order]
    lines = rows.y(), rows.y(_LIFT / rows.pitch)  # two of them begin higher: the next row's bar is near
    y = [high if "<br>" in text else plain for text, plain, high in zip(texts, *lines, strict=True)]
    return [*bars, words | {"x": [0] * len(order), "y": y, "text": texts, "textposition": "bottom right"}]


def _below_bar(trace: Trace, data: FederatedData, rows: Rows, agent_index: int) -> str:
    """A shard in words, on two lines where the row has room; else what fits on one."""
    notes = lacking_words(data, agent_index) + noise_words(trace.scenario, data, agent_index)
    if not _has_two_lines(rows):
        return fitted([f"{data.shards[agent_index].n_samples:,}", *notes, *conduct_words(trace.scenario, agent_index)])
    for size in (size_words(data, agent_index), f"{data.shards[agent_index].n_samples:,}"):
        if len(text := " · ".join([size, *notes])) <= LONGEST_WORDS:
            return text
    return size_words(data, agent_index) + "<br>" + " · ".join(notes)


def _has_two_lines(rows: Rows) -> bool:
    return rows.pitch >= 44


def _moving(trace: Trace, rows: Rows, order: Sequence[int], ranges: Ranges) -> list[PlotlyTrace]:
    colors = [agent_look(index).color for index in order]
    row = {"yaxis": "y", "y": rows.y(), "customdata": []}
    bar = row | {"type": "bar", "orientation": "h", "width": rows.bar, "marker": {"color": colors}}
    words = {"type": "scatter", "mode": "text", "yaxis": "y", "hoverinfo": "skip", "cliponaxis": False}
    number = words | {
        "y": rows.y(),
        "textposition": "middle left",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    period = words | {
        "xaxis": "x2",
        "x": [0.0],
        "y": [rows.top],
        "textposition": "middle right",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    name = "<b>%{customdata[0]}</b><br>"
    worth = {"name": f"is worth ({ranges.worth.name})", "hovertemplate": name + "worth %{customdata[1]}<extra></extra>"}
    paid = {"name": "is paid (reward ratio)", "hovertemplate": name + paid_hover(trace) + "<extra></extra>"}
    return [
        bar | {"xaxis": "x2"} | worth,
        number | {"xaxis": "x2"},
        period,
        bar | {"xaxis": "x3"} | paid,
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
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
    }
    return [line, name]


def _parts(period: Period, order: Sequence[int], ranges: Ranges) -> list[dict[str, Any]]:
    """What one round draws, or all of them."""
    record, picked = period.record, list(order)
    worth, pay, length = (values[picked] for values in (period.worth, period.pay, period.length))
    low, high = ranges.limits[3]
    fedavg = round(record.fedavg_accuracy, 5)
    is_right = (fedavg - low) / (high - low) > 0.75
    gets = [from_to(*pair) for pair in zip(record.standalone_accuracy[picked], record.accuracy[picked], strict=True)]
    told = partial(told_where_there, period, picked)
    named = told([ranges.worth.named(value) for value in worth])
    return [
        {"x": rounded(worth, 9), "customdata": _named(picked, named)},
        _numbers(ranges.ends[1], told([ranges.worth.number(value) for value in worth])),
        {"text": [period_words(period)]},
        {"x": rounded(pay), "customdata": _named(picked, rounded(length, 3))},
        _numbers(ranges.ends[2], told([percent(value) for value in pay])),
        {"x": [fedavg, fedavg]},
        {
            "x": [fedavg],
            "text": [f"FedAvg {percent(fedavg)}"],
            "textposition": "middle left" if is_right else "middle right",
        },
        *dumbbell_parts(record, order),
        _numbers(ranges.ends[3], gets),
    ]


def _named(order: Sequence[int], values: Sequence[Any]) -> list[list[Any]]:
    return [[agent_name(index), value] for index, value in zip(order, values, strict=True)]


def _numbers(x: float, texts: list[str]) -> dict[str, Any]:
    return {"x": [x] * len(texts), "text": texts}


# -- the frame around them -------------------------------------------------------------------------------


def _layout(
    trace: Trace,
    data: FederatedData,
    rows: Rows,
    order: Sequence[int],
    ranges: Ranges,
    shown: Period,
    before: Trace | None,
    is_live: bool,
) -> dict[str, Any]:
    scenario, alts = trace.scenario, ledger_alts(trace, data, is_live)
    if before is not None:
        alts[ALL_ROUNDS] += ghost_alt(before)
    axes: dict[str, Any] = {
        name: ranges.axis(column) | {"domain": list(domain)} for column, (name, domain) in enumerate(_COLUMNS.items())
    }
    words, line = cut_marks(len(order), scenario.n_agents)
    names = [_row_name(trace, rows, index) for index in order]
    has_notes = any("<br>" in name for name in names)
    layout = base_layout(
        kind="ledger",
        scenario_id=scenario.scenario_id,
        title="The ledger",
        alt=alts[frame_name(shown.round_index)],
        height=rows.plot_height + 76,
        margin={"l": 104 if has_notes else 70, "r": 8, "t": 44, "b": 32},
        barmode="stack",
        bargap=0,
        yaxis=rows.axis(names),
        shapes=rows.rules() + line,
        annotations=_heads(data, ranges) + words,
        **axes,
    )
    layout["meta"]["alts"] = alts
    return layout


def _heads(data: FederatedData, ranges: Ranges) -> list[dict[str, Any]]:
    """What the four columns show."""
    is_wrong = any(shard.is_flipped.any() for shard in data.shards)
    brings_key = "by class, hatched: wrong" if is_wrong else "samples by class"
    heads = (
        ("brings", "(data)", brings_key),
        ("is worth", "", f"({ranges.worth.head})"),
        ("is paid", "", "(part given back)"),
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
