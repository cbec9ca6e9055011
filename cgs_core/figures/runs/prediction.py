"""A prediction beside what came out, with the gap between them, and beside what other seeds give."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from cgs_core.figures.style import (
    FAINT,
    FONT_SIZE,
    INK,
    LEGEND_ON_TOP,
    Figure,
    PlotlyTrace,
    agent_look,
    axis,
    axis_title,
    base_layout,
    note,
    plain_number,
    rounded,
)

Text = Callable[[float], str]
SAID = "#A94207"
"""The prediction's colour; its mark is a diamond."""

_MIN_WIDTH = 320
_ROW = 46  # pixels
_TITLE_LINE = 24  # pixels of an axis' title
_LINE_MARGIN = {"l": 24, "r": 24, "t": 36, "b": 36}
_AGENT = re.compile(r"Agent (\d+)\b")
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def ordinal(place: int) -> str:
    """A place from 1 in words: "1st", "4th"."""
    return _ORDINALS.get(place, f"{place}th")


def number_figure(
    *,
    low: float,
    high: float,
    said: float | None,
    truth: float,
    text: Text,
    name: str,
    others: Sequence[float] = (),
    title: str = "",
    what: str = "",
) -> Figure:
    """A line of numbers with what was said (diamond), what is (circle), and what other seeds give (small rings).

    Parameters
    ----------
    low, high: the ends of the line; what lies beyond widens it. said: None where nothing is said.
    text: a number with its unit. name: of the lesson, for the file's name. what: the axis' title.
    """
    told = [truth, *others, *([] if said is None else [said])]
    left, right = min(low, *told), max(high, *told)
    pad = 0.06 * (right - left)
    traces: list[PlotlyTrace] = []
    notes = [note(f"it is <b>{text(truth)}</b>", x=truth, y=0, yshift=22, **_anchor(truth, left, right))]
    if said is not None:
        traces.append(_line([said, truth], [0, 0]))
        if abs(said - truth) > 0.02 * (right - left):
            notes.append(note(_apart(said, truth, text), x=(said + truth) / 2, y=0, yshift=44))
        traces.append(_marks([said], [0], "You said", SAID, "diamond", [text(said)]))
        notes.append(note(f"you said {text(said)}", x=said, y=0, yshift=-22, **_anchor(said, left, right)))
    traces.append(_marks([truth], [0], "It is", INK, "circle", [text(truth)]))
    if others:
        traces.append(_rings(others, [-1.15] * len(others), text))
        notes.append(note(f"{len(others)} other seeds", x=left - pad, xanchor="left", y=-1.15, yshift=16))
    axes = {
        "xaxis": axis(left, right, range=[left - pad, right + pad], tick_text=ticks_of(text), most_ticks=5)
        | ({"title": axis_title(what)} if what else {}),
        "yaxis": _silent([-1.6 if others else -0.9, 1.4]),
    }
    alt = _number_alt(said, truth, others, text)
    words = title or "Your prediction and what is so"
    more = _TITLE_LINE if what else 0
    margin = _LINE_MARGIN | {"b": _LINE_MARGIN["b"] + more}
    layout = _layout(alt, words, name, (230 if others else 180) + more, notes, axes, margin)
    return {"data": traces, "layout": layout}


def ticks_of(text: Text) -> Text:
    """The same on an axis: a unit of words is its title."""
    return text if text(0.0).endswith(" %") else plain_number


def _apart(said: float, truth: float, text: Text) -> str:
    return f"{text(abs(truth - said))} apart".replace(" %", " points")


def _number_alt(said: float | None, truth: float, others: Sequence[float], text: Text) -> str:
    words = f"A line of numbers. It is {text(truth)}."
    if said is not None:
        words = f"A line of numbers. You said {text(said)}; it is {text(truth)}: {_apart(said, truth, text)}."
    if others:
        words += f" {len(others)} other seeds give {text(min(others))} to {text(max(others))}."
    return words


def order_figure(
    labels: Sequence[str],
    said: Sequence[int],
    values: Sequence[float],
    *,
    text: Text,
    name: str,
    others: Sequence[Sequence[float]] = (),
    title: str = "",
    what: str = "",
) -> Figure:
    """Options as rows, the largest value on top: a bar for what is, and a diamond where the place that was said lies.

    The diamond of an option that was put second is at the value of the one that is second: its distance from the
    bar's end is the gap.

    Parameters
    ----------
    labels: of K options. said: all K, by their numbers from 0, the one put first at the beginning; empty: nothing.
    values: (K,). others: (n_seeds, K) of other seeds. what: the axis' title.
    """
    numbers = np.asarray(values, np.float64)
    order = np.argsort(-numbers, kind="stable").tolist()
    place_of = {option: place for place, option in enumerate(said)}
    notes = []
    traces = _bars([labels[one] for one in order], numbers[order], text)
    for row, option in enumerate(order if said else []):
        at = float(numbers[order[place_of[option]]])
        traces.append(_line([at, float(numbers[option])], [row, row]))
    if said:
        places = [float(numbers[order[place_of[option]]]) for option in order]
        words = [f"you said {ordinal(place_of[option] + 1)}" for option in order]
        traces.append(_marks(places, list(range(len(order))), "You said", SAID, "diamond", words))
    rows = {option: row for row, option in enumerate(order)}
    traces += _seed_rings(others, rows, text)
    low, high = _span(numbers, others)
    names = [_ranked(labels[option], row, place_of.get(option)) for row, option in enumerate(order)]
    for row, option in enumerate(order):
        notes.append(_value_note(text(float(numbers[option])), row))
    alt = "; ".join(
        f"{labels[option]} is {ordinal(row + 1)} with {text(float(numbers[option]))}"
        + (f", you said {ordinal(place_of[option] + 1)}" if said else "")
        for row, option in enumerate(order)
    )
    layout = _rows_layout(f"{alt}.{_seeds_alt(others)}", title, name, names, low, high, notes, text, what)
    return {"data": traces, "layout": layout}


def choice_figure(
    labels: Sequence[str],
    said: Collection[int],
    true: Collection[int],
    values: Sequence[float],
    *,
    text: Text,
    name: str,
    others: Sequence[Sequence[float]] = (),
    title: str = "",
    what: str = "",
    border: float | None = None,
) -> Figure:
    """Options as rows in their order: a bar for what is, a diamond beside those that were chosen, a tick at the right.

    Parameters
    ----------
    said, true: numbers of options, from 0. values: (K,). others: (n_seeds, K) of other seeds. what: the axis' title.
    border: above which a value makes its option right, as a dashed line; None: there is none.
    """
    numbers = np.asarray(values, np.float64)
    traces = _bars(labels, numbers, text)
    if said:
        chosen = sorted(said)
        at = [float(numbers[one]) for one in chosen]
        traces.append(_marks(at, chosen, "You said", SAID, "diamond", ["you said this"] * len(chosen)))
    traces += _seed_rings(others, {one: one for one in range(len(labels))}, text)
    low, high = _span(np.append(numbers, 0.0 if border is None else border), others)
    names = [
        wrapped(label) + _marks_of(one in said, one in true) for one, label in enumerate(labels)
    ]  # words as well as the diamond
    notes = [_value_note(text(float(value)), row) for row, value in enumerate(numbers)]
    alt = "; ".join(
        f"{label}: {text(float(numbers[one]))}"
        + (", so it is" if one in true else "")
        + (", you said this" if one in said else "")
        for one, label in enumerate(labels)
    )
    layout = _rows_layout(f"{alt}.{_seeds_alt(others)}", title, name, names, low, high, notes, text, what)
    return {"data": traces, "layout": layout if border is None else _bordered(layout, border, low, high)}


def _bordered(layout: dict[str, Any], border: float, low: float, high: float) -> dict[str, Any]:
    """With a line at the border, which the axis names beside its ends."""
    ticks = sorted({one for one in (low, 0.0, border) if one == border or abs(one - border) > 0.2 * (high - low)})
    line = {"color": INK, "width": 2, "dash": "dash"}
    return layout | {
        "xaxis": layout["xaxis"]
        | {"tickvals": rounded(ticks), "ticktext": [plain_number(round(one, 2)) for one in ticks]},
        "shapes": [{"type": "line", "x0": border, "x1": border, "yref": "paper", "y0": 0, "y1": 1, "line": line}],
    }


def wrapped(label: str, width: int = 22) -> str:
    """A label in lines of so many characters, as an axis writes them."""
    lines: list[str] = []
    for word in html.escape(label, quote=False).split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "<br>".join(lines)


def _marks_of(is_said: bool, is_true: bool) -> str:
    words = [word for word, holds in (("you said this", is_said), ("<b>it is so</b>", is_true)) if holds]
    return "<br>" + ", ".join(words) if words else ""


def _ranked(label: str, row: int, said: int | None) -> str:
    is_so = f"<b>{ordinal(row + 1)}</b>"
    return f"{wrapped(label)}<br>{is_so}" + ("" if said is None else f", you said {ordinal(said + 1)}")


def _span(values: np.ndarray, others: Sequence[Sequence[float]]) -> tuple[float, float]:
    every = np.concatenate([values, np.asarray(others, np.float64).ravel(), [0.0]])
    low, high = float(every.min()), float(every.max())
    return low, high if high > low else low + 1.0


def _bars(labels: Sequence[str], values: np.ndarray, text: Text) -> list[PlotlyTrace]:
    colors = [agent_look(int(found[1]) - 1).color if (found := _AGENT.search(label)) else FAINT for label in labels]
    return [
        {
            "type": "bar",
            "orientation": "h",
            "x": rounded(values),
            "y": list(range(len(labels))),
            "width": 0.42,
            "name": "It is",
            "showlegend": False,
            "marker": {"color": colors, "opacity": 0.85},
            "text": [text(float(value)) for value in values],
            "textposition": "none",
            "hovertemplate": "it is %{text}<extra></extra>",
        }
    ]


def _value_note(words: str, row: int) -> dict[str, Any]:
    """A row's number, in the margin beside it; a unit of words is the axis' title alone."""
    number, _, unit = words.partition(" ")
    return note(f"<b>{words if unit == '%' else number}</b>", xref="paper", x=1, xanchor="left", xshift=6, y=row)


def _seed_rings(others: Sequence[Sequence[float]], rows: dict[int, int], text: Text) -> list[PlotlyTrace]:
    if not len(others):
        return []
    values = np.asarray(others, np.float64)
    at = [float(one) for option in rows for one in values[:, option]]
    return [_rings(at, [rows[option] + 0.34 for option in rows for _ in values], text)]


def _seeds_alt(others: Sequence[Sequence[float]]) -> str:
    return f" Rings: {len(others)} other seeds." if len(others) else ""


def _line(x: Sequence[float], y: Sequence[float]) -> PlotlyTrace:
    look = {"color": SAID, "width": 2, "dash": "dot"}
    plain = {"type": "scatter", "mode": "lines", "x": rounded(x), "y": list(y), "line": look}
    return plain | {"hoverinfo": "skip", "showlegend": False}


def _marks(
    x: Sequence[float], y: Sequence[float], name: str, color: str, symbol: str, words: Sequence[str]
) -> PlotlyTrace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(x),
        "y": list(y),
        "name": name,
        "showlegend": True,
        "cliponaxis": False,
        "text": list(words),
        "hovertemplate": f"{name.lower()}: %{{text}}<extra></extra>",
        "marker": {"color": color, "symbol": symbol, "size": 14},
    }


def _rings(x: Sequence[float], y: Sequence[float], text: Text) -> PlotlyTrace:
    marks = _marks(x, y, "Other seeds", INK, "circle-open", [text(one) for one in x])
    return marks | {"marker": {"color": INK, "symbol": "circle-open", "size": 8, "line": {"width": 1.5}}}


def _anchor(value: float, left: float, right: float) -> dict[str, str]:
    part = (value - left) / (right - left)
    return {"xanchor": "left" if part < 0.2 else "right" if part > 0.8 else "center"}


def _silent(span: list[float]) -> dict[str, Any]:
    return {"range": span, "visible": False, "fixedrange": True, "zeroline": False, "showgrid": False}


def _rows_layout(
    alt: str,
    title: str,
    name: str,
    names: Sequence[str],
    low: float,
    high: float,
    notes: list[dict[str, Any]],
    text: Text,
    what: str = "",
) -> dict[str, Any]:
    """The axis has ``what`` as its title; the numbers of the rows stand at the right."""
    pad = 0.04 * (high - low)
    tallest = max(one.count("<br>") for one in names) + 1
    row = max(_ROW, 18 * tallest + 12)
    longest = max(len(re.sub("<[^>]+>", "", line)) for one in names for line in one.split("<br>"))
    axes = {
        "xaxis": axis(
            low,
            high,
            range=[low - pad, high + pad],
            tick_text=ticks_of(text),
            is_sparse=True,
            most_ticks=4,
            title=axis_title(what),
        ),
        "yaxis": axis(
            0,
            len(names),
            range=[len(names) - 0.4, -0.6],
            tickvals=list(range(len(names))),
            ticktext=list(names),
            showgrid=False,
            fixedrange=True,
        ),
    }
    words = title or "Your prediction and what is so"
    widest = max(len(one["text"]) for one in notes) - len("<b></b>")
    margin = {"l": min(180, 7 * longest + 12), "r": 9 * widest + 12, "t": 36, "b": 56}
    height = row * len(names) + margin["t"] + margin["b"]
    return _layout(alt, words, name, height, notes, axes, margin, row_axis=True)


def _layout(
    alt: str,
    title: str,
    name: str,
    height: int,
    notes: list[dict[str, Any]],
    axes: dict[str, Any],
    margin: dict[str, int],
    row_axis: bool = False,
) -> dict[str, Any]:
    more = {"annotations": notes, "margin": margin, "showlegend": row_axis}
    more |= {"legend": LEGEND_ON_TOP, "font": {"size": FONT_SIZE, "color": INK}} | axes
    return base_layout(
        kind="prediction", scenario_id=name, title=title, alt=alt, height=height, min_width=_MIN_WIDTH, **more
    )
