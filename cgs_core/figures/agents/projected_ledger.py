"""The ledger for a projector: the same four columns with fewer words; of many agents the first and the last rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cgs_core.data import FederatedData
from cgs_core.figures.agents.ledger_cards import card_facts
from cgs_core.figures.agents.ledger_rows import (
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
from cgs_core.figures.agents.shards import class_bars, noise_words
from cgs_core.figures.frames import animated_figure, frame_name, shown_round
from cgs_core.figures.projector import HEIGHT, MADE_FOR_PROJECTOR, TEXT_SIZE
from cgs_core.figures.rows import Rows, conduct_words, dumbbell_parts, dumbbells
from cgs_core.figures.style import (
    FEDAVG,
    INK,
    NO_WORDS,
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

MOST_ROWS = 14
_COLUMNS = {"xaxis": (0.0, 0.25), "xaxis2": (0.285, 0.465), "xaxis3": (0.5, 0.69), "xaxis4": (0.725, 1.0)}
_NUMBER_ROOM = (0.34, 0.44, 0.42, 0.5)  # part of each column that is kept for its numbers
_LONGEST_WORDS = 18  # letters that fit the first column
_MARGIN = {"l": 118, "r": 10, "t": 76, "b": 42}
_HEADROOM = 32.0
_WORDS_PITCH = 54.0  # pixels of a row that has room for words under its bar


def projected_ledger_figure(
    trace: Trace,
    data: FederatedData,
    sort_by: SortBy = "agent",
    round_index: int | None = None,
    is_live: bool = False,
) -> Figure:
    """As ``ledger_figure``, in text that a class can read: of all rounds, and a frame a round.

    Of more than 14 agents the first and the last seven rows are shown; in the order of worth where none is asked for.
    ``is_live``: more rounds are coming, and of single ones only the newest has a frame.

    Raises
    ------
    ValueError: the trace has no such round, or it has no frame.
    """
    shown_round(trace.n_rounds, round_index, is_live)  # that there is one
    order = outermost_rows(trace, data, sort_by, MOST_ROWS)
    rows = Rows(len(order), tallest=120.0, total=HEIGHT - _MARGIN["t"] - _MARGIN["b"] - _HEADROOM, headroom=_HEADROOM)
    ranges = Ranges(trace, data, _NUMBER_ROOM)
    still = _brought(trace, data, rows, order)
    figure = animated_figure(
        trace.n_rounds,
        still=still,
        moving=_moving(trace, rows, order, ranges),
        parts_at=lambda index: _parts(Period(trace, index), order, ranges),
        layout=_layout(trace, data, rows, order, ranges, Period(trace, round_index), is_live),
        round_index=round_index,
        of_all=_parts(Period(trace), order, ranges),
        is_live=is_live,
    )
    figure["layout"]["meta"]["cards"] = card_facts(trace.scenario, data, order, ranges, len(still))
    return figure


def _brought(trace: Trace, data: FederatedData, rows: Rows, order: Sequence[int]) -> list[PlotlyTrace]:
    """The bars of classes, the number of samples beside them, and under them what is wrong with the data."""
    sizes = [data.shards[index].n_samples for index in order]
    words_of = [noise_words(trace.scenario, data, one) + conduct_words(trace.scenario, one) for one in order]
    notes = [fitted(own, ", ", _LONGEST_WORDS) for own in words_of]
    has_words = rows.pitch >= _WORDS_PITCH and any(notes)
    raised = 0.16 if has_words else 0.0
    words: PlotlyTrace = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x",
        "yaxis": "y",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": TEXT_SIZE, "color": INK},
        "textposition": "middle right",
    }
    numbers = words | {"x": sizes, "y": rows.y(raised), "text": [f"\u00a0{size:,}" for size in sizes]}
    if not has_words:
        return [*class_bars(trace.scenario, data, rows, order, longest=0.0), numbers]
    below = words | {"x": [0] * len(order), "y": rows.y(-0.28), "text": [own or NO_WORDS for own in notes]}
    return [
        *class_bars(trace.scenario, data, rows, order, raise_by=raised, longest=0.0),
        numbers,
        below,
    ]


def _moving(trace: Trace, rows: Rows, order: Sequence[int], ranges: Ranges) -> list[PlotlyTrace]:
    colors = [agent_look(index).color for index in order]
    row = {"yaxis": "y", "y": rows.y(), "customdata": []}
    bar = row | {"type": "bar", "orientation": "h", "width": rows.bar, "marker": {"color": colors}}
    text: PlotlyTrace = {"type": "scatter", "mode": "text", "hoverinfo": "skip", "cliponaxis": False, "yaxis": "y"}
    number = text | {"y": rows.y(), "textposition": "middle left", "textfont": {"size": TEXT_SIZE, "color": INK}}
    hover = "<b>%{{customdata[0]}}</b>: {}<extra></extra>"
    worth = {"name": f"is worth ({ranges.worth.name})", "hovertemplate": hover.format("worth %{customdata[1]}")}
    paid = {"name": "is paid (reward ratio)", "hovertemplate": hover.format(paid_hover(trace))}
    size = {"size": TEXT_SIZE, "color": INK}
    period = text | {"xaxis": "x2", "x": [0.0], "y": [rows.top], "textposition": "middle right", "textfont": size}
    fedavg = {
        "type": "scatter",
        "mode": "lines",
        "xaxis": "x4",
        "yaxis": "y",
        "y": [rows.n_rows - 0.5, -0.5],
        "name": "FedAvg",
        "line": {"color": FEDAVG, "width": 2},
        "hoverinfo": "skip",
    }
    fedavg_name = text | {"xaxis": "x4", "y": [rows.top], "textfont": {"size": TEXT_SIZE, "color": FEDAVG}}
    return [
        bar | {"xaxis": "x2"} | worth,
        number | {"xaxis": "x2"},
        period,
        bar | {"xaxis": "x3"} | paid,
        number | {"xaxis": "x3"},
        fedavg,
        fedavg_name,
        *dumbbells(rows, order, "x4"),
        number | {"xaxis": "x4"},
    ]


def _parts(period: Period, order: Sequence[int], ranges: Ranges) -> list[dict[str, Any]]:
    """What one round draws, or all of them."""
    record, picked = period.record, list(order)
    worth, paid, length = (values[picked] for values in (period.worth, period.pay, period.length))
    fedavg, ends, lowest = round(record.fedavg_accuracy, 5), ranges.ends, ranges.limits[3][0]
    is_right = (fedavg - lowest) / (ends[3] - lowest) > 0.5
    gets = [from_to(*pair) for pair in zip(record.standalone_accuracy[picked], record.accuracy[picked], strict=True)]
    told = partial(told_where_there, period, picked)
    return [
        {"x": rounded(worth, 9), "customdata": _named(picked, told([ranges.worth.named(value) for value in worth]))},
        _numbers(ends[1], told([ranges.worth.number(value) for value in worth])),
        {"text": [period_words(period)]},
        {"x": rounded(paid), "customdata": _named(picked, rounded(length, 3))},
        _numbers(ends[2], told([percent(value) for value in paid])),
        {"x": [fedavg, fedavg]},
        {"x": [fedavg], "text": ["FedAvg"], "textposition": "middle left" if is_right else "middle right"},
        *dumbbell_parts(record, order),
        _numbers(ends[3], gets),
    ]


def _named(order: Sequence[int], values: Sequence[Any]) -> list[list[Any]]:
    return [[agent_name(index), value] for index, value in zip(order, values, strict=True)]


def _numbers(x: float, texts: list[str]) -> dict[str, Any]:
    return {"x": [x] * len(texts), "text": texts}


def _layout(
    trace: Trace, data: FederatedData, rows: Rows, order: Sequence[int], ranges: Ranges, shown: Period, is_live: bool
) -> dict[str, Any]:
    axes: dict[str, Any] = {
        name: ranges.axis(column) | {"domain": list(domain)} for column, (name, domain) in enumerate(_COLUMNS.items())
    }
    words_of = (
        ("brings", "samples"),
        ("is worth", "points" if ranges.worth.unit == "accuracy" else ranges.worth.name),
        ("is paid", "part given back"),
        ("gets", "alone → paid"),
    )
    heads = [
        note(
            f"<b>{word}</b><br>{term}",
            xref="paper",
            x=domain[0],
            xanchor="left",
            yref="paper",
            y=1,
            yanchor="bottom",
            align="left",
            font={"size": TEXT_SIZE, "color": INK},
        )
        for (word, term), domain in zip(words_of, _COLUMNS.values(), strict=True)
    ]
    n_agents = trace.scenario.n_agents
    words, line = cut_marks(len(order), n_agents)
    alts = {name: alt + _left_out(order, n_agents) for name, alt in ledger_alts(trace, data, is_live).items()}
    layout = base_layout(
        kind="ledger",
        scenario_id=trace.scenario.scenario_id,
        title="The ledger",
        alt=alts[frame_name(shown.round_index)],
        height=HEIGHT,
        margin=_MARGIN,
        barmode="stack",
        bargap=0,
        yaxis=rows.axis([agent_name(index) for index in order]),
        shapes=rows.rules() + line,
        annotations=heads + words,
        **axes,
    )
    layout["meta"] |= {MADE_FOR_PROJECTOR: True, "alts": alts}
    return layout


def _left_out(order: Sequence[int], n_agents: int) -> str:
    n_left = n_agents - len(order)
    return f" Shown are the first and the last rows; {n_left} agents between them are not." if n_left else ""
