"""Named runs over each other: a quantity over the rounds, and agent by agent. A run looks the same in all of them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cgs_core.figures.frames import round_number
from cgs_core.figures.over_rounds import spread
from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    INK,
    LEGEND_LINE,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    SMALL_FONT_SIZE,
    AgentLook,
    Figure,
    PlotlyTrace,
    TickText,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    narrow_layout,
    note,
    percent,
    percent_tick,
    plain_number,
    rounded,
    signed,
)
from cgs_core.studies.side_by_side import NamedRun, per_agent, series
from cgs_core.typing import FloatArray

MAX_OVERLAID = 8

_PLOT_HEIGHT = 330
_LABEL_PITCH = 17  # pixels between the names at the lines' ends
_SHOWN_CHARACTERS = 24  # of a name beside its line; the whole name is in the hover text
_LIMITS = {"fairness": (-1.0, 1.0), "contribution_share": (-1.0, 2.0)}  # drawn to the edge beyond these


@dataclass(frozen=True)
class Quantity:
    """What a picture of several runs shows."""

    title: str
    axis: str
    is_fraction: bool = True


QUANTITIES = {
    "accuracy": Quantity("Accuracy", "right on the test (accuracy)"),
    "gain": Quantity("Gain over training alone", "accuracy less that alone"),
    "contribution_share": Quantity("Worth", "share of the whole (CGSV)"),
    "reward_ratio": Quantity("Pay", "pay (part given back)"),
    "importance": Quantity("Importance", "importance"),
    "standalone_accuracy": Quantity("Accuracy alone", "right on the test, trained alone"),
    "fairness": Quantity("Fairness", "fairness (Pearson r)", is_fraction=False),
    "server_accuracy": Quantity("Accuracy of the server's model", "right on the test (accuracy)"),
    "fedavg_accuracy": Quantity("Accuracy of FedAvg's model", "right on the test (accuracy)"),
}


def run_look(color_index: int, name: str = "") -> AgentLook:
    """What a run on a shelf looks like in every picture: colour, symbol and dash by its place, under its own name."""
    return replace(agent_look(color_index), name=name)


def shelf_rounds_figure(runs: Sequence[NamedRun], quantity: str, whose: str | int = "mean") -> Figure:
    """A line a run over the rounds, each as far as it goes, with its name at the end.

    Parameters
    ----------
    runs: those with at least one round are drawn; at least one is.
    quantity: of ``QUANTITIES``. whose: as of ``cgs_core.studies.side_by_side.series``.
    """
    runs, is_exact = _drawn(runs)
    lines = [
        np.clip(series(run.trace, quantity, whose, is_exact), *_LIMITS.get(quantity, (-np.inf, np.inf))) for run in runs
    ]
    what, words = QUANTITIES[quantity], _whose_words(quantity, whose)
    low, high = _limits(np.concatenate(lines), what.is_fraction)
    last = max(2, *(run.trace.scenario.n_rounds for run in runs))
    tick_text = percent_tick if what.is_fraction else plain_number
    layout = base_layout(
        kind=f"shelf-{quantity.replace('_', '-')}",
        scenario_id=_ids(runs),
        title=f"{what.title}{words}",
        alt=_rounds_alt(runs, lines, quantity, words),
        height=_PLOT_HEIGHT + 60,
        min_width=640,
        margin={"l": 72, "r": 200, "t": 14, "b": 46},
        annotations=_end_names(runs, lines, low, high),
        xaxis=axis(
            1,
            last,
            range=[1 - 0.02 * last, 1.01 * last],
            most_ticks=8,
            least_step=1,
            showgrid=False,
            title=axis_title("round"),
        ),
        yaxis=axis(
            low,
            high,
            tick_text=tick_text,
            title=axis_title(what.axis + (", approximate" if _is_approximate(quantity, is_exact) else ""), 8),
        ),
    )
    few = axis(1, last, most_ticks=4, least_step=1)
    narrow = _narrower(layout, len(runs), few, {place: {"showlegend": True} for place in range(len(runs))})
    return {"data": [_line(run, line, what) for run, line in zip(runs, lines, strict=True)], "layout": narrow}


def _narrower(
    layout: dict[str, Any], n_runs: int, ticks: dict[str, Any], traces: dict[int, PlotlyTrace]
) -> dict[str, Any]:
    """On a phone the runs' names stand over the picture, one below the other."""
    margin = layout["margin"] | {"l": 66, "r": 12, "t": 12 + LEGEND_LINE * n_runs}
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        traces,
        height=layout["height"] - layout["margin"]["t"] + margin["t"],
        margin=margin,
        annotations=[],
        showlegend=True,
        legend=LEGEND_ON_TOP | {"orientation": "v"},
        xaxis=layout["xaxis"] | {name: ticks[name] for name in ("tickvals", "ticktext")},
    )


def shelf_agents_figure(runs: Sequence[NamedRun], quantity: str) -> Figure:
    """An agent a row and a symbol a run: the last round of each. A run without such an agent leaves the row empty.

    Parameters
    ----------
    runs: those with at least one round are drawn; at least one is.
    quantity: of ``cgs_core.studies.side_by_side.PER_AGENT``.
    """
    runs, is_exact = _drawn(runs)
    values = [
        np.clip(per_agent(run.trace, quantity, is_exact)[-1], *_LIMITS.get(quantity, (-np.inf, np.inf))) for run in runs
    ]
    n_agents = max(map(len, values))
    rows, what = Rows(n_agents, tallest=64.0, total=330.0, headroom=6.0), QUANTITIES[quantity]
    low, high = _limits(np.concatenate(values), what.is_fraction)
    pad = 0.02 * (high - low)
    traces = []
    for place, (run, own) in enumerate(zip(runs, values, strict=True)):
        lane = 0.0 if rows.is_thin else 0.8 * ((place + 0.5) / len(runs) - 0.5)
        traces.append(_symbols(run, own, rows.y(-lane)[: len(own)], rows.is_thin, what))
    legend_height = 22 * -(-len(runs) // 2)
    layout = base_layout(
        kind=f"shelf-agents-{quantity.replace('_', '-')}",
        scenario_id=_ids(runs),
        title=f"{what.title} of every agent after the last round",
        alt=_agents_alt(runs, values, what),
        height=rows.plot_height + legend_height + 60,
        margin={"l": 70, "r": 16, "t": legend_height + 12, "b": 48},
        shapes=rows.rules(),
        yaxis=rows.axis([agent_name(agent) for agent in range(n_agents)]),
        showlegend=True,
        legend=LEGEND_ON_TOP,
        xaxis=axis(
            low,
            high,
            range=[low - pad, high + pad],
            tick_text=percent_tick,
            fixedrange=True,
            title=axis_title(f"{what.axis}, after the last round"),
        ),
    )
    few = axis(low, high, tick_text=percent_tick, most_ticks=4)
    return {"data": traces, "layout": _narrower(layout, len(runs), few, {})}


def _drawn(runs: Sequence[NamedRun]) -> tuple[list[NamedRun], bool]:
    """The runs that have a round, and whether the exact CGSV is known of all of them.

    Raises
    ------
    ValueError: none has a round, or they are more than eight.
    """
    drawn = [run for run in runs if run.trace.n_rounds]
    if not 0 < len(drawn) <= MAX_OVERLAID:
        raise ValueError(f"runs: 1 to {MAX_OVERLAID} with at least one round; got {len(drawn)}")
    return drawn, all(run.trace.contribution_exact is not None for run in drawn)


def _is_approximate(quantity: str, is_exact: bool) -> bool:
    return quantity == "contribution_share" and not is_exact


def _ids(runs: Sequence[NamedRun]) -> str:
    """For the file's name: the first run's id, and how many more there are."""
    more = f"-and-{len(runs) - 1}" if len(runs) > 1 else ""
    return runs[0].trace.scenario.scenario_id + more


def _limits(values: FloatArray, is_fraction: bool) -> tuple[float, float]:
    """A range with round ends that holds all numbers."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return (0.0, 1.0) if is_fraction else (-1.0, 1.0)
    pad = max(0.05 * float(np.ptp(finite)), 0.005)
    return round(float(finite.min()) - pad, 4), round(float(finite.max()) + pad, 4)


# -- marks -----------------------------------------------------------------------------------------------


def _plain(name: str) -> str:
    """A name as text that Plotly shows as it is: it reads a little HTML."""
    return html.escape(name, quote=False)


def _line(run: NamedRun, values: FloatArray, what: Quantity) -> PlotlyTrace:
    look = run_look(run.color_index, run.name)
    number = "%{y:.1%}" if what.is_fraction else "%{y:.3f}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [round_number(index) for index in range(len(values))],
        "y": rounded(values),
        "name": _plain(run.name),
        "showlegend": False,
        "line": {"color": look.color, "width": 2.5, "dash": look.dash},
        "marker": {"symbol": look.symbol, "color": look.color, "size": 8, "maxdisplayed": 6},
        "customdata": [_plain(run.name)] * len(values),
        "hovertemplate": f"<b>%{{customdata}}</b><br>round %{{x}}: {number}<extra></extra>",
    }


def _symbols(run: NamedRun, values: FloatArray, y: list[float], is_small: bool, what: Quantity) -> PlotlyTrace:
    look = run_look(run.color_index, run.name)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(values),
        "y": y,
        "name": _plain(_shortened(run.name, 40)),
        "showlegend": True,
        "cliponaxis": False,
        "customdata": [[_plain(run.name), agent_name(agent)] for agent in range(len(values))],
        "marker": {"symbol": look.symbol, "color": look.color, "size": 8 if is_small else 11},
        "hovertemplate": "<b>%{customdata[1]}</b>, %{customdata[0]}: %{x:.1%}<extra></extra>",
    }


def _end_names(runs: Sequence[NamedRun], lines: Sequence[FloatArray], low: float, high: float) -> list[dict[str, Any]]:
    """The runs' names in the right margin, at the height where their lines end, kept apart."""
    ends = np.array([_last(line, low) for line in lines])
    down = np.argsort(-ends, kind="stable").tolist()
    span = high - low
    places = spread([float((high - ends[index]) / span * _PLOT_HEIGHT) for index in down], _LABEL_PITCH, _PLOT_HEIGHT)
    return [
        note(
            f"<span style='color:{run_look(runs[index].color_index).color}'>●</span> "
            f"{_plain(_shortened(runs[index].name, _SHOWN_CHARACTERS))}",
            xref="paper",
            x=1,
            xanchor="left",
            xshift=8,
            yref="y",
            yanchor="middle",
            align="left",
            y=round(high - place / _PLOT_HEIGHT * span, 5),
            font={"size": SMALL_FONT_SIZE, "color": INK},
        )
        for index, place in zip(down, places, strict=True)
    ]


def _last(line: FloatArray, otherwise: float) -> float:
    """The last number of a line that is one."""
    finite = line[np.isfinite(line)]
    return float(finite[-1]) if len(finite) else otherwise


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


# -- words -----------------------------------------------------------------------------------------------


def _whose_words(quantity: str, whose: str | int) -> str:
    if quantity in ("fairness", "server_accuracy", "fedavg_accuracy"):
        return " over the rounds"
    if isinstance(whose, int):
        return f" of {agent_name(whose)} over the rounds"
    return f", {whose} over the agents, round by round"


def _number_words(quantity: str) -> TickText:
    return (
        (lambda value: percent(value, 1))
        if QUANTITIES[quantity].is_fraction
        else (lambda value: signed(f"{value:.3f}"))
    )


def _rounds_alt(runs: Sequence[NamedRun], lines: Sequence[FloatArray], quantity: str, words: str) -> str:
    number = _number_words(quantity)
    parts = [
        f"{_shortened(run.name, 40)} ends at {number(line[-1])}"
        if np.isfinite(line[-1])
        else f"{_shortened(run.name, 40)} ends undefined"
        for run, line in zip(runs, lines, strict=True)
    ]
    return f"{QUANTITIES[quantity].title}{words}, {len(runs)} runs: {'; '.join(parts)}."


def _agents_alt(runs: Sequence[NamedRun], values: Sequence[FloatArray], what: Quantity) -> str:
    parts = []
    for run, own in zip(runs, values, strict=True):
        finite = own[np.isfinite(own)]
        found = f"from {percent(finite.min(), 1)} to {percent(finite.max(), 1)}" if len(finite) else "undefined"
        parts.append(f"{_shortened(run.name, 40)} {found}")
    return f"{what.title} of every agent after the last round of {len(runs)} runs: {'; '.join(parts)}."
